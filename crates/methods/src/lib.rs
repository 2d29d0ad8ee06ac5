//! Methods of detection and forecasting from general libraries, behind two small traits. Users can compare Tollgate's own methods
//! with them or choose them instead.
//!
//! Only Tollgate's own baseline has knowledge about cost. There is one file for each method. A method that cannot fit a series
//! returns `None`, and the caller reports it.

#[cfg(feature = "libraries")]
mod arima;
mod by_forecast;
mod combination;
mod damped;
#[cfg(feature = "libraries")]
mod ets;
#[cfg(feature = "libraries")]
mod isolation_forest;
#[cfg(feature = "libraries")]
mod mstl;
mod naive;
mod own;
mod profile;
#[cfg(feature = "libraries")]
mod prophet;
mod seasonal_ar;
mod theta;

#[cfg(feature = "libraries")]
pub use arima::AutoArima;
pub use by_forecast::ByForecast;
pub use combination::{Combination, combine};
pub use damped::DampedTrend;
#[cfg(feature = "libraries")]
pub use ets::Ets;
#[cfg(feature = "libraries")]
pub use isolation_forest::IsolationForest;
#[cfg(feature = "libraries")]
pub use mstl::Mstl;
pub use naive::SeasonalNaive;
pub use own::Baseline;
#[cfg(feature = "libraries")]
pub use prophet::Prophet;
pub use seasonal_ar::SeasonalAr;
pub use theta::Theta;

use tollgate_analysis::SamplingInterval;

/// A forecast point: mean, and the lower and upper end of the 90 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ForecastPoint {
    /// The expected value.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A forecasting method.
pub trait Forecaster: Sync {
    /// Forecasts the next `horizon` points after `values`. The first value begins `start` minutes after 1970-01-01. `None` if the
    /// method cannot fit the series.
    fn forecast(
        &self,
        values: &[f64],
        interval: SamplingInterval,
        start: i64,
        horizon: usize,
    ) -> Option<Vec<ForecastPoint>>;
}

/// A detection method.
pub trait Detector: Sync {
    /// A score for each point, from the points up to it: above one is an alert. `None` if the method cannot fit the series.
    fn scores(&self, values: &[f64], interval: SamplingInterval, start: i64) -> Option<Vec<f64>>;
}

/// 90 % of a normal distribution lie within this number of deviations.
pub(crate) const NINETY: f64 = 1.645;

/// A count as a number: counts of points are far below 2^52.
pub(crate) fn float(n: usize) -> f64 {
    n as f64
}

/// The seasons of a sampling interval in points, shortest first: a day, if it has several points, and a week.
pub(crate) fn seasons(interval: SamplingInterval, points: usize) -> Vec<usize> {
    let day = interval.points_per_day();
    let all = if interval.has_weekdays() { vec![day, 7 * day] } else { Vec::new() };
    all.into_iter().filter(|season| *season > 1 && 2 * season <= points).collect()
}

/// Like [`seasons`], with the year of weekly points.
pub(crate) fn long_seasons(interval: SamplingInterval, points: usize) -> Vec<usize> {
    const WEEKS: usize = 52;
    match interval {
        SamplingInterval::WEEKLY if points >= 2 * WEEKS + WEEKS / 2 => vec![WEEKS],
        _ => seasons(interval, points),
    }
}

/// Fills gaps with the previous value, because these methods require every point.
pub(crate) fn filled(values: &[f64]) -> Vec<f64> {
    let mut last = values.iter().copied().find(|v| v.is_finite()).unwrap_or(0.0);
    let fill = values.iter().map(|v| {
        if v.is_finite() {
            last = *v;
        }
        last
    });
    fill.collect()
}

#[cfg(feature = "libraries")]
#[cfg(test)]
mod tests {
    use super::*;

    fn weekly() -> Vec<f64> {
        (0..84).map(|i| if i % 7 >= 5 { 60.0 } else { 100.0 } * (1.0 + f64::from(i * 37 % 11 - 5) / 500.0)).collect()
    }

    #[test]
    fn every_forecaster_finds_the_week() {
        let values = weekly();
        let methods: [(&str, &dyn Forecaster); 4] =
            [("naive", &SeasonalNaive), ("mstl", &Mstl), ("prophet", &Prophet), ("arima", &AutoArima)];
        for (name, method) in methods {
            let ahead = method.forecast(&values, SamplingInterval::DAILY, 0, 14).expect(name);
            assert_eq!(ahead.len(), 14);
            for (i, a) in ahead.iter().enumerate() {
                let usual = if i % 7 >= 5 { 60.0 } else { 100.0 };
                assert!((a.mean - usual).abs() < 12.0, "{name} {i}: {a:?}");
                assert!(a.low <= a.mean && a.mean <= a.high, "{name} {i}: {a:?}");
            }
        }
        assert!(Ets.forecast(&values, SamplingInterval::DAILY, 0, 3).is_some());
    }

    #[test]
    fn every_detector_finds_a_spike() {
        let mut values = weekly();
        values[70] = 400.0;
        let methods: [(&str, &dyn Detector); 2] =
            [("isolation forest", &IsolationForest), ("mstl", &ByForecast { method: Mstl, every: 7 })];
        for (name, method) in methods {
            let scores = method.scores(&values, SamplingInterval::DAILY, 0).expect(name);
            assert_eq!(scores.len(), values.len());
            assert!(scores[70] > 1.0, "{name}: {}", scores[70]);
        }
    }

    #[test]
    fn series_that_no_method_can_fit_are_no_panic() {
        let methods: [&dyn Forecaster; 5] = [&SeasonalNaive, &Ets, &Mstl, &Prophet, &AutoArima];
        for values in [vec![], vec![1.0], vec![0.0; 60], vec![f64::NAN; 60], vec![1e300, -1e300, 5.0]] {
            for method in methods {
                if let Some(ahead) = method.forecast(&values, SamplingInterval::DAILY, 0, 3) {
                    assert_eq!(ahead.len(), 3);
                }
            }
        }
    }
}
