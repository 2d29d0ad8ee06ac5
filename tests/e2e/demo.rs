//! The demo's year: detection is scored against what is known to have gone wrong in it.

use std::process::Command;

use serde_json::Value;
use tollgate_model::Day;
use tollgate_sources::demo::Demo;

use crate::support::binary;

fn run(folder: &std::path::Path, args: &[&str]) -> Value {
    let out = Command::new(binary())
        .args(["--format", "json"])
        .args(args)
        .current_dir(folder)
        .env("TOLLGATE_NOW", "2026-11-16T06:00:00Z")
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

fn day(value: &Value) -> Day {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn what_went_wrong_is_found_and_nothing_else() {
    for seed in ["7", "11", "3"] {
        let folder = tempfile::tempdir().unwrap();
        let summary = run(folder.path(), &["demo", "year", "--seed", seed]);
        let truth: Value =
            serde_json::from_slice(&std::fs::read(folder.path().join("year/truth.json")).unwrap()).unwrap();
        let truth = truth.as_array().unwrap();
        let incidents = summary["incidents"].as_array().unwrap();
        assert_eq!(truth.len(), 4);
        let is = |t: &Value, i: &Value| {
            let scope = &i["scope"];
            scope["provider"] == t["provider"]
                && scope["service"] == t["service"]
                && scope.get("sub_account").is_none_or(|a| *a == t["account"])
                && (day(&i["start"]) - day(&t["start"])).abs() <= 1
        };
        for t in truth {
            let found: Vec<&Value> = incidents.iter().filter(|i| is(t, i)).collect();
            assert_eq!(found.len(), 1, "seed {seed}: {t} in {incidents:#?}");
            assert!(!found[0]["causes"].as_array().unwrap().is_empty(), "seed {seed}: {t} has no cause");
        }
        let others: Vec<&Value> = incidents.iter().filter(|i| !truth.iter().any(|t| is(t, i))).collect();
        assert!(others.is_empty(), "seed {seed}: false incidents {others:#?}");
        // The incident that continues to the end is open.
        let open: Vec<&Value> = incidents.iter().filter(|i| i["state"] == "open").collect();
        assert_eq!(open.len(), 1, "seed {seed}: {open:#?}");
        assert_eq!(open[0]["scope"]["service"], "Amazon CloudWatch");
    }
}

#[test]
fn the_demo_runs_again_over_its_own_folder_and_over_no_other() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/precious.txt"), "x").unwrap();
    let out = Command::new(binary()).args(["demo", "mine"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(out.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&out.stderr).contains("not from an earlier demo"));
    assert!(folder.path().join("mine/precious.txt").exists());
    let one = run(folder.path(), &["demo", "year", "--days", "130"]);
    let two = run(folder.path(), &["demo", "year", "--days", "130"]);
    assert_eq!(one, two);
    let sum = |query: &str| run(folder.path(), &["--store", "year", "sql", query]);
    let rows = sum("select count(*) n, count(distinct BillingCurrency) c, count(distinct ProviderName) p from charges");
    assert_eq!((rows["items"][0]["c"].as_i64(), rows["items"][0]["p"].as_i64()), (Some(2), Some(3)));
}

#[test]
fn the_demo_source_reads_like_any_other() {
    use tollgate_sources::CostSource;
    let demo = Demo { seed: 3, start: "2026-01-10".parse().unwrap(), days: 40, size: 1 };
    let mut source = demo.source();
    let mut rows = 0;
    while let Some(chunk) = source.next_chunk().unwrap() {
        let parsed = chunk.parse().unwrap();
        assert_eq!(parsed.rows_read, parsed.charges.rows() as u64);
        rows += parsed.rows_read;
    }
    assert!(rows > 5_000, "{rows}");
    assert_eq!(source.progress(), (6, Some(6)));
}
