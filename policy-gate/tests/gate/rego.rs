//! Rego by conftest's conventions, with limits.

use crate::support::{Run, copy, gate_in};

fn with(rego: &str, policy: &str) -> Run {
    let dir = copy("ephemeral");
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    std::fs::write(dir.path().join("policies/p.rego"), rego).unwrap();
    std::fs::write(dir.path().join("policies/p_test.rego"), "package main\ntest_x { this is no rego").unwrap();
    gate_in(dir.path(), &["check", "plan.json", "--format", "json"])
}

#[test]
fn deny_violation_and_warn_speak_by_their_conventions() {
    let run = with(
        r#"package main
import rego.v1

deny contains msg if {
	some c in input.resource_changes
	c.type == "aws_db_instance"
	msg := {"msg": "no databases", "address": c.address}
}

violation_old contains {"msg": "old style", "details": {}} if input.format_version == "1.2"

warn_soft contains "think again" if count(input.tollgate.tags["aws_db_instance.main"]) == 2

deny_excepted contains "never said" if true

exception contains ["excepted"] if true
"#,
        "",
    );
    assert_eq!(run.code, 1);
    let lines: Vec<String> = run.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| format!("{} {} {} {} {}", f["id"], f["outcome"]["is"], f["policy"], f["address"], f["message"]))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn rego_older_than_version_1_is_read_too() {
    let old = "package main\n\ndeny[msg] {\n\tc := input.resource_changes[_]\n\tc.type == \"aws_db_instance\"\n\tmsg := sprintf(\"no %s\", [c.address])\n}\n\nexception[rules] {\n\trules := [\"other\"]\n}\n";
    assert_eq!(with(old, "").findings(), ["rego-deny blocks - -"]);
    let dir = copy("ephemeral");
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    std::fs::write(dir.path().join("policies/old.rego"), old).unwrap();
    let new = "package main\nimport rego.v1\ndeny contains \"new\" if true\n";
    std::fs::write(dir.path().join("policies/new.rego"), new.replace("main", "other")).unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "plan.json", "--format", "json"]).findings().len(), 2);
}

#[test]
fn namespaces_are_those_that_are_named() {
    let rego = "package other\nimport rego.v1\ndeny contains \"x\" if true\n";
    assert_eq!(with(rego, "").code, 1);
    // Of other packages nothing is asked; where that leaves no rule at all, the policy does not say what it means to.
    let run = with(rego, "gate { namespaces = [\"main\"] }\n");
    assert!(run.code == 2 && run.stderr.contains("no rule that the gate asks"), "{}", run.stderr);
}

#[test]
fn what_takes_too_long_or_cannot_be_read_stops() {
    let endless = "package main\nimport rego.v1\ndeny contains msg if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\ta * b == -1\n\tmsg := \"x\"\n}\n";
    let run = with(endless, "gate { rego_milliseconds = 50 }\n");
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    // Many rules have no more time together than one.
    let rules: String = (1..13)
        .map(|i| {
            endless
                .replace("package main\nimport rego.v1\n", "")
                .replace("deny ", &format!("deny_{i} "))
                .replace("3000", "250")
        })
        .collect();
    let run = with(&format!("package main\nimport rego.v1\n{rules}"), "gate { rego_milliseconds = 400 }\n");
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
    let run = with("package main\ndeny[msg] { msg = ", "");
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("policies/p.rego"), "{}", run.stderr);
    for banned in ["http.send({\"url\": \"http://127.0.0.1\", \"method\": \"get\"})", "opa.runtime().env"] {
        let run = with(&format!("package main\nimport rego.v1\ndeny contains \"x\" if {banned}\n"), "");
        assert_eq!(run.code, 2, "{banned}: {}", run.stdout);
    }
}

#[test]
fn a_function_that_calls_itself_is_refused_also_by_way_of_another_name() {
    for function in ["f(x) := f(x)", "f(x) := y if { y := count([x]) with count as data.main.f }"] {
        let run = with(&format!("package main\nimport rego.v1\n{function}\ndeny contains \"x\" if f(1)\n"), "");
        assert!(run.code == 2 && run.stderr.contains("calls itself"), "{function}: {} {}", run.code, run.stderr);
    }
}

#[test]
fn a_waiver_lets_a_finding_of_a_resource_pass() {
    let waiver = "waiver \"w\" {\n policies = [\"rego\"]\n addresses = [\"aws_db_instance.main\"]\n owner = \"a\"\n approver = \"b\"\n reason = \"r\"\n expires = \"2027-06-30\"\n}\n";
    let rego =
        "package main\nimport rego.v1\ndeny contains {\"msg\": \"x\", \"address\": \"aws_db_instance.main\"} if true\n";
    assert_eq!(with(rego, waiver).findings(), ["rego-deny waived aws_db_instance.main -"]);
}
