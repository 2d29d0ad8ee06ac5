//! Data exports of AWS: each unread manifest becomes one import, whole or not at all.

use tollgate_pipeline::{Context, Input, PipelineError};
use tollgate_sources::aws_data_export::{DataExport, Manifest};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, WiringError};

use crate::import;

/// Reads the manifest that an event names. Returns a temporary error, for Lambda to retry.
pub(crate) async fn read_one(
    aws: &Aws,
    context: &Context,
    key: &str,
    counts: &mut Counts,
) -> Result<Option<PipelineError>, WiringError> {
    let Some(export) = aws.export()? else { return Ok(None) };
    let manifest = export.manifest(key).await.map_err(PipelineError::from)?;
    match manifest {
        Some(manifest) => Ok(try_read(aws, context, &export, &manifest, counts).await),
        None => Ok(None),
    }
}

/// Reads every unread manifest: the history at the first run, and manifests whose event was lost.
pub(crate) async fn read_all(
    aws: &Aws,
    context: &Context,
    counts: &mut Counts,
) -> Result<Option<PipelineError>, WiringError> {
    let Some(export) = aws.export()? else { return Ok(None) };
    let mut again = None;
    for manifest in export.manifests().await.map_err(PipelineError::from)? {
        again = again.or(try_read(aws, context, &export, &manifest, counts).await);
    }
    Ok(again)
}

/// Reads one export. A failure is logged and does not stop the others.
async fn try_read(
    aws: &Aws,
    context: &Context,
    export: &DataExport,
    manifest: &Manifest,
    counts: &mut Counts,
) -> Option<PipelineError> {
    let error = read(aws, context, export, manifest, counts).await.err()?;
    counts.add(Metric::FailedSources, 1);
    tracing::error!(manifest = %manifest.key, %error, retryable = error.retryable(), "an export was not read; nothing of it changed");
    error.retryable().then_some(error)
}

async fn read(
    aws: &Aws,
    context: &Context,
    export: &DataExport,
    manifest: &Manifest,
    counts: &mut Counts,
) -> Result<(), PipelineError> {
    if context.state.ledger.export_read(&manifest.key).await?.as_ref() == Some(&manifest.version) {
        tracing::debug!(manifest = %manifest.key, "already read");
        return Ok(());
    }
    let parent = std::env::temp_dir();
    let scratch = tempfile::tempdir_in(&parent)
        .map_err(|error| tollgate_sources::SourceError::Io { path: parent.clone(), error })?;
    let files = export.fetch(manifest, scratch.path(), aws.settings.scratch).await?;
    if files.is_empty() {
        tracing::info!(manifest = %manifest.key, "the manifest names no files: the period has no charges so far");
        return Ok(context
            .state
            .ledger
            .put_export_read(&manifest.key, &manifest.version, context.state.clock.now())
            .await?);
    }
    let options = Default::default();
    let inputs = files.iter().map(|path| Input::file(path, &options)).collect::<Result<_, _>>()?;
    import(context, inputs, None, feed_of(&manifest.key), counts).await?;
    Ok(context.state.ledger.put_export_read(&manifest.key, &manifest.version, context.state.clock.now()).await?)
}

/// The export that a manifest belongs to: its key without the month, the run and the file's name. A delivery of an export replaces an
/// earlier one of the same month and export only.
fn feed_of(manifest: &str) -> String {
    let mut folders: Vec<&str> = manifest.split('/').collect();
    folders.pop();
    // Legacy reports: `prefix/report/20261001-20261101/`, with a run behind it. CUR 2.0: `prefix/export/metadata/BILLING_PERIOD=2026-10/`.
    let is_month = |folder: &str| {
        folder.starts_with("BILLING_PERIOD=")
            || (folder.len() == 17 && folder.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
    };
    if let Some(month) = folders.iter().position(|folder| is_month(folder)) {
        folders.truncate(month);
    }
    format!("export {}", folders.join("/"))
}

#[cfg(test)]
mod tests {
    use super::feed_of;

    #[test]
    fn manifests_of_one_export_are_one_feed() {
        for manifest in [
            "cur/daily/20261001-20261101/daily-Manifest.json",
            "cur/daily/20261001-20261101/7f3a/daily-Manifest.json",
            "cur/daily/20261101-20261201/daily-Manifest.json",
        ] {
            assert_eq!(feed_of(manifest), "export cur/daily");
        }
        let two = "exports/focus/metadata/BILLING_PERIOD=2026-10/focus-Manifest.json";
        assert_eq!(feed_of(two), "export exports/focus/metadata");
    }
}
