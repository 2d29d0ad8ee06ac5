//! `tollgate allocation import`: rules of AWS and Azure as blocks of the policy file.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::limits::GATE_FILE;
use tollgate_policy::import_rules;

use crate::exit::Exit;
use crate::output::print_note;
use crate::print_line;

pub(super) fn run(file: &Path) -> anyhow::Result<Exit> {
    let size = std::fs::metadata(file).with_context(|| format!("{}: cannot be read", file.display()))?.len();
    anyhow::ensure!(size <= GATE_FILE.value, "{}: the file is larger than {GATE_FILE}", file.display());
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let rules = import_rules(&text).map_err(|why| anyhow::anyhow!("{}: {why}", file.display()))?;
    rules.hcl.lines().for_each(|line| print_line!("{line}"));
    for what in &rules.left_out {
        print_note(&format!("left out: {what}"));
    }
    Ok(Exit::with_findings(!rules.left_out.is_empty()))
}
