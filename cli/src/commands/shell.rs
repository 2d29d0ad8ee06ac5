//! Completions and man pages, from the command line's own definition.

use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::Args;
use crate::output::note;

pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    clap_complete::generate(shell, &mut Args::command(), "tollgate", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn man(dir: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(Args::command(), dir)?;
    note(&format!("wrote man pages to {}", dir.display()));
    Ok(ExitCode::SUCCESS)
}
