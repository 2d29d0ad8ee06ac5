//! A conftest folder: its Rego and JSON data are copied, its settings become a `gate` block.

use std::path::{Path, PathBuf};

use crate::hcl_text::{quoted, quoted_list};

/// What is imported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Files, each with its path below the folder of Rego.
    pub files: Vec<(PathBuf, PathBuf)>,
    /// Packages that are evaluated; all when empty.
    pub namespaces: Vec<String>,
    /// Notes about what is not imported.
    pub notes: Vec<String>,
}

/// Why nothing is imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConftestError(String);

/// Plans the import of a folder with `conftest.toml`, or of a folder of policies. `into` is where files are copied to: what an earlier
/// import left there is not imported again.
///
/// # Errors
///
/// When the settings name a folder outside.
pub fn plan(folder: &Path, into: &Path) -> Result<Plan, ConftestError> {
    let mut out = Plan::default();
    let settings = std::fs::read_to_string(folder.join("conftest.toml")).unwrap_or_default();
    let mut policies = vec!["policy".to_owned()];
    let mut data = vec!["data".to_owned()];
    let mut all = false;
    let mut asked = vec!["main".to_owned()];
    for line in settings.lines().map(str::trim).filter(|l| !l.starts_with('#')) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let values = texts(value);
        match key.trim() {
            "policy" => policies = values,
            "namespace" => asked = values,
            "all-namespaces" | "all_namespaces" => all = value.trim() == "true",
            "data" => data = values,
            other => out.notes.push(format!("note: `{other}` of conftest.toml has no counterpart")),
        }
    }
    if policies.iter().chain(&data).any(|p| p.starts_with('/') || p.split('/').any(|part| part == "..")) {
        return Err(ConftestError("conftest.toml names policies or data outside of its folder".to_owned()));
    }
    let roots: Vec<PathBuf> = policies.iter().map(|p| folder.join(p)).filter(|p| p.is_dir()).collect();
    let roots = if roots.is_empty() { vec![folder.to_owned()] } else { roots };
    for root in roots {
        collect(&root, &root, into, &mut out);
    }
    for folder in data.iter().map(|name| folder.join(name)) {
        collect_data(&folder, &mut out);
    }
    out.files.sort();
    out.namespaces = if all { Vec::new() } else { asked };
    Ok(out)
}

impl Plan {
    /// Returns the block for the policy file, where it differs from the defaults.
    pub fn gate(&self, folder: &str) -> Option<String> {
        let mut lines = Vec::new();
        if folder != "policies" {
            lines.push(format!("  rego       = {}\n", quoted(folder)));
        }
        if !self.namespaces.is_empty() {
            lines.push(format!("  namespaces = {}\n", quoted_list(&self.namespaces)));
        }
        (!lines.is_empty()).then(|| format!("gate {{\n{}}}\n", lines.concat()))
    }
}

/// Adds the JSON of a folder of data. conftest puts a file of a folder below `data` by the folder's name, which Rego here does not.
fn collect_data(folder: &Path, out: &mut Plan) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let stem = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_file() && path.extension().is_some_and(|e| e == "json") {
            out.files.push((path.clone(), PathBuf::from(format!("{}.data.json", stem.trim_end_matches(".data")))));
        } else if !stem.starts_with('.') {
            out.notes.push(format!("note: {} is not JSON of the folder itself and stays where it is", path.display()));
        }
    }
}

fn collect(root: &Path, folder: &Path, into: &Path, out: &mut Plan) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if name.starts_with('.') {
            continue;
        }
        let is = |one: &Path, other: &Path| {
            one.canonicalize().ok().zip(other.canonicalize().ok()).is_some_and(|(a, b)| a == b)
        };
        if path.is_dir() {
            if !is(&path, into) {
                collect(root, &path, into, out);
            }
            continue;
        }
        let below = path.strip_prefix(root).unwrap_or(&path).to_owned();
        if name.ends_with(".rego") || name.ends_with(".data.json") {
            out.files.push((path, below));
        } else if matches!(path.extension().and_then(|e| e.to_str()), Some("yaml" | "yml" | "json")) {
            out.notes.push(format!("note: {} is not Rego and stays where it is", path.display()));
        }
    }
}

/// Returns the texts of a value: `"a"` or `["a", "b"]`.
fn texts(value: &str) -> Vec<String> {
    value.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}
