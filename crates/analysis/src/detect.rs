//! Detection: each day against the habits that were known before it.

use tollgate_model::anomaly::AnomalousDay;
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Anomaly, Basis, Direction};

use crate::CostCube;
use crate::cube::{ScopeSeries, is_usage};
use crate::habit::{Habit, WARM_UP, index};

/// The levels that are watched, finest first. The first is the leaf.
pub const LEVELS: &[&[Facet]] = &[
    &[Facet::Provider, Facet::SubAccount, Facet::Service, Facet::Region],
    &[Facet::Provider, Facet::SubAccount, Facet::Service],
    &[Facet::Provider, Facet::Service],
    &[Facet::Provider, Facet::SubAccount],
    &[Facet::Provider],
];

/// What counts as an anomaly.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Deviations of the series' own noise that a day must be away.
    pub score: f64,
    /// The share of the expected cost that a day must be away.
    pub share: f64,
    /// The least change a day.
    pub min_impact: Amount,
}

/// A level that lasts so many days has become the habit.
const ADOPTED_AFTER: usize = 14;

/// Judges every complete day of every scope of every level. Only consumption is judged: purchases, taxes, credits and
/// corrections are known for what they are by their category.
pub fn detect(cube: &CostCube, tuning: &Tuning) -> Vec<Anomaly> {
    let mut out = Vec::new();
    for (level, facets) in LEVELS.iter().enumerate() {
        for series in cube.sums(facets, Basis::Effective, is_usage) {
            out.extend(judge(&series, level == 0, tuning));
        }
    }
    out
}

fn judge(series: &ScopeSeries, leaf: bool, tuning: &Tuning) -> Vec<Anomaly> {
    let values = series.values();
    let min_impact = tuning.min_impact.to_f64();
    let mut fits = vec![true; values.len()];
    let mut runs: Vec<Anomaly> = Vec::new();
    let mut open: Option<(Anomaly, usize)> = None;
    // Days before the first charge teach nothing of a series that starts later.
    let born = values.iter().position(|v| *v != 0.0).unwrap_or(values.len());
    for at in 0..values.len() {
        let found = day(series, &values, &fits, at, born, tuning, min_impact);
        let continues = match (&found, &open) {
            (Some((direction, _)), Some((run, last))) => *direction == run.direction && at - last <= 2,
            _ => false,
        };
        if !continues && let Some((run, _)) = open.take_if(|(_, last)| found.is_some() || at - *last > 2) {
            runs.push(run);
        }
        let Some((direction, anomalous)) = found else { continue };
        fits[at] = false;
        match &mut open {
            Some((run, last)) => {
                run.days.push(anomalous);
                *last = at;
                if run.days.len() >= ADOPTED_AFTER {
                    // It stays: from here on it is the habit, and nothing before it is.
                    let began = at + 1 - run.days.len();
                    fits[..began].fill(false);
                    fits[began..=at].fill(true);
                    runs.extend(open.take().map(|(run, _)| run));
                }
            }
            None => {
                let run = Anomaly {
                    scope: series.scope.clone(),
                    leaf,
                    currency: series.currency,
                    direction,
                    days: vec![anomalous],
                    ongoing: false,
                };
                open = Some((run, at));
            }
        }
    }
    if let Some((mut run, last)) = open {
        run.ongoing = last + 1 == values.len();
        runs.push(run);
    }
    runs
}

/// Whether a day does not fit, and how.
fn day(
    series: &ScopeSeries,
    values: &[f64],
    fits: &[bool],
    at: usize,
    born: usize,
    tuning: &Tuning,
    min_impact: f64,
) -> Option<(Direction, AnomalousDay)> {
    let actual = values[at];
    let start = series.range.start;
    let (expected, deviation) = if at < born + WARM_UP && born >= WARM_UP {
        // A series that starts where there was nothing is new until it would be the habit.
        if at >= born + ADOPTED_AFTER || at < born {
            return None;
        }
        (0.0, min_impact / tuning.score)
    } else {
        let habit = Habit::learn(start, values, fits, at)?;
        let usual = habit.usual(at);
        // Series that are mostly idle have no level to be away from; they are judged by what they do when busy.
        let recent = &values[at.saturating_sub(28)..at];
        let busy: Vec<f64> = recent.iter().copied().filter(|v| *v > 0.0).collect();
        if busy.len() * 2 < recent.len() {
            let most = busy.iter().copied().fold(0.0, f64::max);
            if actual < 0.0 || (actual <= most && actual >= 0.0) {
                return None;
            }
            (most, (most * 0.25).max(min_impact / tuning.score))
        } else {
            (usual.expected, usual.deviation)
        }
    };
    let change = actual - expected;
    let score = change / deviation.max(1e-9);
    if score.abs() < tuning.score || change.abs() < min_impact || change.abs() < tuning.share * expected.abs() {
        return None;
    }
    let amount = |x: f64| Amount::from_f64(x).unwrap_or_default();
    let band = tuning.score * deviation;
    let direction = if change > 0.0 { Direction::Up } else { Direction::Down };
    let day = start.plus(index(at));
    let actual = series.sums.get(&day).copied().unwrap_or_default();
    let found = AnomalousDay {
        day,
        expected: amount(expected),
        low: amount((expected - band).max(0.0)),
        high: amount(expected + band),
        actual,
        score: (score * 10.0).round() / 10.0,
    };
    Some((direction, found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSeries;
    use std::collections::BTreeMap;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, Currency, Day, SeriesKey, SourceId};

    const TUNING: Tuning = Tuning { score: 5.0, share: 0.12, min_impact: Amount::whole(10) };

    fn key(kind: ChargeKind) -> SeriesKey {
        SeriesKey {
            provider: Some("AWS".into()),
            billing_account: Some("b".into()),
            sub_account: Some("prod".into()),
            service: Some("EC2".into()),
            region: Some("us-east-1".into()),
            kind,
            currency: Currency::USD,
            dimensions: BTreeMap::new(),
        }
    }

    /// A year of `f`, with a wobble of two percent that repeats on no week.
    fn cube(f: impl Fn(i32, Day) -> f64) -> CostCube {
        let start: Day = "2026-01-01".parse().unwrap();
        let days = (0..200)
            .map(|i| {
                let wobble = 1.0 + 0.02 * f64::from((i * 37 % 11) - 5) / 5.0;
                let effective = Amount::from_f64(f(i, start.plus(i)) * wobble).unwrap();
                (start.plus(i), DayCost { billed: effective, effective })
            })
            .collect();
        CostCube::new(vec![SourceSeries {
            source: SourceId::from_text("aws"),
            months: vec![SeriesMonth { key: key(ChargeKind::Usage), days }],
            provisional_days: 0,
        }])
    }

    fn leaf(cube: &CostCube) -> Vec<Anomaly> {
        detect(cube, &TUNING).into_iter().filter(|a| a.leaf).collect()
    }

    fn weekly(day: Day) -> f64 {
        if day.weekday() >= 5 { 600.0 } else { 1000.0 }
    }

    #[test]
    fn a_quiet_year_stays_silent() {
        assert_eq!(leaf(&cube(|_, day| weekly(day))), []);
        // Growth of three percent a month, and a fee on each first.
        let quiet = cube(|i, day| weekly(day) * 1.001f64.powi(i) + if day.day_of_month() == 1 { 400.0 } else { 0.0 });
        let after_two_months: Vec<Anomaly> =
            leaf(&quiet).into_iter().filter(|a| a.start() > "2026-03-01".parse().unwrap()).collect();
        assert_eq!(after_two_months, []);
    }

    #[test]
    fn a_quarter_more_is_found_on_its_day() {
        for spike in [100, 101, 102, 103, 104, 105, 106, 199] {
            let found = leaf(&cube(|i, day| weekly(day) * if i == spike { 1.25 } else { 1.0 }));
            assert_eq!(found.len(), 1, "day {spike}");
            assert_eq!(
                found[0].start(),
                Day::from_epoch_days("2026-01-01".parse::<Day>().unwrap().epoch_days() + spike)
            );
            assert_eq!((found[0].direction, found[0].days.len(), found[0].ongoing), (Direction::Up, 1, spike == 199));
        }
    }

    #[test]
    fn a_level_that_stays_becomes_the_habit() {
        let found = leaf(&cube(|i, day| weekly(day) * if i >= 100 { 1.5 } else { 1.0 }));
        let told: Vec<(String, usize)> = found.iter().map(|a| (a.start().to_string(), a.days.len())).collect();
        assert_eq!(told, [("2026-04-11".to_owned(), ADOPTED_AFTER)]);
    }

    #[test]
    fn a_purchase_is_no_spike() {
        let start: Day = "2026-01-01".parse().unwrap();
        let cost = |amount| DayCost { billed: Amount::whole(amount), effective: Amount::whole(amount) };
        let months = vec![
            SeriesMonth { key: key(ChargeKind::Usage), days: (0..100).map(|i| (start.plus(i), cost(100))).collect() },
            SeriesMonth { key: key(ChargeKind::Purchase), days: [(start.plus(90), cost(100_000))].into() },
            SeriesMonth { key: key(ChargeKind::Correction), days: [(start.plus(80), cost(-5_000))].into() },
        ];
        let cube =
            CostCube::new(vec![SourceSeries { source: SourceId::from_text("aws"), months, provisional_days: 0 }]);
        assert_eq!(detect(&cube, &TUNING), []);
    }

    #[test]
    fn late_days_are_no_drop() {
        let late = cube(|i, day| weekly(day) * if i >= 198 { 0.1 } else { 1.0 });
        assert_eq!(late.coverage()[0].late.len(), 2);
        assert_eq!(leaf(&late), []);
        let fell = cube(|i, day| weekly(day) * if i >= 180 { 0.1 } else { 1.0 });
        assert_eq!(fell.coverage()[0].late, []);
        assert_eq!(leaf(&fell)[0].direction, Direction::Down);
    }
}
