//! Charges as Parquet files, scans of them, exports, and SQL over them (feature `sql`).
//!
//! Each source, billing period and revision has a folder: `charges/aws-123/2026-11/0f3a…/<run>-0000.parquet`. Files are
//! written under `staging/` and moved when they are complete. Only the ledger decides which files count, so a reader never
//! sees half a revision. The store is an `object_store`: a local folder, or S3 on AWS.

#[cfg(feature = "athena")]
mod athena;
#[cfg(feature = "athena")]
mod athena_dialect;
mod cell_text;
mod columns;
mod computed_texts;
mod derived;
mod error;
mod export;
mod reader;
#[cfg(feature = "s3")]
mod s3;
mod scan;
#[cfg(feature = "sql")]
mod sql;
#[cfg(feature = "sql")]
mod sql_limits;
mod stored;
mod verify;
mod write;

use std::path::Path as FilePath;
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use tollgate_model::Revision;

#[cfg(feature = "athena")]
pub use athena::Athena;
pub use columns::PartSchema;
pub use derived::{ChargeColumn, ChargeView};
pub use error::LakeError;
pub use export::{ExportFile, ExportForm};
#[cfg(feature = "s3")]
pub use s3::{RotatingKeys, S3Keys, S3Place};
pub use scan::{DecimalCells, ScanBatch, TextCells};
#[cfg(feature = "sql")]
pub use sql::tables::{ImportedPeriod, Supplements};
#[cfg(feature = "sql")]
pub use sql::{Answer, Cell, SqlEngine};
pub use stored::StoredFile;
pub use verify::LakeTotals;
pub use write::{EncodedGroup, GroupEncoder, PartWriter, StagedPart};

/// The folder of documents for other programs.
const DOCUMENTS: &str = "published";

/// Where charges are kept.
#[derive(Clone, Debug)]
pub struct Lake {
    store: Arc<dyn ObjectStore>,
    /// Answers queries over more bytes of files than this threshold.
    #[cfg(feature = "sql")]
    beyond: Option<(Arc<dyn SqlEngine>, u64)>,
    /// What tables beside the charges have from elsewhere.
    #[cfg(feature = "sql")]
    supplements: Arc<Supplements>,
}

impl Lake {
    /// A lake in a folder, which is created if it does not exist.
    ///
    /// # Errors
    ///
    /// When the folder cannot be created.
    pub fn folder(root: &FilePath) -> Result<Self, LakeError> {
        std::fs::create_dir_all(root).map_err(|error| LakeError::Folder { path: root.to_owned(), error })?;
        Ok(Self::on(Arc::new(LocalFileSystem::new_with_prefix(root)?.with_automatic_cleanup(true))))
    }

    /// A lake in memory, for tests.
    pub fn in_memory() -> Self {
        Self::on(Arc::new(InMemory::new()))
    }

    /// A lake on any object store.
    pub fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            #[cfg(feature = "sql")]
            beyond: None,
            #[cfg(feature = "sql")]
            supplements: Arc::default(),
        }
    }

    /// Sets what the tables beside the charges have from elsewhere.
    #[cfg(feature = "sql")]
    #[must_use]
    pub fn with_supplements(self, supplements: Supplements) -> Self {
        Self { supplements: Arc::new(supplements), ..self }
    }

    /// Sends queries over more than `bytes` bytes of files to another engine.
    #[cfg(feature = "sql")]
    #[must_use]
    pub fn beyond(self, bytes: u64, engine: Arc<dyn SqlEngine>) -> Self {
        Self { beyond: Some((engine, bytes)), ..self }
    }

    /// Starts a file of one run. `number` distinguishes the run's files.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn begin_part(&self, run: &str, number: usize, schema: &PartSchema) -> Result<PartWriter, LakeError> {
        let name = format!("{run}-{number:04}.parquet");
        PartWriter::begin(&self.store, Path::from(format!("staging/{run}/{name}")), name, schema).await
    }

    /// Moves finished files into the folder of their revision. It is idempotent.
    ///
    /// # Errors
    ///
    /// When the store refuses. Some files may have moved; none counts until the ledger names it.
    pub async fn publish(&self, parts: &[StagedPart], revision: &Revision) -> Result<Vec<String>, LakeError> {
        let mut names = Vec::with_capacity(parts.len());
        for part in parts {
            self.store.rename(&part.path, &part_path(revision, &part.name)).await?;
            names.push(part.name.clone());
        }
        Ok(names)
    }

    /// Copies the files of a revision into the folder of another. It is idempotent.
    ///
    /// # Errors
    ///
    /// When the store refuses. Some files may have been copied; none counts until the ledger names it.
    pub async fn copy(&self, from: &Revision, parts: &[String], to: &Revision) -> Result<(), LakeError> {
        for name in parts {
            self.store.copy(&part_path(from, name), &part_path(to, name)).await?;
        }
        Ok(())
    }

    /// Removes files that were staged and will not be published.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn discard(&self, parts: &[StagedPart]) -> Result<(), LakeError> {
        for part in parts {
            self.store.delete(&part.path).await?;
        }
        Ok(())
    }

    /// Writes a document for other programs beside the charges, such as the status of budgets. The next one of that name replaces it.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn put_document(&self, name: &str, bytes: Vec<u8>) -> Result<(), LakeError> {
        self.store.put(&Path::from(format!("{DOCUMENTS}/{name}")), bytes.into()).await?;
        Ok(())
    }

    /// Reads a document; `None` when it was never written.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn document(&self, name: &str) -> Result<Option<Vec<u8>>, LakeError> {
        match self.store.get(&Path::from(format!("{DOCUMENTS}/{name}"))).await {
            Ok(found) => Ok(Some(found.bytes().await?.to_vec())),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes files that were staged before an instant, in seconds since 1970: leftovers of killed runs.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn sweep(&self, before: i64) -> Result<usize, LakeError> {
        let staged: Vec<_> = self.store.list(Some(&Path::from("staging"))).try_collect().await?;
        let mut removed = 0;
        for file in staged.into_iter().filter(|f| f.last_modified.timestamp() < before) {
            self.store.delete(&file.location).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Removes the files of a revision that no longer counts. Files that are already gone are no error.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn remove(&self, revision: &Revision, parts: &[String]) -> Result<(), LakeError> {
        for name in parts {
            match self.store.delete(&part_path(revision, name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

fn part_path(revision: &Revision, name: &str) -> Path {
    Path::from(format!("charges/{revision}/{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_document_is_replaced_and_is_no_leftover() {
        let lake = Lake::in_memory();
        assert_eq!(lake.document("budgets.json").await.unwrap(), None);
        for text in ["one", "two"] {
            lake.put_document("budgets.json", text.into()).await.unwrap();
        }
        assert_eq!(lake.sweep(i64::MAX).await.unwrap(), 0);
        assert_eq!(lake.document("budgets.json").await.unwrap().as_deref(), Some(&b"two"[..]));
    }

    #[tokio::test]
    async fn what_a_killed_run_left_is_swept_and_what_runs_is_left_alone() {
        let lake = Lake::in_memory();
        let part = lake.begin_part("run", 0, &PartSchema::with_extras(Vec::new())).await.unwrap();
        part.finish().await.unwrap();
        assert_eq!(lake.sweep(0).await.unwrap(), 0);
        assert_eq!(lake.sweep(i64::MAX).await.unwrap(), 1);
        assert_eq!(lake.sweep(i64::MAX).await.unwrap(), 0);
    }
}
