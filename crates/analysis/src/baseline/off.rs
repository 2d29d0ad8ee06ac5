//! Series whose cost has stopped: none is expected until it returns, and what was learned before is kept for that.

use serde::{Deserialize, Serialize};

use super::LearningRates;
use crate::float;

/// Costs below this distance on the scale from the highest weekday are none: 1.2 %.
const NONE: f64 = -4.422_848_629_194_137;
/// On days that usually cost nothing, costs below this distance are no return: 5 %.
const RETURN: f64 = -2.995_732_273_553_991;
/// From this share of hours without an expected cost, or with an unexpected one, the hours are irregular.
const IRREGULAR: f64 = 0.25;

/// Whether the cost has stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Off {
    pub(super) is_off: bool,
    /// Points in a row without the cost that was expected.
    pub(super) points: u32,
    /// For series with several points a day: the share of points that had no cost where one was expected, or the reverse.
    irregular: f64,
}

/// A point as seen by the state.
pub(super) enum Presence {
    /// Cost, or none where none is expected.
    Usual,
    /// The cost is still off.
    StillOff,
    /// The first cost after it was off.
    Returns,
}

impl Off {
    /// Updates the state by a point: its distance from the highest cost of the season, on the scale of ratios, and whether the season
    /// expects a cost.
    pub(super) fn update(&mut self, from_peak: f64, expected: bool, rates: &LearningRates) -> Presence {
        let none = from_peak <= NONE;
        if self.is_off {
            if none || (!expected && from_peak <= RETURN) {
                return Presence::StillOff;
            }
            (self.is_off, self.points) = (false, 0);
            return Presence::Returns;
        }
        let a_day = rates.a_day;
        if a_day > 1 && self.points as usize <= a_day {
            let odd = if expected { none } else { from_peak > RETURN };
            self.irregular += (f64::from(u8::from(odd)) - self.irregular) / (16.0 * float(a_day));
        }
        if expected {
            self.points = if none { self.points.saturating_add(1) } else { 0 };
        }
        Presence::Usual
    }

    pub(super) fn is_irregular(&self) -> bool {
        self.irregular > IRREGULAR
    }
}
