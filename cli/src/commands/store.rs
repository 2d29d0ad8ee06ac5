//! `tollgate store`: content and size of the store, and its integrity.

use std::path::Path;

use serde::Serialize;
use tollgate_ledger::CurrentPeriod;
use tollgate_ledger::sqlite::SCHEMA_VERSION;
use tollgate_model::text::counted;
use tollgate_pipeline::check_store;

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{csv, json, table, to_minute};
use crate::print_line;
use crate::setup::{Store, open, place};

#[derive(Serialize)]
struct Info {
    store: String,
    #[serde(flatten)]
    folder: Option<Folder>,
    periods: Vec<CurrentPeriod>,
}

/// The size of a store in a folder.
#[derive(Serialize)]
struct Folder {
    schema_version: i64,
    ledger_bytes: u64,
    lake_bytes: u64,
}

pub(crate) async fn info(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let store = Store::at(&args.store);
    let folder = place(args)?.is_none().then(|| Folder {
        schema_version: SCHEMA_VERSION,
        ledger_bytes: size(&store.ledger) + size(&store.ledger.with_extension("db-wal")),
        lake_bytes: size(&store.lake),
    });
    let info = Info { store: args.store.display().to_string(), folder, periods: context.state.ledger.periods().await? };
    match args.format {
        Format::Json => json(&info)?,
        Format::Csv => csv(&info.periods)?,
        Format::Text => {
            let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, (bytes >> 10) % 1024 * 10 / 1024);
            if let Some(folder) = &info.folder {
                print_line!(
                    "{}: schema version {}, ledger {}, lake {}",
                    info.store,
                    folder.schema_version,
                    mib(folder.ledger_bytes),
                    mib(folder.lake_bytes)
                );
            }
            let rows = info
                .periods
                .iter()
                .map(|p| {
                    vec![
                        p.revision.source.to_string(),
                        p.revision.period.to_string(),
                        p.totals.rows.to_string(),
                        p.series.to_string(),
                        format!("{} to {}", p.first_day, p.last_day),
                        to_minute(p.imported_at),
                        p.revision.hash.to_string()[..12].to_owned(),
                    ]
                })
                .collect::<Vec<_>>();
            if rows.is_empty() {
                print_line!("no charges; `tollgate ingest FILE…` imports an export");
                return Ok(Exit::Success);
            }
            table(&["source", "period", ">charges", "?>series", "days", "?imported", "?revision"], rows);
        }
    }
    Ok(Exit::Success)
}

/// Reads every current file, compares it with the imported sums, and lists unused files.
pub(crate) async fn check(args: &Args, remove: bool) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let check = check_store(&context, remove).await?;
    match args.format {
        Format::Json => json(&check)?,
        Format::Text | Format::Csv => {
            let rows = check
                .faults
                .iter()
                .map(|f| vec![f.source.to_string(), f.period.to_string(), f.message.clone()])
                .collect::<Vec<_>>();
            if !rows.is_empty() {
                table(&["source", "period", "problem"], rows);
                print_line!("hint: import the exports of these months again");
            }
            let verdict = if check.is_intact() { "every file is present and intact" } else { "the store is damaged" };
            let periods = counted(check.periods, "billing period", "billing periods");
            print_line!("{periods}, {}: {verdict}", counted(check.files, "file", "files"));
            let bytes: u64 = check.orphans.iter().map(|file| file.bytes).sum();
            if check.removed > 0 {
                print_line!("{} removed", counted(check.removed, "unused file was", "unused files were"));
            }
            if !check.orphans.is_empty() {
                let unused = counted(check.orphans.len(), "unused file takes", "unused files take");
                print_line!("{unused} {} KiB", bytes.div_ceil(1024));
                print_line!("hint: --remove-orphans removes those older than two days");
            }
        }
    }
    Ok(Exit::with_findings(!check.is_intact()))
}

/// The size of a file, or of everything in a folder; 0 for what cannot be read.
fn size(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|e| size(&e.path())).sum(),
        Err(_) => std::fs::metadata(path).map_or(0, |m| m.len()),
    }
}
