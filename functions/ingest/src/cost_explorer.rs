//! Cost Explorer: as the feed of charges, or as what an export is compared with.

use std::collections::BTreeSet;

use tollgate_model::{BillingPeriod, Day, SourceId};
use tollgate_pipeline::{Context, Input, OtherLines, PipelineError, compare, tell_gaps};
use tollgate_sources::SourceError;
use tollgate_sources::aws_organization::{accounts, assume};
use tollgate_sources::cost_explorer::{self, PaidCalls, PeriodRequest, UsageGrouping, periods_to_read, read_period};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Settings, WiringError};

use crate::keep;

const AGAINST: &str = "Cost Explorer";

/// Reads what is open or not known yet, of the account that pays or of each member by a role of its own. A member that refuses
/// does not stop the rest.
pub(crate) async fn feed(aws: &Aws, context: &Context, counts: &mut Counts) -> Result<(), WiringError> {
    let Settings { account, member_role, external_id, paid_calls, .. } = &aws.settings;
    let calls = PaidCalls::new(*paid_calls);
    match member_role {
        None => {
            let client = cost_explorer::connect(&aws.config);
            told(account, feed_of(aws, context, account, &client, &calls, counts).await, counts);
        }
        Some(role) => {
            for member in accounts(&aws.config).await.map_err(PipelineError::from)? {
                let session = format!("tollgate-{}", context.run);
                let keys = assume(&aws.config, &member.id, role, external_id.as_deref(), &session).await;
                let read = match keys {
                    Ok(keys) => {
                        let config = aws.config_as(&keys.access, &keys.secret, &keys.token);
                        let client = cost_explorer::connect(&config);
                        feed_of(aws, context, &member.id, &client, &calls, counts).await
                    }
                    Err(error) => Err(error.into()),
                };
                told(&member.id, read, counts);
            }
        }
    }
    spent(&calls, counts);
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
    let periods = context.ledger.periods().await?;
    let known: BTreeSet<BillingPeriod> =
        periods.iter().filter(|p| p.revision.source == source).map(|p| p.revision.period).collect();
    let today = Day::of_second(context.clock.now().as_second());
    for period in periods_to_read(today, &known, *history, *closes_on) {
        let reading = PeriodRequest { billing_account, period, today, split };
        let read = read_period(client, &reading, calls).await?;
        if read.rows() == 0 {
            tracing::info!(account, %period, "no charges");
            continue;
        }
        tracing::info!(account, %period, rows = read.rows(), estimated = read.is_estimated(), "read");
        let input = Input { name: format!("{AGAINST} {account} {period}"), source: Box::new(read) };
        keep(context, vec![input], Some(source.clone()), counts).await?;
    }
    Ok(())
}

/// Compares what the lake has of the current month, and of the one before until it closes, with Cost Explorer, once a day:
/// each look is paid for.
pub(crate) async fn check(aws: &Aws, context: &Context, counts: &mut Counts) -> Result<(), WiringError> {
    let Settings { account, closes_on, tolerance_percent, paid_calls, .. } = &aws.settings;
    let calls = PaidCalls::new(*paid_calls);
    let client = cost_explorer::connect(&aws.config);
    let today = Day::of_second(context.clock.now().as_second());
    let provisional = i32::try_from(context.policy.detection.provisional_days).unwrap_or(0);
    let through = today.plus(-1 - provisional);
    let previous = today.month().previous();
    let open = today.day_of_month() <= *closes_on;
    for period in [Some(today.month()), open.then_some(previous)].into_iter().flatten() {
        if through < period.first_day() {
            continue;
        }
        let source = SourceId::from_text(&format!("aws-{account}"));
        if context.ledger.last_comparison(&source, period).await.map_err(PipelineError::from)? == Some(today) {
            continue;
        }
        let reading = PeriodRequest { billing_account: account, period, today, split: &UsageGrouping::Services };
        let result = async {
            let mut other = OtherLines::default();
            other.add(Box::new(read_period(&client, &reading, &calls).await?))?;
            let comparison =
                compare(context, Some(account), period, through, (AGAINST, &other), *tolerance_percent).await?;
            if !comparison.fine() {
                tell_gaps(context, &source, &comparison).await?;
            }
            context.ledger.put_comparison(&source, period, today).await?;
            Ok(comparison.fine())
        };
        match result.await {
            Ok(fine) => {
                counts.add(Metric::NotReconciled, usize::from(!fine));
                tracing::info!(%period, %through, fine, "compared with Cost Explorer");
            }
            // Nothing of the month is there yet.
            Err(PipelineError::Empty) => {}
            Err(error) => told(account, Err(error), counts),
        }
    }
    spent(&calls, counts);
    Ok(())
}

fn told(account: &str, result: Result<(), PipelineError>, counts: &mut Counts) {
    let Err(error) = result else { return };
    counts.add(Metric::FailedSources, 1);
    match &error {
        PipelineError::Source(SourceError::PaidCalls { .. }) => tracing::warn!(account, %error, "not all was read"),
        _ => tracing::error!(account, %error, retryable = error.retryable(), "an account was not read"),
    }
}

fn spent(calls: &PaidCalls, counts: &mut Counts) {
    counts.set(Metric::PaidCalls, calls.spent().into());
    tracing::info!(calls = calls.spent(), usd = %calls.cost(), "paid requests");
}
