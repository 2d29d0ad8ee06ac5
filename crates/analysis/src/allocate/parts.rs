//! The parts that allocation yields, and their sums in a fixed order.

use std::collections::BTreeMap;

use tollgate_model::allocation::{AllocatedCost, AllocationStep, UnallocatedReason};
use tollgate_model::{Amount, Currency, Day};

use super::AllocationError;

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

/// Costs that differ in nothing but their amounts are one: equal ratios may come from different weights.
pub(super) fn merged(mut costs: Vec<AllocatedCost>) -> Result<Vec<AllocatedCost>, AllocationError> {
    let mut out: BTreeMap<Vec<u8>, AllocatedCost> = BTreeMap::new();
    for cost in costs.drain(..) {
        let place = sort_key(&cost);
        match out.get_mut(&place) {
            Some(same) => {
                let sum = |a: Amount, b: Amount| a.checked_add(b).ok_or(AllocationError::OutOfRange);
                (same.billed, same.effective) = (sum(same.billed, cost.billed)?, sum(same.effective, cost.effective)?);
            }
            None => {
                out.insert(place, cost);
            }
        }
    }
    Ok(out.into_values().collect())
}

/// What distinguishes a cost, in the order in which costs are listed.
fn sort_key(cost: &AllocatedCost) -> Vec<u8> {
    let mut out = Vec::new();
    let mut part = |text: Option<&str>| {
        out.extend_from_slice(text.map_or(&[1][..], str::as_bytes));
        out.push(0);
    };
    part(Some(&cost.value));
    part(Some(cost.currency.as_str()));
    for step in &cost.steps {
        for text in [&step.rule, &step.from, &step.to, &step.ratio.to_string()] {
            part(Some(text));
        }
    }
    part(cost.reason.as_ref().map(ToString::to_string).as_deref());
    part(Some(&cost.origin));
    for text in [&cost.provider, &cost.billing_account, &cost.service] {
        part(text.as_deref());
    }
    part(Some(cost.kind.as_str()));
    part(Some(if cost.committed { "committed" } else { "" }));
    part(Some(if cost.split { "split" } else { "" }));
    out
}
