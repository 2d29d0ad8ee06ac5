//! Tails of amounts: ad-hoc queries cost very different amounts, and the largest of them are no anomaly.

use super::events::{Event, EventLog};
use crate::float;

/// Amounts from which their tail is known.
const LEAST: usize = 30;
/// Costs on fewer than one of this number of days are jobs: each is judged by the others.
const DAYS: i32 = 2;
/// The largest amounts, as a part of all, that the tail is estimated from.
const TAIL: usize = 5;
/// The probability of a larger amount than the one that the tail reaches.
const BEYOND: f64 = 0.001;

/// The amount that the tail of the amounts in a log reaches: the largest fifth, extrapolated by a power law (Hill, "A simple general
/// approach to inference about the tail of a distribution", 1975). Reported amounts count as well: they come again. `None` while
/// there are few, and for cost on few days.
pub(super) fn largest_usual_amount(log: &EventLog) -> Option<f64> {
    let amounts = log.all().filter(|e| e.is_up()).map(Event::money);
    let mut amounts: Vec<f64> = amounts.filter(|amount| *amount > 0.0).collect();
    let days = log.since(i32::MIN).next()?.day - log.all().next()?.day;
    if amounts.len() < LEAST || days > DAYS * crate::index(amounts.len()) {
        return None;
    }
    amounts.sort_by(|a, b| b.total_cmp(a));
    let count = amounts.len() / TAIL;
    let least = amounts[count];
    let index = amounts[..count].iter().map(|amount| (amount / least).ln()).sum::<f64>() / float(count);
    Some(least * (float(count) / float(amounts.len()) / BEYOND).powf(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts by their quantile, in an order that is not theirs, one in `every` days.
    fn log_of(count: i32, every: i32, amount: impl Fn(f64) -> f64) -> EventLog {
        let mut log = EventLog::default();
        for i in 0..count {
            let quantile = (f64::from(i * 37 % count) + 0.5) / f64::from(count);
            log.record(every * i, 5.0, amount(quantile), false, false);
        }
        log
    }

    #[test]
    fn a_heavy_tail_reaches_far_and_similar_amounts_do_not() {
        let queries = largest_usual_amount(&log_of(64, 2, |q| 20.0 * (1.0 - q).powf(-0.5))).unwrap();
        assert!((400.0..900.0).contains(&queries), "{queries}");
        let jobs = largest_usual_amount(&log_of(64, 1, |q| 200.0 + 100.0 * q)).unwrap();
        assert!((300.0..450.0).contains(&jobs), "{jobs}");
        assert_eq!(largest_usual_amount(&log_of(29, 1, |q| q + 1.0)), None, "few amounts");
        assert_eq!(largest_usual_amount(&log_of(64, 3, |q| q + 1.0)), None, "few days");
    }

    #[test]
    fn one_anomaly_does_not_hide_the_next_one() {
        let mut log = log_of(64, 1, |q| 200.0 + 100.0 * q);
        log.record(64, 9.0, 2_500.0, false, false);
        assert!(largest_usual_amount(&log).is_some_and(|largest| largest < 2_500.0));
    }
}
