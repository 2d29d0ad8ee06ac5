//! Rows that are missing: a gap in the data, a day without cost, or the end of a series.

use serde::{Deserialize, Serialize};

use crate::interval::CalendarPosition;

/// Points from which the pattern of missing rows is known: three weeks.
const KNOWN: u32 = 21;
/// From this share of missing rows on, a missing row means no cost: the file leaves out days without cost.
const SHARE: f64 = 0.25;
/// A weekday whose rows are missing this often, at least three times, has no cost.
const WEEKDAY: (u16, f64) = (3, 0.9);

/// Rows missing and present, by weekday, and the missing rows at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Absence {
    missing: [u16; 7],
    present: [u16; 7],
    /// Rows missing in a row.
    pub(super) gap: u32,
}

impl Absence {
    pub(super) fn record_missing(&mut self, position: CalendarPosition) {
        let count = &mut self.missing[position.weekday()];
        *count = count.saturating_add(1);
    }

    pub(super) fn record_present(&mut self, position: CalendarPosition) {
        self.gap = 0;
        let count = &mut self.present[position.weekday()];
        *count = count.saturating_add(1);
    }

    /// Whether a missing row means that there was no cost. Otherwise it means that the cost is unknown.
    pub(super) fn means_no_cost(&self) -> bool {
        let sum = |counts: &[u16; 7]| counts.iter().map(|n| u32::from(*n)).sum::<u32>();
        let (missing, all) = (sum(&self.missing), sum(&self.missing) + sum(&self.present));
        if missing == 0 || all < KNOWN {
            return false;
        }
        let regular = |missing: u16, present: u16| {
            missing >= WEEKDAY.0 && f64::from(missing) >= WEEKDAY.1 * (f64::from(missing) + f64::from(present))
        };
        f64::from(missing) >= SHARE * f64::from(all)
            || self.missing.iter().zip(self.present).any(|(missing, present)| regular(*missing, present))
    }
}
