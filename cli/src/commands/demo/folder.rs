//! The folder of a demo: what it writes, and whether somebody has used it since.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use tollgate_ledger::Ledger;
use tollgate_model::hash::sha256;
use tollgate_pipeline::Context;

use super::metrics::METRICS;
use super::{DEMO_CHANGE, TERRAFORM};
use crate::setup::{INVENTORY, POLICY, Store, ledger_at};

/// The file that says what the folder was when the demo was whole.
const STAMP: &str = "demo.json";

/// What the folder was when the demo was whole.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    /// Hashes of the files that people edit, by name.
    files: Vec<(String, String)>,
    /// Entries of the audit log, which every decision adds to.
    audit_entries: u64,
}

/// What a folder is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prepared {
    /// The demo can be written into it.
    Empty,
    /// A person has used the demo in it, which stays as it is.
    Used,
}

/// Prepares an empty folder, or one from an earlier demo. A demo that was used is kept, unless it is to be reset.
pub(super) async fn prepare(dir: &Path, reset: bool) -> anyhow::Result<Prepared> {
    let store = Store::at(dir);
    if dir.exists() && std::fs::read_dir(dir)?.next().is_some() {
        ensure!(
            dir.join("truth.json").exists(),
            "{}: the folder is not empty and not from an earlier demo\nhint: name another: `tollgate demo DIR`",
            dir.display()
        );
        if !reset && is_used(dir).await {
            return Ok(Prepared::Used);
        }
        // Removes only what a demo creates.
        for old in [store.lake, dir.join("exports"), dir.join(TERRAFORM), dir.join(METRICS)] {
            if old.exists() {
                std::fs::remove_dir_all(old)?;
            }
        }
        for old in
            ["ledger.db", "ledger.db-wal", "ledger.db-shm", "truth.json", POLICY, INVENTORY, "budgets.json", STAMP]
        {
            let old = dir.join(old);
            if old.exists() {
                std::fs::remove_file(old)?;
            }
        }
    }
    std::fs::create_dir_all(dir.join("exports")).with_context(|| format!("{}: cannot be created", dir.display()))?;
    Ok(Prepared::Empty)
}

/// Writes down what the demo is, at its end.
pub(super) async fn mark_whole(dir: &Path, context: &Context) -> anyhow::Result<()> {
    let stamp = Stamp { files: file_hashes(dir)?, audit_entries: audit_entries(&context.state.ledger).await? };
    Ok(std::fs::write(dir.join(STAMP), serde_json::to_string_pretty(&stamp)?)?)
}

/// Whether the folder differs from the whole demo. A demo that was interrupted, or is of an earlier version, has no stamp.
async fn is_used(dir: &Path) -> bool {
    let stamp =
        std::fs::read_to_string(dir.join(STAMP)).ok().and_then(|text| serde_json::from_str::<Stamp>(&text).ok());
    let Some(stamp) = stamp else { return false };
    if file_hashes(dir).ok().as_ref() != Some(&stamp.files) {
        return true;
    }
    match ledger_at(dir) {
        Ok(ledger) => audit_entries(&ledger).await.ok() != Some(stamp.audit_entries),
        Err(_) => false,
    }
}

async fn audit_entries(ledger: &Ledger) -> anyhow::Result<u64> {
    Ok(ledger.audit_head().await?.map_or(0, |head| head.number))
}

/// The hashes of the files that people edit. A file that is gone has none.
fn file_hashes(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut names = vec![POLICY.to_owned(), INVENTORY.to_owned()];
    names.extend(DEMO_CHANGE.iter().map(|(name, _)| format!("{TERRAFORM}/{name}")));
    let mut out = Vec::new();
    for name in names {
        let Ok(text) = std::fs::read_to_string(dir.join(&name)) else { continue };
        out.push((name, sha256(&text)?));
    }
    Ok(out)
}
