//! `policy-gate cost` and `policy-gate usage`: formats, groups, comparisons, and the usage file.

use serde_json::{Value, json};

use crate::support::{Run, folder, gate_in, gate_with, names, plans};

fn resource(address: &str, action: &str, before: &Value, after: &Value) -> Value {
    let kind = address.rsplit('.').nth(1).unwrap();
    json!({
        "address": address, "mode": "managed", "type": kind, "name": "x", "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": { "actions": [action], "before": before, "after": after, "after_unknown": {} },
    })
}

fn plan(resources: &[Value]) -> String {
    json!({
        "format_version": "1.2", "resource_changes": resources,
        "configuration": { "provider_config": { "aws": { "name": "aws", "expressions": { "region": { "constant_value": "us-east-1" } } } }, "root_module": {} },
    })
    .to_string()
}

fn instance(kind: &str, team: &str) -> Value {
    json!({ "instance_type": kind, "availability_zone": "us-east-1a", "tags": { "team": team }, "tags_all": { "team": team } })
}

fn web() -> String {
    let none = Value::Null;
    plan(&[
        resource("aws_instance.a", "update", &instance("m5.large", "web"), &instance("m5.xlarge", "web")),
        resource("module.jobs[\"x\"].aws_instance.b", "create", &none, &instance("m5.large", "data")),
        resource(
            "module.jobs[\"x\"].aws_sqs_queue.q",
            "create",
            &none,
            &json!({ "tags": {}, "tags_all": {}, "region": "us-east-1" }),
        ),
        resource("aws_quantum_device.d", "create", &none, &json!({ "name": "=HYPERLINK(\"x\")" })),
    ])
}

fn cost(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    let dir = folder(files);
    let run = gate_in(dir.path(), &[&["cost"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

/// Text without the amounts, which change with the prices.
fn without_amounts(text: &str) -> String {
    let mut out = String::new();
    let mut digits = false;
    for c in text.chars() {
        match (c.is_ascii_digit() || (digits && matches!(c, '.' | ',')), digits) {
            (true, false) => out.push('9'),
            (true, true) => {}
            (false, _) => out.push(c),
        }
        digits = c.is_ascii_digit() || (digits && matches!(c, '.' | ','));
    }
    out
}

#[test]
fn each_format_shows_every_resource_and_every_reason() {
    let plan = web();
    for format in ["text", "json", "csv", "markdown", "html"] {
        let run =
            cost(&[("plan.json", &plan), ("b.json", &plan)], &["plan.json", "b.json", "--all", "--format", format]);
        for wanted in ["aws_instance.a", "aws_sqs_queue.q", "aws_quantum_device.d", "has no price", "b.json"] {
            let text = run.stdout.replace('\\', "");
            assert!(text.contains(wanted), "{format} lacks {wanted}: {text}");
        }
        if ["text", "markdown", "html"].contains(&format) {
            assert!(run.stdout.contains("All projects"), "{format}: {}", run.stdout);
        }
    }
    let csv = cost(&[("plan.json", &plan)], &["plan.json", "--format", "csv"]).stdout;
    let rows: Vec<&str> = csv.lines().collect();
    assert!(
        rows[0].starts_with("project,address,type,module,service,region,action,component,quantity,currency,before_low")
    );
    assert!(
        rows.iter().any(|r| r.starts_with("plan.json,aws_instance.a,aws_instance,,Amazon EC2,us-east-1,update,")),
        "{csv}"
    );
    let html = cost(&[("plan.json", &plan)], &["plan.json", "--format", "html"]).stdout;
    assert!(html.starts_with("<!doctype html>") && !html.contains("http") && !html.contains("<script"), "{html}");
}

#[test]
fn json_has_its_schema() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/cost.schema.json");
    let schema = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let valid = |json: &Value| {
        let errors: Vec<String> =
            validator.iter_errors(json).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:?}");
    };
    for name in names() {
        valid(
            &gate_in(
                &plans(),
                &["cost", &format!("{name}/plan.json"), "--all", "--format", "json", "--group-by", "tag:team"],
            )
            .json(),
        );
    }
    let usage = "resource_usage:\n  aws_sqs_queue.q:\n    monthly_requests: 1\n  module.jobs[*].aws_instance.b:\n    vcpu_count: 2\n";
    let policy = "prices { usage = \"usage.yml\" }\n";
    let plan = web();
    valid(
        &cost(
            &[("plan.json", &plan), ("usage.yml", usage), ("tollgate.hcl", policy)],
            &["plan.json", "--format", "json"],
        )
        .json(),
    );
    assert!(!validator.is_valid(&json!({ "cost": 1 })));
}

#[test]
fn groups_are_modules_services_and_tags() {
    let plan = web();
    let group = |by: &str| {
        let json = cost(&[("plan.json", &plan)], &["plan.json", "--format", "json", "--group-by", by]).json();
        let groups = json[0]["groups"]["groups"].as_array().unwrap().clone();
        let mut out: Vec<String> = groups
            .iter()
            .map(|g| format!("{} {} {}", g["name"].as_str().unwrap(), g["resources"], g["unpriced"]))
            .collect();
        out.sort();
        out
    };
    assert_eq!(group("module"), ["(root module) 2 1", "module.jobs[\"x\"] 2 0"]);
    assert_eq!(group("service"), ["Amazon EC2 2 0", "Amazon SQS 1 0", "aws_quantum_device 1 1"]);
    assert_eq!(group("tag:team"), ["(not set) 1 0", "(takes no tags) 1 1", "data 1 0", "web 1 0"]);
    let text = cost(&[("plan.json", &plan)], &["plan.json", "--group-by", "service"]).stdout;
    let table: Vec<String> =
        without_amounts(&text).lines().skip_while(|l| !l.contains("service")).take(4).map(str::to_owned).collect();
    assert!(table[0].contains("Before") && table[1].contains("Amazon EC9"), "{text}");
    let dir = folder(&[("plan.json", &plan)]);
    let run = gate_in(dir.path(), &["cost", "plan.json", "--group-by", "team"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("tag:KEY"), "{}", run.stderr);
}

#[test]
fn a_run_is_compared_with_a_stored_one() {
    let dir = folder(&[]);
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    let none = Value::Null;
    let of = |kinds: &[(&str, &str)]| {
        let all: Vec<Value> = kinds
            .iter()
            .map(|(n, kind)| resource(&format!("aws_instance.{n}"), "create", &none, &instance(kind, "web")))
            .collect();
        plan(&all)
    };
    write("plan.json", &of(&[("same", "m5.large"), ("bigger", "m5.large"), ("gone", "m5.large")]));
    let stored = gate_in(dir.path(), &["cost", "plan.json", "--format", "json", "--all"]);
    write("main.json", &stored.stdout);
    write("plan.json", &of(&[("same", "m5.large"), ("bigger", "m5.2xlarge"), ("new", "m5.large")]));
    write("new.json", &of(&[("other", "m5.large")]));
    let run = gate_in(
        dir.path(),
        &["cost", "plan.json", "new.json", "--compare-to", "main.json", "--format", "json", "--all"],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    let shown: Vec<String> = json
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|p| p["cost"]["resources"].as_array().unwrap())
        .map(|r| {
            format!(
                "{} {} {}",
                r["address"].as_str().unwrap(),
                r["action"].as_str().unwrap(),
                r["change"]["likely"].as_str().unwrap().starts_with('-')
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "aws_instance.same no-op false",
            "aws_instance.bigger update false",
            "aws_instance.new create false",
            "aws_instance.gone delete true",
            "aws_instance.other create false"
        ]
    );
    assert_eq!(json[0]["cost"]["changing"], 3);
    // Against itself nothing changes.
    let again = gate_in(dir.path(), &["cost", "plan.json", "--format", "json", "--all"]);
    write("main.json", &again.stdout);
    let run = gate_in(dir.path(), &["cost", "plan.json", "--compare-to", "main.json"]);
    assert!(run.stdout.contains("no cost changes"), "{}", run.stdout);
    write("main.json", &again.stdout.replace("\"USD\"", "\"EUR\""));
    let run = gate_in(dir.path(), &["cost", "plan.json", "--compare-to", "main.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("EUR") && run.stderr.contains("hint"), "{}", run.stderr);
    write("main.json", "{}");
    let run = gate_in(dir.path(), &["cost", "plan.json", "--compare-to", "main.json"]);
    assert!(run.code == 2 && run.stderr.contains("main.json"), "{}", run.stderr);
}

#[test]
fn figures_that_no_estimate_reads_are_named() {
    let plan = web();
    let usage = "resource_type_default_usage:\n  aws_sqs_queue:\n    monthly_requests: 5000000\n    request_size_kb: 64\nresource_usage:\n  aws_quantum_device.d:\n    monthly_shots: 5\n";
    let policy = "prices { usage = \"usage.yml\" }\n";
    let run = cost(&[("plan.json", &plan), ("usage.yml", usage), ("tollgate.hcl", policy)], &["plan.json"]);
    assert!(
        run.stdout.contains("note: usage file, aws_quantum_device.d: the estimate does not read `monthly_shots`"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("`monthly_requests`"), "{}", run.stdout);
}

#[test]
fn faults_of_a_usage_file_have_file_line_and_hint() {
    let plan = web();
    let usage = "resource_usage:\n  aws_sqs_queue.q:\n    monthly_request: 5\n";
    let files =
        [("plan.json", plan.as_str()), ("usage.yml", usage), ("tollgate.hcl", "prices { usage = \"usage.yml\" }\n")];
    let dir = folder(&files);
    let run = gate_in(dir.path(), &["cost", "plan.json"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("usage.yml: line 3: `monthly_request` is no usage of aws_sqs_queue"), "{}", run.stderr);
    assert!(run.stderr.contains("did you mean `monthly_requests`?"), "{}", run.stderr);
    std::fs::write(dir.path().join("tollgate.hcl"), "").unwrap();
    let run = gate_in(dir.path(), &["cost", "plan.json", "--region", "us-east-9"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("`us-east-9` is no region") && run.stderr.contains("did you mean `us-east-1`?"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_usage_file_is_written_and_read_back() {
    let none = Value::Null;
    let queue = |key: &str| resource(&format!("module.a[\"{key}\"].aws_sqs_queue.q"), "create", &none, &json!({}));
    let mut function = resource(
        "aws_lambda_function.f",
        "no-op",
        &json!({ "id": "f", "arn": "arn:f", "memory_size": 128 }),
        &json!({ "id": "f", "arn": "arn:f", "memory_size": 128 }),
    );
    function["change"]["actions"] = json!(["no-op"]);
    let plan = plan(&[
        queue("x"),
        queue("y"),
        function,
        resource("aws_instance.i", "create", &none, &instance("m5.large", "web")),
    ]);
    let measured = json!({ "version": 1, "from": "2026-11-01", "to": "2026-12-01", "rows": [{ "resource": "arn:f", "meter": "Request", "quantity": "3000", "since": "2026-11-01" }] }).to_string();
    let dir = folder(&[("plan.json", &plan), ("use.json", &measured)]);
    let run = gate_in(dir.path(), &["usage", "init", "plan.json", "--measured", "use.json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout);
    let run = gate_in(dir.path(), &["usage", "init", "plan.json", "--output", "usage.yml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // It changes no estimate until a figure is filled in.
    let before = gate_in(dir.path(), &["cost", "plan.json", "--format", "json"]).stdout;
    std::fs::write(dir.path().join("tollgate.hcl"), "prices { usage = \"usage.yml\" }\n").unwrap();
    assert_eq!(gate_in(dir.path(), &["cost", "plan.json", "--format", "json"]).stdout, before);
    let text = std::fs::read_to_string(dir.path().join("usage.yml")).unwrap();
    std::fs::write(
        dir.path().join("usage.yml"),
        text.replace("# monthly_requests: 1000000", "monthly_requests: 900000000"),
    )
    .unwrap();
    assert_ne!(gate_in(dir.path(), &["cost", "plan.json", "--format", "json"]).stdout, before);
    let run = gate_in(dir.path(), &["usage", "init", "plan.json", "--output", "usage.yml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("exists"), "{}", run.stderr);
}

#[test]
fn data_transfer_is_estimated_from_the_file_and_from_measured_use() {
    let same = json!({ "id": "i-1", "instance_type": "m5.large", "tags": {} });
    let plan = plan(&[resource("aws_instance.i", "no-op", &same, &same)]);
    let usage = "resource_usage:\n  aws_data_transfer.main:\n    region: us-east-1\n    monthly_outbound_internet_gb: 100\n    monthly_intra_region_gb: 10\n";
    let policy = "prices { usage = \"usage.yml\" }\n";
    let measured = json!({ "version": 1, "from": "2026-11-01", "to": "2026-12-01", "rows": [{ "resource": "i-1", "meter": "DataTransfer-Out-Bytes", "quantity": "500", "since": "2026-11-01" }] }).to_string();
    let dir = folder(&[("plan.json", &plan), ("usage.yml", usage), ("tollgate.hcl", policy), ("use.json", &measured)]);
    let run = gate_with(dir.path(), &["cost", "plan.json", "--all", "--measured", "use.json"], &[], None);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let line = |name: &str, quantity: &str| {
        let found = run.stdout.lines().any(|l| l.contains(name) && l.contains(quantity));
        assert!(found, "{name} {quantity}: {}", run.stdout);
    };
    line("aws_data_transfer.main", "no-op");
    line("Data transfer to the internet", "100 GB, usage file");
    line("Data transfer between zones", "20 GB, usage file");
    line("Data transfer to the internet", "507 GB, measured");
}

#[test]
fn an_own_price_in_a_currency_without_a_rate_is_refused() {
    let policy = "prices {\n  own \"agreed\" {\n    sku      = \"aws/vm/linux/m5.large\"\n    unit     = \"hours\"\n    price    = 0.08\n    currency = \"EUR\"\n    since    = \"2026-01-01\"\n  }\n}\n";
    let plan = web();
    let dir = folder(&[("plan.json", &plan), ("tollgate.hcl", policy)]);
    let run = gate_in(dir.path(), &["cost", "plan.json"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("EUR") && run.stderr.contains("no exchange rate"), "{}", run.stderr);
}

#[test]
fn a_scaling_target_of_the_plan_sets_the_limits_of_its_cluster() {
    let none = Value::Null;
    let cluster = |more: &Value| {
        let mut all = json!({
            "number_of_broker_nodes": 2, "broker_node_group_info": [{ "instance_type": "kafka.m5.large", "ebs_volume_size": 100 }],
        });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let arn = "arn:aws:kafka:us-east-1:410000000001:cluster/known/1";
    let target = |resource: &Value| {
        json!({
            "resource_id": resource, "service_namespace": "kafka", "min_capacity": 1, "max_capacity": 300,
            "scalable_dimension": "kafka:broker-storage:VolumeSize",
        })
    };
    let mut all: Value = serde_json::from_str(&plan(&[
        resource("aws_msk_cluster.made", "create", &none, &cluster(&json!({}))),
        resource("aws_msk_cluster.known", "no-op", &cluster(&json!({ "arn": arn })), &cluster(&json!({ "arn": arn }))),
        resource("aws_msk_cluster.fixed", "create", &none, &cluster(&json!({}))),
        resource("aws_appautoscaling_target.made", "create", &none, &target(&none)),
        resource("aws_appautoscaling_target.known", "create", &none, &target(&json!(arn))),
    ]))
    .unwrap();
    let references = json!({ "resource_id": { "references": ["aws_msk_cluster.made.arn", "aws_msk_cluster.made"] } });
    all["configuration"]["root_module"]["resources"] = json!([{
        "address": "aws_appautoscaling_target.made", "mode": "managed", "type": "aws_appautoscaling_target", "name": "made",
        "expressions": references,
    }]);
    let run = cost(&[("plan.json", &all.to_string())], &["plan.json", "--all", "--format", "json"]);
    let out: Value = serde_json::from_str(&run.stdout).unwrap();
    let text = out.to_string();
    for (name, quantity) in [("made", "200 to 600 GB"), ("known", "200 to 600 GB"), ("fixed", "200 GB")] {
        let found = find(&out, &format!("aws_msk_cluster.{name}")).unwrap_or_else(|| panic!("{name}: {text}"));
        let storage = found["components"].as_array().unwrap().iter().find(|c| c["name"] == "Storage").unwrap();
        assert_eq!(storage["quantity"], quantity, "{name}: {storage}");
    }
}

/// Finds the object of an address anywhere in an answer.
fn find<'v>(value: &'v Value, address: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) if map.get("address").is_some_and(|a| a == address) => Some(value),
        Value::Object(map) => map.values().find_map(|inner| find(inner, address)),
        Value::Array(items) => items.iter().find_map(|inner| find(inner, address)),
        _ => None,
    }
}
