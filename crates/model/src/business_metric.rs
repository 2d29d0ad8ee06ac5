//! Business figures: orders, customers, revenue or tokens by day or hour, as a `metric` block of the policy names them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::{ContentHash, value_hash};
use crate::{BillingPeriod, Day, Quantity};

/// How often a metric has a figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricInterval {
    /// One figure a day, UTC.
    #[default]
    Day,
    /// One figure an hour, UTC.
    Hour,
}

/// How figures become the figure of a longer time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricCombination {
    /// They add up: orders, requests, tokens, revenue.
    #[default]
    Sum,
    /// Their mean: active customers, stored gigabytes.
    Average,
}

/// What a day or an hour without a figure means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingFigure {
    /// Nobody knows the figure.
    #[default]
    Unknown,
    /// The source writes nothing where the figure is zero. It holds between the first and the last figure.
    Zero,
}

/// The time of a figure, UTC.
///
/// # Valid values
///
/// A day (`2026-10-01`), or an hour of a day (`2026-10-01T05:00Z`).
///
/// # Parsing
///
/// A date, or an instant of RFC 3339, which belongs to its hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricTime {
    /// A whole day.
    Day(Day),
    /// The hour of a day, 0 to 23.
    Hour(Day, u8),
}

/// Characters of a date: `2026-10-01`.
const DATE: usize = 10;

impl MetricTime {
    /// The day.
    pub fn day(self) -> Day {
        match self {
            Self::Day(day) | Self::Hour(day, _) => day,
        }
    }

    /// The interval of a metric with such a time.
    pub fn interval(self) -> MetricInterval {
        match self {
            Self::Day(_) => MetricInterval::Day,
            Self::Hour(..) => MetricInterval::Hour,
        }
    }

    /// The time of an interval that holds a second since 1970.
    pub fn of_second(second: i64, interval: MetricInterval) -> Self {
        let day = Day::of_second(second);
        match interval {
            MetricInterval::Day => Self::Day(day),
            MetricInterval::Hour => {
                Self::Hour(day, u8::try_from((second - day.first_second()).div_euclid(3600)).unwrap_or(0))
            }
        }
    }

    /// Reads a time of an interval: `2026-10-01`, `2026-10-01T05:00:00Z`, `2026-10-01 05:00`. `None` where it is no such time.
    pub fn read(text: &str, interval: MetricInterval) -> Option<Self> {
        let text = text.trim();
        // A date with a time parses as a date too.
        if text.len() <= DATE {
            let day = text.parse::<Day>().ok().filter(|_| interval == MetricInterval::Day);
            return day.map(Self::Day);
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(Self::of_second(at.as_second(), interval));
        }
        // Without a zone it is UTC.
        let short = text.strip_suffix('Z').unwrap_or(text).replace(' ', "T");
        let (date, clock) = short.split_once('T')?;
        let full = match clock.matches(':').count() {
            0 => format!("{date}T{clock}:00:00Z"),
            1 => format!("{date}T{clock}:00Z"),
            _ => format!("{date}T{clock}Z"),
        };
        Some(Self::of_second(full.parse::<Timestamp>().ok()?.as_second(), interval))
    }
}

impl fmt::Display for MetricTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => f.pad(&day.to_string()),
            Self::Hour(day, hour) => f.pad(&format!("{day}T{hour:02}:00Z")),
        }
    }
}

impl FromStr for MetricTime {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let interval = if s.len() > DATE { MetricInterval::Hour } else { MetricInterval::Day };
        Self::read(s, interval).ok_or_else(|| format!("`{s}` is no day and no hour"))
    }
}

impl Serialize for MetricTime {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MetricTime {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Figures of one metric: by time, then by the value of its `by` (a customer); by the empty text where it has none.
///
/// # Valid values
///
/// Every time has at least one figure. A time that is missing is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetricFigures(pub BTreeMap<MetricTime, BTreeMap<String, Quantity>>);

impl MetricFigures {
    /// Adds a figure. Returns false where the time has one for the key already, which stays.
    pub fn insert(&mut self, at: MetricTime, key: &str, value: Quantity) -> bool {
        let of_time = self.0.entry(at).or_default();
        if of_time.contains_key(key) {
            return false;
        }
        of_time.insert(key.to_owned(), value);
        true
    }

    /// How many figures there are.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    /// Whether there is no figure.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hash of all figures: the same for the same figures.
    pub fn hash(&self) -> ContentHash {
        let mut out = ContentHash::default();
        for (at, of_time) in &self.0 {
            for (key, value) in of_time {
                let row = value_hash(&at.to_string(), key.as_bytes())
                    .rotate_left(31)
                    .wrapping_add(value_hash("value", &value.units().to_le_bytes()));
                out.add_row(row);
            }
        }
        out
    }

    /// The figures by month.
    pub fn by_month(self) -> BTreeMap<BillingPeriod, Self> {
        let mut out: BTreeMap<BillingPeriod, Self> = BTreeMap::new();
        for (at, of_time) in self.0 {
            out.entry(at.day().month()).or_default().0.insert(at, of_time);
        }
        out
    }

    /// The sum over all keys of a time; `None` where the time has no figure, or the sum leaves the range.
    pub fn total(&self, at: MetricTime) -> Option<Quantity> {
        self.0.get(&at)?.values().try_fold(Quantity::ZERO, |sum, value| sum.checked_add(*value))
    }

    /// These figures after a delivery, and what it changed. Every time of the delivery replaces the figures of that time, with all
    /// keys; other times stay. A day that was kept by another interval is replaced as a whole.
    pub fn updated(&self, delivery: &Self) -> (Self, MetricRestatement) {
        let mut out = self.clone();
        let other_interval = |at: &MetricTime| match at {
            MetricTime::Day(day) => (0..24).any(|hour| delivery.0.contains_key(&MetricTime::Hour(*day, hour))),
            MetricTime::Hour(day, _) => delivery.0.contains_key(&MetricTime::Day(*day)),
        };
        out.0.retain(|at, _| !other_interval(at));
        for (at, of_time) in &delivery.0 {
            out.0.insert(*at, of_time.clone());
        }
        let mut restated = MetricRestatement::default();
        for (at, before) in &self.0 {
            if out.0.get(at) == Some(before) {
                continue;
            }
            restated.times += 1;
            if restated.changes.len() < MetricRestatement::SHOWN {
                let change = MetricChange { at: *at, before: self.total(*at), after: out.total(*at) };
                restated.changes.push(change);
            }
        }
        restated.added = out.0.keys().filter(|at| !self.0.contains_key(at)).count() as u64;
        (out, restated)
    }
}

/// What an import changed of figures that were there before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricRestatement {
    /// Days or hours without a figure before.
    pub added: u64,
    /// Days or hours whose figures differ from those before.
    pub times: u64,
    /// The first of them, with the sum over all keys.
    pub changes: Vec<MetricChange>,
}

impl MetricRestatement {
    /// The most changes that a restatement lists.
    pub const SHOWN: usize = 50;
}

/// A figure that an import restated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricChange {
    /// Its time.
    pub at: MetricTime,
    /// The sum before.
    pub before: Option<Quantity>,
    /// The sum now; null where the time is kept by another interval now.
    pub after: Option<Quantity>,
}

/// The current figures of one month of a metric, as the ledger points to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricMonth {
    /// The name of the metric.
    pub metric: String,
    /// The month.
    pub month: BillingPeriod,
    /// The hash of its figures: the revision.
    pub revision: ContentHash,
    /// The number of items that hold them.
    pub parts: u32,
    /// The number of figures.
    pub figures: u64,
    /// The first time with a figure.
    pub first: MetricTime,
    /// The last time with a figure.
    pub last: MetricTime,
    /// When the revision became current.
    pub imported_at: Timestamp,
    /// Where its newest figures come from: a file, an address or a query.
    pub origin: String,
    /// What it changed of the revision before.
    pub restatement: MetricRestatement,
    /// The revision before, whose items are kept until the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ContentHash>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(rows: &[(&str, &str, i64)]) -> MetricFigures {
        let mut out = MetricFigures::default();
        for (at, key, value) in rows {
            assert!(out.insert(at.parse().unwrap(), key, Quantity::whole(*value)));
        }
        out
    }

    #[test]
    fn times_are_read_in_the_ways_in_which_sources_write_them() {
        let day = MetricTime::Day("2026-10-01".parse().unwrap());
        let hour = MetricTime::Hour("2026-10-01".parse().unwrap(), 5);
        for text in ["2026-10-01", " 2026-10-01 ", "2026-10-01T23:59:59Z", "2026-10-01 00:00:00"] {
            assert_eq!(MetricTime::read(text, MetricInterval::Day), Some(day), "{text}");
        }
        for text in ["2026-10-01T05:00Z", "2026-10-01 05:59", "2026-10-01T05", "2026-10-01T07:30:00+02:00"] {
            assert_eq!(MetricTime::read(text, MetricInterval::Hour), Some(hour), "{text}");
        }
        // A day is no hour: its figure belongs to none of the 24.
        assert_eq!(MetricTime::read("2026-10-01", MetricInterval::Hour), None);
        for text in ["", "October", "2026-13-01", "2026-10-01T25:00Z", "01.10.2026"] {
            assert_eq!(MetricTime::read(text, MetricInterval::Day), None, "{text}");
        }
        for at in [day, hour] {
            assert_eq!(at.to_string().parse::<MetricTime>().unwrap(), at);
        }
    }

    #[test]
    fn a_delivery_replaces_its_own_times_and_nothing_else() {
        let kept = figures(&[("2026-10-01", "a", 5), ("2026-10-01", "b", 5), ("2026-10-02", "a", 7)]);
        let (now, restated) = kept.updated(&figures(&[("2026-10-01", "a", 6), ("2026-10-03", "a", 1)]));
        assert_eq!(now, figures(&[("2026-10-01", "a", 6), ("2026-10-02", "a", 7), ("2026-10-03", "a", 1)]));
        assert_eq!((restated.added, restated.times), (1, 1));
        assert_eq!(restated.changes[0].before, Some(Quantity::whole(10)));
        assert_eq!(restated.changes[0].after, Some(Quantity::whole(6)));
        let (same, nothing) = now.updated(&figures(&[("2026-10-02", "a", 7)]));
        assert_eq!((same.hash(), nothing), (now.hash(), MetricRestatement::default()));
    }

    #[test]
    fn two_values_that_change_places_are_another_revision() {
        let one = figures(&[("2026-10-01", "a", 5), ("2026-10-01", "b", 6)]);
        let other = figures(&[("2026-10-01", "a", 6), ("2026-10-01", "b", 5)]);
        assert_ne!(one.hash(), other.hash());
        assert_ne!(one.hash(), figures(&[("2026-10-02", "a", 5), ("2026-10-02", "b", 6)]).hash());
    }

    #[test]
    fn a_day_replaces_its_hours() {
        let kept = figures(&[("2026-10-01T05:00Z", "", 5), ("2026-10-02T05:00Z", "", 5)]);
        let (now, restated) = kept.updated(&figures(&[("2026-10-01", "", 9)]));
        assert_eq!(now, figures(&[("2026-10-01", "", 9), ("2026-10-02T05:00Z", "", 5)]));
        assert_eq!((restated.added, restated.times, restated.changes[0].after), (1, 1, None));
    }
}
