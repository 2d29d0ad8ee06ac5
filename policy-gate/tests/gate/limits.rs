//! One beyond a limit of the gate: the error names the limit, and nothing passes.

use std::fs::File;

use serde_json::{Value, json};
use tollgate_model::limits::{
    GATE_FILE, GATE_PLAN, Limit, OPEN_CHANGES, REGO_DEPTH, REGO_FILES, REGO_FINDINGS, TEXT_WIDTH,
};

use crate::fake_github::pull;
use crate::github::Job;
use crate::support::{Run, copy, folder, gate_in};

fn refused(run: &Run, limit: Limit) {
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(&limit.to_string()), "{limit}: {}", run.stderr);
}

#[test]
fn files_are_bounded() {
    for (name, limit) in [("plan.json", GATE_PLAN), ("tollgate.hcl", GATE_FILE)] {
        let dir = folder(&[("plan.json", r#"{"format_version":"1.2","resource_changes":[]}"#), ("tollgate.hcl", "")]);
        File::create(dir.path().join(name)).unwrap().set_len(limit.value + 1).unwrap();
        refused(&gate_in(dir.path(), &["check", "plan.json"]), limit);
    }
}

fn with_modules(modules: &[String]) -> Run {
    let dir = copy("ephemeral");
    std::fs::write(dir.path().join("tollgate.hcl"), "").unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    for (n, text) in modules.iter().enumerate() {
        std::fs::write(dir.path().join(format!("policies/{n}.rego")), text).unwrap();
    }
    gate_in(dir.path(), &["check", "plan.json", "--format", "json"])
}

const HEAD: &str = "package main\nimport rego.v1\n";

#[test]
fn rego_is_bounded() {
    let files = |count: usize| vec![format!("{HEAD}deny contains \"x\" if false\n"); count];
    assert_eq!(with_modules(&files(REGO_FILES.size())).code, 0);
    refused(&with_modules(&files(REGO_FILES.size() + 1)), REGO_FILES);

    let chain = |length: usize| {
        let calls: String = (1..length).map(|n| format!("f{n}(x) := f{}(x)\n", n + 1)).collect();
        vec![format!("{HEAD}{calls}f{length}(x) := x\ndeny contains \"x\" if f1(1) == 2\n")]
    };
    assert_eq!(with_modules(&chain(REGO_DEPTH.size())).code, 0);
    refused(&with_modules(&chain(REGO_DEPTH.size() + 1)), REGO_DEPTH);

    let denying = |count: usize| {
        vec![format!(
            "{HEAD}deny contains msg if {{\n\tsome n in numbers.range(1, {count})\n\tmsg := sprintf(\"%d\", [n])\n}}\n"
        )]
    };
    assert_eq!(with_modules(&denying(REGO_FINDINGS.size())).code, 1);
    refused(&with_modules(&denying(REGO_FINDINGS.size() + 1)), REGO_FINDINGS);
}

#[test]
fn a_long_key_does_not_make_a_table_wide() {
    let tags = json!({ "k".repeat(70_000): "a", "team": "b" });
    let change = json!({ "actions": ["create"], "before": null, "after": { "tags": tags }, "after_unknown": {} });
    let resource = json!({
        "address": "aws_vpc.main", "mode": "managed", "type": "aws_vpc", "name": "main",
        "provider_name": "registry.terraform.io/hashicorp/aws", "change": change,
    });
    let plan: Value = json!({ "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [resource] });
    let dir = folder(&[("plan.json", &plan.to_string()), ("tollgate.hcl", "")]);
    let run = gate_in(dir.path(), &["explain", "aws_vpc.main", "plan.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let widest = run.stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(widest < TEXT_WIDTH.size() + 80 && run.stdout.contains('…'), "{widest}: {}", run.stdout);
}

#[test]
fn a_budget_is_not_judged_beside_more_open_pull_requests_than_are_read() {
    let job = Job::new("after");
    let others = |count: usize| (8..).take(count).map(|n| pull(n, "8".repeat(40).as_str()));
    job.github.with(|kept| kept.pulls.extend(others(OPEN_CHANGES.size())));
    let run = job.run_for("pull_request", &[]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("`open-pull-requests`"), "{}", run.stderr);
}
