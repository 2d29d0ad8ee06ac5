//! Plans as programs and providers write them: what a verdict does not need never stops it, and what a plan leaves out is unknown.

use serde_json::{Value, json};

use crate::support::{Run, folder, gate_in};

const POLICY: &str =
    "tag_policy \"owners\" {\n  required    = [\"team\", \"environment\"]\n  propagation = \"ignore\"\n}\n";
const REGIONS: &str = "rule \"regions\" {\n  types   = [\"*\"]\n  deny    = !contains([\"us-west-2\", \"us-east-1\", \"westeurope\", \"europe-west1\"], resource.region)\n  message = \"${resource.region} is not allowed\"\n}\n";

fn tags() -> Value {
    json!({ "team": "web", "environment": "production" })
}

/// A resource that is created with attributes.
fn created(address: &str, after: &Value, unknown: &Value) -> Value {
    let (kind, name) = address.rsplit('.').next().map(|name| (address.rsplit('.').nth(1).unwrap(), name)).unwrap();
    let provider = match kind.split('_').next().unwrap() {
        "aws" => "aws",
        "azurerm" => "azurerm",
        _ => "google",
    };
    json!({
        "address": address, "mode": "managed", "type": kind, "name": name.split('[').next().unwrap(),
        "provider_name": format!("registry.terraform.io/hashicorp/{provider}"),
        "change": { "actions": ["create"], "before": null, "after": after, "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {} },
    })
}

/// A resource in the configuration of the root.
fn configured(address: &str, expressions: &Value) -> Value {
    let (kind, name) = address.split_once('.').unwrap();
    let provider = kind.split('_').next().unwrap();
    json!({ "address": address, "mode": "managed", "type": kind, "name": name, "provider_config_key": provider, "expressions": expressions })
}

fn plan(changes: &[Value], providers: &Value, root: &Value) -> Value {
    json!({
        "format_version": "1.2", "terraform_version": "1.14.0", "planned_values": {}, "resource_changes": changes,
        "configuration": { "provider_config": providers, "root_module": root },
    })
}

fn aws(expressions: &Value) -> Value {
    json!({ "aws": { "name": "aws", "full_name": "registry.terraform.io/hashicorp/aws", "expressions": expressions } })
}

fn region(name: &str) -> Value {
    aws(&json!({ "region": { "constant_value": name } }))
}

fn run(command: &str, policy: &str, plan: &Value, more: &[(&str, &str)]) -> Run {
    let text = plan.to_string();
    let files: Vec<(&str, &str)> =
        [("tollgate.hcl", policy), ("plan.json", text.as_str())].into_iter().chain(more.iter().copied()).collect();
    let dir = folder(&files);
    gate_in(dir.path(), &[command, "plan.json", "--format", "json"])
}

fn check(policy: &str, plan: &Value) -> Run {
    run("check", policy, plan, &[])
}

fn instance(after: &Value) -> Value {
    created("aws_instance.i", after, &json!({}))
}

fn tagged() -> Value {
    instance(&json!({ "instance_type": "t3.micro", "tags": tags(), "tags_all": tags() }))
}

/// The cost of each resource: address, likely amounts before and after, and why it is unpriced.
fn costs(plan: &Value, more: &[(&str, &str)]) -> Vec<String> {
    let run = run("cost", "", plan, more);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let amount = |v: &Value| v["likely"].as_str().unwrap_or("?").to_owned();
    let json = run.json();
    let line = |r: &Value| {
        let why = r["unpriced_reason"].as_str().map_or(String::new(), |why| format!(": {why}"));
        format!("{} {} -> {}{why}", r["address"].as_str().unwrap(), amount(&r["before"]), amount(&r["after"]))
    };
    json[0]["cost"]["resources"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn a_part_that_no_verdict_needs_never_stops_it() {
    let good =
        plan(&[tagged()], &region("us-east-1"), &json!({ "resources": [configured("aws_instance.i", &json!({}))] }));
    for (key, value) in [
        // Terraform 0.15.4 to 1.0.0 writes drift without addresses.
        (
            "resource_drift",
            json!([{ "mode": "managed", "type": "aws_instance", "name": "i", "change": { "actions": ["update"] } }]),
        ),
        ("resource_drift", json!({ "a": 1 })),
        ("resource_drift", json!([7, "x", null])),
        ("deferred_changes", json!([{ "reason": "unknown" }, 3])),
        ("variables", json!([1])),
        ("variables", json!({ "a": 5 })),
        ("prior_state", json!("none")),
        ("planned_values", json!(7)),
        ("output_changes", json!([])),
        ("checks", json!({ "b": [] })),
        ("relevant_attributes", json!(false)),
        ("complete", json!("yes")),
        ("applyable", json!(1)),
        ("errored", json!(null)),
        ("terraform_version", json!(1.5)),
        ("timestamp", json!([])),
        ("action_invocations", json!([{ "address": "action.aws_lambda_invoke.x" }])),
    ] {
        let mut odd = good.clone();
        odd[key] = value.clone();
        let run = check(POLICY, &odd);
        assert_eq!(run.code, 0, "{key} {value}: {}{}", run.stdout, run.stderr);
    }
    // Parts of an element.
    for (key, value) in [
        ("index", json!({})),
        ("previous_address", json!(3)),
        ("action_reason", json!([])),
        ("module_address", json!(1)),
    ] {
        let mut odd = good.clone();
        odd["resource_changes"][0][key] = value;
        assert_eq!(check(POLICY, &odd).code, 0, "{key}");
    }
    for (key, value) in [
        ("importing", json!(true)),
        ("replace_paths", json!("x")),
        ("generated_config", json!(1)),
        ("after_identity", json!(2)),
    ] {
        let mut odd = good.clone();
        odd["resource_changes"][0]["change"][key] = value;
        assert_eq!(check(POLICY, &odd).code, 0, "{key}");
    }
    // A data source that cannot be read is no resource.
    let mut odd = good.clone();
    odd["resource_changes"] = json!([{ "mode": "data", "type": 7 }, tagged()]);
    assert_eq!(check(POLICY, &odd).code, 0);
}

#[test]
fn a_resource_that_cannot_be_read_stops_the_verdict_with_its_place() {
    let mut odd = plan(&[tagged()], &region("us-east-1"), &json!({}));
    odd["resource_changes"] = json!([tagged(), { "mode": "managed", "type": "aws_instance" }]);
    let run = check(POLICY, &odd);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("plan.json: 1:") && run.stderr.contains("a resource change"), "{}", run.stderr);
    // An element without an address has one by its parts.
    let mut bare = tagged();
    bare.as_object_mut().unwrap().remove("address");
    bare["module_address"] = json!("module.a");
    bare["index"] = json!("k");
    bare["change"]["after"]["tags"] = json!({});
    bare["change"]["after"]["tags_all"] = json!({});
    let run = check(POLICY, &plan(&[bare], &region("us-east-1"), &json!({})));
    assert!(run.findings()[0].contains("module.a.aws_instance.i[\"k\"]"), "{:?}", run.findings());
}

#[test]
fn a_configuration_that_cannot_be_read_leaves_tags_unknown() {
    let untagged = instance(&json!({ "instance_type": "t3.micro", "tags": null }));
    for (what, providers, root) in [
        ("all", json!(7), json!("none")),
        (
            "a provider",
            json!({ "aws": { "name": 5 } }),
            json!({ "resources": [configured("aws_instance.i", &json!({}))] }),
        ),
        (
            "a resource, and the provider has default tags",
            aws(&json!({ "default_tags": [{ "tags": { "references": ["var.tags"] } }] })),
            json!({ "resources": [{ "mode": 1 }] }),
        ),
    ] {
        let run = check(POLICY, &plan(std::slice::from_ref(&untagged), &providers, &root));
        assert_eq!(run.code, 0, "{what}: {}{}", run.stdout, run.stderr);
        assert!(run.findings().iter().all(|f| f.starts_with("tag-unknown warns")), "{what}: {:?}", run.findings());
    }
}

#[test]
fn plans_of_hcp_terraform_are_named() {
    for (file, message) in [
        (
            json!({ "plan_format_version": "1.1", "resource_changes": [], "provider_schemas": {}, "provider_format_version": "1.0" }),
            "redacted plan of HCP Terraform",
        ),
        (
            json!({ "remote_plan_format": 1, "run_id": "run-1", "hostname": "app.terraform.io" }),
            "saved plan of HCP Terraform",
        ),
    ] {
        let run = check(POLICY, &file);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(message) && run.stderr.contains("json-output"), "{}", run.stderr);
    }
}

/// Terraform 0.13 to 1.0 lists `required_providers` of modules among the configurations.
#[test]
fn required_providers_of_a_module_are_no_configuration() {
    let of = |providers: Value, key: &str| {
        let mut change = created(
            "module.a.module.b.aws_instance.i",
            &json!({ "instance_type": "m5.large", "tags": null }),
            &json!({ "tags_all": true }),
        );
        change["module_address"] = json!("module.a.module.b");
        let resource = json!({ "mode": "managed", "type": "aws_instance", "name": "i", "provider_config_key": key, "expressions": {} });
        let root = json!({ "module_calls": { "a": { "module": { "module_calls": { "b": { "module": { "resources": [resource] } } } } } } });
        plan(&[change], &providers, &root)
    };
    let defaults = json!([{ "tags": { "constant_value": tags() } }]);
    let root = json!({ "name": "aws", "expressions": { "region": { "constant_value": "us-west-2" }, "default_tags": defaults } });
    let required = |module: &str| json!({ "name": "aws", "module_address": module, "version_constraint": ">= 3.0" });
    let nested = json!({ "aws": root, "module.a:aws": required("module.a"), "module.a.module.b:aws": required("module.a.module.b") });
    for key in ["b:aws", "module.a.module.b:aws", "aws"] {
        let run = check(&format!("{POLICY}{REGIONS}"), &of(nested.clone(), key));
        assert_eq!((run.code, run.findings().len()), (0, 0), "{key}: {:?}", run.findings());
    }
    // A module that configures its provider itself does not inherit.
    let mut own = nested;
    own["module.a.module.b:aws"]["expressions"] = json!({ "region": { "constant_value": "sa-east-1" } });
    let run = check(&format!("{POLICY}{REGIONS}"), &of(own, "b:aws"));
    assert_eq!(run.code, 1);
    assert_eq!(run.findings().iter().filter(|f| f.starts_with("tag-missing")).count(), 2, "{:?}", run.findings());
}

#[test]
fn default_tags_in_a_dynamic_block_are_unknown() {
    let source = "provider \"aws\" {\n  region = \"us-east-1\"\n  dynamic \"default_tags\" {\n    for_each = [1]\n    content {\n      tags = var.defaults\n    }\n  }\n}\nresource \"aws_instance\" \"i\" {}\n";
    let of = |after: &Value, unknown: &Value| {
        plan(
            &[created("aws_instance.i", after, unknown)],
            &region("us-east-1"),
            &json!({ "resources": [configured("aws_instance.i", &json!({}))] }),
        )
    };
    let unknown = json!({ "tags_all": true });
    let named = of(&json!({ "instance_type": "t3.micro", "tags": { "Name": "x" } }), &unknown);
    let bare = of(&json!({ "instance_type": "t3.micro", "tags": null }), &unknown);
    for (plan, files) in [(&named, vec![]), (&named, vec![("main.tf", source)]), (&bare, vec![("main.tf", source)])] {
        let run = run("check", POLICY, plan, &files);
        assert_eq!(run.code, 0, "{:?}", run.findings());
        assert!(run.findings().iter().all(|f| f.starts_with("tag-unknown warns")), "{:?}", run.findings());
        assert!(run.stdout.contains("default_tags"), "{}", run.stdout);
    }
    // Without tags, `tags_all` is unknown whatever the defaults are: the plan has none.
    assert_eq!(check(POLICY, &bare).code, 1);
    let known = of(&json!({ "tags": { "Name": "x" }, "tags_all": { "Name": "x" } }), &json!({}));
    assert_eq!(check(POLICY, &known).code, 1);
    let empty = of(&json!({ "tags": { "Name": "" } }), &unknown);
    assert_eq!(check(POLICY, &empty).code, 1);
}

#[test]
fn a_zone_lies_in_a_region() {
    let zoned = |address: &str, key: &str, zone: &str| {
        created(address, &json!({ key: zone, "size": 10, "tags": tags() }), &json!({}))
    };
    let changes = [
        zoned("aws_ebs_volume.local", "availability_zone", "us-west-2-lax-1a"),
        zoned("aws_ebs_volume.wavelength", "availability_zone", "us-east-1-wl1-bos-wlz-1"),
        zoned("aws_ebs_volume.usual", "availability_zone", "us-east-1b"),
        zoned("google_compute_disk.d", "zone", "europe-west1-b"),
        zoned("google_container_cluster.c", "location", "europe-west1-d"),
        created("azurerm_managed_disk.d", &json!({ "location": "westeurope", "zone": "1" }), &json!({})),
    ];
    let run = check(REGIONS, &plan(&changes, &region("sa-east-1"), &json!({})));
    assert_eq!((run.code, run.findings().len()), (0, 0), "{:?}", run.findings());
    let elsewhere = zoned("aws_ebs_volume.local", "availability_zone", "eu-central-1-ham-1a");
    assert_eq!(check(REGIONS, &plan(&[elsewhere], &region("us-east-1"), &json!({}))).code, 1);
}

#[test]
fn a_region_comes_from_variables() {
    let of = |value: Value, references: &[&str]| {
        let providers = aws(&json!({ "region": { "references": references } }));
        let mut plan =
            plan(&[tagged()], &providers, &json!({ "resources": [configured("aws_instance.i", &json!({}))] }));
        plan["variables"] = value;
        plan
    };
    let found = |plan: &Value| run("cost", "", plan, &[]).json()[0]["cost"]["resources"][0]["region"].clone();
    let plain = json!({ "region": { "value": "sa-east-1" } });
    assert_eq!(found(&of(plain.clone(), &["var.region"])), "sa-east-1");
    let nested = json!({ "site": { "value": { "main": { "region": "eu-west-3" } } } });
    assert_eq!(found(&of(nested, &["var.site.main.region", "var.site.main", "var.site"])), "eu-west-3");
    // What an expression makes of a variable is not in the plan.
    assert_eq!(found(&of(json!({ "region": { "value": "sa-east" } }), &["var.region"])), Value::Null);
    assert_eq!(found(&of(plain, &["var.region", "var.other"])), Value::Null);
    let mut default = of(json!({}), &["var.region"]);
    default["configuration"]["root_module"]["variables"] = json!({ "region": { "default": "us-west-2" } });
    assert_eq!(found(&default), "us-west-2");
}

/// Since version 6 of the AWS provider, each resource has a region.
#[test]
fn the_region_of_a_resource_is_before_that_of_its_provider() {
    let expressions = json!({ "region": { "references": ["var.region"] } });
    let of = |after: Value, unknown: Value| {
        let root = json!({ "resources": [configured("aws_instance.i", &expressions)] });
        plan(&[created("aws_instance.i", &after, &unknown)], &region("us-east-1"), &root)
    };
    let found = |plan: &Value| run("cost", "", plan, &[]).json()[0]["cost"]["resources"][0]["region"].clone();
    assert_eq!(found(&of(json!({ "instance_type": "t3.micro", "region": "eu-west-1" }), json!({}))), "eu-west-1");
    assert_eq!(found(&of(json!({ "instance_type": "t3.micro" }), json!({ "region": true }))), Value::Null);
    // The location of a connection is a building.
    let root = json!({ "resources": [configured("aws_dx_connection.c", &json!({}))] });
    let connection = created("aws_dx_connection.c", &json!({ "location": "EqDC2", "bandwidth": "1Gbps" }), &json!({}));
    assert_eq!(found(&plan(&[connection], &region("us-east-1"), &root)), "us-east-1");
}

#[test]
fn an_azure_resource_without_a_location_is_where_its_parents_are() {
    let group = created("azurerm_resource_group.g", &json!({ "name": "g", "location": "westeurope" }), &json!({}));
    let cluster = created(
        "azurerm_kubernetes_cluster.c",
        &json!({ "location": "westeurope", "default_node_pool": [{ "vm_size": "Standard_D2_v2", "node_count": 1 }] }),
        &json!({}),
    );
    let pool = created(
        "azurerm_kubernetes_cluster_node_pool.p",
        &json!({ "vm_size": "Standard_D2_v2", "node_count": 1 }),
        &json!({ "kubernetes_cluster_id": true }),
    );
    let references = json!({ "kubernetes_cluster_id": { "references": ["azurerm_kubernetes_cluster.c.id", "azurerm_kubernetes_cluster.c"] } });
    let root = json!({ "resources": [configured("azurerm_kubernetes_cluster_node_pool.p", &references)] });
    // Version 4 of the provider requires a subscription and has no default region.
    let providers = json!({ "azurerm": { "name": "azurerm", "full_name": "registry.terraform.io/hashicorp/azurerm", "expressions": { "features": [{}], "subscription_id": { "references": ["var.subscription"] } } } });
    let run = run("cost", "", &plan(&[group, cluster, pool], &providers, &root), &[]);
    let json = run.json();
    let regions: Vec<&Value> = json[0]["cost"]["resources"].as_array().unwrap().iter().map(|r| &r["region"]).collect();
    assert_eq!(regions, ["westeurope", "westeurope"]);
}

fn group(launch_template: &Value, unknown: &Value) -> Value {
    let after = json!({ "name": "g", "min_size": 2, "max_size": 2, "desired_capacity": 2, "launch_template": [launch_template] });
    created("aws_autoscaling_group.g", &after, unknown)
}

fn template() -> Value {
    created("aws_launch_template.l", &json!({ "name": "l", "instance_type": "m5.large" }), &json!({ "id": true }))
}

#[test]
fn a_launch_template_is_found_through_variables_and_outputs() {
    let unknown = json!({ "launch_template": [{ "id": true }] });
    let mut inside = group(&json!({ "version": "$Latest" }), &unknown);
    inside["address"] = json!("module.web.module.group.aws_autoscaling_group.g");
    let mut of_module = template();
    of_module["address"] = json!("module.template.aws_launch_template.l");
    let references = |names: &[&str]| json!({ "references": names });
    let resource = json!({ "mode": "managed", "type": "aws_autoscaling_group", "name": "g", "provider_config_key": "aws", "expressions": { "launch_template": [{ "id": references(&["var.template_id"]) }] } });
    let root = json!({ "module_calls": {
        "template": { "module": { "outputs": { "id": { "expression": references(&["aws_launch_template.l.id", "aws_launch_template.l"]) } } } },
        "web": {
            "expressions": { "template": references(&["module.template.id", "module.template"]) },
            "module": { "module_calls": { "group": { "expressions": { "template_id": references(&["var.template"]) }, "module": { "resources": [resource] } } } },
        },
    } });
    let found = costs(&plan(&[of_module, inside], &region("us-east-1"), &root), &[]);
    assert!(
        found.iter().any(|line| line.starts_with("module.web.module.group.aws_autoscaling_group.g 0 -> 1")),
        "{found:?}"
    );
}

#[test]
fn a_dynamic_block_is_read_in_the_sources_or_named() {
    let unknown = json!({ "launch_template": [{ "id": true }] });
    let root = json!({ "resources": [configured("aws_launch_template.l", &json!({})), configured("aws_autoscaling_group.g", &json!({}))] });
    let plan = plan(&[template(), group(&json!({ "version": "$Latest" }), &unknown)], &region("us-east-1"), &root);
    let without = costs(&plan, &[]);
    let group = without.iter().find(|line| line.starts_with("aws_autoscaling_group.g")).unwrap();
    assert!(group.contains("which") && !group.contains("not in this plan"), "{without:?}");
    let source = "locals { template = aws_launch_template.l.id }\nresource \"aws_launch_template\" \"l\" {}\nresource \"aws_autoscaling_group\" \"g\" {\n  dynamic \"launch_template\" {\n    for_each = [1]\n    content {\n      id = local.template\n    }\n  }\n}\n";
    let with = costs(&plan, &[("main.tf", source)]);
    assert!(with.iter().any(|line| line.starts_with("aws_autoscaling_group.g 0 -> 1")), "{with:?}");
}

#[test]
fn tags_that_other_resources_attach_count() {
    let tag = |key: &str, value: &str, name: Option<&str>| {
        let after = json!({ "autoscaling_group_name": name, "tag": [{ "key": key, "value": value, "propagate_at_launch": true }] });
        created(
            "aws_autoscaling_group_tag.t",
            &after,
            &if name.is_some() { json!({}) } else { json!({ "autoscaling_group_name": true }) },
        )
    };
    let mut group = group(&json!({ "id": "lt-1" }), &json!({}));
    group["change"]["after"]["tag"] = json!([{ "key": "team", "value": "web", "propagate_at_launch": true }]);
    let references = json!({ "autoscaling_group_name": { "references": ["aws_autoscaling_group.g.name", "aws_autoscaling_group.g"] } });
    let root = |of: &Value| json!({ "resources": [configured("aws_autoscaling_group.g", &json!({})), configured("aws_autoscaling_group_tag.t", of)] });
    let findings = |tag: Value, of: &Value| {
        let run = check(POLICY, &plan(&[group.clone(), tag], &region("us-east-1"), &root(of)));
        run.findings().into_iter().filter(|f| f.contains(" environment")).collect::<Vec<String>>()
    };
    assert!(findings(tag("environment", "production", None), &references).is_empty());
    assert!(findings(tag("environment", "production", Some("g")), &json!({})).is_empty());
    // One that may be of any group leaves the tag unknown; one of another group changes nothing.
    let unknown = findings(tag("environment", "production", None), &json!({}));
    assert!(unknown[0].starts_with("tag-unknown warns"), "{unknown:?}");
    let missing = findings(tag("environment", "production", Some("other")), &json!({}));
    assert!(missing[0].starts_with("tag-missing blocks"), "{missing:?}");
    let by_id = created(
        "aws_ec2_tag.t",
        &json!({ "key": "environment", "value": "production" }),
        &json!({ "resource_id": true }),
    );
    let instance =
        instance(&json!({ "instance_type": "t3.micro", "tags": { "team": "web" }, "tags_all": { "team": "web" } }));
    let of = json!({ "resources": [configured("aws_instance.i", &json!({})), configured("aws_ec2_tag.t", &json!({ "resource_id": { "references": ["aws_instance.i.id", "aws_instance.i"] } }))] });
    let run = check(POLICY, &plan(&[instance, by_id], &region("us-east-1"), &of));
    assert_eq!((run.code, run.findings().len()), (0, 0), "{:?}", run.findings());
}

#[test]
fn a_tag_of_blanks_is_empty() {
    for blank in ["", "   ", "\u{200b}", "\t"] {
        let tags = json!({ "team": blank, "environment": "production" });
        let run = check(
            POLICY,
            &plan(&[instance(&json!({ "tags": tags, "tags_all": tags }))], &region("us-east-1"), &json!({})),
        );
        assert_eq!(run.findings(), ["tag-empty blocks aws_instance.i team"], "{blank:?}");
    }
}

#[test]
fn a_deposed_object_costs_until_it_is_deleted() {
    let attributes = json!({ "instance_type": "m5.large" });
    let mut deposed = instance(&json!(null));
    deposed["deposed"] = json!("1a2b3c4d");
    deposed["change"]["actions"] = json!(["delete"]);
    deposed["change"]["before"] = attributes.clone();
    let mut live = instance(&attributes);
    live["change"]["actions"] = json!(["no-op"]);
    live["change"]["before"] = attributes;
    let plan = plan(&[live, deposed], &region("us-east-1"), &json!({}));
    let found = costs(&plan, &[]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].ends_with("-> 0") && !found[1].contains(" 0 ->"), "{found:?}");
    let text = run("cost", "", &plan, &[]).json();
    assert_eq!(text[0]["cost"]["resources"][1]["deposed"], "1a2b3c4d");
    assert!(text[0]["cost"]["change"]["likely"].as_str().unwrap().starts_with('-'));
}

#[test]
fn an_attribute_that_cannot_be_read_stops_only_what_needs_it() {
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let dir = |text: &str| folder(&[("tollgate.hcl", POLICY), ("plan.json", text)]);
    let text = plan(&[tagged()], &region("us-east-1"), &json!({})).to_string();
    let body = text.replace("\"instance_type\":\"t3.micro\"", &format!("\"body\":{deep}"));
    assert_eq!(gate_in(dir(&body).path(), &["check", "plan.json"]).code, 0);
    let tags = text.replacen("\"tags\":{", &format!("\"tags\":{deep},\"other\":{{"), 1);
    let run = gate_in(dir(&tags).path(), &["check", "plan.json"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("cannot be read"), "{}", run.stderr);
}

/// Formats after the documentation of Terraform 1.14, OpenTofu 1.11 and their providers.
#[test]
fn newer_formats_are_read() {
    let ephemeral = json!({ "address": "ephemeral.aws_secretsmanager_secret_version.s", "mode": "ephemeral", "type": "aws_secretsmanager_secret_version", "name": "s", "change": { "actions": ["open"], "before": null, "after": null } });
    let mut identity = tagged();
    identity["change"]["actions"] = json!(["no-op"]);
    identity["change"]["before"] = identity["change"]["after"].clone();
    identity["change"]["importing"] = json!({ "identity": { "id": "i-1" } });
    identity["change"]["after_identity"] = json!({ "id": "i-1" });
    let mut forgotten = tagged();
    forgotten["address"] = json!("aws_instance.gone");
    forgotten["change"]["actions"] = json!(["forget"]);
    let mut plan = plan(
        &[ephemeral, identity, forgotten],
        &region("us-east-1"),
        &json!({ "resources": [configured("aws_instance.i", &json!({}))] }),
    );
    plan["configuration"]["root_module"]["actions"] = json!([{ "address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke", "name": "x", "expressions": {} }]);
    plan["action_invocations"] = json!([{ "address": "action.aws_lambda_invoke.x", "lifecycle_action_trigger": { "triggering_resource_address": "aws_instance.i" } }]);
    plan["deferred_action_invocations"] = json!([]);
    plan["deferred_changes"] = json!([{ "reason": "provider_config_unknown", "resource_change": tagged() }]);
    for version in ["1.0", "1.2", "1.3", "1.9", "1"] {
        plan["format_version"] = json!(version);
        let run = check(POLICY, &plan);
        assert_eq!(run.code, 0, "{version}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.json()["plans"][0]["actions"]["forget"], 1);
    }
    // The OpenTofu registry, and labels of versions 6 and 7 of the Google provider.
    let mut bucket = created(
        "google_storage_bucket.b",
        &json!({ "location": "EU", "labels": tags(), "effective_labels": tags(), "terraform_labels": tags() }),
        &json!({}),
    );
    bucket["provider_name"] = json!("registry.opentofu.org/hashicorp/google");
    let attribution = json!({ "google": { "name": "google", "full_name": "registry.opentofu.org/hashicorp/google", "expressions": { "add_terraform_attribution_label": { "constant_value": true }, "default_labels": { "constant_value": { "env": "x" } } } } });
    let run = check(
        POLICY,
        &self::plan(
            &[bucket],
            &attribution,
            &json!({ "resources": [configured("google_storage_bucket.b", &json!({}))] }),
        ),
    );
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

/// OpenTofu's `for_each` of providers: the plan contains neither the instances nor which one a resource uses.
#[test]
fn an_instance_of_a_provider_has_its_region_by_the_sources() {
    let found = |run: &Run| {
        let json = run.json();
        let resources = json[0]["cost"]["resources"].as_array().unwrap().clone();
        resources.iter().map(|r| r["region"].as_str().unwrap_or("?").to_owned()).collect::<Vec<_>>()
    };
    let with = gate_in(&crate::support::plans(), &["cost", "opentofu-for-each/plan.json", "--all", "--format", "json"]);
    assert_eq!(found(&with), ["eu-west-1", "us-east-1"]);
    let text = std::fs::read_to_string(crate::support::plans().join("opentofu-for-each/plan.json")).unwrap();
    let alone = folder(&[("plan.json", &text)]);
    let without = gate_in(alone.path(), &["cost", "plan.json", "--all", "--format", "json"]);
    assert_eq!(found(&without), ["?", "?"]);
}

#[test]
fn a_second_document_is_refused_and_other_text_after_the_plan_is_not() {
    let one = plan(&[tagged()], &region("us-east-1"), &json!({})).to_string();
    let two = format!("{one}\n\n  {one}");
    for command in ["check", "cost"] {
        let dir = folder(&[("tollgate.hcl", POLICY), ("plan.json", &two)]);
        let run = gate_in(dir.path(), &[command, "plan.json"]);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code == 2 && shown.contains("3:3: a second document begins here"), "{} {shown}", run.code);
        let wrapped = format!("{one}\n::debug::stdout: {{}}\n");
        let dir = folder(&[("tollgate.hcl", POLICY), ("plan.json", &wrapped)]);
        assert_eq!(gate_in(dir.path(), &[command, "plan.json"]).code, 0);
    }
}

#[test]
fn a_creation_costs_nothing_before_and_a_deletion_nothing_after() {
    let attributes = json!({ "instance_type": "m5.large", "availability_zone": "us-east-1a" });
    let both = |action: &str| {
        let mut change = instance(&attributes);
        change["change"]["actions"] = json!([action]);
        change["change"]["before"] = attributes.clone();
        plan(&[change], &region("us-east-1"), &json!({}))
    };
    let costs_of = |plan: &Value| costs(plan, &[]).remove(0);
    let (created, deleted) = (costs_of(&both("create")), costs_of(&both("delete")));
    assert!(created.starts_with("aws_instance.i 0 -> ") && !created.ends_with(" 0"), "{created}");
    assert!(deleted.ends_with(" -> 0") && !deleted.contains("i 0 ->"), "{deleted}");
}

/// The region of each resource, and the notes of the cost in text.
fn regions_and_text(plan: &Value) -> (Vec<String>, String) {
    let json = run("cost", "", plan, &[]).json();
    let name = |r: &Value| r["region"].as_str().unwrap_or("-").to_owned();
    let regions = json[0]["cost"]["resources"].as_array().unwrap().iter().map(name).collect();
    let dir = folder(&[("plan.json", &plan.to_string())]);
    (regions, gate_in(dir.path(), &["cost", "plan.json"]).stdout)
}

#[test]
fn links_to_google_zones_and_regions_name_the_region() {
    let zone = "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west4-a";
    let provider = json!({ "google": { "name": "google", "expressions": { "region": { "constant_value": "projects/p/regions/us-east4" } } } });
    let size = json!({ "size": 100, "type": "pd-ssd" });
    let with = |name: &str, key: &str, value: &str| {
        let mut after = size.clone();
        after[key] = json!(value);
        created(&format!("google_compute_disk.{name}"), &after, &json!({}))
    };
    let changes = [
        with("a", "zone", zone),
        with("b", "zone", "projects/p/zones/us-central1-a"),
        with("c", "region", "projects/p/regions/asia-east1"),
        with("d", "region", ""),
    ];
    let root: Vec<Value> =
        ["a", "b", "c", "d"].map(|n| configured(&format!("google_compute_disk.{n}"), &json!({}))).to_vec();
    let (regions, text) = regions_and_text(&plan(&changes, &provider, &json!({ "resources": root })));
    assert_eq!(regions, ["europe-west4", "us-central1", "asia-east1", "us-east4"], "{text}");
}

#[test]
fn a_cost_names_what_it_does_not_know() {
    // A region that prices do not know.
    let root = json!({ "resources": [configured("aws_instance.i", &json!({}))] });
    let one = plan(&[instance(&json!({ "instance_type": "m5.large" }))], &region("us-east-9"), &root);
    let (_, text) = regions_and_text(&one);
    assert!(
        text.contains("note: 1 resource is in `us-east-9`") && text.contains("did you mean `us-east-1`?"),
        "{text}"
    );
    // No region at all.
    let one = plan(&[instance(&json!({ "instance_type": "m5.large" }))], &json!({}), &json!({}));
    let (_, text) = regions_and_text(&one);
    assert!(text.contains("note: 1 resource has no known region") && text.contains("--region"), "{text}");
    // Locations that are wider than a region are no mistake.
    let bucket =
        created("google_storage_bucket.b", &json!({ "location": "EU", "storage_class": "STANDARD" }), &json!({}));
    let (_, text) = regions_and_text(&plan(&[bucket], &json!({}), &json!({})));
    assert!(!text.contains("note:"), "{text}");
    // Changes that the plan does not show.
    let mut later = plan(&[], &region("us-east-1"), &json!({}));
    later["deferred_changes"] = json!([{ "reason": "instance_count_unknown", "resource_change": tagged() }]);
    let (_, text) = regions_and_text(&later);
    assert!(text.contains("no cost changes\nnote: 1 resource is deferred: the next plan shows the cost\n"), "{text}");
    later["errored"] = json!(true);
    let (_, text) = regions_and_text(&later);
    assert!(text.contains("note: planning failed, so the plan does not show the whole change"), "{text}");
}

#[test]
fn sums_say_where_they_leave_resources_out() {
    let known = instance(&json!({ "instance_type": "m5.large" }));
    let (_, text) = regions_and_text(&plan(std::slice::from_ref(&known), &region("us-east-1"), &json!({})));
    assert!(text.contains(" a month\n\n") && !text.contains("only"), "{text}");
    let unknown = created("aws_quantum_device.d", &json!({}), &json!({}));
    let (_, text) = regions_and_text(&plan(&[known, unknown], &region("us-east-1"), &json!({})));
    assert!(text.contains(" a month, fully priced resources only\n"), "{text}");
}

#[test]
fn a_size_out_of_range_says_so() {
    for size in [json!(-5), json!(1e30)] {
        let volume = created("aws_ebs_volume.v", &json!({ "size": size, "type": "gp3" }), &json!({}));
        let (_, text) = regions_and_text(&plan(&[volume], &region("us-east-1"), &json!({})));
        assert!(text.contains("`size` is out of range"), "{text}");
    }
}
