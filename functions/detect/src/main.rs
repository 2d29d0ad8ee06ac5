//! Lambda `detect`: finds anomalies, updates incidents and allocates the months that changed, after a new revision.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tollgate_model::IncidentState;
use tollgate_pipeline::{Context, PipelineError, detect, publish_allocations};
use tollgate_wiring::function::RevisionsEvent;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

struct Detect {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Detect {
    type Event = RevisionsEvent;
    const NAME: &'static str = "detect";

    fn run_of(event: &RevisionsEvent) -> Option<String> {
        event.run()
    }

    async fn handle(&self, _: RevisionsEvent, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let context = self.aws.context(run).await?;
        let report = detect(&context).await?;
        let live = [IncidentState::Open, IncidentState::Acknowledged];
        let open = context.state.ledger.incidents(&live).await.map_err(PipelineError::from)?;
        counts.set(Metric::Series, report.series as u64);
        counts.set(Metric::Incidents, report.new.len() as u64);
        counts.set(Metric::OpenIncidents, open.len() as u64);
        for incident in &report.new {
            tracing::info!(incident = %incident.id, severity = %incident.severity, state = %incident.state, "found");
        }
        for late in &report.late {
            tracing::warn!(source = %late.source, days = late.days.len(), "days are late");
        }
        allocate(&context).await;
        Ok(json!({ "run": run, "counts": counts.named() }))
    }
}

/// Months that one event allocates: a million charges take some ten seconds, and the function has five minutes. The others follow with
/// the next event.
const MONTHS: usize = 3;

/// Publishes the allocations of months that changed. Incidents do not wait for it: an error is logged, and the next event tries again.
async fn allocate(context: &Context) {
    match publish_allocations(context, MONTHS).await {
        Ok(report) => {
            for (dimension, period) in &report.computed {
                tracing::info!(%dimension, %period, waiting = report.waiting, "a month was allocated");
            }
            for (dimension, period, error) in &report.failed {
                tracing::warn!(%dimension, %period, %error, "a month cannot be allocated");
            }
        }
        Err(error) => tracing::warn!(%error, "the months that changed were not allocated"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Detect { aws })).await
}
