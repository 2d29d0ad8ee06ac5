//! Waivers: somebody answers, for some resources, for a while; and each is looked after.

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
fn expired_expiring_unmatched_and_unused_waivers_are_told() {
    let findings = with(&waiver("[\"aws_instance.each\"]", "2026-11-20", "")).findings();
    assert_eq!(of(&findings, "tag-missing blocks").len(), 3, "{findings:?}");
    assert_eq!(of(&findings, "waiver-expired").len(), 1);
    // The last day is a day on which it holds.
    let findings = with(&waiver("[\"aws_instance.each\"]", "2026-11-21", "")).findings();
    assert_eq!((of(&findings, "tag-missing blocks").len(), of(&findings, "waiver-expiring").len()), (1, 1));
    let findings = with(&waiver("[\"aws_instance.other\"]", "2027-06-30", "")).findings();
    assert_eq!(of(&findings, "waiver-unmatched").len(), 1);
    let run = with(&waiver("[\"aws_instance.other\"]", "2027-06-30", ""));
    let told =
        &run.json()["findings"].as_array().unwrap().iter().find(|f| f["id"] == "waiver-unmatched").cloned().unwrap();
    assert_eq!((told["place"]["file"].as_str(), told["place"]["line"].as_u64()), (Some("tollgate.hcl"), Some(9)));
    let dir = copy("ephemeral");
    let policy =
        std::fs::read_to_string(plans().join("tollgate.hcl")).unwrap() + &waiver("[\"aws_vpc.x\"]", "2027-06-30", "");
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    insta::assert_snapshot!(gate_in(dir.path(), &["check", "plan.json"]).stdout);
}

#[test]
fn a_waiver_needs_everything_that_makes_somebody_answer() {
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

/// Two configurations have resources of one name; what is old in one is not old in the other.
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
