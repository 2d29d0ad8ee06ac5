//! Budgets: actual spend, forecast spend, and the state that follows.

use std::collections::BTreeMap;

use tollgate_model::budget::{Amendment, Converted, CrossedThreshold, ForecastEnd, Rollover, ThresholdOn, percent};
use tollgate_model::{
    Amount, Basis, BudgetCalendar, BudgetState, BudgetStatus, Currency, Day, DayRange, ExchangeRates, Money, SeriesKey,
    Totals,
};

use crate::variance::{budget_variance, suggest_amount};
use crate::{CostCube, forecast_sum};

/// A budget with its scope as a predicate on series.
pub struct BudgetRule<'a> {
    /// Its name.
    pub name: &'a str,
    /// The amount for one period that holds on a day, without rollover.
    pub amount_on: &'a (dyn Fn(Day) -> Amount + Sync),
    /// The amendment that holds on a day.
    pub amended_on: &'a (dyn Fn(Day) -> Option<Amendment> + Sync),
    /// The currency of the amount.
    pub currency: Currency,
    /// Exchange rates of other currencies.
    pub rates: &'a ExchangeRates,
    /// The calendar of its periods.
    pub calendar: BudgetCalendar,
    /// The cost that it counts.
    pub basis: Basis,
    /// What rolls over to the next period.
    pub rollover: Rollover,
    /// The most that rolls over.
    pub rollover_limit: Option<Amount>,
    /// Thresholds on the actual spend, in percent.
    pub actual: &'a [u32],
    /// Thresholds on the forecast, in percent.
    pub forecast: &'a [u32],
    /// Thresholds on the pace, in percent.
    pub pace: &'a [u32],
    /// Whether a series counts.
    pub counts: &'a (dyn Fn(&SeriesKey) -> bool + Sync),
}

/// The spend of some days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spent {
    /// In the budget's currency, with other currencies converted.
    pub(crate) amount: Amount,
    /// Whether any charge could be counted.
    known: bool,
    converted: Vec<Converted>,
    not_counted: Totals,
}

/// The spend over some days, in the rule's currency, of the series for which `counts` holds.
pub(crate) fn spent(
    cube: &CostCube,
    rule: &BudgetRule<'_>,
    days: DayRange,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
) -> Spent {
    let mut out = Spent::default();
    for (currency, charged) in cube.total(days, rule.basis, counts) {
        if currency == rule.currency {
            out.amount = out.amount.saturating_add(charged);
            out.known = true;
            continue;
        }
        match convert_by_day(cube, rule, days, currency, counts) {
            Some(counted) => {
                out.amount = out.amount.saturating_add(counted);
                out.known = true;
                out.converted.push(Converted { charged: Money::new(charged, currency), counted });
            }
            None => {
                // A sum out of range is left out of this list only; it would not be in the budget anyway.
                let _ = out.not_counted.add(Money::new(charged, currency));
            }
        }
    }
    out
}

/// Converts the spend of some days from one currency to the rule's, each day by the rate of that day. `None` if a day has no rate.
fn convert_by_day(
    cube: &CostCube,
    rule: &BudgetRule<'_>,
    days: DayRange,
    currency: Currency,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
) -> Option<Amount> {
    let mut starts: Vec<Day> = vec![days.start];
    starts.extend(rule.rates.changes(currency, rule.currency).filter(|d| *d > days.start && *d < days.end));
    let mut sum = Amount::ZERO;
    for (i, start) in starts.iter().enumerate() {
        let held = DayRange { start: *start, end: starts.get(i + 1).copied().unwrap_or(days.end) };
        let charged = cube.total(held, rule.basis, counts).get(&currency).copied();
        if let Some(charged) = charged {
            sum = sum.saturating_add(rule.rates.convert(charged, currency, rule.currency, *start)?);
        }
    }
    Some(sum)
}

/// The status of a budget in the period around a day, up to which charges are complete. Every known charge of the period counts as
/// spent, of any kind, also on days that are not complete yet.
///
/// Parents are not considered here: `left` is what the budget itself has left.
pub fn judge_budget(cube: &CostCube, rule: &BudgetRule<'_>, as_of: Day) -> BudgetStatus {
    let period = rule.calendar.around(as_of);
    let all = spent(cube, rule, period, rule.counts);
    let complete_days = DayRange { start: period.start, end: as_of.plus(1).min(period.end).max(period.start) };
    let complete = spent(cube, rule, complete_days, rule.counts).amount;
    let rolled_over = compute_rollover(cube, rule, period);
    let held_on = as_of.max(period.start).min(period.end.plus(-1));
    let amount = (rule.amount_on)(held_on).saturating_add(rolled_over);
    let actual = all.amount;
    let forecast = forecast_end(cube, rule, DayRange { start: complete_days.end, end: period.end }, complete, actual);
    let pace_percent = compute_pace(amount, complete, period, complete_days.len());
    let mut crossed: Vec<CrossedThreshold> = Vec::new();
    let mut cross = |shares: &[u32], reached: Option<i64>, on: ThresholdOn| {
        let over = shares.iter().filter(|p| reached.is_some_and(|r| r >= i64::from(**p)));
        crossed.extend(over.map(|percent| CrossedThreshold { percent: *percent, on }));
    };
    cross(rule.actual, percent(actual, amount), ThresholdOn::Actual);
    cross(rule.forecast, forecast.and_then(|end| percent(end.mean, amount)), ThresholdOn::Forecast);
    cross(rule.pace, pace_percent, ThresholdOn::Pace);
    let state = match () {
        () if !all.known => BudgetState::Unknown,
        () if actual > amount => BudgetState::Over,
        () if forecast.is_some_and(|end| end.mean > amount) => BudgetState::ForecastOver,
        () if crossed.iter().any(|c| c.on != ThresholdOn::Forecast) => BudgetState::Warning,
        () => BudgetState::OnTrack,
    };
    BudgetStatus {
        name: rule.name.to_owned(),
        state,
        period,
        as_of,
        currency: rule.currency,
        amount,
        rolled_over,
        amended: (rule.amended_on)(held_on),
        parent: None,
        left: amount.saturating_sub(actual),
        basis: rule.basis,
        actual,
        forecast,
        exceed_percent: match actual > amount {
            true => Some(100),
            false => forecast.map(|end| end.percent_above(amount)),
        },
        pace_percent,
        crossed,
        converted: all.converted,
        not_counted: all.not_counted,
        variance: budget_variance(cube, rule, amount, period, complete_days),
        suggested: suggest_amount(cube, rule, as_of),
    }
}

/// The forecast spend: the complete days plus the forecast of the remaining days, in every currency with a known rate. Intervals
/// of several currencies are added, as if they were fully correlated.
fn forecast_end(
    cube: &CostCube,
    rule: &BudgetRule<'_>,
    rest: DayRange,
    complete: Amount,
    actual: Amount,
) -> Option<ForecastEnd> {
    if rest.is_empty() {
        return Some(ForecastEnd { mean: actual, low: actual, high: actual });
    }
    let mut end = ForecastEnd { mean: complete, low: complete, high: complete };
    let mut known = false;
    let currencies: std::collections::BTreeSet<Currency> =
        cube.keys().filter(|key| (rule.counts)(key)).map(|key| key.currency).collect();
    for currency in currencies {
        let into = |amount| rule.rates.convert(amount, currency, rule.currency, rest.start);
        let Some(ahead) = forecast_sum(cube, rest, rule.basis, currency, rule.counts) else { continue };
        let (Some(mean), Some(low), Some(high)) = (into(ahead.mean), into(ahead.low), into(ahead.high)) else {
            continue;
        };
        known = true;
        end.mean = end.mean.saturating_add(mean);
        end.low = end.low.saturating_add(low);
        end.high = end.high.saturating_add(high);
    }
    let at_least = |amount: Amount| amount.max(actual);
    known.then(|| ForecastEnd { mean: at_least(end.mean), low: at_least(end.low), high: at_least(end.high) })
}

/// The least elapsed days for a pace: three, or a tenth of the period.
const PACE_DAYS: i32 = 3;

fn compute_pace(amount: Amount, complete: Amount, period: DayRange, days: i32) -> Option<i64> {
    if days < PACE_DAYS.max(period.len() / 10) {
        return None;
    }
    percent(complete, amount.ratio(i64::from(days), i64::from(period.len()))?)
}

/// The most earlier periods that rollover is computed from.
const ROLLS: usize = 24;

/// The amount rolled over into a period, computed period by period from the first one that is completely known.
fn compute_rollover(cube: &CostCube, rule: &BudgetRule<'_>, period: DayRange) -> Amount {
    if rule.rollover == Rollover::None {
        return Amount::ZERO;
    }
    let mut carried = Amount::ZERO;
    for days in whole_periods_before(cube, rule, period, ROLLS) {
        let amount = (rule.amount_on)(days.end.plus(-1)).saturating_add(carried);
        carried = amount.saturating_sub(spent(cube, rule, days, rule.counts).amount);
        if rule.rollover == Rollover::Unused {
            carried = carried.max(Amount::ZERO);
        }
        if let Some(limit) = rule.rollover_limit {
            carried = carried.min(limit).max(Amount::ZERO.saturating_sub(limit));
        }
    }
    carried
}

/// Earlier periods that are known from their first day to their last, oldest first.
pub(crate) fn whole_periods_before(
    cube: &CostCube,
    rule: &BudgetRule<'_>,
    period: DayRange,
    most: usize,
) -> Vec<DayRange> {
    let first = cube.coverage().iter().map(|c| c.first).min();
    let mut out = Vec::new();
    let mut before = rule.calendar.before(period.start);
    while let (Some(days), Some(first)) = (before, first)
        && days.start >= first
        && out.len() < most
    {
        out.push(days);
        before = rule.calendar.before(days.start);
    }
    out.reverse();
    out
}

/// What each budget may still spend: the least that it and every parent above it have left, in its own currency. The result is in
/// the order of the statuses. A parent in a currency without a rate is left out.
pub fn remaining_within_parents(
    statuses: &[BudgetStatus],
    parents: &BTreeMap<String, String>,
    rates: &ExchangeRates,
) -> Vec<Amount> {
    let find = |name: &str| statuses.iter().find(|s| s.name == name);
    statuses
        .iter()
        .map(|status| {
            let mut left = status.left;
            let mut above = parents.get(&status.name);
            // A chain is no longer than there are budgets.
            for _ in 0..statuses.len() {
                let Some(parent) = above.and_then(|name| find(name)) else { break };
                if let Some(theirs) = rates.convert(parent.left, parent.currency, status.currency, status.as_of) {
                    left = left.min(theirs);
                }
                above = parents.get(&parent.name);
            }
            left
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSeries;
    use tollgate_model::exchange_rate::DatedExchangeRate;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, SourceId};

    fn key(service: &str, currency: &str) -> SeriesKey {
        SeriesKey {
            provider: Some("AWS".into()),
            billing_account: None,
            sub_account: None,
            service: Some(service.into()),
            region: None,
            kind: ChargeKind::Usage,
            currency: currency.parse().unwrap(),
            dimensions: BTreeMap::new(),
        }
    }

    /// To the 10th of April: 100 a day, of which EC2 is 70 until April and 120 in it.
    fn cube() -> CostCube {
        let start: Day = "2026-01-01".parse().unwrap();
        let day = |i, amount: i64| {
            (start.plus(i), DayCost { billed: Amount::whole(amount * 9 / 10), effective: Amount::whole(amount) })
        };
        let ec2 = (0..100).map(|i| day(i, if i < 90 { 70 } else { 120 })).collect();
        let months = vec![
            SeriesMonth { key: key("EC2", "USD"), days: ec2 },
            SeriesMonth { key: key("S3", "USD"), days: (0..100).map(|i| day(i, 30)).collect() },
            SeriesMonth { key: key("Azure VM", "EUR"), days: (95..100).map(|i| day(i, 100)).collect() },
        ];
        CostCube::new(vec![SourceSeries {
            source: SourceId::from_text("a"),
            months,
            provisional_days: 0,
            last_day: None,
        }])
    }

    struct Case {
        amount: i64,
        currency: &'static str,
        basis: Basis,
        rollover: Rollover,
        limit: Option<Amount>,
        rates: ExchangeRates,
        usd_only: bool,
    }

    impl Default for Case {
        fn default() -> Self {
            Self {
                amount: 5_000,
                currency: "USD",
                basis: Basis::Effective,
                rollover: Rollover::None,
                limit: None,
                rates: ExchangeRates::default(),
                usd_only: false,
            }
        }
    }

    fn status(case: Case) -> BudgetStatus {
        let cube = cube();
        let rule = BudgetRule {
            name: "b",
            amount_on: &|_| Amount::whole(case.amount),
            amended_on: &|_| None,
            currency: case.currency.parse().unwrap(),
            rates: &case.rates,
            calendar: BudgetCalendar::MONTHLY,
            basis: case.basis,
            rollover: case.rollover,
            rollover_limit: case.limit,
            actual: &[50, 100],
            forecast: &[100],
            pace: &[120],
            counts: &|key| !case.usd_only || key.currency == Currency::USD,
        };
        judge_budget(&cube, &rule, cube.watermark().unwrap())
    }

    #[test]
    fn spent_and_forecast_are_separate_states() {
        let of = |amount, basis| status(Case { amount, basis, ..Case::default() });
        let on_track = of(5_500, Basis::Effective);
        assert_eq!((on_track.state, on_track.actual), (BudgetState::OnTrack, Amount::whole(1_500)));
        let end = on_track.forecast.unwrap();
        assert!(end.low < end.mean && end.mean < end.high);
        assert_eq!(of(2_000, Basis::Effective).state, BudgetState::ForecastOver);
        assert_eq!(of(900, Basis::Effective).state, BudgetState::Over);
        assert_eq!(of(900, Basis::Billed).actual, Amount::whole(1_350));
    }

    #[test]
    fn other_currencies_are_listed_and_counted_only_by_a_rate() {
        let plain = status(Case::default());
        assert_eq!(plain.not_counted.get("EUR".parse().unwrap()), Amount::whole(500));
        assert_eq!(status(Case { currency: "GBP", ..Case::default() }).state, BudgetState::Unknown);
        let rate = |since: &str, rate: &str| DatedExchangeRate {
            since: since.parse().unwrap(),
            from: "EUR".parse().unwrap(),
            to: Currency::USD,
            rate: rate.parse().unwrap(),
        };
        // Two days at the first rate, three at the second.
        let rates = ExchangeRates::new(vec![rate("2026-01-01", "1.10"), rate("2026-04-08", "1.20")]);
        let converted = status(Case { rates, ..Case::default() });
        assert_eq!(converted.actual, Amount::whole(1_500 + 220 + 360));
        assert!(converted.not_counted.is_empty());
        assert_eq!(converted.converted[0].counted, Amount::whole(580));
        let late = status(Case { rates: ExchangeRates::new(vec![rate("2026-04-08", "1.20")]), ..Case::default() });
        assert_eq!(late.not_counted.get("EUR".parse().unwrap()), Amount::whole(500), "half a sum is none");
    }

    #[test]
    fn a_pace_beside_the_calendar() {
        let fast = status(Case { amount: 3_000, usd_only: true, ..Case::default() });
        assert_eq!(fast.pace_percent, Some(150));
        assert!(fast.crossed.contains(&CrossedThreshold { percent: 120, on: ThresholdOn::Pace }));
        assert_eq!(status(Case { amount: 4_500, ..Case::default() }).pace_percent, Some(100));
    }

    #[test]
    fn unspent_amounts_roll_over() {
        // January 3,100, February 2,800, March 3,100 were spent.
        let of = |amount, rollover, limit| status(Case { amount, rollover, limit, ..Case::default() });
        assert_eq!(of(3_500, Rollover::None, None).amount, Amount::whole(3_500));
        let unused = of(3_500, Rollover::Unused, None);
        assert_eq!((unused.amount, unused.rolled_over), (Amount::whole(5_000), Amount::whole(1_500)));
        assert_eq!(of(3_500, Rollover::Unused, Some(Amount::whole(400))).amount, Amount::whole(3_900));
        // 100 too much, 200 left of what remains, 100 too much again.
        assert_eq!(of(3_000, Rollover::All, None).rolled_over, Amount::ZERO);
        assert_eq!(of(2_900, Rollover::All, None).rolled_over, Amount::whole(-300));
        assert_eq!(of(2_900, Rollover::Unused, None).rolled_over, Amount::ZERO);
    }

    #[test]
    fn a_variance_is_its_causes_and_nothing_else() {
        let status = status(Case { amount: 3_000, usd_only: true, ..Case::default() });
        let variance = status.variance.unwrap();
        assert_eq!((variance.planned, variance.actual), (Amount::whole(1_000), Amount::whole(1_500)));
        let sum = variance.causes.iter().fold(Amount::ZERO, |sum, c| sum.saturating_add(c.difference()));
        assert_eq!(sum, Amount::whole(500));
        assert_eq!(variance.causes[0].what, "EC2");
        assert_eq!(variance.causes[0].difference(), Amount::whole(500));
        let suggested = status.suggested.unwrap();
        assert_eq!(suggested.history.len(), 3);
        assert!(suggested.amount >= Amount::whole(3_100), "{suggested:?}");
    }

    #[test]
    fn a_parent_bounds_what_is_left() {
        let child = BudgetStatus { name: "child".into(), left: Amount::whole(500), ..status(Case::default()) };
        let parent = BudgetStatus { name: "parent".into(), left: Amount::whole(200), ..child.clone() };
        let top = BudgetStatus { name: "top".into(), left: Amount::whole(-10), ..child.clone() };
        let parents = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let all = [child, parent, top];
        let left = remaining_within_parents(&all, &parents(&[("child", "parent")]), &ExchangeRates::default());
        assert_eq!(left, [Amount::whole(200), Amount::whole(200), Amount::whole(-10)]);
        let left = remaining_within_parents(
            &all,
            &parents(&[("child", "parent"), ("parent", "top")]),
            &ExchangeRates::default(),
        );
        assert_eq!(left[0], Amount::whole(-10));
    }
}
