//! Lambda `ingest`: reads charges on a schedule or after a new export in S3, writes revisions, and announces them.

mod cost_explorer;
mod export;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_pipeline::{
    Context, ImportOutcome, IngestOptions, IngestReport, Input, PipelineError, announce_revisions, ingest,
    read_freshness,
};
use tollgate_wiring::metric_feeds;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, CostExplorer, Handler, WiringError, serve};

/// The event of a schedule, or the EventBridge event of an object in S3.
#[derive(Debug, Default, Deserialize)]
struct Event {
    #[serde(default)]
    run: Option<String>,
    #[serde(default)]
    detail: Option<Detail>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    bucket: Bucket,
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Object {
    key: String,
}

struct Ingest {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Ingest {
    type Event = Event;
    const NAME: &'static str = "ingest";

    fn run_of(event: &Event) -> Option<String> {
        event.run.clone()
    }

    async fn handle(&self, event: Event, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let context = self.aws.context(run).await?;
        let mut again = None;
        if let Some(Detail { bucket, object }) = event.detail {
            if bucket.name == self.aws.settings.export_bucket {
                again = export::read_one(&self.aws, &context, &object.key, counts).await?;
            }
        } else {
            again = export::read_all(&self.aws, &context, counts).await?;
            match self.aws.settings.cost_explorer {
                CostExplorer::Off => {}
                CostExplorer::Check => cost_explorer::check(&self.aws, &context, counts).await?,
                CostExplorer::Feed => cost_explorer::feed(&self.aws, &context, counts).await?,
            }
            import_metrics(&self.aws, &context).await?;
        }
        let announced = announce_revisions(&context.state).await?;
        let lag = read_freshness(&context.state).await?.iter().map(|f| f.hours).max();
        if let Some(hours) = lag {
            counts.set(Metric::FreshnessHours, hours);
        }
        // What was read is saved and announced; Lambda retries the rest.
        again.map_or(Ok(json!({ "run": run, "revisions": announced, "counts": counts.named() })), |error| {
            Err(error.into())
        })
    }
}

/// Imports the business metrics of the policy. A feed that fails is logged; the charges do not wait for it.
async fn import_metrics(aws: &Aws, context: &Context) -> Result<(), WiringError> {
    for (metric, import) in metric_feeds::import_metrics(&aws.config, &context.state).await? {
        match import {
            Ok(import) => {
                let (figures, restated) = (import.figures, import.restatement.times);
                tracing::info!(%metric, figures, restated, months = import.months.len(), "figures of a metric were imported");
            }
            Err(error) => tracing::warn!(%metric, %error, "figures of a metric were not imported"),
        }
    }
    Ok(())
}

/// Rejected rows of a file that are logged one by one: log lines cost money.
const NAMED: usize = 20;

/// Imports inputs together and counts the result.
async fn import(
    context: &Context,
    inputs: Vec<Input>,
    source: Option<tollgate_model::SourceId>,
    feed: String,
    counts: &mut Counts,
) -> Result<IngestReport, PipelineError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let options = IngestOptions { source, feed: Some(feed), workers, ..IngestOptions::default() };
    let report = ingest(context, inputs, &options, Arc::new(|_, _, _| {})).await?;
    for file in &report.files {
        counts.add(Metric::Rows, usize::try_from(file.rows_read).unwrap_or(usize::MAX));
        counts.add(Metric::RejectedRows, usize::try_from(file.rows_rejected).unwrap_or(usize::MAX));
        for rejection in file.rejections.iter().take(NAMED) {
            tracing::warn!(input = %file.input, line = rejection.line, reason = %rejection.reason, "a row was rejected");
        }
        let named = file.rejections.len().min(NAMED) as u64;
        if file.rows_rejected > named {
            tracing::warn!(input = %file.input, more = file.rows_rejected - named, "more rows were rejected");
        }
    }
    for left_out in &report.left_out {
        let (source, period) = (&left_out.source, left_out.period);
        tracing::info!(%source, %period, rows = left_out.rows, held_by = %left_out.held_by, "charges count already");
    }
    for period in report.periods.iter().filter(|p| p.outcome != ImportOutcome::Unchanged) {
        counts.add(Metric::Revisions, 1);
        for sum in period.totals.effective_lake.iter() {
            counts.add_money(sum.currency.as_str(), sum.amount.to_f64());
        }
        let restated = period.restatement.days.len();
        tracing::info!(revision = %period.revision, series = period.series, restated, "a revision became current");
    }
    Ok(report)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Ingest { aws })).await
}
