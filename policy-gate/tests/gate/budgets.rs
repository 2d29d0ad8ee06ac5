//! Limits on cost: each setting, the remaining budget, and what is unknown.

use std::path::Path;

use serde_json::{Value, json};

use crate::github::fixture;
use crate::support::{Run, gate_with};

/// The change of the acceptance scenario, by a policy and a status of its own.
struct Case {
    folder: tempfile::TempDir,
}

fn budgets() -> Value {
    serde_json::from_str(&std::fs::read_to_string(fixture("budgets.json")).unwrap()).unwrap()
}

impl Case {
    fn new(policy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["plan.json", "main.tf"] {
            std::fs::copy(fixture("before").join(name), folder.path().join(name)).unwrap();
        }
        let budget = "budget \"platform\" {\n  amount   = 10000\n  currency = \"USD\"\n}\n";
        std::fs::write(folder.path().join("tollgate.hcl"), format!("{budget}{policy}")).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Findings of money, with what they lead to.
    fn findings(&self, budgets: Option<&Value>, more: &[&str]) -> Vec<String> {
        let run = self.run(budgets, more);
        assert!(run.code < 2, "{}", run.stderr);
        let findings = run.json()["findings"].as_array().unwrap().clone();
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let stale = |f: &&Value| f["id"] != "price-stale";
        findings
            .iter()
            .filter(stale)
            .map(|f| format!("{} {}: {}", text(&f["id"]), text(&f["outcome"]["is"]), text(&f["message"])))
            .collect()
    }

    fn run(&self, budgets: Option<&Value>, more: &[&str]) -> Run {
        let mut arguments = vec!["check", "plan.json", "--format", "json"];
        if let Some(budgets) = budgets {
            std::fs::write(self.path().join("budgets.json"), budgets.to_string()).unwrap();
            arguments.extend(["--budgets", "budgets.json"]);
        }
        arguments.extend(more);
        gate_with(self.path(), &arguments, &[("TOLLGATE_NOW", "2026-11-22T06:00:00Z")], None)
    }
}

#[test]
fn every_limit_has_its_finding() {
    let limits = [
        "max_increase = 500\n currency = \"USD\"",
        "max_resource = 100\n currency = \"USD\"",
        "budget = \"platform\"",
        "budget = \"platform\"\n may_cross = true\n max_left_percent = 10",
        "max_increase = 571\n currency = \"USD\"\n judge = \"high\"",
    ];
    let found: Vec<String> = limits
        .iter()
        .map(|limit| {
            Case::new(&format!("budget_policy \"money\" {{\n {limit}\n}}\n")).findings(Some(&budgets()), &[]).join("\n")
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"));
    // Within the limit, or for other resources, there is no finding.
    for fine in [
        "max_increase = 572\n currency = \"USD\"",
        "max_resource = 600\n currency = \"USD\"",
        "budget = \"platform\"\n may_cross = true\n max_left_percent = 20",
        "budget = \"platform\"\n types = [\"aws_s3_bucket\"]",
        "budget = \"platform\"\n tags = { team = \"platform\" }",
        "max_increase = 1\n currency = \"USD\"\n environments = []\n providers = [\"google\"]",
    ] {
        let case = Case::new(&format!("budget_policy \"money\" {{\n {fine}\n}}\n"));
        assert_eq!(case.findings(Some(&budgets()), &[]), Vec::<String>::new(), "{fine}");
    }
}

#[test]
fn an_exceeded_budget_stops_what_costs_more_and_nothing_else() {
    let policy = "budget_policy \"money\" {\n budget = \"platform\"\n stop_when_over = true\n may_cross = true\n}\n";
    let mut over = budgets();
    over["budgets"][0]["actual"] = "10000.01".into();
    let case = Case::new(policy);
    let found = case.findings(Some(&over), &[]);
    assert!(found[0].starts_with("budget-stopped blocks: budget \"platform\" is exceeded"), "{found:?}");
    assert!(case.findings(Some(&budgets()), &[]).is_empty());
    // What is taken away is never stopped.
    let mut plan: Value =
        serde_json::from_str(&std::fs::read_to_string(case.path().join("plan.json")).unwrap()).unwrap();
    for change in plan["resource_changes"].as_array_mut().unwrap() {
        change["change"]["before"] = change["change"]["after"].take();
        change["change"]["after_unknown"] = json!({});
        change["change"]["actions"] = json!(["delete"]);
    }
    std::fs::write(case.path().join("plan.json"), plan.to_string()).unwrap();
    assert!(case.findings(Some(&over), &[]).is_empty());
    let cost = case.run(Some(&over), &[]).json()["plans"][0]["cost"]["change"]["likely"].as_str().unwrap().to_owned();
    assert!(cost.starts_with("-571."), "{cost}");
}

#[test]
fn what_is_not_known_of_a_budget_warns_or_blocks_and_never_passes_unsaid() {
    let policy = |more: &str| Case::new(&format!("budget_policy \"money\" {{\n budget = \"platform\"\n{more}\n}}\n"));
    let change = |path: &str, value: Value| {
        let mut all = budgets();
        *all.pointer_mut(path).unwrap() = value;
        all
    };
    let unknown = [
        None,
        Some(change("/budgets/0/name", "other".into())),
        Some(change("/budgets/0/forecast", Value::Null)),
        Some(change("/budgets/0/as_of", "2026-11-10".into())),
        Some(change("/budgets/0/state", "unknown".into())),
        Some(change("/budgets/0/period", json!({ "start": "2026-10-01", "end": "2026-11-01" }))),
        Some(change("/budgets/0/currency", "EUR".into())),
    ];
    let mut said = Vec::new();
    for budgets in &unknown {
        let found = policy("").findings(budgets.as_ref(), &[]);
        assert!(found.len() == 1 && found[0].starts_with("cost-unknown warns"), "{found:?}");
        said.extend(found);
        let strict = policy("unknown = \"block\"").findings(budgets.as_ref(), &[]);
        assert!(strict[0].starts_with("cost-unknown blocks"), "{strict:?}");
        assert!(policy("unknown = \"ignore\"").findings(budgets.as_ref(), &[]).is_empty());
    }
    insta::assert_snapshot!(said.join("\n"));
    // A certain excess is not unknown.
    let mut certain = change("/budgets/0/forecast", Value::Null);
    certain["budgets"][0]["actual"] = "9900".into();
    assert!(policy("").findings(Some(&certain), &[])[0].starts_with("budget-crossed blocks"));
    // A status that is named and is none has no verdict.
    for text in ["{", "{\"version\": 2, \"generated_at\": \"\", \"budgets\": []}"] {
        let case = policy("");
        std::fs::write(case.path().join("status.json"), text).unwrap();
        assert_eq!(case.run(None, &["--budgets", "status.json"]).code, 2);
    }
}

#[test]
fn budgets_in_another_currency_and_period_and_those_above_count() {
    let rates = "rates \"2026-01-01\" {\n  base = \"USD\"\n  EUR  = 1.25\n}\nbudget_policy \"money\" {\n budget = \"platform\"\n}\n";
    let mut euros = budgets();
    euros["budgets"][0]["currency"] = "EUR".into();
    // 571 dollars are 457 euros: 9,650 and 457 are more than 10,000, 9,500 and 457 are not.
    let found = Case::new(rates).findings(Some(&euros), &[]);
    assert!(found[0].contains("this change 457 EUR = 10,107 EUR"), "{found:?}");
    euros["budgets"][0]["forecast"]["mean"] = "9500".into();
    assert!(Case::new(rates).findings(Some(&euros), &[]).is_empty());
    // A quarter pays it three times.
    let policy = "budget_policy \"money\" {\n budget = \"platform\"\n}\n";
    let mut quarter = budgets();
    quarter["budgets"][0]["period"] = json!({ "start": "2026-10-01", "end": "2027-01-01" });
    quarter["budgets"][0]["forecast"]["mean"] = "8400".into();
    let found = Case::new(policy).findings(Some(&quarter), &[]);
    assert!(found[0].contains("forecast $8,400 + this change $1,727"), "{found:?}");
    // The budget above has no room.
    let mut parent = budgets();
    parent["budgets"][0]["forecast"]["mean"] = "100".into();
    parent["budgets"][0]["parent"] = "company".into();
    let mut above = parent["budgets"][0].clone();
    above["name"] = "company".into();
    above["parent"] = Value::Null;
    above["forecast"]["mean"] = "9990".into();
    parent["budgets"].as_array_mut().unwrap().push(above);
    let found = Case::new(policy).findings(Some(&parent), &[]);
    assert!(found.len() == 1 && found[0].contains("budget \"company\" is crossed"), "{found:?}");
}

#[test]
fn an_exception_is_code_and_names_the_folder() {
    let waiver = "waiver \"launch\" {\n policies = [\"money\"]\n addresses = [\".\"]\n owner = \"jane\"\n approver = \"jo\"\n reason = \"r\"\n expires = \"2027-01-31\"\n}\n";
    let policy = "budget_policy \"money\" {\n budget = \"platform\"\n}\n";
    let found = Case::new(&format!("{policy}{}", waiver.replace("\".\"", "\"./\""))).findings(Some(&budgets()), &[]);
    assert!(found.len() == 1 && found[0].starts_with("budget-crossed waived"), "{found:?}");
    let elsewhere =
        Case::new(&format!("{policy}{}", waiver.replace("\".\"", "\"envs/prod\""))).findings(Some(&budgets()), &[]);
    assert!(elsewhere.iter().any(|f| f.starts_with("budget-crossed blocks")), "{elsewhere:?}");
    // A dot alone fits every address.
    let refused = Case::new(&format!("{policy}{waiver}")).run(Some(&budgets()), &[]);
    assert!(refused.code == 2 && refused.stderr.contains("covers every resource"), "{}", refused.stderr);
}

#[test]
fn rules_and_rego_know_what_a_resource_costs() {
    let rule = "rule \"dear\" {\n  deny = resource.monthly_cost > 500 && resource.monthly_change > 0\n  message = \"${resource.type} costs ${resource.monthly_cost}\"\n}\n";
    let case = Case::new(rule);
    let found = case.findings(None, &[]);
    assert_eq!(found, ["rule blocks: aws_instance costs 568.64"]);
    // An unpriced resource is unknown, not free.
    let case = Case::new("rule \"dear\" {\n  deny = resource.monthly_cost > 500\n}\n");
    let plan = std::fs::read_to_string(case.path().join("plan.json")).unwrap().replace("m5.4xlarge", "m99.metal");
    std::fs::write(case.path().join("plan.json"), plan).unwrap();
    let found = case.findings(None, &[]);
    assert!(
        found.len() == 1 && found[0].starts_with("rule-unknown warns") && found[0].contains("its price"),
        "{found:?}"
    );
    let case = Case::new("");
    std::fs::create_dir(case.path().join("policies")).unwrap();
    let rego = "package main\n\nimport rego.v1\n\ndeny contains msg if {\n\tsome address, cost in input.tollgate.cost.resources\n\tcost.monthly.likely > 500000000\n\tmsg := sprintf(\"%s costs %d\", [address, cost.monthly.likely])\n}\n";
    std::fs::write(case.path().join("policies/money.rego"), rego).unwrap();
    let found = case.findings(None, &[]);
    assert_eq!(found, ["rego-deny blocks: aws_instance.reports costs 568640000"]);
}

#[test]
fn a_change_cannot_make_itself_cheap() {
    let git = |folder: &Path, arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.arg("-C").arg(folder).args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
            "-c",
            "init.defaultBranch=main",
        ]);
        assert!(command.args(arguments).env("HOME", folder).output().unwrap().status.success());
    };
    let policy =
        "budget_policy \"money\" {\n max_increase = 500\n currency = \"USD\"\n}\nprices {\n usage = \"usage.yml\"\n}\n";
    let case = Case::new(policy);
    std::fs::write(case.path().join("usage.yml"), "resource_usage: {}\n").unwrap();
    git(case.path(), &["init", "-q"]);
    git(case.path(), &["add", "-A"]);
    git(case.path(), &["commit", "-q", "-m", "base"]);
    assert_eq!(case.run(None, &["--base", "main"]).code, 1);
    let path = case.path().join("tollgate.hcl");
    let cheap = std::fs::read_to_string(&path).unwrap()
        + "\nprices {\n usage = \"usage.yml\"\n discount \"self\" {\n percent = 99\n skus = [\"*\"]\n }\n}\n";
    std::fs::write(&path, cheap.replacen("prices {\n usage = \"usage.yml\"\n}\n", "", 1)).unwrap();
    let found = case.findings(None, &["--base", "main"]);
    assert!(found.iter().any(|f| f.starts_with("policy-loosened blocks")), "{found:?}");
}
