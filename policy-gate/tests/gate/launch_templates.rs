//! Groups that start from the newest or the default version of a launch template change with it.

use serde_json::{Value, json};

use crate::support::gate_with;

fn plan(version: &str, template: Value) -> String {
    let group = json!({
        "region": "us-east-1", "min_size": 2, "max_size": 2, "desired_capacity": 2, "launch_template": [{ "id": "lt-1", "version": version }]
    });
    let mut sizes: Vec<Value> = ["m5.large", "m5.4xlarge"]
        .into_iter()
        .map(|kind| json!({ "id": "lt-1", "arn": "arn:aws:ec2:us-east-1:1:launch-template/lt-1", "instance_type": kind }))
        .collect();
    for size in &mut sizes {
        size.as_object_mut().unwrap().extend(template.as_object().unwrap().clone());
    }
    let change = |address: &str, kind: &str, actions: &[&str], before: &Value, after: &Value| {
        json!({
            "address": address, "mode": "managed", "type": kind, "name": "x",
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": { "actions": actions, "before": before, "after": after, "after_unknown": {},
                "before_sensitive": false, "after_sensitive": {} }
        })
    };
    json!({
        "format_version": "1.2", "terraform_version": "1.14.2", "planned_values": { "root_module": {} },
        "resource_changes": [
            change("aws_launch_template.x", "aws_launch_template", &["update"], &sizes[0], &sizes[1]),
            change("aws_autoscaling_group.x", "aws_autoscaling_group", &["no-op"], &group, &group),
        ],
        "configuration": { "root_module": {} }
    })
    .to_string()
}

fn change_of(version: &str, template: Value) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plan.json"), plan(version, template)).unwrap();
    let run = gate_with(folder.path(), &["cost", "plan.json", "--format", "json"], &[], None);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let cost = answer.get(0).unwrap_or(&answer)["cost"].clone();
    cost["change"]["likely"].as_str().unwrap().parse().unwrap()
}

#[test]
fn the_newest_version_changes_the_group() {
    // Two instances, from $0.096 to $0.768 an hour.
    let change = change_of("$Latest", json!({}));
    assert!((change - 981.12).abs() < 0.01, "{change}");
}

#[test]
fn the_default_version_changes_the_group_when_it_moves() {
    let moves = change_of("$Default", json!({ "update_default_version": true }));
    assert!((moves - 981.12).abs() < 0.01, "{moves}");
    assert!(change_of("$Default", json!({})).abs() < 0.01);
    assert!(change_of("3", json!({})).abs() < 0.01);
}
