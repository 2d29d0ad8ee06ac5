//! Restatements: what a new revision changes in days that an earlier one already had.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::series::{DayCost, SeriesMonth};
use tollgate_model::{BillingPeriod, ChargeKind, Day, Money, Restatement, SeriesKey, Totals};

use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Sums the corrections of earlier periods, by the period that they correct.
pub(super) fn sum_corrections(aggregate: &Aggregate) -> Result<BTreeMap<BillingPeriod, Totals>, PipelineError> {
    let mut out: BTreeMap<BillingPeriod, Totals> = BTreeMap::new();
    for (key, days) in aggregate.series.iter().filter(|(key, _)| key.kind == ChargeKind::Correction) {
        for (day, cost) in days {
            out.entry(day.month()).or_default().add(Money::new(cost.effective, key.currency))?;
        }
    }
    Ok(out)
}

/// Compares the new series with those of the old revisions in days that were settled. The last days of the old ones, up to `last_day`,
/// were provisional: a change in them is late, not restated.
pub(super) fn find_restatement(
    context: &Context,
    last_day: Day,
    old_series: Vec<SeriesMonth>,
    new: &Aggregate,
) -> Result<Restatement, PipelineError> {
    let provisional = i32::try_from(context.state.policy.detection.provisional_days).unwrap_or(0);
    let settled = last_day.plus(-provisional);
    let mut before = merge_dimensions(old_series.into_iter().map(|s| (s.key, s.days)));
    let now = merge_dimensions(new.series.iter().map(|(key, days)| (key.clone(), days.clone())));
    let mut out = Restatement::default();
    let mut days = BTreeSet::new();
    let nothing = BTreeMap::new();
    let mut compare =
        |key: &SeriesKey, was: &BTreeMap<Day, DayCost>, is: &BTreeMap<Day, DayCost>| -> Result<bool, PipelineError> {
            let mut changed = false;
            let settled_days: BTreeSet<&Day> = was.keys().chain(is.keys()).filter(|d| **d <= settled).collect();
            for day in settled_days {
                let (a, b) = (was.get(day).copied().unwrap_or_default(), is.get(day).copied().unwrap_or_default());
                if a == b {
                    continue;
                }
                changed = true;
                days.insert(*day);
                out.effective.add(Money::new(b.effective.saturating_sub(a.effective), key.currency))?;
                out.billed.add(Money::new(b.billed.saturating_sub(a.billed), key.currency))?;
            }
            Ok(changed)
        };
    let (mut series, mut vanished) = (0, 0);
    for (key, is) in &now {
        let was = before.remove(key);
        series += u64::from(compare(key, was.as_ref().unwrap_or(&nothing), is)?);
    }
    for (key, was) in &before {
        let changed = compare(key, was, &nothing)?;
        series += u64::from(changed);
        vanished += u64::from(changed);
    }
    out.days = days.into_iter().collect();
    (out.series, out.vanished) = (series, vanished);
    Ok(out)
}

/// Sums series over the dimensions of the policy: a charge that moves to another dimension is not restated.
fn merge_dimensions(
    series: impl Iterator<Item = (SeriesKey, BTreeMap<Day, DayCost>)>,
) -> BTreeMap<SeriesKey, BTreeMap<Day, DayCost>> {
    let mut out: BTreeMap<SeriesKey, BTreeMap<Day, DayCost>> = BTreeMap::new();
    for (key, days) in series {
        let whole = out.entry(SeriesKey { dimensions: BTreeMap::new(), ..key }).or_default();
        for (day, cost) in days {
            let sum = whole.entry(day).or_default();
            sum.billed = sum.billed.saturating_add(cost.billed);
            sum.effective = sum.effective.saturating_add(cost.effective);
        }
    }
    out
}
