//! Rules: one file each, with the declaration of its findings and its check, and a row in the registry below.

pub(crate) mod baseline_stale;
pub(crate) mod budget;
pub(crate) mod condition;
pub(crate) mod plan;
pub mod policy_loosened;
pub(crate) mod price_stale;
pub(crate) mod rego;
pub(crate) mod scope_unknown;
pub(crate) mod tag_case;
pub(crate) mod tag_empty;
pub(crate) mod tag_forbidden;
pub(crate) mod tag_missing;
pub(crate) mod tag_pattern;
pub(crate) mod tag_propagation;
pub(crate) mod tag_unknown;
pub(crate) mod tag_value;
pub(crate) mod waivers;

use tollgate_model::Day;
use tollgate_policy::{Policy, TagPolicy, TagRule, TagViolation};

use crate::context::PlanContext;
use crate::cost::PlanCost;
use crate::finding::{FindingBuilder, rule_registry};
use crate::resource::Resource;
use crate::tags::EffectiveTags;

rule_registry! {
    TagMissing => tag_missing::META, tag_missing::CHECK;
    TagEmpty => tag_empty::META, tag_empty::CHECK;
    TagForbidden => tag_forbidden::META, tag_forbidden::CHECK;
    TagValue => tag_value::META, tag_value::CHECK;
    TagPattern => tag_pattern::META, tag_pattern::CHECK;
    TagCase => tag_case::META, tag_case::CHECK;
    TagUnknown => tag_unknown::META, tag_unknown::CHECK;
    TagPropagation => tag_propagation::META;
    Rule => condition::BROKEN;
    RuleUnknown => condition::UNKNOWN;
    RuleFault => condition::FAULT;
    RegoDeny => rego::DENY;
    RegoWarn => rego::WARN;
    BudgetCrossed => budget::CROSSED;
    BudgetStopped => budget::STOPPED;
    BudgetShare => budget::SHARE;
    CostIncrease => budget::INCREASE;
    CostResource => budget::RESOURCE;
    CostUnknown => budget::UNKNOWN;
    PriceStale => price_stale::META, price_stale::CHECK;
    ScopeUnknown => scope_unknown::META;
    WaiverExpired => waivers::EXPIRED;
    WaiverExpiring => waivers::EXPIRING;
    WaiverUnused => waivers::UNUSED;
    WaiverUnmatched => waivers::UNMATCHED;
    WaiverNotOnBase => waivers::NOT_ON_BASE;
    PolicyLoosened => policy_loosened::META;
    BaselineStale => baseline_stale::META;
    PlanErrored => plan::ERRORED, plan::CHECK;
    PlanIncomplete => plan::INCOMPLETE;
}

/// When a rule is asked. Rules without a check are asked by the part of the program that knows what they are about: the conditions,
/// budgets and Rego of the policy, waivers, the baseline.
pub(crate) enum RuleCheck {
    /// For each violation of a tag policy. `None`: the rule is not about this kind of violation.
    TagViolation(fn(&TagSubject<'_>) -> Option<FindingBuilder>),
    /// For each plan, with its cost.
    Plan(fn(&PlanSubject<'_>) -> Vec<FindingBuilder>),
}

/// A plan with its cost, and what it is judged by.
pub(crate) struct PlanSubject<'a> {
    /// The plan.
    pub(crate) context: &'a PlanContext<'a>,
    /// Its cost.
    pub(crate) cost: &'a PlanCost,
    /// The policy.
    pub(crate) policy: &'a Policy,
    /// The day.
    pub(crate) today: Day,
}

/// Judges a plan by the rules about plans.
pub(crate) fn plan_findings(subject: &PlanSubject<'_>) -> Vec<FindingBuilder> {
    let judge = |check: &RuleCheck| match check {
        RuleCheck::Plan(judge) => judge(subject),
        RuleCheck::TagViolation(_) => Vec::new(),
    };
    CHECKS.iter().flat_map(judge).collect()
}

/// Turns a violation into a finding; `None` when no rule is about it.
pub(crate) fn tag_finding(subject: &TagSubject<'_>) -> Option<FindingBuilder> {
    CHECKS.iter().find_map(|check| match check {
        RuleCheck::TagViolation(find) => find(subject),
        RuleCheck::Plan(_) => None,
    })
}

/// A violation of a tag policy, with the resource.
pub(crate) struct TagSubject<'a> {
    /// The resource.
    pub(crate) resource: &'a Resource<'a>,
    /// Its tags.
    pub(crate) effective: &'a EffectiveTags,
    /// The policy.
    pub(crate) policy: &'a TagPolicy,
    /// The requirement for the key.
    pub(crate) rule: Option<&'a TagRule>,
    /// The fault.
    pub(crate) fault: &'a TagViolation,
}

impl TagSubject<'_> {
    /// What the provider calls it: a tag or a label.
    pub(crate) fn noun(&self) -> &'static str {
        if self.effective.written.name().ends_with("labels") { "label" } else { "tag" }
    }

    /// Lists the allowed values, for people.
    pub(crate) fn allowed(&self) -> Option<String> {
        let values = &self.rule?.values;
        let shown: Vec<String> = values.iter().take(8).map(|v| format!("`{}`", v.0)).collect();
        let more = if values.len() > shown.len() {
            format!(" and {} more", values.len() - shown.len())
        } else {
            String::new()
        };
        (!shown.is_empty()).then(|| shown.join(", ") + &more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rule that is asked has one check, and each id has one row.
    #[test]
    fn ids_are_unique_and_tag_rules_have_checks() {
        let mut ids: Vec<&str> = FindingId::ALL.iter().map(|id| id.as_str()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        let tag_checks = CHECKS.iter().filter(|check| matches!(check, RuleCheck::TagViolation(_))).count();
        assert_eq!((tag_checks, CHECKS.len() - tag_checks), (7, 2));
    }
}
