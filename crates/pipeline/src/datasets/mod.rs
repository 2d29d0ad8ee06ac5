//! FOCUS's datasets beside the charges, as providers hand them over: kept as one document a dataset, and shown in SQL.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tollgate_lake::{Lake, LakeError};
use tollgate_model::limits::DATASET_ROWS;
use tollgate_model::{DatasetRow, FocusDataset};
use tollgate_sources::{SourceError, billing_files, read_dataset};

use crate::{Context, PipelineError};

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

/// Keeps the rows of files. A row replaces the earlier one of its name; the others stay.
///
/// # Errors
///
/// When the lake refuses, or a dataset would have more rows than the limit: then nothing of it is kept.
pub async fn keep_datasets(context: &Context, files: &[DatasetFile]) -> Result<Vec<DatasetReport>, PipelineError> {
    let mut out = Vec::new();
    for file in files {
        let mut kept = read(&context.lake, file.dataset).await?;
        let before = kept.len();
        let mut new: BTreeMap<Vec<String>, DatasetRow> = BTreeMap::new();
        for row in &file.rows {
            new.insert(name_of(file.dataset, row), row.clone());
        }
        kept.retain(|row| !new.contains_key(&name_of(file.dataset, row)));
        let replaced = before - kept.len();
        kept.extend(new.into_values());
        if kept.len() > DATASET_ROWS.size() {
            let what = format!("{} would have more", file.dataset.table());
            return Err(SourceError::Limit { path: file.path.clone(), what, limit: &DATASET_ROWS }.into());
        }
        let text = serde_json::to_vec(&kept).map_err(|error| damaged(file.dataset, &error))?;
        context.lake.put_document(&document(file.dataset), text).await?;
        out.push(DatasetReport { input: shown(&file.path), dataset: file.dataset, rows: file.rows.len(), replaced });
    }
    Ok(out)
}

/// The rows of a dataset that were kept.
pub(crate) async fn read(lake: &Lake, dataset: FocusDataset) -> Result<Vec<DatasetRow>, PipelineError> {
    match lake.document(&document(dataset)).await? {
        Some(bytes) => serde_json::from_slice(&bytes).map_err(|error| damaged(dataset, &error)),
        None => Ok(Vec::new()),
    }
}

fn document(dataset: FocusDataset) -> String {
    format!("focus-{}.json", dataset.table())
}

fn damaged(dataset: FocusDataset, error: &serde_json::Error) -> PipelineError {
    LakeError::Damaged { path: format!("published/{}", document(dataset)), message: error.to_string() }.into()
}

/// The values that name a row.
fn name_of(dataset: FocusDataset, row: &DatasetRow) -> Vec<String> {
    dataset.key().iter().map(|key| row.get(*key).cloned().unwrap_or_default()).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
