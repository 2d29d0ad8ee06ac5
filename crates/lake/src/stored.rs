//! The files that are in the lake, whether they count or not.

use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt};
use tollgate_model::{BillingPeriod, Revision, SourceId};

use crate::{Lake, LakeError, part_path};

/// A file of the lake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct StoredFile {
    /// Its path below the lake's folder: `charges/aws-123/2026-11/0f3a…/<run>-0000.parquet`.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was written, in seconds since 1970.
    pub written: i64,
}

impl Lake {
    /// The path of a revision's file below the lake's folder.
    pub fn path_of(revision: &Revision, name: &str) -> String {
        part_path(revision, name).to_string()
    }

    /// Every file of charges, staged ones included, by path. Other objects in the bucket, such as Athena's results, are not listed.
    ///
    /// # Errors
    ///
    /// When the store refuses or returns a partial list.
    pub async fn stored(&self) -> Result<Vec<StoredFile>, LakeError> {
        let mut out = self.list("charges").await?;
        out.extend(self.list("staging").await?);
        Ok(out)
    }

    /// The files of a billing period, of every revision, by path.
    ///
    /// # Errors
    ///
    /// When the store refuses or returns a partial list.
    pub async fn stored_of(&self, source: &SourceId, period: BillingPeriod) -> Result<Vec<StoredFile>, LakeError> {
        self.list(&format!("charges/{source}/{period}")).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, LakeError> {
        let file = |meta: ObjectMeta| StoredFile {
            path: meta.location.to_string(),
            bytes: meta.size,
            written: meta.last_modified.timestamp(),
        };
        let mut out: Vec<StoredFile> = self.store.list(Some(&Path::from(folder))).map_ok(file).try_collect().await?;
        out.sort();
        Ok(out)
    }

    /// Removes a file that does not count. A file that is already gone is no error.
    ///
    /// # Errors
    ///
    /// When the store refuses.
    pub async fn remove_stored(&self, file: &StoredFile) -> Result<(), LakeError> {
        match self.store.delete(&Path::from(file.path.as_str())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
