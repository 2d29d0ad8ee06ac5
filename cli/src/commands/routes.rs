//! `tollgate routes test`: who would receive the message of an incident, and why. Nothing is sent.

use anyhow::bail;
use tollgate_channels::text;
use tollgate_model::{Content, IncidentChange, IncidentState, Message};
use tollgate_pipeline::{State, plan_deliveries};

use crate::args::{Args, Format, Routes};
use crate::exit::Exit;
use crate::output::{bold, dim, json, table, to_minute};
use crate::print_line;
use crate::setup::{open, senders};

pub(crate) async fn run(args: &Args, command: &Routes) -> anyhow::Result<Exit> {
    let Routes::Test { incident, change } = command;
    let context = open(args).await?;
    let message = message(&context.state, incident, *change).await?;
    let senders = senders(args, &context.state.policy).await?;
    let plan = plan_deliveries(&context.state, &message, &senders).await?;
    if args.format == Format::Json {
        json(&plan)?;
        return Ok(Exit::Success);
    }
    print_line!("{}", bold(text::title(&message)));
    print_line!("");
    if plan.routes.is_empty() {
        print_line!(
            "Nobody would receive it: tollgate.hcl has no channel; `tollgate init` writes a file with examples."
        );
        return Ok(Exit::Success);
    }
    let routes = plan.routes.iter().map(|(name, why)| vec![name.clone(), why.clone()]).collect();
    table(&["route", "matches"], routes);
    print_line!("");
    if plan.deliveries.is_empty() {
        print_line!("Nobody would receive it.");
        return Ok(Exit::Success);
    }
    let now = context.state.clock.now();
    let rows = plan
        .deliveries
        .iter()
        .map(|h| {
            let when = match &h.held {
                Some(why) => format!("not sent: {why}"),
                None if h.due <= now => "at once".to_owned(),
                None => to_minute(h.due),
            };
            vec![h.channel.clone(), h.people.join(", "), when, h.route.clone(), dim(&h.why)]
        })
        .collect();
    table(&["channel", "people", "when", "route", "why"], rows);
    for (at, _) in &plan.checks {
        print_line!("");
        print_line!("If nobody acknowledges it, it escalates at {}.", to_minute(*at));
    }
    Ok(Exit::Success)
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
        (Some(_), Some(_)) => bail!("`{id}` is the prefix of several incidents\nhint: write more digits"),
    }
}
