//! Files that the gate reads: regular ones, of a bounded size.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail};
use tollgate_model::limits::{GATE_FILE, GATE_PLAN, Limit};

/// Reads the bytes of an input file.
///
/// # Errors
///
/// When it cannot be read, is not a regular file, or is larger than the limit.
pub(super) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    bounded(path, GATE_FILE)
}

/// Reads the text of an input file.
///
/// # Errors
///
/// As [`read`], and when it is not UTF-8 text.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{}: is not UTF-8 text", path.display()))
}

/// Reads the bytes of a plan.
///
/// # Errors
///
/// As [`read`], with the limit of plans.
pub(super) fn plan(path: &Path) -> anyhow::Result<Vec<u8>> {
    bounded(path, GATE_PLAN)
}

fn bounded(path: &Path, limit: Limit) -> anyhow::Result<Vec<u8>> {
    let shown = || path.display().to_string();
    // A pipe blocks when it is opened: its type is looked at first.
    let meta = std::fs::metadata(path).with_context(shown)?;
    if !meta.is_file() {
        bail!("{}: is not a regular file", shown());
    }
    within(&shown(), meta.len(), limit)?;
    let mut out = Vec::new();
    let file = std::fs::File::open(path).with_context(shown)?;
    // It may grow while it is read.
    file.take(limit.value + 1).read_to_end(&mut out).with_context(shown)?;
    within(&shown(), out.len() as u64, limit)?;
    Ok(out)
}

/// Reads a plan from standard input.
///
/// # Errors
///
/// When it cannot be read or is larger than the limit.
pub(super) fn standard_input() -> anyhow::Result<Vec<u8>> {
    let mut out = Vec::new();
    std::io::stdin().take(GATE_PLAN.value + 1).read_to_end(&mut out).context("standard input")?;
    within("standard input", out.len() as u64, GATE_PLAN)?;
    Ok(out)
}

fn within(name: &str, size: u64, limit: Limit) -> anyhow::Result<()> {
    if size > limit.value {
        bail!("{name}: is larger than {limit}\nhint: docs/reference/limits.md has the limits and their reasons");
    }
    Ok(())
}
