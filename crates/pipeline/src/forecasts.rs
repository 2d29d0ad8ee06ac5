//! Forecasts and daily series from the ledger, and the accuracy of the forecasts of earlier runs.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_analysis::{CostCube, METHOD_VERSION, forecast_quality, forecast_scopes};
use tollgate_model::forecast::{Forecast, ForecastQuality};
use tollgate_model::limits::{STORED_FORECAST_DAYS, STORED_FORECASTS};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Basis, Currency, Day, DayRange, SeriesKey, StoredForecast, StoredForecasts};

use crate::cube::load_cube;
use crate::{PipelineError, State};

/// Days that forecasts reach ahead.
const AHEAD: usize = 90;
/// The levels whose forecasts are kept to be scored.
const STORED: [&[Facet]; 5] = [
    &[],
    &[Facet::Provider],
    &[Facet::Provider, Facet::SubAccount],
    &[Facet::Provider, Facet::Service],
    &[Facet::Provider, Facet::Region],
];

/// Forecasts `days` days ahead, for each combination of facet values and each currency.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn forecast_costs(state: &State, facets: &[Facet], days: usize) -> Result<Vec<Forecast>, PipelineError> {
    Ok(forecast_scopes(&load_cube(state).await?, facets, days))
}

/// Keeps the forecasts of a run, once for each last complete day, so that they can be scored when the days have come.
pub(crate) async fn store_forecasts(state: &State, cube: &CostCube) -> Result<(), PipelineError> {
    let Some(as_of) = cube.watermark() else { return Ok(()) };
    if state.ledger.newest_forecasts().await?.is_some_and(|newest| newest >= as_of) {
        return Ok(());
    }
    let mut forecasts: Vec<Forecast> = STORED
        .iter()
        .flat_map(|facets| forecast_scopes(cube, facets, AHEAD))
        .filter(|f| !f.totals.is_empty())
        .collect();
    forecasts.sort_by_key(|f| (f.scope.0.len(), std::cmp::Reverse(f.totals.last().map(|t| t.mean))));
    forecasts.truncate(STORED_FORECASTS.size());
    let stored = |f: Forecast| StoredForecast {
        scope: f.scope,
        currency: f.currency,
        as_of: f.as_of,
        // The first total reaches to the end of a month, which is a different number of days each day.
        totals: f.totals.into_iter().skip(1).collect(),
    };
    let made = StoredForecasts {
        as_of,
        method_version: METHOD_VERSION,
        forecasts: forecasts.into_iter().map(stored).collect(),
    };
    let keep = i32::try_from(STORED_FORECAST_DAYS.value).unwrap_or(i32::MAX);
    Ok(state.ledger.put_forecasts(&made, keep).await?)
}

/// The accuracy of forecasts of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForecastAccuracy {
    /// The scope.
    pub scope: Scope,
    /// Its currency.
    pub currency: Currency,
    /// Back-tests on the history that is known today.
    pub back_test: Option<ForecastQuality>,
    /// Forecasts of earlier runs, by the number of days that they reached ahead.
    pub stored: Vec<ScoredForecasts>,
}

/// Forecasts of earlier runs whose days have come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScoredForecasts {
    /// Days ahead.
    pub days: usize,
    /// The number of forecasts.
    pub count: usize,
    /// 100 less the error of the sums, in percent.
    pub accuracy: i64,
    /// The share of actual sums within the 90 % interval, in percent.
    pub within_interval: i64,
}

/// Accuracy above this percentage is good enough to plan with, as the FinOps Foundation's maturity model asks of a mature practice.
pub const GOOD_ACCURACY: i64 = 80;

/// Scores forecasts of each scope: those of earlier runs against what came, and back-tests on today's history.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn forecast_accuracy(state: &State, facets: &[Facet]) -> Result<Vec<ForecastAccuracy>, PipelineError> {
    let cube = load_cube(state).await?;
    let stored = state.ledger.forecasts().await?;
    let scored = cube.sums(facets, Basis::Effective, |_| true).into_iter().map(|known| {
        let sum = |days: DayRange| {
            let is_complete = days.start >= known.range.start && days.end <= known.range.end;
            let amounts = known.sums.range(days.start..days.end).map(|(_, amount)| *amount);
            is_complete.then(|| amounts.fold(Amount::ZERO, Amount::saturating_add))
        };
        let counts = |key: &SeriesKey| known.scope.contains(key);
        ForecastAccuracy {
            back_test: forecast_quality(&cube, Basis::Effective, known.currency, &counts),
            stored: score(&stored, &known.scope, known.currency, sum),
            scope: known.scope.clone(),
            currency: known.currency,
        }
    });
    let is_known = |of: &ForecastAccuracy| of.back_test.is_some() || !of.stored.is_empty();
    let mut out: Vec<ForecastAccuracy> = scored.filter(is_known).collect();
    out.sort_by_key(|of| std::cmp::Reverse(of.back_test.map(|test| test.cost)));
    Ok(out)
}

/// Scores the stored forecasts of a scope, by days ahead. `actual` gives the sum of days that are complete.
fn score(
    stored: &[StoredForecasts],
    scope: &Scope,
    currency: Currency,
    actual: impl Fn(DayRange) -> Option<Amount>,
) -> Vec<ScoredForecasts> {
    let mut errors: BTreeMap<usize, Scores> = BTreeMap::new();
    let of_scope = stored.iter().flat_map(|made| &made.forecasts);
    for forecast in of_scope.filter(|f| f.scope == *scope && f.currency == currency) {
        let start = forecast.as_of.plus(1);
        for total in &forecast.totals {
            let end = start.plus(i32::try_from(total.days).unwrap_or(i32::MAX / 2));
            let Some(actual) = actual(DayRange { start, end }) else { continue };
            let scores = errors.entry(total.days).or_default();
            scores.count += 1;
            scores.within += usize::from(total.low <= actual && actual <= total.high);
            scores.error += actual.saturating_sub(total.mean).abs().to_f64();
            scores.actual += actual.abs().to_f64();
        }
    }
    let line = |(days, scores): (usize, Scores)| scores.line(days);
    errors.into_iter().filter_map(line).collect()
}

#[derive(Default)]
struct Scores {
    count: usize,
    within: usize,
    error: f64,
    actual: f64,
}

impl Scores {
    fn line(&self, days: usize) -> Option<ScoredForecasts> {
        let percent = |share: f64| (100.0 * share).round().max(-999.0) as i64;
        (self.actual > 0.0).then(|| ScoredForecasts {
            days,
            count: self.count,
            accuracy: percent(1.0 - self.error / self.actual),
            within_interval: percent(self.within as f64 / self.count as f64),
        })
    }
}

/// Returns daily effective cost by facets and currency: scope, currency, and the amount of each complete day. Usage, purchases, taxes,
/// credits and corrections all count.
///
/// # Errors
///
/// When the ledger fails or is empty.
pub async fn daily_costs(
    state: &State,
    facets: &[Facet],
) -> Result<Vec<(Scope, Currency, Vec<(Day, Amount)>)>, PipelineError> {
    let sums = load_cube(state).await?.sums(facets, Basis::Effective, |_| true);
    Ok(sums
        .into_iter()
        .map(|s| {
            (s.scope, s.currency, s.range.days().map(|d| (d, s.sums.get(&d).copied().unwrap_or_default())).collect())
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tollgate_analysis::SourceSeries;
    use tollgate_ledger::conformance::TestClock;
    use tollgate_ledger::{Ledger, MemoryTable};
    use tollgate_model::forecast::ForecastTotal;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, SourceId};
    use tollgate_policy::Policy;

    use super::*;

    #[test]
    fn stored_forecasts_are_scored_when_their_days_have_come() {
        let day: Day = "2026-03-01".parse().unwrap();
        let total = |days: usize, mean: i64| ForecastTotal {
            label: format!("{days} days"),
            days,
            mean: Amount::whole(mean),
            low: Amount::whole(mean - 50),
            high: Amount::whole(mean + 50),
        };
        let made = |as_of: Day, mean: i64| StoredForecasts {
            as_of,
            method_version: METHOD_VERSION,
            forecasts: vec![StoredForecast {
                scope: Scope::default(),
                currency: Currency::USD,
                as_of,
                totals: vec![total(30, mean), total(90, 3 * mean)],
            }],
        };
        let stored = [made(day, 300), made(day.plus(10), 400), made(day.plus(60), 900)];
        // Ten a day, known until 60 days after the first forecast.
        let known = day.plus(61);
        let actual = |days: DayRange| (days.end <= known).then(|| Amount::whole(10 * i64::from(days.len())));
        let scored = score(&stored, &Scope::default(), Currency::USD, actual);
        assert_eq!(
            scored,
            [ScoredForecasts { days: 30, count: 2, accuracy: 83, within_interval: 50 }],
            "one is exact and one a third too high; no 90 days and not the newest are complete"
        );
        assert_eq!(score(&stored, &Scope::default(), "EUR".parse().unwrap(), actual), []);
    }

    /// The cube of a number of services, with the cost of forty days from a day on.
    fn cube(services: usize, start: Day) -> CostCube {
        let month = |number: usize| {
            let effective = Amount::whole(10 + i64::try_from(number).unwrap());
            let key = SeriesKey {
                provider: Some("AWS".into()),
                billing_account: None,
                sub_account: None,
                service: Some(format!("service {number}")),
                region: None,
                kind: ChargeKind::Usage,
                currency: Currency::USD,
                dimensions: [].into(),
            };
            let days = (0..40).map(|i| (start.plus(i), DayCost { billed: effective, effective })).collect();
            SeriesMonth { key, days }
        };
        let months = (0..services).map(month).collect();
        let source = SourceId::from_text("aws");
        CostCube::new(vec![SourceSeries { source, months, provisional_days: 0, last_day: None }])
    }

    #[tokio::test]
    async fn the_largest_forecasts_of_each_day_are_kept_for_a_year() {
        let clock = TestClock::at(0);
        let state = State {
            ledger: Ledger::new(Arc::new(MemoryTable::new(clock.clone())), "t"),
            policy: Arc::new(Policy::without_file()),
            clock,
            run: "test".into(),
        };
        let start: Day = "2025-01-01".parse().unwrap();
        let many = cube(STORED_FORECASTS.size() + 50, start);
        for _ in 0..2 {
            store_forecasts(&state, &many).await.unwrap();
            let stored = state.ledger.forecasts().await.unwrap();
            assert_eq!(stored.len(), 1, "the same day is kept once");
            let kept = &stored[0].forecasts;
            assert_eq!((stored[0].as_of, kept.len()), (start.plus(39), STORED_FORECASTS.size()));
            // The total and the provider come first, then parts by their size.
            assert_eq!((kept[0].scope.0.len(), kept[1].scope.0.len()), (0, 1));
            assert_eq!(kept[0].totals.iter().map(|total| total.days).collect::<Vec<_>>(), [30, 60, 90]);
        }
        let keep = i32::try_from(STORED_FORECAST_DAYS.value).unwrap();
        store_forecasts(&state, &cube(1, start.plus(keep))).await.unwrap();
        assert_eq!(state.ledger.forecasts().await.unwrap().len(), 2);
        store_forecasts(&state, &cube(1, start.plus(keep + 1))).await.unwrap();
        let days: Vec<Day> = state.ledger.forecasts().await.unwrap().iter().map(|made| made.as_of).collect();
        assert_eq!(days, [start.plus(keep + 39), start.plus(keep + 40)], "the oldest is gone");
    }
}
