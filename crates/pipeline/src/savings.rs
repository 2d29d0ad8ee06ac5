//! Savings: the promised and the measured savings of changes.
//!
//! The cost of a changed resource after the change is compared with its cost on the days before, with their spread. Days with
//! incomplete charges are not counted.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Change, Currency, Day, PlanRecord, PlanState, RealizedSaving, StepRecord, StepState};

use crate::track_record::track_record_of;
use crate::{Context, PipelineError, State, spend};

/// Days before a change that are the baseline.
const BEFORE: i32 = 28;
/// Days of the baseline that must have charges.
const LEAST_BEFORE: usize = 7;
/// Complete days after the change before a saving is measured.
const LEAST_AFTER: i32 = 3;
/// Days after the change that are measured: later differences have different causes.
const MOST_AFTER: i32 = 30;
/// 90 % of a normal distribution lie within this number of standard deviations. Source: any table of it.
const NINETY: f64 = 1.645;

/// Promised and measured monthly savings of the changes of a kind in an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavingsLine {
    /// The kind of advice or of change.
    pub kind: String,
    /// The account.
    pub account: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Completed changes.
    pub changes: u32,
    /// Changes that were rolled back.
    pub reverted: u32,
    /// Changes that cannot be measured yet.
    pub waiting: u32,
    /// Promised savings of the measured changes: lowest and highest; `None` while none is measured.
    pub promised: Option<(Amount, Amount)>,
    /// Measured savings: the low end, the mean and the high end of the 90 % interval; `None` while none is measured.
    pub realized: Option<(Amount, Amount, Amount)>,
    /// Promised savings of the changes that cannot be measured yet.
    pub expected: Option<(Amount, Amount)>,
    /// How far the kind is trusted in the account, in percent of the confidence of its method.
    pub trust_percent: u32,
}

/// The savings of all changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SavingsReport {
    /// By kind, account and currency.
    pub lines: Vec<SavingsLine>,
    /// Each change.
    pub changes: Vec<RealizedSaving>,
}

impl SavingsReport {
    /// Measured monthly savings, by currency.
    pub fn realized(&self) -> Vec<(Currency, Amount)> {
        let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
        for line in &self.lines {
            let Some((_, mean, _)) = line.realized else { continue };
            let sum = sums.entry(line.currency).or_default();
            *sum = sum.saturating_add(mean);
        }
        sums.into_iter().collect()
    }
}

/// Measures the saving of every change by the current charges, and saves the results.
///
/// # Errors
///
/// When the ledger or the lake fails.
pub async fn measure_savings(context: &Context) -> Result<SavingsReport, PipelineError> {
    let newest = spend::days(context).await?.map(|(_, to)| to);
    let mut all = Vec::new();
    for record in context
        .state
        .ledger
        .plans(&[PlanState::Running, PlanState::Done, PlanState::RolledBack, PlanState::Halted])
        .await?
    {
        for (n, step) in record.plan.steps.iter().enumerate() {
            let Some(change) = step.change.as_deref() else { continue };
            let done = context.state.ledger.step(&record.plan.id, n).await?;
            if let Some(of) = measure_change(context, &record, n, &step.kind, change, &done, newest).await? {
                all.push(of);
            }
        }
    }
    context.state.ledger.put_realised(&all).await?;
    read_savings(&context.state).await
}

async fn measure_change(
    context: &Context,
    record: &PlanRecord,
    step: usize,
    kind: &str,
    change: &Change,
    done: &StepRecord,
    newest: Option<Day>,
) -> Result<Option<RealizedSaving>, PipelineError> {
    let reverted = matches!(done.state, StepState::RolledBack | StepState::NotRestored);
    if !reverted && done.state != StepState::Applied {
        return Ok(None);
    }
    let ended = done.calls.values().filter_map(|a| a.ended.map(Day::of)).max();
    let Some(since) = ended.map(|day| day.plus(1)) else { return Ok(None) };
    let mut out = RealizedSaving {
        plan: record.plan.id.clone(),
        step,
        advice: change.advice.clone(),
        kind: change.advice_kind.clone().unwrap_or_else(|| kind.to_owned()),
        resource: change.resource.id.clone(),
        place: change.resource.place.clone(),
        since,
        days: 0,
        currency: change.saving.map_or(Currency::UNKNOWN, |(low, _)| low.currency),
        promised: change.saving.map(|(low, high)| (low.amount, high.amount)),
        realized: None,
        reverted,
        why_not: None,
    };
    if reverted {
        out.why_not = Some("it was rolled back".to_owned());
        return Ok(Some(out));
    }
    let Some(newest) = newest.filter(|to| *to - since >= LEAST_AFTER) else {
        out.why_not = Some(format!("fewer than {LEAST_AFTER} complete days of charges since"));
        return Ok(Some(out));
    };
    let to = newest.min(since.plus(MOST_AFTER));
    // The day of the change belongs to neither side.
    let from = since.plus(-1 - BEFORE);
    let mut ids = change.resource.charged_as().to_vec();
    let created: Vec<String> = done.calls.values().filter_map(|a| a.made.clone()).collect();
    ids.extend(created);
    let daily = spend::daily(context, &ids, from, to).await?;
    // Amounts in different currencies are never added.
    let currency = daily.values().next().map(|(currency, _)| *currency);
    let of = |day: Day| {
        let same = daily.values().filter(|(c, _)| Some(*c) == currency);
        let costs = same.filter_map(|(_, days)| days.get(&day).copied());
        costs.reduce(Amount::saturating_add)
    };
    let before: Vec<f64> = (0..BEFORE).filter_map(|n| of(from.plus(n))).map(Amount::to_f64).collect();
    if before.len() < LEAST_BEFORE {
        out.why_not = Some("the resource has charges on too few days before".to_owned());
        return Ok(Some(out));
    }
    out.currency = currency.unwrap_or(out.currency);
    // A day without charges after the change costs nothing: the change achieved that.
    let days = to - since;
    let after = (0..days).filter_map(|n| of(since.plus(n))).fold(Amount::ZERO, Amount::saturating_add);
    let count = before.len() as f64;
    let mean = before.iter().sum::<f64>() / count;
    let spread = (before.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    // Half the 90 % interval of the difference of both means.
    let margin = NINETY * spread * (1.0 / count + 1.0 / f64::from(days)).sqrt();
    let saved = mean - after.to_f64() / f64::from(days);
    let month = |a_day: f64| Amount::from_f64(a_day * 730.0 / 24.0).unwrap_or_default().round(2);
    out.days = u32::try_from(days).unwrap_or(0);
    out.realized = Some((month(saved - margin), month(saved), month(saved + margin)));
    Ok(Some(out))
}

/// Reads the savings that were measured last.
///
/// # Errors
///
/// When the ledger fails.
pub async fn read_savings(state: &State) -> Result<SavingsReport, PipelineError> {
    let changes = state.ledger.realized().await?;
    let trust = track_record_of(state, &changes).await?;
    let mut lines: BTreeMap<(String, String, Currency), SavingsLine> = BTreeMap::new();
    for of in &changes {
        let account = of.place.account.clone();
        let line = lines.entry((of.kind.clone(), account.clone(), of.currency)).or_insert_with(|| SavingsLine {
            kind: of.kind.clone(),
            account: account.clone(),
            currency: of.currency,
            changes: 0,
            reverted: 0,
            waiting: 0,
            promised: None,
            realized: None,
            expected: None,
            trust_percent: trust.get(&(of.kind.clone(), account.clone())).copied().unwrap_or(100),
        });
        line.changes += 1;
        line.reverted += u32::from(of.reverted);
        match of.realized {
            Some((low, mean, high)) if !of.reverted => {
                let sum = line.realized.unwrap_or_default();
                line.realized =
                    Some((sum.0.saturating_add(low), sum.1.saturating_add(mean), sum.2.saturating_add(high)));
                line.promised = add_promise(line.promised, of.promised);
            }
            _ if of.reverted => {}
            _ => {
                line.waiting += 1;
                line.expected = add_promise(line.expected, of.promised);
            }
        }
    }
    Ok(SavingsReport { lines: lines.into_values().collect(), changes })
}

/// A sum of promises with one more. A promise that is unknown adds nothing.
fn add_promise(sum: Option<(Amount, Amount)>, more: Option<(Amount, Amount)>) -> Option<(Amount, Amount)> {
    match (sum, more) {
        (Some(sum), Some(more)) => Some((sum.0.saturating_add(more.0), sum.1.saturating_add(more.1))),
        (sum, more) => sum.or(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_that_is_unknown_is_no_zero() {
        let five = Some((Amount::whole(5), Amount::whole(6)));
        assert_eq!(add_promise(None, None), None);
        assert_eq!((add_promise(None, five), add_promise(five, None)), (five, five));
        assert_eq!(add_promise(five, five), Some((Amount::whole(10), Amount::whole(12))));
    }
}
