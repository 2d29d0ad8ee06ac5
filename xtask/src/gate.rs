//! `cargo xtask bench gate`: a plan of 2.5 MB and one of 50 MB, beside Checkov, terraform-compliance and regorus alone on the
//! same rule.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::bench::{Measured, best, measured};
use crate::ratios::Ratios;
use crate::run::{cargo, run, target};
use crate::tools;

const CHECKOV: &str = "checkov==3.3.30";
const COMPLIANCE: &str = "terraform-compliance==1.16.0";

/// Resources of a small and of a large plan.
const SMALL: usize = 800;
const LARGE: usize = 15_800;
/// Resources that are to be estimated in less than a second.
const ESTIMATED: usize = 10_000;
/// Resources that refer to each other by key: the time must not grow with the square of their number.
const REFERRING: usize = 6_000;

/// Builds the gate and writes the rules into a folder.
fn prepare() -> anyhow::Result<PathBuf> {
    run(&mut cargo(&["build", "--release", "--package", "tollgate-policy-gate", "--benches", "--bins"]))?;
    let folder = target().join("bench-gate");
    std::fs::create_dir_all(folder.join("checks"))?;
    std::fs::create_dir_all(folder.join("features"))?;
    for (name, text) in RULES {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(folder)
}

/// The time of the gate, divided by that of regorus alone.
pub(crate) fn ratios(runs: usize) -> anyhow::Result<Ratios> {
    let folder = prepare()?;
    let mut out = Ratios::new();
    for resources in [SMALL, LARGE] {
        let plan = plan(&folder, resources)?;
        let (ours, theirs) = (best(runs, || gate(&folder, &plan))?, best(runs, || rego(&folder, &plan))?);
        out.insert(format!("gate on {resources} resources, by regorus' alone"), ours.seconds / theirs.seconds);
    }
    Ok(out)
}

/// Measures. Without the large plan for the two slow programs, a run takes minutes instead of an hour.
pub(crate) fn bench(runs: usize, large_for_all: bool) -> anyhow::Result<()> {
    let folder = prepare()?;
    let python = tools::python(10).context("Checkov needs Python 3.10 or newer")?;
    let checkov = tools::venv("checkov", &python, &[CHECKOV])?.join("venv/bin/checkov");
    let compliance = tools::venv("terraform-compliance", &python, &[COMPLIANCE])?.join("venv/bin/terraform-compliance");
    println!(
        "\n{:<22} {:>9} {:>10} {:>10} {:>12} {:>8} {:>12}",
        "", "plan MB", "seconds", "peak MiB", "× of the file", "slower", "estimation"
    );
    for resources in [SMALL, ESTIMATED, LARGE] {
        let plan = plan(&folder, resources)?;
        let megabytes = std::fs::metadata(&plan)?.len() as f64 / 1e6;
        let ours = best(runs, || gate(&folder, &plan))?;
        let row = |name: &str, m: &Measured, more: &str| {
            let (times, slower) = (m.mib * 1.048_576 / megabytes, m.seconds / ours.seconds);
            let (seconds, mib) = (m.seconds, m.mib);
            println!("{name:<22} {megabytes:>9.1} {seconds:>10.3} {mib:>10.0} {times:>12.1} {slower:>7.1}× {more:>12}");
        };
        let estimation = best(runs, || estimate(&plan))?;
        row("policy-gate", &ours, &format!("{:.3} s", estimation.seconds));
        if resources == ESTIMATED {
            println!("    (the whole of `policy-gate cost` for {ESTIMATED} resources: read, estimate, write)");
            continue;
        }
        row("regorus alone", &best(runs, || rego(&folder, &plan))?, "");
        if resources == LARGE && !large_for_all {
            println!("Checkov and terraform-compliance on the large plan: --all");
            continue;
        }
        row("Checkov", &best(1, || by_checkov(&checkov, &folder, &plan))?, "");
        row("terraform-compliance", &best(1, || by_compliance(&compliance, &folder, &plan))?, "");
    }
    let plan = referring_plan(&folder)?;
    let ours = best(runs, || gate(&folder, &plan))?;
    let megabytes = std::fs::metadata(&plan)?.len() as f64 / 1e6;
    println!(
        "{REFERRING} resources that refer to each other: {megabytes:.1} MB, {:.3} s, {:.0} MiB",
        ours.seconds, ours.mib
    );
    println!(
        "\nThe rule: whatever takes tags has the tag `team`. policy-gate also finds what is old, unknown or misspelt."
    );
    Ok(())
}

fn gate(folder: &Path, plan: &Path) -> anyhow::Result<Measured> {
    let mut command = Command::new(target().join("release/policy-gate"));
    command.arg("check").arg(plan).arg("--config").arg(folder.join("tollgate.hcl")).args(["--format", "json"]);
    measured(&mut command, &[0, 1])
}

fn estimate(plan: &Path) -> anyhow::Result<Measured> {
    let mut command = Command::new(target().join("release/policy-gate"));
    measured(command.arg("cost").arg(plan).args(["--format", "json"]), &[0])
}

fn rego(folder: &Path, plan: &Path) -> anyhow::Result<Measured> {
    let name = |f: &str| f.starts_with("rego-") && !f.ends_with(".d");
    let built = std::fs::read_dir(target().join("release/deps"))?.flatten();
    let newest = built
        .filter(|e| e.file_name().to_str().is_some_and(name))
        .max_by_key(|e| e.metadata().and_then(|m| m.modified()).ok())
        .context("the benchmark of regorus is not built")?;
    measured(Command::new(newest.path()).arg(folder.join("team.rego")).arg(plan), &[0])
}

fn by_checkov(program: &Path, folder: &Path, plan: &Path) -> anyhow::Result<Measured> {
    let mut command = Command::new(program);
    command.arg("--file").arg(plan).arg("--external-checks-dir").arg(folder.join("checks"));
    command.args(["--check", "CKV_TOLLGATE_1", "--compact", "--quiet", "--output", "json", "--skip-download"]);
    measured(&mut command, &[0, 1])
}

fn by_compliance(program: &Path, folder: &Path, plan: &Path) -> anyhow::Result<Measured> {
    let mut command = Command::new(program);
    command.arg("--no-ansi").arg("--features").arg(folder.join("features")).arg("--planfile").arg(plan);
    measured(&mut command, &[0, 1])
}

/// The same rule for each.
const RULES: &[(&str, &str)] = &[
    ("tollgate.hcl", "tag_policy \"bench\" {\n  required = [\"team\"]\n}\n"),
    (
        "team.rego",
        r#"package main

import rego.v1

deny contains msg if {
	some change in input.resource_changes
	some action in change.change.actions
	action in {"create", "update"}
	not change.change.after.tags_all.team
	msg := sprintf("%s: required tag team is missing", [change.address])
}
"#,
    ),
    (
        "checks/team.py",
        r#"from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class Team(BaseResourceCheck):
    def __init__(self):
        supported = ["aws_instance", "aws_s3_bucket", "aws_sqs_queue", "aws_ebs_volume"]
        super().__init__(name="team", id="CKV_TOLLGATE_1", categories=[CheckCategories.CONVENTION], supported_resources=supported)

    def scan_resource_conf(self, conf):
        tags = (conf.get("tags") or [{}])[0] or {}
        return CheckResult.PASSED if "team" in tags else CheckResult.FAILED


check = Team()
"#,
    ),
    (
        "features/team.feature",
        "Feature: cost allocation\n  Scenario: whatever takes tags has a team\n    Given I have resource that supports tags defined\n    Then it must contain tags\n    Then it must contain \"team\"\n",
    ),
];

/// A plan of clusters and their instances, by `for_each`: half of them exist and are known by id, the others are referred to.
fn referring_plan(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("plan-referring-{REFERRING}.json"));
    let mut changes = String::new();
    let tags = "\"tags\":{\"team\":\"web\"},\"tags_all\":{\"team\":\"web\"}";
    for i in 0..REFERRING / 2 {
        let comma = if i == 0 { "" } else { "," };
        let known = i % 2 == 0;
        let named = |kind: &str, name: &str| {
            format!(
                "\"address\":\"{kind}.{name}[\\\"k{i}\\\"]\",\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"{name}\",\"index\":\"k{i}\",\"provider_name\":\"registry.terraform.io/hashicorp/aws\""
            )
        };
        let change = |values: &str, unknown: &str| match known {
            true => format!(
                "{{\"actions\":[\"no-op\"],\"before\":{{{values}}},\"after\":{{{values}}},\"after_unknown\":{{}}}}"
            ),
            false => format!(
                "{{\"actions\":[\"create\"],\"before\":null,\"after\":{{{values}}},\"after_unknown\":{{{unknown}}}}}"
            ),
        };
        let id = if known { format!("\"id\":\"c-{i}\",") } else { String::new() };
        let cluster = format!("{id}\"engine\":\"aurora-postgresql\",{tags}");
        let of = if known { format!("\"cluster_identifier\":\"c-{i}\",") } else { String::new() };
        let instance = format!("{of}\"engine\":\"aurora-postgresql\",\"instance_class\":\"db.r5.large\",{tags}");
        write!(
            changes,
            "{comma}{{{},\"change\":{}}},{{{},\"change\":{}}}",
            named("aws_rds_cluster", "c"),
            change(&cluster, "\"id\":true"),
            named("aws_rds_cluster_instance", "i"),
            change(&instance, "\"cluster_identifier\":true"),
        )?;
    }
    let references = "{\"cluster_identifier\":{\"references\":[\"aws_rds_cluster.c\",\"each.key\"]}}";
    let configured = format!(
        "{{\"address\":\"aws_rds_cluster_instance.i\",\"mode\":\"managed\",\"type\":\"aws_rds_cluster_instance\",\"name\":\"i\",\"provider_config_key\":\"aws\",\"expressions\":{references}}}"
    );
    std::fs::write(
        &path,
        format!(
            "{{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.5\",\"resource_changes\":[{changes}],\"configuration\":{{\"provider_config\":{{\"aws\":{{\"name\":\"aws\"}}}},\"root_module\":{{\"resources\":[{configured}]}}}}}}"
        ),
    )?;
    Ok(path)
}

/// A plan in the shape of a real one: every third resource lacks the tag.
fn plan(folder: &Path, resources: usize) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("plan-{resources}.json"));
    if path.exists() {
        return Ok(path);
    }
    println!("making a plan of {resources} resources");
    let (mut planned, mut changes, mut configured) = (String::new(), String::new(), String::new());
    for i in 0..resources {
        let kind = ["aws_instance", "aws_s3_bucket", "aws_sqs_queue", "aws_ebs_volume"][i % 4];
        let comma = if i == 0 { "" } else { "," };
        let team = if i % 3 == 0 { "" } else { ",\"team\":\"web\"" };
        let tags = format!("{{\"Name\":\"r-{i}\",\"environment\":\"production\"{team}}}");
        let filler = "x".repeat(400);
        let rest = format!(
            "\"ami\":\"ami-07355fe79b493752d\",\"instance_type\":\"t3.micro\",\"availability_zone\":\"eu-west-1a\",\"disable_api_termination\":false,\"source_dest_check\":true,\"user_data\":\"{filler}\",\"metadata_options\":[{{\"http_endpoint\":\"enabled\",\"http_tokens\":\"required\"}}],\"vpc_security_group_ids\":[\"sg-0a7894db7381ca8f4\"],\"credit_specification\":[{{}}]"
        );
        let after = format!("{{{rest},\"tags\":{tags},\"tags_all\":{tags}}}");
        let named = format!("\"address\":\"{kind}.r{i}\",\"mode\":\"managed\",\"type\":\"{kind}\",\"name\":\"r{i}\"");
        let provider = "\"provider_name\":\"registry.terraform.io/hashicorp/aws\"";
        write!(
            planned,
            "{comma}{{{named},{provider},\"schema_version\":1,\"values\":{after},\"sensitive_values\":{{\"tags\":{{}},\"tags_all\":{{}}}}}}"
        )?;
        write!(
            changes,
            "{comma}{{{named},{provider},\"change\":{{\"actions\":[\"create\"],\"before\":null,\"after\":{after},\"after_unknown\":{{\"arn\":true,\"id\":true,\"public_ip\":true,\"private_ip\":true,\"public_dns\":true,\"private_dns\":true,\"security_groups\":true,\"key_name\":true,\"tenancy\":true,\"password_data\":true,\"metadata_options\":[{{\"instance_metadata_tags\":true}}]}},\"before_sensitive\":false,\"after_sensitive\":{{\"tags\":{{}},\"tags_all\":{{}}}}}}}}"
        )?;
        write!(
            configured,
            "{comma}{{{named},\"provider_config_key\":\"aws\",\"expressions\":{{\"ami\":{{\"constant_value\":\"ami-07355fe79b493752d\"}},\"instance_type\":{{\"constant_value\":\"t3.micro\"}},\"user_data\":{{\"constant_value\":\"{filler}\"}},\"tags\":{{\"constant_value\":{tags}}}}},\"schema_version\":1}}"
        )?;
    }
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path)?);
    write!(
        file,
        "{{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.5\",\"planned_values\":{{\"root_module\":{{\"resources\":[{planned}]}}}},\"resource_changes\":[{changes}],\"configuration\":{{\"provider_config\":{{\"aws\":{{\"name\":\"aws\",\"full_name\":\"registry.terraform.io/hashicorp/aws\"}}}},\"root_module\":{{\"resources\":[{configured}]}}}}}}"
    )?;
    file.flush()?;
    Ok(path)
}
