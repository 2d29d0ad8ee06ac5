//! `tollgate imports`: the deliveries that count and what they replaced; `rollback` undoes an import.

use tollgate_model::Totals;
use tollgate_model::text::counted;
use tollgate_pipeline::{ImportedDelivery, announce_revisions, list_imports, roll_back_import};

use crate::args::{ActorArgs, Args, Format, ImportsCommand};
use crate::exit::Exit;
use crate::output::{csv, json, money, table, to_minute};
use crate::print_line;
use crate::setup::open;
use crate::who;

pub(crate) async fn run(args: &Args, command: Option<&ImportsCommand>) -> anyhow::Result<Exit> {
    match command {
        None => list(args).await,
        Some(ImportsCommand::Rollback { import, actor }) => roll_back(args, import, actor).await,
    }
}

async fn list(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let deliveries = list_imports(&context.state).await?;
    match args.format {
        Format::Json => json(&deliveries)?,
        Format::Csv => csv(&deliveries)?,
        Format::Text if deliveries.is_empty() => {
            print_line!("nothing was imported; `tollgate ingest FILE…` imports an export")
        }
        Format::Text => {
            let header =
                ["import", "?imported", "source", "period", "?of", "?>rows", ">BilledCost", "?inputs", "?replaced"];
            table(&header, deliveries.iter().map(row).collect());
        }
    }
    Ok(Exit::Success)
}

fn row(delivery: &ImportedDelivery) -> Vec<String> {
    let replaced: Vec<String> =
        delivery.replaced.iter().map(|old| format!("{} ({})", names(&old.inputs), rounded(&old.billed))).collect();
    vec![
        delivery.import.clone(),
        to_minute(delivery.imported_at),
        delivery.source.to_string(),
        delivery.period.to_string(),
        delivery.late_in.map_or_else(String::new, |home| format!("late, in {home}")),
        delivery.rows.to_string(),
        rounded(&delivery.billed),
        names(&delivery.inputs),
        replaced.join(", "),
    ]
}

/// The names of inputs without their folders; of many, the first.
fn names(inputs: &[String]) -> String {
    let name = |input: &String| input.rsplit('/').next().unwrap_or(input).to_owned();
    match inputs {
        [] => String::new(),
        [one] => name(one),
        [first, rest @ ..] => format!("{} and {}", name(first), counted(rest.len(), "more file", "more files")),
    }
}

/// Sums in the places of their currencies, for a table. CSV and JSON have every digit.
fn rounded(totals: &Totals) -> String {
    let each: Vec<String> = totals.iter().map(|m| money(m.amount, m.currency)).collect();
    if each.is_empty() { "0".to_owned() } else { each.join(", ") }
}

/// Sums to the last digit.
pub(crate) fn sums(totals: &Totals) -> String {
    let each: Vec<String> = totals.iter().map(|m| format!("{} {}", m.amount, m.currency)).collect();
    if each.is_empty() { "0".to_owned() } else { each.join(", ") }
}

async fn roll_back(args: &Args, import: &str, actor: &ActorArgs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let rollback = roll_back_import(&context, &who::actor(args, actor).await?, import).await?;
    announce_revisions(&context.state).await?;
    match args.format {
        Format::Json => json(&rollback.into_steps())?,
        Format::Text | Format::Csv => {
            for step in &rollback.deliveries {
                let removed = &step.removed;
                print_line!("{} {}: {} no longer count", removed.source, removed.period, rounded(&step.billed));
                for old in &step.restored {
                    print_line!("  {} of {} count again", rounded(&old.billed), names(&old.inputs));
                }
            }
            for done in &rollback.datasets {
                let removed = counted(done.removed, "row", "rows");
                print_line!("{}: {removed} removed, {} restored", done.dataset.table(), done.restored);
                if done.replaced_later > 0 {
                    print_line!("  {} replaced by later imports stay", counted(done.replaced_later, "row", "rows"));
                }
            }
        }
    }
    Ok(Exit::Success)
}
