//! Lambda `advise`: daily: looks at what is there, how it is used and what it costs, and recommends.

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
        let cloud = self.aws.cloud(&context).await?;
        // First what came of earlier advice: it says how far the kinds are to be trusted.
        measure_savings(&context).await?;
        let report = advise(&context, &cloud).await?;
        counts.set(Metric::Resources, report.resources as u64);
        counts.set(Metric::Calls, report.calls.values().sum());
        counts.set(Metric::FailedLooks, report.faults.len() as u64);
        counts.set(Metric::Recommendations, report.found.len() as u64);
        for fault in &report.faults {
            tracing::warn!(fault, "not looked at");
        }
        for (operation, calls) in &report.calls {
            tracing::info!(operation, calls, "asked");
        }
        Ok(json!({ "run": run, "counts": counts.named() }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Advise { aws })).await
}
