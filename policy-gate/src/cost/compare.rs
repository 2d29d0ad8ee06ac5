//! Compares the cost of plans with that of an earlier run, stored as the JSON of `policy-gate cost`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tollgate_model::{Amount, Currency};
use tollgate_prices::{PriceCoverage, Span};

use super::{ComponentChange, PlanCost, ResourceCost};

/// The cost of a plan in an earlier run.
#[derive(Clone, Debug, Deserialize)]
pub struct StoredPlan {
    /// Its name.
    pub plan: String,
    cost: StoredCost,
}

#[derive(Clone, Debug, Deserialize)]
struct StoredCost {
    currency: Option<Currency>,
    resources: Vec<StoredResource>,
}

#[derive(Clone, Debug, Deserialize)]
struct StoredResource {
    address: String,
    kind: String,
    #[serde(default)]
    module: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    deposed: Option<String>,
    region: Option<String>,
    after: Option<StoredSpan>,
    unpriced_reason: Option<String>,
    #[serde(default)]
    components: Vec<StoredComponent>,
}

#[derive(Clone, Debug, Deserialize)]
struct StoredComponent {
    name: String,
    after: Option<StoredSpan>,
    quantity: String,
    #[serde(default)]
    unpriced_reason: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct StoredSpan {
    low: Amount,
    likely: Amount,
    high: Amount,
}

fn span(stored: StoredSpan) -> Span<Amount> {
    Span { low: stored.low, likely: stored.likely, high: stored.high }
}

/// Why runs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// The file is not the JSON of `policy-gate cost`.
    #[error("is not the output of `policy-gate cost --format json --all`: {0}")]
    NoCost(serde_json::Error),
    /// The currencies differ.
    #[error("its amounts are in {stored}, those of this run in {own}\nhint: write the file again with the same prices")]
    Currency {
        /// The currency of the file.
        stored: Currency,
        /// The currency of this run.
        own: Currency,
    },
}

/// Reads the plans of an earlier run.
///
/// # Errors
///
/// When it is not the JSON of `policy-gate cost`.
pub fn read(json: &[u8]) -> Result<Vec<StoredPlan>, CompareError> {
    serde_json::from_slice(json).map_err(CompareError::NoCost)
}

/// Replaces the cost before each plan by its cost after the plan of an earlier run. A plan that only one run has is added or gone.
///
/// # Errors
///
/// When the currencies differ.
pub fn compare(now: Vec<(String, PlanCost)>, stored: &[StoredPlan]) -> Result<Vec<(String, PlanCost)>, CompareError> {
    let own = now.iter().find_map(|(_, cost)| cost.currency);
    for stored in stored.iter().filter_map(|plan| plan.cost.currency) {
        if let Some(own) = own.filter(|own| *own != stored) {
            return Err(CompareError::Currency { stored, own });
        }
    }
    let names: BTreeSet<String> = now.iter().map(|(name, _)| name.clone()).collect();
    let mut out = Vec::new();
    for (name, cost) in now {
        let was = stored.iter().find(|plan| plan.plan == name).map_or(&[][..], |plan| &plan.cost.resources);
        out.push((name, compared(cost, was)));
    }
    for gone in stored.iter().filter(|plan| !names.contains(&plan.plan)) {
        let empty = PlanCost { currency: gone.cost.currency, ..PlanCost::default() };
        out.push((gone.plan.clone(), compared(empty, &gone.cost.resources)));
    }
    Ok(out)
}

fn compared(now: PlanCost, stored: &[StoredResource]) -> PlanCost {
    let mut was: BTreeMap<(String, Option<String>), &StoredResource> =
        stored.iter().map(|r| ((r.address.clone(), r.deposed.clone()), r)).collect();
    let mut resources = Vec::new();
    for mut cost in now.resources {
        let before = was.remove(&(cost.address.clone(), cost.deposed.clone()));
        against(&mut cost, before);
        resources.push(cost);
    }
    resources.extend(was.into_values().map(removed));
    let mut out = PlanCost { resources: Vec::new(), by_address: BTreeMap::new(), ..now };
    (out.before, out.after, out.change) = (Span::default(), Span::default(), Span::default());
    (out.changing, out.priced) = (0, 0);
    for cost in resources {
        out.sum(&cost);
        out.resources.push(cost);
    }
    out
}

/// Compares a resource with itself in an earlier run.
fn against(cost: &mut ResourceCost, before: Option<&StoredResource>) {
    let Some(before) = before else {
        cost.before = Some(Span::default());
        cost.change = cost.after;
        // Nothing of it remains after this run either.
        cost.action = if cost.after == Some(Span::default()) { "no-op" } else { "create" };
        cost.components.iter_mut().for_each(|c| c.before = None);
        return;
    };
    cost.before = before.after.map(span);
    let same_unpriced = |component: &ComponentChange| {
        let was = before.components.iter().find(|c| c.name == component.name);
        was.is_some_and(|was| was.quantity == component.quantity && was.unpriced_reason == component.unpriced_reason)
    };
    for component in &mut cost.components {
        let was = before.components.iter().find(|c| c.name == component.name);
        component.before = was.and_then(|was| was.after).map(span);
    }
    cost.change = match (cost.before, cost.after) {
        (Some(before), Some(after)) => Some(after.minus(before)),
        // What is unpriced in both runs, and the same, changes nothing.
        _ if cost.components.iter().all(|c| c.before == c.after && (c.after.is_some() || same_unpriced(c)))
            && cost.unpriced_reason == before.unpriced_reason =>
        {
            Some(Span::default())
        }
        _ => None,
    };
    cost.action = match cost.change {
        Some(change) if change == Span::default() => "no-op",
        _ if cost.after == Some(Span::default()) => "delete",
        _ => "update",
    };
}

/// A resource that this run does not have.
fn removed(stored: &StoredResource) -> ResourceCost {
    let before = stored.after.map(span);
    let none = Span::default();
    ResourceCost {
        address: stored.address.clone(),
        kind: stored.kind.clone(),
        module: stored.module.clone(),
        service: stored.service.clone(),
        deposed: stored.deposed.clone(),
        action: if before == Some(none) { "no-op" } else { "delete" },
        region: stored.region.clone(),
        before,
        after: Some(none),
        change: before.map(|before| none.minus(before)),
        coverage: PriceCoverage::Free,
        unpriced_reason: if before.is_none() { stored.unpriced_reason.clone() } else { None },
        components: stored
            .components
            .iter()
            .map(|c| ComponentChange {
                name: c.name.clone(),
                before: c.after.map(span),
                after: None,
                quantity: c.quantity.clone(),
                unpriced_reason: c.unpriced_reason.clone(),
            })
            .collect(),
        position: None,
    }
}
