//! `tollgate init`: a commented policy file to start from.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::output::note;

pub(crate) fn run(path: &Path) -> anyhow::Result<ExitCode> {
    let mut file = std::fs::File::create_new(path).with_context(|| {
        format!("{}: not written\nhint: a file that is there is never overwritten; name another", path.display())
    })?;
    file.write_all(tollgate_policy::TEMPLATE.as_bytes())?;
    note(&format!("wrote {}; `tollgate config show --origin` shows what is in effect", path.display()));
    Ok(ExitCode::SUCCESS)
}
