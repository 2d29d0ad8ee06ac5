//! `tollgate budgets`: what was spent, what will have been spent.

use std::process::ExitCode;

use anstyle::AnsiColor;
use tollgate_model::budget::{BudgetState, BudgetStatus, percent};
use tollgate_model::money::grouped;
use tollgate_pipeline::judge_budgets;

use crate::args::{Args, Format};
use crate::output::{dim, json, money, table, tinted};
use crate::say;
use crate::setup::open;

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let statuses = judge_budgets(&context).await?;
    match args.format {
        Format::Json => json(&statuses)?,
        Format::Text | Format::Csv if statuses.is_empty() => {
            say!("the policy has no budget; `tollgate init` writes a file with examples");
        }
        Format::Text | Format::Csv => print(&statuses),
    }
    Ok(ExitCode::SUCCESS)
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
            ]
        })
        .collect();
    table(&["budget", "state", "period", ">amount", ">spent", ">", ">at its end", ">", ">90 % interval"], rows);
    for s in statuses.iter().filter(|s| !s.not_counted.is_empty()) {
        let others: Vec<String> = s.not_counted.iter().map(|m| money(m.amount, m.currency)).collect();
        say!(
            "  {} {}: {} cannot be compared with {} and is not counted",
            dim("note:"),
            s.name,
            others.join(", "),
            s.currency
        );
    }
}
