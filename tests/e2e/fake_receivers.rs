//! PagerDuty, Jira, a Teams workflow and a webhook on this machine, written from their documentation.
//!
//! Sources: PagerDuty developer documentation, "Send an alert event"; Atlassian developer documentation, "Issue search", "Issues",
//! "Issue comments"; Microsoft Learn, "Create incoming webhooks with Workflows". Read 2026-11-21.

use std::sync::{Arc, Mutex};

use axum::Json;
use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

#[derive(Default)]
pub(crate) struct Received {
    /// Events of PagerDuty.
    pub(crate) events: Vec<Value>,
    /// Issues of Jira: fields, comments, status.
    pub(crate) issues: Vec<Value>,
    /// Cards of Teams.
    pub(crate) cards: Vec<Value>,
    /// Requests of the webhook: headers and raw body.
    pub(crate) hooks: Vec<(HeaderMap, String)>,
    /// What the next requests are answered, whatever they ask for.
    pub(crate) answers: Vec<(u16, Option<&'static str>)>,
}

pub(crate) struct Receivers {
    pub(crate) url: String,
    pub(crate) received: Arc<Mutex<Received>>,
}

impl Receivers {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received: Arc<Mutex<Received>> = Arc::default();
        let shared = || received.clone();
        let (pager, search, create, teams, hook) = (shared(), shared(), shared(), shared(), shared());
        let (comment, comments, transition, transitions, own) = (shared(), shared(), shared(), shared(), shared());
        let app = axum::Router::new()
            .route("/v2/enqueue", post(move |body: Bytes| async move { enqueue(&pager, &body) }))
            .route("/rest/api/3/search/jql", post(move |body: Json<Value>| async move { find(&search, &body) }))
            .route(
                "/rest/api/3/issue",
                post(move |headers: HeaderMap, body: Json<Value>| async move { make(&create, &headers, &body) }),
            )
            .route(
                "/rest/api/3/issue/{key}/comment",
                post(move |Path(key): Path<String>, body: Json<Value>| async move {
                    with(&comment, &key, |issue| issue["comments"].as_array_mut().unwrap().push(body.0.clone()))
                })
                .get(move |Path(key): Path<String>| async move {
                    let received = comments.lock().unwrap();
                    let issue = received.issues.iter().find(|i| i["key"] == key.as_str()).unwrap();
                    Json(json!({ "comments": issue["comments"] }))
                }),
            )
            .route(
                "/rest/api/3/issue/{key}/transitions",
                get(|| async {
                    Json(json!({ "transitions": [
                        { "id": "11", "to": { "statusCategory": { "key": "indeterminate" } } },
                        { "id": "31", "to": { "statusCategory": { "key": "done" } } },
                    ] }))
                })
                .post(move |Path(key): Path<String>, body: Json<Value>| async move {
                    assert_eq!(body["transition"]["id"], "31");
                    with(&transition, &key, |issue| issue["done"] = true.into())
                }),
            )
            .route(
                "/teams",
                post(move |body: Bytes| async move {
                    assert!(body.len() <= 28 << 10, "{} bytes", body.len());
                    teams.lock().unwrap().cards.push(serde_json::from_slice(&body).unwrap());
                    StatusCode::ACCEPTED
                }),
            )
            .route(
                "/hook",
                post(move |headers: HeaderMap, body: String| async move {
                    hook.lock().unwrap().hooks.push((headers, body));
                    StatusCode::OK
                }),
            )
            .layer(axum::middleware::from_fn(
                move |uri: Uri, request: axum::extract::Request, next: axum::middleware::Next| {
                    let own = own.clone();
                    async move {
                        let planned = own.lock().unwrap().answers.pop();
                        let Some((status, wait)) = planned else { return next.run(request).await };
                        let status = StatusCode::from_u16(status).unwrap();
                        let mut answer =
                            (status, json!({ "message": format!("a test at {uri}") }).to_string()).into_response();
                        if let Some(wait) = wait {
                            answer.headers_mut().insert("retry-after", wait.parse().unwrap());
                        }
                        answer
                    }
                },
            ));
        drop(transitions);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, received }
    }

    pub(crate) fn see<T>(&self, look: impl FnOnce(&Received) -> T) -> T {
        look(&self.received.lock().unwrap())
    }

    pub(crate) fn answer(&self, status: u16, retry_after: Option<&'static str>) {
        self.received.lock().unwrap().answers.push((status, retry_after));
    }
}

fn enqueue(received: &Mutex<Received>, body: &Bytes) -> Response {
    let event: Value = serde_json::from_slice(body).unwrap();
    let mut wrong = Vec::new();
    if event["routing_key"].as_str().is_none_or(|k| k.len() != 32) {
        wrong.push("'routing_key' is invalid");
    }
    let action = event["event_action"].as_str().unwrap_or_default();
    if !["trigger", "acknowledge", "resolve"].contains(&action) {
        wrong.push("'event_action' is invalid");
    }
    let payload = &event["payload"];
    if action == "trigger" {
        if payload["summary"].as_str().is_none_or(|s| s.is_empty() || s.chars().count() > 1024) {
            wrong.push("'payload.summary' is missing or too long");
        }
        if !["critical", "error", "warning", "info"].contains(&payload["severity"].as_str().unwrap_or_default()) {
            wrong.push("'payload.severity' is invalid");
        }
        if payload["source"].as_str().is_none() {
            wrong.push("'payload.source' is missing");
        }
    }
    if !wrong.is_empty() {
        let said = json!({ "status": "invalid event", "message": "Event object is invalid", "errors": wrong });
        return (StatusCode::BAD_REQUEST, Json(said)).into_response();
    }
    let key = event["dedup_key"].clone();
    received.lock().unwrap().events.push(event);
    let said = json!({ "status": "success", "message": "Event processed", "dedup_key": key });
    (StatusCode::ACCEPTED, Json(said)).into_response()
}

fn find(received: &Mutex<Received>, body: &Value) -> Response {
    let jql = body["jql"].as_str().unwrap();
    let label = jql.split("labels = \"").nth(1).unwrap().split('"').next().unwrap();
    let received = received.lock().unwrap();
    let has = |issue: &&Value| issue["fields"]["labels"].as_array().unwrap().iter().any(|l| l == label);
    let found: Vec<&Value> = received.issues.iter().filter(has).collect();
    Json(json!({ "issues": found, "isLast": true })).into_response()
}

fn make(received: &Mutex<Received>, headers: &HeaderMap, body: &Value) -> Response {
    let basic = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !basic.starts_with("Basic ") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let fields = &body["fields"];
    let summary = fields["summary"].as_str().unwrap_or_default();
    let adf = &fields["description"];
    let labels = fields["labels"].as_array().unwrap();
    if summary.is_empty() || summary.chars().count() > 255 || summary.contains('\n') {
        let said = json!({ "errorMessages": [], "errors": { "summary": "Summary must be less than 255 characters." } });
        return (StatusCode::BAD_REQUEST, Json(said)).into_response();
    }
    if adf["type"] != "doc" || adf["version"] != 1 || labels.iter().any(|l| l.as_str().unwrap().contains(' ')) {
        let said = json!({ "errorMessages": ["INVALID_INPUT"], "errors": {} });
        return (StatusCode::BAD_REQUEST, Json(said)).into_response();
    }
    let mut received = received.lock().unwrap();
    let key = format!("FIN-{}", received.issues.len() + 1);
    received.issues.push(json!({ "key": key, "fields": fields, "comments": [], "done": false }));
    (StatusCode::CREATED, Json(json!({ "id": "1", "key": key }))).into_response()
}

fn with(received: &Mutex<Received>, key: &str, change: impl FnOnce(&mut Value)) -> StatusCode {
    let mut received = received.lock().unwrap();
    match received.issues.iter_mut().find(|i| i["key"] == key) {
        Some(issue) => {
            change(issue);
            StatusCode::CREATED
        }
        None => StatusCode::NOT_FOUND,
    }
}
