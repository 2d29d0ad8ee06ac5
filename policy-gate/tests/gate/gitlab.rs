//! Merge requests of GitLab, against a small GitLab that keeps what it receives and can fail: written from the documentation of its REST
//! API, version 4.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::support::{Run, folder, gate_with};

const TOKEN: &str = "glpat-of-the-test";
const POLICY: &str = "tag_policy \"t\" {\n  required = [\"team\"]\n}\n";

#[derive(Default)]
struct Kept {
    notes: Vec<Value>,
    requests: Vec<String>,
    /// Statuses of the next requests that write, and whether what was asked is done all the same.
    faults: VecDeque<(u16, bool)>,
}

type Shared = Arc<Mutex<Kept>>;

fn start() -> (Shared, String) {
    let kept = Shared::default();
    let shared = Arc::clone(&kept);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            axum::serve(listener, Router::new().fallback(answer).with_state(shared)).await.unwrap();
        });
    });
    (kept, format!("http://{}/api/v4", receiver.recv().unwrap()))
}

async fn answer(State(kept): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut kept = kept.lock().unwrap();
    kept.requests.push(format!("{method} {}", uri.path()));
    if headers.get("private-token").is_none_or(|token| token != TOKEN) {
        return (StatusCode::UNAUTHORIZED, "{\"message\":\"401 Unauthorized\"}").into_response();
    }
    let fault = if method == Method::GET { None } else { kept.faults.pop_front() };
    let done = fault.is_none_or(|(_, done)| done);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let parts: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let (status, value) = match (method.as_str(), &parts[2..]) {
        ("GET", ["user"]) => (200, json!({ "id": 42, "username": "project_7_bot" })),
        ("GET", ["projects", "7", "merge_requests", "3", "notes"]) => {
            let query = uri.query().unwrap_or_default();
            let page: usize = query.split('&').find_map(|p| p.strip_prefix("page=")).unwrap().parse().unwrap();
            let notes: Vec<Value> = kept.notes.iter().skip((page - 1) * 100).take(100).cloned().collect();
            (200, json!(notes))
        }
        ("POST", ["projects", "7", "merge_requests", "3", "notes"]) if done => {
            let note = json!({ "id": kept.notes.len() + 1, "author": { "id": 42 }, "body": body["body"] });
            kept.notes.push(note.clone());
            (201, note)
        }
        ("PUT", ["projects", "7", "merge_requests", "3", "notes", id]) if done => {
            let at = id.parse::<usize>().unwrap() - 1;
            kept.notes[at]["body"] = body["body"].clone();
            (200, kept.notes[at].clone())
        }
        _ => (404, json!({ "message": "404 Not Found" })),
    };
    let (status, value) = fault.map_or((status, value), |(status, _)| (status, json!({ "message": "it went wrong" })));
    (StatusCode::from_u16(status).unwrap(), value.to_string()).into_response()
}

/// A repository with a base branch and a change without a tag.
fn repository() -> tempfile::TempDir {
    let dir = folder(&[("main.tf", "resource \"aws_sns_topic\" \"t\" {}\n"), ("tollgate.hcl", POLICY)]);
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "base"],
        &["update-ref", "refs/remotes/origin/main", "HEAD"],
    ] {
        let out = std::process::Command::new("git").args(arguments).current_dir(dir.path()).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
    dir
}

fn gate(dir: &std::path::Path, url: &str, arguments: &[&str]) -> Run {
    let variables = [
        ("CI_API_V4_URL", url),
        ("CI_PROJECT_ID", "7"),
        ("CI_MERGE_REQUEST_IID", "3"),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("TOLLGATE_GITLAB_TOKEN", TOKEN),
        ("TOLLGATE_RETRY_MILLISECONDS", "1"),
    ];
    gate_with(dir, &[&["gitlab", "."], arguments].concat(), &variables, None)
}

#[test]
fn a_merge_request_has_one_note_that_follows_the_verdict() {
    let (kept, url) = start();
    let dir = repository();
    let others = (0..150).map(|id| json!({ "id": id + 1, "author": { "id": 1 }, "body": "<!-- tollgate:policy-gate policy-gate -->\nforged" }));
    kept.lock().unwrap().notes = others.collect();
    let run = gate(dir.path(), &url, &["--code-quality", "quality.json"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let body = |at: usize| kept.lock().unwrap().notes[at]["body"].as_str().unwrap().to_owned();
    assert!(body(150).contains("`team`") && body(149).ends_with("forged"), "{}", body(150));
    let quality = std::fs::read_to_string(dir.path().join("quality.json")).unwrap();
    let quality: Value = serde_json::from_str(&quality).unwrap();
    assert_eq!(quality[0]["location"], json!({ "path": "main.tf", "lines": { "begin": 1 } }));
    assert_eq!((&quality[0]["severity"], &quality[0]["check_name"]), (&json!("blocker"), &json!("tag-missing")));
    // The same verdict writes nothing, and another one replaces the text.
    gate(dir.path(), &url, &[]);
    let writes = |kept: &Shared| kept.lock().unwrap().requests.iter().filter(|r| !r.starts_with("GET")).count();
    assert_eq!(writes(&kept), 1);
    std::fs::write(dir.path().join("main.tf"), "resource \"aws_sns_topic\" \"t\" {\n  tags = { team = \"a\" }\n}\n")
        .unwrap();
    let run = gate(dir.path(), &url, &[]);
    assert_eq!((run.code, writes(&kept), kept.lock().unwrap().notes.len()), (0, 2, 151), "{}", run.stderr);
}

#[test]
fn a_change_cannot_pass_by_its_own_policy() {
    let (_, url) = start();
    let dir = repository();
    std::fs::write(dir.path().join("tollgate.hcl"), "# nothing\n").unwrap();
    let run = gate(dir.path(), &url, &[]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("policy-loosened"), "{}", run.stdout);
}

#[test]
fn what_gitlab_refuses_changes_no_verdict_and_a_note_is_never_written_twice() {
    let (kept, url) = start();
    let dir = repository();
    // The answer is lost after the note was written: it is found, not written again.
    kept.lock().unwrap().faults.push_back((502, true));
    let run = gate(dir.path(), &url, &[]);
    assert_eq!((run.code, kept.lock().unwrap().notes.len()), (1, 1), "{}", run.stderr);
    // A rate limit refused it, so it is asked again.
    kept.lock().unwrap().notes.clear();
    kept.lock().unwrap().faults.extend([(429, false), (429, false)]);
    assert_eq!((gate(dir.path(), &url, &[]).code, kept.lock().unwrap().notes.len()), (1, 1));
    kept.lock().unwrap().notes.clear();
    kept.lock().unwrap().faults.push_back((403, false));
    let run = gate(dir.path(), &url, &[]);
    assert_eq!((run.code, kept.lock().unwrap().notes.len()), (1, 0));
    assert!(run.stderr.contains("the note could not be written: GitLab answered 403"), "{}", run.stderr);
    assert!(!run.stderr.contains(TOKEN) && !run.stdout.contains(TOKEN));
}
