//! AWS Data Exports: CUR 2.0 and FOCUS exports, and legacy cost and usage reports, in a bucket, by their manifests.
//!
//! A manifest is written after all files that it names, so its arrival starts a read of all of its files. If an export
//! overwrites its files, a file newer than the manifest belongs to a delivery in progress, and none of the files is used.
//!
//! A legacy report has the manifest of each billing period beside the folders of its assemblies, `20261101-20261201/NAME-Manifest.json`,
//! and names its files as keys. A manifest without files is a period without charges so far.
//!
//! Source: AWS Data Exports user guide, "Understanding export delivery" and "Cost and Usage Reports: Amazon S3 bucket and
//! manifest files". Read 2026-11-28.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde::Deserialize;
use tollgate_model::BillingPeriod;
use tollgate_model::limits::{MANIFEST_BYTES, MANIFEST_FILES};

use crate::SourceError;

const SERVICE: &str = "S3";

/// One export: a bucket and the folder `<prefix>/<export name>` in it.
#[derive(Clone, Debug)]
pub struct DataExport {
    store: Arc<dyn ObjectStore>,
    bucket: String,
    folder: String,
}

/// A manifest in the bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Its key in the bucket.
    pub key: String,
    /// The billing period.
    pub period: BillingPeriod,
    /// The version; each delivery has a different one.
    pub version: String,
    /// The time of delivery, in milliseconds since 1970.
    written: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManifestBody {
    /// Addresses: `s3://bucket/key`.
    data_files: Option<Vec<String>>,
    /// Keys in `bucket`: a legacy report.
    report_keys: Option<Vec<String>>,
    bucket: Option<String>,
}

impl DataExport {
    /// The export in a folder of a bucket.
    pub fn new(store: Arc<dyn ObjectStore>, bucket: &str, folder: &str) -> Self {
        Self { store, bucket: bucket.to_owned(), folder: folder.trim_matches('/').to_owned() }
    }

    /// The newest manifest of each billing period, newest period first.
    ///
    /// # Errors
    ///
    /// When the bucket refuses or does not answer, or the folder has several exports, which would be counted twice.
    pub async fn manifests(&self) -> Result<Vec<Manifest>, SourceError> {
        let prefix = Key::from(format!("{}/metadata", self.folder));
        let mut found: Vec<ObjectMeta> =
            self.store.list(Some(&prefix)).try_collect().await.map_err(|e| to_source_error(&e))?;
        found.extend(self.legacy_manifests().await?);
        let mut newest: BTreeMap<BillingPeriod, Manifest> = BTreeMap::new();
        let mut names: Vec<String> = Vec::new();
        for meta in found {
            let Some((name, manifest)) = self.parse_manifest(&meta) else { continue };
            if !names.contains(&name) {
                names.push(name);
            }
            match newest.get(&manifest.period) {
                Some(known) if (known.written, &known.key) >= (manifest.written, &manifest.key) => {}
                _ => {
                    newest.insert(manifest.period, manifest);
                }
            }
        }
        if names.len() > 1 {
            names.sort();
            return Err(SourceError::Refused {
                service: SERVICE,
                message: format!(
                    "s3://{}/{} contains several exports ({}); name the folder of one",
                    self.bucket,
                    self.folder,
                    names.join(", ")
                ),
            });
        }
        Ok(newest.into_values().rev().collect())
    }

    /// The manifests of a legacy report, one for each billing period: not those of its assemblies.
    async fn legacy_manifests(&self) -> Result<Vec<ObjectMeta>, SourceError> {
        let folder = Key::from(self.folder.as_str());
        let inside = self.store.list_with_delimiter(Some(&folder)).await.map_err(|e| to_source_error(&e))?;
        let mut out = Vec::new();
        for period in inside.common_prefixes {
            if legacy_period(period.filename().unwrap_or_default()).is_none() {
                continue;
            }
            let files = self.store.list_with_delimiter(Some(&period)).await.map_err(|e| to_source_error(&e))?;
            out.extend(files.objects);
        }
        Ok(out)
    }

    /// The manifest with the key of an event; `None` for other objects and for deleted ones.
    ///
    /// # Errors
    ///
    /// When the bucket refuses or does not answer.
    pub async fn manifest(&self, key: &str) -> Result<Option<Manifest>, SourceError> {
        let inside = key.strip_prefix(&self.folder).and_then(|rest| rest.strip_prefix('/'));
        if !inside
            .and_then(|rest| rest.split('/').next())
            .is_some_and(|f| f == "metadata" || legacy_period(f).is_some())
        {
            return Ok(None);
        }
        match self.store.head(&Key::from(key)).await {
            Ok(meta) => Ok(self.parse_manifest(&meta).map(|(_, manifest)| manifest)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(to_source_error(&error)),
        }
    }

    /// `…/metadata/BILLING_PERIOD=2026-11/NAME-Manifest.json`, or a folder deeper where each delivery has its own.
    fn parse_manifest(&self, meta: &ObjectMeta) -> Option<(String, Manifest)> {
        let key = meta.location.as_ref();
        let inside = key.strip_prefix(&self.folder)?.strip_prefix('/')?;
        let (first, rest) = inside.split_once('/')?;
        let (period, file) = match legacy_period(first) {
            Some(period) => (period, rest),
            None if first == "metadata" => {
                let (partition, rest) = rest.split_once('/')?;
                let (name, month) = partition.split_once('=')?;
                let period = name.eq_ignore_ascii_case("billing_period").then(|| month.parse().ok()).flatten()?;
                (period, rest.rsplit('/').next()?)
            }
            None => return None,
        };
        // An assembly of a legacy report has a manifest of its own in a folder below.
        let export = file.strip_suffix("-Manifest.json").filter(|name| !name.contains('/'))?;
        let written = meta.last_modified.timestamp_millis();
        let version = meta.e_tag.clone().unwrap_or_else(|| meta.last_modified.to_rfc3339());
        let version = format!("{version} {written}");
        Some((export.to_owned(), Manifest { key: key.to_owned(), period, version, written }))
    }

    /// Downloads every file of a manifest into an existing folder and returns the paths in the manifest's order: none if it names none.
    ///
    /// # Errors
    ///
    /// When a file is missing or newer than the manifest, or the files exceed `room` bytes. Do not use any of the files then.
    pub async fn fetch(&self, manifest: &Manifest, into: &Path, room: u64) -> Result<Vec<PathBuf>, SourceError> {
        let mut files = Vec::new();
        for key in self.list_files(manifest).await? {
            let missing = || SourceError::PartMissing { manifest: manifest.key.clone(), part: key.to_string() };
            let meta = match self.store.head(&key).await {
                Ok(meta) => meta,
                Err(object_store::Error::NotFound { .. }) => return Err(missing()),
                Err(error) => return Err(to_source_error(&error)),
            };
            // S3 timestamps have a precision of seconds.
            if meta.last_modified.timestamp() > manifest.written / 1000 {
                return Err(SourceError::BeingDelivered { manifest: manifest.key.clone(), part: key.to_string() });
            }
            files.push(meta);
        }
        let size = files.iter().fold(0u64, |sum, f| sum.saturating_add(f.size));
        if size > room {
            return Err(SourceError::NoRoom { manifest: manifest.key.clone(), size, room });
        }
        let mut out = Vec::with_capacity(files.len());
        for (number, meta) in files.iter().enumerate() {
            let path = into.join(format!("{number:05}-{}", meta.location.filename().unwrap_or("part")));
            self.fetch_file(manifest, meta, &path).await?;
            out.push(path);
        }
        Ok(out)
    }

    async fn fetch_file(&self, manifest: &Manifest, meta: &ObjectMeta, path: &Path) -> Result<(), SourceError> {
        let io = |error| SourceError::Io { path: path.to_owned(), error };
        let mut file = std::fs::File::create(path).map_err(io)?;
        let found = match self.store.get(&meta.location).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => {
                return Err(SourceError::PartMissing {
                    manifest: manifest.key.clone(),
                    part: meta.location.to_string(),
                });
            }
            Err(error) => return Err(to_source_error(&error)),
        };
        // It was overwritten after the check.
        if found.meta.e_tag != meta.e_tag || found.meta.size != meta.size {
            return Err(SourceError::BeingDelivered {
                manifest: manifest.key.clone(),
                part: meta.location.to_string(),
            });
        }
        let mut bytes = found.into_stream();
        let mut length = 0;
        while let Some(some) = bytes.try_next().await.map_err(|e| to_source_error(&e))? {
            length += some.len() as u64;
            file.write_all(&some).map_err(io)?;
        }
        file.flush().map_err(io)?;
        if length != meta.size {
            let what = format!("{length} of {} bytes arrived", meta.size);
            return Err(SourceError::Truncated { path: path.to_owned(), line: None, what });
        }
        Ok(())
    }

    async fn list_files(&self, manifest: &Manifest) -> Result<Vec<Key>, SourceError> {
        let refused = |message: String| SourceError::Refused {
            service: SERVICE,
            message: format!("{}: {message}", manifest.key),
        };
        let found = self.store.get(&Key::from(manifest.key.as_str())).await.map_err(|e| to_source_error(&e))?;
        if found.meta.size > MANIFEST_BYTES.value {
            return Err(refused(format!("the manifest has {} bytes, more than {MANIFEST_BYTES}", found.meta.size)));
        }
        let bytes = found.bytes().await.map_err(|e| to_source_error(&e))?;
        let body: ManifestBody =
            serde_json::from_slice(&bytes).map_err(|e| refused(format!("the manifest is invalid: {e}")))?;
        let count = body.data_files.iter().chain(&body.report_keys).map(Vec::len).sum::<usize>();
        if count > MANIFEST_FILES.size() {
            return Err(refused(format!("the manifest names {count} files, more than {MANIFEST_FILES}")));
        }
        let Some(files) = body.data_files else {
            let keys =
                body.report_keys.ok_or_else(|| refused("the manifest names no files, not even none".to_owned()))?;
            if let Some(other) = body.bucket.filter(|bucket| *bucket != self.bucket) {
                return Err(refused(format!("the manifest names files in the bucket {other}, not in {}", self.bucket)));
            }
            return Ok(keys.iter().map(|key| Key::from(key.as_str())).collect());
        };
        let inside = format!("s3://{}/", self.bucket);
        let key = |uri: &String| {
            uri.strip_prefix(&inside).map(Key::from).ok_or_else(|| {
                refused(format!("the manifest names `{uri}`, which is not in the bucket {}", self.bucket))
            })
        };
        files.iter().map(key).collect()
    }
}

/// The billing period of a folder of a legacy report: `20261101-20261201`.
fn legacy_period(folder: &str) -> Option<BillingPeriod> {
    let (start, end) = folder.split_once('-')?;
    let is_day = |day: &str| day.len() == 8 && day.bytes().all(|c| c.is_ascii_digit());
    if !is_day(start) || !is_day(end) {
        return None;
    }
    format!("{}-{}", start.get(..4)?, start.get(4..6)?).parse().ok()
}

fn to_source_error(error: &object_store::Error) -> SourceError {
    // The innermost cause is useful; the outer errors name internals.
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let message = cause.to_string();
    match error {
        object_store::Error::PermissionDenied { .. }
        | object_store::Error::Unauthenticated { .. }
        | object_store::Error::NotFound { .. } => SourceError::Refused { service: SERVICE, message },
        _ => SourceError::Unavailable { service: SERVICE, message },
    }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    const PARTS: [&str; 2] =
        ["data/BILLING_PERIOD=2026-11/e-00001.csv.gz", "data/BILLING_PERIOD=2026-11/e-00002.csv.gz"];

    async fn put(store: &Arc<dyn ObjectStore>, key: &str, text: String) {
        store.put(&Key::from(format!("cur/e/{key}")), text.into()).await.unwrap();
    }

    async fn delivered(parts: &[&str]) -> (Arc<dyn ObjectStore>, DataExport) {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        for part in parts {
            put(&store, part, (*part).to_owned()).await;
        }
        let uris: Vec<String> = PARTS.iter().map(|p| format!("\"s3://bills/cur/e/{p}\"")).collect();
        let text = format!("{{\"executionId\": \"1\", \"dataFiles\": [{}]}}", uris.join(", "));
        put(&store, "metadata/BILLING_PERIOD=2026-11/e-Manifest.json", text).await;
        (store.clone(), DataExport::new(store, "bills", "/cur/e/"))
    }

    #[tokio::test]
    async fn every_file_of_a_manifest_is_downloaded_or_none_is_used() {
        let (_, export) = delivered(&PARTS).await;
        let manifests = export.manifests().await.unwrap();
        assert_eq!(manifests.iter().map(|m| m.period.to_string()).collect::<Vec<_>>(), ["2026-11"]);
        let folder = std::env::temp_dir().join(format!("tollgate-export-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = export.fetch(&manifests[0], &folder, 1 << 20).await.unwrap();
        let texts: Vec<String> = files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect();
        assert_eq!(texts, PARTS);
        assert!(matches!(export.fetch(&manifests[0], &folder, 10).await, Err(SourceError::NoRoom { .. })));
        std::fs::remove_dir_all(&folder).unwrap();

        let (_, export) = delivered(&PARTS[..1]).await;
        let manifests = export.manifests().await.unwrap();
        let error = export.fetch(&manifests[0], &folder, 1 << 20).await.unwrap_err();
        assert!(matches!(&error, SourceError::PartMissing { part, .. } if part.ends_with("e-00002.csv.gz")), "{error}");
    }

    #[tokio::test]
    async fn a_manifest_beyond_a_limit_is_refused_by_its_name() {
        let (store, export) = delivered(&PARTS).await;
        let name = "metadata/BILLING_PERIOD=2026-11/e-Manifest.json";
        let uris = vec!["\"s3://bills/x\""; MANIFEST_FILES.size() + 1].join(",");
        for (text, limit) in [
            (format!("{{\"dataFiles\": [{uris}]}}"), "`manifest-files` of 10,000 files"),
            (" ".repeat(usize::try_from(MANIFEST_BYTES.value).unwrap() + 1), "`manifest-bytes` of 8 MiB"),
        ] {
            put(&store, name, text).await;
            let manifest = export.manifests().await.unwrap().remove(0);
            let error = export.fetch(&manifest, &std::env::temp_dir(), 1 << 20).await.unwrap_err().to_string();
            assert!(error.contains(limit), "{error}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_newer_than_the_manifest_belongs_to_the_next_delivery() {
        let (store, export) = delivered(&PARTS).await;
        let manifest = export.manifest("cur/e/metadata/BILLING_PERIOD=2026-11/e-Manifest.json").await.unwrap().unwrap();
        let older = Manifest { written: manifest.written - 60_000, ..manifest };
        put(&store, PARTS[0], "another".to_owned()).await;
        let error = export.fetch(&older, &std::env::temp_dir(), 1 << 20).await.unwrap_err();
        assert!(matches!(error, SourceError::BeingDelivered { .. }) && error.retryable(), "{error}");
    }

    #[tokio::test]
    async fn the_newest_delivery_of_a_period_counts_and_two_exports_are_refused() {
        let (store, export) = delivered(&PARTS).await;
        let again = "metadata/BILLING_PERIOD=2026-11/20261121T000000Z-2/e-Manifest.json";
        // The store's timestamps have a precision of milliseconds.
        std::thread::sleep(std::time::Duration::from_millis(20));
        put(&store, again, "{\"dataFiles\": []}".to_owned()).await;
        let manifests = export.manifests().await.unwrap();
        assert_eq!((manifests.len(), manifests[0].key.as_str()), (1, &*format!("cur/e/{again}")));
        // A period without charges so far: nothing to read, and no error.
        assert!(export.fetch(&manifests[0], &std::env::temp_dir(), 1).await.unwrap().is_empty());
        assert_eq!(export.manifest("cur/e/data/BILLING_PERIOD=2026-11/e-00001.csv.gz").await.unwrap(), None);
        assert_eq!(export.manifest("other/metadata/BILLING_PERIOD=2026-11/e-Manifest.json").await.unwrap(), None);
        put(&store, "metadata/BILLING_PERIOD=2026-10/focus-Manifest.json", String::new()).await;
        let error = export.manifests().await.unwrap_err().to_string();
        assert!(error.contains("several exports (e, focus)"), "{error}");
    }

    #[tokio::test]
    async fn a_legacy_report_is_read_by_the_manifest_of_its_period() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let part = "20261101-20261201/a1/e-00001.csv.gz";
        put(&store, part, "rows".to_owned()).await;
        let body = |bucket: &str| {
            format!("{{\"assemblyId\": \"a1\", \"bucket\": \"{bucket}\", \"reportKeys\": [\"cur/e/{part}\"]}}")
        };
        for key in ["20261101-20261201/e-Manifest.json", "20261101-20261201/a1/e-Manifest.json"] {
            put(&store, key, body("bills")).await;
        }
        let export = DataExport::new(store.clone(), "bills", "cur/e");
        let manifests = export.manifests().await.unwrap();
        assert_eq!(manifests.iter().map(|m| m.period.to_string()).collect::<Vec<_>>(), ["2026-11"]);
        let folder = std::env::temp_dir().join(format!("tollgate-legacy-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = export.fetch(&manifests[0], &folder, 1 << 20).await.unwrap();
        assert_eq!(std::fs::read_to_string(&files[0]).unwrap(), "rows");
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(export.manifest("cur/e/20261101-20261201/e-Manifest.json").await.unwrap().is_some());
        assert!(export.manifest("cur/e/20261101-20261201/a1/e-Manifest.json").await.unwrap().is_none());
        put(&store, "20261101-20261201/e-Manifest.json", body("other")).await;
        let manifest = export.manifests().await.unwrap().remove(0);
        let error = export.fetch(&manifest, &std::env::temp_dir(), 1 << 20).await.unwrap_err().to_string();
        assert!(error.contains("the bucket other"), "{error}");
        put(&store, "20261101-20261201/e-Manifest.json", "{\"reportKeys\": []}".to_owned()).await;
        let manifest = export.manifests().await.unwrap().remove(0);
        assert!(export.fetch(&manifest, &std::env::temp_dir(), 1).await.unwrap().is_empty());
    }
}
