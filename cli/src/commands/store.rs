//! `tollgate store`: what is kept and how much room it takes, and whether it is whole.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use tollgate_ledger::CurrentPeriod;
use tollgate_ledger::sqlite::SCHEMA_VERSION;
use tollgate_pipeline::check_store;

use crate::args::{Args, Format};
use crate::output::{FOUND, json, table};
use crate::say;
use crate::setup::{Store, open, place};

#[derive(Serialize)]
struct Info {
    store: String,
    #[serde(flatten)]
    folder: Option<Folder>,
    periods: Vec<CurrentPeriod>,
}

/// What a store in a folder takes.
#[derive(Serialize)]
struct Folder {
    schema_version: i64,
    ledger_bytes: u64,
    lake_bytes: u64,
}

pub(crate) async fn info(args: &Args) -> anyhow::Result<ExitCode> {
    let context = open(args).await?;
    let store = Store::at(&args.store);
    let folder = place(args)?.is_none().then(|| Folder {
        schema_version: SCHEMA_VERSION,
        ledger_bytes: size(&store.ledger) + size(&store.ledger.with_extension("db-wal")),
        lake_bytes: size(&store.lake),
    });
    let info = Info { store: args.store.display().to_string(), folder, periods: context.ledger.periods().await? };
    match args.format {
        Format::Json => json(&info)?,
        Format::Text | Format::Csv => {
            let mib = |bytes: u64| format!("{}.{} MiB", bytes >> 20, (bytes >> 10) % 1024 * 10 / 1024);
            if let Some(folder) = &info.folder {
                say!(
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
                        p.imported_at[..p.imported_at.len().min(16)].to_owned(),
                        p.revision.hash.to_string()[..12].to_owned(),
                    ]
                })
                .collect();
            table(&["source", "period", ">charges", ">series", "days", "imported", "revision"], rows);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads every file that counts, compares it with what was imported, and lists the files that do not count.
pub(crate) async fn check(args: &Args, remove: bool) -> anyhow::Result<ExitCode> {
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
                table(&["source", "period", "fault"], rows);
                say!("hint: ingest the exports of these months again");
            }
            let verdict = if check.fine() { "every file is there and whole" } else { "the store is damaged" };
            say!("{} billing periods, {} files: {verdict}", check.periods, check.files);
            let bytes: u64 = check.orphans.iter().map(|file| file.bytes).sum();
            if check.removed > 0 {
                say!("{} files that did not count were removed", check.removed);
            }
            if !check.orphans.is_empty() {
                say!("{} files do not count and take {} KiB", check.orphans.len(), bytes.div_ceil(1024));
                say!("hint: --remove-orphans removes those that are older than two days");
            }
        }
    }
    Ok(if check.fine() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

/// The size of a file, or of everything in a folder. What cannot be read has none.
fn size(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|e| size(&e.path())).sum(),
        Err(_) => std::fs::metadata(path).map_or(0, |m| m.len()),
    }
}
