//! `tollgate advise`: finds savings and keeps recommendations.

use anyhow::{Context as _, bail};
use tollgate_analysis::advice::KINDS;
use tollgate_model::money::grouped;
use tollgate_model::text::counted;
use tollgate_model::{AdviceRecord, AdviceState};
use tollgate_pipeline::{AdviseReport, advise, dismiss};

use crate::args::{Advise, AdviseCommand, Args, Format};
use crate::exit::Exit;
use crate::output::{bold, dim, is_terminal, json, print_note, table, to_minute};
use crate::print_line;
use crate::setup::{cloud, create, open, open_for_check};
use crate::who;

pub(crate) async fn run(args: &Args, command: &Advise) -> anyhow::Result<Exit> {
    match &command.command {
        None => find_savings(args).await,
        Some(AdviseCommand::List { state, kind }) => {
            let context = open(args).await?;
            let mut records = records(&context.state.ledger.advices(&[*state]).await?);
            records.retain(|r| kind.as_ref().is_none_or(|k| r.advice.kind == *k));
            match (args.format, records.is_empty(), *state) {
                (Format::Text, true, state) if state != AdviceState::Open => {
                    let state = state.as_str();
                    print_line!("no {state} recommendations");
                }
                _ => print_list(args, &records)?,
            }
            Ok(Exit::Success)
        }
        Some(AdviseCommand::Show { id }) => {
            let context = open(args).await?;
            let Some((record, _)) = context.state.ledger.advice(id).await? else {
                bail!("there is no recommendation `{id}`\nhint: `tollgate advise list` lists them");
            };
            print_record(args, &record)?;
            Ok(Exit::Success)
        }
        Some(AdviseCommand::Dismiss { id, reason, wrong, actor }) => {
            let context = open(args).await?;
            let record = dismiss(
                &context.state,
                &who::actor(args, actor).await?,
                id,
                reason.as_deref().unwrap_or(NO_REASON),
                *wrong,
            )
            .await?;
            match args.format {
                Format::Json => json(&record)?,
                Format::Text | Format::Csv => print_line!("{id} is dismissed"),
            }
            Ok(Exit::Success)
        }
        Some(AdviseCommand::Export) => {
            let context = open(args).await?;
            export(&records(&context.state.ledger.advices(&[AdviceState::Open]).await?))?;
            Ok(Exit::Success)
        }
        Some(AdviseCommand::Kinds) => {
            kinds(args)?;
            Ok(Exit::Success)
        }
    }
}

/// The reason of a decision without one, for the log.
pub(crate) const NO_REASON: &str = "no reason given";

async fn find_savings(args: &Args) -> anyhow::Result<Exit> {
    // Recommendations need no charges: without them, savings use list prices.
    // A store is made only when there is something to read: an empty one would answer later commands.
    let cloud = cloud(args, &open_for_check(args).await?.state).await?;
    let context = create(args).await?;
    if is_terminal() {
        print_note(&format!("inspecting account {}, region {}", cloud.home.account, cloud.home.region));
    }
    let report = advise(&context, &cloud).await?;
    for failure in &report.failures {
        print_note(&format!("not inspected: {failure}"));
    }
    if args.format == Format::Json {
        json(&report)?;
    } else {
        let open = records(&context.state.ledger.advices(&[AdviceState::Open]).await?);
        print_list(args, &open)?;
        if args.format == Format::Text {
            print_counts(&report, open.len());
        }
    }
    Ok(Exit::with_findings(!report.failures.is_empty()))
}

fn print_counts(report: &AdviseReport, open: usize) {
    let calls: u64 = report.calls.values().sum();
    print_line!("");
    print_line!(
        "{} and {} read with {}; {} open, {} new, {} no longer found",
        counted(report.resources, "resource", "resources"),
        counted(report.metrics, "metric", "metrics"),
        counted(calls, "call", "calls"),
        counted(open, "recommendation", "recommendations"),
        report.new,
        report.gone
    );
    let decided = report.found.len().saturating_sub(open);
    if decided > 0 {
        let found = counted(decided, "recommendation", "recommendations");
        print_line!("  {}", dim(format!("{found} found again, already planned, done or dismissed")));
    }
}

/// Sorted by score; recommendations replaced by another one last.
fn records(found: &[(AdviceRecord, u64)]) -> Vec<AdviceRecord> {
    let mut out: Vec<AdviceRecord> = found.iter().map(|(r, _)| r.clone()).collect();
    let unknown = |r: &AdviceRecord| r.advice.saving.between.is_none();
    out.sort_by(|a, b| {
        let key = |r: &AdviceRecord| (r.advice.instead.is_some(), std::cmp::Reverse(r.advice.score), unknown(r));
        (key(a), &a.advice.id).cmp(&(key(b), &b.advice.id))
    });
    out
}

fn print_list(args: &Args, records: &[AdviceRecord]) -> anyhow::Result<()> {
    match args.format {
        Format::Json => return json(&records),
        Format::Csv => return export(records),
        Format::Text => {}
    }
    if records.is_empty() {
        print_line!("no open recommendations; `tollgate advise` looks for some");
        return Ok(());
    }
    let rows = records.iter().map(|r| {
        let a = &r.advice;
        let what = match &a.instead {
            Some(other) => dim(format!("{}; replaced by {other}", a.what)),
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
    table(
        &["advice", ">saving a month", "?>confidence", "?effort", "?risk", "resource", "~recommendation"],
        rows.collect(),
    );
    Ok(())
}

fn print_record(args: &Args, record: &AdviceRecord) -> anyhow::Result<()> {
    if args.format == Format::Json {
        return json(record);
    }
    let a = &record.advice;
    let yes = |flag: bool| if flag { "yes" } else { "no" };
    print_line!("{}  {}, {}", bold(&a.id), a.kind, record.state);
    print_line!("  title       {}", a.what);
    print_line!("  resource    {} in {}", a.subject.id, a.subject.place.to_string().trim_end());
    let a_month = if a.saving.between.is_some() { " a month" } else { "" };
    print_line!("  saving      {}{a_month}", a.saving);
    for note in &a.saving.notes {
        print_line!("              {note}");
    }
    if let Some(cost) = a.cost_per_month {
        print_line!("  cost now    {} {} a month", grouped(cost, a.saving.currency.minor_places()), a.saving.currency);
    }
    print_line!("  confidence  {} %", a.confidence_percent);
    print_line!(
        "  effort      {}; restart needed: {}; rollback possible: {}",
        a.implementation_effort.as_str(),
        yes(a.restart_needed),
        yes(a.rollback_possible)
    );
    print_line!("  risk        {}", a.risk);
    print_line!("  source      {}", a.source.as_str());
    for (source, saving) in &a.also {
        print_line!("              {} also: {saving}", source.as_str());
    }
    if let Some(other) = &a.instead {
        print_line!("  replaced by {other}");
    }
    print_line!("  evidence");
    for e in &a.evidence {
        print_line!("    {}: {}", e.what, e.value);
    }
    if let Some(kind) = KINDS.iter().find(|k| k.name == a.kind) {
        print_line!("  method      {}", kind.method);
        print_line!("  safeguard   {}", kind.safeguard);
    }
    for e in &record.events {
        print_line!("  {}  {} {}", to_minute(e.at), e.who, e.what);
    }
    if record.state == AdviceState::Open {
        print_line!("");
        match &a.suggested_change {
            Some(_) if a.instead.is_none() => print_line!("  tollgate plan {}", a.id),
            _ => print_line!("  manual change; `tollgate advise dismiss {}` dismisses it", a.id),
        }
    }
    Ok(())
}

/// One row a recommendation, with FOCUS column names where FOCUS has the column. A saving is a negative cost.
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
    crate::output::write_line(String::from_utf8_lossy(&bytes).trim_end());
    Ok(())
}

fn kinds(args: &Args) -> anyhow::Result<()> {
    if args.format == Format::Json {
        let all: Vec<serde_json::Value> = KINDS
            .iter()
            .map(|k| {
                serde_json::json!({
                    "name": k.name, "title": k.title, "actionType": k.action_type, "method": k.method, "safeguard": k.safeguard,
                    "confidencePercent": k.confidence, "implementationEffort": k.effort, "restartNeeded": k.restart,
                    "rollbackPossible": k.rollback, "risk": k.risk,
                })
            })
            .collect();
        return json(&all);
    }
    for k in KINDS {
        print_line!("{}  {}", bold(k.name), k.title);
        print_line!("  method     {}", k.method);
        print_line!("  safeguard  {}", k.safeguard);
    }
    Ok(())
}
