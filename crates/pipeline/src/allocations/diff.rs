//! Compares allocations by value: a closed month with the charges and rules of today, and a month under different rules.

use std::collections::BTreeSet;

use serde::Serialize;
use tollgate_model::allocation::{AllocationPlan, AllocationState};
use tollgate_model::{Amount, BillingPeriod, Currency};

use super::{ValueTotal, allocate_month, value_totals};
use crate::{Context, PipelineError};

/// What one value bears in two allocations of the same month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllocationDifference {
    /// The value.
    pub value: String,
    /// The currency.
    pub currency: Currency,
    /// BilledCost before.
    pub billed_before: Amount,
    /// BilledCost after.
    pub billed_after: Amount,
    /// EffectiveCost before.
    pub effective_before: Amount,
    /// EffectiveCost after.
    pub effective_after: Amount,
    /// The part of the difference of BilledCost that comes from restated charges.
    pub billed_by_charges: Amount,
    /// The part that comes from different rules. Both sum to the difference.
    pub billed_by_rules: Amount,
}

impl AllocationDifference {
    /// The difference of BilledCost.
    pub fn billed(&self) -> Amount {
        self.billed_after.saturating_sub(self.billed_before)
    }

    /// The difference of EffectiveCost.
    pub fn effective(&self) -> Amount {
        self.effective_after.saturating_sub(self.effective_before)
    }

    fn is_change(&self) -> bool {
        !(self.billed().is_zero()
            && self.effective().is_zero()
            && self.billed_by_charges.is_zero()
            && self.billed_by_rules.is_zero())
    }
}

/// Months in two allocations.
#[derive(Clone, Debug, Serialize)]
pub struct MonthComparison {
    /// The dimension.
    pub dimension: String,
    /// The months, oldest first.
    pub months: Vec<BillingPeriod>,
    /// Whether the first allocation is a closed month.
    pub state: AllocationState,
    /// The version of the rules before.
    pub rules_before: String,
    /// The version of the rules after.
    pub rules_after: String,
    /// Values whose cost differs.
    pub differences: Vec<AllocationDifference>,
    /// The number of values whose cost is the same.
    pub same: usize,
}

fn version(plan: &AllocationPlan) -> Result<String, PipelineError> {
    plan.version().map_err(|e| PipelineError::Refused(e.to_string()))
}

/// Compares a closed month with the charges and rules of today. The difference of each value is divided into what restated charges
/// changed, under the rules of the closed month, and what different rules changed.
///
/// # Errors
///
/// When the month is not closed, or a store fails.
pub async fn compare_closed(
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> Result<MonthComparison, PipelineError> {
    let found = context.state.ledger.closed_month(&plan.dimension, period).await?;
    let Some((month, frozen, _)) = found else {
        let hint = format!(
            "`tollgate allocation close --period {period}` closes it; `backtest` compares rules on an open month"
        );
        return Err(PipelineError::Refused(format!("{period} is not closed\nhint: {hint}")));
    };
    let restated = allocate_month(context, period, &frozen.plan).await?;
    let now = if frozen.plan == *plan { restated.clone() } else { allocate_month(context, period, plan).await? };
    let (differences, same) = differences(&value_totals(&frozen.costs), &restated.totals(), &now.totals());
    Ok(MonthComparison {
        dimension: plan.dimension.clone(),
        months: vec![period],
        state: month.state(),
        rules_before: version(&frozen.plan)?,
        rules_after: version(plan)?,
        differences,
        same,
    })
}

/// Compares months under the rules of the policy with the same charges under different ones.
///
/// # Errors
///
/// When a month has no charges, or a store fails.
pub async fn backtest(
    context: &Context,
    months: &[BillingPeriod],
    plan: &AllocationPlan,
    other: &AllocationPlan,
) -> Result<MonthComparison, PipelineError> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for month in months {
        before.extend(allocate_month(context, *month, plan).await?.costs);
        after.extend(allocate_month(context, *month, other).await?.costs);
    }
    let (before, after) = (value_totals(&before), value_totals(&after));
    let (differences, same) = differences(&before, &before, &after);
    Ok(MonthComparison {
        dimension: plan.dimension.clone(),
        months: months.to_vec(),
        state: AllocationState::Open,
        rules_before: version(plan)?,
        rules_after: version(other)?,
        differences,
        same,
    })
}

/// The differences by value and currency, largest first, and the number of values without one.
fn differences(
    before: &[ValueTotal],
    restated: &[ValueTotal],
    after: &[ValueTotal],
) -> (Vec<AllocationDifference>, usize) {
    let places: BTreeSet<(Currency, &str)> =
        [before, restated, after].into_iter().flatten().map(|t| (t.currency, t.value.as_str())).collect();
    let sums = |totals: &[ValueTotal], (currency, value): (Currency, &str)| {
        let found = totals.iter().find(|t| t.currency == currency && t.value == value);
        found.map_or((Amount::ZERO, Amount::ZERO), |t| (t.billed, t.effective))
    };
    let of = |place: (Currency, &str)| {
        let (old, middle, new) = (sums(before, place), sums(restated, place), sums(after, place));
        AllocationDifference {
            value: place.1.to_owned(),
            currency: place.0,
            billed_before: old.0,
            billed_after: new.0,
            effective_before: old.1,
            effective_after: new.1,
            billed_by_charges: middle.0.saturating_sub(old.0),
            billed_by_rules: new.0.saturating_sub(middle.0),
        }
    };
    let all: Vec<AllocationDifference> = places.into_iter().map(of).collect();
    let same = all.iter().filter(|d| !d.is_change()).count();
    let mut changed: Vec<AllocationDifference> = all.into_iter().filter(AllocationDifference::is_change).collect();
    changed.sort_by(|a, b| {
        let size = |d: &AllocationDifference| d.billed().abs().max(d.effective().abs());
        a.currency.cmp(&b.currency).then(size(b).cmp(&size(a))).then(a.value.cmp(&b.value))
    });
    (changed, same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(value: &str, billed: i64) -> ValueTotal {
        ValueTotal {
            value: value.to_owned(),
            currency: Currency::USD,
            direct_billed: Amount::whole(billed),
            shared_billed: Amount::ZERO,
            billed: Amount::whole(billed),
            effective: Amount::whole(billed),
        }
    }

    #[test]
    fn a_difference_is_divided_into_charges_and_rules() {
        let before = [total("a", 10), total("b", 5), total("same", 1)];
        let restated = [total("a", 12), total("b", 5), total("same", 1)];
        let after = [total("a", 9), total("c", 8), total("same", 1)];
        let (found, same) = differences(&before, &restated, &after);
        let lines: Vec<String> = found
            .iter()
            .map(|d| format!("{} {} = {} + {}", d.value, d.billed(), d.billed_by_charges, d.billed_by_rules))
            .collect();
        assert_eq!(lines, ["c 8 = 0 + 8", "b -5 = 0 + -5", "a -1 = 2 + -3"]);
        assert_eq!(same, 1);
    }
}
