//! Budgets of unit costs: flexible budgets, whose amount is what the units of the month may cost.

use tollgate_analysis::units::{UnitPeriod, combine_period, forecast_unit_cost, unit_days};
use tollgate_model::budget::{BudgetState, BudgetStatus, CrossedThreshold, ForecastEnd, ThresholdOn, percent};
use tollgate_model::{Amount, Day, DayRange, Quantity};
use tollgate_policy::{UnitBudget, UnitDefinition};

use super::report::{UnitInputs, UnitParts};
use crate::{PipelineError, State};

/// The status of each unit with a budget, for the month of the last complete day. The amount is what the units so far may cost; a
/// month without a figure has none, and its state is unknown.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn unit_budget_statuses(state: &State) -> Result<Vec<BudgetStatus>, PipelineError> {
    let units: Vec<&UnitDefinition> = state.policy.units.iter().filter(|u| u.budget.is_some()).collect();
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let inputs = UnitInputs::read(state, &units).await?;
    Ok(units.into_iter().filter_map(|unit| status(state, &inputs, unit)).collect())
}

fn status(state: &State, inputs: &UnitInputs, unit: &UnitDefinition) -> Option<BudgetStatus> {
    let budget = unit.budget.as_ref()?;
    let parts = UnitParts::of(state, inputs, unit)?;
    let as_of = parts.all.last()?.day;
    let month = as_of.month().days();
    let so_far = unit_days(DayRange { start: month.start, end: as_of.plus(1) }, &parts.cost, &parts.units, unit.per);
    let period = combine_period(&so_far, unit.per, parts.metric.combine)?;
    let rest = DayRange { start: as_of.plus(1), end: month.end };
    let ahead = forecast_unit_cost(&parts.all, rest).map(|f| ForecastEnd { mean: f.mean, low: f.low, high: f.high });
    Some(judge(unit, budget, &period, month, as_of, ahead))
}

/// Judges a month. `ahead` is the forecast of the unit cost of its remaining days.
fn judge(
    unit: &UnitDefinition,
    budget: &UnitBudget,
    period: &UnitPeriod,
    month: DayRange,
    as_of: Day,
    ahead: Option<ForecastEnd>,
) -> BudgetStatus {
    let units = period.units.unwrap_or_default();
    let amount = times(budget.amount, units, unit.per).unwrap_or_default();
    let actual = period.unit_cost.and_then(|cost| times(cost, units, unit.per)).unwrap_or_default();
    let (elapsed, days) = (i64::from(as_of - month.start) + 1, i64::from(month.len()));
    let at_end = |so_far: Amount, ahead: Amount| {
        let sum = so_far.ratio(elapsed, days)?.saturating_add(ahead.ratio(days - elapsed, days)?);
        times(sum, units, unit.per)
    };
    let forecast = period.unit_cost.and_then(|so_far| {
        if elapsed >= days {
            return Some(ForecastEnd { mean: actual, low: actual, high: actual });
        }
        let ahead = ahead?;
        Some(ForecastEnd {
            mean: at_end(so_far, ahead.mean)?,
            low: at_end(so_far, ahead.low)?,
            high: at_end(so_far, ahead.high)?,
        })
    });
    let crossed = crossed(budget, period.unit_cost.map(|_| actual), forecast.map(|f| f.mean), amount);
    let over = |figure: Option<Amount>| figure.is_some_and(|figure| figure > amount);
    let state = match period.unit_cost {
        None => BudgetState::Unknown,
        Some(_) if over(Some(actual)) => BudgetState::Over,
        Some(_) if over(forecast.map(|f| f.mean)) => BudgetState::ForecastOver,
        Some(_) if !crossed.is_empty() => BudgetState::Warning,
        Some(_) => BudgetState::OnTrack,
    };
    BudgetStatus {
        name: unit.name.clone(),
        state,
        period: month,
        as_of,
        currency: unit.currency,
        amount,
        rolled_over: Amount::ZERO,
        amended: None,
        parent: None,
        left: amount.saturating_sub(actual),
        basis: unit.basis,
        actual,
        forecast,
        exceed_percent: forecast.map(|f| f.percent_above(amount)),
        pace_percent: None,
        crossed,
        converted: Vec::new(),
        not_counted: Default::default(),
        variance: None,
        suggested: None,
    }
}

fn crossed(
    budget: &UnitBudget,
    actual: Option<Amount>,
    forecast: Option<Amount>,
    amount: Amount,
) -> Vec<CrossedThreshold> {
    let mut out = Vec::new();
    for (figure, on) in [(actual, ThresholdOn::Actual), (forecast, ThresholdOn::Forecast)] {
        let Some(reached) = figure.and_then(|figure| percent(figure, amount)) else { continue };
        let of_figure = budget.thresholds.iter().filter(|threshold| i64::from(**threshold) <= reached);
        out.extend(of_figure.map(|threshold| CrossedThreshold { percent: *threshold, on }));
    }
    out.sort_unstable();
    out
}

/// The cost of some units at a unit cost; `None` where it leaves the range.
fn times(unit_cost: Amount, units: Quantity, per: u64) -> Option<Amount> {
    // Whole units exactly; the part of a unit, of an average, to the hundred-millionth.
    let part: i64 = 100_000_000;
    let count = i64::try_from(units.units() / (10i128.pow(Quantity::PLACES) / i128::from(part))).ok()?;
    let divisor = part.checked_mul(i64::try_from(per).ok()?)?;
    unit_cost.ratio(count, divisor)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tollgate_policy::Policy;

    use super::*;
    use tollgate_model::business_metric::MetricCombination;

    fn judged(figures: bool, cost: i64) -> BudgetStatus {
        let text = "metric \"orders\" {}\nunit \"per-order\" {\n metric = \"orders\"\n currency = \"USD\"\n budget {\n amount = 0.5\n thresholds = [80, 100]\n }\n}\n";
        let policy = Policy::parse("t", text).unwrap();
        let unit = &policy.units[0];
        let start: Day = "2026-10-01".parse().unwrap();
        let costs: BTreeMap<Day, Amount> = (0..10).map(|i| (start.plus(i), Amount::whole(cost))).collect();
        let units = (0..10).filter(|_| figures).map(|i| (start.plus(i), Quantity::whole(100))).collect();
        let days = unit_days(DayRange { start, end: start.plus(10) }, &costs, &units, 1);
        let period = combine_period(&days, 1, MetricCombination::Sum).unwrap();
        let ahead = "0.55".parse().unwrap();
        let ahead = ForecastEnd { mean: ahead, low: ahead, high: ahead };
        judge(unit, unit.budget.as_ref().unwrap(), &period, start.month().days(), start.plus(9), Some(ahead))
    }

    #[test]
    fn the_amount_follows_the_units() {
        let status = judged(true, 60);
        // 1000 orders at 0.5 each.
        assert_eq!((status.amount, status.actual), (Amount::whole(500), Amount::whole(600)));
        assert_eq!(status.state, BudgetState::Over);
        assert_eq!(
            status.crossed.iter().map(|c| (c.percent, c.on)).collect::<Vec<_>>()[..2],
            [(80, ThresholdOn::Actual), (80, ThresholdOn::Forecast)]
        );
    }

    #[test]
    fn a_forecast_above_the_amount_is_reported_before_it_is_spent() {
        let status = judged(true, 45);
        assert_eq!((status.actual, status.state), (Amount::whole(450), BudgetState::ForecastOver));
    }

    #[test]
    fn a_month_without_figures_is_unknown_and_crosses_nothing() {
        let status = judged(false, 60);
        assert_eq!((status.state, status.amount, status.crossed.len()), (BudgetState::Unknown, Amount::ZERO, 0));
    }
}
