//! Real plans of other projects: each is read, and its verdict is reviewed.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::{corpus, gate_in, plans};

#[test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
fn every_real_plan_is_read_and_its_verdict_reviewed() {
    let folder = corpus();
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let policy = plans().join("corpus.hcl");
    let run = gate_in(&folder, &["check", "*.json", "--config", policy.to_str().unwrap(), "--format", "json"]);
    let report = run.json();
    let mut rows = BTreeMap::new();
    for plan in report["plans"].as_array().unwrap() {
        rows.insert(plan["plan"].as_str().unwrap().to_owned(), (plan.clone(), BTreeMap::<String, usize>::new()));
    }
    for finding in report["findings"].as_array().unwrap() {
        if let Some((_, counts)) = finding["plan"].as_str().and_then(|p| rows.get_mut(p)) {
            let outcome = finding["outcome"]["is"].as_str().unwrap();
            *counts.entry(format!("{}:{outcome}", finding["id"].as_str().unwrap())).or_default() += 1;
        }
    }
    let mut table = String::from("file changes resources taggable findings\n");
    let mut read = 0;
    for line in index.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, changes, actions) = (columns[0], columns[4], columns[5]);
        let (plan, counts) = rows.get(file).unwrap_or_else(|| panic!("{file} was not read"));
        assert_eq!(plan["changes"].to_string(), changes, "{file}");
        assert_eq!(plan["terraform_version"], columns[3], "{file}");
        for action in actions.split_whitespace() {
            let (name, count) = action.rsplit_once(':').unwrap();
            let name = if name.contains('/') { "replace" } else { name };
            assert_eq!(plan["actions"][name].to_string(), count, "{file} {action}");
        }
        let counts: Vec<String> = counts.iter().map(|(id, n)| format!("{id}={n}")).collect();
        let _ = writeln!(table, "{file} {changes} {} {} {}", plan["resources"], plan["taggable"], counts.join(" "));
        read += 1;
    }
    assert!(read >= 190);
    insta::assert_snapshot!(table);
}

/// What each real plan costs, and how much of it is priced: reviewed.
#[test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
fn every_real_plan_is_estimated_with_its_coverage() {
    let folder = corpus();
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().into_string().ok())
        .filter(|n| n.ends_with(".json"))
        .collect();
    names.sort();
    let run = gate_in(&folder, &["cost", "*.json", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let costs = run.json();
    assert_eq!(costs.as_array().unwrap().len(), names.len());
    let mut table = String::from("file changing priced change unpriced\n");
    let (mut changing, mut priced) = (0, 0);
    for plan in costs.as_array().unwrap() {
        let cost = &plan["cost"];
        let (all, known) = (cost["changing"].as_u64().unwrap(), cost["priced"].as_u64().unwrap());
        (changing, priced) = (changing + all, priced + known);
        if all == 0 {
            continue;
        }
        let mut kinds = BTreeMap::<&str, usize>::new();
        for r in cost["resources"].as_array().unwrap() {
            assert!(r["change"].is_null() || r["change"]["likely"].is_string());
            if r["change"].is_null() {
                *kinds.entry(r["kind"].as_str().unwrap()).or_default() += 1;
            }
        }
        let bound = |name: &str| {
            let text = cost["change"][name].as_str().unwrap();
            text.parse::<f64>().unwrap()
        };
        let kinds: Vec<String> = kinds.into_iter().map(|(kind, n)| format!("{kind}={n}")).collect();
        let name = plan["plan"].as_str().unwrap();
        let _ = writeln!(table, "{name} {all} {known} {:.2}..{:.2} {}", bound("low"), bound("high"), kinds.join(" "));
    }
    let _ = writeln!(table, "all {changing} {priced}");
    insta::assert_snapshot!(table);
}
