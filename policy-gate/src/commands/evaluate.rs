//! Folders of sources in place of plans: which folders are roots, and the plan that each means.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tollgate_expression::Value;
use tollgate_model::limits::GATE_SOURCES;
use tollgate_terraform::{
    Evaluation, PlanText, Sources, UnknownInput, read_variable, read_variable_file, variable_files,
};

use super::inputs::here;
use super::options::SourceOptions;

/// The variables with which Terraform takes values from the environment.
const VARIABLES: &str = "TF_VAR_";
/// The deepest folder that is looked for roots in.
const DEPTH: usize = 12;

/// The plan of a folder.
pub(super) struct FolderPlan {
    pub(super) text: PlanText,
    pub(super) sources: Sources,
    /// What is unknown without a plan.
    pub(super) unknown: Vec<UnknownInput>,
}

/// Evaluates a folder.
pub(super) fn plan_of(folder: &Path, options: &SourceOptions) -> anyhow::Result<FolderPlan> {
    let sources = Sources::read(folder);
    let variables = variables(folder, options)?;
    let workspace = options.workspace.clone().or_else(|| selected_workspace(folder));
    let evaluation = Evaluation { variables, ..Evaluation::default() };
    let evaluation = match workspace {
        Some(workspace) => Evaluation { workspace, ..evaluation },
        None => evaluation,
    };
    let plan = evaluation.run(&Sources::read_with_json(folder)).map_err(anyhow::Error::msg)?;
    let text = PlanText::read(plan.document.to_string().into_bytes()).context("the sources have no plan")?;
    Ok(FolderPlan { text, sources, unknown: plan.unknown })
}

/// The values of the root's variables, in Terraform's order: environment, files of the folder, files and values of the command line.
fn variables(folder: &Path, options: &SourceOptions) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut out: BTreeMap<String, Value> = of_environment();
    for path in variable_files(folder).iter().chain(&options.var_files) {
        let read = read_variable_file(path).map_err(|why| anyhow::anyhow!("{}:{why}", path.display()))?;
        out.extend(read);
    }
    for given in &options.vars {
        let Some((name, value)) = given.split_once('=') else {
            bail!("--var {given}: write NAME=VALUE");
        };
        out.insert(name.trim().to_owned(), read_variable(value));
    }
    Ok(out)
}

fn of_environment() -> BTreeMap<String, Value> {
    let named = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.to_str()?.strip_prefix(VARIABLES)?.to_owned(), read_variable(value.to_str()?)))
    };
    std::env::vars_os().filter_map(named).collect()
}

/// The workspace that Terraform has selected in a folder.
fn selected_workspace(folder: &Path) -> Option<String> {
    let name = std::fs::read_to_string(folder.join(".terraform/environment")).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Returns the roots of a folder: itself if it contains sources, otherwise every folder below it that contains sources and is no module
/// of another.
///
/// # Errors
///
/// When there are none: a gate that judges nothing passes everything.
pub(super) fn roots(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if here(folder).is_some() {
        return Ok(vec![folder.to_owned()]);
    }
    let mut found = Vec::new();
    collect(folder, 0, &mut found)?;
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let modules: BTreeSet<PathBuf> =
        found.iter().flat_map(|root| Sources::local_calls(root)).map(|called| whole(&called)).collect();
    let roots: Vec<PathBuf> = found.into_iter().filter(|root| !modules.contains(&whole(root))).collect();
    if roots.is_empty() {
        bail!(
            "{}: contains no Terraform sources\nhint: name the folder of a configuration, or plans as JSON: '{}/**/plan.json'",
            folder.display(),
            folder.display()
        );
    }
    Ok(roots)
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if depth > DEPTH {
        return Ok(());
    }
    if here(folder).is_some() {
        found.push(folder.to_owned());
        if found.len() > GATE_SOURCES.size() {
            bail!("{}: the folders with sources are more than {GATE_SOURCES}", folder.display());
        }
    }
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut below: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .map(|entry| entry.path())
        .collect();
    below.sort();
    below.iter().try_for_each(|path| collect(path, depth + 1, found))
}
