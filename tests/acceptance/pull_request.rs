//! Acceptance: a pull request that breaks a tag or budget policy is blocked.
//!
//! The action's own script runs as GitHub would run it: inputs in the environment, an event file, files for outputs and summary, and a
//! GitHub that records its requests. It belongs to the tests of policy-gate, whose program it runs.

use std::process::Command;

use crate::fake_github::HEAD;
use crate::github::Job;

/// The exit code of the action's script.
fn action(job: &Job) -> i32 {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("action/run.sh");
    let mut command = Command::new("bash");
    command.arg(script).env_clear().env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("HOME", job.folder.path()).envs(job.variables("pull_request"));
    // Where the installer puts the program.
    let installed = job.folder.path().join("temp/policy-gate-v0.1.0");
    std::fs::create_dir_all(&installed).unwrap();
    let _ = std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_policy-gate"), installed.join("policy-gate"));
    command.env("RUNNER_TEMP", job.folder.path().join("temp")).env("POLICY_GATE_VERSION", "v0.1.0");
    // Another program that a step of the job names is not run.
    command.env("POLICY_GATE_BINARY", "/bin/true");
    for (name, value) in [
        ("POLICY_GATE_DIRECTORY", job.folder.path().display().to_string().as_str()),
        // An input is text and never a command.
        ("POLICY_GATE_PLANS", "plan.json\n\n"),
        ("POLICY_GATE_ENVIRONMENT", "$(touch owned); `touch owned`"),
        ("POLICY_GATE_CONFIG", "tollgate.hcl"),
        ("POLICY_GATE_BUDGETS", "budgets.json"),
        ("POLICY_GATE_CHECK_NAME", "policy-gate"),
        ("POLICY_GATE_SARIF", "policy-gate.sarif"),
        ("POLICY_GATE_COMMENT", "true"),
        ("POLICY_GATE_SUGGESTIONS", "true"),
    ] {
        command.env(name, value);
    }
    let out = command.output().unwrap();
    eprint!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(!job.folder.path().join("owned").exists());
    out.status.code().unwrap()
}

fn outputs(job: &Job, name: &str) -> String {
    let text = std::fs::read_to_string(job.folder.path().join("output")).unwrap();
    // The last run's.
    let at = text.rfind(&format!("{name}<<")).unwrap();
    text[at..].lines().nth(1).unwrap().to_owned()
}

#[test]
fn a_pull_request_that_breaks_a_tag_and_a_budget_policy_is_blocked_until_it_is_fixed() {
    // A large instance without its team, and a budget that has no room for it.
    let job = Job::new("before");
    assert_eq!(action(&job), 1);
    let check = job.github.check();
    assert_eq!((check["head_sha"].as_str(), check["conclusion"].as_str()), (Some(HEAD), Some("failure")));
    let lines: Vec<String> = check["annotations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| format!("{}:{} {}", a["path"].as_str().unwrap(), a["start_line"], a["title"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, ["main.tf:14 tag-missing", "main.tf:16 budget-crossed"]);
    assert_eq!((outputs(&job, "verdict"), outputs(&job, "blocks")), ("blocked".to_owned(), "2".to_owned()));
    let sarif = std::fs::read_to_string(job.folder.path().join("policy-gate.sarif")).unwrap();
    assert!(sarif.contains("budget-crossed"));
    let blocked = job.github.with(|kept| kept.comments[0].clone());
    assert!(blocked["body"].as_str().unwrap().contains("budget \"platform\" is crossed"), "{blocked}");
    // The tag is added and the instance shrunk.
    job.commit("after");
    assert_eq!(action(&job), 0);
    assert_eq!(job.github.check()["conclusion"], "success");
    assert_eq!(outputs(&job, "verdict"), "passed");
    let comments = job.github.with(|kept| kept.comments.clone());
    assert!(comments.len() == 1 && comments[0]["id"] == blocked["id"]);
    assert!(comments[0]["body"].as_str().unwrap().contains("✅"), "{comments:?}");
}
