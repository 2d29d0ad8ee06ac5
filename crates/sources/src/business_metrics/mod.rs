//! Business metrics: figures by day or hour from CSV files, HTTP addresses, Amazon CloudWatch and Prometheus.
//!
//! A source returns figures with their times. A time that it does not return is unknown; no source writes a zero for it.

#[cfg(feature = "cloudwatch")]
pub mod cloudwatch;
mod collect;
mod csv_figures;
mod http_get;
mod json_figures;
mod prometheus;
#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use tollgate_model::business_metric::{MetricFigures, MetricInterval};
use tollgate_model::limits::{Limit, METRIC_SECONDS};
use tollgate_model::period::DayRange;

pub use collect::{FigureCollector, quantity_of};
pub use csv_figures::read_csv;
pub use http_get::MetricHttp;
pub use json_figures::JsonFigures;
pub use prometheus::PrometheusFigures;

/// The days and the interval of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricRequest {
    /// Whole days, UTC.
    pub days: DayRange,
    /// How often the metric has a figure.
    pub interval: MetricInterval,
}

/// The names of columns or fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureColumns {
    /// The time.
    pub date: String,
    /// The figure.
    pub value: String,
    /// The value of the metric's `by`.
    pub by: Option<String>,
}

/// The port of a source of business figures.
#[async_trait]
pub trait MetricSource: Send + Sync {
    /// Where the figures come from, without secrets: a file, an address, a query.
    fn origin(&self) -> String;

    /// Reads the figures of the requested days. Figures of other days may be among them.
    ///
    /// # Errors
    ///
    /// When the source does not answer, or answers with what is no figure. No figure of a failed answer is used.
    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError>;
}

/// Reads the figures of a source within the limit of time.
///
/// # Errors
///
/// As the source does, or when it takes longer.
pub async fn read_in_time(
    source: &dyn MetricSource,
    request: &MetricRequest,
) -> Result<MetricFigures, MetricSourceError> {
    read_within(source, request, Duration::from_secs(METRIC_SECONDS.value)).await
}

async fn read_within(
    source: &dyn MetricSource,
    request: &MetricRequest,
    limit: Duration,
) -> Result<MetricFigures, MetricSourceError> {
    match tokio::time::timeout(limit, source.read(request)).await {
        Ok(figures) => figures,
        Err(_) => Err(MetricSourceError::Limit { origin: source.origin(), limit: &METRIC_SECONDS }),
    }
}

/// Why figures could not be read. None of them are used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricSourceError {
    /// A row or field is no figure.
    #[error("{origin}{place}: {message}\nhint: {hint}")]
    Figure {
        /// The file or address.
        origin: String,
        /// The line, row or field, led by a colon or a blank.
        place: String,
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The file cannot be read.
    #[error("{origin}: {message}\nhint: a path in tollgate.hcl is below the folder of that file")]
    File {
        /// The file.
        origin: String,
        /// What happened.
        message: String,
    },
    /// The source refused the request.
    #[error("{origin}: {message}\nhint: {hint}")]
    Refused {
        /// The address.
        origin: String,
        /// Its answer.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The source did not answer, on every attempt.
    #[error("{origin}: {message}\nhint: nothing was changed; run the import again later")]
    Unavailable {
        /// The address.
        origin: String,
        /// What happened.
        message: String,
    },
    /// A limit is exceeded.
    #[error(
        "{origin}: more than {limit}\nhint: import fewer days at once; docs/reference/limits.md has the reasons. Nothing was changed"
    )]
    Limit {
        /// The file or address.
        origin: String,
        /// The limit.
        limit: &'static Limit,
    },
}

impl MetricSourceError {
    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Figure { .. } | Self::File { .. } | Self::Refused { .. } | Self::Limit { .. } => false,
        }
    }
}
