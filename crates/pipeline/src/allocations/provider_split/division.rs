//! Machines divided among tasks: the charges that wait for a division, and their parts.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tollgate_analysis::allocate::{ChargeCost, ChargeGroups, VisibleCharge, Weights};
use tollgate_model::{Amount, ChargeKind, Currency, Day, Quantity};

use super::CLUSTER;

/// A charge that is kept until its division is known.
pub(in crate::allocations) struct HeldCharge {
    pub(in crate::allocations) facets: [Option<String>; 5],
    kind: ChargeKind,
    pub(in crate::allocations) currency: Currency,
    commitment: Option<String>,
    unit: Option<String>,
    /// The value of each dimension.
    pub(super) values: Vec<String>,
    pub(super) day: Day,
    pub(in crate::allocations) cost: ChargeCost,
}

impl HeldCharge {
    pub(in crate::allocations) fn of<'v>(
        charge: &VisibleCharge<'_>,
        values: impl Iterator<Item = &'v str>,
        day: Day,
        cost: ChargeCost,
    ) -> Self {
        Self {
            facets: charge.facets.map(|text| text.map(str::to_owned)),
            kind: charge.kind,
            currency: charge.currency,
            commitment: charge.commitment.map(str::to_owned),
            unit: charge.unit.map(str::to_owned),
            values: values.map(str::to_owned).collect(),
            day,
            cost,
        }
    }

    pub(super) fn is_of_cluster(&self) -> bool {
        self.facets[0].as_deref() == Some(CLUSTER)
    }

    /// Adds the charge, or a part of it with the values of a share.
    pub(super) fn add_to(&self, groups: &mut ChargeGroups, values: &[String], cost: &ChargeCost, split: bool) {
        let [a, b, c, d, e] = &self.facets;
        let charge = VisibleCharge {
            facets: [a, b, c, d, e].map(Option::as_deref),
            kind: self.kind,
            currency: self.currency,
            commitment: self.commitment.as_deref(),
            unit: self.unit.as_deref(),
            split,
        };
        groups.add(&charge, values.iter().map(String::as_str), self.day, cost);
    }
}

/// How a machine's cost of one day is divided: the values of each part, `None` for what stays with the machine.
pub(in crate::allocations) struct Division {
    pub(in crate::allocations) values: Vec<Option<Vec<String>>>,
    pub(in crate::allocations) weights: Weights,
}

/// Divisions by resource and day.
pub(in crate::allocations) type Divisions = FxHashMap<(String, Day), Division>;

/// The division by shares; what they leave of the machine's cost stays with it, as a last part without values.
pub(super) fn division_of(shares: &BTreeMap<Vec<String>, u128>, cost: u128) -> Option<Division> {
    let sum = shares.values().try_fold(0u128, |sum, weight| sum.checked_add(*weight))?;
    let rest = cost.saturating_sub(sum);
    let (mut values, mut parts): (Vec<Option<Vec<String>>>, Vec<u128>) = (Vec::new(), Vec::new());
    for (value, weight) in shares.iter().filter(|(_, weight)| **weight > 0) {
        values.push(Some(value.clone()));
        parts.push(*weight);
    }
    if values.is_empty() {
        return None;
    }
    if rest > 0 {
        values.push(None);
        parts.push(rest);
    }
    Some(Division { values, weights: Weights::new(parts)? })
}

pub(super) fn divide_charge(charge: &HeldCharge, division: &Division, groups: &mut ChargeGroups) {
    let ChargeCost { billed, effective, quantity } = charge.cost;
    let split = |units: i128| division.weights.split(units);
    let (billed, effective) = (split(billed.units()), split(effective.units()));
    let quantities = quantity.map(|q| split(q.units()));
    for (at, value) in division.values.iter().enumerate() {
        // A part is never larger than its whole, which is in range.
        let cost = ChargeCost {
            billed: Amount::from_units(billed[at]).unwrap_or_default(),
            effective: Amount::from_units(effective[at]).unwrap_or_default(),
            quantity: quantities.as_ref().and_then(|q| Quantity::from_units(q[at])),
        };
        charge.add_to(groups, value.as_ref().unwrap_or(&charge.values), &cost, value.is_some());
    }
}
