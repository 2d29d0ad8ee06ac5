//! Exports of AWS: each manifest that was not read yet becomes one import, whole or not at all.

use tollgate_pipeline::{Context, Input, PipelineError};
use tollgate_sources::aws_data_export::{DataExport, Manifest};
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, WiringError};

use crate::keep;

/// Reads the manifest that an event names. Returns an error that may pass, for Lambda to try again.
pub(crate) async fn read_one(
    aws: &Aws,
    context: &Context,
    key: &str,
    counts: &mut Counts,
) -> Result<Option<PipelineError>, WiringError> {
    let Some(export) = aws.export()? else { return Ok(None) };
    let manifest = export.manifest(key).await.map_err(PipelineError::from)?;
    match manifest {
        Some(manifest) => Ok(attempt(aws, context, &export, &manifest, counts).await),
        None => Ok(None),
    }
}

/// Reads every manifest that was not read yet: a first run's history, and whatever an event was lost of.
pub(crate) async fn read_all(
    aws: &Aws,
    context: &Context,
    counts: &mut Counts,
) -> Result<Option<PipelineError>, WiringError> {
    let Some(export) = aws.export()? else { return Ok(None) };
    let mut again = None;
    for manifest in export.manifests().await.map_err(PipelineError::from)? {
        again = again.or(attempt(aws, context, &export, &manifest, counts).await);
    }
    Ok(again)
}

/// One export that cannot be read does not stop the others.
async fn attempt(
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
    if context.ledger.export_read(&manifest.key).await?.as_ref() == Some(&manifest.version) {
        tracing::debug!(manifest = %manifest.key, "read before");
        return Ok(());
    }
    let io = |error| tollgate_sources::SourceError::Io { path: std::env::temp_dir(), error };
    let scratch = tempfile::tempdir().map_err(io)?;
    let files = export.fetch(manifest, scratch.path(), aws.settings.scratch).await?;
    let options = Default::default();
    let inputs = files.iter().map(|path| Input::file(path, &options)).collect::<Result<_, _>>()?;
    keep(context, inputs, None, counts).await?;
    Ok(context.ledger.put_export_read(&manifest.key, &manifest.version, context.clock.now()).await?)
}
