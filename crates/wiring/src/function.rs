//! The life of a function: wired at the cold start, then one event after another, each with its run, its log and its counts.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tollgate_ledger::FunctionRun;
use tracing::Instrument;

use crate::metrics::{Counts, Metric};
use crate::{Aws, Settings, WiringError, aws};

/// A function: its events and how it handles them.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The shape of its events.
    type Event: DeserializeOwned + Send + Sync;

    /// The function's name in logs, metrics and the ledger.
    const NAME: &'static str;

    /// The run that an event belongs to; `None` starts a new run.
    fn run_of(event: &Self::Event) -> Option<String>;

    /// Handles an event and returns the answer to Lambda. It may be called twice with one event.
    ///
    /// # Errors
    ///
    /// When the event should be retried, or the failure needs a person.
    async fn handle(&self, event: Self::Event, run: &str, counts: &mut Counts) -> Result<Value, WiringError>;
}

/// The event of EventBridge that revisions became current.
#[derive(Debug, Default, Deserialize)]
pub struct RevisionsEvent {
    #[serde(default)]
    detail: Option<RevisionsDetail>,
}

#[derive(Debug, Deserialize)]
struct RevisionsDetail {
    run: Option<String>,
}

impl RevisionsEvent {
    /// The run that made them current.
    pub fn run(&self) -> Option<String> {
        self.detail.as_ref().and_then(|d| d.run.clone())
    }
}

/// Runs a function until Lambda stops it.
///
/// # Errors
///
/// When settings are wrong or the Runtime API fails.
pub async fn serve<H: Handler>(
    wire: impl FnOnce(Arc<Aws>) -> Result<H, WiringError>,
) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::read(&variable);
    log_to_stdout(settings.as_ref().map_or("info", |s| &s.log));
    let settings = settings.inspect_err(|error| tracing::error!(function = H::NAME, %error, "not started"))?;
    let fixed = variable("TOLLGATE_NOW").and_then(|t| t.parse().ok());
    // A log stream belongs to one environment of one function and is never used again.
    let writer = variable("AWS_LAMBDA_LOG_STREAM_NAME").unwrap_or_default();
    let writer = format!("{writer}#{}", std::process::id());
    let aws = Arc::new(Aws::new(settings, aws::clock(fixed), &writer));
    let handler = wire(Arc::clone(&aws))?;
    let (aws, handler) = (&aws, &handler);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<H::Event>| async move {
        let run = H::run_of(&event.payload).unwrap_or_else(|| format!("{}-{}", H::NAME, event.context.request_id));
        let span = tracing::info_span!("run", run = %run, function = H::NAME, request = %event.context.request_id);
        handle_event(aws, handler, event.payload, &run).instrument(span).await
    }))
    .await
}

/// Handles one event, writes its counts to the log and records the run.
async fn handle_event<H: Handler>(
    aws: &Aws,
    handler: &H,
    event: H::Event,
    run: &str,
) -> Result<Value, lambda_runtime::Error> {
    let mut counts = Counts::default();
    let result = handler.handle(event, run, &mut counts).await;
    counts.add(if result.is_ok() { Metric::Runs } else { Metric::FailedRuns }, 1);
    let now = aws.clock.now();
    let mut out = std::io::stdout().lock();
    for line in counts.lines(&aws.settings.stage, H::NAME, run, now.as_millisecond()) {
        // A log that cannot be written has no place to report it.
        let _ = writeln!(out, "{line}");
    }
    drop(out);
    let record = FunctionRun {
        function: H::NAME.to_owned(),
        run: run.to_owned(),
        at: now,
        failed: result.as_ref().err().map(ToString::to_string),
        counts: counts.named(),
    };
    if let Err(error) = aws.ledger.put_run(&record).await {
        tracing::warn!(%error, "the run could not be recorded");
    }
    match &result {
        Ok(_) => tracing::info!(counts = %counts_text(&record.counts), "done"),
        Err(error) => {
            tracing::error!(%error, retryable = error.retryable(), counts = %counts_text(&record.counts), "failed")
        }
    }
    Ok(result?)
}

fn counts_text(counts: &BTreeMap<String, u64>) -> String {
    let parts: Vec<String> = counts.iter().map(|(name, value)| format!("{name}={value}")).collect();
    parts.join(" ")
}

#[expect(clippy::disallowed_methods, reason = "functions read their environment here")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn log_to_stdout(level: &str) {
    let level = level.parse().unwrap_or(tracing::Level::INFO);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .init();
}
