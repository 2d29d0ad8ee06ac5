//! How much a resource was used, by the hour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::AccountRegion;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Processor use in percent, the hour's average.
    CpuAverage,
    /// Processor use in percent, the hour's maximum.
    CpuMaximum,
    /// Memory use in percent, the hour's maximum; only where an agent tells it.
    MemoryMaximum,
    /// Bytes in and out.
    NetworkBytes,
    /// Reads and writes of disks.
    DiskOperations,
    /// Connections, the hour's maximum.
    Connections,
    /// Requests, or new flows.
    Requests,
    /// Bytes that went through.
    ProcessedBytes,
    /// Runs of a function.
    Invocations,
    /// Milliseconds of a function's longest run.
    DurationMaximum,
}

/// One metric of one resource, an amount an hour. Four bytes an hour: an inventory has millions of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Hourly {
    /// Hours since 1970 of the first.
    pub first_hour: i64,
    /// One an hour; NaN where nothing was told.
    values: Vec<f32>,
}

impl Hourly {
    /// From an hour on, one an hour; `None` where nothing was told.
    pub fn new(first_hour: i64, values: impl IntoIterator<Item = Option<f32>>) -> Self {
        Self {
            first_hour,
            values: values.into_iter().map(|v| v.filter(|v| v.is_finite()).unwrap_or(f32::NAN)).collect(),
        }
    }

    /// Hours that it spans.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it spans none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Each hour, with what was told of it.
    pub fn hours(&self) -> impl Iterator<Item = (i64, Option<f32>)> + '_ {
        (self.first_hour..).zip(self.values.iter().map(|v| (!v.is_nan()).then_some(*v)))
    }

    /// What was told, without the hours of which nothing was.
    pub fn known_values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().copied().filter(|v| !v.is_nan())
    }

    /// How many hours were told of.
    pub fn count(&self) -> usize {
        self.known_values().count()
    }
}

/// Every metric of one resource.
pub type Metrics = BTreeMap<Metric, Hourly>;

/// A resource of an inventory, by place and id.
pub type ResourceKey = (AccountRegion, String);
