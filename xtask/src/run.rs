//! Runs programs, and reports the outcome of each step.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

/// The workspace's folder: that of the clone that cargo runs in. Two clones may share one target folder, and so this program.
pub(crate) fn root() -> PathBuf {
    let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&folder).parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The target folder.
pub(crate) fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).map_or_else(|| root().join("target"), Path::to_path_buf)
}

/// Runs a program in the workspace; its output goes to ours.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let status = command.current_dir(root()).status().with_context(|| format!("cannot run {shown}"))?;
    if !status.success() {
        bail!("{shown}: {status}");
    }
    Ok(())
}

/// Cargo as it runs from a shell: with the variables that it sets for our own package it would rebuild ring and its dependents.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    for (name, _) in std::env::vars_os() {
        let of_ours = name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_"));
        if of_ours {
            command.env_remove(name);
        }
    }
    command
}

/// A cargo command on the whole workspace with every feature of the command line. Always the same selection, so that nothing is built
/// twice.
pub(crate) fn workspace(command: &str) -> Command {
    cargo(&[command, "--workspace", "--features", "tollgate/full"])
}

/// The steps of a run and the outcome of each.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(String, Outcome, f32)>,
}

enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl Steps {
    /// Runs a step. A failure does not stop the next steps.
    pub(crate) fn step(&mut self, name: &str, f: impl FnOnce() -> anyhow::Result<()>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let outcome = match f() {
            Ok(()) => Outcome::Passed,
            Err(error) => {
                eprintln!("{error:#}");
                Outcome::Failed(format!("{error:#}").lines().next().unwrap_or_default().to_owned())
            }
        };
        self.done.push((name.to_owned(), outcome, begun.elapsed().as_secs_f32()));
    }

    /// Records a step that cannot run here, with the reason.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        println!("\n== {name}: skipped, {why}");
        self.done.push((name.to_owned(), Outcome::Skipped(why.to_owned()), 0.0));
    }

    /// Prints the summary. Errors when a step failed.
    pub(crate) fn summary(self) -> anyhow::Result<()> {
        println!("\n== Summary");
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, outcome, seconds) in &self.done {
            match outcome {
                Outcome::Passed => {
                    passed += 1;
                    println!("  passed   {name} ({seconds:.0} s)");
                }
                Outcome::Failed(why) => {
                    failed += 1;
                    println!("  FAILED   {name}: {why}");
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    println!("  skipped  {name}: {why}");
                }
            }
        }
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        if failed > 0 {
            bail!("{failed} steps failed");
        }
        Ok(())
    }
}
