//! Imports of business figures: whole days only, each month of a metric as a revision.

use std::path::PathBuf;

use async_trait::async_trait;
use serde::Serialize;
use tollgate_ledger::sum_restatements;
use tollgate_model::business_metric::{MetricFigures, MetricMonth, MetricRestatement};
use tollgate_model::{Day, DayRange};
use tollgate_policy::{BusinessMetric, FeedColumns};
use tollgate_sources::business_metrics::{
    FigureColumns, MetricRequest, MetricSource, MetricSourceError, read_csv, read_in_time,
};

use crate::{PipelineError, State};

/// What an import of a metric did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MetricImport {
    /// The metric.
    pub metric: String,
    /// Where the figures come from.
    pub origin: String,
    /// The figures that were read.
    pub figures: u64,
    /// Figures of today or later, which are left out: those days are not over.
    pub left_out: u64,
    /// The months that changed; none where the same figures were imported before.
    pub months: Vec<MetricMonth>,
    /// What changed.
    pub restatement: MetricRestatement,
}

/// A CSV file as a source.
#[derive(Clone, Debug)]
pub struct CsvFigures {
    /// The file.
    pub path: PathBuf,
    /// Its columns.
    pub columns: FigureColumns,
}

impl CsvFigures {
    /// A file with the columns of a feed.
    pub fn new(path: PathBuf, columns: &FeedColumns) -> Self {
        let FeedColumns { date, value, by } = columns.clone();
        Self { path, columns: FigureColumns { date, value, by } }
    }
}

#[async_trait]
impl MetricSource for CsvFigures {
    fn origin(&self) -> String {
        self.path.display().to_string()
    }

    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError> {
        read_csv(&self.path, &self.columns, request.interval)
    }
}

/// Imports the figures of a metric from a source: of the given days, or of the days that the metric reads again. Importing the same
/// figures again changes nothing.
///
/// # Errors
///
/// When the source or the ledger fails, or another import changes the metric at the same time. No figure of a failed answer is kept.
pub async fn import_metric(
    state: &State,
    metric: &BusinessMetric,
    source: &dyn MetricSource,
    days: Option<DayRange>,
) -> Result<MetricImport, PipelineError> {
    let today = Day::of(state.now());
    let back = i32::try_from(metric.days).unwrap_or(i32::MAX);
    let days = days.unwrap_or(DayRange { start: today.plus(-back), end: today });
    let request = MetricRequest { days, interval: metric.interval };
    let figures = read_in_time(source, &request).await?;
    import_figures(state, metric, figures, &source.origin()).await
}

/// Imports figures that were read already.
///
/// # Errors
///
/// When the ledger fails, or another import changes the metric at the same time.
pub async fn import_figures(
    state: &State,
    metric: &BusinessMetric,
    mut figures: MetricFigures,
    origin: &str,
) -> Result<MetricImport, PipelineError> {
    let today = Day::of(state.now());
    let all = figures.count() as u64;
    figures.0.retain(|at, _| at.day() < today);
    let kept = figures.count() as u64;
    let months = state.ledger.save_metric_figures(&metric.name, figures, origin, state.now()).await?;
    let restatement = sum_restatements(&months);
    Ok(MetricImport {
        metric: metric.name.clone(),
        origin: origin.to_owned(),
        figures: kept,
        left_out: all - kept,
        months,
        restatement,
    })
}
