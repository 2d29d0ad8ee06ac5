//! `tollgate status`: the health of a deployment.

use anstyle::AnsiColor;
use tollgate_model::text::counted;
use tollgate_pipeline::read_status;

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{bold, dim, json, table, tinted, to_minute};
use crate::print_line;
use crate::setup::open;

/// Hours after which charges on one machine are old.
const OLD: u64 = 4 * 24;

/// Counts shown of a run; JSON has all.
const SHOWN: usize = 4;

pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let status = read_status(&context.state).await?;
    match args.format {
        Format::Json => json(&status)?,
        Format::Text | Format::Csv => {
            let runs = status.runs.iter().map(|run| {
                let counts: Vec<String> = run.counts.iter().map(|(n, c)| format!("{n} {c}")).take(SHOWN).collect();
                let how = match &run.failed {
                    Some(_) => tinted("FAILED", AnsiColor::Red),
                    None => "succeeded".to_owned(),
                };
                vec![run.function.clone(), to_minute(run.at), how, run.run.clone(), dim(counts.join(", "))]
            });
            let runs: Vec<_> = runs.collect();
            if runs.is_empty() {
                print_line!("no function has run yet; on one machine `tollgate run` does their work");
            } else {
                table(&["function", "last run", "result", "?run", "?counts"], runs);
            }
            print_line!("");
            let sources = status.sources.iter();
            let sources: Vec<_> =
                sources.map(|s| vec![s.source.to_string(), s.last_day.to_string(), age(s.hours)]).collect();
            if !sources.is_empty() {
                table(&["source", "charges through", ">age"], sources);
                print_line!("");
            }
            print_line!(
                "{} waiting, {} open",
                counted(status.waiting, "message", "messages"),
                counted(status.open_incidents, "incident", "incidents")
            );
            // Nothing is scheduled on one machine: a person imports the next export.
            let oldest =
                status.sources.iter().map(|s| s.hours).min().filter(|hours| status.runs.is_empty() && *hours >= OLD);
            if let Some(hours) = oldest {
                print_line!(
                    "note: the newest charges are {} old; `tollgate ingest FILE…` imports newer ones",
                    age(hours)
                );
            }
            for trouble in &status.troubles {
                print_line!("{} {trouble}", tinted("problem:", AnsiColor::Red));
            }
            if status.troubles.is_empty() {
                print_line!("{}", bold("No problems."));
            }
        }
    }
    Ok(Exit::with_findings(!status.troubles.is_empty()))
}

/// `5 h`, `11 days`.
fn age(hours: u64) -> String {
    if hours < 48 { format!("{hours} h") } else { counted(hours / 24, "day", "days") }
}
