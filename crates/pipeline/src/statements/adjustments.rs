//! Adjustments: what charges of earlier, closed months cost more or less than was allocated then.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::allocation::{AllocatedCost, AllocationAdjustment};
use tollgate_model::{Amount, BillingPeriod, Currency, Revision};

use crate::allocations::allocate_month;
use crate::{Context, PipelineError};

type Sums = BTreeMap<(String, Currency), (Amount, Amount)>;

/// The adjustments of all months that were closed before a month, under the rules with which they were closed. What a later closed
/// month already bears is not repeated.
///
/// # Errors
///
/// When a store fails.
pub(crate) async fn earlier_adjustments(
    context: &Context,
    dimension: &str,
    period: BillingPeriod,
) -> Result<Vec<AllocationAdjustment>, PipelineError> {
    let ledger = &context.state.ledger;
    let first_day = period.first_day();
    let months = ledger.closed_months(dimension).await?;
    let earlier: Vec<BillingPeriod> = months.iter().map(|m| m.period).filter(|p| p.first_day() < first_day).collect();
    let mut frozen = Vec::new();
    for month in &earlier {
        frozen.extend(ledger.closed_month(dimension, *month).await?.map(|(_, frozen, _)| frozen));
    }
    let current = current_revisions(context).await?;
    let mut out = Vec::new();
    for month in &frozen {
        let known: BTreeSet<String> = month.revisions.iter().map(ToString::to_string).collect();
        let now = current.get(&month.period.to_string()).cloned().unwrap_or_default();
        let mut sums = Sums::new();
        if known != now {
            let costs = match allocate_month(context, month.period, &month.plan).await {
                Ok(allocation) => allocation.costs,
                Err(PipelineError::NoCharges { .. }) => Vec::new(),
                Err(error) => return Err(error),
            };
            add(&mut sums, &costs, false);
            add(&mut sums, &month.costs, true);
        }
        let borne = frozen.iter().flat_map(|later| &later.adjustments).filter(|a| a.period == month.period);
        for adjustment in borne {
            let sum = sums.entry((adjustment.value.clone(), adjustment.currency)).or_default();
            *sum = (sum.0.saturating_sub(adjustment.billed), sum.1.saturating_sub(adjustment.effective));
        }
        let of = |((value, currency), (billed, effective)): ((String, Currency), (Amount, Amount))| {
            AllocationAdjustment { period: month.period, value, currency, billed, effective }
        };
        let changed = sums.into_iter().filter(|(_, (billed, effective))| !billed.is_zero() || !effective.is_zero());
        out.extend(changed.map(of));
    }
    Ok(out)
}

/// The current revisions by month.
async fn current_revisions(context: &Context) -> Result<BTreeMap<String, BTreeSet<String>>, PipelineError> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for current in context.state.ledger.periods().await? {
        let revision: &Revision = &current.revision;
        out.entry(revision.period.to_string()).or_default().insert(revision.to_string());
    }
    Ok(out)
}

fn add(sums: &mut Sums, costs: &[AllocatedCost], minus: bool) {
    for cost in costs {
        let sum = sums.entry((cost.value.clone(), cost.currency)).or_default();
        *sum = match minus {
            true => (sum.0.saturating_sub(cost.billed), sum.1.saturating_sub(cost.effective)),
            false => (sum.0.saturating_add(cost.billed), sum.1.saturating_add(cost.effective)),
        };
    }
}
