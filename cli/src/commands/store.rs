//! `tollgate store info`: what is kept, since when, and how much room it takes.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use tollgate_ledger::CurrentPeriod;
use tollgate_ledger::sqlite::SCHEMA_VERSION;

use crate::args::{Args, Format};
use crate::output::{json, table};
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

pub(crate) async fn run(args: &Args, _: &crate::args::Store) -> anyhow::Result<ExitCode> {
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

/// The size of a file, or of everything in a folder. What cannot be read has none.
fn size(path: &Path) -> u64 {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|e| size(&e.path())).sum(),
        Err(_) => std::fs::metadata(path).map_or(0, |m| m.len()),
    }
}
