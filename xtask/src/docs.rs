//! `cargo xtask docs`: writes the generated parts of docs/, pages and pictures, from the program itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::needs;
use crate::run::{root, run, target, workspace};

/// A test that compares generated pages or pictures with the program, and writes them when `TOLLGATE_WRITE_DOCS` is set.
struct Writer {
    /// The file that reads the variable. A test holds that every such file is listed here.
    file: &'static str,
    /// The cargo target of the test.
    target: &'static [&'static str],
    /// The module of the test, or nothing for the whole target.
    filter: Option<&'static str>,
}

/// The test that writes the reference of prices. It needs prices that were observed, which the repository does not have.
const PRICES: &str = "crates/prices/tests/golden.rs";

const WRITERS: [Writer; 11] = [
    Writer { file: "cli/src/args/reference.rs", target: &["--bin", "tollgate"], filter: Some("args::reference") },
    Writer { file: "crates/actions/src/kinds/tests.rs", target: &["--lib"], filter: Some("kinds::tests") },
    Writer { file: "crates/analysis/tests/advice/main.rs", target: &["--test", "advice"], filter: None },
    Writer { file: "crates/api/src/tests/document.rs", target: &["--lib"], filter: Some("document::") },
    Writer { file: "crates/policy/src/channel.rs", target: &["--lib"], filter: Some("channel::tests") },
    Writer { file: PRICES, target: &["--test", "golden"], filter: None },
    Writer { file: "policy-gate/tests/gate/docs.rs", target: &["--test", "gate"], filter: Some("docs::") },
    Writer { file: "tests/e2e/bill.rs", target: &["--test", "e2e"], filter: Some("bill::") },
    Writer { file: "tests/e2e/json.rs", target: &["--test", "e2e"], filter: Some("json::") },
    Writer { file: "tests/e2e/limits.rs", target: &["--test", "e2e"], filter: Some("limits::") },
    Writer { file: "tests/e2e/preview.rs", target: &["--test", "e2e"], filter: Some("preview::") },
];

fn binary() -> PathBuf {
    target().join("debug/tollgate")
}

/// The policy reference: its path, its text, and its text with the template of `tollgate init` in the block of HCL.
fn policy_reference() -> anyhow::Result<(PathBuf, String, String)> {
    let path = root().join("docs/reference/policy.md");
    let page = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let template = std::fs::read_to_string(root().join("crates/policy/src/template.hcl"))?;
    let (before, block) = page.split_once("```hcl\n").context("policy.md has no block of HCL")?;
    let end = block.find("\n```").context("the block of HCL in policy.md has no end")?;
    let wanted = format!("{before}```hcl\n{}{}", template.trim_end(), &block[end..]);
    Ok((path, page, wanted))
}

/// Checks that docs/reference/policy.md shows the template of `tollgate init`. Tests compare the other pages.
pub(crate) fn verify() -> anyhow::Result<()> {
    let (_, page, wanted) = policy_reference()?;
    ensure!(
        page == wanted,
        "docs/reference/policy.md differs from crates/policy/src/template.hcl; run `cargo xtask docs`"
    );
    Ok(())
}

/// Writes every generated page and picture.
pub(crate) fn write() -> anyhow::Result<()> {
    run(workspace("test").arg("--no-run"))?;
    let (path, _, wanted) = policy_reference()?;
    std::fs::write(path, wanted)?;
    let has_observed_prices = needs::of_machine().contains("the observed prices");
    for writer in &WRITERS {
        if writer.file == PRICES && !has_observed_prices {
            println!("{} is left out: the observed prices are not here", writer.file);
            continue;
        }
        println!("{}", writer.file);
        // The whole workspace each time: another selection of packages would build the query engine again.
        let mut tests = workspace("test");
        tests.args(writer.target).args(["--", "--include-ignored"]).args(writer.filter);
        run(tests.env("TOLLGATE_WRITE_DOCS", "1"))?;
    }
    pictures()
}

/// Draws the charts of the demo, and takes pictures of the pages of alerts and pull requests.
fn pictures() -> anyhow::Result<()> {
    let demo = target().join("docs-demo");
    let tollgate = |args: &[&str]| -> anyhow::Result<Vec<u8>> {
        let out = Command::new(binary())
            .args(["--store"])
            .arg(&demo)
            .args(args)
            .env("NO_COLOR", "1")
            .env("TOLLGATE_NOW", "2026-11-16T06:00:00Z")
            .output()?;
        ensure!(out.status.success(), "tollgate {args:?}: {}", String::from_utf8_lossy(&out.stderr));
        Ok(out.stdout)
    };
    run(Command::new(binary())
        .arg("demo")
        .arg(&demo)
        .arg("--reset")
        .env("TOLLGATE_NOW", "2026-11-16T06:00:00Z")
        .stdout(std::process::Stdio::null()))?;
    let pictures = root().join("docs/pictures");
    std::fs::create_dir_all(&pictures)?;
    let picture = |name: &str| pictures.join(name).display().to_string();
    tollgate(&["chart", "--by", "service", "--days", "180", "--svg", &picture("cost-by-service.svg")])?;
    tollgate(&["chart", "--by", "total", "--days", "120", "--ahead", "60", "--svg", &picture("forecast.svg")])?;
    let open = tollgate(&["--format", "csv", "incidents", "--state", "open"])?;
    let open = String::from_utf8(open)?;
    let id = open.split_whitespace().find(|w| w.starts_with("i-")).context("the demo has no open incident")?;
    tollgate(&["chart", id, "--svg", &picture("incident.svg")])?;
    photograph(&pictures, "alerts", (1548, 870))?;
    photograph(&pictures, "all-alerts", (1148, 2560))?;
    photograph(&pictures, "pull-request-blocked", (1000, 730))?;
    photograph(&pictures, "pull-request-passed", (1000, 420))
}

/// Takes a picture of a page in Chromium, if it is installed.
fn photograph(folder: &Path, name: &str, (width, height): (u32, u32)) -> anyhow::Result<()> {
    let profile = target().join("chromium");
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},{height}"))
        .arg(format!("--screenshot={}", folder.join(format!("{name}.png")).display()))
        .arg(format!("file://{}", folder.join(format!("{name}.html")).display()))
        .stderr(std::process::Stdio::null());
    match chromium.status() {
        Ok(status) => ensure!(status.success(), "chromium failed"),
        Err(_) => println!("{name}.png is not updated: chromium is not installed"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_that_writes_docs_is_listed() {
        let mut found = Vec::new();
        for folder in ["cli", "crates", "functions", "policy-gate", "tests"] {
            collect(&root().join(folder), &mut found);
        }
        found.sort();
        let listed: Vec<String> = WRITERS.iter().map(|writer| writer.file.to_owned()).collect();
        assert_eq!(found, listed);
    }

    /// The Rust files below a folder that read the variable, relative to the repository.
    fn collect(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() && entry.file_name() != "target" {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs")
                && std::fs::read_to_string(&path).is_ok_and(|text| text.contains("var_os(\"TOLLGATE_WRITE_DOCS\")"))
            {
                let relative = path.strip_prefix(root()).unwrap_or(&path);
                found.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
}
