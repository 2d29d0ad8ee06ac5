//! FOCUS's datasets beside the charges, as providers hand them over: kept as one document a dataset, and shown in SQL.

mod rollback;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tollgate_lake::{Lake, LakeError};
use tollgate_model::limits::DATASET_ROWS;
use tollgate_model::{DatasetRow, FocusDataset};
use tollgate_sources::{SourceError, billing_files, read_dataset};

use crate::{Context, PipelineError};

use rollback::DatasetChange;
pub use rollback::DatasetRolledBack;
pub(crate) use rollback::{has_changed_datasets, roll_back_datasets};

/// A file of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetFile {
    /// Its path.
    pub path: PathBuf,
    /// Its dataset.
    pub dataset: FocusDataset,
    /// Its rows.
    pub rows: Vec<DatasetRow>,
}

/// What became of the rows of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetReport {
    /// The file.
    pub input: String,
    /// The dataset.
    pub dataset: FocusDataset,
    /// Its rows.
    pub rows: usize,
    /// Rows that replaced earlier ones of the same name.
    pub replaced: usize,
    /// The import, by which the rows are rolled back.
    pub import: String,
}

/// Separates files of datasets from those of charges. Folders are replaced by their files.
///
/// # Errors
///
/// When a folder, or a file of a dataset, cannot be read.
pub fn separate_datasets(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<DatasetFile>), SourceError> {
    let (mut charges, mut datasets) = (Vec::new(), Vec::new());
    for path in paths {
        for path in billing_files(path)? {
            match read_dataset(&path)? {
                Some((dataset, rows)) => datasets.push(DatasetFile { path, dataset, rows }),
                None => charges.push(path),
            }
        }
    }
    Ok((charges, datasets))
}

/// Keeps the rows of files. A row replaces the earlier one of its name; the others stay. `import` is that of charges of the same call.
///
/// # Errors
///
/// When the lake refuses, or a dataset would have more rows than the limit: then nothing of it is kept.
pub async fn keep_datasets(
    context: &Context,
    files: &[DatasetFile],
    import: Option<&str>,
) -> Result<Vec<DatasetReport>, PipelineError> {
    let import = import.map_or_else(|| import_of(context, files), str::to_owned);
    let mut out = Vec::new();
    for file in files {
        let kept = read(&context.lake, file.dataset).await?;
        let mut new: BTreeMap<Vec<String>, DatasetRow> = BTreeMap::new();
        for row in &file.rows {
            new.insert(name_of(file.dataset, row), row.clone());
        }
        let (old, mut kept): (Vec<DatasetRow>, Vec<DatasetRow>) =
            kept.into_iter().partition(|row| new.contains_key(&name_of(file.dataset, row)));
        let replaced = old.len();
        let mut old: BTreeMap<Vec<String>, DatasetRow> =
            old.into_iter().map(|row| (name_of(file.dataset, &row), row)).collect();
        let rows = new.keys().map(|name| (name.clone(), old.remove(name))).collect();
        kept.extend(new.into_values());
        if kept.len() > DATASET_ROWS.size() {
            let what = format!("{} would have more", file.dataset.table());
            return Err(SourceError::Limit { path: file.path.clone(), what, limit: &DATASET_ROWS }.into());
        }
        rollback::keep(&context.lake, file.dataset, DatasetChange { import: import.clone(), rows }).await?;
        write(&context.lake, file.dataset, &kept).await?;
        let (input, import) = (shown(&file.path), import.clone());
        out.push(DatasetReport { input, dataset: file.dataset, rows: file.rows.len(), replaced, import });
    }
    Ok(out)
}

/// A short id for an import of datasets alone.
fn import_of(context: &Context, files: &[DatasetFile]) -> String {
    let inputs: Vec<String> = files.iter().map(|file| shown(&file.path)).collect();
    let text = format!("{} {} {}", context.state.run, context.state.now(), inputs.join("\n"));
    tollgate_model::hash::short_id("imp", &text)
}

async fn write(lake: &Lake, dataset: FocusDataset, rows: &[DatasetRow]) -> Result<(), PipelineError> {
    let text = serde_json::to_vec(rows).map_err(|error| damaged(&document(dataset), &error))?;
    Ok(lake.put_document(&document(dataset), text).await?)
}

/// The rows of a dataset that were kept.
pub(crate) async fn read(lake: &Lake, dataset: FocusDataset) -> Result<Vec<DatasetRow>, PipelineError> {
    match lake.document(&document(dataset)).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| damaged(&document(dataset), &error)),
        None => Ok(Vec::new()),
    }
}

fn document(dataset: FocusDataset) -> String {
    format!("focus-{}.json", dataset.table())
}

fn damaged(document: &str, error: &serde_json::Error) -> PipelineError {
    LakeError::Damaged { path: format!("published/{document}"), message: error.to_string() }.into()
}

/// The values that name a row.
fn name_of(dataset: FocusDataset, row: &DatasetRow) -> Vec<String> {
    dataset.key().iter().map(|key| row.get(*key).cloned().unwrap_or_default()).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
