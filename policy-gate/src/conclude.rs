//! Concludes a finding: gathers what speaks for and against blocking, decides the outcome and keeps the finding.

use serde::Serialize;
use tollgate_policy::{Enforcement, EnforcementTerms, OnUnknown, Waiver};

use crate::context::PlanContext;
use crate::existing::{ChangeEffect, change_effect};
use crate::finding::{Finding, FindingBuilder, FindingId};
use crate::judge::{Found, Judge, JudgeError};
use crate::outcome::{Claims, decide};
use crate::resource::Resource;

/// An override: a group accepts the findings of soft policies in this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// The group, which the policy has to name under `override`.
    pub group: String,
    /// The overridden policy; every soft policy that names the group when `None`.
    pub policy: Option<String>,
    /// The member of the group who decided, where it is known.
    pub approver: Option<String>,
    /// The reason; empty when the caller gives none.
    pub reason: String,
}

impl Override {
    /// An override by the caller of the program, who vouches for the group.
    pub fn of_caller(group: &str) -> Self {
        Self { group: group.to_owned(), policy: None, approver: None, reason: String::new() }
    }

    fn shown(&self) -> String {
        match &self.approver {
            Some(approver) => format!("{approver} of {}: {}", self.group, self.reason),
            None => self.group.clone(),
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) context: &'a PlanContext<'a>,
    /// The resource; `None` when the finding is about a whole plan or about what it costs.
    pub(crate) resource: Option<&'a Resource<'a>>,
    /// The policy, with its terms.
    pub(crate) policy: &'a str,
    pub(crate) terms: &'a EnforcementTerms,
    /// The tag's key, where the finding is about a tag.
    pub(crate) tag: Option<&'a str>,
}

impl Subject<'_> {
    /// The folder of the configuration, as a waiver names it: `./` for the folder of the policy file.
    fn folder(&self) -> &str {
        if self.context.stack.is_empty() { "./" } else { &self.context.stack }
    }

    /// Whether a waiver covers the subject, whatever the day.
    fn is_covered_by(&self, waiver: &Waiver, environment: Option<&str>) -> bool {
        match self.resource {
            Some(resource) => {
                waiver.covers(self.policy, &resource.change.address, self.tag, environment, &self.context.stack)
            }
            None => waiver.covers_configuration(self.policy, self.folder(), environment),
        }
    }
}

impl Judge<'_> {
    /// Decides the outcome of a finding of a policy and keeps the finding. `before` says whether the same was wrong before the
    /// change.
    pub(crate) fn conclude(
        &self,
        finding: FindingBuilder,
        subject: &Subject<'_>,
        before: &dyn Fn() -> bool,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let Subject { context, resource, policy, terms, .. } = *subject;
        let finding = finding.plan(context.name).stack(&context.stack);
        let finding = match resource {
            Some(resource) => finding.address(&resource.change.address),
            None => finding,
        };
        let mut built = finding.policy(policy, terms.message.as_deref(), terms.link.as_deref()).build()?;
        let unknown = matches!(built.id, FindingId::TagUnknown | FindingId::RuleUnknown | FindingId::CostUnknown);
        if unknown && terms.unknown == OnUnknown::Ignore {
            return Ok(());
        }
        let claims = self.gather_claims(&built, subject, unknown, before);
        if let Some(waiver) = self.find_waiver(subject) {
            found.waivers.used.insert(waiver.name.clone());
        }
        built.outcome = decide(built.id, claims);
        found.findings.push(built);
        Ok(())
    }

    fn gather_claims(
        &self,
        built: &Finding,
        subject: &Subject<'_>,
        unknown: bool,
        before: &dyn Fn() -> bool,
    ) -> Claims {
        let terms = subject.terms;
        let effect = subject.resource.map_or(ChangeEffect::Touches, change_effect);
        Claims {
            existing: match effect {
                ChangeEffect::LeavesAlone(why) if before() => Some(why),
                _ => None,
            },
            in_baseline: self.baseline.has(built),
            waiver: self.find_waiver(subject).map(|w| (w.name.clone(), w.expires)),
            deferred: effect == ChangeEffect::Deferred,
            advisory: terms.enforcement == Enforcement::Advisory || (unknown && terms.unknown == OnUnknown::Warn),
            overridden: self.find_override(subject.policy, terms),
        }
    }

    /// Finds the waiver that covers a subject today.
    fn find_waiver(&self, subject: &Subject<'_>) -> Option<&Waiver> {
        let environment = match subject.resource {
            Some(resource) => self.environment(resource),
            None => subject.context.environment.as_deref(),
        };
        self.waivers.iter().find(|w| w.expires >= self.today && subject.is_covered_by(w, environment))
    }

    /// Returns the override of a soft policy, for people.
    fn find_override(&self, policy: &str, terms: &EnforcementTerms) -> Option<String> {
        let may = |o: &&Override| {
            let of_policy = o.policy.as_deref().is_none_or(|p| p == policy);
            terms.enforcement == Enforcement::Soft && terms.override_by.contains(&o.group) && of_policy
        };
        self.overrides.iter().find(may).map(Override::shown)
    }

    /// Returns the environment of a resource: that of its plan, or the one that its account belongs to.
    pub(crate) fn environment<'a>(&'a self, resource: &'a Resource<'_>) -> Option<&'a str> {
        let of_account = || {
            let mut known = self.policy.environments.iter().filter(|e| !e.accounts.is_empty()).peekable();
            known.peek()?;
            let account = resource.account()?;
            known.find(|e| e.accounts.iter().any(|a| a == account)).map(|e| e.name.as_str())
        };
        resource.context.environment.as_deref().or_else(of_account)
    }
}
