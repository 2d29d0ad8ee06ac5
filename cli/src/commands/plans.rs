//! `tollgate plans`: change plans, and decisions on them outside of chat.

use anyhow::{bail, ensure};
use tollgate_model::{Money, PlanRecord, PlanState, PlanStep};
use tollgate_pipeline::{Context, DecisionOutcome, Proposal, decide, propose};

use crate::args::{ActorArgs, Args, Format, PlanVersion, Plans};
use crate::exit::Exit;
use crate::output::{bold, csv, json, table, to_minute};
use crate::print_line;
use crate::setup::open;
use crate::who;

pub(crate) async fn run(args: &Args, command: Option<&Plans>) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    match command {
        None => {
            let plans = context.state.ledger.plans(&PlanState::ALL).await?;
            match args.format {
                Format::Json => json(&plans)?,
                Format::Csv => csv(&plans)?,
                Format::Text if plans.is_empty() => {
                    print_line!("no plans; `tollgate plan` and `tollgate plans propose` create them")
                }
                Format::Text => {
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
                    table(
                        &["plan", "state", "risk", ">saves a month", "?requester", "title", "?missing"],
                        rows.collect(),
                    );
                }
            }
        }
        Some(Plans::Show { id }) => {
            print_plan(args, &find_plan(&context, id).await?)?;
        }
        Some(Plans::Propose { title, reason, steps, risk, saving, incident, actor }) => {
            ensure!(!steps.is_empty(), "a plan has at least one --step");
            let saving_per_month = saving.map(|(currency, amount)| Money::new(amount, currency));
            let steps = steps.iter().map(|what| PlanStep::manual(what)).collect();
            let proposal = Proposal {
                title: title.clone(),
                why: reason.clone().unwrap_or_default(),
                steps,
                risk: *risk,
                saving_per_month,
                incident: incident.clone(),
                rollout: None,
                request: format!("{title}|{}", context.state.clock.now()),
            };
            let record = propose(&context.state, &who::actor(args, actor).await?, proposal).await?;
            print_plan(args, &record)?;
        }
        Some(Plans::Approve { plan, actor }) => return decide_plan(args, &context, plan, actor, true).await,
        Some(Plans::Decline { plan, actor }) => return decide_plan(args, &context, plan, actor, false).await,
    }
    Ok(Exit::Success)
}

/// A plan by its id, or by a unique prefix of it.
async fn find_plan(context: &Context, id: &str) -> anyhow::Result<PlanRecord> {
    if let Some((record, _)) = context.state.ledger.plan(id).await? {
        return Ok(record);
    }
    let all = context.state.ledger.plans(&PlanState::ALL).await?;
    let mut found = all.into_iter().filter(|record| record.plan.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(record), None) => Ok(record),
        (None, _) => bail!("there is no plan `{id}`\nhint: `tollgate plans` lists them"),
        (Some(_), Some(_)) => bail!("`{id}` is the prefix of several plans\nhint: write more digits"),
    }
}

async fn decide_plan(
    args: &Args,
    context: &Context,
    plan: &PlanVersion,
    actor: &ActorArgs,
    approves: bool,
) -> anyhow::Result<Exit> {
    let record = find_plan(context, &plan.id).await?;
    let id = &record.plan.id;
    // Only an approval is bound to what was shown.
    let hash = match (&plan.hash, approves) {
        (Some(hash), _) => hash.clone(),
        (None, false) => record.hash.clone(),
        (None, true) => bail!(
            "an approval names the hash of what was read\nhint: `tollgate plans show {id}` shows the plan and the whole command"
        ),
    };
    let actor = if approves { who::approver(args, context, actor).await? } else { who::actor(args, actor).await? };
    let decided = decide(&context.state, &actor, id, &hash, approves).await?;
    match args.format {
        Format::Json => json(&decided)?,
        Format::Text | Format::Csv => match &decided {
            DecisionOutcome::Approved => print_line!("{id} is approved"),
            DecisionOutcome::Declined => print_line!("{id} is declined"),
            DecisionOutcome::Endorsed { missing } => {
                print_line!("{} approves {id}; still missing: {missing}", actor.name)
            }
            DecisionOutcome::Refused { why } => print_line!("refused: {why}"),
        },
    }
    Ok(match decided {
        DecisionOutcome::Refused { .. } => Exit::Findings,
        DecisionOutcome::Approved | DecisionOutcome::Declined | DecisionOutcome::Endorsed { .. } => Exit::Success,
    })
}

pub(crate) fn print_plan(args: &Args, record: &PlanRecord) -> anyhow::Result<()> {
    if args.format == Format::Json {
        return json(record);
    }
    let plan = &record.plan;
    print_line!("{}  {}, {} risk", bold(&plan.id), record.state, plan.risk);
    print_line!("  title     {}", plan.title);
    if !plan.why.is_empty() {
        print_line!("  reason    {}", plan.why);
    }
    print_line!("  saves     {}", plan.saving_per_month.map_or("unknown".to_owned(), |m| format!("{m} a month")));
    print_line!("  requester {}", plan.requester);
    print_line!("  expires   {}", to_minute(plan.expires_at));
    if let Some(incident) = &plan.incident {
        print_line!("  incident  {incident}");
    }
    tollgate_actions::plan_diff(plan).iter().for_each(|line| print_line!("  {line}"));
    for d in &record.decisions {
        let what = if d.approves { "approves" } else { "declines" };
        print_line!(
            "  {}  {} {what} {}",
            to_minute(d.at),
            d.who,
            if d.in_chat { "in chat" } else { "outside of the chat" }
        );
    }
    record.progress.iter().for_each(|line| print_line!("  - {line}"));
    record.not_restored.iter().for_each(|what| print_line!("  not restored: {what}"));
    if let Some(missing) = record.missing().filter(|_| record.state == PlanState::Proposed) {
        print_line!("  missing   {missing}");
        print_line!("");
        print_line!("  tollgate plans approve {} {}", plan.id, record.hash);
    }
    Ok(())
}
