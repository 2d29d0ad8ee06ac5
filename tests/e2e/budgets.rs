//! Budgets over a store: hierarchies, currencies, variance and what the command line says of them.

use std::process::Command;

use serde_json::Value;
use tollgate_model::{Amount, BudgetState};
use tollgate_pipeline::judge_budgets;

use crate::support::{Store, binary, focus};

const POLICY: &str = r#"
defaults { currency = "USD" }
detection { provisional_days = 0 }
rates "2026-01-01" {
  base = "USD"
  EUR  = 1.10
}
budget "all" { amount = 4000 }
budget "compute" {
  amount   = 1500
  parent   = "all"
  scope    = { service = "EC2" }
  rollover = "unused"
  amendment {
    on     = "2026-11-01"
    amount = 1600
    author = "jane"
    reason = "the launch"
  }
  thresholds {
    actual   = [50]
    forecast = [100]
    pace     = [150]
  }
}
"#;

/// 100 a day in October, of which EC2 has 40; in November EC2 has 90. Ten days are known of it. And 10 EUR a day.
fn charges() -> String {
    let days =
        (1..=31).map(|d| (format!("2026-10-{d:02}"), "40")).chain((1..=10).map(|d| (format!("2026-11-{d:02}"), "90")));
    let days: Vec<(String, &str)> = days.collect();
    let rows = days.iter().flat_map(|(d, ec2)| [(d.as_str(), "EC2", *ec2, "Usage"), (d.as_str(), "S3", "60", "Usage")]);
    let text = focus(&rows.collect::<Vec<_>>());
    let euros: String = text
        .lines()
        .filter(|l| l.ends_with(",S3"))
        .map(|l| l.replace("60,60,1,USD", "10,10,1,EUR").replace(",AWS,S3", ",Azure,Storage") + "\n")
        .collect();
    text + &euros
}

#[tokio::test]
async fn a_budget_says_what_is_left_below_its_parent_and_its_cost_drivers() {
    let store = Store::with_policy(POLICY);
    store.ingest_text("c.csv", charges()).await.unwrap();
    let statuses = judge_budgets(&store.context.state).await.unwrap();
    let (all, compute) = (&statuses[0], &statuses[1]);
    // 150 a day, and 10 EUR at 1.10.
    assert_eq!(all.actual, Amount::whole(10 * 150 + 110));
    assert_eq!((all.converted[0].counted, all.not_counted.is_empty()), (Amount::whole(110), true));
    // 1,600 by the amendment, and 1,500 less 1,240 of October.
    assert_eq!((compute.amount, compute.rolled_over), (Amount::whole(1_860), Amount::whole(260)));
    assert_eq!(compute.amended.as_ref().unwrap().author, "jane");
    assert_eq!((compute.actual, compute.left), (Amount::whole(900), Amount::whole(960)));
    assert_eq!(compute.state, BudgetState::ForecastOver);
    let variance = all.variance.as_ref().unwrap();
    let sum = variance.causes.iter().fold(Amount::ZERO, |s, c| s.saturating_add(c.difference()));
    assert_eq!(sum, variance.actual.saturating_sub(variance.planned));
    assert_eq!(variance.causes[0].what, "EC2");
    assert_eq!(compute.suggested.as_ref().unwrap().history, [("2026-10-01".parse().unwrap(), Amount::whole(1_240))]);
}

/// What is exported is what the schema says, checked by an independent validator where this machine has one.
#[test]
fn the_export_is_what_its_schema_says() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    std::fs::create_dir_all(&store).unwrap();
    std::fs::write(store.join("tollgate.hcl"), POLICY).unwrap();
    let file = folder.path().join("c.csv");
    std::fs::write(&file, charges()).unwrap();
    let run = |args: &[&str]| {
        let out = Command::new(binary())
            .arg("--store")
            .arg(&store)
            .args(args)
            .env_clear()
            .env("TOLLGATE_NOW", "2026-11-11T00:00:00Z")
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    run(&["ingest", file.to_str().unwrap()]);
    let text = run(&["budgets", "export"]);
    let export: Value = serde_json::from_str(&text).unwrap();
    let schema: Value = serde_json::from_str(
        &std::fs::read_to_string(crate::template::root().join("docs/reference/budget-status.schema.json")).unwrap(),
    )
    .unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> = validator.iter_errors(&export).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(export["budgets"].as_array().unwrap().len(), 2);
    // The schema is no rubber stamp.
    for (path, value) in [
        ("/version", Value::from(2)),
        ("/budgets/0/amount", Value::from(4000)),
        ("/budgets/1/state", Value::from("fine")),
    ] {
        let mut other = export.clone();
        *other.pointer_mut(path).unwrap() = value;
        assert!(!validator.is_valid(&other), "{path}");
    }
    let shown = run(&["budgets", "show", "compute"]);
    for part in
        ["limited by all", "+260.00 USD rolled over", "amended     on 2026-11-01 by jane: the launch", "Variance"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}
