//! Allocation: divides shared cost among the values of a dimension by rules, exactly.
//!
//! The first rule whose source matches takes a charge. A charge that no rule takes is the direct cost of its own value. Cost that a rule
//! gave to a value is taken again only by a rule that names this value, so rules form a directed acyclic graph, and a cycle is an error.
//!
//! Each day of each group of charges is divided by itself, BilledCost and EffectiveCost by the same ratio, and the parts sum to it to the
//! last digit. Targets without a name in the file are all values with cost of their own. A value that a rule takes as a whole is shared
//! and is no such target.
//!
//! A weight below zero counts as zero. Where no target has a weight, or a metric has no value, nothing is guessed: the cost is
//! unallocated, with the reason.

mod charges;
mod compiled;
mod divide;
mod engine;
mod parts;
mod split;
mod sums;
#[cfg(test)]
mod tests;
mod weights;
mod wide;

use std::collections::BTreeMap;

use tollgate_model::allocation::AllocationCycle;
use tollgate_model::{Basis, Day, Quantity};

pub use charges::{ChargeCost, ChargeGroups, VisibleCharge};
pub use engine::Allocator;
pub use parts::{Allocation, AllocationPart, ChargePart};
pub use split::Weights;

/// The values of a metric.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricWeights {
    /// The values by target and day.
    pub values: BTreeMap<String, BTreeMap<Day, Quantity>>,
    /// Whether a day without a value is unknown. Then a target weighs by the mean of its known days: a missing day is no zero.
    pub by_known_day: bool,
}

/// What rules weigh by, beside the charges.
#[derive(Clone, Debug, Default)]
pub struct WeightInput {
    /// The cost that weighs.
    pub basis: Basis,
    /// The metrics of the billing period, by name.
    pub metrics: BTreeMap<String, MetricWeights>,
}

/// Why charges cannot be allocated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// Rules give cost to each other in a circle.
    #[error("{0}")]
    Cycle(AllocationCycle),
    /// The charges do not have the dimension.
    #[error("there is no dimension `{0}`")]
    UnknownDimension(String),
    /// A sum is out of range.
    #[error("a sum of charges cannot be kept exactly")]
    OutOfRange,
}
