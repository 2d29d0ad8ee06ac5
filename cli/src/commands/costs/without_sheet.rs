//! Workbooks in a program that was built without them: an error that says so.

use std::path::Path;

use tollgate_model::query::CostAnswer;

use crate::exit::Exit;
use crate::setup::not_built;

pub(super) fn write(_: &CostAnswer, _: &Path) -> anyhow::Result<Exit> {
    Err(not_built("workbooks", "workbooks"))
}
