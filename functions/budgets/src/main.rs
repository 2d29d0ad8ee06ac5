//! Lambda `budgets`: judges every budget after a new revision, writes its alerts, and publishes the status for `policy-gate`.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tollgate_model::BudgetState;
use tollgate_pipeline::publish_budgets;
use tollgate_wiring::function::RevisionsEvent;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

struct Budgets {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Budgets {
    type Event = RevisionsEvent;
    const NAME: &'static str = "budgets";

    fn run_of(event: &RevisionsEvent) -> Option<String> {
        event.run()
    }

    async fn handle(&self, _: RevisionsEvent, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let context = self.aws.context(run).await?;
        let all = publish_budgets(&context).await?.budgets;
        let over = all.iter().filter(|s| matches!(s.state, BudgetState::Over | BudgetState::ForecastOver)).count();
        counts.set(Metric::BudgetsOver, over as u64);
        for status in &all {
            tracing::info!(budget = %status.name, state = status.state.label(), as_of = %status.as_of, "judged");
        }
        Ok(json!({ "run": run, "counts": counts.named() }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Budgets { aws })).await
}
