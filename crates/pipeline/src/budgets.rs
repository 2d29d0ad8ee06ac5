//! Budgets of the policy, judged by what the ledger holds.

use std::collections::BTreeMap;

use tollgate_analysis::{BudgetRule, judge};
use tollgate_ledger::ToldThresholds;
use tollgate_model::series::Facet;
use tollgate_model::{BudgetStatus, Content, SeriesKey};
use tollgate_policy::Match;

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
    let mut out = Vec::new();
    for budget in &state.policy.budgets {
        let counts = |key: &SeriesKey| matches(&budget.scope, key, &names);
        let rule = BudgetRule {
            name: &budget.name,
            amount: budget.amount,
            currency: budget.currency,
            period: budget.period,
            basis: budget.basis,
            actual: &budget.actual,
            forecast: &budget.forecast,
            counts: &counts,
        };
        let status = judge(&cube, &rule, as_of);
        keep(state, &status).await?;
        out.push(status);
    }
    Ok(out)
}

/// Saves how a budget stands. Thresholds that were not told in this period yet are told in the same transaction.
async fn keep(state: &State, status: &BudgetStatus) -> Result<(), PipelineError> {
    let known = state.ledger.budget_told(&status.name, status.period.start).await?;
    let (mut told, version) = known.map_or((ToldThresholds::default(), None), |(told, version)| (told, Some(version)));
    let crossed: Vec<_> = status.crossed.iter().copied().filter(|c| !told.0.contains(c)).collect();
    if crossed.is_empty() {
        return Ok(state.ledger.put_budget_status(status, None).await?);
    }
    told.0.extend(&crossed);
    let names: Vec<String> = crossed.iter().map(|c| format!("{}-{:?}", c.percent, c.on).to_lowercase()).collect();
    let id = format!("budget-{}-{}#{}", status.name, status.period.start, names.join("-"));
    let message = state.message(id, Content::Budget { crossed, status: Box::new(status.clone()) });
    Ok(state.ledger.put_budget_status(status, Some((&told, version, &message))).await?)
}

pub(crate) async fn account_names(state: &State) -> Result<BTreeMap<String, String>, PipelineError> {
    let periods = state.ledger.periods().await?;
    Ok(periods.into_iter().flat_map(|p| p.account_names).collect())
}

/// Whether a key meets every condition. Accounts go by id or by name.
pub(crate) fn matches(scope: &[Match], key: &SeriesKey, names: &BTreeMap<String, String>) -> bool {
    scope.iter().all(|Match { name, values }| {
        let is = |value: Option<&str>| value.is_some_and(|v| values.iter().any(|wanted| wanted == v));
        match name.as_str() {
            "provider" => is(key.facet(Facet::Provider)),
            "billing_account" => is(key.facet(Facet::BillingAccount)),
            "service" => is(key.facet(Facet::Service)),
            "region" => is(key.facet(Facet::Region)),
            // People name accounts by id or by name.
            "account" => {
                let id = key.facet(Facet::SubAccount);
                is(id) || is(id.and_then(|id| names.get(id)).map(String::as_str))
            }
            dimension => is(key.dimensions.get(dimension).map(String::as_str)),
        }
    })
}
