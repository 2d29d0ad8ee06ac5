//! Back-tests of a scope: forecasts from earlier days, compared with what came (a rolling origin: Tashman, "Out-of-sample tests of
//! forecasting accuracy", 2000), and with repeating the last week.

use tollgate_model::forecast::ForecastQuality;
use tollgate_model::{Amount, Day};

use super::daily::{KnownCost, LEAST_DAYS};
use crate::index;

/// Days that one back-test forecasts.
const AHEAD: usize = 30;
/// Back-tests, one after the other: a quarter.
const TESTS: usize = 3;
/// The days of a season: seasonal naive repeats the last week.
const WEEK: i32 = 7;

/// The quality of the forecasts of a scope; `None` if its history is too short, or if it cost nothing.
pub(super) fn back_test(known: &KnownCost, end: Day) -> Option<ForecastQuality> {
    let (mut tests, mut errors, mut naive_errors) = (0usize, 0.0, 0.0);
    let (mut sum_errors, mut sums, mut cost) = (0.0, 0.0, 0.0);
    for test in 1..=TESTS {
        let origin = end.plus(-index(test * AHEAD));
        if known.days_before(origin) < 2 * LEAST_DAYS {
            break;
        }
        if !known.is_known_enough(origin) {
            break;
        }
        let ahead = known.forecast(origin, AHEAD).days;
        let (mut expected, mut actual) = (0.0, 0.0);
        for (i, forecast) in ahead.iter().enumerate() {
            let on_day = known.on(origin.plus(index(i)));
            let week_before = known.on(origin.plus(index(i) % WEEK - WEEK));
            errors += (on_day - forecast.mean).abs();
            naive_errors += (on_day - week_before).abs();
            expected += forecast.mean;
            actual += on_day;
        }
        cost += actual;
        tests += 1;
        sum_errors += (expected - actual).abs();
        sums += actual.abs();
    }
    if tests == 0 || sums <= 0.0 {
        return None;
    }
    Some(ForecastQuality {
        tests,
        cost: Amount::from_f64(cost).unwrap_or_default().round(2),
        accuracy: percent(1.0 - sum_errors / sums),
        skill: (naive_errors > 0.0).then(|| percent(1.0 - errors / naive_errors)),
    })
}

/// A share in percent, at least -999.
fn percent(share: f64) -> i64 {
    (100.0 * share).round().max(-999.0) as i64
}
