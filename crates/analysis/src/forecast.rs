//! Forecasts of scopes: the baseline of their usage extrapolated, plus charges that recur on certain days of the month.

use tollgate_model::forecast::{Forecast, ForecastDay, ForecastTotal};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, SeriesKey};

use crate::baseline::{PointFeedback, SeriesBaseline, SeriesDetector};
use crate::cube::{ScopeSeries, is_daily};
use crate::detect::Tuning;
use crate::interval::SamplingInterval;
use crate::stats::median;
use crate::{CostCube, index};

/// 90 % of a normal distribution lie within this number of deviations.
const NINETY: f64 = 1.645;

/// The least history of a forecast: two of each weekday.
const LEAST_DAYS: usize = 14;

/// The forecast of one day, before it is converted to money.
#[derive(Clone, Copy, Debug, Default)]
struct DayForecast {
    mean: f64,
    /// From the mean to the lower and the upper end of the 90 % interval.
    below: f64,
    above: f64,
    /// Noise of the day itself: independent from day to day.
    noise: f64,
    /// The uncertainty of level and trend: shared by all days.
    drift: f64,
}

/// Forecasts every scope of a level by currency, `days` days ahead. Scopes with too little history are left out.
pub fn forecast_scopes(cube: &CostCube, facets: &[Facet], days: usize) -> Vec<Forecast> {
    let all = cube.sums(facets, Basis::Effective, |_| true);
    let mut out: Vec<Forecast> = all
        .into_iter()
        .filter_map(|series| {
            let as_of = series.range.end.plus(-1);
            let ahead = forecast_scope(cube, &series.scope, series.currency, Basis::Effective, &|_| true, days)?;
            let daily = ahead.iter().enumerate().map(|(i, a)| forecast_day(as_of.plus(index(i + 1)), *a)).collect();
            let month_end = as_of.plus(1).month().days().end;
            let to_end = usize::try_from(month_end - as_of.plus(1)).unwrap_or(0);
            let mut totals =
                vec![forecast_total(format!("to {}", month_end.plus(-1)), &ahead[..to_end.min(ahead.len())])];
            totals.extend(
                [30, 60, 90]
                    .into_iter()
                    .filter(|h| *h <= days)
                    .map(|h| forecast_total(format!("{h} days"), &ahead[..h])),
            );
            Some(Forecast { scope: series.scope, currency: series.currency, as_of, days: daily, totals })
        })
        .collect();
    out.sort_by_key(|f| std::cmp::Reverse(f.totals.last().map(|h| h.mean)));
    out
}

/// Forecasts the sum over future days, in one currency, of the series for which `counts` holds: mean and 90 % interval. `None` if
/// there is too little history.
pub fn forecast_sum(
    cube: &CostCube,
    days: DayRange,
    basis: Basis,
    currency: Currency,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
) -> Option<ForecastTotal> {
    let scope = Scope::default();
    let as_of = cube.sums(&[], basis, counts).into_iter().find(|s| s.currency == currency)?.range.end.plus(-1);
    let skip = usize::try_from(days.start - as_of - 1).ok()?;
    let count = usize::try_from(days.len()).ok()?;
    let ahead = forecast_scope(cube, &scope, currency, basis, counts, skip + count)?;
    Some(forecast_total(String::new(), &ahead[skip..]))
}

fn forecast_scope(
    cube: &CostCube,
    scope: &Scope,
    currency: Currency,
    basis: Basis,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
    days: usize,
) -> Option<Vec<DayForecast>> {
    let within = |key: &SeriesKey| key.currency == currency && scope.contains(key) && counts(key);
    // Usage has a baseline; other charges recur on certain days of the month.
    let usage = cube.sums(&[], basis, |key| is_daily(key) && within(key)).into_iter().next();
    let other = cube.sums(&[], basis, |key| !is_daily(key) && within(key)).into_iter().next();
    let mut ahead = vec![DayForecast::default(); days];
    let known = match &usage {
        Some(series) => add_usage(series, &mut ahead),
        None => other.is_some(),
    };
    if let Some(series) = &other {
        add_recurring_charges(series, &mut ahead);
    }
    known.then_some(ahead)
}

fn add_usage(series: &ScopeSeries, ahead: &mut [DayForecast]) -> bool {
    let values = series.values();
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let first_cost = values.iter().position(|v| *v != 0.0).unwrap_or(values.len());
    if values.len() - first_cost < LEAST_DAYS {
        return false;
    }
    let mut baseline = SeriesBaseline::default();
    let positions = SamplingInterval::daily_positions(series.range.start, values.len() + ahead.len());
    let (past, future) = positions.split_at(values.len());
    for (value, position) in values.iter().zip(past) {
        detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None);
    }
    let points = baseline.forecast_points(SamplingInterval::DAILY, future, 0);
    for (day, seen) in ahead.iter_mut().zip(&points) {
        day.mean += seen.mean;
        day.below = day.below.hypot(seen.mean - seen.low);
        day.above = day.above.hypot(seen.high - seen.mean);
        day.noise = day.noise.hypot(seen.noise);
        day.drift += seen.drift;
    }
    !points.is_empty()
}

/// Fees, taxes and credits: the median of the same day in the last months, if most of them had such a charge.
fn add_recurring_charges(series: &ScopeSeries, ahead: &mut [DayForecast]) {
    let last = series.range.end.plus(-1);
    for (i, out) in ahead.iter_mut().enumerate() {
        let day = last.plus(index(i + 1));
        let mut month = last.month();
        let mut same = Vec::new();
        while same.len() < 3 && month.days().start >= series.range.start {
            let wanted = month
                .days()
                .days()
                .find(|d| d.day_of_month() == day.day_of_month() || (day.is_last_of_month() && d.is_last_of_month()));
            if let Some(d) = wanted.filter(|d| *d <= last) {
                same.push(series.sums.get(&d).map_or(0.0, |a| a.to_f64()));
            }
            month = month.previous();
        }
        if same.len() >= 2 && same.iter().filter(|v| **v != 0.0).count() * 2 > same.len() {
            let usual = median(&same);
            let away: Vec<f64> = same.iter().map(|v| (v - usual).abs()).collect();
            let noise = 1.4826 * median(&away);
            out.mean += usual;
            out.noise = out.noise.hypot(noise);
            out.below = out.below.hypot(NINETY * noise);
            out.above = out.above.hypot(NINETY * noise);
        }
    }
}

fn forecast_day(day: Day, a: DayForecast) -> ForecastDay {
    let low = (a.mean - a.below).max(0.0_f64.min(a.mean));
    ForecastDay { day, mean: money(a.mean), low: money(low), high: money(a.mean + a.above) }
}

fn forecast_total(label: String, ahead: &[DayForecast]) -> ForecastTotal {
    let mean: f64 = ahead.iter().map(|a| a.mean).sum();
    let noise = ahead.iter().map(|a| a.noise * a.noise).sum::<f64>().sqrt();
    let drift: f64 = ahead.iter().map(|a| a.drift).sum();
    let reach = NINETY * noise.hypot(drift);
    ForecastTotal {
        label,
        days: ahead.len(),
        mean: money(mean),
        low: money((mean - reach).max(0.0_f64.min(mean))),
        high: money(mean + reach),
    }
}

/// An estimate as money, rounded to the hundredth because it is not more precise.
fn money(x: f64) -> Amount {
    Amount::from_f64(x).unwrap_or_default().round(2)
}
