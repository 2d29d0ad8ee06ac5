//! The baseline of a cost series, learned one point at a time, and the judgement of each new point against it.
//!
//! Cost differs from the series that general libraries expect. It is positive and its changes are ratios: a service
//! that doubles does so on weekdays and at weekends alike. Most of the method works on a log scale, where a point is
//!
//! ```text
//! level + hour of the day + weekday + day of the month + noise
//! ```
//!
//! - The **level** moves: slowly by growth, at once by a deployment, and a new level stays. It is an exponentially weighted
//!   mean of clipped residuals (Gelper, Fried and Croux, "Robust forecasting with exponential and Holt-Winters smoothing",
//!   2010). It is reset when a change has lasted ([`LearningRates::adopt`]).
//! - **Weekday and hour** effects are seasonal means of the same clipped residuals.
//! - **Days of the month** ([`month`]) have effects learned from the last months: fees on the first, runs at the month's end.
//! - **Noise** ([`noise`]) has a scale, an autocorrelation (cost that is high today is often still high tomorrow), and tails.
//! - **Idle series** ([`amounts`]) have cost on some days only and no level; they are judged by their amounts.
//!
//! The state is small, a point takes a fraction of a microsecond, and no point is read twice. Judging the newest day from
//! stored state therefore gives the same answer, to the bit, as judging the whole history from its start.

mod absence;
mod amounts;
mod compare;
mod detector;
mod events;
mod explain;
mod fit;
mod growth;
mod hours;
mod idle;
mod jobs;
mod judgement;
mod learn;
mod learned;
mod learning_rates;
mod month;
mod noise;
mod off;
mod packed;
mod patterns;
mod point_forecast;
mod recent;
mod rules;
mod scale;
mod steps;
mod tails;
mod weekly;
mod windows;

use serde::{Deserialize, Serialize};

pub use detector::SeriesDetector;
pub use judgement::{PointFeedback, PointJudgement};
pub use learning_rates::LearningRates;
pub use patterns::LearnedRule;
pub use point_forecast::PointForecast;
pub use rules::{CalendarRule, MonthDay};

use crate::interval::CalendarPosition;
use absence::Absence;
use amounts::Amounts;
use events::EventLog;
use growth::Growth;
use hours::WeekHours;
use month::MonthDays;
use noise::Noise;
use off::Off;
use patterns::Patterns;
use recent::Recent;
use scale::Scale;
use steps::Steps;

/// What the stored state of a daily series takes at most, usually: a buffer that need not grow.
const USUAL_BYTES: usize = 4096;

/// The learned state of a series: everything that is needed to judge its next point and to forecast it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesBaseline {
    /// Points seen.
    seen: u32,
    /// The first point with a cost.
    first_cost: Option<u32>,
    absence: Absence,
    amounts: Amounts,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// Too few points for a baseline: the values since the first cost; missing rows have none.
    Warmup(Vec<(Option<f64>, CalendarPosition)>),
    Learned(Box<LearnedBaseline>),
}

/// The parts of a learned baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct LearnedBaseline {
    scale: Scale,
    /// The level, on the scale.
    level: f64,
    /// By point of the day, on the scale; empty where there is one point a day.
    hours: Vec<f32>,
    /// What the hours of a weekday differ from those of other days; empty where there is one point a day.
    week_hours: WeekHours,
    weekdays: [Weekday; 7],
    months: MonthDays,
    noise: Noise,
    recent: Recent,
    run: Run,
    /// Days that stood out.
    events: EventLog,
    patterns: Patterns,
    off: Off,
    growth: Growth,
    steps: Steps,
    /// The level before the last change that was adopted.
    previous_level: Option<f64>,
    /// Points since the first, up to a limit.
    points: u32,
    /// The day on which more jobs than usual were reported.
    jobs_reported: i32,
    /// For points less than an hour apart: the points until the next alert of the same size, and the score of the last one.
    rest: (u32, f64),
    /// Changes down and up, on the scale, that feedback has declared usual.
    allowed: [f64; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Weekday {
    effect: f64,
    /// Points that it was learned from, up to the memory length.
    seen: f64,
    /// The share of points without cost.
    idle: f64,
}

/// Points in a row that do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Run {
    /// Their number, including short gaps.
    points: u32,
    /// 1 or -1.
    direction: i8,
    /// Consecutive points that fit, since the last anomalous one.
    fitting_points: u32,
    /// The level before the run.
    before: f64,
    /// Whether every anomalous point was one by a window: the change is near the noise, so that single points may fit.
    by_windows: bool,
    /// Points since the level was last reset.
    settled: u32,
}

impl Default for SeriesBaseline {
    fn default() -> Self {
        Self {
            seen: 0,
            first_cost: None,
            absence: Absence::default(),
            amounts: Amounts::default(),
            stage: Stage::Warmup(Vec::new()),
        }
    }
}

impl SeriesBaseline {
    /// Points seen so far.
    pub fn seen(&self) -> usize {
        self.seen as usize
    }

    /// The calendar rules that the baseline believes, each with what its last occasions added to level and weekday. Days of the
    /// month with their own effect are not among them: the baseline learns those by its memory of the last months.
    pub fn calendar_rules(&self) -> Vec<LearnedRule> {
        match &self.stage {
            Stage::Warmup(_) => Vec::new(),
            Stage::Learned(learned) => patterns::learned_rules(&learned.patterns, &learned.events),
        }
    }

    /// Whether the cost has stopped, so that none is expected until it returns.
    pub fn is_off(&self) -> bool {
        match &self.stage {
            Stage::Warmup(_) => false,
            Stage::Learned(learned) => learned.off.is_off,
        }
    }

    /// Serializes the state, to be stored between runs.
    ///
    /// # Errors
    ///
    /// Never in practice: every part of the state is serializable.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_extend(self, Vec::with_capacity(USUAL_BYTES))
    }

    /// Reads the state from [`SeriesBaseline::to_bytes`].
    ///
    /// # Errors
    ///
    /// When the bytes are damaged or of another version. Learn the baseline again from the whole history then.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

impl LearnedBaseline {
    /// The seasonal effect at a position, on the scale: weekday plus hour.
    fn season_effect(&self, position: CalendarPosition) -> f64 {
        let hour = self.hours.get(usize::from(position.slot)).copied().map_or(0.0, f64::from);
        self.weekdays[position.weekday()].effect + hour + self.week_hours.effect(position, self.hours.len())
    }

    /// The highest seasonal effect, on the scale.
    fn peak_effect(&self) -> f64 {
        let weekdays = self.weekdays.iter().map(|w| w.effect).fold(f64::NEG_INFINITY, f64::max);
        if self.hours.is_empty() { weekdays } else { self.week_hours.peak() }
    }

    /// Whether cost occurs on irregular days only.
    fn is_idle(&self) -> bool {
        if !self.hours.is_empty() {
            return self.off.is_irregular();
        }
        // A weekday that always or never has cost is regular; one with cost on a random third of its days is not.
        let irregular = self.weekdays.iter().map(|w| w.idle * (1.0 - w.idle)).sum::<f64>() / 7.0;
        irregular > 0.045 || self.weekdays.iter().all(|w| w.idle > 0.25)
    }
}
