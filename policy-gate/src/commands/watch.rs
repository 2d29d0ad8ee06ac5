//! `policy-gate watch`: judges again whenever something changes.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context;
use notify::{Event, EventKind, RecursiveMode, Watcher};
use tollgate_policy_gate::output::{Detail, Format};

use super::check::Shape;
use super::inputs::{folder_of, here};
use super::options::{Inputs, JudgeOptions, SourceOptions};
use super::{check, print_note};

/// The quiet time before a run: an editor writes a file in several steps.
const QUIET: Duration = Duration::from_millis(200);

pub(super) fn run(
    dir: &Path,
    plan: &Path,
    config: &Path,
    command: Option<&str>,
    options: &JudgeOptions,
) -> anyhow::Result<ExitCode> {
    let plan = dir.join(plan);
    let inputs = Inputs {
        plans: vec![plan.to_string_lossy().into_owned()],
        config: config.to_owned(),
        source: Some(dir.to_owned()),
        root: None,
        environment: None,
        account: None,
        region: None,
        measured: None,
        sources: SourceOptions::default(),
    };
    let (sender, receiver) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // The receiver is gone when this fails.
        let _ = sender.send(event);
    })?;
    watcher.watch(dir, RecursiveMode::Recursive).with_context(|| dir.display().to_string())?;
    let folder = folder_of(config);
    let whole = |path: &Path| path.canonicalize().with_context(|| path.display().to_string());
    if !whole(&folder)?.starts_with(whole(dir)?) {
        watcher.watch(&folder, RecursiveMode::NonRecursive).with_context(|| folder.display().to_string())?;
    }
    print_note(&format!("watching {}; Ctrl-C ends it", dir.display()));
    judge(&inputs, options, command.is_none());
    loop {
        let mut changed: Vec<PathBuf> = Vec::new();
        let Ok(first) = receiver.recv() else { return Ok(ExitCode::SUCCESS) };
        changed.extend(paths(first));
        loop {
            match receiver.recv_timeout(QUIET) {
                Ok(event) => changed.extend(paths(event)),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::SUCCESS),
            }
        }
        let sources = changed.iter().any(|p| p.extension().is_some_and(|e| e == "tf" || e == "tofu" || e == "tfvars"));
        let others = changed.iter().any(|p| p.extension().is_some_and(|e| e == "json" || e == "hcl" || e == "rego"));
        if sources && let Some(command) = command {
            print_note(&format!("$ {command}"));
            let status = Command::new("sh").arg("-c").arg(command).current_dir(dir).status().context("sh")?;
            if !status.success() {
                print_note(&format!("{status}"));
                continue;
            }
        }
        if sources || others {
            judge(&inputs, options, command.is_none());
        }
    }
}

/// Judges the plan, or without one the sources, and prints an error instead of exiting.
fn judge(inputs: &Inputs, options: &JudgeOptions, without_plan: bool) {
    print_note("---");
    let shape = Shape { format: Format::Text, detail: Detail::Summary, output: None };
    let missing = inputs.plans.iter().find(|plan| !Path::new(plan).is_file());
    let folder = inputs.source.as_deref().filter(|folder| without_plan && here(folder).is_some());
    let result = match (missing, folder) {
        (None, _) => check::run(inputs, options, &shape),
        (Some(_), Some(folder)) => {
            let plans = vec![folder.to_string_lossy().into_owned()];
            check::run(&Inputs { plans, ..inputs.clone() }, options, &shape)
        }
        (Some(plan), None) => return print_note(&format!("{plan} is not there yet")),
    };
    if let Err(error) = result {
        print_note(&format!("{error:#}"));
    }
}

/// Returns changed files, without those of Terraform and git.
fn paths(event: notify::Result<Event>) -> Vec<PathBuf> {
    let Ok(event) = event else { return Vec::new() };
    if matches!(event.kind, EventKind::Access(_)) {
        return Vec::new();
    }
    let hidden =
        |path: &PathBuf| path.components().any(|c| matches!(c.as_os_str().to_str(), Some(".terraform" | ".git")));
    event.paths.into_iter().filter(|path| !hidden(path)).collect()
}
