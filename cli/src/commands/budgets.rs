//! `tollgate budgets`: what was spent, what will have been spent.

use std::process::ExitCode;

use anstyle::AnsiColor;
use anyhow::{Context as _, bail};
use tollgate_model::budget::{BudgetExport, BudgetState, BudgetStatus, percent};
use tollgate_model::money::grouped;
use tollgate_pipeline::judge_budgets;

use crate::args::{Args, BudgetCommand, Format};
use crate::output::{bold, change, dim, json, money, note, table, tinted};
use crate::say;
use crate::setup::open;

pub(crate) async fn run(args: &Args, command: Option<&BudgetCommand>) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let statuses = judge_budgets(&context).await?;
    match command {
        None => match args.format {
            Format::Json => json(&statuses)?,
            Format::Text | Format::Csv if statuses.is_empty() => {
                say!("the policy has no budget; `tollgate init` writes a file with examples");
            }
            Format::Text | Format::Csv => print(&statuses),
        },
        Some(BudgetCommand::Show { name }) => {
            let Some(status) = statuses.iter().find(|s| s.name == *name) else {
                let known: Vec<&str> = statuses.iter().map(|s| s.name.as_str()).collect();
                bail!("there is no budget `{name}`\nhint: known are {}", known.join(", "));
            };
            if args.format == Format::Json {
                json(status)?;
            } else {
                show(status);
            }
        }
        Some(BudgetCommand::Export { output }) => {
            let export = BudgetExport { version: 1, generated_at: context.clock.now().to_string(), budgets: statuses };
            match output {
                None => json(&export)?,
                Some(path) => {
                    let text = serde_json::to_string_pretty(&export)? + "\n";
                    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
                    note(&format!("{}: {} budgets", path.display(), export.budgets.len()));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One budget: its amount, its variance by cause, and what its history recommends.
fn show(s: &BudgetStatus) {
    let money = |amount| money(amount, s.currency);
    say!("{}  {}", bold(&s.name), s.state.label());
    say!("  period      {} to {}, judged through {}", s.period.start, s.period.end.plus(-1), s.as_of);
    say!("  amount      {}", money(s.amount));
    if !s.rolled_over.is_zero() {
        say!("  of which    {} rolled over", change(s.rolled_over, s.currency));
    }
    if let Some(a) = &s.amended {
        let why = a.reason.as_ref().map_or(String::new(), |r| format!(": {r}"));
        say!("  amended     on {} by {}{why}", a.on, a.author);
    }
    let share = |amount| percent(amount, s.amount).map_or(String::new(), |p| format!(" ({p} %)"));
    say!("  spent       {}{}", money(s.actual), share(s.actual));
    if let Some(end) = s.forecast {
        let (low, high) = (grouped(end.low, 0), grouped(end.high, 0));
        say!("  at its end  {}{}, between {low} and {high}", money(end.mean), share(end.mean));
    }
    if let Some(pace) = s.pace_percent {
        say!("  pace        {pace} % of the calendar's");
    }
    let bound = s.parent.as_ref().map_or(String::new(), |p| format!(", bounded by {p}"));
    say!("  left        {}{bound}", money(s.left));
    for c in &s.converted {
        say!("  converted   {} counted as {}", c.charged, money(c.counted));
    }
    if let Some(variance) = &s.variance {
        say!("");
        let difference = variance.actual.saturating_sub(variance.planned);
        say!("{}  {} through {}", bold("What makes the difference"), change(difference, s.currency), s.as_of);
        let rows = variance.causes.iter().map(|c| {
            vec![
                change(c.difference(), s.currency),
                c.what.clone(),
                grouped(c.planned, 2),
                grouped(c.actual, 2),
                c.incident.clone().unwrap_or_default(),
            ]
        });
        table(&[">difference", "of", ">planned", ">spent", "incident"], rows.collect());
    }
    if let Some(recommended) = &s.suggested {
        say!("");
        say!("{}  {}", bold("What its history recommends"), money(recommended.amount));
        say!("  {}", recommended.how);
        let rows = recommended.history.iter().map(|(day, amount)| vec![day.to_string(), grouped(*amount, 2)]);
        table(&["period from", ">spent"], rows.collect());
    }
}

pub(crate) fn print(statuses: &[BudgetStatus]) {
    let rows = statuses
        .iter()
        .map(|s| {
            let share = |amount| percent(amount, s.amount).map_or("?".to_owned(), |p| format!("{p} %"));
            let state = match s.state {
                BudgetState::Over => tinted(s.state.label(), AnsiColor::Red),
                BudgetState::ForecastOver | BudgetState::Warning => tinted(s.state.label(), AnsiColor::Yellow),
                BudgetState::OnTrack | BudgetState::Unknown => s.state.label().to_owned(),
            };
            vec![
                s.name.clone(),
                state,
                format!("{} to {}", s.period.start, &s.period.end.plus(-1).to_string()[5..]),
                money(s.amount, s.currency),
                grouped(s.actual, 0),
                share(s.actual),
                s.forecast.map_or("unknown".to_owned(), |f| grouped(f.mean, 0)),
                s.forecast.map_or(String::new(), |f| share(f.mean)),
                s.forecast.map_or(String::new(), |f| format!("{} to {}", grouped(f.low, 0), grouped(f.high, 0))),
                grouped(s.left, 0),
            ]
        })
        .collect();
    let headers =
        ["budget", "state", "period", ">amount", ">spent", ">", ">at its end", ">", ">90 % interval", ">left"];
    table(&headers, rows);
    for s in statuses.iter().filter(|s| !s.not_counted.is_empty()) {
        let others: Vec<String> = s.not_counted.iter().map(|m| money(m.amount, m.currency)).collect();
        say!(
            "  {} {}: {} is not counted, because no rate says what it is in {} (`rates` in tollgate.hcl)",
            dim("note:"),
            s.name,
            others.join(", "),
            s.currency
        );
    }
}
