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
    let options = Default::default();
    let inputs = files.iter().map(|path| Input::file(path, &options)).collect::<Result<_, _>>()?;
    import(context, inputs, None, counts).await?;
    Ok(context.state.ledger.put_export_read(&manifest.key, &manifest.version, context.state.clock.now()).await?)
}
