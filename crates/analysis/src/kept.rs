//! Baselines kept between runs, so that each day is judged once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tollgate_model::feedback::{Feedback, Opinion};
use tollgate_model::{Anomaly, Day};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::Tuning;
use crate::baseline::SeriesBaseline;
use crate::cube::ScopeSeries;

/// The version of the method of detection and forecasts, at the start of every chunk. A change of the method or of its state
/// increases it, so that old baselines are learned again.
pub const METHOD_VERSION: u8 = 5;

/// The stored state of one series: its baseline, and the anomalies in the days that it was learned from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptSeries {
    start: Day,
    pub(crate) days: usize,
    /// The hash of the values so far: a restated day changes it.
    values: u64,
    pub(crate) baseline: SeriesBaseline,
    pub(crate) anomalies: Vec<Anomaly>,
    pub(crate) open: Option<Anomaly>,
}

impl KeptSeries {
    pub(crate) fn new(start: Day) -> Self {
        Self {
            start,
            days: 0,
            values: hash_values(&[]),
            baseline: SeriesBaseline::default(),
            anomalies: Vec::new(),
            open: None,
        }
    }

    /// The key of a series as it is judged: a different tuning or different feedback gives a different key. It depends on values
    /// only, never on names in the code, so that a renamed variant does not discard baselines.
    pub(crate) fn key(series: &ScopeSeries, leaf: bool, tuning: &Tuning, feedback: &[&Feedback]) -> u64 {
        let mut hash = Xxh3::new();
        let mut add = |part: &[u8]| {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        for (facet, value) in &series.scope.0 {
            add(facet.label().as_bytes());
            add(&[u8::from(value.is_some())]);
            add(value.as_deref().unwrap_or_default().as_bytes());
        }
        add(series.currency.as_str().as_bytes());
        add(&[u8::from(leaf)]);
        add(&tuning.score.to_bits().to_le_bytes());
        add(&tuning.share.to_bits().to_le_bytes());
        add(&tuning.min_impact.units().to_le_bytes());
        for f in feedback {
            add(&f.days.start.epoch_days().to_le_bytes());
            add(&f.days.end.epoch_days().to_le_bytes());
            add(match f.opinion {
                Opinion::Expected => b"expected",
                Opinion::NotAnAnomaly => b"not_an_anomaly",
            });
        }
        hash.digest()
    }

    /// Whether the days that the baseline was learned from are unchanged.
    pub(crate) fn continues(&self, start: Day, values: &[f64]) -> bool {
        self.start == start && values.get(..self.days).is_some_and(|known| hash_values(known) == self.values)
    }

    pub(crate) fn advance(&mut self, values: &[f64], done: &[Anomaly], open: Option<&Anomaly>) {
        self.days = values.len();
        self.values = hash_values(values);
        self.anomalies = done.to_vec();
        self.open = open.cloned();
    }
}

fn hash_values(values: &[f64]) -> u64 {
    let mut bytes = vec![0; size_of_val(values)];
    let (places, _) = bytes.as_chunks_mut();
    places.iter_mut().zip(values).for_each(|(place, value)| *place = value.to_le_bytes());
    xxh3_64(&bytes)
}

/// The kept baselines of many series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptBaselines {
    by_series: BTreeMap<u64, KeptSeries>,
    /// The version of baselines that were read and not used.
    other_version: Option<u8>,
}

/// The stored form: the anomalies are JSON, as in the ledger. It borrows a baseline to be written, and owns one that was read.
#[derive(Serialize, Deserialize)]
struct StoredSeries<B> {
    key: u64,
    start: i32,
    days: u32,
    values: u64,
    baseline: B,
    anomalies: Vec<u8>,
}

impl KeptBaselines {
    /// The number of series.
    pub fn len(&self) -> usize {
        self.by_series.len()
    }

    /// Whether there are no series.
    pub fn is_empty(&self) -> bool {
        self.by_series.is_empty()
    }

    /// The version of the method that wrote baselines which were read and are learned again; `None` if there were none.
    pub fn other_version(&self) -> Option<u8> {
        self.other_version
    }

    pub(crate) fn get(&self, key: u64) -> Option<&KeptSeries> {
        self.by_series.get(&key)
    }

    pub(crate) fn put(&mut self, key: u64, kept: KeptSeries) {
        self.by_series.insert(key, kept);
    }

    /// The baselines as chunks of about `size` bytes; [`KeptBaselines::read`] reads them. Equal baselines give equal chunks.
    pub fn chunks(&self, size: usize) -> Vec<Vec<u8>> {
        let mut out: Vec<Vec<u8>> = Vec::new();
        for (key, kept) in &self.by_series {
            let Some(bytes) = serialize(*key, kept) else { continue };
            if out.last().is_none_or(|chunk| chunk.len() + bytes.len() > size) {
                out.push(vec![METHOD_VERSION]);
            }
            if let Some(chunk) = out.last_mut() {
                chunk.extend(u32::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
                chunk.extend(xxh3_64(&bytes).to_le_bytes());
                chunk.extend(bytes);
            }
        }
        out
    }

    /// Adds the baselines in a chunk. Baselines of another version, truncated or damaged ones are left out and learned again.
    pub fn read(&mut self, chunk: &[u8]) {
        let Some((version, mut rest)) = chunk.split_first() else { return };
        if *version != METHOD_VERSION {
            self.other_version = Some(*version);
            return;
        }
        while let Some((head, tail)) = rest.split_at_checked(12) {
            let (length, sum) = head.split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
            let sum = u64::from_le_bytes(sum.try_into().unwrap_or_default());
            let Some((bytes, after)) = tail.split_at_checked(length) else { return };
            if xxh3_64(bytes) == sum
                && let Some((key, kept)) = deserialize(bytes)
            {
                self.put(key, kept);
            }
            rest = after;
        }
    }
}

fn serialize(key: u64, kept: &KeptSeries) -> Option<Vec<u8>> {
    let anomalies = serde_json::to_vec(&(&kept.anomalies, &kept.open)).ok()?;
    let stored = StoredSeries {
        key,
        start: kept.start.epoch_days(),
        days: u32::try_from(kept.days).ok()?,
        values: kept.values,
        baseline: &kept.baseline,
        anomalies,
    };
    postcard::to_allocvec(&stored).ok()
}

fn deserialize(bytes: &[u8]) -> Option<(u64, KeptSeries)> {
    let stored: StoredSeries<SeriesBaseline> = postcard::from_bytes(bytes).ok()?;
    let (anomalies, open) = serde_json::from_slice(&stored.anomalies).ok()?;
    let kept = KeptSeries {
        start: Day::from_epoch_days(stored.start),
        days: stored.days as usize,
        values: stored.values,
        baseline: stored.baseline,
        anomalies,
        open,
    };
    Some((stored.key, kept))
}
