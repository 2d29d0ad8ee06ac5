//! Lambda `remediate`: makes requested plans, and advances approved plans by a stage.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use tollgate_model::PlanState;
use tollgate_pipeline::{Polling, fulfil_plan_requests, remediate};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

/// A plan may be advanced: an event of EventBridge or of a one-shot schedule names one; a regular schedule means all.
#[derive(Debug, Default, Deserialize)]
struct PlanDue {
    plan: Option<String>,
    #[serde(default)]
    detail: Option<Detail>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    run: Option<String>,
    plan: Option<String>,
}

struct Remediate {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Remediate {
    type Event = PlanDue;
    const NAME: &'static str = "remediate";

    // A lease holds the name of the run, so two deliveries of one event must be two runs.
    fn run_of(_: &PlanDue) -> Option<String> {
        None
    }

    async fn handle(&self, event: PlanDue, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let detail = event.detail.as_ref();
        if let Some(before) = detail.and_then(|d| d.run.as_deref()) {
            tracing::info!(before, "follows");
        }
        let plan = event.plan.as_deref().or(detail.and_then(|d| d.plan.as_deref())).filter(|p| p.starts_with("p-"));
        let state = self.aws.state(run).await?;
        let cloud = self.aws.cloud(&state).await?;
        for line in fulfil_plan_requests(&state, &cloud).await? {
            tracing::info!(line, "requested plan");
        }
        let advanced = remediate(&state, &cloud, plan, Polling::DEFAULT).await?;
        for plan in &advanced {
            tracing::info!(plan = %plan.plan, state = %plan.state, what = plan.what.join("; "), due = plan.due.map(tracing::field::display), "advanced");
        }
        let failed = advanced.iter().filter(|a| matches!(a.state, PlanState::RolledBack | PlanState::Halted)).count();
        counts.set(Metric::Plans, advanced.len() as u64);
        counts.set(Metric::FailedPlans, failed as u64);
        counts.set(Metric::Calls, cloud.inventory.calls().values().sum());
        Ok(json!({ "run": run, "plans": advanced }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Remediate { aws })).await
}
