//! Sensitive values: in no output of any command, whatever asks for them.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::support::{copy, corpus, gate_in};

const FORMATS: [&str; 6] = ["text", "json", "sarif", "github", "markdown", "junit"];

/// A policy that tries to say them.
const CURIOUS: &str = r#"
tag_policy "t" {
  forbidden = ["owner", "S3C*"]
  key_case = "lower"
  tag "environment" {
    values = ["production"]
  }
  tag "team" {
    pattern = "[a-z]+"
    case    = "lower"
  }
}
rule "password" {
  deny    = resource.values.password != ""
  message = "it is ${resource.values.password}, ${upper(resource.values.password)}, ${join("-", values(resource.tags))}, was ${try(resource.before.password, "new")}"
}
rule "loops" {
  deny    = length([for k, v in resource.tags : v]) >= 0
  message = format("%s %s %s", join(",", keys(resource.tags)), join(",", [for k, v in resource.tags : "${k}"]), try(substr(resource.values.password, 0, 3), ""))
}
"#;

const CURIOUS_REGO: &str = r#"package main
import rego.v1
deny contains msg if {
	some change in input.resource_changes
	msg := sprintf("%v %v", [change.change.after, change.change.before])
}
warn contains msg if {
	msg := sprintf("%v %v %v %v", [input.variables, input.planned_values, input.output_changes, input.configuration])
}
warn contains msg if {
	msg := sprintf("%v", [input.tollgate])
}
"#;

#[test]
fn no_sensitive_value_of_our_plan_is_ever_said() {
    let dir = copy("sensitive");
    std::fs::write(dir.path().join("tollgate.hcl"), CURIOUS).unwrap();
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    std::fs::write(dir.path().join("policies/curious.rego"), CURIOUS_REGO).unwrap();
    let mut runs: Vec<Vec<&str>> = FORMATS.iter().map(|f| vec!["check", "plan.json", "--format", f]).collect();
    runs.push(vec!["explain", "aws_db_instance.main", "plan.json"]);
    runs.push(vec!["explain", "aws_db_instance.main", "plan.json", "--format", "json"]);
    runs.push(vec!["explain", "aws_sqs_queue.hidden", "plan.json"]);
    runs.push(vec!["fix", "plan.json", "--set", "team=web"]);
    runs.push(vec!["check", "plan.json", "--write-baseline"]);
    for arguments in runs {
        let run = gate_in(dir.path(), &arguments);
        assert!(run.code <= 1, "{arguments:?}: {}", run.stderr);
        // What the policy says itself is no secret.
        let said = |text: &str| text.replace("S3C*", "");
        for part in ["S3CR3T", "s3cr3t", "S3C"] {
            assert!(
                !said(&run.stdout).contains(part) && !said(&run.stderr).contains(part),
                "{arguments:?}: {}{}",
                run.stdout,
                run.stderr
            );
        }
    }
    assert!(!std::fs::read_to_string(dir.path().join("tollgate.baseline.json")).unwrap().contains("S3CR3T"));
    // The curious policies were asked, and got masks.
    let run = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]);
    assert!(run.stdout.contains("(sensitive value)") && run.stdout.contains("rego-deny"), "{}", run.stdout);
}

/// A damaged plan is refused without a word of what is in it.
#[test]
fn errors_quote_nothing() {
    let dir = copy("sensitive");
    let plan = std::fs::read_to_string(dir.path().join("plan.json")).unwrap();
    let damaged = [
        plan.replace("\"resource_changes\": [", "\"resource_changes\": [\"S3CR3T-owner\", "),
        plan.replace("\"actions\": [", "\"actions\": \"S3CR3T-owner\", \"x\": ["),
        plan.replace("\"format_version\": \"1.2\"", "\"format_version\": \"S3CR3T\\u001b[31m\""),
        plan[..plan.find("S3CR3T").unwrap() + 8].to_owned(),
        plan.replace("\"root_module\"", "\"root_module\": \"S3CR3T\", \"other\""),
    ];
    for text in damaged {
        std::fs::write(dir.path().join("plan.json"), &text).unwrap();
        let run = gate_in(dir.path(), &["check", "plan.json"]);
        if run.code == 2 && !run.stderr.contains("format version") {
            assert!(!run.stderr.contains("S3CR3T"), "{}", run.stderr);
        }
        assert!(!run.stderr.contains('\u{1b}') && !run.stdout.contains("S3CR3T-"), "{}", run.stderr);
    }
}

#[test]
#[ignore = "needs the corpus of real files: TOLLGATE_CORPUS names its folder"]
fn no_sensitive_value_of_a_real_plan_is_ever_said() {
    let folder = corpus();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("tollgate.hcl"), CURIOUS).unwrap();
    let mut looked = 0;
    for entry in std::fs::read_dir(&folder).unwrap().flatten() {
        let path = entry.path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Ok(plan) = serde_json::from_str::<Json>(&text) else { continue };
        let (mut hidden, mut open) = (BTreeSet::new(), BTreeSet::new());
        collect(&plan, &mut hidden, &mut open);
        let secrets: Vec<&String> = hidden.difference(&open).filter(|s| s.len() >= 6).collect();
        if secrets.is_empty() {
            continue;
        }
        looked += 1;
        for format in ["json", "text"] {
            let run = gate_in(dir.path(), &["check", path.to_str().unwrap(), "--format", format]);
            for secret in &secrets {
                assert!(!run.stdout.contains(secret.as_str()), "{}: {format}", path.display());
            }
        }
    }
    eprintln!("{looked} real plans have sensitive values");
}

/// Texts that a plan marks as sensitive, and those that it shows.
fn collect(json: &Json, hidden: &mut BTreeSet<String>, open: &mut BTreeSet<String>) {
    let empty = Json::Null;
    for change in json["resource_changes"].as_array().into_iter().flatten() {
        let c = &change["change"];
        for (value, mark) in [("before", "before_sensitive"), ("after", "after_sensitive")] {
            split(c.get(value).unwrap_or(&empty), c.get(mark).unwrap_or(&empty), hidden, open);
        }
        open.extend(change["address"].as_str().map(str::to_owned));
    }
}

fn split(value: &Json, mark: &Json, hidden: &mut BTreeSet<String>, open: &mut BTreeSet<String>) {
    match (value, mark) {
        (Json::String(text), Json::Bool(true)) => {
            hidden.insert(text.clone());
        }
        (Json::String(text), _) => {
            open.insert(text.clone());
        }
        (Json::Object(map), _) => {
            let all = *mark == Json::Bool(true);
            map.iter()
                .for_each(|(k, v)| split(v, if all { mark } else { mark.get(k).unwrap_or(&Json::Null) }, hidden, open));
        }
        (Json::Array(items), _) => {
            let all = *mark == Json::Bool(true);
            items.iter().enumerate().for_each(|(i, v)| {
                split(v, if all { mark } else { mark.get(i).unwrap_or(&Json::Null) }, hidden, open);
            });
        }
        _ => {}
    }
}
