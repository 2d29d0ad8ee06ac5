//! Running the program, and where plans are.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What a run gave.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}{}", self.stdout, self.stderr))
    }

    /// Findings in one line each: id, outcome, resource, tag.
    pub(crate) fn findings(&self) -> Vec<String> {
        let json = self.json();
        let text = |v: &serde_json::Value| v.as_str().unwrap_or("-").to_owned();
        let line = |f: &serde_json::Value| {
            let parts = [&f["id"], &f["outcome"]["is"], &f["address"], &f["tag"]].map(text);
            parts.join(" ")
        };
        json["findings"].as_array().unwrap().iter().map(line).collect()
    }
}

/// The program in a folder, with nothing of the environment that could change what it says.
pub(crate) fn gate_in(folder: &Path, arguments: &[&str]) -> Run {
    gate_with(folder, arguments, &[], None)
}

pub(crate) fn gate_with(folder: &Path, arguments: &[&str], variables: &[(&str, &str)], input: Option<&[u8]>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_policy-gate"));
    command.args(arguments).current_dir(folder).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("TOLLGATE_NOW", "2026-11-21T06:00:00Z").env("HOME", folder).envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    if let Some(input) = input {
        use std::io::Write;
        child.stdin.take().unwrap().write_all(input).unwrap();
    }
    drop(child.stdin.take());
    let out = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: out.status.code().unwrap_or(-1), stdout: text(out.stdout), stderr: text(out.stderr) }
}

/// Our plans, each in a folder with its sources.
pub(crate) fn plans() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans")
}

/// Names of our plans.
pub(crate) fn names() -> Vec<String> {
    let mut out: Vec<String> = std::fs::read_dir(plans())
        .unwrap()
        .flatten()
        .filter(|e| e.path().join("plan.json").is_file())
        .map(|e| e.file_name().into_string().unwrap())
        .collect();
    out.sort();
    out
}

/// A folder with files.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = out.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    out
}

/// A copy of one of our plans with its sources, and the policy beside it.
pub(crate) fn copy(name: &str) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    copy_all(&plans().join(name), out.path());
    std::fs::copy(plans().join("tollgate.hcl"), out.path().join("tollgate.hcl")).unwrap();
    out
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_all(&path, &target)
        } else {
            std::fs::write(&target, std::fs::read(&path).unwrap()).unwrap()
        }
    }
}

/// The corpus of real plans. Tests that need it are ignored by name.
pub(crate) fn corpus() -> PathBuf {
    let named = std::env::var_os("TOLLGATE_CORPUS").map(|folder| PathBuf::from(folder).join("plans"));
    let folder = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/plans"));
    assert!(
        folder.join("INDEX.tsv").is_file(),
        "{} is not there; TOLLGATE_CORPUS names the folder of the corpus",
        folder.display()
    );
    folder
}
