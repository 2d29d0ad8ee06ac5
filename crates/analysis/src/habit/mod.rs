//! The habits of a cost series, learned one point at a time, and the judgement of each new point against them.
//!
//! Cost is not like the series that general libraries are made for. It is positive and its changes are ratios: a service
//! that doubles does so on weekdays and at weekends alike. So most of this happens on a log scale, where a point is
//!
//! ```text
//! level + hour of the day + weekday + day of the month + noise
//! ```
//!
//! - The **level** moves: slowly by growth, at once by a deployment, and a new level stays. It is an exponentially weighted
//!   mean of clipped residuals (Gelper, Fried and Croux, "Robust forecasting with exponential and Holt-Winters smoothing",
//!   2010), and starts anew where a change has lasted ([`Pace::adopt`]).
//! - **Weekday and hour** are seasonal means of the same clipped residuals.
//! - **Days of the month** ([`month`]) are remembered by what each day added in the last months: fees on the first, runs at
//!   the month's end.
//! - **Noise** ([`noise`]) has a scale, a memory from one point to the next (cost that is high today is often still high
//!   tomorrow), and tails.
//! - **Idle series** ([`amounts`]), which cost something on some days only, have no level; they are judged by their amounts.
//!
//! State is small, a point costs a fraction of a microsecond, and nothing is looked at twice. So judging the newest day from
//! kept state and judging a whole history from its beginning are the same thing, and give the same answer to the bit.

mod amounts;
mod fit;
mod month;
mod noise;
mod outlook;
mod pace;
mod recent;
mod scale;
mod watch;

use serde::{Deserialize, Serialize};

pub use outlook::Outlook;
pub use pace::Pace;
pub use watch::{Told, Verdict, Watch};

use crate::cadence::Place;
use amounts::Amounts;
use month::Months;
use noise::Noise;
use recent::Recent;
use scale::Scale;

/// What is known of a series after some points: everything that judging the next point and forecasting need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Habit {
    /// Points seen.
    seen: u32,
    /// The point at which the first cost came.
    born: Option<u32>,
    amounts: Amounts,
    stage: Stage,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// Too few points to have habits yet: the values so far since the first cost.
    Young(Vec<(f64, Place)>),
    Grown(Box<Grown>),
}

/// The parts of a habit that was learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Grown {
    scale: Scale,
    /// The level, on the scale.
    level: f64,
    /// By point of the day, on the scale; empty where there is one point a day.
    hours: Vec<f32>,
    weekdays: [Weekday; 7],
    months: Months,
    noise: Noise,
    recent: Recent,
    run: Run,
    /// Changes of so much, on the scale, are usual: somebody said so.
    allowed: [f64; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Weekday {
    effect: f64,
    /// Points that it was learned from, up to the memory of the pace.
    seen: f64,
    /// The share of points without cost.
    idle: f64,
}

/// Points in a row that do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Run {
    /// How many, small gaps included.
    points: u32,
    /// 1 or -1.
    direction: i8,
    /// Points since the last that did not fit.
    quiet: u32,
    /// The level before the run.
    before: f64,
    /// Points since the level was last set anew.
    settled: u32,
}

impl Default for Habit {
    fn default() -> Self {
        Self { seen: 0, born: None, amounts: Amounts::default(), stage: Stage::Young(Vec::new()) }
    }
}

impl Habit {
    /// Points seen so far.
    pub fn seen(&self) -> usize {
        self.seen as usize
    }

    /// The state as bytes, to be kept between runs.
    ///
    /// # Errors
    ///
    /// Never in practice: every part of the state can be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(self)
    }

    /// The state from [`Habit::to_bytes`].
    ///
    /// # Errors
    ///
    /// When the bytes are not such a state, or of another version: learn it again from the whole history then.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

impl Grown {
    /// What the place of a point adds to the level, on the scale.
    fn season(&self, place: Place) -> f64 {
        let hour = self.hours.get(usize::from(place.slot)).copied().map_or(0.0, f64::from);
        self.weekdays[place.weekday()].effect + hour
    }

    /// Whether cost comes on irregular days only.
    fn is_idle(&self) -> bool {
        // A weekday that always or never costs is regular; one that costs on a random third of its days is not.
        let irregular = self.weekdays.iter().map(|w| w.idle * (1.0 - w.idle)).sum::<f64>() / 7.0;
        irregular > 0.045 || self.weekdays.iter().all(|w| w.idle > 0.5)
    }
}
