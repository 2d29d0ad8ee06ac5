//! `tollgate status`: how a deployment is doing.

use std::process::ExitCode;

use anstyle::AnsiColor;
use tollgate_pipeline::status;

use crate::args::{Args, Format};
use crate::output::{FOUND, bold, dim, json, table, tinted};
use crate::say;
use crate::setup::open;

/// Counts of a run that are shown; JSON has all.
const SHOWN: usize = 4;

pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let status = status(&context).await?;
    match args.format {
        Format::Json => json(&status)?,
        Format::Text | Format::Csv => {
            let runs = status.runs.iter().map(|run| {
                let counts: Vec<String> = run.counts.iter().map(|(n, c)| format!("{n} {c}")).take(SHOWN).collect();
                let how = match &run.failed {
                    Some(_) => tinted("FAILED", AnsiColor::Red),
                    None => "ended well".to_owned(),
                };
                vec![
                    run.function.clone(),
                    run.at[..run.at.len().min(16)].to_owned(),
                    how,
                    run.run.clone(),
                    dim(counts.join(", ")),
                ]
            });
            let runs: Vec<_> = runs.collect();
            if runs.is_empty() {
                say!("no function has run yet; on one machine `tollgate run` does what they do");
            } else {
                table(&["function", "last run", "", "run", "counted"], runs);
            }
            say!("");
            let sources = status.sources.iter();
            let sources: Vec<_> =
                sources.map(|s| vec![s.source.to_string(), s.last_day.to_string(), format!("{} h", s.hours)]).collect();
            table(&["source", "charges through", ">age"], sources);
            say!("");
            say!("{} messages wait to be sent, {} incidents are open", status.waiting, status.open_incidents);
            for trouble in &status.troubles {
                say!("{} {trouble}", tinted("trouble:", AnsiColor::Red));
            }
            if status.troubles.is_empty() {
                say!("{}", bold("All is well."));
            }
        }
    }
    Ok(if status.troubles.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}
