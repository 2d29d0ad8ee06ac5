//! Lambda `detect`: finds anomalies and updates incidents after a new revision.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tollgate_model::IncidentState;
use tollgate_pipeline::{PipelineError, detect};
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
        Ok(json!({ "run": run, "counts": counts.named() }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Detect { aws })).await
}
