//! `policy-gate fix`: shows or writes fixes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use similar::TextDiff;
use tollgate_model::text::counted;
use tollgate_policy_gate::context::PlanContext;
use tollgate_policy_gate::cost::Budgets;
use tollgate_policy_gate::fix::{self, OpenValue};

use super::base::{BaseState, ReadFrom};
use super::check::{judge, offer_fixes};
use super::inputs::{Loaded, folder_of};
use super::options::Inputs;
use super::{print_note, print_text, write_whole};

/// The number of values that a note lists as examples.
const NAMED: usize = 4;

pub(super) fn run(inputs: &Inputs, set: &[String], write: bool) -> anyhow::Result<ExitCode> {
    let values = values(set)?;
    let from = ReadFrom::of(&inputs.config, None, None)?;
    let loaded = Loaded::read(inputs, &from)?;
    let plans = loaded.parsed()?;
    let contexts = loaded.contexts(&plans);
    let base_state = BaseState::read(&loaded, &from)?;
    let mut report = judge(&loaded, &plans, &base_state, &[], &Budgets::default())?;
    offer_fixes(&mut report, &loaded, &contexts, &values);
    let fixes: Vec<_> = report.open().filter_map(|f| f.fix.as_ref()).collect();
    let files: Vec<_> = loaded.plans.iter().filter_map(|p| p.sources.as_ref()).flat_map(|s| s.files()).collect();
    let fixed = report.open().filter(|f| f.fix.is_some()).count();
    let left = report.open().count() - fixed;
    let changed = fix::apply_fixes(&files, &fixes);
    let folders: Vec<PathBuf> = match &inputs.root {
        Some(root) => vec![root.clone()],
        None => loaded.plans.iter().filter_map(|p| p.folder.clone()).chain([folder_of(&loaded.policy_file)]).collect(),
    };
    for (path, text) in &changed {
        let before = files.iter().find(|f| f.path == *path).map_or("", |f| f.text.as_str());
        let diff = TextDiff::from_lines(before, text.as_str());
        print_text(
            &diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string(),
        );
        if write {
            let own = folders.iter().any(|folder| is_inside(Path::new(path), folder));
            if !own {
                bail!(
                    "{path}: is a link, or outside of the folder of the sources, so it is not written\nhint: --root names a \
                     folder that has all of them"
                );
            }
            write_whole(Path::new(path), text)?;
        }
    }
    let done = if write { "written" } else { "shown; --write writes them" };
    match changed.len() {
        0 if loaded.plans.iter().all(|p| p.sources.is_none()) => {
            print_note("there are no sources beside the plans; set their folder with --source");
        }
        0 => print_note("there is nothing to fix automatically"),
        n => print_note(&format!(
            "{} {done}: {} fixed",
            counted(n, "changed file", "changed files"),
            counted(fixed, "finding", "findings")
        )),
    }
    if left > 0 {
        let plain: Vec<&PlanContext<'_>> = contexts.iter().map(|(context, _)| context).collect();
        let open = fix::open_values(&report, &loaded.policy, &plain, &values);
        print_note(&counted(left, "finding remains", "findings remain"));
        for value in &open {
            print_note(&open_value(value));
        }
    }
    if write && !changed.is_empty() {
        print_note("write the plan again and check it");
    }
    Ok(ExitCode::SUCCESS)
}

/// `41 findings need a value for team: --set team=VALUE (this plan also uses "platform")`. A value is never guessed.
fn open_value(open: &OpenValue) -> String {
    let named: Vec<String> = open.used.iter().take(NAMED).map(|value| format!("{value:?}")).collect();
    let more = open.used.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let used =
        if named.is_empty() { String::new() } else { format!(" (this plan also uses {}{more})", named.join(", ")) };
    let need = counted(open.findings, "finding needs", "findings need");
    format!("  {need} a value for `{0}`: choose it with --set {0}=VALUE{used}", open.key)
}

/// Whether a file lies in a folder, and no link leads elsewhere.
fn is_inside(file: &Path, folder: &Path) -> bool {
    let link = std::fs::symlink_metadata(file).is_ok_and(|meta| meta.file_type().is_symlink());
    let real = |path: &Path| path.canonicalize().ok();
    !link && real(file).zip(real(folder)).is_some_and(|(file, folder)| file.starts_with(folder))
}

fn values(set: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut out = BTreeMap::new();
    for said in set {
        match said.split_once('=') {
            Some((key, value)) if !key.is_empty() => out.insert(key.to_owned(), value.to_owned()),
            _ => bail!("--set {said}: write KEY=VALUE"),
        };
    }
    Ok(out)
}
