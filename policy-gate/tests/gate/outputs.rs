//! Outputs: valid by their schemas, the same bytes each time, and looked at.

use crate::support::{gate_in, names, plans};

const FORMATS: [&str; 6] = ["text", "json", "sarif", "github", "markdown", "junit"];
const SHOWN: [&str; 3] = ["dynamic-blocks/plan.json", "merge-of-unknown/plan.json", "drift/plan.json"];

#[test]
fn each_format_is_reviewed() {
    for format in FORMATS {
        let arguments = [&["check"], &SHOWN[..], &["--environment", "production", "--format", format]].concat();
        let run = gate_in(&plans(), &arguments);
        assert_eq!(run.code, 1);
        insta::assert_snapshot!(format!("format_{format}"), run.stdout);
    }
}

#[test]
fn the_same_report_is_the_same_bytes_in_any_order_of_plans() {
    for format in FORMATS {
        let there = gate_in(&plans(), &[&["check"], &SHOWN[..], &["--format", format]].concat());
        let again = gate_in(&plans(), &[&["check"], &SHOWN[..], &["--format", format]].concat());
        assert_eq!(there.stdout, again.stdout);
    }
    let findings = |list: &[&str]| gate_in(&plans(), &[&["check"], list, &["--format", "json"]].concat()).findings();
    let mut reversed = SHOWN;
    reversed.reverse();
    assert_eq!(findings(&SHOWN), findings(&reversed));
}

fn schema(text: &str) -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(text).unwrap()).unwrap()
}

#[test]
fn json_has_its_schema() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/findings.schema.json");
    let validator = schema(&std::fs::read_to_string(path).unwrap());
    for name in names() {
        let report = gate_in(&plans(), &["check", &format!("{name}/plan.json"), "--format", "json"]).json();
        let errors: Vec<String> =
            validator.iter_errors(&report).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
    let wrong = serde_json::json!({"version": 1, "verdict": "maybe"});
    assert!(!validator.is_valid(&wrong));
}

/// The schema is OASIS's own, as a crate that other people keep carries it.
#[test]
fn sarif_is_valid() {
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let metadata = cargo_metadata::MetadataCommand::new().manifest_path(manifest).exec().unwrap();
    let package = metadata.packages.iter().find(|p| p.name.as_str() == "serde-sarif").unwrap();
    let text = std::fs::read_to_string(package.manifest_path.parent().unwrap().join("src/schema.json")).unwrap();
    // One of its patterns has a bracket that only old engines read as a character.
    let validator = schema(&text.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}\\\\]?$"));
    for name in names() {
        let sarif = gate_in(&plans(), &["check", &format!("{name}/plan.json"), "--format", "sarif"]).json();
        let errors: Vec<String> =
            validator.iter_errors(&sarif).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let read: serde_sarif::sarif::Sarif = serde_json::from_value(sarif.clone()).unwrap();
        assert_eq!(read.runs.len(), 1);
        // What code scanning asks beyond the schema: every result has a place, and a rule by its index.
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            assert!(result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap() >= 1);
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
    }
    assert!(!validator.is_valid(&serde_json::json!({"version": "2.0.0"})));
}

/// Of a step, GitHub shows ten errors and ten warnings; a comment holds 65,536 characters.
#[test]
fn what_does_not_fit_is_counted() {
    let resources: Vec<serde_json::Value> = (0..900)
        .map(|i| {
            serde_json::json!({"address": format!("aws_vpc.a-rather-long-name-of-a-resource-{i}"), "mode": "managed", "type": "aws_vpc",
                "name": "x", "provider_name": "aws", "change": {"actions": ["create"], "before": null,
                "after": {"tags": {"environment": format!("value-{i}")}}, "after_unknown": {}}})
        })
        .collect();
    let plan = serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": resources,
        "configuration": {"provider_config": {"aws": {"name": "aws"}}}});
    let folder = crate::support::folder(&[
        ("plan.json", &plan.to_string()),
        ("tollgate.hcl", "tag_policy \"t\" {\n tag \"environment\" { values = [\"prod\"] }\n}\n"),
    ]);
    let github = gate_in(folder.path(), &["check", "plan.json", "--format", "github"]).stdout;
    assert_eq!(github.matches("::error ").count(), 10);
    assert!(github.contains("890 more findings are in the full output"), "{github}");
    let markdown = gate_in(folder.path(), &["check", "plan.json", "--format", "markdown"]).stdout;
    assert!(markdown.len() < 65_536 && markdown.contains("more findings"), "{}", markdown.len());
    let shown = markdown.matches("[tag-value]").count();
    assert!(markdown.contains(&format!("{} more findings", 900 - shown)));
}

#[test]
fn the_output_goes_to_a_file_and_the_verdict_to_standard_error() {
    let folder = crate::support::copy("drift");
    let run = gate_in(folder.path(), &["check", "plan.json", "--format", "sarif", "--output", "out.sarif"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("blocked: 2 findings block"), "{}", run.stderr);
    assert!(std::fs::read_to_string(folder.path().join("out.sarif")).unwrap().contains("\"2.1.0\""));
}

/// A plan's text does not steer the terminal that shows it, in no command.
#[test]
fn nothing_of_a_plan_steers_a_terminal() {
    let plan = serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.0\u{1b}[2J", "resource_changes": [{
        "address": "aws_vpc.a[\"\u{1b}[31m\"]", "mode": "managed", "type": "aws_vpc", "name": "a", "provider_name": "aws",
        "change": {"actions": ["create"], "after": {"tags": {"environment": "\u{1b}]0;x\u{7}", "\u{9b}31m": "x"}}}}],
        "configuration": {"provider_config": {"aws": {"name": "aws"}}}});
    let policy = "tag_policy \"t\" {\n key_case = \"lower\"\n tag \"environment\" { values = [\"prod\"] }\n}\n";
    let dir = crate::support::folder(&[
        ("plan.json", &plan.to_string()),
        ("tollgate.hcl", policy),
        ("main.tf", "resource \"aws_vpc\" \"a\" {\n  tags = { environment = \"\u{1b}[31m\" }\n}\n"),
    ]);
    let address = "aws_vpc.a[\"\u{1b}[31m\"]";
    let mut runs: Vec<Vec<&str>> = FORMATS.iter().map(|f| vec!["check", "plan.json", "--format", f]).collect();
    runs.extend([vec!["explain", address, "plan.json"], vec!["fix", "plan.json", "--set", "environment=prod"]]);
    for arguments in runs {
        let run = gate_in(dir.path(), &arguments);
        assert!(run.code <= 1, "{}", run.stderr);
        let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
        assert!(!run.stdout.contains(steers) && !run.stderr.contains(steers), "{arguments:?}: {:?}", run.stdout);
    }
}

/// Forty-one instances that lack the same four tags are one block; `-v` shows each, `--quiet` the verdict alone.
#[test]
fn what_repeats_is_folded() {
    let (mut changes, mut sources) = (Vec::new(), String::new());
    for n in 0..41 {
        changes.push(serde_json::json!({"address": format!("aws_sns_topic.t{n}"), "mode": "managed", "type": "aws_sns_topic",
            "name": format!("t{n}"), "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": {"tags": null, "tags_all": {}}, "after_unknown": {}}}));
        sources += &format!("resource \"aws_sns_topic\" \"t{n}\" {{}}\n");
    }
    let plan = serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes});
    let policy = "tag_policy \"t\" { required = [\"team\", \"environment\", \"product\", \"cost-center\"] }\n";
    let dir =
        crate::support::folder(&[("plan.json", &plan.to_string()), ("main.tf", &sources), ("tollgate.hcl", policy)]);
    let lines = |arguments: &[&str]| {
        let run = crate::support::gate_in(dir.path(), &[&["check", "plan.json"], arguments].concat());
        assert_eq!(run.code, 1, "{}", run.stderr);
        run.stdout
    };
    let text = lines(&[]);
    assert!(text.contains("required tags `cost-center`, `environment`, `product`, `team` are missing"), "{text}");
    assert!(text.contains("= also on: ") && text.contains(" and 36 more"), "{text}");
    assert!(text.contains("164 findings block") && text.lines().count() < 20, "{text}");
    assert!(lines(&["-v"]).lines().count() > 1000);
    let quiet = lines(&["--quiet"]);
    assert!(quiet.lines().count() <= 2 && quiet.contains("blocked: 164 findings block"), "{quiet}");
}
