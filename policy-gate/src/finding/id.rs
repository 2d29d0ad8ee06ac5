//! The ids of findings: a registry with one line for each. The rule that finds it declares the rest, beside its code.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{About, Severity};
use crate::outcome::Outcome;
use crate::rules::{
    baseline_stale, budget, condition, plan, policy_loosened, price_stale, rego, scope_unknown, tag_case, tag_empty,
    tag_forbidden, tag_missing, tag_pattern, tag_propagation, tag_unknown, tag_value, waivers,
};

/// The address of the reference of findings.
pub const DOCS: &str = "https://github.com/tollgate-finops/tollgate/blob/main/docs/reference/findings.md";

/// What an id stands for.
#[derive(Debug)]
pub struct FindingMeta {
    /// The id, as outputs write it.
    pub id: &'static str,
    /// The severity.
    pub severity: Severity,
    /// What it is about.
    pub about: About,
    /// The outcome, where it does not depend on a policy.
    pub outcome: Option<Outcome>,
    /// What it means, in one or two sentences.
    pub summary: &'static str,
    /// Further paragraphs of the reference.
    pub details: &'static [&'static str],
}

impl FindingMeta {
    const fn new(
        id: &'static str,
        severity: Severity,
        about: About,
        outcome: Option<Outcome>,
        summary: &'static str,
    ) -> Self {
        Self { id, severity, about, outcome, summary, details: &[] }
    }

    /// A finding of a policy, whose outcome depends on the policy, on waivers, overrides and the baseline.
    pub(crate) const fn of_policy(id: &'static str, severity: Severity, about: About, summary: &'static str) -> Self {
        Self::new(id, severity, about, None, summary)
    }

    /// A finding about the run itself that blocks, whatever the policy says.
    pub(crate) const fn always_blocks(
        id: &'static str,
        severity: Severity,
        about: About,
        summary: &'static str,
    ) -> Self {
        Self::new(id, severity, about, Some(Outcome::Blocks), summary)
    }

    /// A finding that informs and never blocks.
    pub(crate) const fn always_warns(
        id: &'static str,
        severity: Severity,
        about: About,
        summary: &'static str,
    ) -> Self {
        Self::new(id, severity, about, Some(Outcome::Warns), summary)
    }

    /// Adds paragraphs for the reference.
    pub(crate) const fn with_details(mut self, details: &'static [&'static str]) -> Self {
        self.details = details;
        self
    }
}

macro_rules! registry {
    ($($variant:ident => $meta:path,)+) => {
        /// The id of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingId {
            $(#[doc = concat!("Declared by `", stringify!($meta), "`.")] $variant,)+
        }

        impl FindingId {
            /// Every id, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The declaration.
            pub const fn meta(self) -> &'static FindingMeta {
                match self {
                    $(Self::$variant => {
                        static META: FindingMeta = $meta;
                        &META
                    })+
                }
            }
        }
    };
}

registry! {
    TagMissing => tag_missing::META,
    TagEmpty => tag_empty::META,
    TagForbidden => tag_forbidden::META,
    TagValue => tag_value::META,
    TagPattern => tag_pattern::META,
    TagCase => tag_case::META,
    TagUnknown => tag_unknown::META,
    TagPropagation => tag_propagation::META,
    Rule => condition::BROKEN,
    RuleUnknown => condition::UNKNOWN,
    RuleFault => condition::FAULT,
    RegoDeny => rego::DENY,
    RegoWarn => rego::WARN,
    BudgetCrossed => budget::CROSSED,
    BudgetStopped => budget::STOPPED,
    BudgetShare => budget::SHARE,
    CostIncrease => budget::INCREASE,
    CostResource => budget::RESOURCE,
    CostUnknown => budget::UNKNOWN,
    PriceStale => price_stale::META,
    ScopeUnknown => scope_unknown::META,
    WaiverExpired => waivers::EXPIRED,
    WaiverExpiring => waivers::EXPIRING,
    WaiverUnused => waivers::UNUSED,
    WaiverUnmatched => waivers::UNMATCHED,
    WaiverNotOnBase => waivers::NOT_ON_BASE,
    PolicyLoosened => policy_loosened::META,
    BaselineStale => baseline_stale::META,
    PlanErrored => plan::ERRORED,
    PlanIncomplete => plan::INCOMPLETE,
}

impl FindingId {
    /// The id, as outputs write it.
    pub const fn as_str(self) -> &'static str {
        self.meta().id
    }

    /// The address of the explanation in the reference.
    pub fn docs(self) -> String {
        format!("{DOCS}#{}", self.as_str())
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FindingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
