//! Waivers, overrides and the baseline: what they cover, and what they do not.

use crate::support::{Run, copy, gate_in, plans};

fn with(waiver: &str) -> Run {
    let dir = copy("dynamic-blocks");
    let policy = std::fs::read_to_string(plans().join("tollgate.hcl")).unwrap();
    std::fs::write(dir.path().join("tollgate.hcl"), format!("{policy}\n{waiver}")).unwrap();
    gate_in(dir.path(), &["check", "plan.json", "--format", "json"])
}

fn waiver(addresses: &str, expires: &str, more: &str) -> String {
    format!(
        "waiver \"w\" {{\n policies = [\"cost-allocation\"]\n addresses = {addresses}\n owner = \"jane\"\n approver = \"jo\"\n reason = \"r\"\n expires = \"{expires}\"\n{more}\n}}\n"
    )
}

fn of<'f>(run: &'f [String], id: &str) -> Vec<&'f str> {
    run.iter().filter(|f| f.starts_with(id)).map(String::as_str).collect()
}

#[test]
fn a_pattern_fits_every_instance_and_nothing_else() {
    let findings = with(&waiver("[\"aws_instance.each\"]", "2027-06-30", "")).findings();
    assert_eq!(findings.iter().filter(|f| f.contains(" waived aws_instance.each[")).count(), 4, "{findings:?}");
    assert_eq!(of(&findings, "tag-missing blocks"), ["tag-missing blocks aws_autoscaling_group.bare environment"]);
    let findings =
        with(&waiver("[\"aws_instance.each[\\\"a\\\"]\", \"aws_autoscaling_group.*\"]", "2027-06-30", "")).findings();
    assert_eq!(of(&findings, "tag-missing blocks"), ["tag-missing blocks aws_instance.each[\"b\"] environment"]);
}

#[test]
fn a_waiver_of_a_tag_is_of_that_tag() {
    let findings = with(&waiver("[\"aws_instance.each\"]", "2027-06-30", "tags = [\"team\"]")).findings();
    assert_eq!(of(&findings, "tag-missing blocks").len(), 3);
    assert_eq!(of(&findings, "waiver-unused").len(), 1);
}

#[test]
fn expired_expiring_unmatched_and_unused_waivers_are_reported() {
    let findings = with(&waiver("[\"aws_instance.each\"]", "2026-11-20", "")).findings();
    assert_eq!(of(&findings, "tag-missing blocks").len(), 3, "{findings:?}");
    assert_eq!(of(&findings, "waiver-expired").len(), 1);
    // The last day is a day on which it holds.
    let findings = with(&waiver("[\"aws_instance.each\"]", "2026-11-21", "")).findings();
    assert_eq!((of(&findings, "tag-missing blocks").len(), of(&findings, "waiver-expiring").len()), (1, 1));
    let findings = with(&waiver("[\"aws_instance.other\"]", "2027-06-30", "")).findings();
    assert_eq!(of(&findings, "waiver-unmatched").len(), 1);
    let run = with(&waiver("[\"aws_instance.other\"]", "2027-06-30", ""));
    let finding =
        &run.json()["findings"].as_array().unwrap().iter().find(|f| f["id"] == "waiver-unmatched").cloned().unwrap();
    assert_eq!((finding["place"]["file"].as_str(), finding["place"]["line"].as_u64()), (Some("tollgate.hcl"), Some(9)));
    let dir = copy("ephemeral");
    let policy =
        std::fs::read_to_string(plans().join("tollgate.hcl")).unwrap() + &waiver("[\"aws_vpc.x\"]", "2027-06-30", "");
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    insta::assert_snapshot!(gate_in(dir.path(), &["check", "plan.json"]).stdout);
}

#[test]
fn a_waiver_needs_owner_approver_reason_and_addresses() {
    let mut said = String::new();
    for broken in [
        "waiver \"w\" {}\n".to_owned(),
        waiver("[\"**\"]", "2027-06-30", ""),
        waiver("[\"aws_vpc.a\"]", "soon", ""),
        waiver("[\"aws_vpc.a\"]", "2027-06-30", "").replace("\"jo\"", "\"Jane\""),
        waiver("[\"aws_vpc.a\"]", "2027-06-30", "").replace("cost-allocation", "cost-alocation"),
        waiver("[\"aws_vpc.a\"]", "2027-06-30", "").replace("\"r\"", "\" \""),
    ] {
        let run = with(&broken);
        assert_eq!(run.code, 2);
        said += &run.stderr;
        said += "\n";
    }
    insta::assert_snapshot!(said);
}

#[test]
fn a_waiver_of_every_resource_is_refused_however_it_is_written() {
    for all in ["*", "**", "*.*", "*.*[*]", "**[*]"] {
        let run = with(&waiver(&format!("[\"{all}\"]"), "2027-06-30", ""));
        assert!(run.code == 2 && run.stderr.contains("covers every resource"), "{all}: {}", run.stderr);
    }
}

#[test]
fn a_soft_policy_is_overridden_by_a_group_that_may() {
    let dir = copy("drift");
    let policy = "tag_policy \"t\" {\n required = [\"team\"]\n enforcement = \"soft\"\n override = [\"leads\"]\n}\n";
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    for (arguments, code) in [(&[][..], 1), (&["--override", "leads"], 0), (&["--override", "others"], 1)] {
        let run = gate_in(dir.path(), &[&["check", "plan.json"], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?}");
    }
    std::fs::write(
        dir.path().join("tollgate.hcl"),
        policy.replace("soft", "hard").replace(" override = [\"leads\"]\n", ""),
    )
    .unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "plan.json", "--override", "leads"]).code, 1);
}

#[test]
fn the_baseline_holds_what_was_there_and_nothing_new() {
    let dir = copy("drift");
    let run = gate_in(dir.path(), &["check", "plan.json", "--write-baseline"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(gate_in(dir.path(), &["check", "plan.json"]).code, 0);
    let policy = std::fs::read_to_string(dir.path().join("tollgate.hcl")).unwrap();
    std::fs::write(dir.path().join("tollgate.hcl"), policy.replace("[\"team\"]", "[\"team\", \"owner\"]")).unwrap();
    let findings = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]).findings();
    assert_eq!(of(&findings, "tag-missing blocks"), ["tag-missing blocks aws_instance.touched owner"]);
    std::fs::write(dir.path().join("tollgate.hcl"), policy.replace("[\"team\"]", "[]")).unwrap();
    let findings = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]).findings();
    assert_eq!(of(&findings, "baseline-stale").len(), 1, "{findings:?}");
    std::fs::write(dir.path().join("tollgate.baseline.json"), "{\"version\": 7, \"findings\": []}").unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "plan.json"]).code, 2);
}

/// A limit on money and a Rego rule about the whole plan, which both block.
const MONEY_AND_REGO: [(&str, &str); 2] = [
    ("tollgate.hcl", "budget_policy \"small\" {\n max_increase = 1\n currency = \"USD\"\n}\n"),
    (
        "policies/p.rego",
        "package main\nimport rego.v1\ndeny contains \"no instances\" if {\n\tsome c in input.resource_changes\n\tc.type == \"aws_instance\"\n}\n",
    ),
];

/// The change of the acceptance scenario, judged by a policy on money and by Rego.
fn money_and_rego() -> tempfile::TempDir {
    let plan = std::fs::read_to_string(crate::github::fixture("before").join("plan.json")).unwrap();
    crate::support::folder(&[MONEY_AND_REGO[0], MONEY_AND_REGO[1], ("plan.json", &plan)])
}

#[test]
fn the_baseline_holds_for_money_and_rego_and_for_the_amount_that_was_listed() {
    let dir = money_and_rego();
    let check = |more: &[&str]| gate_in(dir.path(), &[&["check", "plan.json"], more].concat());
    let blocking = |run: &Run| -> Vec<String> {
        run.findings().into_iter().filter(|f| f.contains(" blocks ")).collect::<Vec<_>>()
    };
    assert_eq!(blocking(&check(&["--format", "json"])), ["rego-deny blocks - -", "cost-increase blocks - -"]);
    let written = check(&["--write-baseline"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let passed = check(&["--format", "json"]);
    assert_eq!(passed.code, 0, "{}", passed.stdout);
    assert_eq!(passed.json()["counts"]["existing"], 2);
    // Another amount is another finding, and the entry for the old amount is reported.
    let plan = dir.path().join("plan.json");
    let text = std::fs::read_to_string(&plan).unwrap();
    std::fs::write(&plan, text.replace("m5.4xlarge", "m5.2xlarge")).unwrap();
    let other = check(&["--format", "json"]);
    assert_eq!(blocking(&other), ["cost-increase blocks - -"], "{}", other.stdout);
    assert_eq!(of(&other.findings(), "baseline-stale").len(), 1, "{}", other.stdout);
    // So is the same amount of another change: a second machine of the size that was accepted once.
    std::fs::write(&plan, text.replace("aws_instance.", "aws_instance.second_")).unwrap();
    let second = check(&["--format", "json"]);
    assert_eq!(blocking(&second), ["cost-increase blocks - -"], "{}", second.stdout);
    std::fs::write(&plan, text).unwrap();
    // So is another limit of the same policy, and another message of the same rule.
    let limits = MONEY_AND_REGO[0].1.replace("max_increase", "max_increase_percent = 1\n max_increase");
    std::fs::write(dir.path().join("tollgate.hcl"), limits).unwrap();
    assert_eq!(check(&[]).code, 0, "of nothing before, there is no share");
    std::fs::write(dir.path().join("policies/p.rego"), MONEY_AND_REGO[1].1.replace("no instances", "none at all"))
        .unwrap();
    assert_eq!(blocking(&check(&["--format", "json"])), ["rego-deny blocks - -"]);
}

#[test]
fn no_baseline_lets_a_plan_pass_that_failed() {
    let dir = copy("drift");
    let plan = dir.path().join("plan.json");
    let mut json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&plan).unwrap()).unwrap();
    json["errored"] = true.into();
    std::fs::write(&plan, json.to_string()).unwrap();
    let written = gate_in(dir.path(), &["check", "plan.json", "--write-baseline"]);
    assert_eq!(written.code, 1, "{}", written.stderr);
    assert!(written.stderr.contains("plan-errored") && written.stderr.contains("no baseline lets this pass"));
    let findings = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]).findings();
    assert_eq!(findings.iter().filter(|f| f.contains(" blocks ")).collect::<Vec<_>>(), ["plan-errored blocks - -"]);
}

/// A whole plan has no address: its waiver names the folder of the configuration, and nobody overrides Rego.
#[test]
fn a_waiver_of_the_folder_covers_rego_on_a_whole_plan_and_an_override_does_not() {
    let dir = money_and_rego();
    let policy = |waiver: &str| std::fs::write(dir.path().join("tollgate.hcl"), waiver).unwrap();
    let check = |more: &[&str]| {
        let run = gate_in(dir.path(), &[&["check", "plan.json", "--format", "json"], more].concat());
        of(&run.findings(), "rego-deny").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    policy("");
    assert_eq!(check(&["--override", "leads"]), ["rego-deny blocks - -"]);
    let waiver =
        |policies: &str, addresses: &str| waiver(addresses, "2027-06-30", "").replace("\"cost-allocation\"", policies);
    for (policies, addresses, outcome) in [
        ("\"rego\"", "[\"./\"]", "waived"),
        ("\"rego.main.deny\"", "[\"./\"]", "waived"),
        ("\"rego.main.deny_other\"", "[\"./\"]", "blocks"),
        ("\"rego\"", "[\"envs/prod\"]", "blocks"),
        ("\"rego\"", "[\"aws_instance.reports\"]", "blocks"),
    ] {
        policy(&waiver(policies, addresses));
        assert_eq!(check(&[]), [format!("rego-deny {outcome} - -")], "{policies} {addresses}");
    }
    policy(&waiver("\"rego\"", "[\"./\"]").replace("2027-06-30", "2026-11-20"));
    assert_eq!(check(&[]), ["rego-deny blocks - -"], "a waiver that expired");
}

/// Two configurations have resources of one name; what exists in one does not exist in the other.
#[test]
fn the_baseline_of_one_configuration_is_not_that_of_another() {
    let plan = std::fs::read_to_string(plans().join("drift/plan.json")).unwrap();
    let policy = std::fs::read_to_string(plans().join("tollgate.hcl")).unwrap();
    let dir = crate::support::folder(&[("tollgate.hcl", &policy), ("dev/plan.json", &plan), ("prod/plan.json", &plan)]);
    assert_eq!(gate_in(dir.path(), &["check", "dev/plan.json", "--write-baseline"]).code, 0);
    assert_eq!(gate_in(dir.path(), &["check", "dev/plan.json"]).code, 0);
    assert_eq!(gate_in(dir.path(), &["check", "prod/plan.json"]).code, 1);
    // Nor does it matter where the program runs.
    let config = ["--config", "../tollgate.hcl"];
    assert_eq!(gate_in(&dir.path().join("dev"), &[&["check", "plan.json"], &config[..]].concat()).code, 0);
    let waiver =
        waiver("[\"aws_instance.touched\"]", "2027-06-30", "environments = [\"dev\"]\n folders = [\"dev\", \"prod\"]");
    let environments = "environment \"dev\" { plans = [\"dev/*\"] }\nenvironment \"prod\" { plans = [\"prod/*\"] }\n";
    std::fs::write(dir.path().join("tollgate.hcl"), policy + environments + &waiver).unwrap();
    std::fs::remove_file(dir.path().join("tollgate.baseline.json")).unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "dev/plan.json"]).code, 0);
    assert_eq!(gate_in(dir.path(), &["check", "prod/plan.json"]).code, 1);
}
