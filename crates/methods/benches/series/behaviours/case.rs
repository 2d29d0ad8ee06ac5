//! A behaviour: the cost it gives each point, its noise, and the right answer of a detector and of a forecaster.

use tollgate_analysis::SamplingInterval;
use tollgate_model::{Day, DayRange};

use crate::labelled::{Random, float};

/// Days after the last known one whose sum is forecast.
pub(crate) const AHEAD: usize = 90;

/// A point in time, and the draw that it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct At {
    /// The number of its day in the series.
    pub(crate) i: usize,
    pub(crate) hour: usize,
    pub(crate) day: Day,
    pub(crate) draw: u64,
}

impl At {
    pub(crate) fn weekday(self) -> usize {
        self.day.weekday()
    }

    pub(crate) fn weekend(self) -> bool {
        self.weekday() >= 5
    }

    /// 1 to 31.
    pub(crate) fn date(self) -> usize {
        usize::try_from(i32::from(self.day.day_of_month())).unwrap_or(0)
    }

    /// 1 to 12.
    pub(crate) fn month(self) -> usize {
        usize::try_from(i32::from(self.day.month().month())).unwrap_or(0)
    }

    /// Days of the month after this one; 0 on the last day.
    pub(crate) fn left(self) -> usize {
        let end = self.day.month().days().end;
        usize::try_from(DayRange { start: self.day, end }.len()).unwrap_or(1) - 1
    }

    /// Whether this is the n-th such weekday of its month, from 1.
    pub(crate) fn nth(self, n: usize, weekday: usize) -> bool {
        self.weekday() == weekday && (self.date() - 1) / 7 + 1 == n
    }

    /// The number of this business day in its month, from 1; `None` at weekends.
    pub(crate) fn business_day(self) -> Option<usize> {
        (!self.weekend()).then(|| (0..self.date()).filter(|back| (self.weekday() + 35 - back) % 7 < 5).count())
    }

    /// The number of business days of the month after this one; `None` at weekends.
    pub(crate) fn business_days_left(self) -> Option<usize> {
        (!self.weekend()).then(|| (1..=self.left()).filter(|on| (self.weekday() + on) % 7 < 5).count())
    }

    /// Whether a random event of a probability occurs on this day of this draw. `salt` separates kinds of events.
    pub(crate) fn chance(self, probability: f64, salt: u64) -> bool {
        self.random(salt) < probability
    }

    /// A number from 0 to 1 for this day of this draw.
    pub(crate) fn random(self, salt: u64) -> f64 {
        Random::new(self.draw.wrapping_mul(7919).wrapping_add(salt * 104_729).wrapping_add(self.i as u64)).unit()
    }

    /// `high` if a condition holds, `low` otherwise.
    pub(crate) fn or(self, condition: bool, high: f64, low: f64) -> f64 {
        if condition { high } else { low }
    }
}

/// The direction of an alert that must come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Up,
    Down,
    Either,
}

/// An alert that every draw must have, between two days.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) side: Side,
}

/// A behaviour.
pub(crate) struct Case {
    pub(crate) interval: SamplingInterval,
    pub(crate) start: Day,
    /// Known days.
    pub(crate) days: usize,
    cost: Box<dyn Fn(At) -> f64 + Sync>,
    noise: f64,
    memory: f64,
    walk: f64,
    absent: Option<Box<dyn Fn(At) -> bool + Sync>>,
    pub(crate) alerts: Vec<Expected>,
    /// Days on which an alert is neither right nor false.
    pub(crate) neither: Vec<(usize, usize)>,
    /// The first day from which any alert is false.
    pub(crate) quiet_from: usize,
    /// Whether the next quarter is predictable.
    pub(crate) predictable: bool,
    /// The error of the quarter's sum that is accepted, as a share.
    pub(crate) tolerance: f64,
}

/// A daily series of a cost by day. Quiet after three months, noise of 3 %, and a forecast within a fifth, unless changed.
pub(crate) fn daily(days: usize, cost: impl Fn(At) -> f64 + Sync + 'static) -> Case {
    let year = if days > 420 { "2024-01-01" } else { "2025-01-01" };
    Case {
        interval: SamplingInterval::DAILY,
        start: year.parse().unwrap_or(Day::EPOCH),
        days,
        cost: Box::new(cost),
        noise: 0.03,
        memory: 0.0,
        walk: 0.0,
        absent: None,
        alerts: Vec::new(),
        neither: Vec::new(),
        quiet_from: 90,
        predictable: true,
        tolerance: 0.2,
    }
}

/// An hourly series of a cost by day and hour: quiet after 40 days; its forecast is not scored here.
pub(crate) fn hourly(days: usize, cost: impl Fn(At) -> f64 + Sync + 'static) -> Case {
    Case { interval: SamplingInterval::HOURLY, quiet_from: 40, predictable: false, ..daily(days, cost) }
}

impl Case {
    pub(crate) fn noise(self, noise: f64) -> Self {
        Self { noise, ..self }
    }

    /// Autocorrelated noise.
    pub(crate) fn memory(self, memory: f64) -> Self {
        Self { memory, ..self }
    }

    /// A level that walks by a share each point.
    pub(crate) fn walk(self, walk: f64) -> Self {
        Self { walk, ..self }
    }

    /// Points without a row.
    pub(crate) fn absent(self, absent: impl Fn(At) -> bool + Sync + 'static) -> Self {
        Self { absent: Some(Box::new(absent)), ..self }
    }

    /// An alert in `within` days from a day on; alerts count as neither until `settled` days after it.
    pub(crate) fn alert(mut self, side: Side, from: usize, within: usize, settled: usize) -> Self {
        self.alerts.push(Expected { from, to: from + within, side });
        self.neither.push((from, from + settled.max(within)));
        self
    }

    /// Days on which an alert may or may not come.
    pub(crate) fn neither(mut self, from: usize, to: usize) -> Self {
        self.neither.push((from, to));
        self
    }

    pub(crate) fn quiet_from(self, quiet_from: usize) -> Self {
        Self { quiet_from, ..self }
    }

    /// The error of the quarter's sum that is accepted: chance alone makes that of rare jobs large.
    pub(crate) fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// The next quarter depends on what people do next.
    pub(crate) fn unpredictable(self) -> Self {
        Self { predictable: false, ..self }
    }

    pub(crate) fn points(&self) -> usize {
        self.days * self.interval.points_per_day()
    }

    fn at(&self, point: usize, draw: u64) -> At {
        let a_day = self.interval.points_per_day();
        let i = point / a_day;
        At { i, hour: point % a_day, day: self.start.plus(i32::try_from(i).unwrap_or(i32::MAX)), draw }
    }

    /// The known points of a draw; a point without a row is not a number.
    pub(crate) fn values(&self, draw: u64) -> Vec<f64> {
        let mut random = Random::new(draw.wrapping_mul(1_000_003).wrapping_add(17));
        let (mut carried, mut walked) = (0.0, 0.0);
        let points = (0..self.points()).map(|point| {
            let at = self.at(point, draw);
            carried = self.memory * carried + (1.0 - self.memory * self.memory).sqrt() * random.normal();
            walked += self.walk * random.normal();
            if self.absent.as_ref().is_some_and(|absent| absent(at)) {
                return f64::NAN;
            }
            let noise = self.noise;
            ((self.cost)(at) * (noise * carried - noise * noise / 2.0 + walked).exp() * 10_000.0).round() / 10_000.0
        });
        points.collect()
    }

    /// The expected sum of the quarter after the known days, without noise.
    pub(crate) fn truth(&self) -> f64 {
        const DRAWS: u64 = 64;
        let first = self.points();
        let count = AHEAD * self.interval.points_per_day();
        let sum =
            (0..DRAWS).flat_map(|draw| (first..first + count).map(move |point| (self.cost)(self.at(point, draw))));
        sum.sum::<f64>() / DRAWS as f64
    }

    /// What is a large error: a fifth of the truth, or of a quarter of what the past would give.
    pub(crate) fn accepted_error(&self, truth: f64, values: &[f64]) -> f64 {
        let known: f64 = values.iter().filter(|v| v.is_finite()).sum();
        let past = float(AHEAD) * known / float(self.days.max(1)) / 4.0;
        self.tolerance * truth.abs().max(past.abs())
    }
}
