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
