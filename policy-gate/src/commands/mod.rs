//! The commands, a file each.

pub(crate) mod args;
mod aws_request;
mod base;
mod budgets;
mod check;
mod cost;
mod diff;
mod evaluate;
mod explain;
mod files;
mod findings;
mod fix;
mod git;
mod github;
mod gitlab;
mod import;
mod inputs;
mod options;
mod prices;
mod shell;
mod simulate;
#[cfg(feature = "dynamodb")]
mod table;
mod templates;
mod test;
mod usage;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use args::{Args, Command};
use serde::Serialize;
use serde_json::{Map, Value};
use tollgate_model::untrusted::{json_in_log, terminal, workflow_log};
use tollgate_policy_gate::exit_status::ExitStatus;

pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Check { inputs, options, write_baseline: true, .. } => check::write_baseline(&inputs, &options),
        Command::Check { inputs, options, format, detail, output, write_baseline: false } => {
            let shape = check::Shape { format: format.into(), detail: detail.detail(), output: output.as_deref() };
            check::run(&inputs, &options, &shape)
        }
        Command::Fix { inputs, set, write } => fix::run(&inputs, &set, write),
        Command::Cost { inputs, options } => cost::run(&inputs, &options),
        Command::Usage { what } => usage::run(&what),
        Command::Github { inputs, options, github } => github::run(&inputs, &options, &github),
        Command::Gitlab { inputs, options, gitlab } => gitlab::run(&inputs, &options, &gitlab),
        Command::Prices { what } => prices::run(&what),
        Command::Diff { base, inputs, format } => diff::run(&base, &inputs, format),
        Command::Explain { address, inputs, format } => explain::run(&address, &inputs, format),
        Command::Test { files, config } => test::run(&files, &config),
        Command::Simulate { inputs, from, format } => simulate::run(&inputs, &from, format),
        Command::Watch { dir, plan, config, run, options } => {
            watch::run(&dir, &plan, &config, run.as_deref(), &options)
        }
        Command::Import { what } => import::run(&what),
        Command::Templates { name } => templates::run(name.as_deref()),
        Command::Findings { format } => findings::run(format),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { folder } => shell::man(&folder),
    }
}

/// Prints results with untrusted text.
fn print_text(text: &str) {
    print_report(&terminal(text));
}

/// Prints for people and for job logs, where untrusted text must not become a command. A closed reader (`| head`) is no error.
fn print_report(text: &str) {
    print_commands(&workflow_log(text));
}

/// Prints workflow commands, whose texts are escaped.
fn print_commands(text: &str) {
    use std::io::Write;
    let mut out = anstream::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Prints for programs, byte by byte. JSON contains no control characters.
fn print_json(text: &str) {
    print_exactly(&json_in_log(text));
}

/// Prints as it is what this program itself has written. A closed reader is no error.
fn print_exactly(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// The version of the JSON of every command. docs/reference/json has the schemas.
pub(crate) const JSON_VERSION: u64 = 1;

/// Prints a JSON document, or a list of documents, each with its version first.
fn print_document(value: &impl Serialize) -> anyhow::Result<()> {
    let value = match serde_json::to_value(value)? {
        Value::Array(items) => items.into_iter().map(versioned).collect(),
        one => versioned(one),
    };
    print_json(&(serde_json::to_string_pretty(&value)? + "\n"));
    Ok(())
}

fn versioned(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let mut out = Map::from_iter([("version".to_owned(), JSON_VERSION.into())]);
    out.extend(fields);
    Value::Object(out)
}

/// Prints a note to standard error.
fn print_note(text: &str) {
    anstream::eprintln!("{}", workflow_log(&terminal(text)));
}

/// Writes a file whole or not at all: an interrupted run leaves the old file.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    write_bytes(path, text.as_bytes())
}

/// As `write_whole`, for bytes.
fn write_bytes(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    // A link stays one: what it leads to is written.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut beside = path.clone().into_os_string();
    beside.push(".tollgate-new");
    let shown = || path.display().to_string();
    std::fs::write(&beside, bytes).with_context(shown)?;
    if let Ok(before) = std::fs::metadata(&path) {
        std::fs::set_permissions(&beside, before.permissions()).with_context(shown)?;
    }
    std::fs::rename(&beside, &path).with_context(shown)
}

/// Creates the runtime for network requests.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// The exit code of a verdict.
fn exit(blocked: bool) -> ExitCode {
    ExitStatus::of_verdict(blocked).into()
}
