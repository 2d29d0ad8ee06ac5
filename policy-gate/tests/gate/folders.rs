//! Folders of sources in place of plans.

use std::collections::BTreeSet;

use crate::support::{copy, folder, gate_in, gate_with, names};

const POLICY: &str = "tag_policy \"t\" {\n  required = [\"team\"]\n}\n";

/// Findings without their outcome, which depends on what exists already. A plan has findings on its state, which sources do not have.
fn found(lines: Vec<String>) -> BTreeSet<String> {
    let parts = |line: &String| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let line = |parts: Vec<String>| format!("{} {} {}", parts[0], parts[2], parts[3]);
    lines.iter().map(parts).filter(|parts| parts[2] != "-").map(line).collect()
}

/// Writes the versions of providers, which some of our plans state and their sources do not.
fn state_versions(dir: &std::path::Path) {
    let plan = std::fs::read_to_string(dir.join("plan.json")).unwrap();
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let providers = plan["configuration"]["provider_config"].as_object().into_iter().flatten();
    let stated = providers.filter_map(|(key, provider)| Some((key, provider["version_constraint"].as_str()?)));
    let lines: String = stated.map(|(key, version)| format!("    {key} = {{ version = \"{version}\" }}\n")).collect();
    let text = format!("terraform {{\n  required_providers {{\n{lines}  }}\n}}\n");
    std::fs::write(dir.join("versions_of_the_plan.tf"), text).unwrap();
}

/// Plans with tags that no source has: the environment of `terraform plan` had default tags.
const OF_THE_ENVIRONMENT: [&str; 1] = ["tags-all-is-configured"];

#[test]
fn sources_have_the_findings_of_their_plan_where_nothing_is_unknown() {
    let (mut compared, mut differ) = (0, Vec::new());
    for name in names().into_iter().filter(|name| !OF_THE_ENVIRONMENT.contains(&name.as_str())) {
        let dir = copy(&name);
        state_versions(dir.path());
        let without = gate_in(dir.path(), &["check", ".", "--format", "json"]);
        let plan = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]);
        assert!(without.code <= 1 && plan.code <= 1, "{name}: {}{}", without.stderr, plan.stderr);
        let unknown = without.json()["plans"][0]["unknown_inputs"].as_array().unwrap().len();
        let (without, plan) = (found(without.findings()), found(plan.findings()));
        if unknown == 0 && !without.is_empty() {
            compared += 1;
            if without != plan {
                differ.push(format!("{name}: {without:?} without a plan, {plan:?} with it"));
            }
        }
    }
    assert!(compared >= 5 && differ.is_empty(), "{compared} compared\n{}", differ.join("\n"));
}

#[test]
fn a_finding_blocks_at_its_line_without_a_plan_and_is_fixed() {
    let main = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\nresource \"aws_instance\" \"web\" {\n  instance_type = \"t3.micro\"\n}\n";
    let dir = folder(&[("main.tf", main), ("tollgate.hcl", POLICY)]);
    let run = gate_in(dir.path(), &["check", "."]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("main.tf:4"), "{}", run.stdout);
    assert!(run.stdout.contains("evaluated from its sources, without a plan; every value is known"), "{}", run.stdout);
    let fixed = gate_in(dir.path(), &["fix", ".", "--set", "team=web", "--write"]);
    assert_eq!(fixed.code, 0, "{}", fixed.stderr);
    assert_eq!(gate_in(dir.path(), &["check", "."]).code, 0);
    let cost = gate_in(dir.path(), &["cost", ".", "--format", "json"]);
    assert!(cost.stdout.contains("aws_instance.web"), "{}{}", cost.stdout, cost.stderr);
}

#[test]
fn values_come_from_the_environment_then_files_then_the_command_line() {
    let main = "variable \"team\" { default = \"\" }\nresource \"aws_sns_topic\" \"t\" {\n  tags = var.team == \"\" ? {} : { team = var.team }\n}\n";
    let dir = folder(&[("main.tf", main), ("tollgate.hcl", POLICY), ("more.tfvars", "team = \"\"\n")]);
    assert_eq!(gate_in(dir.path(), &["check", "."]).code, 1);
    assert_eq!(gate_with(dir.path(), &["check", "."], &[("TF_VAR_team", "web")], None).code, 0);
    std::fs::write(dir.path().join("terraform.tfvars"), "team = \"\"\n").unwrap();
    assert_eq!(gate_with(dir.path(), &["check", "."], &[("TF_VAR_team", "web")], None).code, 1);
    std::fs::write(dir.path().join("x.auto.tfvars"), "team = \"web\"\n").unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "."]).code, 0);
    assert_eq!(gate_in(dir.path(), &["check", ".", "--var-file", "more.tfvars"]).code, 1);
    assert_eq!(gate_in(dir.path(), &["check", ".", "--var-file", "more.tfvars", "--var", "team=a"]).code, 0);
}

#[test]
fn a_folder_of_folders_has_a_verdict_over_all_roots_and_not_over_their_modules() {
    let root = "module \"queue\" {\n  source = \"../../modules/queue\"\n  team   = \"web\"\n}\n";
    let other = "resource \"aws_sns_topic\" \"t\" {}\n";
    let module = "variable \"team\" {}\nresource \"aws_sqs_queue\" \"q\" {\n  tags = { team = var.team }\n}\n";
    let dir = folder(&[
        ("envs/prod/main.tf", root),
        ("envs/test/main.tf", other),
        ("modules/queue/main.tf", module),
        ("docs/readme.md", "no sources"),
        ("tollgate.hcl", POLICY),
    ]);
    let run = gate_in(dir.path(), &["check", ".", "--format", "json"]);
    let json = run.json();
    let plans: Vec<&str> = json["plans"].as_array().unwrap().iter().filter_map(|p| p["plan"].as_str()).collect();
    assert_eq!(plans, ["./envs/prod", "./envs/test"]);
    assert_eq!(run.findings(), ["tag-missing blocks aws_sns_topic.t team"]);
    let none = gate_in(dir.path(), &["check", "docs"]);
    assert_eq!(none.code, 2);
    assert!(
        none.stderr.contains("docs: contains no Terraform sources") && none.stderr.contains("hint: "),
        "{}",
        none.stderr
    );
}

#[test]
fn no_file_of_the_machine_is_shown() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "hunter2").unwrap();
    let main = format!(
        "resource \"aws_sns_topic\" \"t\" {{\n  tags = {{ team = file(\"{}\") }}\n}}\n",
        secret.path().display()
    );
    let policy = "tag_policy \"t\" {\n  required = [\"team\"]\n  tag \"team\" { values = [\"web\"] }\n}\n";
    let dir = folder(&[("main.tf", &main), ("tollgate.hcl", policy)]);
    let run = gate_in(dir.path(), &["check", ".", "-v"]);
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn sources_written_as_json_are_judged_without_a_line() {
    let json = r#"{ "resource": { "aws_sns_topic": { "a": { "tags": { "team": "web" } }, "b": { "name": "b" } } } }"#;
    let dir = folder(&[("cdk.tf.json", json), ("tollgate.hcl", POLICY)]);
    let run = gate_in(dir.path(), &["check", ".", "--format", "json"]);
    assert_eq!(run.findings(), ["tag-missing blocks aws_sns_topic.b team"]);
    assert!(run.json()["findings"][0]["place"].is_null(), "{}", run.stdout);
}

fn git(dir: &std::path::Path, arguments: &[&str]) {
    let out = std::process::Command::new("git").args(arguments).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn a_difference_has_the_cost_of_what_changed_and_the_new_findings_only() {
    let main = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\nresource \"aws_instance\" \"old\" {\n  instance_type = \"t3.micro\"\n}\n";
    let dir = folder(&[("envs/prod/main.tf", main), ("envs/gone/main.tf", main), ("tollgate.hcl", POLICY)]);
    git(dir.path(), &["init", "-q", "-b", "main"]);
    git(dir.path(), &["-c", "user.name=a", "-c", "user.email=a@example.com", "add", "."]);
    git(dir.path(), &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "base"]);
    let same = gate_in(dir.path(), &["diff", "main", "envs"]);
    assert_eq!(same.code, 0, "{}{}", same.stdout, same.stderr);
    assert!(same.stdout.ends_with("0 new findings, 0 fixed, 2 as before\n"), "{}", same.stdout);
    let more = format!("{main}resource \"aws_instance\" \"new\" {{\n  instance_type = \"t3.large\"\n}}\n");
    std::fs::write(dir.path().join("envs/prod/main.tf"), more).unwrap();
    std::fs::remove_dir_all(dir.path().join("envs/gone")).unwrap();
    let run = gate_in(dir.path(), &["diff", "main", "envs", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let json = run.json();
    let addresses = |list: &serde_json::Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|f| format!("{} {}", f["plan"], f["address"]).replace('"', "")).collect()
    };
    assert_eq!(addresses(&json["new"]), ["envs/prod aws_instance.new"]);
    assert_eq!(addresses(&json["fixed"]), ["envs/gone aws_instance.old"]);
    assert_eq!(json["existing"], 1);
    let actions: Vec<String> = json["cost"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|project| {
            let resources = project["cost"]["resources"].as_array().unwrap().clone();
            resources.into_iter().map(|r| format!("{} {}", r["address"], r["action"]).replace('"', ""))
        })
        .collect();
    assert_eq!(actions, ["aws_instance.old no-op", "aws_instance.new create", "aws_instance.old delete"]);
    let text = gate_in(dir.path(), &["diff", "main", "envs"]);
    assert!(
        text.stdout.contains("aws_instance.new") && text.stdout.contains("1 new finding, 1 fixed, 1 as before"),
        "{}",
        text.stdout
    );
    // Nothing of the repository is touched.
    assert!(!dir.path().join(".archive.tar").exists());
}

#[test]
fn the_old_side_may_be_a_folder_and_must_exist() {
    let with = "resource \"aws_sns_topic\" \"t\" {\n  tags = { team = \"a\" }\n}\n";
    let dir = folder(&[
        ("a/main.tf", with),
        ("b/main.tf", "resource \"aws_sns_topic\" \"t\" {}\n"),
        ("tollgate.hcl", POLICY),
    ]);
    let run = gate_in(dir.path(), &["diff", "a", "b"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.ends_with("1 new finding, 0 fixed, 0 as before\n"), "{}", run.stdout);
    assert!(run.stdout.contains("b/main.tf:1"), "{}", run.stdout);
    let missing = gate_in(dir.path(), &["diff", "nowhere", "b"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no commit `nowhere`"), "{}", missing.stderr);
}
