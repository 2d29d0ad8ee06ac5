//! `tollgate init`: a policy file to start from.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::exit::Exit;
use crate::output::print_note;

pub(crate) fn run(path: &Path, full: bool) -> anyhow::Result<Exit> {
    let mut file = match std::fs::File::create_new(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            anyhow::bail!("{}: the file exists, and is not overwritten\nhint: name another file", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("{}: cannot be written", path.display())),
    };
    let text = if full { tollgate_policy::TEMPLATE } else { tollgate_policy::STARTER };
    file.write_all(text.as_bytes())?;
    print_note(&format!("wrote {}; `tollgate config show --origin` shows the settings in effect", path.display()));
    Ok(Exit::Success)
}
