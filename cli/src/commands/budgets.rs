//! `tollgate budgets`: spend and forecast against each budget.

use anyhow::{Context as _, bail};
use tollgate_model::Amount;
use tollgate_model::budget::{BudgetExport, BudgetStatus, percent};
use tollgate_model::money::grouped;
use tollgate_model::text::counted;
use tollgate_pipeline::judge_budgets;

use crate::args::{Args, BudgetCommand, Format};
use crate::exit::Exit;
use crate::output::{bold, change, csv, json, money, print_note, table};
use crate::print::print_budgets;
use crate::print_line;
use crate::setup::{note_unmatched, open, variable};

pub(crate) async fn run(args: &Args, command: Option<&BudgetCommand>) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    if let Some(BudgetCommand::Coverage { period }) = command {
        return super::budget_coverage::run(args, &context, *period).await;
    }
    let statuses = judge_budgets(&context.state).await?;
    match command {
        None => match args.format {
            Format::Json => json(&statuses)?,
            Format::Csv => csv(&statuses)?,
            Format::Text if statuses.is_empty() => {
                print_line!("the policy has no budget; `tollgate init` writes a file with examples");
            }
            Format::Text => print_budgets(&statuses),
        },
        Some(BudgetCommand::Show { name }) => {
            let Some(status) = statuses.iter().find(|s| s.name == *name) else {
                let known: Vec<&str> = statuses.iter().map(|s| s.name.as_str()).collect();
                bail!("there is no budget `{name}`\nhint: the budgets are {}", known.join(", "));
            };
            if args.format == Format::Json {
                json(status)?;
            } else {
                show(status);
            }
        }
        // Answered above.
        Some(BudgetCommand::Coverage { .. }) => {}
        Some(BudgetCommand::Export { output }) => {
            let generated_at = context.state.clock.now();
            let export = BudgetExport { version: 1, generated_at, budgets: statuses, signature: None };
            let export = signed(export)?;
            match output {
                None => json(&export)?,
                Some(path) => {
                    let text = serde_json::to_string_pretty(&export)? + "\n";
                    std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
                    print_note(&format!("{}: {}", path.display(), counted(export.budgets.len(), "budget", "budgets")));
                }
            }
        }
    }
    note_unmatched(&context).await?;
    Ok(Exit::Success)
}

/// The status, signed if TOLLGATE_BUDGETS_KEY is set.
pub(crate) fn signed(export: BudgetExport) -> anyhow::Result<BudgetExport> {
    match variable("TOLLGATE_BUDGETS_KEY").filter(|key| !key.is_empty()) {
        Some(key) => Ok(export.signed(key.as_bytes())?),
        None => Ok(export),
    }
}

/// What the remaining days are forecast to cost, beside what the amount leaves for them: a budget can be below its plan so far and still
/// end above its amount.
fn print_rest(s: &BudgetStatus, forecast: Amount) {
    let days = i64::from(s.period.end - s.as_of - 1);
    // The forecast replaces days that are not complete, so both figures start from the complete ones.
    let (1.., Some(complete)) = (days, complete_spend(s)) else { return };
    let a_day = |amount: Amount| amount.ratio(1, days).map_or("?".to_owned(), |a| grouped(a, 2));
    print_line!(
        "  to come     {} a day forecast for {}; the amount leaves {} a day",
        a_day(forecast.saturating_sub(complete)),
        counted(days, "day", "days"),
        a_day(s.amount.saturating_sub(complete))
    );
}

/// What was spent on complete days, where earlier periods are known to compare them with.
fn complete_spend(s: &BudgetStatus) -> Option<Amount> {
    s.variance.as_ref().map(|variance| variance.actual)
}

/// What of the spend is of days that are not complete. Other commands leave these days out unless asked.
fn incomplete_spend(s: &BudgetStatus) -> String {
    let rest = complete_spend(s).map(|complete| s.actual.saturating_sub(complete)).filter(|rest| !rest.is_zero());
    rest.map_or(String::new(), |rest| format!(", {} of it after {}", money(rest, s.currency), s.as_of))
}

/// One budget: amount, spend, variance by cost driver, and a suggested amount.
fn show(s: &BudgetStatus) {
    let money = |amount| money(amount, s.currency);
    print_line!("{}  {}", bold(&s.name), s.label());
    print_line!("  period      {} to {}, complete through {}", s.period.start, s.period.end.plus(-1), s.as_of);
    print_line!("  amount      {}", money(s.amount));
    if !s.rolled_over.is_zero() {
        print_line!("  of which    {} rolled over", change(s.rolled_over, s.currency));
    }
    if let Some(a) = &s.amended {
        let why = a.reason.as_ref().map_or(String::new(), |r| format!(": {r}"));
        print_line!("  amended     on {} by {}{why}", a.on, a.author);
    }
    let share = |amount| percent(amount, s.amount).map_or(String::new(), |p| format!(" ({p} %)"));
    print_line!("  spent       {}{}{}", money(s.actual), share(s.actual), incomplete_spend(s));
    if let Some(end) = s.forecast {
        let (low, high) = (grouped(end.low, 0), grouped(end.high, 0));
        print_line!("  forecast    {}{}, 90 % interval {low} to {high}", money(end.mean), share(end.mean));
        if let Some(likely) = s.exceed_percent {
            print_line!("  exceeds     {likely} % likely");
        }
        print_rest(s, end.mean);
    }
    if let Some(pace) = s.pace_percent {
        print_line!("  pace        {pace} % of the plan to date");
    }
    let bound = s.parent.as_ref().map_or(String::new(), |p| format!(", limited by {p}"));
    print_line!("  left        {}{bound}", money(s.left));
    for c in &s.converted {
        print_line!("  converted   {} counted as {}", c.charged, money(c.counted));
    }
    if let Some(variance) = &s.variance {
        print_line!("");
        let difference = variance.actual.saturating_sub(variance.planned);
        print_line!("{}  {} through {}", bold("Variance"), change(difference, s.currency), s.as_of);
        let rows = variance.causes.iter().map(|c| {
            vec![
                change(c.difference(), s.currency),
                c.label(),
                grouped(c.planned, 2),
                grouped(c.actual, 2),
                c.incident.clone().unwrap_or_default(),
            ]
        });
        table(&[">difference", "cost driver", ">planned", ">spent", "incident"], rows.collect());
    }
    if let Some(recommended) = &s.suggested {
        print_line!("");
        print_line!("{}  {}", bold("Suggested budget"), money(recommended.amount));
        print_line!("  {}", recommended.how);
        let rows = recommended.history.iter().map(|(day, amount)| vec![day.to_string(), grouped(*amount, 2)]);
        table(&["period from", ">spent"], rows.collect());
    }
}
