//! `tollgate audit`: decisions and who made them, and whether the log is intact.

use tollgate_ledger::AuditProblem;
use tollgate_model::text::counted;
use tollgate_pipeline::verify_audit;

use crate::args::{Args, Audit, Format};
use crate::exit::Exit;
use crate::output::{csv, dim, json, table, to_minute};
use crate::print_line;
use crate::setup::open;

/// Entries that `tollgate audit` lists.
const LISTED: usize = 40;

pub(crate) async fn run(args: &Args, command: Option<&Audit>) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    match command.unwrap_or(&Audit::Log { limit: LISTED }) {
        Audit::Log { limit } => {
            let entries = context.state.ledger.audit_log(*limit).await?;
            match args.format {
                Format::Json => json(&entries)?,
                Format::Csv => csv(&entries)?,
                Format::Text if entries.is_empty() => print_line!("no entries: nobody has decided anything yet"),
                Format::Text => {
                    let rows = entries.iter().map(|e| {
                        vec![
                            e.number.to_string(),
                            to_minute(e.event.at),
                            e.event.actor.clone(),
                            e.event.action.clone(),
                            e.event.subject.clone(),
                            e.event.via.clone(),
                            dim(&e.event.note),
                        ]
                    });
                    table(&[">entry", "at", "who", "action", "subject", "?channel", "?note"], rows.collect());
                }
            }
            Ok(Exit::Success)
        }
        Audit::Verify { head } => {
            let verified = verify_audit(&context.state, head.as_deref()).await?;
            let (entries, intact) = (verified.entries, verified.problems.is_empty());
            match args.format {
                Format::Json => json(&verified)?,
                Format::Text | Format::Csv => {
                    for AuditProblem { number, what } in &verified.problems {
                        print_line!("entry {number} {what}");
                    }
                    match &verified.head {
                        None if intact => print_line!("no entries"),
                        Some(end) if intact => {
                            let entries = counted(entries, "entry", "entries");
                            print_line!("{entries}, each linked to the one before; the last hash is {end}");
                            print_line!(
                                "hint: to detect a truncated log, compare with a hash from a heartbeat message: --head HASH"
                            );
                        }
                        None | Some(_) => {}
                    }
                }
            }
            Ok(Exit::with_findings(!intact))
        }
    }
}
