//! Cost Explorer: the source of charges, or the reference that an export is compared with.

use std::collections::BTreeSet;

use tollgate_model::{BillingPeriod, Day, SourceId};
use tollgate_pipeline::{Context, Input, PipelineError, ReferenceCosts, compare, report_gaps};
use tollgate_sources::SourceError;
use tollgate_sources::aws_organization::accounts;
use tollgate_sources::cost_explorer::{self, PaidCalls, PeriodRequest, UsageGrouping, periods_to_read, read_period};
use tollgate_wiring::identity::assume_role;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Settings, WiringError};

use crate::import;

const AGAINST: &str = "Cost Explorer";

/// Reads billing periods that are open or unknown: those of the payer, or of each member account through a role. A member that refuses
/// does not stop the others.
pub(crate) async fn feed(aws: &Aws, context: &Context, counts: &mut Counts) -> Result<(), WiringError> {
    let Settings { account, member_role, external_id, paid_calls, .. } = &aws.settings;
    let calls = PaidCalls::new(*paid_calls);
    match member_role {
        None => {
            let client = cost_explorer::connect(&aws.config);
            let read = feed_of(aws, context, account, &client, &calls, counts).await;
            log_failure(account, read.map_err(WiringError::from), counts);
        }
        Some(role) => {
            for member in accounts(&aws.config).await.map_err(PipelineError::from)? {
                let session = format!("tollgate-{}", context.state.run);
                let read = match assume_role(&aws.config, &member.id, role, external_id.as_deref(), &session).await {
                    Ok(keys) => {
                        let client = cost_explorer::connect(&aws.config_with(&keys));
                        feed_of(aws, context, &member.id, &client, &calls, counts).await.map_err(WiringError::from)
                    }
                    Err(error) => Err(error.into()),
                };
                log_failure(&member.id, read, counts);
            }
        }
    }
    record_paid_calls(&calls, counts);
    Ok(())
}

async fn feed_of(
    aws: &Aws,
    context: &Context,
    account: &str,
    client: &cost_explorer::Client,
    calls: &PaidCalls,
    counts: &mut Counts,
) -> Result<(), PipelineError> {
    let Settings { history, closes_on, split, account: billing_account, .. } = &aws.settings;
    let source = SourceId::from_text(&format!("aws-{account}"));
    let periods = context.state.ledger.periods().await?;
    let known: BTreeSet<BillingPeriod> =
        periods.iter().filter(|p| p.revision.source == source).map(|p| p.revision.period).collect();
    let today = Day::of_second(context.state.clock.now().as_second());
    for period in periods_to_read(today, &known, *history, *closes_on) {
        let reading = PeriodRequest { billing_account, period, today, split };
        let read = read_period(client, &reading, calls).await?;
        if read.rows() == 0 {
            tracing::info!(account, %period, "no charges");
            continue;
        }
        tracing::info!(account, %period, rows = read.rows(), estimated = read.is_estimated(), "read");
        let input = Input { name: format!("{AGAINST} {account} {period}"), source: Box::new(read) };
        let feed = format!("cost explorer {account}");
        import(context, vec![input], Some(source.clone()), feed, counts).await?;
    }
    Ok(())
}

/// Compares the lake with Cost Explorer once a day, because each request costs money: the current month, and the previous one until it
/// closes.
pub(crate) async fn check(aws: &Aws, context: &Context, counts: &mut Counts) -> Result<(), WiringError> {
    let Settings { account, closes_on, tolerance_percent, paid_calls, .. } = &aws.settings;
    let calls = PaidCalls::new(*paid_calls);
    let client = cost_explorer::connect(&aws.config);
    let today = Day::of_second(context.state.clock.now().as_second());
    let provisional = i32::try_from(context.state.policy.detection.provisional_days).unwrap_or(0);
    let through = today.plus(-1 - provisional);
    let previous = today.month().previous();
    let open = today.day_of_month() <= *closes_on;
    for period in [Some(today.month()), open.then_some(previous)].into_iter().flatten() {
        if through < period.first_day() {
            continue;
        }
        let source = SourceId::from_text(&format!("aws-{account}"));
        if context.state.ledger.last_comparison(&source, period).await.map_err(PipelineError::from)? == Some(today) {
            continue;
        }
        let reading = PeriodRequest { billing_account: account, period, today, split: &UsageGrouping::Services };
        let result = async {
            let mut other = ReferenceCosts::default();
            other.add(Box::new(read_period(&client, &reading, &calls).await?))?;
            let comparison =
                compare(&context.state, Some(account), period, through, (AGAINST, &other), *tolerance_percent).await?;
            if !comparison.is_within_tolerance() {
                report_gaps(&context.state, &source, &comparison).await?;
            }
            context.state.ledger.put_comparison(&source, period, today).await?;
            Ok(comparison.is_within_tolerance())
        };
        match result.await {
            Ok(reconciled) => {
                counts.add(Metric::NotReconciled, usize::from(!reconciled));
                tracing::info!(%period, %through, reconciled, "compared with Cost Explorer");
            }
            // The lake has no charges of the month yet.
            Err(PipelineError::Empty) => {}
            Err(error) => log_failure(account, Err(error.into()), counts),
        }
    }
    record_paid_calls(&calls, counts);
    Ok(())
}

/// Counts and logs that an account could not be read. The limit of paid requests is a warning.
fn log_failure(account: &str, result: Result<(), WiringError>, counts: &mut Counts) {
    let Err(error) = result else { return };
    counts.add(Metric::FailedSources, 1);
    match &error {
        WiringError::Pipeline(PipelineError::Source(SourceError::PaidCalls { .. })) => {
            tracing::warn!(account, %error, "not all was read")
        }
        _ => tracing::error!(account, %error, retryable = error.retryable(), "an account was not read"),
    }
}

fn record_paid_calls(calls: &PaidCalls, counts: &mut Counts) {
    counts.set(Metric::PaidCalls, calls.spent().into());
    tracing::info!(calls = calls.spent(), usd = %calls.cost(), "paid requests");
}
