//! Policies of others.

use crate::support::{folder, gate_in};

#[test]
fn tag_policies_of_an_organization_become_ours() {
    let document = r#"{"tags": {"costcenter": {"tag_key": {"@@assign": "CostCenter"}, "tag_value": {"@@assign": ["100", "200"]}, "enforced_for": {"@@assign": ["ec2:*"]}}}}"#;
    let dir = folder(&[("root.json", document), ("broken.json", "{\"tags\": [")]);
    let run = gate_in(dir.path(), &["import", "organizations", "root.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    std::fs::write(dir.path().join("tollgate.hcl"), &run.stdout).unwrap();
    let plan = r#"{"format_version":"1.2","terraform_version":"1","resource_changes":[{"address":"aws_vpc.a","mode":"managed","type":"aws_vpc","name":"a","provider_name":"aws","change":{"actions":["create"],"after":{"tags":{"costcenter":"100"}}}}]}"#;
    std::fs::write(dir.path().join("plan.json"), plan).unwrap();
    assert_eq!(
        gate_in(dir.path(), &["check", "plan.json", "--format", "json"]).findings()[0],
        "tag-case blocks aws_vpc.a CostCenter"
    );
    assert_eq!(gate_in(dir.path(), &["import", "organizations", "broken.json"]).code, 2);
}

#[test]
fn a_folder_of_conftest_is_taken_over_and_nothing_is_overwritten() {
    let rego = "package main\nimport rego.v1\ndeny contains \"x\" if true\n";
    let dir = folder(&[
        ("theirs/conftest.toml", "policy = \"rules\"\nnamespace = [\"main\", \"cost\"]\n"),
        ("theirs/rules/a.rego", rego),
        ("theirs/rules/deep/b.rego", &rego.replace("main", "cost")),
        ("theirs/rules/data.yaml", "a: 1\n"),
    ]);
    let run = gate_in(dir.path(), &["import", "conftest", "theirs"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "gate {\n  namespaces = [\"main\", \"cost\"]\n}\n");
    assert!(run.stderr.contains("data.yaml is not Rego"), "{}", run.stderr);
    assert!(dir.path().join("policies/deep/b.rego").is_file());
    let again = gate_in(dir.path(), &["import", "conftest", "theirs"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("nothing is overwritten"));
}

/// The guide's command, run in the folder itself, twice: nothing nests, and JSON data comes along.
#[test]
fn a_folder_is_not_imported_into_itself_again() {
    let rego = "package main\nimport rego.v1\ndeny contains \"no\" if data.regions[_] == \"none\"\n";
    let dir =
        folder(&[("policy/a.rego", rego), ("data/regions.json", "{\"regions\": [\"none\"]}"), ("data/b.yaml", "x: 1")]);
    let run = gate_in(dir.path(), &["import", "conftest", "."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("b.yaml is not JSON") && run.stderr.contains("add this block to tollgate.hcl"));
    assert!(dir.path().join("policies/regions.data.json").is_file());
    std::fs::remove_dir_all(dir.path().join("policy")).unwrap();
    std::fs::create_dir(dir.path().join("rules")).unwrap();
    std::fs::write(dir.path().join("rules/c.rego"), rego).unwrap();
    std::fs::remove_file(dir.path().join("data/regions.json")).unwrap();
    let again = gate_in(dir.path(), &["import", "conftest", "."]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(!dir.path().join("policies/policies").exists());
}
