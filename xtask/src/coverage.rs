//! `cargo xtask coverage`: lines that tests run, by crate, measured by cargo-llvm-cov. Fails when a library crate has less than its share.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use serde_json::Value;

use crate::run::{root, run, target};
use crate::{test, tools};

/// The least share of lines of a library crate, in percent.
const LEAST: f64 = 80.0;

/// Lines of a crate, and those that tests run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lines {
    all: u64,
    covered: u64,
}

impl Lines {
    fn percent(self) -> f64 {
        if self.all == 0 { 100.0 } else { self.covered as f64 * 100.0 / self.all as f64 }
    }
}

pub(crate) fn measure() -> anyhow::Result<()> {
    let report = target().join("coverage.json");
    let mut command = Command::new(tools::cargo_llvm_cov()?);
    command.args(["llvm-cov", "--workspace", "--features", "tollgate/full"]);
    command.args(["--json", "--summary-only", "--output-path"]).arg(&report);
    // The crates of tests and of developers' tools are not measured.
    command.args(["--ignore-filename-regex", "(^|/)(tests|benches|xtask)/"]);
    test::with_tools(&mut command);
    run(&mut command)?;
    let text = std::fs::read_to_string(&report).with_context(|| report.display().to_string())?;
    let crates = by_crate(&serde_json::from_str(&text)?, &root())?;
    println!("\n{:<28} {:>8} {:>8} {:>7}", "crate", "lines", "covered", "%");
    for (name, lines) in &crates {
        println!("{name:<28} {:>8} {:>8} {:>7.1}", lines.all, lines.covered, lines.percent());
    }
    let low = below(&crates);
    if !low.is_empty() {
        bail!("less than {LEAST:.0} % of lines are covered in {}", low.join(", "));
    }
    Ok(())
}

/// Lines by crate, from the report in llvm-cov's JSON.
fn by_crate(report: &Value, root: &Path) -> anyhow::Result<BTreeMap<String, Lines>> {
    let files = report["data"][0]["files"].as_array().context("the report of coverage has no files")?;
    let mut out: BTreeMap<String, Lines> = BTreeMap::new();
    for file in files {
        let name = file["filename"].as_str().context("a file without a name")?;
        let Ok(path) = Path::new(name).strip_prefix(root) else { continue };
        let parts: Vec<&str> = path.iter().filter_map(|p| p.to_str()).take_while(|p| *p != "src").collect();
        let lines = &file["summary"]["lines"];
        let count = |what: &str| lines[what].as_u64().with_context(|| format!("{name} has no {what}"));
        let entry = out.entry(parts.join("/")).or_default();
        *entry = Lines { all: entry.all + count("count")?, covered: entry.covered + count("covered")? };
    }
    Ok(out)
}

/// Library crates below the least share: programs are tested as such, by the end-to-end tests.
fn below(crates: &BTreeMap<String, Lines>) -> Vec<String> {
    let library = |name: &str| name.starts_with("crates/") || name == "policy-gate";
    let low = crates.iter().filter(|(name, lines)| library(name) && lines.percent() < LEAST);
    low.map(|(name, lines)| format!("{name} ({:.1} %)", lines.percent())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_are_added_up_by_crate_and_a_library_below_the_share_is_named() {
        let file = |name: &str, count: u64, covered: u64| json!({ "filename": name, "summary": { "lines": { "count": count, "covered": covered } } });
        let report = json!({ "data": [{ "files": [
            file("/w/crates/model/src/a.rs", 50, 50),
            file("/w/crates/model/src/b/c.rs", 50, 29),
            file("/w/crates/lake/src/lib.rs", 10, 8),
            file("/w/cli/src/main.rs", 10, 0),
            file("/elsewhere/x.rs", 10, 0),
        ] }] });
        let crates = by_crate(&report, Path::new("/w")).unwrap();
        assert_eq!(crates["crates/model"], Lines { all: 100, covered: 79 });
        assert_eq!(crates.len(), 3);
        assert_eq!(below(&crates), ["crates/model (79.0 %)"]);
        assert!(by_crate(&json!({}), Path::new("/w")).is_err());
    }
}
