//! `cargo xtask bench compare`: the time of each benchmark as a ratio to its anchor, beside the ratio that is recorded in benchmarks.json.
//!
//! A ratio to a program that does the same in the same run holds on any machine; a time does not.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};

use crate::run::root;
use crate::{bench, gate};

/// How many times its recorded ratio a benchmark may have: machines of CI differ, and share their processors.
const TOLERANCE: f64 = 2.0;

/// Ratios by the name of the benchmark: our time divided by the anchor's.
pub(crate) type Ratios = BTreeMap<String, f64>;

fn file() -> PathBuf {
    root().join("xtask/benchmarks.json")
}

/// Measures and compares, or records.
pub(crate) fn compare(record: bool) -> anyhow::Result<()> {
    let mut measured = Ratios::new();
    measured.extend(bench::ingest_ratios(200_000, 2)?);
    measured.extend(gate::ratios(3)?);
    if record {
        let rounded: Ratios =
            measured.into_iter().map(|(name, ratio)| (name, (ratio * 100.0).round() / 100.0)).collect();
        let text = serde_json::to_string_pretty(&rounded)? + "\n";
        return std::fs::write(file(), text).with_context(|| file().display().to_string());
    }
    let text = std::fs::read_to_string(file()).with_context(|| file().display().to_string())?;
    let recorded: Ratios = serde_json::from_str(&text).context("xtask/benchmarks.json")?;
    println!("\n{:<52} {:>9} {:>9}", "time, divided by that of", "recorded", "measured");
    for (name, ratio) in &measured {
        let known = recorded.get(name).map_or_else(|| "-".to_owned(), |r| format!("{r:.2}"));
        println!("{name:<52} {known:>9} {ratio:>9.2}");
    }
    let problems = slower(&measured, &recorded);
    if !problems.is_empty() {
        bail!("{}", problems.join("\n"));
    }
    Ok(())
}

/// Benchmarks that are slower than they may be, that are not recorded, or that are recorded and were not measured.
fn slower(measured: &Ratios, recorded: &Ratios) -> Vec<String> {
    let mut out = Vec::new();
    for (name, ratio) in measured {
        match recorded.get(name) {
            None => out.push(format!("{name} is not recorded: `cargo xtask bench compare --record`")),
            Some(known) if *ratio > known * TOLERANCE => {
                out.push(format!("{name}: {ratio:.2}, more than {TOLERANCE} times the recorded {known:.2}"));
            }
            Some(_) => {}
        }
    }
    let missing = recorded.keys().filter(|name| !measured.contains_key(*name));
    out.extend(missing.map(|name| format!("{name} is recorded and was not measured")));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios(all: &[(&str, f64)]) -> Ratios {
        all.iter().map(|(name, ratio)| ((*name).to_owned(), *ratio)).collect()
    }

    #[test]
    fn a_benchmark_may_be_slower_within_the_tolerance_and_every_one_is_recorded() {
        let recorded = ratios(&[("a", 0.5), ("b", 0.5)]);
        assert!(slower(&ratios(&[("a", 0.99), ("b", 0.1)]), &recorded).is_empty());
        let problems = slower(&ratios(&[("a", 1.01), ("c", 1.0)]), &recorded);
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].starts_with("a: 1.01") && problems[1].starts_with("c is not recorded"), "{problems:?}");
        assert!(problems[2].starts_with("b is recorded"), "{problems:?}");
    }
}
