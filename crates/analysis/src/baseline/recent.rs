//! The last points of a series without their seasonal effects, and the level that each was compared with.

use serde::{Deserialize, Serialize};

use super::month::narrow;

/// Whether a point fits, and if not, by which comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum PointStatus {
    Fits = 0,
    /// Anomalous by itself.
    SinglePoint = 1,
    /// Anomalous in a window with earlier points.
    Window = 2,
    /// A pattern explains the distance: the point says nothing about the level.
    SetAside = 3,
}

impl PointStatus {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Fits,
            1 => Self::SinglePoint,
            2 => Self::Window,
            3 => Self::SetAside,
            _ => return None,
        })
    }
}

/// Statuses as bytes: the same bytes as a list of variants, written at once.
mod statuses {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    use super::PointStatus;

    pub(super) fn serialize<S: Serializer>(statuses: &[PointStatus], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = statuses.iter().map(|status| *status as u8).collect();
        serializer.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PointStatus>, D::Error> {
        deserializer.deserialize_bytes(Statuses)
    }

    struct Statuses;

    impl Visitor<'_> for Statuses {
        type Value = Vec<PointStatus>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bytes of the statuses of points")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            let mut statuses = Vec::with_capacity(bytes.len());
            for byte in bytes {
                statuses.push(PointStatus::from_byte(*byte).ok_or_else(|| E::custom("an unknown status of a point"))?);
            }
            Ok(statuses)
        }
    }
}

/// A ring buffer of the last points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Recent {
    #[serde(with = "super::packed")]
    free: Vec<f32>,
    #[serde(with = "super::packed")]
    level: Vec<f32>,
    #[serde(with = "statuses")]
    status: Vec<PointStatus>,
    /// Points pushed, up to the capacity.
    count: u32,
    /// Where the next point goes.
    next: u32,
    /// Points since the last anomalous one, up to a limit.
    since_anomaly: u32,
}

impl Recent {
    pub(super) fn new(keep: usize) -> Self {
        Self {
            free: vec![0.0; keep],
            level: vec![0.0; keep],
            status: vec![PointStatus::Fits; keep],
            count: 0,
            next: 0,
            since_anomaly: u32::MAX,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    pub(super) fn push(&mut self, free: f64, level: f64, status: PointStatus) {
        let (at, keep) = (self.next as usize, self.free.len());
        (self.free[at], self.level[at], self.status[at]) = (narrow(free), narrow(level), status);
        self.next = if at + 1 < keep { self.next + 1 } else { 0 };
        self.count += u32::from(self.len() < keep);
        self.since_anomaly = self.since_anomaly.saturating_add(1);
    }

    fn at(&self, back: usize) -> usize {
        let (next, keep) = (self.next as usize, self.free.len());
        if back < next { next - 1 - back } else { next + keep - 1 - back }
    }

    /// The value `back` points ago without seasonal effects; zero is the last point.
    pub(super) fn free(&self, back: usize) -> f64 {
        f64::from(self.free[self.at(back)])
    }

    /// The values of the last points without seasonal effects, oldest first, in two parts.
    pub(super) fn last_values(&self, points: usize) -> (&[f32], &[f32]) {
        let (newer, older) = self.free.split_at(self.next as usize);
        let newer = &newer[newer.len() - points.min(newer.len())..];
        (&older[older.len() - (points - newer.len()).min(older.len())..], newer)
    }

    /// Like [`Self::last_values`], one after the other.
    pub(super) fn last_free(&self, points: usize) -> impl Iterator<Item = f64> {
        let (older, newer) = self.last_values(points);
        older.iter().chain(newer).map(|free| f64::from(*free))
    }

    /// The level that this point was compared with.
    pub(super) fn level(&self, back: usize) -> f64 {
        f64::from(self.level[self.at(back)])
    }

    pub(super) fn status(&self, back: usize) -> PointStatus {
        self.status[self.at(back)]
    }

    pub(super) fn set_status(&mut self, status: PointStatus) {
        let at = self.at(0);
        self.status[at] = status;
        if matches!(status, PointStatus::SinglePoint | PointStatus::Window) {
            self.since_anomaly = 0;
        }
    }

    /// The value of the last point without seasonal effects and without a pattern that explains its distance.
    pub(super) fn set_last(&mut self, free: f64) {
        let at = self.at(0);
        self.free[at] = narrow(free);
    }

    /// The last points without those that a pattern explains, newest first.
    pub(super) fn plain(&self, within: usize) -> Vec<f64> {
        let plain = (0..within.min(self.len())).filter(|back| self.status(*back) != PointStatus::SetAside);
        plain.map(|back| self.free(back)).collect()
    }

    /// Shifts every point, because a part of the weekly pattern became part of the level.
    pub(super) fn shift(&mut self, by: f64) {
        self.free.iter_mut().chain(&mut self.level).for_each(|x| *x += narrow(by));
    }

    /// Replaces anomalous points that are over with the level of their time, so that they no longer count.
    pub(super) fn clear_past_anomalies(&mut self, within: usize) {
        if self.since_anomaly as usize >= within {
            return;
        }
        self.since_anomaly = u32::MAX;
        for back in 1..within.min(self.len()) {
            let at = self.at(back);
            if matches!(self.status[at], PointStatus::SinglePoint | PointStatus::Window) {
                self.free[at] = self.level[at];
                self.status[at] = PointStatus::Fits;
            }
        }
    }

    /// Adopts a new level: every point is compared with it from now on, and points before the last `run` are shifted by `moved`.
    pub(super) fn adopt_level(&mut self, level: f64, moved: f64, run: usize) {
        for back in 0..self.free.len() {
            let at = self.at(back);
            self.level[at] = narrow(level);
            if back >= run {
                self.free[at] += narrow(moved);
            }
        }
    }
}
