//! An answer as a workbook.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::query::CostAnswer;
use tollgate_reports::{cost_sheet, workbook};

use crate::exit::Exit;
use crate::output::print_note;

pub(super) fn write(answer: &CostAnswer, path: &Path) -> anyhow::Result<Exit> {
    let bytes = workbook(&[cost_sheet(answer)])?;
    std::fs::write(path, bytes).with_context(|| format!("{}: cannot be written", path.display()))?;
    print_note(&format!("wrote {}", path.display()));
    super::notes(answer);
    Ok(Exit::Success)
}
