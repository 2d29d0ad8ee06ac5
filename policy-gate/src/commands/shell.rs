//! `policy-gate completions` and `policy-gate man`, from the definition of the command line.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

use super::args::Args;
use super::{print_exactly, print_note};

pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "policy-gate", &mut script);
    print_exactly(&String::from_utf8(script).context("the script is not UTF-8")?);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(folder: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    clap_mangen::generate_to(Args::command(), folder)?;
    print_note(&format!("wrote man pages to {}", folder.display()));
    Ok(ExitCode::SUCCESS)
}
