//! Completions and man pages, from the definition of the command line.

use std::io::Write;
use std::path::Path;

use crate::args::command;
use crate::exit::Exit;
use crate::output::print_note;

pub(crate) fn completions(shell: clap_complete::Shell) -> anyhow::Result<Exit> {
    // Written at once: clap_complete panics when its reader closes early, as `head` does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "tollgate", &mut script);
    match std::io::stdout().write_all(&script) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(Exit::Success),
    }
}

pub(crate) fn man(dir: &Path) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command(), dir)?;
    print_note(&format!("wrote man pages to {}", dir.display()));
    Ok(Exit::Success)
}
