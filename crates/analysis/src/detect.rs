//! Detection: each day of each scope against the habits that were known before it.

use tollgate_model::anomaly::AnomalousDay;
use tollgate_model::feedback::{Feedback, Opinion};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Anomaly, Basis, Day, Direction, SeriesKey};

use crate::cadence::{Cadence, Place};
use crate::cube::{ScopeSeries, is_usage};
use crate::habit::{Habit, Told, Verdict, Watch};
use crate::kept::{Kept, KeptHabits};
use crate::{CostCube, parallel};

/// The levels that are watched, finest first. The first is the leaf.
pub const LEVELS: &[&[Facet]] = &[
    &[Facet::Provider, Facet::SubAccount, Facet::Service, Facet::Region],
    &[Facet::Provider, Facet::SubAccount, Facet::Service],
    &[Facet::Provider, Facet::Service],
    &[Facet::Provider, Facet::SubAccount],
    &[Facet::Provider],
];

/// What counts as an anomaly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// Deviations of the series' own noise that a single day must be away.
    pub score: f64,
    /// The share of the expected cost that a lasting change must be: 0.17 is 17 percent.
    pub share: f64,
    /// The least change a day, in money.
    pub min_impact: Amount,
}

impl Tuning {
    /// What was found best on series with labelled events (docs/concepts/anomalies.md), with no least change.
    pub const NORMAL: Self = Self { score: 4.7, share: 0.17, min_impact: Amount::ZERO };
    /// Fewer alerts: only what is large beside the series' noise and its cost.
    pub const LOW: Self = Self { score: 6.0, share: 0.25, min_impact: Amount::ZERO };
    /// More alerts, and more of them false.
    pub const HIGH: Self = Self { score: 4.0, share: 0.12, min_impact: Amount::ZERO };
}

/// How to judge: tuning by scope, what people said, and what is kept between runs.
pub struct Judging<'a> {
    /// What counts as an anomaly where all series share these facets and dimensions.
    pub tuning: &'a (dyn Fn(&SeriesKey) -> Tuning + Sync),
    /// What people said of scopes and days.
    pub feedback: &'a [Feedback],
    /// Habits from earlier runs; those of series whose past changed are learned anew.
    pub kept: &'a KeptHabits,
    /// Threads to use. The answer is the same for any number.
    pub threads: usize,
}

/// What was found.
pub struct Detection {
    /// Every anomaly, by level and scope.
    pub anomalies: Vec<Anomaly>,
    /// The habits as they are after the last day: to be kept for the next run.
    pub kept: KeptHabits,
    /// Series that were continued from kept habits rather than learned anew.
    pub continued: usize,
}

/// Judges every complete day of every scope of every level. Only consumption is judged: purchases, taxes, credits and
/// corrections are known for what they are by their category.
pub fn detect(cube: &CostCube, judging: &Judging<'_>) -> Detection {
    let all: Vec<(bool, ScopeSeries)> = LEVELS
        .iter()
        .enumerate()
        .flat_map(|(level, facets)| {
            cube.sums(facets, Basis::Effective, is_usage).into_iter().map(move |s| (level == 0, s))
        })
        .collect();
    let judged = parallel::map(&all, judging.threads, |(leaf, series)| judge(series, *leaf, judging));
    let mut out = Detection { anomalies: Vec::new(), kept: KeptHabits::default(), continued: 0 };
    for (anomalies, key, kept, continued) in judged {
        out.anomalies.extend(anomalies);
        out.kept.put(key, kept);
        out.continued += usize::from(continued);
    }
    out
}

fn judge(series: &ScopeSeries, leaf: bool, judging: &Judging<'_>) -> (Vec<Anomaly>, u64, Kept, bool) {
    let tuning = (judging.tuning)(&series.common);
    let watch = Watch::new(Cadence::DAILY, tuning);
    // What is said of a part is said of the sums that it is in, too: their other parts are judged by themselves.
    let about = |f: &&Feedback| f.scope.covers(&series.scope) || series.scope.covers(&f.scope);
    let feedback: Vec<&Feedback> = judging.feedback.iter().filter(about).collect();
    let values = series.values();
    let key = Kept::key(series, leaf, &tuning, &feedback);
    let found = judging.kept.get(key).filter(|kept| kept.continues(series.range.start, &values));
    let continued = found.is_some();
    let mut kept = found.cloned().unwrap_or_else(|| Kept::new(series.range.start));
    let places = Cadence::days(series.range.start.plus(crate::index(kept.days)), values.len() - kept.days);
    let mut runs = Runs { series, leaf, done: kept.anomalies.clone(), open: kept.open.clone() };
    for (place, at) in places.into_iter().zip(kept.days..) {
        let day = series.range.start.plus(crate::index(at));
        runs.observe(&watch, &mut kept.habit, (day, values[at], place), told(&feedback, day));
    }
    kept.advance(&values, &runs.done, runs.open.as_ref());
    (runs.finish(), key, kept, continued)
}

fn told(feedback: &[&Feedback], day: Day) -> Told {
    let of_day = feedback.iter().filter(|f| f.days.contains(day)).map(|f| f.opinion);
    of_day.fold(Told::Nothing, |told, opinion| match (told, opinion) {
        (Told::Usual, _) | (_, Opinion::NotAnAnomaly) => Told::Usual,
        (Told::Nothing | Told::Expected, Opinion::Expected) => Told::Expected,
    })
}

/// Days that do not fit, put together to runs in one direction.
struct Runs<'s> {
    series: &'s ScopeSeries,
    leaf: bool,
    done: Vec<Anomaly>,
    open: Option<Anomaly>,
}

/// So many days may fit between two days of one anomaly.
const GAP: i32 = 2;

impl Runs<'_> {
    fn observe(&mut self, watch: &Watch, habit: &mut Habit, (day, value, place): (Day, f64, Place), told: Told) {
        let verdict = watch.observe(habit, value, place, told);
        let direction = if verdict.up { Direction::Up } else { Direction::Down };
        let goes_on = |run: &Anomaly| day - run.last() <= GAP && (!verdict.alert || run.direction == direction);
        if let Some(run) = self.open.take_if(|run| !goes_on(run)) {
            self.done.push(run);
        }
        if verdict.alert {
            let found = self.day(day, &verdict);
            match &mut self.open {
                Some(run) => run.days.push(found),
                None => {
                    self.open = Some(Anomaly {
                        scope: self.series.scope.clone(),
                        leaf: self.leaf,
                        currency: self.series.currency,
                        direction,
                        days: vec![found],
                        ongoing: false,
                    });
                }
            }
        }
        if verdict.adopted {
            self.done.extend(self.open.take());
        }
    }

    fn day(&self, day: Day, verdict: &Verdict) -> AnomalousDay {
        let amount = |x: f64| Amount::from_f64(x).unwrap_or_default();
        AnomalousDay {
            day,
            expected: amount(verdict.expected),
            low: amount(verdict.usual.0),
            high: amount(verdict.usual.1),
            actual: self.series.sums.get(&day).copied().unwrap_or_default(),
            score: (verdict.deviations * 10.0).round() / 10.0,
            pattern: verdict.habit,
            together: u32::try_from(verdict.points).unwrap_or(u32::MAX),
        }
    }

    fn finish(mut self) -> Vec<Anomaly> {
        let last = self.series.range.end.plus(-1);
        if let Some(mut run) = self.open.take() {
            run.ongoing = run.last() == last;
            self.done.push(run);
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSeries;
    use std::collections::BTreeMap;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, Currency, Day, SeriesKey, SourceId};

    const TUNING: Tuning = Tuning { min_impact: Amount::whole(10), ..Tuning::NORMAL };

    fn detect(cube: &CostCube, tuning: &Tuning) -> Vec<Anomaly> {
        let judging = Judging { tuning: &|_| *tuning, feedback: &[], kept: &KeptHabits::default(), threads: 1 };
        super::detect(cube, &judging).anomalies
    }

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
        assert_eq!(told, [("2026-04-11".to_owned(), 14)]);
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
