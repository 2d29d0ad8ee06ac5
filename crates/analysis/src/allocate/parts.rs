//! The parts that allocation yields.

use tollgate_model::allocation::{AllocatedCost, AllocationStep, UnallocatedReason};
use tollgate_model::{Currency, Day};

/// The part of one day of a group of charges that one value gets.
#[derive(Clone, Copy, Debug)]
pub struct AllocationPart<'a> {
    /// The day on which the charges start.
    pub day: Day,
    /// The currency.
    pub currency: Currency,
    /// The value that gets the part.
    pub value: &'a str,
    /// The value that the charges have.
    pub origin: &'a str,
    /// BilledCost, in units.
    pub billed: i128,
    /// EffectiveCost, in units.
    pub effective: i128,
}

/// The allocated cost of a billing period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// The cost of each value by origin, rules, provider, billing account, service and kind, sorted.
    pub costs: Vec<AllocatedCost>,
}

/// The part of one charge that a value gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargePart {
    /// The value.
    pub value: String,
    /// The rules that gave it, in order; none: the charge is direct.
    pub steps: Vec<AllocationStep>,
    /// Why it is unallocated, where a rule could not divide it.
    pub reason: Option<UnallocatedReason>,
    /// The part of each figure, in units.
    pub units: [i128; 3],
}
