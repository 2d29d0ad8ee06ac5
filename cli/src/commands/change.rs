//! `tollgate plan`, `remediate`, `stop-all`, `go-on` and `savings`: what advice says is planned, executed in stages, and measured.

use std::process::ExitCode;

use anyhow::bail;
use serde_json::{Map, Value};
use tollgate_model::money::grouped;
use tollgate_model::{AccountRegion, PlanState, SuggestedChange};
use tollgate_pipeline::chat::Actor;
use tollgate_pipeline::{Patience, PlanFor, fulfil_requests, go_on, measure_savings, plan_change, remediate, stop_all};

use crate::args::{Args, Format};
use crate::change_args::{GoOn, Plan, Remediate, StopAll};
use crate::output::{FOUND, bold, json, note, table};
use crate::say;
use crate::setup::{cloud, create, open};

pub(crate) async fn plan(args: &Args, wanted: &Plan) -> anyhow::Result<ExitCode> {
    // A change that somebody wishes needs no advice, and so no store yet.
    let context = if wanted.change.is_some() { create(args).await? } else { open(args).await? };
    let cloud = cloud(&context).await?;
    let what = match (&wanted.change, &wanted.on) {
        (None, _) => PlanFor::Advice(wanted.advice.clone()),
        (Some(kind), Some((of, id))) => PlanFor::Change {
            suggested_change: SuggestedChange { kind: kind.clone(), with: with(&wanted.with) },
            of: *of,
            id: id.clone(),
            place: AccountRegion {
                account: wanted.account.clone().unwrap_or_else(|| cloud.home.account.clone()),
                region: wanted.region.clone().unwrap_or_else(|| cloud.home.region.clone()),
            },
        },
        (Some(_), None) => bail!("--change needs --on TYPE:ID"),
    };
    let request = format!("{what:?}|{}", context.clock.now());
    let built = plan_change(&context, &cloud, &Actor::on_command_line(&wanted.by), &what, &request).await?;
    for (id, why) in &built.left_out {
        note(&format!("left out: {id}: {why}"));
    }
    match args.format {
        Format::Json => json(&built)?,
        Format::Text | Format::Csv => super::plans::show(args, &built.record)?,
    }
    Ok(if built.left_out.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

/// Numbers are numbers, everything else is text.
fn with(pairs: &[(String, String)]) -> Map<String, Value> {
    let value = |text: &str| text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    pairs.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

pub(crate) async fn run(args: &Args, how: &Remediate) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let cloud = cloud(&context).await?;
    if let Some(id) = &how.plan
        && context.ledger.plan(id).await?.is_none()
    {
        bail!("there is no plan `{id}`\nhint: `tollgate plans` lists them");
    }
    for line in fulfil_requests(&context, &cloud).await? {
        note(&line);
    }
    let patience = Patience { every: how.every, looks: how.looks };
    let advanced = remediate(&context, &cloud, how.plan.as_deref(), patience).await?;
    match args.format {
        Format::Json => json(&advanced)?,
        Format::Text | Format::Csv if advanced.is_empty() => say!("no approved plan waits to be executed"),
        Format::Text | Format::Csv => {
            for one in &advanced {
                let due = one.due.as_ref().map_or(String::new(), |d| format!(", goes on at {d}"));
                say!("{}  {}{due}", bold(&one.plan), one.state);
                one.what.iter().for_each(|line| say!("  {line}"));
            }
        }
    }
    let failed = advanced.iter().any(|a| matches!(a.state, PlanState::RolledBack | PlanState::Halted));
    Ok(if failed { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

pub(crate) async fn stop(args: &Args, how: &StopAll) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let under_way = stop_all(&context, &Actor::on_command_line(&how.by), &how.reason).await?;
    match args.format {
        Format::Json => json(&under_way)?,
        Format::Text | Format::Csv => {
            say!("everything stands still; `tollgate go-on` lets it go on");
            under_way.iter().for_each(|line| say!("  {line}"));
            if under_way.is_empty() {
                say!("  nothing was under way");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn resume(args: &Args, how: &GoOn) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    go_on(&context, &Actor::on_command_line(&how.by)).await?;
    if args.format == Format::Text {
        say!("plans go on where they were");
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn savings(args: &Args) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let report = measure_savings(&context).await?;
    if args.format == Format::Json {
        json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    if report.lines.is_empty() {
        say!("no change was made yet");
        return Ok(ExitCode::SUCCESS);
    }
    let rows = report.lines.iter().map(|l| {
        let places = l.currency.minor_places();
        let range = |(low, high)| format!("{} to {}", grouped(low, places), grouped(high, places));
        let measured = l.changes > l.reverted + l.waiting;
        vec![
            l.kind.clone(),
            l.account.clone(),
            l.changes.to_string(),
            l.reverted.to_string(),
            l.waiting.to_string(),
            if measured { range(l.promised) } else { String::new() },
            if measured { grouped(l.realized.1, places) } else { String::new() },
            if measured { range((l.realized.0, l.realized.2)) } else { String::new() },
            l.currency.to_string(),
            format!("{} %", l.trust_percent),
        ]
    });
    let headers = [
        "kind",
        "account",
        ">changes",
        ">reverted",
        ">not measured",
        ">promised",
        ">realized",
        ">90 % between",
        "",
        ">trusted",
    ];
    table(&headers, rows.collect());
    for change in report.changes.iter().filter(|c| c.why_not.is_some()) {
        note(&format!(
            "{} step {} ({}): {}",
            change.plan,
            change.step + 1,
            change.resource,
            change.why_not.clone().unwrap_or_default()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
