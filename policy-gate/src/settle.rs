//! What a finding leads to: it blocks, it is told, somebody answers for it, or it is not of this change.

use serde::Serialize;
use tollgate_policy::{Enforcement, OnUnknown, Terms, Waiver};

use crate::context::PlanContext;
use crate::debt::{Standing, standing};
use crate::finding::{FindingBuilder, Id, Outcome};
use crate::judge::{Found, Judge, JudgeError};
use crate::resource::Resource;

/// That somebody lets soft policies pass this time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The group that may.
    pub group: String,
    /// The policy; every soft one that names the group when empty.
    pub policy: Option<String>,
    /// Who of the group, where that is known.
    pub who: Option<String>,
    /// Why.
    pub why: String,
}

impl Override {
    /// By word of whoever runs the gate.
    pub fn of_caller(group: &str) -> Self {
        Self { group: group.to_owned(), policy: None, who: None, why: String::new() }
    }

    fn shown(&self) -> String {
        match &self.who {
            Some(who) => format!("{who} of {}: {}", self.group, self.why),
            None => self.group.clone(),
        }
    }
}

/// What a finding is about while it is decided what it leads to.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) context: &'a PlanContext<'a>,
    pub(crate) resource: &'a Resource<'a>,
    pub(crate) policy: &'a str,
    pub(crate) terms: &'a Terms,
    pub(crate) tag: Option<&'a str>,
}

impl Judge<'_> {
    /// Decides what a finding leads to, and keeps it. `before` says whether the same was wrong before the change.
    pub(crate) fn settle(
        &self,
        finding: FindingBuilder,
        subject: &Subject<'_>,
        before: &dyn Fn() -> bool,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let Subject { context, resource, policy, terms, tag } = *subject;
        let address = &*resource.change.address;
        let note = terms.message.as_deref();
        let mut built = finding
            .plan(context.name)
            .stack(&context.stack)
            .address(address)
            .policy(policy, note, terms.link.as_deref())
            .build()?;
        let unknown = matches!(built.id, Id::TagUnknown | Id::RuleUnknown);
        if unknown && terms.unknown == OnUnknown::Ignore {
            return Ok(());
        }
        let environment = self.environment(context, resource);
        let covers =
            |w: &&Waiver| w.expires >= self.today && w.covers(policy, address, tag, environment, &context.stack);
        let waiver = self.held.iter().find(covers);
        if let Some(waiver) = waiver {
            found.waivers.used.insert(waiver.name.clone());
        }
        let advisory = terms.enforcement == Enforcement::Advisory || (unknown && terms.unknown == OnUnknown::Warn);
        built.outcome = match standing(context, resource) {
            Standing::Untouched(why) if before() => Outcome::Old { why },
            _ if self.baseline.has(&built.fingerprint) => Outcome::Baseline,
            _ if waiver.is_some() => {
                let (waiver, until) = waiver.map(|w| (w.name.clone(), w.expires.to_string())).unwrap_or_default();
                Outcome::Waived { waiver, until }
            }
            Standing::Later => Outcome::Warns,
            _ if advisory => Outcome::Warns,
            _ => match self.overridden(policy, terms) {
                Some(by) => Outcome::Overridden { by },
                None => Outcome::Blocks,
            },
        };
        found.findings.push(built);
        Ok(())
    }

    /// The group that lets a soft policy pass this time.
    pub(crate) fn overridden(&self, policy: &str, terms: &Terms) -> Option<String> {
        let may = |o: &&Override| {
            let of_policy = o.policy.as_deref().is_none_or(|p| p == policy);
            terms.enforcement == Enforcement::Soft && terms.override_by.contains(&o.group) && of_policy
        };
        self.overrides.iter().find(may).map(Override::shown)
    }

    /// The environment of a resource: its plan's, or the one that its account is of.
    pub(crate) fn environment<'a>(
        &'a self,
        context: &'a PlanContext<'_>,
        resource: &'a Resource<'_>,
    ) -> Option<&'a str> {
        let of_account = || {
            let mut known = self.policy.environments.iter().filter(|e| !e.accounts.is_empty()).peekable();
            known.peek()?;
            let account = resource.account(context)?;
            known.find(|e| e.accounts.iter().any(|a| a == account)).map(|e| e.name.as_str())
        };
        context.environment.as_deref().or_else(of_account)
    }
}
