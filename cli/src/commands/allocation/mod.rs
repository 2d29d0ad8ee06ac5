//! `tollgate allocation`: shared cost divided among teams, months closed and compared.

mod compare;
mod heat_map;
mod import;
mod show;

use std::io::Write;

use anyhow::{Context as _, bail};
use tollgate_pipeline::{CloseOutcome, allocation_plan, approve_month, check_allocations, close_month, newest_month};

use crate::args::{AllocationCommand, AllocationMonth, Args, Format};
use crate::exit::Exit;
use crate::output::{csv, json, money, print_note, table};
use crate::print_line;
use crate::setup::open;
use crate::who;

pub(crate) async fn run(args: &Args, command: &AllocationCommand) -> anyhow::Result<Exit> {
    // Rules are read without a store.
    if let AllocationCommand::Import { file } = command {
        return import::run(file);
    }
    let context = open(args).await?;
    let chosen = async |month: &AllocationMonth| {
        let plan = allocation_plan(&context.state, month.dimension.as_deref())?;
        anyhow::Ok((newest_month(&context.state, month.period).await?, plan))
    };
    match command {
        AllocationCommand::Show { month, of } => {
            let (period, plan) = chosen(month).await?;
            show::run(args, &context, period, &plan, of.as_deref()).await
        }
        AllocationCommand::Check { month } => {
            let (period, plan) = chosen(month).await?;
            let findings = check_allocations(&context, period, &plan).await?;
            print_findings(args, &findings)?;
            Ok(Exit::with_findings(!findings.is_empty()))
        }
        AllocationCommand::Diff { month } => {
            let (period, plan) = chosen(month).await?;
            compare::diff(args, &context, period, &plan).await
        }
        AllocationCommand::Backtest { rules, months, month } => {
            let (period, plan) = chosen(month).await?;
            let mut all = vec![period];
            while all.len() < usize::from(*months) {
                all.insert(0, all[0].previous());
            }
            compare::backtest(args, &context, &all, &plan, rules).await
        }
        AllocationCommand::Close { month, actor } => {
            let (period, plan) = chosen(month).await?;
            let actor = who::actor(args, actor).await?;
            print_outcome(args, &close_month(&context, &actor, period, &plan).await?)
        }
        AllocationCommand::Approve { hash, month, actor } => {
            let (period, plan) = chosen(month).await?;
            let actor = who::approver(args, &context, actor).await?;
            print_outcome(args, &approve_month(&context.state, &actor, &plan.dimension, period, hash).await?)
        }
        AllocationCommand::Heatmap { dimension, months, svg } => {
            heat_map::run(args, &context, dimension.as_deref(), usize::from(*months), svg.as_deref()).await
        }
        AllocationCommand::Import { file } => import::run(file),
        AllocationCommand::Export { month, output, raw } => {
            let (period, plan) = chosen(month).await?;
            // The charges of a closed month are divided by its own rules.
            let closed = context.state.ledger.closed_month(&plan.dimension, period).await?;
            let plan = closed.map_or(plan, |(_, frozen, _)| frozen.plan);
            let rows = match output {
                Some(path) => {
                    let file = std::fs::File::create(path);
                    let file = file.with_context(|| format!("{}: cannot be written", path.display()))?;
                    let mut out = std::io::BufWriter::new(file);
                    let rows = tollgate_pipeline::export_allocated(&context, period, &plan, *raw, &mut out).await?;
                    out.flush()?;
                    rows
                }
                None => {
                    let mut out = std::io::BufWriter::new(std::io::stdout());
                    let rows = tollgate_pipeline::export_allocated(&context, period, &plan, *raw, &mut out).await?;
                    out.flush()?;
                    rows
                }
            };
            print_note(&format!("{rows} charges and parts of charges exported as FOCUS"));
            Ok(Exit::Success)
        }
    }
}

fn print_findings(args: &Args, findings: &[tollgate_pipeline::AllocationFinding]) -> anyhow::Result<()> {
    match args.format {
        Format::Json => json(&findings)?,
        Format::Csv => csv(findings)?,
        Format::Text if findings.is_empty() => {
            print_line!("every charge is allocated, and every value is known");
        }
        Format::Text => {
            let rows = findings.iter().map(|finding| {
                let amounts: Vec<String> = finding.billed.iter().map(|m| money(m.amount, m.currency)).collect();
                vec![
                    finding.kind.to_owned(),
                    finding.message.clone(),
                    amounts.join(", "),
                    finding.hint.clone().unwrap_or_default(),
                ]
            });
            table(&["finding", "message", ">billed", "?hint"], rows.collect());
        }
    }
    Ok(())
}

fn print_outcome(args: &Args, outcome: &CloseOutcome) -> anyhow::Result<Exit> {
    let text = match outcome {
        CloseOutcome::Closed { month } => format!(
            "{} is closed by {}: {} parts with the hash {}\na second person approves it with\n  tollgate allocation approve {} --period {}",
            month.period, month.closed_by, month.costs, month.hash, month.hash, month.period
        ),
        CloseOutcome::Locked { month } => {
            let by = month.approval.as_ref().map_or("", |a| a.who.as_str());
            format!("{} is locked: closed by {}, approved by {by}", month.period, month.closed_by)
        }
        CloseOutcome::Refused { why } if args.format == Format::Text => bail!("{why}"),
        CloseOutcome::Refused { why } => why.clone(),
    };
    match args.format {
        Format::Json => json(outcome)?,
        Format::Text | Format::Csv => text.lines().for_each(|line| print_line!("{line}")),
    }
    Ok(Exit::with_findings(matches!(outcome, CloseOutcome::Refused { .. })))
}
