//! Budgets of the policy, judged by what the ledger holds.

use std::collections::BTreeMap;

use tollgate_analysis::{BudgetRule, judge_budget, remaining_within_parents};
use tollgate_ledger::AlertedThresholds;
use tollgate_model::series::Facet;
use tollgate_model::{BudgetStatus, Content, Day, Incident, IncidentState, SeriesKey};
use tollgate_policy::{Budget, On, ScopeCondition};

use crate::forecasts::cube;
use crate::{PipelineError, State};

/// How every budget stands, as of the last day that is complete everywhere it looks. Saved, and returned in the order of
/// the policy.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn judge_budgets(state: &State) -> Result<Vec<BudgetStatus>, PipelineError> {
    let cube = cube(state).await?;
    let names = account_names(state).await?;
    let Some(as_of) = cube.watermark() else { return Err(PipelineError::Empty) };
    let live = state.ledger.incidents(&IncidentState::ALL).await?;
    let mut out = Vec::new();
    for budget in &state.policy.budgets {
        let counts = |key: &SeriesKey| matches(&budget.scope, key, &names);
        let rule = BudgetRule {
            name: &budget.name,
            amount_on: &|day: Day| budget.amount_on(day),
            amended_on: &|day: Day| budget.amended(day).cloned(),
            currency: budget.currency,
            rates: &state.policy.rates,
            calendar: budget.calendar,
            basis: budget.basis,
            rollover: budget.rollover,
            rollover_limit: budget.rollover_limit,
            actual: &budget.actual,
            forecast: &budget.forecast,
            pace: &budget.pace,
            counts: &counts,
        };
        let mut status = judge_budget(&cube, &rule, as_of);
        status.parent.clone_from(&budget.parent);
        name_incidents(&mut status, budget, live.iter().map(|(i, _)| i));
        out.push(status);
    }
    let parents: BTreeMap<String, String> =
        state.policy.budgets.iter().filter_map(|b| Some((b.name.clone(), b.parent.clone()?))).collect();
    let left = remaining_within_parents(&out, &parents, &state.policy.rates);
    for (status, left) in out.iter_mut().zip(left) {
        status.left = left;
    }
    for status in &out {
        keep(state, status).await?;
    }
    Ok(out)
}

/// How budgets stood when they were judged last, in the order of the policy; those that never were are left out.
///
/// # Errors
///
/// When the ledger fails.
pub async fn last_budgets(state: &State) -> Result<Vec<BudgetStatus>, PipelineError> {
    let mut out = Vec::new();
    for budget in &state.policy.budgets {
        out.extend(state.ledger.last_budget_status(&budget.name).await?);
    }
    Ok(out)
}

/// Names the incident of the period that lies in a cause, the one that adds most.
fn name_incidents<'i>(
    status: &mut BudgetStatus,
    budget: &Budget,
    incidents: impl Iterator<Item = &'i Incident> + Clone,
) {
    let of_budget = |incident: &&Incident| {
        status.period.start <= incident.last
            && incident.start < status.period.end
            && budget.scope.iter().all(|condition| match &condition.on {
                On::Facet(_) => true,
                On::Dimension(name) => incident.dimensions.get(name).is_none_or(|value| condition.has_value(value)),
            })
    };
    let Some(variance) = &mut status.variance else { return };
    for cause in &mut variance.causes {
        let within = |incident: &&Incident| {
            [Facet::Service, Facet::SubAccount]
                .iter()
                .any(|f| incident.scope.0.get(f).is_some_and(|v| v.as_deref() == Some(cause.what.as_str())))
        };
        let same_way = |incident: &&Incident| incident.impact.is_negative() == cause.difference().is_negative();
        let found = incidents.clone().filter(of_budget).filter(within).filter(same_way);
        cause.incident = found.max_by_key(|i| i.impact.abs()).map(|i| i.id.clone());
    }
}

/// Saves how a budget stands. Thresholds that were not told in this period yet are told in the same transaction.
async fn keep(state: &State, status: &BudgetStatus) -> Result<(), PipelineError> {
    let known = state.ledger.alerted_thresholds(&status.name, status.period.start).await?;
    let (mut told, version) =
        known.map_or((AlertedThresholds::default(), None), |(told, version)| (told, Some(version)));
    let crossed: Vec<_> = status.crossed.iter().copied().filter(|c| !told.0.contains(c)).collect();
    if crossed.is_empty() {
        return Ok(state.ledger.put_budget_status(status, None).await?);
    }
    told.0.extend(&crossed);
    let names: Vec<String> = crossed.iter().map(|c| format!("{}-{}", c.percent, c.on.as_str())).collect();
    let id = format!("budget-{}-{}#{}", status.name, status.period.start, names.join("-"));
    let message = state.message(id, Content::Budget { crossed, status: Box::new(status.clone()) });
    Ok(state.ledger.put_budget_status(status, Some((&told, version, &message))).await?)
}

pub(crate) async fn account_names(state: &State) -> Result<BTreeMap<String, String>, PipelineError> {
    let periods = state.ledger.periods().await?;
    Ok(periods.into_iter().flat_map(|p| p.account_names).collect())
}

/// Whether a key meets every condition. Accounts go by id or by name.
pub(crate) fn matches(scope: &[ScopeCondition], key: &SeriesKey, names: &BTreeMap<String, String>) -> bool {
    scope.iter().all(|condition| {
        let is = |value: Option<&str>| value.is_some_and(|v| condition.has_value(v));
        match &condition.on {
            // People name accounts by id or by name.
            On::Facet(Facet::SubAccount) => {
                let id = key.facet(Facet::SubAccount);
                is(id) || is(id.and_then(|id| names.get(id)).map(String::as_str))
            }
            On::Facet(facet) => is(key.facet(*facet)),
            On::Dimension(name) => is(key.dimensions.get(name).map(String::as_str)),
        }
    })
}
