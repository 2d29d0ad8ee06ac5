//! Unit costs: every `unit` of the policy file, from the series of the ledger and the figures of its metrics.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_analysis::CostCube;
use tollgate_analysis::units::{
    UnitAnomaly, UnitDay, UnitDistribution, UnitForecast, UnitKey, UnitMargin, UnitPeriod, combine_period,
    daily_figures, distribution, divide_by_dimension, divide_by_metric, find_unit_anomalies, forecast_unit_cost,
    margin_of, unit_days, unit_periods,
};
use tollgate_model::query::CostPeriod;
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, Quantity, Totals};
use tollgate_policy::{BusinessMetric, UnitBudget, UnitDefinition, UnitDivision, nearest};

use super::costs::{costs_by_dimension, revenue_by_key, sum_keys, unit_costs};
use crate::cube::{load_cube, period_days};
use crate::detect::tuning_of;
use crate::scope::read_account_names;
use crate::{PipelineError, State};

/// Days of a report without a period.
const DAYS: i32 = 30;
/// Months of the table of months.
const MONTHS: usize = 13;

/// Which unit costs are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnitQuestion {
    /// One unit; all of them without.
    pub name: Option<String>,
    /// The period; the last 30 complete days without.
    pub period: Option<CostPeriod>,
}

/// A unit cost over some days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitReport {
    /// The unit.
    pub name: String,
    /// Its metric.
    pub metric: String,
    /// The noun of one unit.
    pub unit: String,
    /// The number of units of every unit cost.
    pub per: u64,
    /// The currency of every amount.
    pub currency: Currency,
    /// Which cost it is.
    pub basis: Basis,
    /// The last day with a complete cost and a figure; null where there is none.
    pub as_of: Option<Day>,
    /// The days that were asked for.
    pub period: UnitPeriod,
    /// As many days before them; null where they are before the first charges.
    pub previous: Option<UnitPeriod>,
    /// The change of the unit cost from the previous days, in percent, to one decimal place.
    pub change_percent: Option<f64>,
    /// The last months, oldest first.
    pub months: Vec<UnitPeriod>,
    /// The margin of the period, where the unit has a revenue.
    pub margin: Option<UnitMargin>,
    /// What the unit is divided by.
    pub by: Option<String>,
    /// How the cost is divided.
    pub divide: UnitDivision,
    /// The cost of each value of `by`, largest first, and what no value bears.
    pub keys: Vec<UnitKey>,
    /// How it is distributed.
    pub distribution: Option<UnitDistribution>,
    /// Anomalies of the period.
    pub anomalies: Vec<UnitAnomaly>,
    /// The forecast of the next 30 days.
    pub forecast: Option<UnitForecast>,
    /// What a unit may cost.
    pub budget: Option<UnitBudget>,
    /// The unit cost of the period in percent of the budget.
    pub budget_percent: Option<f64>,
    /// Cost in currencies without an exchange rate: it is counted nowhere.
    pub not_counted: Totals,
    /// Every day of the period.
    pub days: Vec<UnitDay>,
}

/// What unit costs are computed from.
pub(super) struct UnitInputs {
    pub(super) cube: CostCube,
    pub(super) names: BTreeMap<String, String>,
    figures: BTreeMap<String, BTreeMap<Day, BTreeMap<String, Quantity>>>,
}

impl UnitInputs {
    /// Reads the series of all costs and the figures of the metrics that some units use.
    pub(super) async fn read(state: &State, units: &[&UnitDefinition]) -> Result<Self, PipelineError> {
        let mut out =
            Self { cube: load_cube(state).await?, names: read_account_names(state).await?, figures: BTreeMap::new() };
        let used = |metric: &&BusinessMetric| {
            units.iter().any(|u| u.metric == metric.name || u.revenue.as_deref() == Some(metric.name.as_str()))
        };
        for metric in state.policy.metrics.iter().filter(used) {
            let figures = state.ledger.metric_figures(&metric.name, None).await?;
            out.figures.insert(metric.name.clone(), daily_figures(&figures, metric.combine, metric.missing));
        }
        Ok(out)
    }
}

/// Computes the unit costs of a question, in the order of the policy file.
///
/// # Errors
///
/// When the ledger fails or is empty, or the policy has no such unit.
pub async fn read_units(state: &State, question: &UnitQuestion) -> Result<Vec<UnitReport>, PipelineError> {
    let policy = &state.policy;
    let wanted: Vec<&UnitDefinition> =
        policy.units.iter().filter(|u| question.name.as_ref().is_none_or(|name| *name == u.name)).collect();
    if let (Some(name), []) = (&question.name, wanted.as_slice()) {
        return Err(PipelineError::NotFound(unknown_unit(name, &policy.units)));
    }
    let inputs = UnitInputs::read(state, &wanted).await?;
    let days = match &question.period {
        Some(period) => Some(period_days(state, &inputs.cube, period)?),
        None => None,
    };
    let reports = wanted.into_iter().filter_map(|unit| report(state, &inputs, unit, days));
    Ok(reports.collect())
}

fn unknown_unit(name: &str, units: &[UnitDefinition]) -> String {
    let known: Vec<&str> = units.iter().map(|u| u.name.as_str()).collect();
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => {
            "add a `unit` block to tollgate.hcl; docs/guides/unit-costs.md shows one".to_owned()
        }
        None => format!("the units are {}", known.join(", ")),
    };
    format!("there is no unit `{name}`\nhint: {hint}")
}

/// The parts of one unit.
pub(super) struct UnitParts<'a> {
    pub(super) metric: &'a BusinessMetric,
    pub(super) cost: BTreeMap<Day, Amount>,
    pub(super) units: BTreeMap<Day, Quantity>,
    pub(super) not_counted: Totals,
    pub(super) all: Vec<UnitDay>,
}

impl<'a> UnitParts<'a> {
    /// Reads a unit; `None` where its metric is missing, which the policy refuses, or nothing was ever charged.
    pub(super) fn of(state: &'a State, inputs: &UnitInputs, unit: &UnitDefinition) -> Option<Self> {
        let metric = state.policy.metrics.iter().find(|m| m.name == unit.metric)?;
        let costs = unit_costs(&inputs.cube, unit, &inputs.names, &state.policy.rates);
        let none = BTreeMap::new();
        let figures = inputs.figures.get(&unit.metric).unwrap_or(&none);
        let total =
            |of_day: &BTreeMap<String, Quantity>| of_day.values().fold(Quantity::ZERO, |sum, q| sum.saturating_add(*q));
        let units: BTreeMap<Day, Quantity> = figures.iter().map(|(day, of_day)| (*day, total(of_day))).collect();
        let first =
            costs.days.keys().next().copied().or_else(|| inputs.cube.coverage().iter().map(|c| c.first).min())?;
        let last = costs.days.keys().next_back().copied().or_else(|| inputs.cube.watermark())?;
        let all = unit_days(DayRange { start: first, end: last.plus(1) }, &costs.days, &units, unit.per);
        Some(Self { metric, cost: costs.days, units, not_counted: costs.not_counted, all })
    }
}

fn report(state: &State, inputs: &UnitInputs, unit: &UnitDefinition, wanted: Option<DayRange>) -> Option<UnitReport> {
    let parts = UnitParts::of(state, inputs, unit)?;
    let (all, combine) = (&parts.all, parts.metric.combine);
    let last = all.last()?.day;
    let days = wanted.unwrap_or(DayRange { start: last.plus(1 - DAYS).max(all.first()?.day), end: last.plus(1) });
    let within = |range: DayRange| unit_days(range, &parts.cost, &parts.units, unit.per);
    let of_period = within(days);
    let period = combine_period(&of_period, unit.per, combine)?;
    let before = DayRange { start: days.start.plus(-days.len()), end: days.start };
    let previous = combine_period(&within(before), unit.per, combine).filter(|p| p.unit_cost.is_some());
    let mut months = unit_periods(all, unit.per, combine);
    months.drain(..months.len().saturating_sub(MONTHS));
    let (keys, revenue) = divide(state, inputs, unit, &parts, days);
    let detection = &state.policy.detection;
    let tuning = tuning_of(detection.sensitivity, detection.min_impact);
    let mut anomalies = find_unit_anomalies(all, unit.per, tuning);
    anomalies.retain(|a| days.start <= a.last_day && a.first_day < days.end);
    let in_period = |map: &BTreeMap<Day, Amount>| map.range(days.start..days.end).map(|(d, a)| (*d, *a)).collect();
    let margin = revenue.and_then(|revenue| margin_of(&in_period(&parts.cost), &in_period(&sum_keys(&revenue))));
    let next = DayRange { start: last.plus(1), end: last.plus(1 + DAYS) };
    Some(UnitReport {
        name: unit.name.clone(),
        metric: unit.metric.clone(),
        unit: parts.metric.unit.clone(),
        per: unit.per,
        currency: unit.currency,
        basis: unit.basis,
        as_of: all.iter().rev().find(|d| d.unit_cost.is_some()).map(|d| d.day),
        change_percent: change_percent(previous.as_ref().and_then(|p| p.unit_cost), period.unit_cost),
        budget_percent: unit.budget.as_ref().and_then(|b| share_percent(period.unit_cost?, b.amount)),
        period,
        previous,
        months,
        margin,
        by: unit.by.clone(),
        divide: unit.divide,
        distribution: distribution(&keys),
        keys,
        anomalies,
        forecast: forecast_unit_cost(all, next),
        budget: unit.budget.clone(),
        not_counted: parts.not_counted,
        days: of_period,
    })
}

type Revenue = BTreeMap<String, BTreeMap<Day, Amount>>;

/// The cost of each value of the unit's `by` over some days, and the revenue by value.
fn divide(
    state: &State,
    inputs: &UnitInputs,
    unit: &UnitDefinition,
    parts: &UnitParts<'_>,
    days: DayRange,
) -> (Vec<UnitKey>, Option<Revenue>) {
    let rates = &state.policy.rates;
    let within = |by_key: &Revenue| -> Revenue {
        let of = |days_of: &BTreeMap<Day, Amount>| days_of.range(days.start..days.end).map(|(d, a)| (*d, *a)).collect();
        by_key.iter().map(|(key, days_of)| (key.clone(), of(days_of))).collect()
    };
    let revenue = unit.revenue.as_ref().and_then(|name| {
        let metric = state.policy.metrics.iter().find(|m| m.name == *name)?;
        let by_key = revenue_by_key(inputs.figures.get(name)?, metric.currency?, unit.currency, rates);
        Some((within(&by_key), metric.by == unit.by))
    });
    let Some(by) = &unit.by else { return (Vec::new(), revenue.map(|(revenue, _)| revenue)) };
    let none = BTreeMap::new();
    let figures: BTreeMap<Day, BTreeMap<String, Quantity>> = inputs
        .figures
        .get(&unit.metric)
        .unwrap_or(&none)
        .range(days.start..days.end)
        .map(|(day, of_day)| (*day, of_day.clone()))
        .collect();
    let shares = match unit.divide {
        UnitDivision::Metric => {
            let cost = parts.cost.range(days.start..days.end).map(|(d, a)| (*d, *a)).collect();
            divide_by_metric(&cost, &figures)
        }
        UnitDivision::Dimension => {
            let costs = costs_by_dimension(&inputs.cube, unit, by, &inputs.names, rates);
            let default = state.policy.dimensions.iter().find(|d| d.name == *by).map_or("", |d| d.default.as_str());
            divide_by_dimension(within(&costs), default)
        }
    };
    let of_keys = revenue.as_ref().filter(|(_, same)| *same).map(|(revenue, _)| revenue);
    (shares.keys(&figures, of_keys, unit.per), revenue.map(|(revenue, _)| revenue))
}

fn change_percent(before: Option<Amount>, now: Option<Amount>) -> Option<f64> {
    let (before, now) = (before?, now?);
    share_percent(now.saturating_sub(before), before)
}

/// A share in percent, to one decimal place; `None` where the whole is zero or below.
fn share_percent(part: Amount, whole: Amount) -> Option<f64> {
    (whole > Amount::ZERO).then(|| (part.to_f64() / whole.to_f64() * 1000.0).round() / 10.0)
}
