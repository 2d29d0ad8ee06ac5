//! `tollgate advise`: looks for what could be paid less for, and keeps what is found.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use tollgate_analysis::advice::KINDS;
use tollgate_model::money::grouped;
use tollgate_model::{AdviceRecord, AdviceState};
use tollgate_pipeline::chat::Actor;
use tollgate_pipeline::{AdviseReport, advise, dismiss};

use crate::args::{Args, Format};
use crate::change_args::{Advise, AdviseCommand};
use crate::output::{FOUND, bold, dim, json, note, table};
use crate::say;
use crate::setup::{cloud, create, open};

pub(crate) async fn run(args: &Args, command: &Advise) -> anyhow::Result<ExitCode> {
    match &command.command {
        None => look(args).await,
        Some(AdviseCommand::List { state, kind }) => {
            let context = open(args).await?;
            let mut records = records(&context.ledger.advices(&[*state]).await?);
            records.retain(|r| kind.as_ref().is_none_or(|k| r.advice.kind == *k));
            list(args, &records)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(AdviseCommand::Show { id }) => {
            let context = open(args).await?;
            let Some((record, _)) = context.ledger.advice(id).await? else {
                bail!("there is no advice `{id}`\nhint: `tollgate advise list` lists it");
            };
            show(args, &record)?;
            Ok(ExitCode::SUCCESS)
        }
        Some(AdviseCommand::Dismiss { id, reason, wrong, by }) => {
            let context = open(args).await?;
            let record = dismiss(&context, &Actor::on_command_line(by), id, reason, *wrong).await?;
            match args.format {
                Format::Json => json(&record)?,
                Format::Text | Format::Csv => say!("{id} is dismissed"),
            }
            Ok(ExitCode::SUCCESS)
        }
        Some(AdviseCommand::Export) => {
            let context = open(args).await?;
            export(&records(&context.ledger.advices(&[AdviceState::Open]).await?))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(AdviseCommand::Kinds) => {
            kinds(args)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn look(args: &Args) -> anyhow::Result<ExitCode> {
    // Advice needs no charges: savings are then by list prices.
    let context = create(args).await?;
    let cloud = cloud(&context).await?;
    note(&format!("looking at {} {}", cloud.home.account, cloud.home.region));
    let report = advise(&context, &cloud).await?;
    for fault in &report.faults {
        note(&format!("not looked at: {fault}"));
    }
    if args.format == Format::Json {
        json(&report)?;
    } else {
        list(args, &records(&context.ledger.advices(&[AdviceState::Open]).await?))?;
        if args.format == Format::Text {
            told(&report);
        }
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn told(report: &AdviseReport) {
    let calls: u64 = report.calls.values().sum();
    say!("");
    say!(
        "{} resources and {} metrics by {calls} calls; {} recommendations, {} new, {} gone",
        report.resources,
        report.metrics,
        report.found.len(),
        report.new,
        report.gone
    );
}

/// Best first; what gives way to something else last.
fn records(found: &[(AdviceRecord, u64)]) -> Vec<AdviceRecord> {
    let mut out: Vec<AdviceRecord> = found.iter().map(|(r, _)| r.clone()).collect();
    let unknown = |r: &AdviceRecord| r.advice.saving.between.is_none();
    out.sort_by(|a, b| {
        let key = |r: &AdviceRecord| (r.advice.instead.is_some(), std::cmp::Reverse(r.advice.score), unknown(r));
        (key(a), &a.advice.id).cmp(&(key(b), &b.advice.id))
    });
    out
}

fn list(args: &Args, records: &[AdviceRecord]) -> anyhow::Result<()> {
    match args.format {
        Format::Json => return json(&records),
        Format::Csv => return export(records),
        Format::Text => {}
    }
    if records.is_empty() {
        say!("there is no such advice; `tollgate advise` looks for it");
        return Ok(());
    }
    let rows = records.iter().map(|r| {
        let a = &r.advice;
        let what = match &a.instead {
            Some(other) => dim(format!("{}; gives way to {other}", a.what)),
            None => a.what.clone(),
        };
        vec![
            a.id.clone(),
            a.saving.to_string(),
            format!("{} %", a.confidence_percent),
            a.implementation_effort.as_str().to_owned(),
            a.risk.to_string(),
            a.subject.name.clone(),
            what,
        ]
    });
    table(&["advice", ">saves a month", ">sure", "effort", "risk", "of", "what"], rows.collect());
    Ok(())
}

fn show(args: &Args, record: &AdviceRecord) -> anyhow::Result<()> {
    if args.format == Format::Json {
        return json(record);
    }
    let a = &record.advice;
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    say!("{}  {}, {}", bold(&a.id), a.kind, record.state);
    say!("  what        {}", a.what);
    say!("  of          {} in {}", a.subject.id, a.subject.place);
    say!("  saves       {} a month", a.saving);
    for note in &a.saving.notes {
        say!("              {note}");
    }
    if let Some(cost) = a.cost_per_month {
        say!("  costs now   {} {} a month", grouped(cost, a.saving.currency.minor_places()), a.saving.currency);
    }
    say!("  sure        {} %", a.confidence_percent);
    say!(
        "  effort      {}; restart needed: {}; rollback possible: {}",
        a.implementation_effort.as_str(),
        yes(a.restart_needed),
        yes(a.rollback_possible)
    );
    say!("  risk        {}", a.risk);
    say!("  source      {}", a.source.as_str());
    for (source, saving) in &a.also {
        say!("              {} says so too: {saving}", source.as_str());
    }
    if let Some(other) = &a.instead {
        say!("  gives way   to {other}");
    }
    say!("  seen");
    for e in &a.evidence {
        say!("    {}: {}", e.what, e.value);
    }
    if let Some(kind) = KINDS.iter().find(|k| k.name == a.kind) {
        say!("  method      {}", kind.method);
        say!("  guard       {}", kind.guard);
    }
    for e in &record.events {
        say!("  {}  {} {}", e.at, e.who, e.what);
    }
    if record.state == AdviceState::Open {
        say!("");
        match &a.suggested_change {
            Some(_) if a.instead.is_none() => say!("  tollgate plan {}", a.id),
            _ => say!("  a person does this; `tollgate advise dismiss {} --reason …` says no", a.id),
        }
    }
    Ok(())
}

/// One row a recommendation. Columns that FOCUS has are called as there; a saving is a negative cost.
fn export(records: &[AdviceRecord]) -> anyhow::Result<()> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "SubAccountId",
        "RegionId",
        "ResourceId",
        "ResourceName",
        "ResourceType",
        "BillingCurrency",
        "EffectiveCost",
        "x_RecommendationId",
        "x_RecommendationKind",
        "x_ActionType",
        "x_Description",
        "x_SavingLow",
        "x_SavingHigh",
        "x_SavingBasis",
        "x_ConfidencePercent",
        "x_ImplementationEffort",
        "x_RestartNeeded",
        "x_RollbackPossible",
        "x_Risk",
        "x_Source",
        "x_State",
        "x_Score",
    ])?;
    for record in records {
        let a = &record.advice;
        let amount = |a: Option<tollgate_model::Amount>| a.map_or(String::new(), |a| a.to_string());
        let likely = a.saving.likely().map(|l| tollgate_model::Amount::ZERO.saturating_sub(l));
        let basis = serde_json::to_value(a.saving.basis)?;
        out.write_record([
            a.subject.place.account.as_str(),
            &a.subject.place.region,
            &a.subject.id,
            &a.subject.name,
            a.subject.resource_type.map_or("", |t| t.as_str()),
            a.saving.currency.as_str(),
            &amount(likely),
            &a.id,
            &a.kind,
            &a.action_type,
            &a.what,
            &amount(a.saving.between.map(|b| b.0)),
            &amount(a.saving.between.map(|b| b.1)),
            basis.as_str().unwrap_or_default(),
            &a.confidence_percent.to_string(),
            a.implementation_effort.as_str(),
            if a.restart_needed { "true" } else { "false" },
            if a.rollback_possible { "true" } else { "false" },
            a.risk.as_str(),
            a.source.as_str(),
            record.state.as_str(),
            &a.score.to_string(),
        ])?;
    }
    let bytes = out.into_inner().context("the rows cannot be written")?;
    crate::output::line(String::from_utf8_lossy(&bytes).trim_end());
    Ok(())
}

fn kinds(args: &Args) -> anyhow::Result<()> {
    if args.format == Format::Json {
        let all: Vec<serde_json::Value> = KINDS
            .iter()
            .map(|k| {
                serde_json::json!({
                    "name": k.name, "title": k.title, "actionType": k.action_type, "method": k.method, "guard": k.guard,
                    "confidencePercent": k.confidence, "implementationEffort": k.effort, "restartNeeded": k.restart,
                    "rollbackPossible": k.rollback, "risk": k.risk,
                })
            })
            .collect();
        return json(&all);
    }
    for k in KINDS {
        say!("{}  {}", bold(k.name), k.title);
        say!("  method  {}", k.method);
        say!("  guard   {}", k.guard);
    }
    Ok(())
}
