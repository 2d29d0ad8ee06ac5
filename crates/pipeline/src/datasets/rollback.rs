//! The rollback of an import of datasets: what each import changed is kept beside the rows.
//!
//! A change is written before the rows are: a run that is killed between the two leaves a change that undoes nothing.

use serde::{Deserialize, Serialize};
use tollgate_lake::Lake;
use tollgate_model::limits::DATASET_ROWS;
use tollgate_model::{DatasetRow, FocusDataset};

use super::{damaged, name_of, read, write};
use crate::audit::audit_event;
use crate::{Actor, Context, PipelineError};

/// What an import changed in a dataset.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct DatasetChange {
    /// The import.
    pub(super) import: String,
    /// Each row that it wrote, by the values that name it, and the row that had the name before.
    pub(super) rows: Vec<(Vec<String>, Option<DatasetRow>)>,
}

/// The rollback of an import in one dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetRolledBack {
    /// The dataset.
    pub dataset: FocusDataset,
    /// Rows that are in it no longer.
    pub removed: usize,
    /// Rows that the import had replaced and that are in it again.
    pub restored: usize,
    /// Rows of the import that a later import replaced: they are not there to be removed.
    pub replaced_later: usize,
}

fn journal(dataset: FocusDataset) -> String {
    format!("focus-{}-changes.json", dataset.table())
}

/// The changes of a dataset, oldest first.
async fn changes(lake: &Lake, dataset: FocusDataset) -> Result<Vec<DatasetChange>, PipelineError> {
    match lake.document(&journal(dataset)).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| damaged(&journal(dataset), &error)),
        None => Ok(Vec::new()),
    }
}

async fn put(lake: &Lake, dataset: FocusDataset, changes: &[DatasetChange]) -> Result<(), PipelineError> {
    let text = serde_json::to_vec(changes).map_err(|error| damaged(&journal(dataset), &error))?;
    Ok(lake.put_document(&journal(dataset), text).await?)
}

/// Keeps what an import is about to change. Of old changes, as many rows are kept as a dataset may have.
pub(super) async fn keep(lake: &Lake, dataset: FocusDataset, change: DatasetChange) -> Result<(), PipelineError> {
    let mut all = changes(lake, dataset).await?;
    all.push(change);
    let mut rows = 0;
    let newest = all.iter().rev().take_while(|change| {
        rows += change.rows.len();
        rows <= DATASET_ROWS.size()
    });
    // The newest change is always kept: it has no more rows than its dataset.
    let dropped = all.len() - newest.count().max(1);
    put(lake, dataset, &all[dropped..]).await
}

/// Whether an import changed a dataset, as far as changes are kept.
pub(crate) async fn has_changed_datasets(context: &Context, import: &str) -> Result<bool, PipelineError> {
    for dataset in FocusDataset::ALL {
        if changes(&context.lake, dataset).await?.iter().any(|change| change.import == import) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rolls an import back in every dataset: its rows are removed, and those that they replaced are there again. A row that a later import
/// replaced stays; its rollback will restore what was there before both.
pub(crate) async fn roll_back_datasets(
    context: &Context,
    actor: &Actor,
    import: &str,
) -> Result<Vec<DatasetRolledBack>, PipelineError> {
    let mut out = Vec::new();
    for dataset in FocusDataset::ALL {
        let mut all = changes(&context.lake, dataset).await?;
        if all.iter().all(|change| change.import != import) {
            continue;
        }
        let mut rows = read(&context.lake, dataset).await?;
        let mut done = DatasetRolledBack { dataset, removed: 0, restored: 0, replaced_later: 0 };
        // An import of several files of one dataset has several changes: the newest is undone first.
        while let Some(at) = all.iter().rposition(|change| change.import == import) {
            let (undone, later) = (all.remove(at).rows, at);
            for (name, before) in undone {
                undo(dataset, name, before, &mut all[later..], &mut rows, &mut done);
            }
        }
        let event = audit_event(&context.state, actor, "rolled back", import, &note(&done));
        write(&context.lake, dataset, &rows).await?;
        put(&context.lake, dataset, &all).await?;
        context.state.ledger.audit(&event).await?;
        out.push(done);
    }
    Ok(out)
}

/// Undoes one row, in the rows or in the change of the import that replaced it.
fn undo(
    dataset: FocusDataset,
    name: Vec<String>,
    before: Option<DatasetRow>,
    later: &mut [DatasetChange],
    rows: &mut Vec<DatasetRow>,
    done: &mut DatasetRolledBack,
) {
    let replaced = later.iter_mut().flat_map(|change| &mut change.rows).find(|(other, _)| *other == name);
    if let Some((_, kept)) = replaced {
        done.replaced_later += 1;
        *kept = before;
        return;
    }
    let count = rows.len();
    rows.retain(|row| name_of(dataset, row) != name);
    done.removed += count - rows.len();
    done.restored += usize::from(before.is_some());
    rows.extend(before);
}

/// What a rollback does, for the audit log.
fn note(done: &DatasetRolledBack) -> String {
    let DatasetRolledBack { dataset, removed, restored, replaced_later } = done;
    let table = dataset.table();
    format!("{table}: {removed} rows removed, {restored} restored, {replaced_later} replaced by later imports")
}
