//! `tollgate audit`: who decided what, and whether the log is what was written.

use std::process::ExitCode;

use serde::Serialize;
use tollgate_ledger::AuditProblem;

use crate::args::{Args, Audit, Format};
use crate::output::{FOUND, dim, json, table};
use crate::say;
use crate::setup::open;

#[derive(Serialize)]
struct Verified {
    entries: u64,
    head: Option<String>,
    broken: Vec<AuditProblem>,
}

pub(crate) async fn run(args: &Args, command: &Audit) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    match command {
        Audit::Log { limit } => {
            let entries = context.ledger.audit_log(*limit).await?;
            match args.format {
                Format::Json => json(&entries)?,
                Format::Text | Format::Csv => {
                    let rows = entries.iter().map(|e| {
                        vec![
                            e.number.to_string(),
                            e.at.get(..16).unwrap_or(&e.at).to_owned(),
                            e.who.clone(),
                            e.what.clone(),
                            e.subject.clone(),
                            e.via.clone(),
                            dim(&e.note),
                        ]
                    });
                    table(&[">", "at", "who", "what", "of", "by way of", "note"], rows.collect());
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        Audit::Verify { head } => {
            let (entries, broken) = context.ledger.verify_audit(head.as_deref()).await?;
            let end = context.ledger.audit_head().await?.map(|h| h.hash);
            let whole = broken.is_empty();
            let verified = Verified { entries, head: end, broken };
            match args.format {
                Format::Json => json(&verified)?,
                Format::Text | Format::Csv => {
                    for AuditProblem { number, what } in &verified.broken {
                        say!("entry {number} {what}");
                    }
                    if whole {
                        let end = verified.head.unwrap_or_default();
                        say!("{entries} entries, each bound to the one before; the last is {end}");
                        say!(
                            "hint: a log that was cut at its end is told by a hash that you kept: --head HASH, from a heartbeat"
                        );
                    }
                }
            }
            Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
        }
    }
}
