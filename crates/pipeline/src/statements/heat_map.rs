//! The cost of each value by month, for a heat map.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::{Amount, Basis, BillingPeriod, Currency};

use crate::allocations::{allocation_plan, read_allocation};
use crate::{Context, PipelineError};

/// The allocated cost of each value by month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeatMap {
    /// The dimension.
    pub dimension: String,
    /// The cost that is shown.
    pub basis: Basis,
    /// The months, oldest first.
    pub months: Vec<BillingPeriod>,
    /// One row a value and currency, by currency, the most expensive first.
    pub rows: Vec<HeatMapRow>,
}

/// The cost of one value by month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeatMapRow {
    /// The value.
    pub value: String,
    /// The currency.
    pub currency: Currency,
    /// The cost of each month; `null` where the store has no charges of it.
    pub amounts: Vec<Option<Amount>>,
    /// The sum.
    pub total: Amount,
}

/// Reads the newest months of the store, at most `most`: closed ones as they are frozen, others by the rules of today.
///
/// # Errors
///
/// When the store is empty or fails.
pub async fn heat_map(context: &Context, dimension: Option<&str>, most: usize) -> Result<HeatMap, PipelineError> {
    let plan = allocation_plan(&context.state, dimension)?;
    let basis = context.state.policy.defaults.basis;
    let periods = context.state.ledger.periods().await?;
    let known: BTreeMap<String, BillingPeriod> =
        periods.iter().map(|p| (p.revision.period.to_string(), p.revision.period)).collect();
    let mut months: Vec<BillingPeriod> = known.into_values().rev().take(most).collect();
    months.reverse();
    if months.is_empty() {
        return Err(PipelineError::Empty);
    }
    let mut sums: BTreeMap<(Currency, String), BTreeMap<usize, Amount>> = BTreeMap::new();
    let mut seen: BTreeSet<(usize, Currency)> = BTreeSet::new();
    for (at, month) in months.iter().enumerate() {
        let costs = read_allocation(context, *month, &plan).await?.costs;
        for cost in costs {
            seen.insert((at, cost.currency));
            let amount = if basis == Basis::Billed { cost.billed } else { cost.effective };
            let sum = sums.entry((cost.currency, cost.value)).or_default().entry(at).or_default();
            *sum = sum.saturating_add(amount);
        }
    }
    let row = |((currency, value), by_month): ((Currency, String), BTreeMap<usize, Amount>)| {
        // A month that has charges in this currency, and none of this value, is a known zero.
        let cell = |at: usize| seen.contains(&(at, currency)).then(|| by_month.get(&at).copied().unwrap_or_default());
        let amounts: Vec<Option<Amount>> = (0..months.len()).map(cell).collect();
        let total = amounts.iter().flatten().fold(Amount::ZERO, |sum, a| sum.saturating_add(*a));
        HeatMapRow { value, currency, amounts, total }
    };
    let mut rows: Vec<HeatMapRow> = sums.into_iter().map(row).collect();
    rows.sort_by(|a, b| a.currency.cmp(&b.currency).then(b.total.cmp(&a.total)).then(a.value.cmp(&b.value)));
    Ok(HeatMap { dimension: plan.dimension, basis, months, rows })
}
