//! Fixes: tags where they belong, everything else as it was, and nothing that was not tried.

use crate::support::{copy, folder, gate_in};

fn written(dir: &std::path::Path, arguments: &[&str]) -> String {
    let run = gate_in(dir, &[&["fix", "plan.json"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn tags_go_to_the_resource_and_align() {
    let dir = copy("dynamic-blocks");
    insta::assert_snapshot!(written(dir.path(), &["--set", "environment=production"]));
}

/// What is written is what is offered, once: the plan is then older than the sources.
#[test]
fn what_is_written_is_not_offered_again() {
    let dir = copy("dynamic-blocks");
    let before = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    let set = ["--set", "environment=production"];
    written(dir.path(), &set);
    assert_eq!(before, std::fs::read_to_string(dir.path().join("main.tf")).unwrap());
    written(dir.path(), &[&set[..], &["--write"]].concat());
    let after = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    assert_ne!(before, after);
    assert_eq!(written(dir.path(), &[&set[..], &["--write"]].concat()), "");
    // `check` says so instead of pointing to a line that is right.
    let run = gate_in(dir.path(), &["check", "plan.json"]);
    for part in [
        "the sources already satisfy the policy for `",
        "note: the plan is older than the sources: write it again, then check again\n",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("policy-gate fix"), "{}", run.stdout);
    assert_eq!(after, std::fs::read_to_string(dir.path().join("main.tf")).unwrap());
}

/// A wrong owner is worse than none: what another resource has is an example, never the value.
#[test]
fn a_value_of_another_resource_is_never_taken() {
    let tags = |tags: serde_json::Value| serde_json::json!({"tags": tags, "tags_all": tags});
    let plan = plan_of(
        &[
            ("aws_s3_bucket.reports", "aws_s3_bucket", tags(serde_json::json!({"team": "platform"}))),
            ("aws_sns_topic.a", "aws_sns_topic", tags(serde_json::json!({}))),
            ("aws_sns_topic.b", "aws_sns_topic", tags(serde_json::json!({"team": ""}))),
        ],
        serde_json::json!({"name": "aws"}),
    );
    let sources = "provider \"aws\" {}\nresource \"aws_s3_bucket\" \"reports\" {\n  tags = { team = \"platform\" }\n}\nresource \"aws_sns_topic\" \"a\" {}\nresource \"aws_sns_topic\" \"b\" {\n  tags = { team = \"\" }\n}\n";
    let policy = "tag_policy \"t\" { required = [\"team\"] }\n";
    let dir = folder(&[("plan.json", &plan), ("main.tf", sources), ("tollgate.hcl", policy)]);
    let run = gate_in(dir.path(), &["fix", "plan.json", "--write"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(dir.path().join("main.tf")).unwrap(), sources);
    let choose =
        "2 findings need a value for `team`: choose it with --set team=VALUE (this plan also uses \"platform\")";
    assert!(run.stderr.contains(choose), "{}", run.stderr);
    // Neither does a comment or a report offer it.
    let checked = gate_in(dir.path(), &["check", "plan.json"]);
    assert!(!checked.stdout.contains("team = \"platform\""), "{}", checked.stdout);
    assert!(written(dir.path(), &["--set", "team=web"]).contains("team = \"web\""));
}

fn plan_of(resources: &[(&str, &str, serde_json::Value)], provider: serde_json::Value) -> String {
    let changes: Vec<serde_json::Value> = resources
        .iter()
        .map(|(address, kind, after)| {
            let module = address.rsplit_once(&format!(".{kind}")).map(|(m, _)| m).filter(|m| m.starts_with("module."));
            serde_json::json!({"address": address, "module_address": module, "mode": "managed", "type": kind,
                "name": address.rsplit('.').next(), "provider_name": "registry.terraform.io/hashicorp/aws",
                "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {"arn": true}}})
        })
        .collect();
    let configured: Vec<serde_json::Value> = resources
        .iter()
        .filter(|(address, ..)| !address.starts_with("module."))
        .map(|(address, kind, _)| {
            serde_json::json!({"address": address, "mode": "managed", "type": kind, "name": address.rsplit('.').next(),
                "provider_config_key": "aws", "expressions": {}})
        })
        .collect();
    let calls: serde_json::Map<String, serde_json::Value> = resources
        .iter()
        .filter_map(|(address, kind, _)| {
            let name = address.strip_prefix("module.")?.split('.').next()?;
            Some((name.to_owned(), serde_json::json!({"module": {"resources": [{"mode": "managed", "type": kind,
                "name": address.rsplit('.').next(), "provider_config_key": format!("module.{name}:aws"), "expressions": {}}]}})))
        })
        .collect();
    serde_json::json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": changes,
        "configuration": {"provider_config": {"aws": provider}, "root_module": {"resources": configured, "module_calls": calls}}})
    .to_string()
}

#[test]
fn what_several_resources_lack_goes_to_the_defaults_of_the_provider() {
    let bare = serde_json::json!({"tags": null, "tags_all": {}});
    let plan = plan_of(
        &[("aws_sns_topic.a", "aws_sns_topic", bare.clone()), ("aws_sqs_queue.b", "aws_sqs_queue", bare)],
        serde_json::json!({"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}),
    );
    let sources = "provider \"aws\" {\n  region = \"eu-west-1\" # home\n}\n\nresource \"aws_sns_topic\" \"a\" {}\nresource \"aws_sqs_queue\" \"b\" {}\n";
    let policy = "tag_policy \"t\" { required = [\"team\", \"cost:center\"] }\n";
    let dir = folder(&[("plan.json", &plan), ("main.tf", sources), ("tollgate.hcl", policy)]);
    insta::assert_snapshot!(written(dir.path(), &["--set", "team=web", "--set", "cost:center=4711", "--write"]));
}

#[test]
fn a_module_that_takes_tags_is_given_them() {
    let plan = plan_of(
        &[(
            "module.web.aws_lb.this",
            "aws_lb",
            serde_json::json!({"tags": {"Name": "web"}, "tags_all": {"Name": "web"}}),
        )],
        serde_json::json!({"name": "aws"}),
    );
    let module = "variable \"tags\" {\n  type    = map(string)\n  default = {}\n}\n\nresource \"aws_lb\" \"this\" {\n  tags = merge({ Name = \"web\" }, var.tags)\n}\n";
    let policy = "tag_policy \"t\" { required = [\"team\"] }\n";
    for (call, shown) in [
        ("module \"web\" {\n  source = \"./web\"\n}\n", "without"),
        ("module \"web\" {\n  source = \"./web\"\n  tags   = { owner = \"jane\" }\n}\n", "inline"),
        (
            "locals {\n  tags = {\n    owner = \"jane\" # for now\n  }\n}\n\nmodule \"web\" {\n  source = \"./web\"\n  tags   = local.tags\n}\n",
            "local",
        ),
        (
            "module \"web\" {\n  source = \"./web\"\n  tags   = var.all\n}\nvariable \"all\" {\n  default = {}\n}\n",
            "variable",
        ),
    ] {
        let dir = folder(&[("plan.json", &plan), ("main.tf", call), ("web/main.tf", module), ("tollgate.hcl", policy)]);
        insta::assert_snapshot!(format!("module_{shown}"), written(dir.path(), &["--set", "team=web", "--write"]));
    }
}

#[test]
fn values_keys_and_entries_are_fixed_in_place() {
    let tags = serde_json::json!({"Team": "web", "environment": "prodction", "tmp": "x", "empty": ""});
    let plan = plan_of(
        &[("aws_sns_topic.a", "aws_sns_topic", serde_json::json!({"tags": tags, "tags_all": tags}))],
        serde_json::json!({"name": "aws"}),
    );
    let sources = "resource \"aws_sns_topic\" \"a\" {\n  tags = {\n    Team        = \"web\"\n    environment = \"prodction\" # live\n    tmp         = \"x\"\n    empty       = \"\"\n  }\n}\n";
    let policy = "tag_policy \"t\" {\n  required  = [\"team\", \"empty\"]\n  forbidden = [\"tmp\"]\n  tag \"environment\" { values = [\"production\"] }\n}\n";
    let dir = folder(&[("plan.json", &plan), ("main.tf", sources), ("tollgate.hcl", policy)]);
    insta::assert_snapshot!(written(dir.path(), &["--set", "empty=no more"]));
    // One line, and values that need escaping.
    let inline = "resource \"aws_sns_topic\" \"a\" { tags = { Team = \"web\", environment = \"prodction\", tmp = \"x\", empty = \"\" } }\n";
    let dir = folder(&[("plan.json", &plan), ("main.tf", inline), ("tollgate.hcl", policy)]);
    insta::assert_snapshot!(written(dir.path(), &["--set", "empty=a \"b\" ${c}"]));
}

/// Line ends of Windows, bodies on one line, commas and comments: what is there stays as it is.
#[test]
fn the_form_of_a_file_is_kept() {
    let lacking = serde_json::json!({"tags": {}, "tags_all": {}});
    let names = ["crlf", "empty", "inline", "commas"];
    let addresses: Vec<String> = names.iter().map(|n| format!("aws_sns_topic.{n}")).collect();
    let resources: Vec<_> = addresses.iter().map(|a| (a.as_str(), "aws_sns_topic", lacking.clone())).collect();
    let plan = plan_of(&resources, serde_json::json!({"name": "aws"}));
    let sources = "resource \"aws_sns_topic\" \"crlf\" {\r\n  tags = {\r\n    Name = \"x\" # kept\r\n  }\r\n}\r\nresource \"aws_sns_topic\" \"empty\" {}\r\nresource \"aws_sns_topic\" \"inline\" { name = \"c\" }\r\nresource \"aws_sns_topic\" \"commas\" {\r\n  tags = merge({}, { # kept\r\n    A = 1,\r\n  })\r\n}\r\n";
    let dir = folder(&[
        ("plan.json", &plan),
        ("main.tf", sources),
        ("tollgate.hcl", "tag_policy \"t\" { required = [\"team\", \"environment\"] }\n"),
    ]);
    written(dir.path(), &["--set", "team=web", "--set", "environment=prod", "--write"]);
    let text = std::fs::read_to_string(dir.path().join("main.tf")).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    insta::assert_snapshot!(text.replace('\r', ""));
}

#[test]
fn an_unknown_or_unsatisfying_value_is_not_offered() {
    let plan = plan_of(
        &[("aws_sns_topic.a", "aws_sns_topic", serde_json::json!({"tags": null, "tags_all": {}}))],
        serde_json::json!({"name": "aws"}),
    );
    let policy = "tag_policy \"t\" {\n  tag \"environment\" { values = [\"production\", \"staging\"] }\n}\n";
    let dir =
        folder(&[("plan.json", &plan), ("main.tf", "resource \"aws_sns_topic\" \"a\" {}\n"), ("tollgate.hcl", policy)]);
    for arguments in [&[][..], &["--set", "environment=prod"]] {
        let run = gate_in(dir.path(), &[&["fix", "plan.json"], arguments].concat());
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains("there is nothing to fix automatically"), "{}", run.stderr);
        assert!(run.stderr.contains("1 finding remains"));
        assert!(run.stderr.contains("choose it with --set environment=VALUE"), "{}", run.stderr);
    }
}
