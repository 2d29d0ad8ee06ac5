//! Hints: each leads somewhere, by an option of the command that printed it.

use crate::github::fixture;
use crate::support::{folder, gate_in};

/// The options that hints name, without those behind the name of another command, as in `policy-gate check --base`.
fn options_of(hint: &str) -> Vec<String> {
    let mut plain = String::new();
    for (n, part) in hint.split('`').enumerate() {
        let is_command = n % 2 == 1 && (part.starts_with("policy-gate ") || part.starts_with("tollgate "));
        plain += if is_command { " " } else { part };
    }
    let words = plain.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("--")).map(str::to_owned).collect()
}

/// Runs that fail, each in another way.
#[test]
fn a_hint_names_only_options_of_the_command_at_hand() {
    let plan = std::fs::read_to_string(fixture("before").join("plan.json")).unwrap();
    let policy = std::fs::read_to_string(fixture("tollgate.hcl")).unwrap();
    let dir = folder(&[("plan.json", &plan), ("tollgate.hcl", &policy), ("bad.json", "{}")]);
    let git = |arguments: &[&str]| {
        let done = std::process::Command::new("git").args(arguments).current_dir(dir.path()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(&["init", "-q"]);
    let mut hints = 0;
    for run in [
        &["simulate", "plan.json", "--from", "nosuch"][..],
        &["check", "plan.json", "--base", "nosuch"],
        &["check", "nosuch.json"],
        &["check", "plan.json"],
        &["check", "plan.json", "--budgets", "bad.json"],
        &["check", "plan.json", "--config", "nosuch.hcl"],
        &["fix", "plan.json", "--config", "nosuch.hcl"],
        &["fix", "plan.json"],
        &["cost", "nosuch.json"],
        &["explain", "aws_nosuch.x", "plan.json"],
        &["test"],
        &["test", "--config", "nosuch.hcl"],
        &["prices", "show", "--config", "nosuch.hcl"],
        &["prices", "show", "nosuch"],
    ] {
        let said = gate_in(dir.path(), run);
        let of: &[&str] = if run[0] == "prices" { &run[..2] } else { &run[..1] };
        let help = gate_in(dir.path(), &[of, &["--help"]].concat()).stdout;
        let text = said.stdout + &said.stderr;
        for line in text.lines().filter(|l| l.contains("hint:") || l.contains("help:") || l.contains("choose")) {
            hints += 1;
            for option in options_of(line) {
                assert!(help.contains(&format!("{option} <")), "{run:?}: {line}: there is no {option}");
            }
        }
    }
    assert!(hints >= 8, "{hints}");
}

#[test]
fn a_commit_that_does_not_exist_is_reported_by_the_option_that_names_it() {
    let plan = std::fs::read_to_string(fixture("before").join("plan.json")).unwrap();
    let dir = folder(&[("plan.json", &plan), ("tollgate.hcl", "tag_policy \"t\" { required = [\"team\"] }\n")]);
    let run = gate_in(dir.path(), &["simulate", "plan.json", "--from", "nosuch"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("there is no commit `nosuch`, which --from names"), "{}", run.stderr);
    assert!(!run.stderr.contains("waivers"), "{}", run.stderr);
}

/// The first gate and the gate of a pull request follow one another: tests of tags pass beside a policy of budgets.
#[test]
fn tests_of_tags_pass_beside_a_budget_policy() {
    let policy = std::fs::read_to_string(fixture("tollgate.hcl")).unwrap();
    let resource = "resource \"aws_instance\" \"web\" { instance_type = \"m5.large\" }";
    let tags = format!(
        "test \"without a team\" {{\n {resource}\n expect \"tag-missing\" {{ tag = \"team\" }}\n}}\n\
         test \"the status is not known\" {{\n {resource}\n expect \"tag-missing\" {{}}\n expect \"cost-unknown\" {{ outcome = \"warns\" }}\n}}\n"
    );
    let status = std::fs::read_to_string(fixture("budgets.json")).unwrap();
    let large =
        "resource \"aws_instance\" \"web\" {\n  instance_type = \"m5.24xlarge\"\n  tags = { team = \"platform\" }\n }";
    let money = |expect: &str| {
        format!(
            "test \"money\" {{\n expect \"tag-propagation\" {{ outcome = \"warns\" }}\n budgets = \"budgets.json\"\n today = \"2026-11-22\"\n {large}\n {expect}\n}}\n"
        )
    };
    let files =
        |text: &str| folder(&[("tollgate.hcl", &policy), ("budgets.json", &status), ("tollgate.test.hcl", text)]);
    let run = gate_in(files(&tags).path(), &["test"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    // A test with a status of budgets is judged by it.
    let run = gate_in(files(&money("expect \"budget-crossed\" {}")).path(), &["test"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let run = gate_in(files(&money("")).path(), &["test"]);
    assert!(run.code == 1 && run.stdout.contains("found budget-crossed"), "{}{}", run.stdout, run.stderr);
}

/// The age of the built-in prices is no fault of a change: it is a finding only where the policy file sets a limit.
#[test]
fn old_prices_are_a_note_of_cost_and_a_finding_by_policy_only() {
    let plan = std::fs::read_to_string(fixture("before").join("plan.json")).unwrap();
    let policy = "budget_policy \"money\" {\n max_increase = 100000\n currency = \"USD\"\n}\n";
    let run = |policy: &str, arguments: &[&str]| {
        let dir = folder(&[("plan.json", &plan), ("tollgate.hcl", policy)]);
        crate::support::gate_with(dir.path(), arguments, &[("TOLLGATE_NOW", "2031-01-01T00:00:00Z")], None)
    };
    let check = ["check", "plan.json", "--format", "json"];
    assert!(!run(policy, &check).stdout.contains("price-stale"));
    assert!(run(&format!("{policy}prices {{ stale_days = 90 }}\n"), &check).stdout.contains("price-stale"));
    let cost = run(policy, &["cost", "plan.json"]);
    assert!(cost.stderr.contains("note: the oldest price of this estimate is from 20"), "{}", cost.stderr);
}
