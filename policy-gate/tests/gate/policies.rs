//! Policies: scopes, inheritance, conflicts, unknown scopes, tests, simulation, templates.

use crate::support::{copy, folder, gate_in, plans};

fn refused(policy: &str) -> String {
    let dir = copy("ephemeral");
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    let run = gate_in(dir.path(), &["check", "plan.json"]);
    assert_eq!(run.code, 2, "{policy}");
    run.stderr
}

#[test]
fn what_contradicts_is_refused_with_its_place() {
    let mut said = String::new();
    for policy in [
        "tag_policy \"a\" { required = [\"team\"] }\ntag_policy \"b\" { forbidden = [\"team\"] }\n",
        "tag_policy \"a\" {\n tag \"e\" { values = [\"x\"] }\n}\ntag_policy \"b\" {\n extends = \"a\"\n enforcement = \"advisory\"\n tag \"e\" {\n required = false\n values = [\"x\", \"y\"]\n }\n}\n",
        "tag_policy \"a\" { extends = \"b\" }\ntag_policy \"b\" { extends = \"a\" }\n",
        "tag_policy \"a\" {\n tag \"e\" { values = [\"x\"] }\n}\ntag_policy \"b\" {\n tag \"e\" { values = [\"y\"] }\n}\n",
        "tag_policy \"a\" {\n required = [\"t\"]\n enforcement = \"soft\"\n}\n",
        "tag_policy \"a\" {\n required = [\"t\"]\n environments = [\"prod\"]\n}\n",
        "tag_policy \"a\" {\n tag \"e\" {\n pattern = \"[\"\n }\n}\n",
        "tag_policy \"a\" {}\n",
        "rule \"r\" {}\n",
        "rule \"r\" { deny = resource.instance_type == \"x\" }\n",
        "rule \"r\" { deny = lowr(resource.type) == plan.x }\n",
        "rule \"r\" {\n deny = true\n require = true\n}\ntag_policy \"r\" { required = [\"t\"] }\n",
        "gate { rego = \"../elsewhere\" }\n",
        "environment \"prod\" {}\n",
    ] {
        said += &refused(policy);
        said += "\n";
    }
    insta::assert_snapshot!(said);
}

#[test]
fn disjoint_scopes_may_disagree() {
    let dir = copy("ephemeral");
    let policy = "tag_policy \"a\" {\n types = [\"aws_s3_*\"]\n required = [\"owner\"]\n}\ntag_policy \"b\" {\n types = [\"aws_db_*\"]\n forbidden = [\"owner\"]\n}\n";
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    assert_eq!(gate_in(dir.path(), &["check", "plan.json"]).code, 0);
}

#[test]
fn scopes_hold_by_environment_account_and_module() {
    let policy = "environment \"prod\" { plans = [\"prod/**\"] }\nenvironment \"dev\" { accounts = [\"111122223333\"] }\ntag_policy \"p\" {\n required = [\"owner\"]\n environments = [\"prod\"]\n}\n";
    let plan = std::fs::read_to_string(plans().join("ephemeral/plan.json")).unwrap();
    let dir = folder(&[("tollgate.hcl", policy), ("prod/plan.json", &plan), ("other/plan.json", &plan)]);
    let run = |arguments: &[&str]| gate_in(dir.path(), &[&["check"], arguments, &["--format", "json"]].concat());
    assert_eq!(run(&["prod/plan.json"]).code, 1);
    // The environment is unknown, so the policy is not applied, and a finding says so.
    let other = run(&["other/plan.json"]);
    assert_eq!((other.code, other.findings()), (0, vec!["scope-unknown warns - -".to_owned()]));
    assert_eq!(run(&["other/plan.json", "--environment", "prod"]).code, 1);
    let dev = run(&["other/plan.json", "--account", "111122223333"]);
    assert_eq!((dev.code, dev.findings().len()), (0, 0));
}

#[test]
fn unknown_does_what_the_policy_chose() {
    let dir = copy("merge-of-unknown");
    for (unknown, code, count) in [("ignore", 0, 0), ("warn", 0, 1), ("block", 1, 1)] {
        let policy = format!(
            "tag_policy \"t\" {{\n types = [\"aws_sns_topic\"]\n required = [\"team\"]\n unknown = \"{unknown}\"\n}}\n"
        );
        std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
        let run = gate_in(dir.path(), &["check", "plan.json", "--format", "json"]);
        assert_eq!((run.code, run.findings().len()), (code, count), "{unknown}");
    }
}

#[test]
fn policies_have_tests_that_fail_in_both_directions() {
    let policy = "tag_policy \"t\" { required = [\"team\"] }\n";
    let tests = "test \"it is asked for\" {\n resource \"aws_vpc\" \"main\" {}\n expect \"tag-missing\" { tag = \"team\" }\n}\ntest \"nothing is expected\" {\n resource \"aws_vpc\" \"main\" {}\n}\ntest \"a plan of a file\" {\n plan = \"plan.json\"\n}\ntest \"another is expected\" {\n plan = \"plan.json\"\n expect \"tag-empty\" {}\n}\n";
    let plan = std::fs::read_to_string(plans().join("ephemeral/plan.json")).unwrap();
    let dir = folder(&[("tollgate.hcl", policy), ("deep/tollgate.test.hcl", tests), ("deep/plan.json", &plan)]);
    let run = gate_in(dir.path(), &["test"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.stdout);
    let dir =
        folder(&[("tollgate.hcl", policy), ("a.test.hcl", "test \"x\" {\n plann = 1\n expect \"tag-mising\" {}\n}\n")]);
    let run = gate_in(dir.path(), &["test"]);
    assert_eq!(run.code, 2);
    insta::assert_snapshot!(run.stderr);
    let dir = folder(&[("tollgate.hcl", policy)]);
    assert_eq!(gate_in(dir.path(), &["test"]).code, 2);
}

#[test]
fn every_template_stands_by_itself() {
    let list = gate_in(&plans(), &["templates"]).stdout;
    for name in
        list.lines().filter_map(|l| l.split("  ").next()).filter(|n| !n.is_empty() && !n.starts_with("policy-gate"))
    {
        let text = gate_in(&plans(), &["templates", name]);
        assert_eq!(text.code, 0, "{name}");
        let dir = copy("drift");
        std::fs::write(dir.path().join("tollgate.hcl"), &text.stdout).unwrap();
        assert!(gate_in(dir.path(), &["check", "plan.json"]).code <= 1, "{name}");
    }
    let run = gate_in(&plans(), &["templates", "finops"]);
    assert_eq!(run.code, 2);
}

#[test]
fn a_simulation_shows_what_a_policy_would_change() {
    let dir = folder(&[
        ("old.hcl", "tag_policy \"t\" { required = [\"team\"] }\n"),
        ("tollgate.hcl", "tag_policy \"t\" { required = [\"environment\"] }\n"),
    ]);
    let stored = plans();
    let pattern = format!("{}/*/plan.json", stored.display());
    let run = gate_in(dir.path(), &["simulate", &pattern, "--from", "old.hcl"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(run.stdout.replace(&format!("{}/", stored.display()), ""));
    let same = gate_in(dir.path(), &["simulate", &pattern, "--from", "tollgate.hcl"]);
    assert!(same.stdout.starts_with("0 of "), "{}", same.stdout);
}
