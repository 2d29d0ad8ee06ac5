//! `tollgate plan`, `remediate`, `stop-all`, `resume` and `savings`: recommendations are planned, executed in stages, and
//! measured.

use anyhow::bail;
use serde_json::{Map, Value};
use tollgate_model::money::grouped;
use tollgate_model::{AccountRegion, Amount, Currency, PlanState, SuggestedChange};
use tollgate_pipeline::{PlanInput, Polling, fulfil_plan_requests, measure_savings, plan_change, remediate, stop_all};

use super::advise::NO_REASON;
use crate::args::{Args, Format};
use crate::args::{Plan, Remediate, Resume, StopAll};
use crate::exit::Exit;
use crate::output::{bold, csv, json, print_note, table, to_minute};
use crate::print_line;
use crate::setup::{cloud, create, open, open_for_check};
use crate::who::{actor, approver};

pub(crate) async fn plan(args: &Args, wanted: &Plan) -> anyhow::Result<Exit> {
    // A change without a recommendation needs no store yet.
    let (context, cloud) = if wanted.change.is_some() {
        let cloud = cloud(args, &open_for_check(args).await?.state).await?;
        (create(args).await?, cloud)
    } else {
        let context = open(args).await?;
        let cloud = cloud(args, &context.state).await?;
        (context, cloud)
    };
    let what = match (&wanted.change, &wanted.on) {
        (None, _) => PlanInput::Advice(wanted.advice.clone()),
        (Some(kind), Some((of, id))) => PlanInput::Change {
            suggested_change: SuggestedChange { kind: kind.clone(), with: change_inputs(&wanted.with) },
            of: *of,
            id: id.clone(),
            place: AccountRegion {
                account: wanted.account.clone().unwrap_or_else(|| cloud.home.account.clone()),
                region: wanted.region.clone().unwrap_or_else(|| cloud.home.region.clone()),
            },
        },
        (Some(_), None) => bail!("--change needs --on TYPE:ID"),
    };
    let request = format!("{what:?}|{}", context.state.clock.now());
    let built = plan_change(&context.state, &cloud, &actor(args, &wanted.actor).await?, &what, &request).await?;
    for (id, why) in &built.left_out {
        print_note(&format!("left out: {id}: {why}"));
    }
    match args.format {
        Format::Json => json(&built)?,
        Format::Text | Format::Csv => super::plans::print_plan(args, &built.record)?,
    }
    Ok(Exit::with_findings(!built.left_out.is_empty()))
}

/// The inputs of a change: numbers as numbers, everything else as text.
fn change_inputs(pairs: &[(String, String)]) -> Map<String, Value> {
    let value = |text: &str| text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    pairs.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

pub(crate) async fn execute(args: &Args, how: &Remediate) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let cloud = cloud(args, &context.state).await?;
    if let Some(id) = &how.plan
        && context.state.ledger.plan(id).await?.is_none()
    {
        bail!("there is no plan `{id}`\nhint: `tollgate plans` lists them");
    }
    for line in fulfil_plan_requests(&context.state, &cloud).await? {
        print_note(&line);
    }
    let polling = Polling { interval: how.every, attempts: how.polls };
    let advanced = remediate(&context.state, &cloud, how.plan.as_deref(), polling).await?;
    match args.format {
        Format::Json => json(&advanced)?,
        Format::Text | Format::Csv if advanced.is_empty() => print_line!("no approved plan to execute"),
        Format::Text | Format::Csv => {
            for run in &advanced {
                let due = run.due.as_ref().map_or(String::new(), |d| format!(", continues at {} UTC", to_minute(*d)));
                print_line!("{}  {}{due}", bold(&run.plan), run.state);
                run.what.iter().for_each(|line| print_line!("  {line}"));
            }
        }
    }
    let failed = advanced.iter().any(|a| matches!(a.state, PlanState::RolledBack | PlanState::Halted));
    Ok(Exit::with_findings(failed))
}

pub(crate) async fn stop(args: &Args, how: &StopAll) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let in_progress =
        stop_all(&context.state, &actor(args, &how.actor).await?, how.reason.as_deref().unwrap_or(NO_REASON)).await?;
    match args.format {
        Format::Json => json(&in_progress)?,
        Format::Text | Format::Csv => {
            print_line!("all plan runs are stopped; `tollgate resume` resumes them");
            in_progress.iter().for_each(|line| print_line!("  {line}"));
            if in_progress.is_empty() {
                print_line!("  nothing was in progress");
            }
        }
    }
    Ok(Exit::Success)
}

pub(crate) async fn resume(args: &Args, how: &Resume) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    tollgate_pipeline::resume(&context.state, &approver(args, &context, &how.actor).await?).await?;
    match args.format {
        Format::Json => json(&serde_json::json!({ "is": "resumed" }))?,
        Format::Text | Format::Csv => print_line!("plan runs are resumed"),
    }
    Ok(Exit::Success)
}

pub(crate) async fn savings(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let report = measure_savings(&context).await?;
    if args.format == Format::Json {
        json(&report)?;
        return Ok(Exit::Success);
    }
    if args.format == Format::Csv {
        csv(&report.lines)?;
        return Ok(Exit::Success);
    }
    if report.lines.is_empty() {
        print_line!("no changes yet");
        return Ok(Exit::Success);
    }
    let rows = report.lines.iter().map(|l| {
        let places = l.currency.minor_places();
        let range = |(low, high): (Amount, Amount)| match low == high {
            true => grouped(high, places),
            false => format!("{} to {}", grouped(low, places), grouped(high, places)),
        };
        let none = || "–".to_owned();
        vec![
            l.kind.clone(),
            l.account.clone(),
            l.changes.to_string(),
            l.reverted.to_string(),
            l.waiting.to_string(),
            l.expected.map_or_else(none, range),
            l.promised.map_or_else(none, range),
            l.realized.map_or_else(none, |(_, mean, _)| grouped(mean, places)),
            l.realized.map_or_else(none, |(low, _, high)| range((low, high))),
            if l.currency == Currency::UNKNOWN { String::new() } else { l.currency.to_string() },
            format!("{} %", l.trust_percent),
        ]
    });
    let headers = [
        "kind",
        "account",
        "??>changes",
        "?>rolled back",
        ">not measured",
        ">promised, not measured",
        ">promised",
        ">realized",
        "?>90 % interval",
        "currency",
        "?>confidence",
    ];
    table(&headers, rows.collect());
    for change in report.changes.iter().filter(|c| c.why_not.is_some()) {
        print_note(&format!(
            "{} step {} ({}): {}",
            change.plan,
            change.step + 1,
            change.resource,
            change.why_not.clone().unwrap_or_default()
        ));
    }
    Ok(Exit::Success)
}
