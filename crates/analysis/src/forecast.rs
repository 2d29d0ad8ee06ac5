//! Forecasts: habits carried on, with an interval that grows as the level may wander.

use tollgate_model::forecast::{Forecast, ForecastDay, Horizon};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, SeriesKey};

use crate::CostCube;
use crate::cube::{ScopeSeries, is_usage};
use crate::habit::{Habit, float};
use crate::stats::robust_deviation;

/// 90 % of a normal distribution lie within so many deviations.
const NINETY: f64 = 1.645;

/// One day to come, before it becomes money.
#[derive(Clone, Copy, Debug, Default)]
struct Ahead {
    mean: f64,
    /// Noise of the day itself: independent from day to day.
    noise: f64,
    /// How far the level may have wandered by then: shared by all days.
    drift: f64,
}

/// Forecasts every scope of a level, by currency, `days` ahead. Scopes with too little history are left out.
pub fn forecast(cube: &CostCube, facets: &[Facet], days: usize) -> Vec<Forecast> {
    let all = cube.sums(facets, Basis::Effective, |_| true);
    let mut out: Vec<Forecast> = all
        .into_iter()
        .filter_map(|series| {
            let as_of = series.range.end.plus(-1);
            let ahead = project_scope(cube, &series.scope, series.currency, Basis::Effective, &|_| true, days)?;
            let daily =
                ahead.iter().enumerate().map(|(i, a)| day_of(as_of.plus(crate::habit::index(i + 1)), *a)).collect();
            let month_end = as_of.plus(1).month().days().end;
            let to_end = usize::try_from(month_end - as_of.plus(1)).unwrap_or(0);
            let mut horizons = vec![horizon(format!("to {}", month_end.plus(-1)), &ahead[..to_end.min(ahead.len())])];
            horizons.extend(
                [30, 60, 90].into_iter().filter(|h| *h <= days).map(|h| horizon(format!("{h} days"), &ahead[..h])),
            );
            Some(Forecast { scope: series.scope, currency: series.currency, as_of, days: daily, horizons })
        })
        .collect();
    out.sort_by_key(|f| std::cmp::Reverse(f.horizons.last().map(|h| h.mean)));
    out
}

/// The sum that the series that `counts` will cost in days to come, in one currency: mean and 90 % interval. `None` when
/// there is too little history to say.
pub fn project(
    cube: &CostCube,
    days: DayRange,
    basis: Basis,
    currency: Currency,
    counts: &dyn Fn(&SeriesKey) -> bool,
) -> Option<Horizon> {
    let scope = Scope::default();
    let as_of = cube.sums(&[], basis, counts).into_iter().find(|s| s.currency == currency)?.range.end.plus(-1);
    let skip = usize::try_from(days.start - as_of - 1).ok()?;
    let count = usize::try_from(days.len()).ok()?;
    let ahead = project_scope(cube, &scope, currency, basis, counts, skip + count)?;
    Some(horizon(String::new(), &ahead[skip..]))
}

fn project_scope(
    cube: &CostCube,
    scope: &Scope,
    currency: Currency,
    basis: Basis,
    counts: &dyn Fn(&SeriesKey) -> bool,
    days: usize,
) -> Option<Vec<Ahead>> {
    let within = |key: &SeriesKey| key.currency == currency && scope.contains(key) && counts(key);
    // Consumption has habits; what else is charged comes on certain days of the month.
    let usage = cube.sums(&[], basis, |key| is_usage(key) && within(key)).into_iter().next();
    let other = cube.sums(&[], basis, |key| !is_usage(key) && within(key)).into_iter().next();
    let mut ahead = vec![Ahead::default(); days];
    let known = match &usage {
        Some(series) => habits_ahead(series, &mut ahead),
        None => other.is_some(),
    };
    if let Some(series) = &other {
        lumps_ahead(series, &mut ahead);
    }
    known.then_some(ahead)
}

fn habits_ahead(series: &ScopeSeries, ahead: &mut [Ahead]) -> bool {
    let values = series.values();
    let fits = fitting(series, &values);
    let end = values.len();
    let Some(habit) = Habit::learn(series.range.start, &values, &fits, end) else { return false };
    // How the level moved from week to week says how far it may wander.
    let weeks: Vec<f64> =
        values[end.saturating_sub(91)..end].rchunks_exact(7).map(|week| week.iter().sum::<f64>() / 7.0).collect();
    let steps: Vec<f64> = weeks.windows(2).map(|w| w[0] - w[1]).collect();
    let wander = robust_deviation(&steps).max(0.3 * habit.noise) / 7f64.sqrt();
    for (i, day) in ahead.iter_mut().enumerate() {
        let usual = habit.usual(end + i);
        day.mean += usual.expected;
        day.noise = day.noise.hypot(usual.deviation);
        day.drift += wander * float(i + 1).sqrt() + habit.noise / 14f64.sqrt();
    }
    true
}

/// Days to learn from: single days far out are left away. What is still going on is believed, as it may stay.
fn fitting(series: &ScopeSeries, values: &[f64]) -> Vec<bool> {
    let mut fits = vec![true; values.len()];
    let settled = values.len().saturating_sub(3);
    for at in values.len().saturating_sub(60)..settled {
        if let Some(habit) = Habit::learn(series.range.start, values, &fits, at) {
            let usual = habit.usual(at);
            let back = values[at + 1..].iter().take(3).any(|v| (v - usual.expected).abs() < 4.0 * usual.deviation);
            fits[at] = (values[at] - usual.expected).abs() < 6.0 * usual.deviation || !back;
        }
    }
    fits
}

/// Fees, taxes and credits: what the same day of most recent months had.
fn lumps_ahead(series: &ScopeSeries, ahead: &mut [Ahead]) {
    let last = series.range.end.plus(-1);
    for (i, out) in ahead.iter_mut().enumerate() {
        let day = last.plus(crate::habit::index(i + 1));
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
            out.mean += crate::stats::median(&same);
            out.noise = out.noise.hypot(robust_deviation(&same));
        }
    }
}

fn day_of(day: Day, a: Ahead) -> ForecastDay {
    let reach = NINETY * a.noise.hypot(a.drift);
    ForecastDay {
        day,
        mean: money(a.mean),
        low: money((a.mean - reach).max(0.0_f64.min(a.mean))),
        high: money(a.mean + reach),
    }
}

fn horizon(label: String, ahead: &[Ahead]) -> Horizon {
    let mean: f64 = ahead.iter().map(|a| a.mean).sum();
    let noise = ahead.iter().map(|a| a.noise * a.noise).sum::<f64>().sqrt();
    let drift: f64 = ahead.iter().map(|a| a.drift).sum();
    let reach = NINETY * noise.hypot(drift);
    Horizon {
        label,
        days: ahead.len(),
        mean: money(mean),
        low: money((mean - reach).max(0.0_f64.min(mean))),
        high: money(mean + reach),
    }
}

/// An estimate as money: to the hundredth, it is not more precise than that.
fn money(x: f64) -> Amount {
    Amount::from_f64(x).unwrap_or_default().round(2)
}
