//! Completions and man pages, from the definition of the command line.

use std::path::Path;

use crate::args::command;
use crate::exit::Exit;
use crate::output::print_note;

pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    clap_complete::generate(shell, &mut command(), "tollgate", &mut std::io::stdout());
    Ok(Exit::Success)
}

pub(crate) fn man(dir: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command(), dir)?;
    print_note(&format!("wrote man pages to {}", dir.display()));
    Ok(Exit::Success)
}
