//! Judges plans by a policy: every rule over every resource, with the outcome of each finding.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::mem::discriminant;

use tollgate_expression::Value;
use tollgate_model::Day;
use tollgate_policy::{
    Enforcement, EnforcementTerms, OnUnknown, Policy, ResourceSelection, SelectedResource, TagViolation, Waiver,
};
use tollgate_terraform::{PlanText, ResourceChange, UNREADABLE};

use crate::baseline::{Baseline, Judged};
use crate::conclude::Subject;
use crate::context::PlanContext;
use crate::cost::{Budgets, PlanCost, PriceInputs};
use crate::finding::{Finding, InvalidFinding};
use crate::masked::mask;
use crate::rego::{Rego, RegoError, RegoFinding};
use crate::rego_input::{gate_facts, gate_facts_before, input_before};
use crate::report::{PlanReport, Report, UnknownValue};
use crate::resource::Resource;
use crate::rules::{self, PlanSubject, TagSubject};
use crate::tags::{self, EffectiveTags};

pub use crate::conclude::Override;

/// Why a run has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JudgeError {
    /// Rego could not be evaluated.
    #[error(transparent)]
    Rego(#[from] RegoError),
    /// The values of a resource cannot be read, so its tags and its cost are unknown.
    #[error(
        "{plan}: the values of {address} cannot be read: they nest deeper than 128 levels, or a number is out of range\nhint: write the plan again with `terraform show -json`"
    )]
    Unreadable {
        /// The plan.
        plan: String,
        /// The resource.
        address: String,
    },
    /// No rule of this program is about a violation of a tag policy.
    #[error("a tag violates the policy in a way that this version of the program cannot report")]
    NoRule,
    /// A rule of this program built an invalid finding.
    #[error(transparent)]
    InvalidFinding(#[from] InvalidFinding),
}

/// What plans are judged with.
pub struct Judge<'r> {
    /// The policy.
    pub policy: &'r Policy,
    /// Its file's name.
    pub policy_file: &'r str,
    /// The waivers in effect: those of the base branch, if there is one.
    pub waivers: &'r [Waiver],
    /// The accepted findings.
    pub baseline: &'r Baseline,
    /// The groups that override soft policies.
    pub overrides: &'r [Override],
    /// The day.
    pub today: Day,
    /// Policies in Rego.
    pub rego: Option<&'r Rego>,
    /// The prices and usage that costs are estimated with.
    pub price_inputs: &'r PriceInputs,
    /// The status of budgets.
    pub budgets: &'r Budgets,
}

/// What is collected while plans are judged.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    pub(crate) waivers: rules::waivers::WaiverUse,
    judged: Judged,
}

/// Whether a value cannot be read, which is no reason to pass it.
fn is_unreadable(value: &Value) -> bool {
    matches!(value.expose().0, Value::Unknown(reason) if reason.as_str() == UNREADABLE)
}

fn unreadable(resource: &Resource<'_>) -> JudgeError {
    JudgeError::Unreadable { plan: resource.context.name.to_owned(), address: resource.change.address.to_string() }
}

impl<'r> Judge<'r> {
    /// Judges plans. Each is a context and the text that it was read from.
    ///
    /// # Errors
    ///
    /// When there is no verdict.
    pub fn judge_plans(&self, plans: &[(PlanContext<'_>, &PlanText)]) -> Result<Report, JudgeError> {
        let mut found = Found::default();
        let mut reports = Vec::new();
        for (context, text) in plans {
            reports.push(self.judge_plan(context, text, &mut found)?);
        }
        let budgets = self.judge_spending(plans, &reports, &mut found)?;
        let soon = i32::try_from(self.policy.gate.expiring_days).unwrap_or(i32::MAX);
        let waivers = &self.policy.waivers;
        for finding in rules::waivers::judge(self.policy_file, waivers, self.waivers, &found.waivers, self.today, soon)
        {
            found.findings.push(finding.build()?);
        }
        for finding in self.baseline.stale(&found.findings, &found.judged) {
            found.findings.push(finding.build()?);
        }
        Ok(Report::new(reports, found.findings).with_budgets(budgets))
    }

    fn judge_plan(
        &self,
        context: &PlanContext<'_>,
        text: &PlanText,
        found: &mut Found,
    ) -> Result<PlanReport, JudgeError> {
        let plan = context.plan;
        self.note_configuration(&context.stack, found);
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
        report.unknown_inputs = context.unknown_inputs.map(|all| all.iter().map(UnknownValue::of).collect());
        let cost = PlanCost::of(context, self.price_inputs);
        let subject = PlanSubject { context, cost: &cost, policy: self.policy, today: self.today };
        for finding in rules::plan_findings(&subject) {
            found.findings.push(finding.build()?);
        }
        let mut unknown_scopes = BTreeSet::new();
        let now = plan.changes.iter().map(|change| (change, false));
        for (change, deferred) in now.chain(plan.deferred.iter().map(|change| (change, true))) {
            *report.actions.entry(change.change.actions.name()).or_default() += usize::from(!deferred);
            if !change.stays() {
                continue;
            }
            report.resources += usize::from(!deferred);
            let mut resource = Resource::read(context, change);
            resource.deferred = deferred;
            if is_unreadable(&resource.after) {
                return Err(unreadable(&resource));
            }
            report.taggable +=
                usize::from(self.judge_resource(&resource, &cost, found, &mut unknown_scopes)? && !deferred);
        }
        for (policy, what) in unknown_scopes {
            found.findings.push(rules::scope_unknown::find(&policy, what).plan(context.name).build()?);
        }
        if let Some(rego) = self.rego {
            self.judge_rego(context, text, rego, &cost, found)?;
        }
        report.cost = cost;
        Ok(report)
    }

    /// Notes that a configuration is judged, for the baseline and for waivers that name its folder.
    fn note_configuration(&self, stack: &str, found: &mut Found) {
        let folder = if stack.is_empty() { "./" } else { stack };
        for waiver in self.waivers.iter().filter(|w| w.addresses.iter().any(|a| a.matches(folder))) {
            found.waivers.matched.insert(waiver.name.clone());
        }
        found.judged.configurations.insert(stack.to_owned());
    }

    /// Judges a resource. Returns whether its type has tags.
    fn judge_resource(
        &self,
        resource: &Resource<'_>,
        cost: &PlanCost,
        found: &mut Found,
        unknown_scopes: &mut BTreeSet<(String, &'static str)>,
    ) -> Result<bool, JudgeError> {
        let context = resource.context;
        let address = &*resource.change.address;
        found.judged.resources.insert((context.stack.clone(), address.to_owned()));
        for waiver in self
            .waivers
            .iter()
            .filter(|w| w.has_folder(&context.stack) && w.addresses.iter().any(|a| a.matches(address)))
        {
            found.waivers.matched.insert(waiver.name.clone());
        }
        let effective = tags::effective(resource);
        if effective.as_ref().is_some_and(|tags| is_unreadable(&resource.after.member(tags.written.name()))) {
            return Err(unreadable(resource));
        }
        for policy in &self.policy.tag_policies {
            let Some(effective) = &effective else { break };
            if !self.is_selected(resource, &policy.selection, &policy.name, unknown_scopes) {
                continue;
            }
            self.judge_tag_policy(resource, effective, policy, found)?;
        }
        for rule in &self.policy.rules {
            if !self.is_selected(resource, &rule.selection, &rule.name, unknown_scopes) {
                continue;
            }
            let cost = cost.resource(address);
            let scope = rules::condition::ResourceScope::new(resource, effective.as_ref());
            let scope = scope.costing(rules::condition::Monthly::of(cost, true));
            let Some(finding) = rules::condition::judge(&scope, rule) else { continue };
            let before = || {
                let was = resource.as_it_was();
                let old =
                    effective.as_ref().map(|e| EffectiveTags { tags: tags::before(resource, e.written), ..e.clone() });
                let scope = rules::condition::ResourceScope::new(&was, old.as_ref());
                rules::condition::judge(&scope.costing(rules::condition::Monthly::of(cost, false)), rule).is_some()
            };
            let subject =
                Subject { context, resource: Some(resource), policy: &rule.name, terms: &rule.terms, tag: None };
            self.conclude(finding, &subject, &before, found)?;
        }
        Ok(effective.is_some())
    }

    fn judge_tag_policy(
        &self,
        resource: &Resource<'_>,
        effective: &EffectiveTags,
        policy: &tollgate_policy::TagPolicy,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let context = resource.context;
        for fault in policy.judge(&effective.tags, effective.ignores_case) {
            let rule = policy.tag(&fault.key);
            // The policy's own keys may be named, whatever hides them in the plan.
            let key = if rule.is_some() { fault.key.as_str() } else { effective.shown(&fault.key) };
            let subject = TagSubject { resource, effective, policy, rule, fault: &fault };
            let finding = rules::tag_finding(&subject).ok_or(JudgeError::NoRule)?.tag(key);
            let recovered = effective.layers.iter().any(|layer| layer.recovered);
            let finding =
                if recovered { finding.confidence_at_most(crate::finding::Confidence::Medium) } else { finding };
            let before = || {
                let was = policy.judge(&tags::before(resource, effective.written), effective.ignores_case);
                let same = |f: &TagViolation| f.key == fault.key && discriminant(&f.kind) == discriminant(&fault.kind);
                was.iter().any(same)
            };
            let (name, terms) = (&*policy.name, &policy.terms);
            let subject = Subject { context, resource: Some(resource), policy: name, terms, tag: Some(&fault.key) };
            self.conclude(finding, &subject, &before, found)?;
        }
        if policy.propagation == OnUnknown::Ignore {
            return Ok(());
        }
        let enforcement = match policy.propagation {
            OnUnknown::Block => policy.terms.enforcement,
            _ => Enforcement::Advisory,
        };
        let terms = EnforcementTerms { enforcement, ..policy.terms.clone() };
        for finding in rules::tag_propagation::judge(resource, effective, policy) {
            let name = &*policy.name;
            let subject = Subject { context, resource: Some(resource), policy: name, terms: &terms, tag: None };
            let before = || {
                let was = resource.as_it_was();
                let old = tags::effective(&was);
                old.is_some_and(|old| {
                    rules::tag_propagation::judge(&was, &old, policy).iter().any(|f| f.has_same_terms_as(&finding))
                })
            };
            self.conclude(finding.clone(), &subject, &before, found)?;
        }
        Ok(())
    }

    pub(crate) fn is_selected(
        &self,
        resource: &Resource<'_>,
        selection: &ResourceSelection,
        policy: &str,
        unknown_scopes: &mut BTreeSet<(String, &'static str)>,
    ) -> bool {
        let asks = !selection.accounts.is_empty() || !selection.environments.is_empty();
        let account = if asks { resource.account() } else { None };
        let environment = if asks { self.environment(resource) } else { None };
        let selected = SelectedResource {
            kind: &resource.change.kind,
            provider: resource.provider(),
            address: &resource.change.address,
            account,
            environment,
        };
        match selection.matches(&selected) {
            Ok(fits) => fits,
            Err(what) => {
                unknown_scopes.insert((policy.to_owned(), what));
                false
            }
        }
    }

    fn judge_rego(
        &self,
        context: &PlanContext<'_>,
        text: &PlanText,
        rego: &Rego,
        cost: &PlanCost,
        found: &mut Found,
    ) -> Result<(), JudgeError> {
        let Some(mut input) = text.parse() else {
            let message = "nests deeper than the input of Rego may".to_owned();
            return Err(RegoError { file: context.name.to_owned(), message }.into());
        };
        mask(&mut input);
        input["tollgate"] = gate_facts(context, cost);
        let answers = rego.ask(&input)?;
        // Of deposed objects with one address, the first; rules may deny thousands.
        let by_address: HashMap<&str, &ResourceChange<'_>> =
            context.plan.changes.iter().rev().map(|change| (&*change.address, change)).collect();
        // The answers for the state before the change, evaluated when a finding may have existed.
        let was: OnceCell<Result<Vec<RegoFinding>, RegoError>> = OnceCell::new();
        for answer in answers {
            let enforcement = if answer.denies { Enforcement::Hard } else { Enforcement::Advisory };
            let terms = EnforcementTerms { enforcement, ..EnforcementTerms::default() };
            let change = answer.address.as_ref().and_then(|address| by_address.get(&**address));
            let resource = change.map(|change| Resource::read(context, change));
            let place = resource.as_ref().and_then(|r| r.block).map(|block| block.head());
            let finding = rules::rego::find(&answer).place(place);
            let subject =
                Subject { context, resource: resource.as_ref(), policy: &answer.policy, terms: &terms, tag: None };
            let before = || {
                let was = was.get_or_init(|| rego.ask(&input_before(&input, gate_facts_before(context, cost))));
                was.as_ref().is_ok_and(|was| was.contains(&answer))
            };
            self.conclude(finding, &subject, &before, found)?;
        }
        Ok(())
    }
}
