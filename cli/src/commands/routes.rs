//! `tollgate routes test`: who would hear of an incident, and why. Nothing is sent.

use std::process::ExitCode;

use anyhow::bail;
use tollgate_channels::text;
use tollgate_model::{Content, IncidentChange, IncidentState, Message};
use tollgate_pipeline::{State, plan};

use crate::args::{Args, Format, Routes};
use crate::output::{bold, dim, json, table};
use crate::say;
use crate::setup::{open, senders};

pub(crate) async fn run(args: &Args, command: &Routes) -> anyhow::Result<ExitCode> {
    let Routes::Test { incident, change } = command;
    let context = open(args).await?;
    let message = message(&context.state, incident, *change).await?;
    let senders = senders(args, &context.policy)?;
    let plan = plan(&context.state, &message, &senders).await?;
    if args.format == Format::Json {
        json(&plan)?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("{}", bold(text::title(&message)));
    say!("");
    if plan.routes.is_empty() {
        say!("Nobody would hear of it: tollgate.hcl names no channel; `tollgate init` writes a file with examples.");
        return Ok(ExitCode::SUCCESS);
    }
    let routes = plan.routes.iter().map(|(name, why)| vec![name.clone(), why.clone()]).collect();
    table(&["route", "matches"], routes);
    say!("");
    if plan.hearings.is_empty() {
        say!("Nobody would hear of it.");
        return Ok(ExitCode::SUCCESS);
    }
    let now = context.clock.now();
    let rows = plan
        .hearings
        .iter()
        .map(|h| {
            let when = match &h.held {
                Some(why) => format!("not at all: {why}"),
                None if h.due <= now => "at once".to_owned(),
                None => h.due.to_string(),
            };
            vec![h.channel.clone(), h.people.join(", "), when, h.route.clone(), dim(&h.why)]
        })
        .collect();
    table(&["channel", "people", "when", "route", "why"], rows);
    for (at, _) in &plan.wakes {
        say!("");
        say!("If nobody acknowledges it, it escalates at {at}.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn message(state: &State, id: &str, change: IncidentChange) -> anyhow::Result<Message> {
    let all = state.ledger.incidents(&IncidentState::ALL).await?;
    let mut found = all.into_iter().map(|(i, _)| i).filter(|i| i.id.starts_with(id));
    match (found.next(), found.next()) {
        (Some(incident), None) => {
            let id = format!("{}#{}", incident.id, change.label());
            Ok(state.message(id, Content::Incident { change, incident: Box::new(incident) }))
        }
        (None, _) => bail!("there is no incident `{id}`\nhint: `tollgate incidents` lists them"),
        (Some(_), Some(_)) => bail!("`{id}` is the start of several incidents\nhint: write more of it"),
    }
}

/// A change of an incident, by its name.
pub(crate) fn change(text: &str) -> Result<IncidentChange, String> {
    use IncidentChange::{Opened, Raised, Reopened, Resolved, Unanswered};
    let all = [Opened, Raised, Reopened, Resolved, Unanswered];
    let names = all.map(IncidentChange::label).join(", ");
    all.into_iter().find(|c| c.label() == text).ok_or_else(|| format!("one of {names}"))
}
