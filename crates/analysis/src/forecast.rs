//! Forecasts: one for each provider, whose parts add up to it, and sums of those parts.

mod back_test;
mod daily;
mod divide;
mod hierarchy;

use tollgate_model::forecast::{Forecast, ForecastDay, ForecastQuality, ForecastTotal};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, SeriesKey};

use crate::{CostCube, index};
use daily::{DayForecast, KnownCost, NINETY};
pub(crate) use hierarchy::ForecastCache;

/// The forecast of a part of the cost in one currency, from the day after the last complete one on.
///
/// Forecasts of parts add up to that of their sum, to the last digit, whatever divides it: accounts, teams, tags or the scopes of
/// budgets. The interval of each is its own: intervals do not add up.
#[derive(Clone, Debug)]
pub struct CostForecast {
    /// The first day of the forecast.
    pub start: Day,
    means: Vec<Amount>,
    own: Vec<DayForecast>,
}

impl CostForecast {
    /// The sum of some days of the forecast; `None` if they are not all within it.
    pub fn total(&self, days: DayRange, label: String) -> Option<ForecastTotal> {
        let from = usize::try_from(days.start - self.start).ok()?;
        let to = usize::try_from(days.end - self.start).ok()?;
        Some(forecast_total(label, self.own.get(from..to)?, self.means.get(from..to)?))
    }

    /// The sum of the first days of the forecast; of all days if there are fewer.
    pub fn first(&self, days: usize, label: String) -> ForecastTotal {
        let days = days.min(self.means.len());
        forecast_total(label, &self.own[..days], &self.means[..days])
    }

    /// The days of the forecast.
    pub fn days(&self) -> impl Iterator<Item = ForecastDay> {
        let days = self.own.iter().zip(&self.means).enumerate();
        days.map(|(i, (own, mean))| forecast_day(self.start.plus(index(i)), *own, *mean))
    }
}

/// Forecasts the cost, in one currency, of the series for which `counts` holds, through the day before `until`. `None` if there is
/// no such cost, or if no provider of it has two weeks of history.
pub fn forecast_cost(
    cube: &CostCube,
    basis: Basis,
    currency: Currency,
    until: Day,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
) -> Option<CostForecast> {
    let known = KnownCost::of_parts(cube, basis, |key| (key.currency == currency && counts(key)).then_some(()));
    let known = known.into_values().next()?;
    let days = DayRange { start: known.end(), end: until.max(known.end()) };
    let expected = cube.forecasts.get(cube, basis, days.end).expected(cube, basis, currency, days, counts);
    if !expected.is_known_enough {
        return None;
    }
    let own = known.forecast(days.start, expected.days.len()).days;
    Some(CostForecast { start: days.start, means: expected.days, own })
}

/// How well forecasts, in one currency, of the series for which `counts` holds were met when made from earlier days. `None` with too
/// little history.
pub fn forecast_quality(
    cube: &CostCube,
    basis: Basis,
    currency: Currency,
    counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
) -> Option<ForecastQuality> {
    let known = KnownCost::of_parts(cube, basis, |key| (key.currency == currency && counts(key)).then_some(()));
    let known = known.into_values().next()?;
    back_test::back_test(&known, known.end())
}

/// Forecasts every scope of a level by currency, `days` days ahead. Scopes with too little history are left out.
pub fn forecast_scopes(cube: &CostCube, facets: &[Facet], days: usize) -> Vec<Forecast> {
    let made = cube.sums(facets, Basis::Effective, |_| true).into_iter().filter_map(|series| {
        let end = series.range.end;
        let counts = |key: &SeriesKey| series.scope.contains(key);
        let ahead = forecast_cost(cube, Basis::Effective, series.currency, end.plus(index(days)), &counts)?;
        let month_end = end.month().days().end;
        let to_end = usize::try_from(month_end - end).unwrap_or(0);
        let mut totals = vec![ahead.first(to_end, format!("to {}", month_end.plus(-1)))];
        totals.extend([30, 60, 90].into_iter().filter(|h| *h <= days).map(|h| ahead.first(h, format!("{h} days"))));
        let days = ahead.days().collect();
        Some(Forecast { scope: series.scope, currency: series.currency, as_of: end.plus(-1), days, totals })
    });
    let mut out: Vec<Forecast> = made.collect();
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
    forecast_cost(cube, basis, currency, days.end, counts)?.total(days, String::new())
}

/// A day's interval is that of its own forecast around the reconciled mean.
fn forecast_day(day: Day, own: DayForecast, mean: Amount) -> ForecastDay {
    let centre = mean.to_f64();
    let low = (centre - own.below).max(0.0_f64.min(centre));
    ForecastDay { day, mean, low: money(low).min(mean), high: money(centre + own.above).max(mean) }
}

fn forecast_total(label: String, own: &[DayForecast], means: &[Amount]) -> ForecastTotal {
    let mean = means.iter().fold(Amount::ZERO, |sum, amount| sum.saturating_add(*amount));
    let noise = own.iter().map(|a| a.noise * a.noise).sum::<f64>().sqrt();
    let drift: f64 = own.iter().map(|a| a.drift).sum();
    let (reach, centre) = (NINETY * noise.hypot(drift), mean.to_f64());
    ForecastTotal {
        label,
        days: means.len(),
        mean,
        low: money((centre - reach).max(0.0_f64.min(centre))).min(mean),
        high: money(centre + reach).max(mean),
    }
}

/// An estimate as money, rounded to the hundredth because it is not more precise.
fn money(x: f64) -> Amount {
    Amount::from_f64(x).unwrap_or_default().round(2)
}

#[cfg(test)]
mod tests;
