//! Judges plans by a policy: every rule over every resource, and what each finding leads to.

use std::collections::BTreeSet;
use std::mem::discriminant;

use tollgate_model::{Amount, Day};
use tollgate_policy::{Enforcement, OnUnknown, Policy, Selected, Selection, TagFault, Terms, Waiver};
use tollgate_prices::Span;
use tollgate_terraform::{PlanText, ResourceChange};

use crate::baseline::Baseline;
use crate::context::PlanContext;
use crate::cost::{Budgets, PlanCost, Rates};
use crate::finding::{Finding, FindingBuilder, Id, Nonsense, Outcome};
use crate::masked::mask;
use crate::rego::{Rego, RegoError};
use crate::report::{PlanReport, Report};
use crate::resource::Resource;
use crate::rules::{self, TagSubject};
use crate::settle::Subject;

pub use crate::settle::Override;
use crate::tags::{self, Effective};

/// Why a run has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// Rego could not be asked.
    #[error(transparent)]
    Rego(#[from] RegoError),
    /// A rule of this program made a finding that makes no sense.
    #[error(transparent)]
    Nonsense(#[from] Nonsense),
}

/// What plans are judged by.
pub struct Judge<'r> {
    /// The policy.
    pub policy: &'r Policy,
    /// Its file's name.
    pub policy_file: &'r str,
    /// The waivers that hold: those of the base branch, where there is one.
    pub held: &'r [Waiver],
    /// Old findings.
    pub baseline: &'r Baseline,
    /// Groups that let soft policies pass this time.
    pub overrides: &'r [Override],
    /// The day.
    pub today: Day,
    /// Policies in Rego.
    pub rego: Option<&'r Rego>,
    /// What costs are reckoned by.
    pub rates: &'r Rates,
    /// How budgets stand.
    pub budgets: &'r Budgets,
}

/// What is found while plans are judged.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) waivers: rules::WaiverUse,
    /// Configurations and resources that were looked at.
    resources: BTreeSet<(String, String)>,
}

impl<'r> Judge<'r> {
    /// Judges plans. Each is a context and the text that it was read from.
    ///
    /// # Errors
    ///
    /// When there can be no verdict.
    pub fn run(&self, plans: &[(PlanContext<'_>, &PlanText)]) -> Result<Report, JudgeError> {
        let mut found = Found::default();
        let mut reports = Vec::new();
        for (context, text) in plans {
            reports.push(self.plan(context, text, &mut found)?);
        }
        let standings = self.spending(plans, &reports, &mut found)?;
        let soon = i32::try_from(self.policy.gate.expiring_days).unwrap_or(i32::MAX);
        let waivers = &self.policy.waivers;
        for finding in rules::waivers(self.policy_file, waivers, self.held, &found.waivers, self.today, soon) {
            found.findings.push(finding.build()?);
        }
        for finding in self.baseline.stale(&found.findings, &found.resources) {
            found.findings.push(finding.build()?);
        }
        Ok(Report::new(reports, found.findings).standing(standings))
    }

    fn plan(&self, context: &PlanContext<'_>, text: &PlanText, found: &mut Found) -> Result<PlanReport, JudgeError> {
        let plan = context.plan;
        let mut report = PlanReport {
            plan: context.name.to_owned(),
            terraform_version: plan.terraform_version.clone(),
            environment: context.environment.clone(),
            changes: plan.changes.len(),
            ..PlanReport::default()
        };
        if let Some(sources) = context.sources {
            report.unreadable_sources = sources.errors.iter().map(|e| format!("{}: {}", e.file, e.message)).collect();
        }
        for finding in rules::plan(plan, context.name) {
            found.findings.push(finding.build()?);
        }
        let cost = PlanCost::of(context, self.rates);
        let mut untold = BTreeSet::new();
        let now = plan.changes.iter().map(|change| (change, false));
        for (change, deferred) in now.chain(plan.deferred.iter().map(|change| (change, true))) {
            *report.actions.entry(change.change.actions.name()).or_default() += usize::from(!deferred);
            if !change.stays() {
                continue;
            }
            report.resources += usize::from(!deferred);
            let mut resource = Resource::read(context, change);
            resource.deferred = deferred;
            report.taggable += usize::from(self.resource(context, &resource, &cost, found, &mut untold)? && !deferred);
        }
        for (policy, what) in untold {
            found.findings.push(scope_unknown(context, &policy, what)?);
        }
        if let Some(rego) = self.rego {
            self.rego(context, text, rego, &cost, found)?;
        }
        report.cost = cost;
        Ok(report)
    }

    /// Judges a resource; whether it takes tags.
    fn resource(
        &self,
        context: &PlanContext<'_>,
        resource: &Resource<'_>,
        cost: &PlanCost,
        found: &mut Found,
        untold: &mut BTreeSet<(String, &'static str)>,
    ) -> Result<bool, JudgeError> {
        let address = &*resource.change.address;
        found.resources.insert((context.stack.clone(), address.to_owned()));
        for waiver in self.held.iter().filter(|w| w.addresses.iter().any(|a| a.matches(address))) {
            found.waivers.matched.insert(waiver.name.clone());
        }
        let effective = tags::effective(context, resource);
        for policy in &self.policy.tag_policies {
            let Some(effective) = &effective else { break };
            if !self.selected(context, resource, &policy.selection, &policy.name, untold) {
                continue;
            }
            self.tag_policy(context, resource, effective, policy, found)?;
        }
        for rule in &self.policy.rules {
            if !self.selected(context, resource, &rule.selection, &rule.name, untold) {
                continue;
            }
            let cost = cost.resource(address);
            let scope = rules::ResourceScope::new(context, resource, effective.as_ref());
            let scope = scope.costing(rules::Monthly::of(cost, true));
            let Some(finding) = rules::condition(&scope, rule) else { continue };
            let before = || {
                let was = resource.as_it_was(context);
                let old =
                    effective.as_ref().map(|e| Effective { tags: tags::before(resource, e.written), ..e.clone() });
                let scope = rules::ResourceScope::new(context, &was, old.as_ref());
                rules::condition(&scope.costing(rules::Monthly::of(cost, false)), rule).is_some()
            };
            let subject = Subject { context, resource, policy: &rule.name, terms: &rule.terms, tag: None };
            self.settle(finding, &subject, &before, found)?;
        }
        Ok(effective.is_some())
    }

    fn tag_policy(
        &self,
        context: &PlanContext<'_>,
        resource: &Resource<'_>,
        effective: &Effective,
        policy: &tollgate_policy::TagPolicy,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        for fault in policy.judge(&effective.tags, effective.folds) {
            let rule = policy.tag(&fault.key);
            // The policy's own keys may be named, whatever hides them in the plan.
            let key = if rule.is_some() { fault.key.as_str() } else { effective.shown(&fault.key) };
            let finding = rules::tag(&TagSubject { resource, effective, policy, rule, fault: &fault }).tag(key);
            let recovered = effective.layers.iter().any(|layer| layer.recovered);
            let finding = if recovered { finding.no_surer_than(crate::finding::Confidence::Medium) } else { finding };
            let before = || {
                let was = policy.judge(&tags::before(resource, effective.written), effective.folds);
                let same = |f: &TagFault| f.key == fault.key && discriminant(&f.kind) == discriminant(&fault.kind);
                was.iter().any(same)
            };
            let subject =
                Subject { context, resource, policy: &policy.name, terms: &policy.terms, tag: Some(&fault.key) };
            self.settle(finding, &subject, &before, found)?;
        }
        if policy.propagation == OnUnknown::Ignore {
            return Ok(());
        }
        let enforcement = match policy.propagation {
            OnUnknown::Block => policy.terms.enforcement,
            _ => Enforcement::Advisory,
        };
        let terms = Terms { enforcement, ..policy.terms.clone() };
        for finding in rules::propagation(resource, effective, policy) {
            let subject = Subject { context, resource, policy: &policy.name, terms: &terms, tag: None };
            self.settle(finding, &subject, &|| true, found)?;
        }
        Ok(())
    }

    pub(crate) fn selected(
        &self,
        context: &PlanContext<'_>,
        resource: &Resource<'_>,
        selection: &Selection,
        policy: &str,
        untold: &mut BTreeSet<(String, &'static str)>,
    ) -> bool {
        let asks = !selection.accounts.is_empty() || !selection.environments.is_empty();
        let account = if asks { resource.account(context) } else { None };
        let environment = if asks { self.environment(context, resource) } else { None };
        let selected = Selected {
            kind: &resource.change.kind,
            provider: resource.provider(),
            address: &resource.change.address,
            account,
            environment,
        };
        match selection.matches(&selected) {
            Ok(fits) => fits,
            Err(what) => {
                untold.insert((policy.to_owned(), what));
                false
            }
        }
    }

    fn rego(
        &self,
        context: &PlanContext<'_>,
        text: &PlanText,
        rego: &Rego,
        cost: &PlanCost,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let Some(mut input) = text.parse() else {
            let message = "nests deeper than Rego's input may".to_owned();
            return Err(RegoError { file: context.name.to_owned(), message }.into());
        };
        mask(&mut input);
        input["tollgate"] = beside(context, cost);
        for said in rego.ask(&input)? {
            let id = if said.denies { Id::RegoDeny } else { Id::RegoWarn };
            let enforcement = if said.denies { Enforcement::Hard } else { Enforcement::Advisory };
            let terms = Terms { enforcement, ..Terms::default() };
            let change = said.address.as_ref().and_then(|a| context.plan.changes.iter().find(|c| c.address == *a));
            let finding = FindingBuilder::new(id, said.message);
            match change {
                Some(change) => {
                    let resource = Resource::read(context, change);
                    let finding = finding.place(resource.block.map(|b| b.head()));
                    let subject =
                        Subject { context, resource: &resource, policy: &said.policy, terms: &terms, tag: None };
                    self.settle(finding, &subject, &|| true, found)?;
                }
                None => {
                    let outcome = if said.denies { Outcome::Blocks } else { Outcome::Warns };
                    let finding = finding.plan(context.name).stack(&context.stack).policy(&said.policy, None, None);
                    let mut built = finding.outcome(outcome).build()?;
                    if built.outcome.blocks() && self.baseline.has(&built.fingerprint) {
                        built.outcome = Outcome::Baseline;
                    }
                    found.findings.push(built);
                }
            }
        }
        Ok(())
    }
}

/// That a policy is about some accounts or environments, and that of a plan is not known.
pub(crate) fn scope_unknown(context: &PlanContext<'_>, policy: &str, what: &str) -> Result<Finding, Nonsense> {
    let message = format!("\"{policy}\" is about some {what}s, and the {what} of this plan is not known");
    let hint = format!("say --{what} NAME, or tell it by `environment` blocks of the policy file");
    let finding = FindingBuilder::new(Id::ScopeUnknown, message).plan(context.name).hint(hint);
    finding.policy(policy, None, None).build()
}

/// What the gate knows beside the plan, for Rego: the environment, each resource's tags as they will be, and what it costs.
fn beside(context: &PlanContext<'_>, cost: &PlanCost) -> serde_json::Value {
    let stays = |change: &&ResourceChange<'_>| change.stays();
    let tags = context.plan.changes.iter().filter(stays).filter_map(|change| {
        let resource = Resource::read(context, change);
        let effective = tags::effective(context, &resource)?;
        let tags = effective.tags.entries.iter();
        let open = tags.filter(|(key, _)| effective.shown(key) == key.as_str());
        let shown = open.map(|(key, value)| (key.clone(), value.unknown().is_none().then(|| value.shown()).into()));
        Some((change.address.to_string(), serde_json::Value::Object(shown.collect())))
    });
    serde_json::json!({
        "environment": context.environment,
        "tags": serde_json::Value::Object(tags.collect()),
        "cost": money(cost),
    })
}

/// Money for Rego, in millionths: its own numbers are floats. What cannot be told is null.
fn money(cost: &PlanCost) -> serde_json::Value {
    let micros = |a: Amount| i64::try_from(a.round(6).units() / 10i128.pow(Amount::PLACES - 6)).ok();
    let span = |s: Option<Span<Amount>>| {
        s.map(|s| serde_json::json!({ "low": micros(s.low), "likely": micros(s.likely), "high": micros(s.high) }))
    };
    let resources = cost.resources.iter().map(|r| {
        let of = serde_json::json!({ "monthly": span(r.after), "before": span(r.before), "change": span(r.change) });
        (r.address.clone(), of)
    });
    serde_json::json!({
        "currency": cost.currency.map(|c| c.to_string()),
        "change": span(Some(cost.change)),
        "monthly": span(Some(cost.after)),
        "untold": cost.changing - cost.told,
        "resources": serde_json::Value::Object(resources.collect()),
    })
}
