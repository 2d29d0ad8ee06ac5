//! Savings: what was promised, what really came of it, and what that says of the advice to come.
//!
//! What a changed resource costs after the change is held against what it would have cost without: its own days before, with their
//! spread. A day of which charges are not whole is not counted.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{
    AdviceState, Amount, Change, Currency, Day, PlanRecord, PlanState, RealizedSaving, StepRecord, StepState,
};

use crate::{Context, PipelineError, State, spend};

/// Days before a change that say what it would have cost without.
const BEFORE: i32 = 28;
/// Days before it that must have charges.
const LEAST_BEFORE: usize = 7;
/// Whole days after it before anything is said.
const LEAST_AFTER: i32 = 3;
/// Days after it that are measured: what comes later has other causes.
const MOST_AFTER: i32 = 30;
/// 90 % of a normal distribution lie within so many deviations. Source: any table of it.
const NINETY: f64 = 1.645;
/// How many changes the method's own word counts for.
const PRIOR: f64 = 5.0;

/// What changes of a kind in an account promised and brought, a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SavingsLine {
    /// The kind of advice or of change.
    pub kind: String,
    /// The account.
    pub account: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// Changes that were made.
    pub changes: u32,
    /// Those that were undone.
    pub reverted: u32,
    /// Those that cannot be measured yet.
    pub waiting: u32,
    /// What was promised, least and most, of those that are measured.
    pub promised: (Amount, Amount),
    /// What came: the low end, the mean and the high end.
    pub realized: (Amount, Amount, Amount),
    /// How far the kind is trusted there now, in percent of what its method says.
    pub trust_percent: u32,
}

/// What came of all changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SavingsReport {
    /// By kind, account and currency.
    pub lines: Vec<SavingsLine>,
    /// Each change.
    pub changes: Vec<RealizedSaving>,
}

impl SavingsReport {
    /// What is really saved a month, by currency.
    pub fn realized(&self) -> Vec<(Currency, Amount)> {
        let mut sums: BTreeMap<Currency, Amount> = BTreeMap::new();
        for line in self.lines.iter().filter(|l| l.changes > l.reverted + l.waiting) {
            let sum = sums.entry(line.currency).or_default();
            *sum = sum.saturating_add(line.realized.1);
        }
        sums.into_iter().collect()
    }
}

/// Measures what came of every change by the charges that are there now, and keeps it.
///
/// # Errors
///
/// When the ledger or the lake fails.
pub async fn measure_savings(context: &Context) -> Result<SavingsReport, PipelineError> {
    let newest = spend::days(context).await?.map(|(_, to)| to);
    let mut all = Vec::new();
    for record in
        context.ledger.plans(&[PlanState::Running, PlanState::Done, PlanState::RolledBack, PlanState::Halted]).await?
    {
        for (n, step) in record.plan.steps.iter().enumerate() {
            let Some(change) = step.change.as_deref() else { continue };
            let done = context.ledger.step(&record.plan.id, n).await?;
            if let Some(of) = one(context, &record, n, &step.kind, change, &done, newest).await? {
                all.push(of);
            }
        }
    }
    context.ledger.put_realised(&all).await?;
    savings(context).await
}

async fn one(
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
        out.why_not = Some("it was undone".to_owned());
        return Ok(Some(out));
    }
    let Some(newest) = newest.filter(|to| *to - since >= LEAST_AFTER) else {
        out.why_not = Some(format!("fewer than {LEAST_AFTER} whole days of charges since"));
        return Ok(Some(out));
    };
    let to = newest.min(since.plus(MOST_AFTER));
    // The day of the change is in between: it is neither.
    let from = since.plus(-1 - BEFORE);
    let mut ids = change.resource.charged_as().to_vec();
    let beside: Vec<String> = done.calls.values().filter_map(|a| a.made.clone()).collect();
    ids.extend(beside.iter().cloned());
    let daily = spend::daily(context, &ids, from, to).await?;
    // Amounts of two currencies are never added.
    let currency = daily.values().next().map(|(currency, _)| *currency);
    let of = |day: Day| {
        let same = daily.values().filter(|(c, _)| Some(*c) == currency);
        let costs = same.filter_map(|(_, days)| days.get(&day).copied());
        costs.reduce(Amount::saturating_add)
    };
    let before: Vec<f64> = (0..BEFORE).filter_map(|n| of(from.plus(n))).map(Amount::to_f64).collect();
    if before.len() < LEAST_BEFORE {
        out.why_not = Some("charges do not name the resource, or for too few days before".to_owned());
        return Ok(Some(out));
    }
    out.currency = currency.unwrap_or(out.currency);
    // Days without a charge after it cost nothing: that is what was wanted.
    let days = to - since;
    let after = (0..days).filter_map(|n| of(since.plus(n))).fold(Amount::ZERO, Amount::saturating_add);
    let count = before.len() as f64;
    let mean = before.iter().sum::<f64>() / count;
    let spread = (before.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    // Of the mean of that many days, beside the mean of those before.
    let unsure = NINETY * spread * (1.0 / count + 1.0 / f64::from(days)).sqrt();
    let saved = mean - after.to_f64() / f64::from(days);
    let month = |a_day: f64| Amount::from_f64(a_day * 730.0 / 24.0).unwrap_or_default().round(2);
    out.days = u32::try_from(days).unwrap_or(0);
    out.realized = Some((month(saved - unsure), month(saved), month(saved + unsure)));
    Ok(Some(out))
}

/// What came of changes, as it was measured last.
///
/// # Errors
///
/// When the ledger fails.
pub async fn savings(state: &State) -> Result<SavingsReport, PipelineError> {
    let changes = state.ledger.realized().await?;
    let trust = trust_of(state, &changes).await?;
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
            promised: Default::default(),
            realized: Default::default(),
            trust_percent: trust.get(&(of.kind.clone(), account.clone())).copied().unwrap_or(100),
        });
        line.changes += 1;
        line.reverted += u32::from(of.reverted);
        match of.realized {
            Some((low, mean, high)) if !of.reverted => {
                let add = |to: &mut Amount, amount: Amount| *to = to.saturating_add(amount);
                add(&mut line.realized.0, low);
                add(&mut line.realized.1, mean);
                add(&mut line.realized.2, high);
                if let Some((least, most)) = of.promised {
                    add(&mut line.promised.0, least);
                    add(&mut line.promised.1, most);
                }
            }
            _ => line.waiting += u32::from(!of.reverted),
        }
    }
    Ok(SavingsReport { lines: lines.into_values().collect(), changes })
}

/// How far advice of a kind in an account is trusted, in percent of what its method says.
///
/// # Errors
///
/// When the ledger fails.
pub(crate) async fn trust(state: &State) -> Result<BTreeMap<(String, String), u32>, PipelineError> {
    let changes = state.ledger.realized().await?;
    trust_of(state, &changes).await
}

async fn trust_of(state: &State, changes: &[RealizedSaving]) -> Result<BTreeMap<(String, String), u32>, PipelineError> {
    let mut seen: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for of in changes {
        let key = (of.kind.clone(), of.place.account.clone());
        let share = match (of.reverted, of.realized, of.promised) {
            (true, ..) => Some(0.0),
            (_, Some((_, mean, _)), Some((least, most))) => {
                let promised = least.saturating_add(most).to_f64() / 2.0;
                (promised > 0.0).then(|| (mean.to_f64() / promised).clamp(0.0, 1.0))
            }
            _ => None,
        };
        seen.entry(key).or_default().extend(share);
    }
    for (record, _) in state.ledger.advices(&[AdviceState::Dismissed]).await? {
        if record.was_wrong {
            let key = (record.advice.kind, record.advice.subject.place.account);
            seen.entry(key).or_default().push(0.0);
        }
    }
    let percent = |all: &[f64]| ((PRIOR + all.iter().sum::<f64>()) / (PRIOR + all.len() as f64) * 100.0).round() as u32;
    Ok(seen.into_iter().filter(|(_, all)| !all.is_empty()).map(|(key, all)| (key, percent(&all))).collect())
}
