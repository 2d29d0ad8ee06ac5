//! Hourly metrics of resources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::AccountRegion;

/// The measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Processor use in percent, the hour's average.
    CpuAverage,
    /// Processor use in percent, the hour's maximum.
    CpuMaximum,
    /// Memory use in percent, the hour's maximum; only where an agent reports it.
    MemoryMaximum,
    /// Bytes in and out.
    NetworkBytes,
    /// Reads and writes of disks.
    DiskOperations,
    /// Connections, the hour's maximum.
    Connections,
    /// Requests, or new flows.
    Requests,
    /// Processed bytes.
    ProcessedBytes,
    /// Runs of a function.
    Invocations,
    /// Milliseconds of a function's longest run.
    DurationMaximum,
}

/// One metric of one resource, one value an hour. A value has four bytes: an inventory has millions of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Hourly {
    /// The first hour, in hours since 1970.
    pub first_hour: i64,
    /// One value an hour; NaN where it is unknown.
    values: Vec<f32>,
}

impl Hourly {
    /// From an hour on, one value an hour; `None` where it is unknown.
    pub fn new(first_hour: i64, values: impl IntoIterator<Item = Option<f32>>) -> Self {
        Self {
            first_hour,
            values: values.into_iter().map(|v| v.filter(|v| v.is_finite()).unwrap_or(f32::NAN)).collect(),
        }
    }

    /// The number of hours.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no hours.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Each hour with its value, if known.
    pub fn hours(&self) -> impl Iterator<Item = (i64, Option<f32>)> + '_ {
        (self.first_hour..).zip(self.values.iter().map(|v| (!v.is_nan()).then_some(*v)))
    }

    /// The known values.
    pub fn known_values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().copied().filter(|v| !v.is_nan())
    }

    /// The number of known values.
    pub fn count(&self) -> usize {
        self.known_values().count()
    }
}

/// Every metric of one resource.
pub type Metrics = BTreeMap<Metric, Hourly>;

/// A resource of an inventory, by account, region and id.
pub type ResourceKey = (AccountRegion, String);
