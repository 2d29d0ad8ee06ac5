//! Parts that add up to their whole: one forecast for each provider, divided among its parts, so that a sum is the same whatever
//! adds it up: a table by service, by team or by tag, and a budget.
//!
//! A forecast of a sum and the sum of the forecasts of its parts differ. Minimum trace reconciliation (Wickramasuriya,
//! Athanasopoulos and Hyndman, "Optimal forecast reconciliation for hierarchical and grouped time series through trace
//! minimization", 2019) gives the coherent forecasts with the least variance. With a diagonal covariance and one sum over its parts
//! it has a closed form: the difference is divided among the sum and the parts in proportion to their variances. Parts are accounts'
//! services by region. Below them, dimensions and tags divide a forecast that stays as it is (Zhang, Kang, Panagiotelis and Li,
//! "Optimal reconciliation with immutable forecasts", 2023), so that no grouping changes another one's rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, SeriesKey};

use super::daily::{DayForecast, KnownCost};
use super::divide::{cumulative_shares, divide, reconciled_sum, rounded_parts};
use crate::cube::ScopeSeries;
use crate::{CostCube, parallel};

/// The facets of the parts that a provider's forecast is reconciled with. Every cube has them, however it is grouped.
const PARTS: [Facet; 4] = [Facet::Provider, Facet::SubAccount, Facet::Service, Facet::Region];
/// The most parts, and the most series below all parts, that are forecast. More of them are divided by their cost of the last weeks.
const MOST: usize = 8_000;
/// Days of the past by whose cost a forecast is divided among series without one of their own.
const RECENT: i32 = 28;
/// Forecasts are computed for a multiple of this number of days, so that a budget of a month and one of a quarter share them.
const STEP: usize = 128;
/// A laptop and a small function have two.
const THREADS: usize = 2;
/// Forecasts are kept as ten-thousandths, so that small parts add up to their sum over many days.
const PLACES: u32 = 4;

/// The forecasts of a cube, computed once for each basis.
#[derive(Default)]
pub(crate) struct ForecastCache(Mutex<Vec<(Basis, Arc<Hierarchy>)>>);

impl ForecastCache {
    /// The forecasts through the day before `until`.
    pub(super) fn get(&self, cube: &CostCube, basis: Basis, until: Day) -> Arc<Hierarchy> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, hierarchy)) = known.iter().find(|(of, hierarchy)| *of == basis && hierarchy.until >= until) {
            return Arc::clone(hierarchy);
        }
        known.retain(|(of, _)| *of != basis);
        let made = Arc::new(Hierarchy::new(cube, basis, until));
        known.push((basis, Arc::clone(&made)));
        made
    }
}

/// The reconciled forecasts of all providers and currencies.
pub(super) struct Hierarchy {
    wholes: Vec<Whole>,
    until: Day,
}

/// The forecast of a provider in one currency.
struct Whole {
    provider: Option<String>,
    currency: Currency,
    /// The day after the last one with known cost: the first day of the forecast.
    end: Day,
    is_known_enough: bool,
    parts: Vec<Part>,
}

/// The forecast of a part, and how it divides among its series.
struct Part {
    /// One amount a day, in units of [`PLACES`].
    days: Vec<i64>,
    series: Vec<SeriesKey>,
    division: Division,
}

/// How a part's forecast divides among its series.
enum Division {
    /// By the same shares every day: the cumulative share up to each series.
    Shares(Vec<f64>),
    /// By a forecast for each series: the amounts of its days.
    Days(Vec<Vec<i64>>),
}

impl Part {
    /// The amount of a series on a day.
    fn of_series(&self, number: usize, day: usize) -> i64 {
        match &self.division {
            Division::Days(all) => all.get(number).and_then(|days| days.get(day)).copied().unwrap_or(0),
            Division::Shares(shares) => {
                let all = self.days.get(day).copied().unwrap_or(0);
                // Each series is the difference of two rounded sums, so that all of them add up.
                let up_to = |share: Option<&f64>| share.map_or(0, |share| (share * all as f64).round() as i64);
                up_to(shares.get(number)) - up_to(number.checked_sub(1).and_then(|n| shares.get(n)))
            }
        }
    }
}

/// The expected cost of what is counted, by day: known where a source is complete beyond the first forecast day.
pub(super) struct ExpectedCost {
    pub(super) days: Vec<Amount>,
    /// Whether any provider of it has enough history for a forecast.
    pub(super) is_known_enough: bool,
}

impl Hierarchy {
    fn new(cube: &CostCube, basis: Basis, until: Day) -> Self {
        let whole_of = |key: &SeriesKey| (key.provider.clone(), key.currency);
        let wholes = KnownCost::of_parts(cube, basis, |key| Some(whole_of(key)));
        let first = wholes.values().map(KnownCost::end).min().unwrap_or(until);
        let ahead = usize::try_from(until - first).unwrap_or(0).next_multiple_of(STEP);
        let until = first.plus(crate::index(ahead));
        let mut series: BTreeMap<_, BTreeMap<Scope, Vec<SeriesKey>>> = BTreeMap::new();
        for key in cube.keys() {
            let parts = series.entry(whole_of(key)).or_default();
            parts.entry(Scope::of(key, &PARTS)).or_default().push(key.clone());
        }
        let made = wholes.into_iter().map(|(name, known)| {
            let mut parts = series.remove(&name).unwrap_or_default();
            for keys in parts.values_mut() {
                // Several sources may have the same series.
                keys.sort_unstable();
                keys.dedup();
            }
            Whole::new(cube, basis, name, &known, parts, until)
        });
        Self { wholes: made.collect(), until }
    }

    /// The expected cost of some days of the series that count, in one currency.
    pub(super) fn expected(
        &self,
        cube: &CostCube,
        basis: Basis,
        currency: Currency,
        days: DayRange,
        counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
    ) -> ExpectedCost {
        let count = usize::try_from(days.len()).unwrap_or(0);
        let mut out = ExpectedCost { days: vec![Amount::ZERO; count], is_known_enough: false };
        for whole in self.wholes.iter().filter(|whole| whole.currency == currency) {
            let mut units = vec![0i64; count];
            let mut counted = false;
            let skip = usize::try_from(days.start - whole.end).unwrap_or(0);
            // Days that this provider's sources know already.
            let known = usize::try_from(whole.end - days.start).unwrap_or(0).min(count);
            for part in &whole.parts {
                let of_part: Vec<usize> = (0..part.series.len()).filter(|n| counts(&part.series[*n])).collect();
                counted |= !of_part.is_empty();
                for (i, sum) in units[known..].iter_mut().enumerate() {
                    *sum += match of_part.len() == part.series.len() {
                        true => part.days.get(skip + i).copied().unwrap_or(0),
                        false => of_part.iter().map(|number| part.of_series(*number, skip + i)).sum(),
                    };
                }
            }
            if !counted {
                continue;
            }
            out.is_known_enough |= whole.is_known_enough;
            for (sum, units) in out.days.iter_mut().zip(units) {
                *sum = sum.saturating_add(from_units(units));
            }
            if known > 0
                && let Some(series) = cube.sums(&[], basis, |key| whole.contains(key) && counts(key)).first()
            {
                add_known_days(series, days.start, &mut out.days[..known]);
            }
        }
        out
    }
}

fn add_known_days(series: &ScopeSeries, start: Day, days: &mut [Amount]) {
    for (i, sum) in days.iter_mut().enumerate() {
        let known = series.sums.get(&start.plus(crate::index(i))).copied().unwrap_or_default();
        *sum = sum.saturating_add(known);
    }
}

impl Whole {
    /// The reconciled forecast of a provider in one currency, whose series are given by part.
    fn new(
        cube: &CostCube,
        basis: Basis,
        (provider, currency): (Option<String>, Currency),
        known: &KnownCost,
        parts: BTreeMap<Scope, Vec<SeriesKey>>,
        until: Day,
    ) -> Self {
        let end = known.end();
        let days = usize::try_from(until - end).unwrap_or(0);
        let is_known_enough = known.is_known_enough(end);
        let mut out = Self { provider, currency, end, is_known_enough, parts: Vec::new() };
        let divided = Divided { cube, basis, end, days };
        out.parts = if parts.len() > MOST {
            let series: Vec<SeriesKey> = parts.into_values().flatten().collect();
            let known_series = divided.known_series(|key| out.contains(key));
            vec![by_recent_cost(&known_series, end, units_of(&known.forecast(end, days).days), series)]
        } else {
            divided.parts(known, parts, &|key| out.contains(key))
        };
        out
    }

    fn contains(&self, key: &SeriesKey) -> bool {
        key.provider == self.provider && key.currency == self.currency
    }
}

/// What is divided: the cost of a cube on a basis, and the days that are forecast.
struct Divided<'a> {
    cube: &'a CostCube,
    basis: Basis,
    end: Day,
    days: usize,
}

impl Divided<'_> {
    fn known_series(&self, counts: impl Fn(&SeriesKey) -> bool) -> BTreeMap<SeriesKey, KnownCost> {
        KnownCost::of_parts(self.cube, self.basis, |key| counts(key).then(|| key.clone()))
    }

    /// The reconciled parts of a whole, each divided among its series.
    fn parts(
        &self,
        known: &KnownCost,
        mut series: BTreeMap<Scope, Vec<SeriesKey>>,
        of_whole: &dyn Fn(&SeriesKey) -> bool,
    ) -> Vec<Part> {
        let (end, days) = (self.end, self.days);
        let of_parts = KnownCost::of_parts(self.cube, self.basis, |key| of_whole(key).then(|| Scope::of(key, &PARTS)));
        let of_parts: Vec<(Scope, KnownCost)> = of_parts.into_iter().collect();
        let own = parallel::map(&of_parts, THREADS, |(_, known)| known.forecast(end, days));
        let stopped: BTreeSet<&Scope> =
            of_parts.iter().zip(&own).filter(|(_, own)| own.has_stopped).map(|((scope, _), _)| scope).collect();
        // Usage that has stopped is in the history of the sum, not in its future.
        let running = |key: &SeriesKey| of_whole(key) && !stopped.contains(&Scope::of(key, &PARTS));
        let sum = match stopped.is_empty() {
            true => Some(known.forecast(end, days)),
            false => {
                let rest = KnownCost::of_parts(self.cube, self.basis, |key| running(key).then_some(()));
                rest.into_values().next().map(|rest| rest.forecast(end, days))
            }
        };
        let mut means: Vec<Vec<DayForecast>> = own.into_iter().map(|own| own.days).collect();
        let whole: Vec<i64> = (0..days)
            .map(|day| match sum.as_ref().and_then(|sum| sum.days.get(day)) {
                Some(sum) => to_units(reconcile_day(*sum, &mut means, day)),
                None => to_units(means.iter().map(|days| days[day].mean).sum()),
            })
            .collect();
        let rounded = rounded_parts(&whole, &means);
        let many = series.values().map(Vec::len).sum::<usize>() > MOST;
        let shared: BTreeSet<Scope> =
            series.iter().filter(|(_, keys)| keys.len() > 1).map(|(scope, _)| scope.clone()).collect();
        let known_series = self.known_series(|key| of_whole(key) && shared.contains(&Scope::of(key, &PARTS)));
        let divided: Vec<(Vec<SeriesKey>, Vec<i64>)> = of_parts
            .iter()
            .zip(rounded)
            .map(|((scope, _), days)| (series.remove(scope).unwrap_or_default(), days))
            .collect();
        parallel::map(&divided, THREADS, |(keys, days)| match keys.len() == 1 || many {
            true => by_recent_cost(&known_series, end, days.clone(), keys.clone()),
            false => by_forecasts(&known_series, end, days.clone(), keys.clone()),
        })
    }
}

/// Reconciles a sum with its parts on one day: the parts are moved, and their new sum is returned.
fn reconcile_day(sum: DayForecast, parts: &mut [Vec<DayForecast>], day: usize) -> f64 {
    let means: Vec<f64> = parts.iter().map(|days| days[day].mean).collect();
    let variances: Vec<f64> = parts.iter().map(|days| days[day].variance()).collect();
    let target = reconciled_sum((sum.mean, sum.variance()), means.iter().sum(), variances.iter().sum());
    let moved = divide(target, &means, &variances);
    for (days, mean) in parts.iter_mut().zip(&moved) {
        days[day].mean = *mean;
    }
    moved.iter().sum()
}

/// A part divided among its series by their forecasts.
fn by_forecasts(known: &BTreeMap<SeriesKey, KnownCost>, end: Day, days: Vec<i64>, series: Vec<SeriesKey>) -> Part {
    let nothing = || vec![DayForecast::default(); days.len()];
    let own = |key: &SeriesKey| known.get(key).map_or_else(nothing, |known| known.forecast(end, days.len()).days);
    let mut own: Vec<Vec<DayForecast>> = series.iter().map(own).collect();
    for (day, all) in days.iter().enumerate() {
        let means: Vec<f64> = own.iter().map(|days| days[day].mean).collect();
        let variances: Vec<f64> = own.iter().map(|days| days[day].variance()).collect();
        for (days, mean) in own.iter_mut().zip(divide(in_money(*all), &means, &variances)) {
            days[day].mean = mean;
        }
    }
    let division = Division::Days(rounded_parts(&days, &own));
    Part { days, series, division }
}

/// A part divided among its series by their cost of the last weeks.
fn by_recent_cost(known: &BTreeMap<SeriesKey, KnownCost>, end: Day, days: Vec<i64>, series: Vec<SeriesKey>) -> Part {
    let cost = |key: &SeriesKey| known.get(key).map_or(0.0, |known| known.last_days(end, RECENT).max(0.0));
    let costs: Vec<f64> = series.iter().map(cost).collect();
    Part { days, division: Division::Shares(cumulative_shares(&costs)), series }
}

fn units_of(days: &[DayForecast]) -> Vec<i64> {
    days.iter().map(|day| to_units(day.mean)).collect()
}

/// Money as a whole number of the smallest unit of a forecast.
pub(super) fn to_units(money: f64) -> i64 {
    let units = (money * f64::from(10u32.pow(PLACES))).round();
    // Up to 100 trillion: any sum of parts stays within the range.
    if units.is_finite() { units.clamp(-1e18, 1e18) as i64 } else { 0 }
}

fn in_money(units: i64) -> f64 {
    units as f64 / f64::from(10u32.pow(PLACES))
}

fn from_units(units: i64) -> Amount {
    let step = 10i128.pow(Amount::PLACES.saturating_sub(PLACES));
    Amount::from_units(i128::from(units) * step).unwrap_or_default()
}
