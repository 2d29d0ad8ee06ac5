//! `tollgate incidents`: what moved, what it costs, and why.

use std::process::ExitCode;

use anyhow::bail;
use jiff::SignedDuration;
use tollgate_model::incident::{Cause, Incident};
use tollgate_model::{IncidentState, Opinion, money::grouped};
use tollgate_pipeline::chat::Actor;
use tollgate_pipeline::{acknowledge, assign, say_of_incident, snooze};

use crate::args::{Args, Format, IncidentCommand, Who};
use crate::output::{bold, change, dim, json, money, severity, table};
use crate::say;
use crate::setup::open;
use crate::summary::{Names, names};

pub(crate) async fn run(
    args: &Args,
    state: Option<IncidentState>,
    command: Option<&IncidentCommand>,
) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let names = names(&context).await?;
    let states = state.map_or(IncidentState::ALL.to_vec(), |s| vec![s]);
    let changed = match command {
        Some(IncidentCommand::Ack { id, who }) => Some(acknowledge(&context, id, &actor(who)).await?),
        Some(IncidentCommand::Expect { id, until, who }) => {
            let note = who.note.clone();
            Some(say_of_incident(&context, id, Opinion::Expected, Some(*until), &actor(who), note).await?)
        }
        Some(IncidentCommand::Dismiss { id, who }) => {
            let note = who.note.clone();
            Some(say_of_incident(&context, id, Opinion::NotAnAnomaly, None, &actor(who), note).await?)
        }
        Some(IncidentCommand::Snooze { id, hours, who }) => {
            let until = context.clock.now() + SignedDuration::from_hours(i64::from(*hours));
            Some(snooze(&context, id, until, &actor(who)).await?)
        }
        Some(IncidentCommand::Assign { id, to, who }) => Some(assign(&context, id, to, &actor(who)).await?),
        Some(IncidentCommand::Show { .. }) | None => None,
    };
    if let Some(incident) = changed {
        match args.format {
            Format::Json => json(&incident)?,
            Format::Text | Format::Csv => {
                say!("{}  {}", bold(&incident.id), incident.events.last().map_or("", |e| e.what.as_str()));
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut all: Vec<Incident> = context.ledger.incidents(&states).await?.into_iter().map(|(i, _)| i).collect();
    match command {
        Some(IncidentCommand::Show { id }) => {
            let mut found: Vec<&Incident> = all.iter().filter(|i| i.id.starts_with(id.as_str())).collect();
            let Some(incident) = found.pop() else {
                bail!("there is no incident `{id}`\nhint: `tollgate incidents` lists them");
            };
            if !found.is_empty() {
                bail!("`{id}` is the start of several incidents\nhint: write more of it");
            }
            match args.format {
                Format::Json => json(incident)?,
                Format::Text | Format::Csv => show(args, incident, &names),
            }
        }
        _ if args.format == Format::Json => json(&all)?,
        _ if all.is_empty() => say!("no incidents; `tollgate run` looks for them"),
        _ => {
            all.sort_by_key(|i| (!i.is_live(), std::cmp::Reverse(i.severity), i.start));
            list(&all, &names);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn actor(who: &Who) -> Actor {
    Actor::on_command_line(&who.by)
}

pub(crate) fn list(incidents: &[Incident], names: &Names) {
    let rows = incidents
        .iter()
        .map(|i| {
            vec![
                i.id.clone(),
                severity(i.severity),
                i.state.to_string(),
                i.kind.label().to_owned(),
                names.scope(&i.scope),
                if i.start == i.last {
                    i.start.to_string()
                } else {
                    format!("{} to {}", i.start, &i.last.to_string()[5..])
                },
                change(i.impact_per_day, i.currency),
                change(i.impact, i.currency),
                i.causes.first().map(|c| cause(c, names)).unwrap_or_default(),
            ]
        })
        .collect();
    table(&["incident", "severity", "state", "what", "where", "days", ">a day", ">so far", "mostly"], rows);
}

fn cause(cause: &Cause, names: &Names) -> String {
    let value = match (cause.dimension.as_str(), &cause.value) {
        (_, None) => "none".to_owned(),
        ("account", Some(id)) => names.account(id),
        // Resource ids are long; their end tells them apart.
        ("resource", Some(id)) if id.chars().count() > 40 => {
            format!("…{}", id.chars().skip(id.chars().count() - 39).collect::<String>())
        }
        (_, Some(value)) => value.clone(),
    };
    format!("{} {value} ({} %)", cause.dimension, cause.share_percent)
}

fn show(args: &Args, i: &Incident, names: &Names) {
    say!("{}  {}, {}, {}", bold(&i.id), severity(i.severity), i.state, i.kind.label());
    say!("  where     {}", names.scope(&i.scope));
    let days = i.last - i.start + 1;
    say!("  when      {} to {} ({days} day{})", i.start, i.last, if days == 1 { "" } else { "s" });
    say!(
        "  a day     {} instead of {}: {}{}",
        money(i.actual_per_day, i.currency),
        grouped(i.expected_per_day, 2),
        change(i.impact_per_day, i.currency),
        tollgate_model::budget::percent(i.impact_per_day, i.expected_per_day)
            .map(|p| format!(" ({p:+} %)"))
            .unwrap_or_default()
    );
    say!("  so far    {}", change(i.impact, i.currency));
    say!("  a month   {} if it goes on", change(i.impact_per_month(), i.currency));
    say!("  why       {}", i.explanation());
    say!("  stood out {} times the series' own noise; {}", i.score.round(), i.trend.label());
    if let Some(who) = &i.assignee {
        say!("  assignee  {who}");
    }
    if let Some(until) = &i.snoozed_until {
        say!("  snoozed   until {until}");
    }
    if !i.dimensions.is_empty() {
        let whose: Vec<String> = i.dimensions.iter().map(|(name, value)| format!("{name} {value}")).collect();
        say!("  whose     {}", whose.join(", "));
    }
    if i.parts.len() > 1 {
        say!("  parts     {}", i.parts.iter().map(|p| names.scope(p)).collect::<Vec<_>>().join("; "));
    }
    if !i.causes.is_empty() {
        say!("");
        say!("{}", bold("What explains it"));
        let rows = i
            .causes
            .iter()
            .map(|c| {
                let change_a_day = c.during.saturating_sub(c.before);
                vec![
                    format!("{} %", c.share_percent),
                    c.dimension.clone(),
                    c.value.as_ref().map_or("none".to_owned(), |v| {
                        if c.dimension == "account" { names.account(v) } else { v.clone() }
                    }),
                    money(c.before, i.currency),
                    money(c.during, i.currency),
                    change(change_a_day, i.currency),
                ]
            })
            .collect();
        table(&[">share", "of", "value", ">a day before", ">a day now", ">change"], rows);
    }
    if !i.related.is_empty() {
        say!("");
        say!("{}", bold("Earlier, in the same place"));
        for related in &i.related {
            say!("  {}  {}  {}", related.id, related.start, related.what);
        }
    }
    say!("");
    say!("{}", bold("What to look at"));
    for (n, step) in i.kind.playbook().iter().enumerate() {
        say!("  {}. {step}", n + 1);
    }
    say!("");
    for event in &i.events {
        say!("  {}  {}", dim(&event.at[..event.at.len().min(16)]), event.what);
    }
    say!("");
    say!("  {} tollgate --store {} chart {}", dim("see it:"), args.store.display(), i.id);
}
