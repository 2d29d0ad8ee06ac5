//! `cargo xtask fuzz TARGET --minutes N`: cargo-fuzz on parsers of untrusted input, from a seed corpus of the tests' own files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::run::{root, run, target};
use crate::tools;

/// A target, the files that its corpus starts from, and the longest input.
struct Target {
    name: &'static str,
    /// Folders below the root and endings of files in them.
    seeds: &'static [(&'static str, &'static str)],
    longest: usize,
}

const TARGETS: [Target; 9] = [
    Target { name: "plan_json", seeds: &[("policy-gate/tests", "json")], longest: 65_536 },
    Target {
        name: "policy_hcl",
        seeds: &[("policy-gate", "hcl"), ("cli/src", "hcl"), ("crates/policy", "hcl")],
        longest: 16_384,
    },
    Target { name: "terraform_source", seeds: &[("policy-gate/tests/plans", "tf")], longest: 16_384 },
    Target { name: "csv", seeds: &[("tests/fuzz/seeds/csv", "")], longest: 65_536 },
    Target { name: "parquet", seeds: &[("tests/fuzz/seeds/parquet", "")], longest: 131_072 },
    Target { name: "cur_manifest", seeds: &[("tests/fuzz/seeds/cur_manifest", "")], longest: 16_384 },
    Target { name: "slack_payload", seeds: &[("tests/fuzz/seeds/slack_payload", "")], longest: 16_384 },
    Target { name: "github_event", seeds: &[("tests/fuzz/seeds/github_event", "")], longest: 16_384 },
    Target { name: "sql", seeds: &[("tests/fuzz/seeds/sql", "")], longest: 4_096 },
];

/// The largest seed, in bytes.
const SEED: u64 = 131_072;
/// The most seeds of one target.
const SEEDS: usize = 400;

pub(crate) fn run_target(name: &str, minutes: u32) -> anyhow::Result<()> {
    let Some(target) = TARGETS.iter().find(|t| t.name == name) else {
        let names: Vec<&str> = TARGETS.iter().map(|t| t.name).collect();
        bail!("there is no fuzz target `{name}`: {}", names.join(", "));
    };
    let corpus = corpus(target)?;
    let mut command = fuzz(&["run", name])?;
    command.arg(&corpus).arg("--");
    command.arg(format!("-max_total_time={}", minutes * 60)).arg(format!("-max_len={}", target.longest));
    // A slow input is a fault, and so is one that exceeds a function's memory.
    command.args(["-timeout=25", "-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-print_final_stats=1"]);
    run(&mut command)
}

/// The command of cargo-fuzz for our targets.
fn fuzz(what: &[&str]) -> anyhow::Result<Command> {
    let folder = root().join("tests/fuzz");
    let mut command = Command::new(tools::cargo_fuzz()?);
    command.arg("fuzz").args(what).arg("--fuzz-dir").arg(&folder).args(["--sanitizer", "none"]);
    command.arg("--target-dir").arg(target().join("fuzz"));
    if what.contains(&"sql") {
        command.args(["--features", "sql"]);
    }
    // Instrumentation is not stable yet, and no second toolchain is needed.
    command.env("RUSTC_BOOTSTRAP", "1");
    Ok(command)
}

/// The folder of a target's corpus, with the seeds in it.
fn corpus(of: &Target) -> anyhow::Result<PathBuf> {
    let folder = target().join("fuzz-corpus").join(of.name);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut seeds = Vec::new();
    for (place, ending) in of.seeds {
        files(&root().join(place), ending, &mut seeds);
    }
    seeds.sort();
    for (number, seed) in seeds.iter().take(SEEDS).enumerate() {
        std::fs::copy(seed, folder.join(format!("seed-{number:04}"))).with_context(|| seed.display().to_string())?;
    }
    Ok(folder)
}

fn files(folder: &Path, ending: &str, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ending, out);
        } else if path.to_string_lossy().ends_with(ending) && entry.metadata().is_ok_and(|m| m.len() <= SEED) {
            out.push(path);
        }
    }
}
