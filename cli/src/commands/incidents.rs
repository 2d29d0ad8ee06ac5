//! `tollgate incidents`: changes of cost, their impact and their causes.

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use tollgate_model::incident::Incident;
use tollgate_model::limits::CAUSE_VALUES;
use tollgate_model::text::counted;
use tollgate_model::{Day, IncidentState, Opinion, money::grouped};
use tollgate_pipeline::{acknowledge, assign, record_opinion, snooze};

use crate::args::{Args, Format, IncidentCommand, Incidents};
use crate::exit::Exit;
use crate::output::{bold, change, csv, dim, json, money, severity, table, to_minute};
use crate::print::{AccountNames, account_names, print_incidents};
use crate::print_line;
use crate::setup::open;
use crate::who::actor;

pub(crate) async fn run(args: &Args, which: &Incidents) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let names = account_names(&context).await?;
    let states = which.state.map_or(IncidentState::ALL.to_vec(), |s| vec![s]);
    let changed = match &which.command {
        Some(IncidentCommand::Ack { incident, actor: by }) => {
            Some(acknowledge(&context.state, &incident.id, &actor(args, &by.actor).await?).await?)
        }
        Some(IncidentCommand::Expect { incident, until, length, actor: by }) => {
            let now = context.state.clock.now();
            let until =
                until.or_else(|| length.map(|length| Day::of(now + length))).context("name --until or --for")?;
            check_later(until, now)?;
            let note = by.note.clone();
            Some(
                record_opinion(
                    &context.state,
                    &incident.id,
                    Opinion::Expected,
                    Some(until),
                    &actor(args, &by.actor).await?,
                    note,
                )
                .await?,
            )
        }
        Some(IncidentCommand::Dismiss { incident, actor: by }) => {
            let note = by.note.clone();
            Some(
                record_opinion(
                    &context.state,
                    &incident.id,
                    Opinion::NotAnAnomaly,
                    None,
                    &actor(args, &by.actor).await?,
                    note,
                )
                .await?,
            )
        }
        Some(IncidentCommand::Snooze { incident, length, until, actor: by }) => {
            let now = context.state.clock.now();
            let until = match until {
                Some(day) => {
                    check_later(*day, now)?;
                    Timestamp::from_second(day.plus(1).first_second())?
                }
                None => now + *length,
            };
            Some(snooze(&context.state, &incident.id, until, &actor(args, &by.actor).await?).await?)
        }
        Some(IncidentCommand::Assign { incident, person, to, actor: by }) => {
            let person =
                person.as_ref().or(to.as_ref()).context("name the person: `tollgate incidents assign ID PERSON`")?;
            Some(assign(&context.state, &incident.id, person, &actor(args, &by.actor).await?).await?)
        }
        Some(IncidentCommand::Show { .. }) | None => None,
    };
    if let Some(incident) = changed {
        let needs_live = matches!(
            which.command,
            Some(IncidentCommand::Ack { .. } | IncidentCommand::Snooze { .. } | IncidentCommand::Assign { .. })
        );
        ensure!(
            incident.is_live() || !needs_live,
            "{} is {}, so nothing was changed\nhint: `tollgate incidents --state open` lists open incidents",
            incident.id,
            incident.state
        );
        match args.format {
            Format::Json => json(&incident)?,
            Format::Text | Format::Csv => {
                print_line!("{}  {}", bold(&incident.id), incident.events.last().map_or("", |e| e.what.as_str()));
            }
        }
        return Ok(Exit::Success);
    }
    let mut all: Vec<Incident> = context.state.ledger.incidents(&states).await?.into_iter().map(|(i, _)| i).collect();
    match &which.command {
        Some(IncidentCommand::Show { incident: wanted }) => {
            let mut found: Vec<&Incident> = all.iter().filter(|i| i.id.starts_with(&wanted.id)).collect();
            let Some(incident) = found.pop() else {
                bail!("there is no incident `{}`\nhint: `tollgate incidents` lists them", wanted.id);
            };
            if !found.is_empty() {
                bail!("`{}` is the prefix of several incidents\nhint: write more digits", wanted.id);
            }
            match args.format {
                Format::Json => json(incident)?,
                Format::Text | Format::Csv => show(args, incident, &names),
            }
        }
        _ if args.format == Format::Json => json(&all)?,
        _ if args.format == Format::Csv => csv(&all)?,
        _ if all.is_empty() => match which.state {
            Some(state) => print_line!("no {state} incidents"),
            None => print_line!("no incidents; `tollgate run` detects them"),
        },
        _ => {
            all.sort_by_key(|i| (!i.is_live(), std::cmp::Reverse(i.severity), i.start));
            print_incidents(&all, &names);
        }
    }
    Ok(Exit::Success)
}

fn check_later(until: Day, now: Timestamp) -> anyhow::Result<()> {
    let today = Day::of(now);
    ensure!(until >= today, "{until} is in the past\nhint: name today, {today}, or a later day");
    Ok(())
}

fn show(args: &Args, i: &Incident, names: &AccountNames) {
    print_line!("{}  {}, {}, {}", bold(&i.id), severity(i.severity), i.state, i.kind.label());
    print_line!("  scope     {}", names.scope(&i.scope));
    let days = i.last - i.start + 1;
    print_line!("  days      {} to {} ({})", i.start, i.last, counted(days, "day", "days"));
    print_line!(
        "  per day   {} (expected {}): {}{}",
        money(i.actual_per_day, i.currency),
        grouped(i.expected_per_day, 2),
        change(i.impact_per_day, i.currency),
        tollgate_model::budget::percent(i.impact_per_day, i.expected_per_day)
            .map(|p| format!(" ({p:+} %)"))
            .unwrap_or_default()
    );
    print_line!("  impact    {}", change(i.impact, i.currency));
    print_line!("  a month   {} if it continues", change(i.impact_per_month(), i.currency));
    print_line!("  cause     {}", i.explanation());
    print_line!("  score     {} times the noise of the series; {}", i.score.round(), i.trend.label());
    if let Some(who) = &i.assignee {
        print_line!("  assignee  {who}");
    }
    if let Some(until) = &i.snoozed_until {
        print_line!("  snoozed   until {}", to_minute(*until));
    }
    if !i.dimensions.is_empty() {
        let owners: Vec<String> = i.dimensions.iter().map(|(name, value)| format!("{name} {value}")).collect();
        print_line!("  owner     {}", owners.join(", "));
    }
    if i.parts.len() > 1 {
        print_line!("  parts     {}", i.parts.iter().map(|p| names.scope(p)).collect::<Vec<_>>().join("; "));
    }
    if !i.causes.is_empty() {
        print_line!("");
        print_line!("{}", bold("Cost drivers"));
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
        table(&[">share", "dimension", "value", "?>per day before", ">per day now", ">change"], rows);
    }
    if !i.unranked_dimensions.is_empty() {
        let dimensions = i.unranked_dimensions.join(", ");
        print_line!("  {}", dim(format!("not ranked: {dimensions} (more than {} values)", CAUSE_VALUES.size())));
    }
    if !i.related.is_empty() {
        print_line!("");
        print_line!("{}", bold("Earlier incidents of this scope"));
        for related in &i.related {
            print_line!("  {}  {}  {}", related.id, related.start, related.what);
        }
    }
    print_line!("");
    print_line!("{}", bold("What to check"));
    for (n, step) in i.kind.playbook().iter().enumerate() {
        print_line!("  {}. {}", n + 1, step.replace(" ID ", &format!(" {} ", i.id)));
    }
    print_line!("");
    for event in &i.events {
        print_line!("  {}  {}", dim(to_minute(event.at)), event.what);
    }
    print_line!("");
    print_line!("  {} tollgate --store {} chart {}", dim("chart:"), args.store.display(), i.id);
}
