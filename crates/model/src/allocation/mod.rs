//! Allocation rules: which shared cost is divided among which values of a dimension, and how.

mod closed;
mod flow;
mod result;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pattern::wildcard_matches;
use crate::series::Facet;
use crate::{Amount, ChargeKind, Day};

pub use closed::{AllocationAdjustment, AllocationApproval, AllocationState, ClosedMonth, FrozenAllocation};
pub use flow::AllocationCycle;
pub use result::{AllocatedCost, AllocationStep, ShareOfCost, UnallocatedReason};

/// What a condition of a source compares.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionField {
    /// A facet that every charge has.
    Facet(Facet),
    /// A dimension of the policy file, by name.
    Dimension(String),
}

/// One condition of a source: a facet or dimension that has one of some values. `*` in a value matches any run of characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceCondition {
    /// The facet or dimension.
    pub on: ConditionField,
    /// The values that match.
    pub values: Vec<String>,
}

impl SourceCondition {
    /// Whether a value is one of those that match.
    pub fn matches(&self, value: &str) -> bool {
        self.values.iter().any(|wanted| wildcard_matches(wanted, value))
    }

    /// Whether one value may match both conditions. Two patterns are taken to overlap, unless they begin or end differently.
    fn may_overlap(&self, other: &Self) -> bool {
        self.values.iter().any(|a| other.values.iter().any(|b| may_match_both(a, b)))
    }
}

/// Whether one text may match both patterns.
fn may_match_both(a: &str, b: &str) -> bool {
    let (Some((a_start, _)), Some((b_start, _))) = (a.split_once('*'), b.split_once('*')) else {
        // At most one of them matches more than one text.
        return wildcard_matches(a, b) || wildcard_matches(b, a);
    };
    let end = |pattern: &str| pattern.rsplit('*').next().unwrap_or_default().to_owned();
    let (a_end, b_end) = (end(a), end(b));
    (a_start.starts_with(b_start) || b_start.starts_with(a_start))
        && (a_end.ends_with(&b_end) || b_end.ends_with(&a_end))
}

/// Charges that a rule can be limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedCharges {
    /// Consumption, also that which a commitment covers.
    Usage,
    /// The part of a commitment that was paid for and not used.
    UnusedCommitment,
    /// The fee of a commitment, upfront or recurring.
    CommitmentFee,
    /// Any other fee.
    Purchase,
    /// Fees and use of a service of the provider's support.
    Support,
    /// Taxes.
    Tax,
    /// Credits.
    Credit,
    /// Refunds.
    Refund,
    /// Other adjustments.
    Adjustment,
    /// Corrections of billing periods that were invoiced before.
    Correction,
}

impl SharedCharges {
    /// Every kind, in the order of the reference.
    pub const ALL: [Self; 10] = [
        Self::Usage,
        Self::UnusedCommitment,
        Self::CommitmentFee,
        Self::Purchase,
        Self::Support,
        Self::Tax,
        Self::Credit,
        Self::Refund,
        Self::Adjustment,
        Self::Correction,
    ];

    /// The word of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::UnusedCommitment => "unused_commitment",
            Self::CommitmentFee => "commitment_fee",
            Self::Purchase => "purchase",
            Self::Support => "support",
            Self::Tax => "tax",
            Self::Credit => "credit",
            Self::Refund => "refund",
            Self::Adjustment => "adjustment",
            Self::Correction => "correction",
        }
    }

    /// Whether a charge belongs to it. Support is what names itself so: no column of FOCUS says it.
    pub fn contains(self, kind: ChargeKind, has_commitment: bool, service: Option<&str>) -> bool {
        match self {
            Self::Usage => matches!(kind, ChargeKind::Usage | ChargeKind::Periodic),
            Self::UnusedCommitment => kind == ChargeKind::Unused,
            Self::CommitmentFee => kind == ChargeKind::Purchase && has_commitment,
            Self::Purchase => kind == ChargeKind::Purchase && !has_commitment,
            Self::Support => {
                matches!(kind, ChargeKind::Usage | ChargeKind::Periodic | ChargeKind::Purchase)
                    && service.is_some_and(|name| name.to_lowercase().contains("support"))
            }
            Self::Tax => kind == ChargeKind::Tax,
            Self::Credit => kind == ChargeKind::Credit,
            Self::Refund => kind == ChargeKind::Refund,
            Self::Adjustment => kind == ChargeKind::Adjustment,
            Self::Correction => kind == ChargeKind::Correction,
        }
    }

    /// Whether one charge may belong to both.
    const fn may_overlap(self, other: Self) -> bool {
        match (self, other) {
            (Self::Support, kind) | (kind, Self::Support) => {
                matches!(kind, Self::Support | Self::Usage | Self::Purchase | Self::CommitmentFee)
            }
            (one, another) => one as u8 == another as u8,
        }
    }
}

impl fmt::Display for SharedCharges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How a rule divides cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AllocationMethod {
    /// The same part for each target.
    Even,
    /// Named percentages. They and `keep` sum to 100.
    Fixed {
        /// Percent by target.
        shares: BTreeMap<String, Amount>,
        /// Percent that stay with the value that the charge has.
        keep: Amount,
    },
    /// In proportion to the cost that each target has of its own.
    Cost,
    /// In proportion to the quantity that each target consumed, in one unit.
    Usage {
        /// `ConsumedUnit`.
        unit: String,
    },
    /// In proportion to a metric of the policy file.
    Metric {
        /// Its name.
        metric: String,
    },
    /// To the target that used the same commitment; charges without one, in proportion to the use of the same billing account.
    Used,
    /// Nothing is divided: the charge stays with the value that bought it.
    Bought,
}

impl AllocationMethod {
    /// The word of the policy file.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Fixed { .. } => "fixed",
            Self::Cost => "cost",
            Self::Usage { .. } => "usage",
            Self::Metric { .. } => "metric",
            Self::Used => "used",
            Self::Bought => "bought",
        }
    }
}

/// The time over which weights are summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightPeriod {
    /// The billing period: the same ratio on every day.
    #[default]
    Month,
    /// Each day by itself.
    Day,
}

impl WeightPeriod {
    /// The word of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// What becomes of a charge when no target of its rule has a weight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WithoutWeights {
    /// It is unallocated, with the reason.
    #[default]
    Unallocated,
    /// It is divided evenly.
    Even,
}

/// A rule: takes charges and divides each among values of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationRule {
    /// Its name, unique in the file.
    pub name: String,
    /// The dimension whose values are the targets.
    pub dimension: String,
    /// The charges that it takes: those that meet every condition.
    pub source: Vec<SourceCondition>,
    /// The kinds of charges that it takes; all when empty.
    pub charges: Vec<SharedCharges>,
    /// The targets; every value with cost of its own when empty.
    pub targets: Vec<String>,
    /// Values that are no target.
    pub except: Vec<String>,
    /// How it divides.
    pub method: AllocationMethod,
    /// The charges that weigh; all of the target's own when empty.
    pub weigh: Vec<SourceCondition>,
    /// The time over which weights are summed.
    pub over: WeightPeriod,
    /// What happens without a weight.
    pub without_weights: WithoutWeights,
    /// The first day on which it is in effect.
    pub from: Option<Day>,
    /// The last day on which it is in effect.
    pub until: Option<Day>,
}

impl AllocationRule {
    /// The condition on the rule's own dimension, where it has one. Only a rule with one takes cost that another rule gave.
    pub fn own_condition(&self) -> Option<&SourceCondition> {
        self.source.iter().find(|c| matches!(&c.on, ConditionField::Dimension(name) if *name == self.dimension))
    }

    /// The targets that the file names: `targets`, or the names of `shares`.
    pub fn named_targets(&self) -> Vec<&str> {
        match &self.method {
            AllocationMethod::Fixed { shares, .. } => shares.keys().map(String::as_str).collect(),
            _ => self.targets.iter().map(String::as_str).collect(),
        }
    }

    /// Whether the rule takes the whole cost of the values that it names: they are shared, and no target by themselves.
    pub fn takes_whole_values(&self) -> bool {
        self.charges.is_empty() && self.source.len() == 1 && self.own_condition().is_some()
    }

    /// Whether the rule is in effect on a day.
    pub fn is_in_effect(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// The rules of one dimension, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationPlan {
    /// The dimension.
    pub dimension: String,
    /// The value of what is not allocated: the default of the dimension.
    pub unallocated: String,
    /// The rules, in the order of the file.
    pub rules: Vec<AllocationRule>,
}

impl AllocationPlan {
    /// The version of the rules: a hash that changes with any of them.
    ///
    /// # Errors
    ///
    /// Never for rules that were read.
    pub fn version(&self) -> Result<String, serde_json::Error> {
        crate::hash::sha256(self)
    }

    /// Whether a value gives all of its cost to others, by a rule that is in effect on some day.
    pub fn is_shared(&self, value: &str) -> bool {
        let takes = |rule: &AllocationRule| rule.own_condition().is_some_and(|c| c.matches(value));
        self.rules.iter().any(|rule| rule.takes_whole_values() && takes(rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_begin_or_end_differently_match_no_text_in_common() {
        for (a, b, both) in [
            ("S3", "S3", true),
            ("S3", "EC2", false),
            ("Amazon *", "Amazon S3", true),
            ("Amazon *", "AWS *", false),
            ("Amazon *", "Amazon E*", true),
            ("*-9", "*-19", false),
            ("*9", "*-19", true),
            ("S*", "*3", true),
            ("*", "S3", true),
        ] {
            assert_eq!((may_match_both(a, b), may_match_both(b, a)), (both, both), "{a} {b}");
        }
    }

    #[test]
    fn support_and_fees_are_recognised() {
        use ChargeKind::{Purchase, Tax, Usage};
        assert!(SharedCharges::Support.contains(Usage, false, Some("AWS Support (Business)")));
        assert!(SharedCharges::Support.contains(Purchase, false, Some("AWSSupportBusiness")));
        assert!(!SharedCharges::Support.contains(Tax, false, Some("AWS Support (Business)")));
        assert!(SharedCharges::CommitmentFee.contains(Purchase, true, None));
        assert!(!SharedCharges::CommitmentFee.contains(Purchase, false, None));
        assert!(SharedCharges::Purchase.contains(Purchase, false, None));
    }

    #[test]
    fn every_charge_belongs_to_a_kind() {
        use ChargeKind::{Adjustment, Correction, Credit, Periodic, Purchase, Refund, Tax, Unused, Usage};
        for kind in [Usage, Unused, Purchase, Tax, Credit, Refund, Adjustment, Correction, Periodic] {
            for committed in [true, false] {
                let found = SharedCharges::ALL.iter().filter(|c| c.contains(kind, committed, None)).count();
                assert_eq!(found, 1, "{kind} {committed}");
            }
        }
    }
}
