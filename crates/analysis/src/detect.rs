//! Detection: each day of each scope, judged by the baseline before it.

use tollgate_model::anomaly::AnomalousDay;
use tollgate_model::feedback::{Feedback, Opinion};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Anomaly, Basis, Day, Direction, SeriesKey};

use crate::baseline::{PointFeedback, PointJudgement, SeriesBaseline, SeriesDetector};
use crate::cube::{ScopeSeries, is_usage};
use crate::interval::{CalendarPosition, SamplingInterval};
use crate::kept::{KeptBaselines, KeptSeries};
use crate::{CostCube, parallel};

/// The levels that are judged, finest first. The first is the leaf level.
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
    /// The least distance of a single day from the expected cost, in deviations of the series' noise.
    pub score: f64,
    /// The least share of the expected cost that a lasting change must have: 0.17 is 17 percent.
    pub share: f64,
    /// The least daily change, in money.
    pub min_impact: Amount,
}

impl Tuning {
    /// The best values on series with labelled events (docs/concepts/anomalies.md), without a least change.
    pub const NORMAL: Self = Self { score: 4.7, share: 0.17, min_impact: Amount::ZERO };
    /// Fewer alerts: only changes that are large compared with the series' noise and cost.
    pub const LOW: Self = Self { score: 6.0, share: 0.25, min_impact: Amount::ZERO };
    /// More alerts, and more of them false.
    pub const HIGH: Self = Self { score: 4.0, share: 0.12, min_impact: Amount::ZERO };
}

/// Input of detection: tuning by scope, user feedback, and baselines of earlier builder.
pub struct DetectionInput<'a> {
    /// The tuning of a scope, by the facets and dimensions that its series share.
    pub tuning: &'a (dyn Fn(&SeriesKey) -> Tuning + Sync),
    /// User feedback on scopes and days.
    pub feedback: &'a [Feedback],
    /// Baselines from earlier builder. Baselines of series whose history changed are learned again.
    pub kept: &'a KeptBaselines,
    /// The number of threads. The result does not depend on it.
    pub threads: usize,
}

/// The result of detection.
pub struct DetectionResult {
    /// Every anomaly, by level and scope.
    pub anomalies: Vec<Anomaly>,
    /// The baselines after the last day, to be kept for the next run.
    pub kept: KeptBaselines,
    /// The number of series that were continued from kept baselines instead of learned again.
    pub continued: usize,
}

/// Judges every complete day of every scope of every level. Only usage is judged: purchases, taxes, credits and
/// corrections are identified by their category.
pub fn detect_anomalies(cube: &CostCube, input: &DetectionInput<'_>) -> DetectionResult {
    let all: Vec<(bool, ScopeSeries)> = LEVELS
        .iter()
        .enumerate()
        .flat_map(|(level, facets)| {
            cube.sums(facets, Basis::Effective, is_usage).into_iter().map(move |s| (level == 0, s))
        })
        .collect();
    let calendar = Calendar::of(&all);
    let judged = parallel::map(&all, input.threads, |(leaf, series)| judge_series(series, *leaf, &calendar, input));
    let mut out = DetectionResult { anomalies: Vec::new(), kept: KeptBaselines::default(), continued: 0 };
    for (anomalies, key, kept, continued) in judged {
        out.anomalies.extend(anomalies);
        out.kept.put(key, kept);
        out.continued += usize::from(continued);
    }
    out
}

/// The positions of every day of the series, computed once for all of them.
struct Calendar {
    start: Day,
    positions: Vec<CalendarPosition>,
}

impl Calendar {
    fn of(all: &[(bool, ScopeSeries)]) -> Self {
        let start = all.iter().map(|(_, series)| series.range.start).min().unwrap_or(Day::EPOCH);
        let end = all.iter().map(|(_, series)| series.range.end).max().unwrap_or(start);
        let count = usize::try_from(end - start).unwrap_or(0);
        Self { start, positions: SamplingInterval::daily_positions(start, count) }
    }

    /// The positions from a day on.
    fn positions_from(&self, day: Day) -> &[CalendarPosition] {
        usize::try_from(day - self.start).ok().and_then(|at| self.positions.get(at..)).unwrap_or_default()
    }
}

fn judge_series(
    series: &ScopeSeries,
    leaf: bool,
    calendar: &Calendar,
    input: &DetectionInput<'_>,
) -> (Vec<Anomaly>, u64, KeptSeries, bool) {
    let tuning = (input.tuning)(&series.common);
    let detector = SeriesDetector::new(SamplingInterval::DAILY, tuning);
    // Feedback on a part also applies to the sums that contain it: their other parts are judged on their own.
    let about = |f: &&Feedback| f.scope.covers(&series.scope) || series.scope.covers(&f.scope);
    let feedback: Vec<&Feedback> = input.feedback.iter().filter(about).collect();
    let values = series.values();
    let key = KeptSeries::key(series, leaf, &tuning, &feedback);
    let found = input.kept.get(key).filter(|kept| kept.continues(series.range.start, &values));
    let continued = found.is_some();
    let mut kept = found.cloned().unwrap_or_else(|| KeptSeries::new(series.range.start));
    let first = kept.days;
    let positions = calendar.positions_from(series.range.start.plus(crate::index(first)));
    let mut builder = AnomalyBuilder { series, leaf, done: kept.anomalies.clone(), open: kept.open.clone() };
    for ((at, value), position) in values.iter().enumerate().skip(first).zip(positions) {
        let day = series.range.start.plus(crate::index(at));
        builder.judge_day(&detector, &mut kept.baseline, (day, *value, *position), feedback_on(&feedback, day));
    }
    kept.advance(&values, &builder.done, builder.open.as_ref());
    (builder.finish(), key, kept, continued)
}

fn feedback_on(feedback: &[&Feedback], day: Day) -> PointFeedback {
    let of_day = feedback.iter().filter(|f| f.days.contains(day)).map(|f| f.opinion);
    of_day.fold(PointFeedback::None, |feedback, opinion| match (feedback, opinion) {
        (PointFeedback::NotAnAnomaly, _) | (_, Opinion::NotAnAnomaly) => PointFeedback::NotAnAnomaly,
        (PointFeedback::None | PointFeedback::Expected, Opinion::Expected) => PointFeedback::Expected,
    })
}

/// Combines anomalous days into anomalies of one direction.
struct AnomalyBuilder<'s> {
    series: &'s ScopeSeries,
    leaf: bool,
    done: Vec<Anomaly>,
    open: Option<Anomaly>,
}

/// The most days that may lie between two days of one anomaly.
const MAX_GAP: i32 = 2;

/// A deviation that repeats after this number of days is part of the same anomaly: weekends that a schedule changes.
const WEEK: i32 = 7;

impl AnomalyBuilder<'_> {
    fn judge_day(
        &mut self,
        detector: &SeriesDetector,
        baseline: &mut SeriesBaseline,
        (day, value, position): (Day, f64, CalendarPosition),
        feedback: PointFeedback,
    ) {
        let judgement = detector.judge_and_learn(baseline, value, position, feedback);
        let direction = if judgement.up { Direction::Up } else { Direction::Down };
        let continues = |run: &Anomaly| {
            let gap = day - run.last();
            if !judgement.alert {
                return gap <= WEEK;
            }
            let repeats = run.days.iter().any(|d| day - d.day == WEEK);
            run.direction == direction && (gap <= MAX_GAP || repeats)
        };
        if let Some(run) = self.open.take_if(|run| !continues(run)) {
            self.done.push(run);
        }
        if judgement.alert {
            let found = self.anomalous_day(day, &judgement);
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
        if judgement.adopted {
            self.done.extend(self.open.take());
        }
    }

    fn anomalous_day(&self, day: Day, judgement: &PointJudgement) -> AnomalousDay {
        let amount = |x: f64| Amount::from_f64(x).unwrap_or_default();
        AnomalousDay {
            day,
            expected: amount(judgement.expected),
            low: amount(judgement.usual.0),
            high: amount(judgement.usual.1),
            actual: self.series.sums.get(&day).copied().unwrap_or_default(),
            score: (judgement.deviations * 10.0).round() / 10.0,
            pattern: judgement.pattern,
            together: u32::try_from(judgement.points).unwrap_or(u32::MAX),
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
        let input = DetectionInput { tuning: &|_| *tuning, feedback: &[], kept: &KeptBaselines::default(), threads: 1 };
        super::detect_anomalies(cube, &input).anomalies
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
            last_day: None,
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
    fn an_increase_of_a_quarter_is_found_on_its_day() {
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
    fn a_lasting_level_becomes_the_baseline() {
        let found = leaf(&cube(|i, day| weekly(day) * if i >= 100 { 1.5 } else { 1.0 }));
        let shifts: Vec<(String, usize)> = found.iter().map(|a| (a.start().to_string(), a.days.len())).collect();
        assert_eq!(shifts, [("2026-04-11".to_owned(), 14)]);
    }

    #[test]
    fn weekends_that_a_schedule_changes_are_one_anomaly() {
        let found = leaf(&cube(|i, day| if i >= 100 && day.weekday() >= 5 { 100.0 } else { 1000.0 }));
        assert_eq!(found.iter().map(|a| (a.direction, a.days.len())).collect::<Vec<_>>(), [(Direction::Down, 4)]);
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
        let cube = CostCube::new(vec![SourceSeries {
            source: SourceId::from_text("aws"),
            months,
            provisional_days: 0,
            last_day: None,
        }]);
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
