//! Imports: a billing file that is uploaded is checked or imported; an import is rolled back.

use std::sync::Arc;

use tollgate_identity::Permission;
use tollgate_model::SourceId;
use tollgate_pipeline::{
    ImportedDelivery, IngestOptions, PipelineError, announce_revisions, ingest, list_imports, open_files,
    roll_back_import,
};

use crate::answer::Answer;
use crate::call::{Call, ListOrder};
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::{Route, RouteMethod};

/// The name of an uploaded file without one.
const UNNAMED: &str = "upload.csv";
/// Characters of a file name.
const NAME: usize = 100;

const UPLOAD: &[Parameter] = &[
    Parameter::new(
        "name",
        Kind::Text,
        "the name of the file, which ends as `.csv`, `.csv.gz` or `.parquet`; upload.csv without it",
    ),
    Parameter::new("source", Kind::Text, "the source of all charges; provider and billing account name it without it"),
    Parameter::new("currency", Kind::Text, "the currency of a file that names none"),
    Parameter::new("strict", Kind::Flag, "refuse the file when a row is rejected"),
];

pub(super) const ROUTES: &[Route] = &[
    Route::get(
        "/v1/imports",
        "listImports",
        "The deliveries of bills that count, by source and month",
        Permission::ReadOperations,
        |call| Box::pin(list(call)),
    )
    .answering("imports")
    .in_pages(),
    Route::post(
        "/v1/imports",
        "importFile",
        "Import a billing file: its sums are verified, and it becomes current at once",
        Permission::RunImports,
        |call| Box::pin(import(call, false)),
    )
    .taking(UPLOAD)
    .reading_file()
    .answering("ingest"),
    Route::post(
        "/v1/imports/check",
        "checkFile",
        "Read a billing file and compare it with the store; nothing is changed",
        Permission::RunImports,
        |call| Box::pin(import(call, true)),
    )
    .taking(UPLOAD)
    .reading_file()
    .answering("ingest-check"),
    Route::post(
        "/v1/imports/{import}",
        "rollBackImport",
        "Roll an import back: its deliveries count no longer, and those that they replaced count again",
        Permission::RunImports,
        |call| Box::pin(roll_back(call)),
    )
    .by(RouteMethod::Delete),
];

async fn list(call: Call) -> Result<Answer, Problem> {
    let imports = list_imports(call.state()).await?;
    let key = |one: &ImportedDelivery| format!("{}#{}#{}", one.source, one.period, one.delivery);
    call.page(imports, ListOrder::Ascending, key)
}

/// The name of an uploaded file: the last part of the one that was given, without anything that could leave its folder.
fn file_name(given: Option<&str>) -> Result<&str, Problem> {
    let Some(given) = given else { return Ok(UNNAMED) };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if given.len() <= NAME && given.chars().all(plain) && !given.starts_with('.') {
        return Ok(given);
    }
    Err(Problem::bad_request(format!(
        "`name` is no name of a file\nhint: at most {NAME} letters, digits, `.`, `-` and `_`, such as 2026-10.csv.gz"
    )))
}

async fn import(call: Call, check: bool) -> Result<Answer, Problem> {
    if call.body.is_empty() {
        return Err(Problem::bad_request(
            "the body is empty\nhint: send the file as it is, as the body of the request",
        ));
    }
    let name = file_name(call.query.text("name"))?;
    let mut options = IngestOptions {
        source: call.query.value::<SourceId>("source")?,
        strict: call.query.flag("strict"),
        check,
        workers: 1,
        ..IngestOptions::default()
    };
    options.read.currency = call.query.value("currency")?;
    let failed = |error: std::io::Error| Problem::internal(format!("an uploaded file cannot be kept: {error}"));
    let folder = tempfile::tempdir().map_err(failed)?;
    let path = folder.path().join(name);
    std::fs::write(&path, &call.body).map_err(failed)?;
    let report = read_file(&call, &path, name, &options).await.map_err(|error| {
        // The folder is of this request; the client knows the file by its name.
        let place = format!("{}/", folder.path().display());
        let mut problem = Problem::from(error);
        for entry in &mut problem.errors {
            entry.message = entry.message.replace(&place, "");
        }
        problem
    })?;
    Ok(report)
}

async fn read_file(
    call: &Call,
    path: &std::path::Path,
    name: &str,
    options: &IngestOptions,
) -> Result<Answer, PipelineError> {
    let mut inputs = open_files(&[path.to_path_buf()], &options.read)?;
    for input in &mut inputs {
        name.clone_into(&mut input.name);
    }
    let report = Box::pin(ingest(call.context(), inputs, options, Arc::new(|_, _, _| {}))).await?;
    if !options.check {
        announce_revisions(call.state()).await?;
    }
    Answer::of(&report).map_err(|_| PipelineError::Worker("the report of an import cannot be written".to_owned()))
}

async fn roll_back(call: Call) -> Result<Answer, Problem> {
    let rollback = roll_back_import(call.context(), &call.actor(), call.part("import")).await?;
    announce_revisions(call.state()).await?;
    Answer::of(&rollback.into_steps())
}
