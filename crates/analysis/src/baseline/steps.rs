//! Changes of the level that were adopted: the same change a year later is a season, not an anomaly.

use serde::{Deserialize, Serialize};

use super::LearnedBaseline;
use super::month::narrow;
use super::patterns::Deviation;

/// Changes kept.
const KEEP: usize = 8;
/// A year, give or take a week: campaigns begin on weekdays.
const YEAR: std::ops::RangeInclusive<i32> = 358..=373;
/// The least distance on the scale between a change and the one a year ago that is no difference.
const EQUAL: f64 = 0.12;

/// Changes that were adopted, oldest first: their first days and their sizes on the scale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Steps {
    changes: Vec<(i32, f32)>,
}

impl Steps {
    pub(super) fn record(&mut self, day: i32, by: f64) {
        if self.changes.len() == KEEP {
            self.changes.remove(0);
        }
        self.changes.push((day, narrow(by)));
    }

    /// The change a year ago that a deviation repeats.
    fn a_year_ago(&self, deviation: &Deviation) -> Option<f64> {
        let day = deviation.position.day;
        let changes = self.changes.iter().filter(|(start, _)| YEAR.contains(&(day - start)));
        changes.map(|(_, by)| f64::from(*by)).find(|by| (by - deviation.away).abs() <= deviation.tolerance.max(EQUAL))
    }
}

impl LearnedBaseline {
    /// Adopts the change that a deviation begins, if it is the one of a year ago. Returns whether it is.
    pub(super) fn adopt_yearly_change(&mut self, deviation: &Deviation) -> bool {
        let Some(by) = self.steps.a_year_ago(deviation) else { return false };
        let before = self.level;
        self.level += by;
        self.recent.adopt_level(self.level, by, 0);
        self.recent.set_last(self.level);
        self.growth.shift(by);
        self.previous_level = Some(before);
        self.steps.record(deviation.position.day, by);
        self.noise.reset();
        true
    }
}
