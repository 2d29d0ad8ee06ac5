//! The forecast of a part of the cost on its own: the baseline of its usage extrapolated, plus charges that recur on certain days
//! of the month.

use std::collections::BTreeMap;

use tollgate_model::{Basis, Day, SeriesKey};

use crate::baseline::{PointFeedback, SeriesBaseline, SeriesDetector};
use crate::cube::{ScopeSeries, is_daily};
use crate::detect::Tuning;
use crate::interval::SamplingInterval;
use crate::stats::median;
use crate::{CostCube, index};

/// 90 % of a normal distribution lie within this number of deviations.
pub(super) const NINETY: f64 = 1.645;

/// The least history of a forecast: two of each weekday.
pub(super) const LEAST_DAYS: usize = 14;

/// The forecast of one day, before it is converted to money.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct DayForecast {
    pub(super) mean: f64,
    /// From the mean to the lower and the upper end of the 90 % interval.
    pub(super) below: f64,
    pub(super) above: f64,
    /// Noise of the day itself: independent from day to day.
    pub(super) noise: f64,
    /// The uncertainty of level and trend: shared by all days.
    pub(super) drift: f64,
}

impl DayForecast {
    pub(super) fn variance(self) -> f64 {
        self.noise * self.noise + self.drift * self.drift
    }
}

/// The known cost of a part: usage has a baseline, other charges recur on certain days of the month.
#[derive(Default)]
pub(super) struct KnownCost {
    usage: Option<ScopeSeries>,
    other: Option<ScopeSeries>,
}

/// The forecast of a part on its own.
pub(super) struct OwnForecast {
    pub(super) days: Vec<DayForecast>,
    /// Its usage has stopped: none is expected until it returns.
    pub(super) has_stopped: bool,
}

impl KnownCost {
    /// The known cost of each part.
    pub(super) fn of_parts<K: Ord>(
        cube: &CostCube,
        basis: Basis,
        part: impl Fn(&SeriesKey) -> Option<K>,
    ) -> BTreeMap<K, Self> {
        let mut out: BTreeMap<K, Self> = BTreeMap::new();
        for (key, series) in cube.sums_by(basis, |key| if is_daily(key) { part(key) } else { None }) {
            out.entry(key).or_default().usage = Some(series);
        }
        for (key, series) in cube.sums_by(basis, |key| if is_daily(key) { None } else { part(key) }) {
            out.entry(key).or_default().other = Some(series);
        }
        out
    }

    fn series(&self) -> impl Iterator<Item = &ScopeSeries> {
        self.usage.iter().chain(&self.other)
    }

    /// The day after the last complete one.
    pub(super) fn end(&self) -> Day {
        self.series().map(|series| series.range.end).min().unwrap_or(Day::EPOCH)
    }

    /// Days with known usage before a day, from the first cost on. Charges that recur need no usage.
    fn days_of_usage(&self, end: Day) -> usize {
        let Some(usage) = &self.usage else { return usize::MAX };
        let first = usage.sums.range(..end).find(|(_, amount)| !amount.is_zero()).map(|(day, _)| *day);
        first.and_then(|first| usize::try_from(end - first).ok()).unwrap_or(0)
    }

    /// Whether there is enough history before a day for a forecast.
    pub(super) fn is_known_enough(&self, end: Day) -> bool {
        self.days_of_usage(end) >= LEAST_DAYS
    }

    /// The days before a day, from the first known one on.
    pub(super) fn days_before(&self, end: Day) -> usize {
        let start = self.series().map(|series| series.range.start).min();
        start.and_then(|start| usize::try_from(end - start).ok()).unwrap_or(0)
    }

    /// The cost of a day.
    pub(super) fn on(&self, day: Day) -> f64 {
        self.series().filter_map(|series| series.sums.get(&day)).map(|amount| amount.to_f64()).sum()
    }

    /// The cost of the days before a day.
    pub(super) fn last_days(&self, end: Day, days: i32) -> f64 {
        (1..=days).map(|back| self.on(end.plus(-back))).sum()
    }

    /// The next days from `end` on, by what is known before it.
    pub(super) fn forecast(&self, end: Day, days: usize) -> OwnForecast {
        let mut ahead = vec![DayForecast::default(); days];
        let has_stopped = self.usage.as_ref().is_some_and(|usage| add_usage(usage, end, &mut ahead));
        if let Some(series) = &self.other {
            add_recurring_charges(series, end, &mut ahead);
        }
        OwnForecast { days: ahead, has_stopped }
    }
}

/// Adds the usage to a forecast. Returns whether it has stopped.
fn add_usage(series: &ScopeSeries, end: Day, ahead: &mut [DayForecast]) -> bool {
    let mut values = series.values();
    values.truncate(usize::try_from(end - series.range.start).unwrap_or(0));
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let positions = SamplingInterval::daily_positions(series.range.start, values.len() + ahead.len());
    let (past, future) = positions.split_at(values.len());
    for (value, position) in values.iter().zip(past) {
        detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None);
    }
    for (day, point) in ahead.iter_mut().zip(baseline.forecast_points(SamplingInterval::DAILY, future, 0)) {
        day.mean += point.mean;
        day.below = day.below.hypot(point.mean - point.low);
        day.above = day.above.hypot(point.high - point.mean);
        day.noise = day.noise.hypot(point.noise);
        day.drift += point.drift;
    }
    baseline.is_off()
}

/// Months whose charges a recurring charge is the median of.
const MONTHS: usize = 3;

/// Fees, taxes and credits: the median of the same day in the last months, if most of them had such a charge.
fn add_recurring_charges(series: &ScopeSeries, end: Day, ahead: &mut [DayForecast]) {
    let last = end.plus(-1);
    for (i, out) in ahead.iter_mut().enumerate() {
        let day = end.plus(index(i));
        let mut month = last.month();
        let mut same = Vec::new();
        while same.len() < MONTHS && month.days().start >= series.range.start {
            let days = month.days();
            let same_day = days.start.plus(i32::from(day.day_of_month()) - 1);
            // The last day of a long month is that of a short one, too.
            let wanted = if same_day < days.end { Some(same_day) } else { None };
            let wanted = wanted.or_else(|| day.is_last_of_month().then(|| days.end.plus(-1)));
            if let Some(d) = wanted.filter(|d| *d <= last) {
                same.push(series.sums.get(&d).map_or(0.0, |a| a.to_f64()));
            }
            month = month.previous();
        }
        if same.len() >= 2 && same.iter().filter(|v| **v != 0.0).count() * 2 > same.len() {
            let usual = median(&same);
            let away: Vec<f64> = same.iter().map(|v| (v - usual).abs()).collect();
            let noise = 1.4826 * median(&away);
            out.mean += usual;
            out.noise = out.noise.hypot(noise);
            out.below = out.below.hypot(NINETY * noise);
            out.above = out.above.hypot(NINETY * noise);
        }
    }
}
