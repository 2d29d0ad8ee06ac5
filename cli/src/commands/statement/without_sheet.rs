//! Workbooks in a program that was built without them: an error that says so.

use std::path::Path;

use tollgate_pipeline::{Statement, StatementSet};

use crate::setup::not_built;

pub(super) fn write(_: &StatementSet, _: Option<&Statement>, _: &Path) -> anyhow::Result<()> {
    Err(not_built("workbooks", "workbooks"))
}
