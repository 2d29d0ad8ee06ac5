//! Every kind: what it plans, that its rollback restores what it declares, and what it refuses.

#![expect(clippy::disallowed_methods, reason = "a variable of the environment makes the test write the page")]

use std::collections::BTreeMap;

use serde_json::json;
use tollgate_model::{AccountRegion, Effect, Shape};

use super::*;

fn resource(id: &str, shape: serde_json::Value) -> Resource {
    Resource {
        id: id.to_owned(),
        place: AccountRegion { account: "111122223333".to_owned(), region: "eu-west-1".to_owned() },
        created: None,
        tags: BTreeMap::from([("team".to_owned(), "web".to_owned())]),
        shape: serde_json::from_value::<Shape>(shape).unwrap(),
    }
}

fn instance() -> Resource {
    resource(
        "i-1",
        json!({ "type": "instance", "state": "running", "instance_type": "m5.xlarge", "architecture": "x86_64",
            "platform": "Linux/UNIX", "image": "ami-1", "zone": "eu-west-1a", "root_device": "ebs" }),
    )
}

fn volume() -> Resource {
    resource(
        "vol-1",
        json!({ "type": "volume", "state": "available", "volume_type": "gp2", "size_gib": 100, "iops": 300,
            "zone": "eu-west-1a", "attached_to": [], "encrypted": true }),
    )
}

fn database() -> Resource {
    resource(
        "db-1",
        json!({ "type": "database", "state": "available", "class": "db.m5.large", "engine": "postgres", "storage_type": "gp3",
            "size_gib": 100, "multi_az": false, "deletion_protection": false }),
    )
}

/// Each kind with a resource that it applies to and the requested parameters.
fn cases() -> Vec<(&'static str, Resource, serde_json::Value)> {
    let stopped = |mut r: Resource| {
        match &mut r.shape {
            Shape::Instance { state, .. } | Shape::Database { state, .. } => "stopped".clone_into(state),
            _ => {}
        }
        r
    };
    vec![
        ("stop_instance", instance(), json!({})),
        ("start_instance", stopped(instance()), json!({})),
        ("resize_instance", instance(), json!({ "instance_type": "m5.large" })),
        ("schedule", instance(), json!({ "start": 7, "stop": 19 })),
        ("unschedule", instance(), json!({ "start": 7, "stop": 19 })),
        ("delete_volume", volume(), json!({})),
        ("modify_volume", volume(), json!({ "volume_type": "gp3", "iops": 3000, "throughput": 128 })),
        (
            "delete_snapshot",
            resource(
                "snap-1",
                json!({ "type": "snapshot", "state": "completed", "volume": "vol-9", "size_gib": 8, "tier": "standard", "description": "" }),
            ),
            json!({}),
        ),
        (
            "deregister_image",
            resource(
                "ami-1",
                json!({ "type": "image", "state": "available", "name": "web-1", "snapshots": ["snap-1"], "public": false }),
            ),
            json!({}),
        ),
        ("release_address", resource("eipalloc-1", json!({ "type": "address", "public_ip": "192.0.2.1" })), json!({})),
        (
            "delete_load_balancer",
            resource(
                "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1",
                json!({ "type": "load_balancer", "state": "active", "name": "web", "kind": "application", "scheme": "internal",
                    "subnets": [], "targets": 0, "deletion_protection": false }),
            ),
            json!({}),
        ),
        (
            "delete_nat_gateway",
            resource(
                "nat-1",
                json!({ "type": "nat_gateway", "state": "available", "vpc": "vpc-1", "subnet": "subnet-1", "addresses": ["eipalloc-1"], "connectivity": "public" }),
            ),
            json!({}),
        ),
        ("stop_database", database(), json!({})),
        ("start_database", stopped(database()), json!({})),
        ("resize_database", database(), json!({ "class": "db.t3.large" })),
        (
            "function_memory",
            resource(
                "resize-images",
                json!({ "type": "function", "state": "Active", "runtime": "python3.13", "memory_mib": 1024, "architecture": "x86_64", "package": "Zip", "timeout_seconds": 30 }),
            ),
            json!({ "memory_mib": 512 }),
        ),
        (
            "lifecycle_rule",
            resource("uploads", json!({ "type": "bucket", "lifecycle": [], "versioning": false })),
            json!({ "days": 7 }),
        ),
        (
            "log_retention",
            resource(
                "/app/web",
                json!({ "type": "log_group", "retention_days": null, "stored_bytes": 1, "class": "STANDARD" }),
            ),
            json!({ "days": 90 }),
        ),
        ("tag", volume(), json!({ "owner": "jane", "team": "platform" })),
    ]
}

fn planned(name: &str, resource: &Resource, with: &serde_json::Value) -> Result<ChangeDraft, NotApplicable> {
    (find_kind(name).unwrap().plan)(resource, with.as_object().unwrap())
}

#[test]
fn every_kind_plans_its_calls_and_their_rollback() {
    let mut text = String::new();
    let mut seen = Vec::new();
    for (name, resource, with) in cases() {
        let draft = planned(name, &resource, &with).unwrap();
        let kind = find_kind(name).unwrap();
        assert!(kind.of.contains(&resource.resource_type()), "{name}");
        text += &format!("{name}: {}\n", draft.what);
        for fact in &draft.requires {
            assert_eq!(resource.fact(&fact.name), fact.is, "{name} requires a fact that does not hold");
            text += &format!("  requires {} = {}\n", fact.name, fact.is);
        }
        for action in &draft.actions {
            text += &format!("  {}: {}\n", action.apply.name, action.apply.call);
            for undo in &action.rollback {
                text += &format!("    undo {}: {}\n", undo.name, undo.call);
            }
            // What is not rolled back must be declared as lost.
            let stays = action.rollback.is_empty() && !matches!(action.apply.effect, Effect::Made { .. });
            assert!(
                !stays || action.lost.is_some(),
                "{name}: {} is not rolled back and declares no loss",
                action.apply.name
            );
            if let Some(lost) = &action.lost {
                text += &format!("    lost {lost}\n");
            }
            // Its permissions are declared: IAM roles are written from them.
            for act in std::iter::once(&action.apply).chain(&action.rollback) {
                let (service, operation) = (&act.call.service, &act.call.operation);
                let known = tollgate_cloud::OPERATIONS.iter().find(|(s, o, _)| s == service && o == operation);
                let permission = known.unwrap_or_else(|| panic!("{service}:{operation} cannot be performed")).2;
                assert!(kind.calls.contains(&permission), "{name} does not declare {permission}");
            }
        }
        for what in &draft.blast_radius {
            text += &format!("  touches {what}\n");
        }
        seen.push(name);
    }
    assert_eq!(seen, CHANGE_KINDS.iter().map(|k| k.name).collect::<Vec<_>>(), "a kind has no case");
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_protected_shared_or_in_use_is_refused() {
    let with = |mut r: Resource, change: &dyn Fn(&mut serde_json::Value)| {
        let mut shape = serde_json::to_value(&r.shape).unwrap();
        change(&mut shape);
        r.shape = serde_json::from_value(shape).unwrap();
        r
    };
    let mut text = String::new();
    let mut refuse = |name: &str, resource: Resource, suggested_change: serde_json::Value| {
        let why = planned(name, &resource, &suggested_change).expect_err(name);
        text += &format!("{name}: {why}\n");
    };
    let none = json!({});
    for key in ["termination_protection", "stop_protection"] {
        refuse("stop_instance", with(instance(), &|s| s[key] = true.into()), none.clone());
    }
    refuse("stop_instance", with(instance(), &|s| s["root_device"] = "instance-store".into()), none.clone());
    refuse("stop_instance", with(instance(), &|s| s["lifecycle"] = "spot".into()), none.clone());
    let mut grouped = instance();
    grouped.tags.insert("aws:autoscaling:groupName".to_owned(), "web".to_owned());
    refuse("resize_instance", grouped, json!({ "instance_type": "m5.large" }));
    refuse("resize_instance", instance(), json!({ "instance_type": "m5.xlarge" }));
    refuse("resize_instance", instance(), none.clone());
    refuse("schedule", instance(), json!({ "start": 19, "stop": 7 }));
    refuse("delete_volume", with(volume(), &|s| s["attached_to"] = json!(["i-1"])), none.clone());
    refuse("delete_volume", instance(), none.clone());
    refuse("modify_volume", with(volume(), &|s| s["becoming"] = "gp3".into()), json!({ "volume_type": "gp3" }));
    refuse(
        "release_address",
        resource("e", json!({ "type": "address", "public_ip": "192.0.2.1", "association": "a-1" })),
        none.clone(),
    );
    refuse("stop_database", with(database(), &|s| s["replicas"] = json!(["copy"])), none.clone());
    refuse("stop_database", with(database(), &|s| s["cluster"] = "c".into()), none.clone());
    let (_, balancer, _) = cases().into_iter().find(|c| c.0 == "delete_load_balancer").unwrap();
    refuse("delete_load_balancer", with(balancer, &|s| s["deletion_protection"] = true.into()), none.clone());
    let (_, image, _) = cases().into_iter().find(|c| c.0 == "deregister_image").unwrap();
    refuse("deregister_image", with(image, &|s| s["templates"] = json!(["web"])), none.clone());
    let (_, bucket, _) = cases().into_iter().find(|c| c.0 == "lifecycle_rule").unwrap();
    refuse(
        "lifecycle_rule",
        with(bucket.clone(), &|s| s["lifecycle"] = json!([{ "ID": "theirs" }])),
        json!({ "days": 7 }),
    );
    refuse("lifecycle_rule", with(bucket, &|s| s["lifecycle"] = json!(null)), json!({ "days": 7 }));
    let (_, group, _) = cases().into_iter().find(|c| c.0 == "log_retention").unwrap();
    refuse("log_retention", group, json!({ "days": 31 }));
    refuse("tag", volume(), json!({ "aws:x": "1" }));
    refuse("tag", volume(), json!({ "tollgate:keep": "1" }));
    refuse("tag", volume(), json!({ "a": "${step}" }));
    insta::assert_snapshot!(text);
}

#[test]
fn the_reference_lists_every_call_by_kind() {
    let text = crate::show::reference();
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/actions.md");
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/reference/actions.md is out of date: TOLLGATE_WRITE_DOCS=1 cargo test -p tollgate-actions writes it"
    );
}
