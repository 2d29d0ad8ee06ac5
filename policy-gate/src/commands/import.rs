//! `policy-gate import`: policies of other tools.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use tollgate_policy_gate::import::{conftest, organizations};

use super::args::Import;
use super::{print_note, print_text};

pub(super) fn run(what: &Import) -> anyhow::Result<ExitCode> {
    match what {
        Import::Organizations { files, name } => {
            let mut documents = Vec::new();
            for file in files {
                let shown = file.display().to_string();
                let text = std::fs::read_to_string(file).with_context(|| shown.clone())?;
                documents.push((shown, text));
            }
            let imported = organizations::import(name, &documents)?;
            print_text(&imported.text);
            print_note("add this to tollgate.hcl, as with `>> tollgate.hcl`");
            imported.notes.iter().for_each(|n| print_note(n));
        }
        Import::Conftest { folder, into } => take_over(folder, into)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn take_over(folder: &Path, into: &Path) -> anyhow::Result<()> {
    let plan = conftest::plan(folder, into).with_context(|| folder.display().to_string())?;
    if plan.files.is_empty() {
        bail!("{}: contains no Rego", folder.display());
    }
    for (from, to) in &plan.files {
        let to = into.join(to);
        if to.exists() {
            bail!("{} already exists; nothing is overwritten", to.display());
        }
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        }
        std::fs::copy(from, &to).with_context(|| from.display().to_string())?;
        print_note(&format!("{} -> {}", from.display(), to.display()));
    }
    if let Some(gate) = plan.gate(&into.to_string_lossy()) {
        print_text(&gate);
        print_note("add this block to tollgate.hcl");
    }
    plan.notes.iter().for_each(|n| print_note(n));
    Ok(())
}
