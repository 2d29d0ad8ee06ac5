//! `tollgate deliveries`: sent, waiting and failed messages.

use anstyle::AnsiColor;
use tollgate_ledger::{Delivery, DeliveryState};
use tollgate_pipeline::{Context, newest_deliveries, retry_deliveries};

use crate::args::{Args, Deliveries, DeliveryCommand, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, table, tinted, to_minute};
use crate::print_line;
use crate::setup::open;

pub(crate) async fn run(args: &Args, which: &Deliveries) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    if let Some(DeliveryCommand::Retry { message, failed: _ }) = &which.command {
        return retry(args, &context, message.as_deref()).await;
    }
    let mut all = newest_deliveries(&context.state, which.limit).await?;
    if which.failed {
        all.retain(|d| matches!(d.state, DeliveryState::Failed { .. }));
    }
    all.truncate(which.limit);
    let failed = all.iter().any(|d| matches!(d.state, DeliveryState::Failed { .. }));
    match args.format {
        Format::Json => json(&all)?,
        Format::Csv => csv(&all)?,
        Format::Text if all.is_empty() => {
            print_line!("nothing was sent yet; `tollgate notify` sends due messages")
        }
        Format::Text => {
            table(
                &["message", "channel", "state", "when", "?>attempts", "?route", "?detail"],
                all.iter().map(row).collect(),
            );
        }
    }
    Ok(Exit::with_findings(failed && which.failed))
}

/// Makes deliveries due again. Nothing is sent here: `notify` checks the settings of the channels first.
async fn retry(args: &Args, context: &Context, message: Option<&str>) -> anyhow::Result<Exit> {
    let again = retry_deliveries(&context.state, message).await?;
    if args.format == Format::Json {
        json(&again)?;
        return Ok(Exit::Success);
    }
    for delivery in &again {
        let (message, channel) = delivery.id();
        print_line!("waits again: {message} to {channel}");
    }
    match again.is_empty() {
        true => print_line!("no delivery has failed"),
        false => print_line!("{} to send; `tollgate notify` sends them now", again.len()),
    }
    Ok(Exit::Success)
}

fn row(delivery: &Delivery) -> Vec<String> {
    let (at, detail) = match &delivery.state {
        DeliveryState::Waiting { due } => (due, delivery.error.clone().unwrap_or_default()),
        DeliveryState::Sent { at, receipt } => (at, receipt.clone()),
        DeliveryState::Failed { at, why } | DeliveryState::Held { at, why } => (at, why.clone()),
    };
    let label = delivery.state.label();
    let label = match &delivery.state {
        DeliveryState::Failed { .. } => tinted(label, AnsiColor::Red),
        DeliveryState::Waiting { .. } => tinted(label, AnsiColor::Yellow),
        DeliveryState::Sent { .. } | DeliveryState::Held { .. } => label.to_owned(),
    };
    let instead = delivery.instead_of.as_ref().map_or(String::new(), |of| format!(" (for {of})"));
    let detail: String = detail.lines().next().unwrap_or_default().chars().take(60).collect();
    vec![
        delivery.message.id.to_string(),
        format!("{}{instead}", delivery.channel),
        label,
        to_minute(*at),
        delivery.attempts.to_string(),
        delivery.route.clone(),
        dim(detail),
    ]
}
