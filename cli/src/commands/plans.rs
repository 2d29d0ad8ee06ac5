//! `tollgate plans`: change plans, and deciding on them outside of a chat.

use std::process::ExitCode;

use anyhow::{bail, ensure};
use tollgate_model::{Money, PlanRecord, PlanState, PlanStep};
use tollgate_pipeline::chat::Actor;
use tollgate_pipeline::{Decided, Proposal, decide, propose};

use crate::args::{Args, Format, Plans};
use crate::output::{FOUND, bold, json, table};
use crate::say;
use crate::setup::open;

pub(crate) async fn run(args: &Args, command: Option<&Plans>) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    match command {
        None => {
            let plans = context.ledger.plans(&PlanState::ALL).await?;
            match args.format {
                Format::Json => json(&plans)?,
                Format::Text | Format::Csv if plans.is_empty() => {
                    say!("there is no plan; `tollgate plans propose` makes one")
                }
                Format::Text | Format::Csv => {
                    let rows = plans.iter().map(|r| {
                        let saving = r.plan.saving_per_month.map_or("unknown".to_owned(), |m| m.to_string());
                        let missing = r.missing().filter(|_| r.state == PlanState::Proposed).unwrap_or_default();
                        vec![
                            r.plan.id.clone(),
                            r.state.to_string(),
                            r.plan.risk.to_string(),
                            saving,
                            r.plan.requester.clone(),
                            r.plan.title.clone(),
                            missing,
                        ]
                    });
                    table(&["plan", "state", "risk", ">saves a month", "asked by", "what", "needs"], rows.collect());
                }
            }
        }
        Some(Plans::Show { id }) => {
            let Some((record, _)) = context.ledger.plan(id).await? else {
                bail!("there is no plan `{id}`\nhint: `tollgate plans` lists them");
            };
            show(args, &record)?;
        }
        Some(Plans::Propose { title, why, steps, risk, saving, incident, by }) => {
            ensure!(!steps.is_empty(), "a plan has at least one --step");
            let saving_per_month = saving.map(|(currency, amount)| Money::new(amount, currency));
            let steps = steps.iter().map(|what| PlanStep::manual(what)).collect();
            let proposal = Proposal {
                title: title.clone(),
                why: why.clone().unwrap_or_default(),
                steps,
                risk: *risk,
                saving_per_month,
                incident: incident.clone(),
                rollout: None,
                request: format!("{title}|{}", context.clock.now()),
            };
            let record = propose(&context.state, &Actor::on_command_line(by), proposal).await?;
            show(args, &record)?;
        }
        Some(Plans::Approve { id, hash, by }) => return decided(args, &context.state, id, hash, by, true).await,
        Some(Plans::Decline { id, hash, by }) => return decided(args, &context.state, id, hash, by, false).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn decided(
    args: &Args,
    state: &tollgate_pipeline::State,
    id: &str,
    hash: &str,
    by: &str,
    approves: bool,
) -> anyhow::Result<ExitCode> {
    let decided = decide(state, &Actor::on_command_line(by), id, hash, approves).await?;
    match args.format {
        Format::Json => json(&decided)?,
        Format::Text | Format::Csv => match &decided {
            Decided::Approved => say!("{id} is approved"),
            Decided::Declined => say!("{id} is declined"),
            Decided::Endorsed { missing } => say!("{by} approves {id}; still missing: {missing}"),
            Decided::Refused { why } => say!("not done: {why}"),
        },
    }
    Ok(match decided {
        Decided::Refused { .. } => ExitCode::from(FOUND),
        Decided::Approved | Decided::Declined | Decided::Endorsed { .. } => ExitCode::SUCCESS,
    })
}

pub(crate) fn show(args: &Args, record: &PlanRecord) -> anyhow::Result<()> {
    if args.format == Format::Json {
        return json(record);
    }
    let plan = &record.plan;
    say!("{}  {}, {} risk", bold(&plan.id), record.state, plan.risk);
    say!("  what      {}", plan.title);
    if !plan.why.is_empty() {
        say!("  why       {}", plan.why);
    }
    say!("  saves     {}", plan.saving_per_month.map_or("unknown".to_owned(), |m| format!("{m} a month")));
    say!("  asked by  {}", plan.requester);
    say!("  until     {}", plan.expires_at);
    if let Some(incident) = &plan.incident {
        say!("  mends     {incident}");
    }
    tollgate_actions::diff(plan).iter().for_each(|line| say!("  {line}"));
    for d in &record.decisions {
        let what = if d.approves { "approves" } else { "declines" };
        say!("  {}  {} {what} {}", d.at, d.who, if d.in_chat { "in the chat" } else { "on the command line" });
    }
    record.progress.iter().for_each(|line| say!("  - {line}"));
    record.not_restored.iter().for_each(|what| say!("  not restored: {what}"));
    if let Some(missing) = record.missing().filter(|_| record.state == PlanState::Proposed) {
        say!("  needs     {missing}");
        say!("");
        say!("  tollgate plans approve {} {}", plan.id, record.hash);
    }
    Ok(())
}

/// `USD:1200`.
pub(crate) fn money(text: &str) -> Result<(tollgate_model::Currency, tollgate_model::Amount), String> {
    let (currency, amount) = text.split_once(':').ok_or("write USD:1200")?;
    Ok((currency.parse().map_err(|e| format!("{e}"))?, amount.parse().map_err(|e| format!("{e}"))?))
}
