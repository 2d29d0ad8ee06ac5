//! Lambda `advise`: finds recommendations once a day from resources, their use and their costs.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tollgate_pipeline::{advise, measure_savings};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

struct Advise {
    aws: Arc<Aws>,
}

#[async_trait]
impl Handler for Advise {
    type Event = Value;
    const NAME: &'static str = "advise";

    fn run_of(_: &Value) -> Option<String> {
        None
    }

    async fn handle(&self, _: Value, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let context = self.aws.context(run).await?;
        let cloud = self.aws.cloud(&context.state).await?;
        // The results of earlier changes come first: they decide how far each kind of advice is trusted.
        measure_savings(&context).await?;
        let report = advise(&context, &cloud).await?;
        counts.set(Metric::Resources, report.resources as u64);
        counts.set(Metric::Calls, report.calls.values().sum());
        counts.set(Metric::FailedLooks, report.failures.len() as u64);
        counts.set(Metric::Recommendations, report.found.len() as u64);
        for failure in &report.failures {
            tracing::warn!(failure, "not read");
        }
        for (operation, calls) in &report.calls {
            tracing::info!(operation, calls, "calls made");
        }
        Ok(json!({ "run": run, "counts": counts.named() }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Advise { aws })).await
}
