//! GitHub's own description of its API, and its own examples of events.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tollgate_policy_gate::github::Event;

use crate::fake_github::{FakeGitHub, HEAD, comment, pull};
use crate::github::Job;

/// The folder of Prism and GitHub's packages. Tests that need it are ignored by name, and `cargo xtask test` runs them.
fn packages() -> PathBuf {
    let Some(folder) = std::env::var_os("TOLLGATE_PRISM") else {
        panic!("TOLLGATE_PRISM does not name the folder; `cargo xtask test` installs Prism")
    };
    PathBuf::from(folder).join("node_modules")
}

struct Prism(Child);

impl Drop for Prism {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Prism serving GitHub's description; it answers a request that the description does not allow with 422.
fn prism(packages: &std::path::Path) -> (Prism, String) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let spec = packages.join("@octokit/openapi/generated/api.github.com.json");
    let mut command = Command::new(packages.join(".bin/prism"));
    command.args(["mock", "--errors", "--host", "127.0.0.1", "--port", &port]).arg(spec);
    let child = Prism(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let until = Instant::now() + Duration::from_secs(180);
    while std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_err() {
        assert!(Instant::now() < until, "Prism does not start");
        std::thread::sleep(Duration::from_millis(200));
    }
    (child, format!("http://127.0.0.1:{port}"))
}

/// Every kind of request that the gate makes, as the fake was asked.
fn requests() -> Vec<(String, String, Value)> {
    let job = Job::new("before");
    let patch = format!("@@ -1,0 +1,40 @@\n{}", "+x\n".repeat(40));
    job.github.with(|kept| {
        kept.files = vec![json!({ "filename": "main.tf", "patch": patch })];
        kept.pulls.push(pull(8, &"8".repeat(40)));
        kept.teams.insert("platform-leads".to_owned(), vec!["lead".to_owned()]);
        kept.reviews =
            vec![json!({ "user": { "login": "lead" }, "state": "APPROVED", "commit_id": HEAD, "body": "fine" })];
        kept.comments = vec![comment(7, "lead", "hello")];
    });
    job.run_for("pull_request", &[]);
    job.run_for("pull_request", &[]);
    let fork = json!({ "workflow_run": {
        "head_sha": HEAD, "head_branch": "change", "head_repository": { "owner": { "login": "stranger" } },
    } });
    job.event(&fork);
    job.run_for("workflow_run", &[]);
    job.event(&json!({ "issue": { "number": 7, "pull_request": {} } }));
    job.run_for("issue_comment", &[]);
    ambiguous(&job.github, &job);
    job.github.with(|kept| kept.asked.clone())
}

/// What is asked when it is not known whether something was done.
fn ambiguous(github: &FakeGitHub, job: &Job) {
    let fault = crate::fake_github::Fault { done: true, ..crate::fake_github::Fault::new("POST", "/check-runs", 502) };
    github.fail(fault);
    job.run_for("issue_comment", &[]);
}

/// Whether Prism finds fault with a request. Some of the description's own examples of answers are not as it describes them, which
/// is no fault of the request.
fn refused(text: &str) -> bool {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(kind) = answer["type"].as_str().and_then(|t| t.split_once("prism/errors#")).map(|(_, kind)| kind) else {
        return false;
    };
    let of_answer = |v: &Value| v["location"][0] == "response";
    match kind {
        "VIOLATIONS" => !answer["validation"].as_array().is_some_and(|all| all.iter().all(of_answer)),
        kind => kind != "NO_RESPONSE_DEFINED",
    }
}

#[tokio::test]
#[ignore = "needs Prism: run `cargo xtask test`"]
async fn every_request_is_one_that_github_describes() {
    let packages = packages();
    let (_prism, url) = prism(&packages);
    let client = reqwest::Client::new();
    let (mut seen, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for (method, path, body) in requests() {
        if !seen.insert((method.clone(), path.clone(), body.to_string())) {
            continue;
        }
        let mut request = client.request(method.parse().unwrap(), format!("{url}{path}"));
        request = request
            .header("authorization", "Bearer x")
            .header("accept", "application/vnd.github+json, application/json;q=0.9");
        if !body.is_null() {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(!refused(&text), "{method} {path}: {status} {text}\n{body}");
        let kind: String =
            path.split('?').next().unwrap().chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        kinds.insert(format!("{method} {}", kind.replace(HEAD, "SHA")));
    }
    assert!(kinds.len() >= 12, "{kinds:#?}");
}

#[test]
#[ignore = "needs Prism: run `cargo xtask test`"]
fn githubs_own_events_are_understood() {
    let packages = packages();
    let path = packages.join("@octokit/webhooks-examples/api.github.com/index.json");
    let all: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let read = |name: &str| -> Vec<Event> {
        let found = all.iter().find(|e| e["name"] == name).unwrap_or_else(|| panic!("no example of {name}"));
        found["examples"].as_array().unwrap().iter().map(|e| Event::read(name, e, "sha of the job")).collect()
    };
    for name in ["pull_request", "pull_request_review"] {
        let events = read(name);
        assert!(
            !events.is_empty() && events.iter().all(|e| matches!(e, Event::PullRequest(p) if p.head.len() == 40)),
            "{events:?}"
        );
    }
    let runs = read("workflow_run");
    assert!(!runs.is_empty() && runs.iter().all(|e| matches!(e, Event::WorkflowRun { head, .. } if head.len() == 40)));
    // Comments of issues are no pull requests.
    assert!(read("issue_comment").iter().all(|e| matches!(e, Event::Number(_) | Event::Commit(_))));
    assert!(read("push").iter().all(|e| *e == Event::Commit("sha of the job".to_owned())));
}
