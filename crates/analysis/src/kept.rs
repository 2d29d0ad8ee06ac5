//! Habits kept between runs, so that a day is judged once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::feedback::Feedback;
use tollgate_model::{Anomaly, Day};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::Tuning;
use crate::cube::ScopeSeries;
use crate::habit::Habit;

/// Written before every kept habit; another number after a change of the method, so that old habits are learned anew.
const VERSION: u8 = 1;

/// What is kept of one series: its habits, and what was found in the days that they were learned from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    start: Day,
    pub(crate) days: usize,
    /// The hash of the values so far: a restated day makes it another.
    values: u64,
    pub(crate) habit: Habit,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) open: Option<Anomaly>,
}

impl Kept {
    pub(crate) fn new(start: Day) -> Self {
        Self { start, days: 0, values: hash(&[]), habit: Habit::default(), anomalies: Vec::new(), open: None }
    }

    /// Names a series as it is judged: another tuning or other feedback is another series.
    pub(crate) fn key(series: &ScopeSeries, leaf: bool, tuning: &Tuning, feedback: &[&Feedback]) -> u64 {
        let mut hash = Xxh3::new();
        let told: Vec<_> = feedback.iter().map(|f| (f.days.start, f.days.end, f.opinion)).collect();
        hash.update(format!("{:?} {} {leaf} {tuning:?} {told:?}", series.scope, series.currency).as_bytes());
        hash.digest()
    }

    /// Whether the days that were learned from are still the same.
    pub(crate) fn continues(&self, start: Day, values: &[f64]) -> bool {
        self.start == start && values.get(..self.days).is_some_and(|known| hash(known) == self.values)
    }

    pub(crate) fn advance(&mut self, values: &[f64], done: &[Anomaly], open: Option<&Anomaly>) {
        self.days = values.len();
        self.values = hash(values);
        self.anomalies = done.to_vec();
        self.open = open.cloned();
    }
}

fn hash(values: &[f64]) -> u64 {
    let mut hash = Xxh3::new();
    for value in values {
        hash.update(&value.to_le_bytes());
    }
    hash.digest()
}

/// The kept habits of many series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptHabits {
    by_series: BTreeMap<u64, Kept>,
}

/// What is written: the anomalies as JSON, for they are nouns of the ledger.
#[derive(Serialize, Deserialize)]
struct Written {
    key: u64,
    start: i32,
    days: u32,
    values: u64,
    habit: Habit,
    anomalies: Vec<u8>,
}

impl KeptHabits {
    /// Series that habits are kept of.
    pub fn len(&self) -> usize {
        self.by_series.len()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.by_series.is_empty()
    }

    pub(crate) fn get(&self, key: u64) -> Option<&Kept> {
        self.by_series.get(&key)
    }

    pub(crate) fn put(&mut self, key: u64, kept: Kept) {
        self.by_series.insert(key, kept);
    }

    /// The habits as chunks of bytes of about `size`, each with its name; read them again with [`KeptHabits::read`]. Equal
    /// habits give equal chunks.
    pub fn chunks(&self, size: usize) -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for (key, kept) in &self.by_series {
            let Some(bytes) = write(*key, kept) else { continue };
            if out.last().is_none_or(|chunk| chunk.len() + bytes.len() > size) {
                out.push(vec![VERSION]);
            }
            if let Some(chunk) = out.last_mut() {
                chunk.extend(u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
                chunk.extend(xxh3_64(&bytes).to_le_bytes());
                chunk.extend(bytes);
            }
        }
        out
    }

    /// Adds what a chunk holds. What is of another version, cut short or damaged is left out: it is learned again.
    pub fn read(&mut self, chunk: &[u8]) {
        let Some((&VERSION, mut rest)) = chunk.split_first() else { return };
        while let Some((head, tail)) = rest.split_at_checked(12) {
            let (length, sum) = head.split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
            let sum = u64::from_le_bytes(sum.try_into().unwrap_or_default());
            let Some((bytes, after)) = tail.split_at_checked(length) else { return };
            if xxh3_64(bytes) == sum
                && let Some((key, kept)) = read(bytes)
            {
                self.put(key, kept);
            }
            rest = after;
        }
    }
}

fn write(key: u64, kept: &Kept) -> Option<Vec<u8>> {
    let anomalies = serde_json::to_vec(&(&kept.anomalies, &kept.open)).ok()?;
    let written = Written {
        key,
        start: kept.start.epoch_days(),
        days: u32::try_from(kept.days).ok()?,
        values: kept.values,
        habit: kept.habit.clone(),
        anomalies,
    };
    postcard::to_allocvec(&written).ok()
}

fn read(bytes: &[u8]) -> Option<(u64, Kept)> {
    let written: Written = postcard::from_bytes(bytes).ok()?;
    let (anomalies, open) = serde_json::from_slice(&written.anomalies).ok()?;
    let kept = Kept {
        start: Day::from_epoch_days(written.start),
        days: written.days as usize,
        values: written.values,
        habit: written.habit,
        anomalies,
        open,
    };
    Some((written.key, kept))
}
