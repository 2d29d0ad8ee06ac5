//! What allocation yields: parts of cost, each with its origin, the rules that it passed and their ratios.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Amount, ChargeKind, Currency};

/// The part of a whole that one target gets: an exact ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShareOfCost {
    /// The weight of the target.
    pub part: u128,
    /// The sum of all weights, above zero.
    pub whole: u128,
}

impl fmt::Display for ShareOfCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.part, self.whole)
    }
}

impl Serialize for ShareOfCost {
    /// As `1/3`: the numbers are larger than those of JSON.
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ShareOfCost {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let bad = || serde::de::Error::custom("a ratio is written as 1/3");
        let (part, whole) = text.split_once('/').ok_or_else(bad)?;
        match (part.parse(), whole.parse()) {
            (Ok(part), Ok(whole)) if part <= whole && whole > 0 => Ok(Self { part, whole }),
            _ => Err(bad()),
        }
    }
}

/// One rule that a part passed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AllocationStep {
    /// The rule.
    pub rule: String,
    /// Its method: `even`, `fixed`, `cost`…
    pub method: String,
    /// The value that gave.
    pub from: String,
    /// The value that got.
    pub to: String,
    /// The part that it got of what was given.
    pub ratio: ShareOfCost,
}

/// Why a rule left a charge unallocated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum UnallocatedReason {
    /// No target has a weight.
    NoWeights {
        /// The rule.
        rule: String,
    },
    /// The metric has no value: it is unknown, which is not zero.
    MissingMetric {
        /// The rule.
        rule: String,
        /// The metric.
        metric: String,
        /// The target without a value; `None`: no target has one.
        target: Option<String>,
    },
}

impl fmt::Display for UnallocatedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWeights { rule } => write!(f, "allocation \"{rule}\": no target has a weight"),
            Self::MissingMetric { rule, metric, target: Some(target) } => {
                write!(f, "allocation \"{rule}\": metric `{metric}` has no value for `{target}`")
            }
            Self::MissingMetric { rule, metric, target: None } => {
                write!(f, "allocation \"{rule}\": metric `{metric}` has no value")
            }
        }
    }
}

/// The cost of one value from one origin: direct, or by rules. Amounts are sums over the days of the billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatedCost {
    /// The value of the dimension that bears the cost.
    pub value: String,
    /// The value that the charges have themselves.
    pub origin: String,
    /// The rules that the cost passed, in order; none: it is direct.
    pub steps: Vec<AllocationStep>,
    /// Why it is unallocated, where a rule could not divide it.
    pub reason: Option<UnallocatedReason>,
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `BillingAccountId`.
    pub billing_account: Option<String>,
    /// `ServiceName`.
    pub service: Option<String>,
    /// The kind of the charges.
    pub kind: ChargeKind,
    /// Whether a commitment covers the charges, or they are its fee or its unused part.
    pub committed: bool,
    /// Whether the provider divided the charges: AWS split cost allocation, or allocations of a Kubernetes cluster.
    #[serde(default)]
    pub split: bool,
    /// The currency of both amounts.
    pub currency: Currency,
    /// BilledCost.
    pub billed: Amount,
    /// EffectiveCost.
    pub effective: Amount,
}

impl AllocatedCost {
    /// Whether rules gave the cost.
    pub fn is_shared(&self) -> bool {
        !self.steps.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_kept_exactly() {
        let third = ShareOfCost { part: 1, whole: u128::MAX };
        let json = serde_json::to_string(&third).unwrap();
        assert_eq!(serde_json::from_str::<ShareOfCost>(&json).unwrap(), third);
        for bad in ["\"2/1\"", "\"1/0\"", "\"1\"", "\"a/b\"", "1"] {
            assert!(serde_json::from_str::<ShareOfCost>(bad).is_err(), "{bad}");
        }
    }
}
