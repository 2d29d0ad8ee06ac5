//! The base branch: a change cannot waive itself, nor loosen what it is judged by.

use std::path::Path;
use std::process::Command;

use crate::support::{Run, copy, gate_in, gate_with};

fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.com",
        "-c",
        "init.defaultBranch=main",
    ]);
    let out = command.args(arguments).env("HOME", folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A repository whose main branch has the policy and the sources of a plan.
fn repository(name: &str) -> tempfile::TempDir {
    let dir = copy(name);
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "base"]);
    dir
}

fn check(folder: &Path) -> Run {
    gate_in(folder, &["check", "plan.json", "--base", "main", "--format", "json"])
}

fn edit(folder: &Path, change: impl Fn(String) -> String) {
    let path = folder.join("tollgate.hcl");
    std::fs::write(&path, change(std::fs::read_to_string(&path).unwrap())).unwrap();
}

const WAIVER: &str = "\nwaiver \"self\" {\n policies = [\"cost-allocation\"]\n addresses = [\"aws_instance.touched\"]\n owner = \"jane\"\n approver = \"jo\"\n reason = \"r\"\n expires = \"2027-06-30\"\n}\n";

#[test]
fn a_change_cannot_waive_itself() {
    let dir = repository("drift");
    assert_eq!(check(dir.path()).code, 1);
    edit(dir.path(), |policy| policy + WAIVER);
    let run = check(dir.path());
    assert_eq!(run.code, 1);
    assert!(run.findings().iter().any(|f| f.starts_with("waiver-not-on-base warns")), "{:?}", run.findings());
    // Without a base there is nobody to ask: an author's own machine.
    assert_eq!(gate_in(dir.path(), &["check", "plan.json"]).code, 0);
    git(dir.path(), &["commit", "-qam", "waive"]);
    assert_eq!(check(dir.path()).code, 0);
    // One that only moved in the file is the same.
    edit(dir.path(), |policy| format!("# a line more\n{policy}"));
    assert!(!check(dir.path()).findings().iter().any(|f| f.starts_with("waiver-not-on-base")));
    // Nor can it make its own waiver longer.
    edit(dir.path(), |policy| policy.replace("2027-06-30", "2029-06-30"));
    let run = check(dir.path());
    assert!(
        run.findings().iter().any(|f| f.starts_with("waiver-not-on-base")) && run.code == 0,
        "{:?}",
        run.findings()
    );
}

#[test]
fn a_change_cannot_loosen_what_it_is_judged_by() {
    let dir = repository("drift");
    edit(dir.path(), |policy| policy.replace("required = [\"team\"]", "enforcement = \"advisory\""));
    let run = check(dir.path());
    assert_eq!(run.code, 1);
    let findings = run.findings();
    assert!(findings.iter().any(|f| f.starts_with("policy-loosened blocks")), "{findings:?}");
    // Where nothing needs it, a policy may be loosened.
    let dir = repository("ephemeral");
    edit(dir.path(), |policy| policy.replace("required = [\"team\"]", "enforcement = \"advisory\""));
    assert_eq!(check(dir.path()).code, 0);
    // And tightened, which the change then has to meet.
    edit(dir.path(), |policy| policy.replace("enforcement = \"advisory\"", "required = [\"team\", \"owner\"]"));
    let findings = check(dir.path()).findings();
    assert_eq!(findings, ["tag-missing blocks aws_db_instance.main owner"]);
}

/// Nor say that it is of another environment than it is.
#[test]
fn a_change_cannot_leave_its_environment() {
    let dir = copy("drift");
    let policy = "environment \"prod\" { plans = [\"*plan.json\"] }\ntag_policy \"p\" {\n required = [\"owner\"]\n environments = [\"prod\"]\n}\n";
    std::fs::write(dir.path().join("tollgate.hcl"), policy).unwrap();
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "base"]);
    assert_eq!(check(dir.path()).code, 1);
    edit(dir.path(), |policy| policy.replace("*plan.json", "elsewhere/*"));
    let findings = check(dir.path()).findings();
    assert!(findings.iter().any(|f| f.starts_with("policy-loosened blocks")), "{findings:?}");
}

#[test]
fn rego_of_the_base_counts_too() {
    let dir = copy("ephemeral");
    std::fs::create_dir(dir.path().join("policies")).unwrap();
    let rego = "package main\nimport rego.v1\ndeny contains \"no databases\" if {\n\tsome c in input.resource_changes\n\tc.type == \"aws_db_instance\"\n}\n";
    std::fs::write(dir.path().join("policies/db.rego"), rego).unwrap();
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "base"]);
    assert!(check(dir.path()).findings().iter().any(|f| f.starts_with("rego-deny blocks")));
    std::fs::remove_file(dir.path().join("policies/db.rego")).unwrap();
    let findings = check(dir.path()).findings();
    assert!(findings.iter().any(|f| f.starts_with("policy-loosened blocks")), "{findings:?}");
}

#[test]
fn the_baseline_is_the_one_of_the_base() {
    let dir = repository("drift");
    assert_eq!(gate_in(dir.path(), &["check", "plan.json", "--write-baseline"]).code, 0);
    assert_eq!(check(dir.path()).code, 1);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-qm", "baseline"]);
    assert_eq!(check(dir.path()).code, 0);
}

#[test]
fn a_base_that_is_not_there_stops_everything() {
    let dir = repository("drift");
    let run = gate_in(dir.path(), &["check", "plan.json", "--base", "origin/main"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("there is no commit `origin/main`") && run.stderr.contains("fetch-depth: 0"),
        "{}",
        run.stderr
    );
    // A pull request of GitHub names its base by itself.
    let run = gate_with(dir.path(), &["check", "plan.json"], &[("GITHUB_BASE_REF", "main")], None);
    assert_eq!(run.code, 2);
    for odd in ["--upload-pack=x", "-x", "main; rm"] {
        assert_eq!(gate_in(dir.path(), &["check", "plan.json", &format!("--base={odd}")]).code, 2);
    }
}

/// A change that brings the policy in is judged by it.
#[test]
fn the_first_policy_holds_at_once() {
    let dir = copy("drift");
    std::fs::rename(dir.path().join("tollgate.hcl"), dir.path().join("later.hcl")).unwrap();
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "main.tf"]);
    git(dir.path(), &["commit", "-q", "-m", "base"]);
    std::fs::rename(dir.path().join("later.hcl"), dir.path().join("tollgate.hcl")).unwrap();
    assert_eq!(check(dir.path()).code, 1);
}

/// The policy need not lie at the top of the repository, nor the program run there.
#[test]
fn a_policy_below_the_top_is_read_from_the_base_too() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("infra/prod");
    std::fs::create_dir_all(&inner).unwrap();
    for name in ["plan.json", "main.tf", "tollgate.hcl"] {
        std::fs::copy(copy("drift").path().join(name), inner.join(name)).unwrap();
    }
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "base"]);
    edit(&inner, |policy| policy + WAIVER);
    assert_eq!(check(&inner).code, 1);
    let from_top = |folder: &Path| {
        let config = ["--config", "infra/prod/tollgate.hcl", "--base", "main"];
        gate_in(folder, &[&["check", "infra/prod/plan.json"], &config[..]].concat())
    };
    assert_eq!(from_top(dir.path()).code, 1);
    git(dir.path(), &["commit", "-qam", "waive"]);
    assert_eq!((check(&inner).code, from_top(dir.path()).code), (0, 0));
}
