//! Budgets of the policy file, judged by the series of the ledger.

use std::collections::BTreeMap;

use tollgate_analysis::{BudgetRule, CostCube, judge_budget, remaining_within_parents};
use tollgate_ledger::{AlertedThresholds, LedgerError};
use tollgate_model::budget::{BudgetExport, SuggestedAmount};
use tollgate_model::series::{DayCost, Facet};
use tollgate_model::{Amount, Basis, BudgetStatus, Content, Day, Incident, IncidentState, SeriesKey};
use tollgate_policy::{Budget, On};

use crate::cube::{load_cube, read_sources};
use crate::scope::{matches_scope, read_account_names};
use crate::units::unit_budget_statuses;
use crate::{Context, PipelineError, State};

/// The document of the lake with the status of budgets, which `policy-gate` reads.
pub const BUDGET_STATUS: &str = "budgets.json";

/// Judges every budget, and publishes the status in the lake for `policy-gate`.
///
/// # Errors
///
/// When the ledger fails or is empty, or the lake refuses the document.
pub async fn publish_budgets(context: &Context) -> Result<BudgetExport, PipelineError> {
    let export = export_budgets(&context.state).await?;
    let text = serde_json::to_vec(&export).map_err(|error| LedgerError::Failed(error.to_string()))?;
    context.lake.put_document(BUDGET_STATUS, text).await?;
    Ok(export)
}

/// Judges every budget. The result is the status for other programs.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn export_budgets(state: &State) -> Result<BudgetExport, PipelineError> {
    let budgets = judge_budgets(state).await?;
    Ok(BudgetExport { version: 1, generated_at: state.clock.now(), budgets, signature: None })
}

/// Judges every budget as of the last day that is complete in all sources, saves the results and returns them in the order of the
/// policy file.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn judge_budgets(state: &State) -> Result<Vec<BudgetStatus>, PipelineError> {
    let cube = load_cube(state).await?;
    let names = read_account_names(state).await?;
    let Some(as_of) = cube.watermark() else { return Err(PipelineError::Empty) };
    let incidents = state.ledger.incidents(&IncidentState::ALL).await?;
    let live: Vec<&Incident> = incidents.iter().map(|(i, _)| i).filter(|i| i.is_live()).collect();
    let usual = UsualCost::without(state, &cube, &live).await?;
    let mut out = Vec::new();
    for budget in &state.policy.budgets {
        let counts = |key: &SeriesKey| matches_scope(&budget.scope, key, &names);
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
        if let Some((cube, left_out)) = usual.of(budget, &counts) {
            status.suggested = judge_budget(cube, &rule, as_of).suggested.map(|s| SuggestedAmount {
                how: format!("{}; without the open incidents {}", s.how, left_out.join(", ")),
                ..s
            });
        }
        // An amount from no charges is a guess.
        status.suggested = status.suggested.filter(|s| s.history.iter().any(|(_, amount)| !amount.is_zero()));
        name_incidents(&mut status, budget, incidents.iter().map(|(i, _)| i));
        for cause in status.variance.iter_mut().flat_map(|v| &mut v.causes) {
            if let Some(name) = names.get(&cause.what) {
                cause.what.clone_from(name);
            }
        }
        out.push(status);
    }
    let parents: BTreeMap<String, String> =
        state.policy.budgets.iter().filter_map(|b| Some((b.name.clone(), b.parent.clone()?))).collect();
    let left = remaining_within_parents(&out, &parents, &state.policy.rates);
    for (status, left) in out.iter_mut().zip(left) {
        status.left = left;
    }
    // What a unit may cost is a budget too; no other budget limits it.
    out.extend(unit_budget_statuses(state).await?);
    for status in &out {
        save_status(state, status).await?;
    }
    Ok(out)
}

/// The cost as it would be without the open incidents: what a suggested amount is derived from.
struct UsualCost<'i> {
    cube: CostCube,
    incidents: Vec<&'i Incident>,
    keys: Vec<Vec<SeriesKey>>,
}

impl<'i> UsualCost<'i> {
    /// Takes the additional cost of incidents out of the days from their start on. Each series of an incident's scope gives up the same
    /// share.
    async fn without(state: &State, cube: &CostCube, live: &[&'i Incident]) -> Result<Self, PipelineError> {
        let incidents: Vec<&Incident> = live.iter().copied().filter(|i| i.impact_per_day > Amount::ZERO).collect();
        if incidents.is_empty() || state.policy.budgets.is_empty() {
            return Ok(Self { cube: CostCube::new(Vec::new()), incidents: Vec::new(), keys: Vec::new() });
        }
        let mut sources = read_sources(state).await?;
        let mut keys = Vec::new();
        for incident in &incidents {
            let within = |key: &SeriesKey| key.currency == incident.currency && incident.scope.contains(key);
            let sums = cube.sums(&[], Basis::Effective, within);
            let expected = incident.expected_per_day.to_f64();
            let shares: BTreeMap<Day, f64> = sums
                .iter()
                .flat_map(|s| &s.sums)
                .filter(|(day, sum)| **day >= incident.start && sum.to_f64() > expected)
                .map(|(day, sum)| (*day, (expected / sum.to_f64()).max(0.0)))
                .collect();
            for month in sources.iter_mut().flat_map(|s| &mut s.months).filter(|month| within(&month.key)) {
                for (day, cost) in &mut month.days {
                    let Some(share) = shares.get(day) else { continue };
                    let kept = |amount: Amount| Amount::from_f64(amount.to_f64() * share).unwrap_or(amount);
                    *cost = DayCost { billed: kept(cost.billed), effective: kept(cost.effective) };
                }
            }
            keys.push(cube.keys().filter(|key| within(key)).cloned().collect());
        }
        Ok(Self { cube: CostCube::new(sources), incidents, keys })
    }

    /// The cube and the incidents that a budget's suggestion leaves out; `None` where it has none.
    fn of(&self, budget: &Budget, counts: &dyn Fn(&SeriesKey) -> bool) -> Option<(&CostCube, Vec<&str>)> {
        let all = self.incidents.iter().zip(&self.keys);
        let mine = all.filter(|(incident, keys)| is_of_dimensions(budget, incident) && keys.iter().any(counts));
        let ids: Vec<&str> = mine.map(|(incident, _)| incident.id.as_str()).collect();
        (!ids.is_empty()).then_some((&self.cube, ids))
    }
}

/// Whether an incident has the dimensions of a budget's scope.
fn is_of_dimensions(budget: &Budget, incident: &Incident) -> bool {
    budget.scope.iter().all(|condition| match &condition.on {
        On::Facet(_) => true,
        On::Dimension(name) => incident.dimensions.get(name).is_none_or(|value| condition.has_value(value)),
    })
}

/// Reads the last status of each budget, in the order of the policy file. A budget that was never judged is omitted.
///
/// # Errors
///
/// When the ledger fails.
pub async fn read_last_budgets(state: &State) -> Result<Vec<BudgetStatus>, PipelineError> {
    let mut out = Vec::new();
    for budget in &state.policy.budgets {
        out.extend(state.ledger.last_budget_status(&budget.name).await?);
    }
    Ok(out)
}

/// Adds to each cause the largest incident of the period within it.
fn name_incidents<'i>(
    status: &mut BudgetStatus,
    budget: &Budget,
    incidents: impl Iterator<Item = &'i Incident> + Clone,
) {
    let of_budget = |incident: &&Incident| {
        status.period.start <= incident.last && incident.start < status.period.end && is_of_dimensions(budget, incident)
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

/// Saves a status. Thresholds that were not reported in this period yet get a message in the same transaction.
async fn save_status(state: &State, status: &BudgetStatus) -> Result<(), PipelineError> {
    let known = state.ledger.alerted_thresholds(&status.name, status.period.start).await?;
    let (mut reported, version) =
        known.map_or((AlertedThresholds::default(), None), |(reported, version)| (reported, Some(version)));
    let crossed: Vec<_> = status.crossed.iter().copied().filter(|c| !reported.0.contains(c)).collect();
    if crossed.is_empty() {
        return Ok(state.ledger.put_budget_status(status, None).await?);
    }
    reported.0.extend(&crossed);
    let names: Vec<String> = crossed.iter().map(|c| format!("{}-{}", c.percent, c.on.as_str())).collect();
    let id = format!("budget-{}-{}#{}", status.name, status.period.start, names.join("-"));
    let message = state.message(id, Content::Budget { crossed, status: Box::new(status.clone()) });
    Ok(state.ledger.put_budget_status(status, Some((&reported, version, &message))).await?)
}
