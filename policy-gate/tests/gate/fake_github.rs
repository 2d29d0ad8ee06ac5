//! A small GitHub that keeps what it receives and can fail: written from the REST API's description (version 2022-11-28).

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The commit of pull request 7.
pub(crate) const HEAD: &str = "1a2b3c4d5e6f708192a3b4c5d6e7f80910111213";

/// An answer that goes wrong.
#[derive(Clone)]
pub(crate) struct Fault {
    pub(crate) method: &'static str,
    /// What the path ends with.
    pub(crate) path: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) message: &'static str,
    /// Whether what was asked is done all the same.
    pub(crate) done: bool,
}

impl Fault {
    pub(crate) fn new(method: &'static str, path: &'static str, status: u16) -> Self {
        Self { method, path, status, headers: Vec::new(), message: "it went wrong", done: false }
    }
}

/// What it keeps.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) asked: Vec<(String, String, Value)>,
    pub(crate) checks: BTreeMap<u64, Value>,
    pub(crate) comments: Vec<Value>,
    pub(crate) reviews: Vec<Value>,
    pub(crate) review_comments: Vec<Value>,
    pub(crate) files: Vec<Value>,
    pub(crate) pulls: Vec<Value>,
    /// Members by team.
    pub(crate) teams: BTreeMap<String, Vec<String>>,
    pub(crate) faults: VecDeque<Fault>,
    next: u64,
}

pub(crate) struct FakeGitHub {
    pub(crate) kept: Arc<Mutex<Kept>>,
    pub(crate) url: String,
}

type Shared = Arc<Mutex<Kept>>;

impl FakeGitHub {
    /// With one open pull request, 7, by `author`.
    pub(crate) fn start() -> Self {
        let kept: Shared = Arc::new(Mutex::new(Kept { next: 100, pulls: vec![pull(7, HEAD)], ..Kept::default() }));
        let shared = Arc::clone(&kept);
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new().fallback(answer).with_state(shared);
                axum::serve(listener, app).await.unwrap();
            });
        });
        let address = receiver.recv().unwrap();
        Self { kept, url: format!("http://{address}") }
    }

    pub(crate) fn with<T>(&self, f: impl FnOnce(&mut Kept) -> T) -> T {
        f(&mut self.kept.lock().unwrap())
    }

    pub(crate) fn fail(&self, fault: Fault) {
        self.with(|kept| kept.faults.push_back(fault));
    }

    /// The check run that was made last.
    pub(crate) fn check(&self) -> Value {
        self.with(|kept| kept.checks.values().next_back().cloned().unwrap_or_default())
    }

    /// How often something was asked.
    pub(crate) fn count(&self, method: &str, path: &str) -> usize {
        self.with(|kept| {
            kept.asked.iter().filter(|(m, p, _)| m == method && p.split('?').next().unwrap().ends_with(path)).count()
        })
    }
}

pub(crate) fn pull(number: u64, head: &str) -> Value {
    json!({ "number": number, "draft": false, "user": { "login": "author" }, "head": { "sha": head, "ref": "change" }, "base": { "ref": "main" } })
}

pub(crate) fn comment(number: u64, who: &str, body: &str) -> Value {
    let at = "2026-11-22T06:00:00Z";
    let issue = format!("https://api.github.com/repos/acme/infra/issues/{number}");
    let kind = if who.ends_with("[bot]") { "Bot" } else { "User" };
    json!({
        "id": 1, "user": { "login": who, "type": kind }, "body": body, "issue_url": issue, "created_at": at, "updated_at": at,
    })
}

async fn answer(State(kept): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut kept = kept.lock().unwrap();
    let parsed: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let path = uri.path().to_owned();
    kept.asked.push((method.to_string(), uri.to_string(), parsed.clone()));
    if headers.get("authorization").is_none() {
        return (StatusCode::UNAUTHORIZED, "{\"message\":\"Requires authentication\"}").into_response();
    }
    let fits = kept.faults.front().is_some_and(|f| f.method == method.as_str() && path.ends_with(f.path));
    let fault = if fits { kept.faults.pop_front() } else { None };
    let good = match &fault {
        Some(fault) if !fault.done => None,
        _ => Some(route(&mut kept, method.as_str(), &path, uri.query().unwrap_or_default(), &parsed)),
    };
    let (status, body, extra) = match (fault, good) {
        (Some(fault), _) => (fault.status, json!({ "message": fault.message }), fault.headers),
        (None, Some((status, body))) => (status, body, Vec::new()),
        (None, None) => unreachable!(),
    };
    let mut response = (StatusCode::from_u16(status).unwrap(), body.to_string()).into_response();
    for (name, value) in extra {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn route(kept: &mut Kept, method: &str, path: &str, query: &str, body: &Value) -> (u16, Value) {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let ok = |value: Value| (200, value);
    let missing = || (404, json!({ "message": "Not Found" }));
    match (method, parts.as_slice()) {
        // The token of a job may not ask who it is.
        ("GET", ["user"]) => (403, json!({ "message": "Resource not accessible by integration" })),
        ("GET", ["orgs", "acme", "teams", team, "memberships", who]) => {
            let is = kept.teams.get(*team).is_some_and(|m| m.iter().any(|w| w == who));
            if is { ok(json!({ "state": "active", "role": "member" })) } else { missing() }
        }
        ("POST", ["repos", "acme", "infra", "check-runs"]) => {
            kept.next += 1;
            let mut check = body.clone();
            check["id"] = kept.next.into();
            check["html_url"] = format!("https://github.com/acme/infra/runs/{}", kept.next).into();
            check["annotations"] = json!([]);
            kept.checks.insert(kept.next, check.clone());
            (201, check)
        }
        ("PATCH", ["repos", "acme", "infra", "check-runs", id]) => {
            let Some(check) = kept.checks.get_mut(&id.parse().unwrap()) else { return missing() };
            let batch = body["output"]["annotations"].as_array().cloned().unwrap_or_default();
            if batch.len() > 50 {
                return (422, json!({ "message": "No more than 50 items are permitted in \"annotations\"" }));
            }
            if body["output"]["summary"].as_str().is_some_and(|s| s.len() > 65_535) {
                return (422, json!({ "message": "summary is too long" }));
            }
            let mut all = check["annotations"].as_array().cloned().unwrap_or_default();
            all.extend(batch);
            for (key, value) in body.as_object().unwrap() {
                check[key] = value.clone();
            }
            check["annotations"] = all.into();
            ok(check.clone())
        }
        ("GET", ["repos", "acme", "infra", "commits", _, "check-runs"]) => {
            let all: Vec<&Value> = kept.checks.values().collect();
            ok(json!({ "total_count": all.len(), "check_runs": all }))
        }
        ("GET", ["repos", "acme", "infra", "pulls"]) => ok(page(&kept.pulls, query)),
        ("GET", ["repos", "acme", "infra", "pulls", number]) => kept
            .pulls
            .iter()
            .find(|p| p["number"].as_u64() == number.parse().ok())
            .map_or_else(missing, |p| ok(p.clone())),
        ("GET", ["repos", "acme", "infra", "pulls", _, "reviews"]) => ok(page(&kept.reviews, query)),
        ("GET", ["repos", "acme", "infra", "pulls", _, "files"]) => ok(page(&kept.files, query)),
        ("GET", ["repos", "acme", "infra", "pulls", _, "comments"]) => ok(page(&kept.review_comments, query)),
        ("POST", ["repos", "acme", "infra", "pulls", _, "reviews"]) => {
            for c in body["comments"].as_array().into_iter().flatten() {
                let mut c = c.clone();
                c["user"] = json!({ "login": "github-actions[bot]", "type": "Bot" });
                kept.review_comments.push(c);
            }
            ok(json!({ "id": 5 }))
        }
        ("GET", ["repos", "acme", "infra", "issues", "comments"]) => ok(page(&kept.comments, query)),
        ("GET", ["repos", "acme", "infra", "issues", number, "comments"]) => {
            let of: Vec<Value> = kept
                .comments
                .iter()
                .filter(|c| c["issue_url"].as_str().unwrap().ends_with(&format!("/{number}")))
                .cloned()
                .collect();
            ok(page(&of, query))
        }
        ("POST", ["repos", "acme", "infra", "issues", number, "comments"]) => {
            if body["body"].as_str().is_none_or(|b| b.chars().count() > 65_536) {
                return (422, json!({ "message": "Body is too long (maximum is 65536 characters)" }));
            }
            kept.next += 1;
            let mut made = comment(number.parse().unwrap(), "github-actions[bot]", body["body"].as_str().unwrap());
            made["id"] = kept.next.into();
            kept.comments.push(made.clone());
            (201, made)
        }
        ("PATCH", ["repos", "acme", "infra", "issues", "comments", id]) => {
            let Some(found) = kept.comments.iter_mut().find(|c| c["id"].as_u64() == id.parse().ok()) else {
                return missing();
            };
            found["body"] = body["body"].clone();
            ok(found.clone())
        }
        _ => missing(),
    }
}

fn page(all: &[Value], query: &str) -> Value {
    let figure = |name: &str, usual: usize| {
        query.split('&').find_map(|p| p.strip_prefix(&format!("{name}="))?.parse().ok()).unwrap_or(usual)
    };
    let (size, page) = (figure("per_page", 30), figure("page", 1));
    all.iter().skip((page - 1) * size).take(size).cloned().collect()
}
