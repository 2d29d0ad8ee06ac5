//! A Slack on this machine, written from its documentation, that can fail: it limits rates, answers too late or not at all, and says
//! `ok: false`.
//!
//! Source: Slack developer documentation, the pages of the methods below and "Rate limits". Read 2026-11-21.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use serde_json::{Value, json};

/// The bot token that it takes.
pub(crate) const TOKEN: &str = "xoxb-a-token-that-nobody-sees";

/// What the next request of a method meets.
#[derive(Clone, Debug)]
pub(crate) enum Fails {
    /// 429 with seconds to wait. Nothing is done.
    Limits(u64),
    /// `ok: false` with an error. Nothing is done.
    Says(&'static str),
    /// It is done, and the connection ends without an answer.
    LosesAnswer,
    /// It is done, and the answer comes after this.
    Late(Duration),
}

/// What was asked of it.
#[derive(Default)]
pub(crate) struct Workspace {
    /// Messages, by their `ts`: channel, thread, text, blocks, metadata.
    pub(crate) messages: Vec<Value>,
    /// How often a message was edited.
    pub(crate) edits: usize,
    /// Forms that were opened.
    pub(crate) views: Vec<Value>,
    /// Answers that only the requester sees.
    pub(crate) answers: Vec<Value>,
    /// Files by id, and whether their upload was completed.
    pub(crate) files: BTreeMap<String, (Vec<u8>, bool)>,
    /// E-mail addresses by member.
    pub(crate) emails: BTreeMap<String, String>,
    /// Members by user group.
    pub(crate) groups: BTreeMap<String, Vec<String>>,
    /// What next requests meet, by method.
    pub(crate) fails: Vec<(&'static str, Fails)>,
    /// Requests, by method.
    pub(crate) requests: Vec<String>,
}

impl Workspace {
    /// Messages that stand in the channel itself.
    pub(crate) fn cards(&self) -> Vec<&Value> {
        self.messages.iter().filter(|m| m["thread_ts"].is_null()).collect()
    }

    /// Messages in threads.
    pub(crate) fn replies(&self) -> Vec<&Value> {
        self.messages.iter().filter(|m| !m["thread_ts"].is_null()).collect()
    }
}

pub(crate) struct FakeSlack {
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    pub(crate) workspace: Arc<Mutex<Workspace>>,
}

impl FakeSlack {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let workspace: Arc<Mutex<Workspace>> = Arc::default();
        let (methods, uploads, hooks) = (workspace.clone(), workspace.clone(), workspace.clone());
        let own = url.clone();
        let app = axum::Router::new()
            .route(
                "/api/{method}",
                any(move |Path(method): Path<String>, uri: Uri, headers: HeaderMap, body: Bytes| {
                    let (workspace, own) = (methods.clone(), own.clone());
                    async move { method_of(&workspace, &own, &method, &uri, &headers, &body).await }
                }),
            )
            .route(
                "/upload/{id}",
                post(move |Path(id): Path<String>, body: Bytes| {
                    let workspace = uploads.clone();
                    async move {
                        workspace.lock().unwrap().files.insert(id, (body.to_vec(), false));
                        "OK"
                    }
                }),
            )
            .route(
                "/hooks/{id}",
                post(move |body: Bytes| {
                    let workspace = hooks.clone();
                    async move {
                        workspace.lock().unwrap().answers.push(serde_json::from_slice(&body).unwrap());
                        "ok"
                    }
                }),
            );
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, workspace }
    }

    /// What `TOLLGATE_ENDPOINTS` names.
    pub(crate) fn endpoint(&self) -> String {
        format!("slack={}/api", self.url)
    }

    /// Where a press or a command is answered.
    pub(crate) fn reply_to(&self) -> String {
        format!("{}/hooks/1", self.url)
    }

    pub(crate) fn fail(&self, method: &'static str, fails: Fails) {
        self.workspace.lock().unwrap().fails.push((method, fails));
    }

    pub(crate) fn see<T>(&self, look: impl FnOnce(&Workspace) -> T) -> T {
        look(&self.workspace.lock().unwrap())
    }
}

async fn method_of(
    workspace: &Mutex<Workspace>,
    own: &str,
    method: &str,
    uri: &Uri,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    let failing = {
        let mut workspace = workspace.lock().unwrap();
        workspace.requests.push(method.to_owned());
        let place = workspace.fails.iter().position(|(m, _)| *m == method);
        place.map(|i| workspace.fails.remove(i).1)
    };
    let bearer = headers.get("authorization").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if bearer != format!("Bearer {TOKEN}") {
        return axum::Json(json!({ "ok": false, "error": "invalid_auth" })).into_response();
    }
    match failing {
        Some(Fails::Limits(seconds)) => {
            let said = json!({ "ok": false, "error": "ratelimited" }).to_string();
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())], said).into_response();
        }
        Some(Fails::Says(error)) => return axum::Json(json!({ "ok": false, "error": error })).into_response(),
        Some(Fails::LosesAnswer) => {
            answer(workspace, own, method, uri, body);
            return StatusCode::BAD_GATEWAY.into_response();
        }
        Some(Fails::Late(wait)) => {
            let said = answer(workspace, own, method, uri, body);
            tokio::time::sleep(wait).await;
            return axum::Json(said).into_response();
        }
        None => {}
    }
    axum::Json(answer(workspace, own, method, uri, body)).into_response()
}

fn answer(workspace: &Mutex<Workspace>, own: &str, method: &str, uri: &Uri, body: &Bytes) -> Value {
    let mut workspace = workspace.lock().unwrap();
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let query: BTreeMap<String, String> =
        serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let no = |error: &str| json!({ "ok": false, "error": error });
    if let Some(wrong) = wrong_blocks(&body["blocks"]) {
        return json!({ "ok": false, "error": "invalid_blocks", "response_metadata": { "messages": [wrong] } });
    }
    match method {
        "chat.postMessage" => {
            if !body["channel"].as_str().is_some_and(|c| c.starts_with('C')) {
                return no("channel_not_found");
            }
            if body["text"].as_str().is_none_or(str::is_empty) && body["blocks"].is_null() {
                return no("no_text");
            }
            let ts = format!("1795219200.{:06}", workspace.messages.len() + 1);
            let mut message = body.clone();
            message["ts"] = ts.as_str().into();
            workspace.messages.push(message);
            json!({ "ok": true, "channel": body["channel"], "ts": ts })
        }
        "chat.update" => {
            let Some(message) = workspace.messages.iter_mut().find(|m| m["ts"] == body["ts"]) else {
                return no("message_not_found");
            };
            message["text"] = body["text"].clone();
            message["blocks"] = body["blocks"].clone();
            workspace.edits += 1;
            json!({ "ok": true, "channel": body["channel"], "ts": body["ts"] })
        }
        "conversations.history" | "conversations.replies" => {
            let thread = query.get("ts");
            let of = |m: &&Value| match thread {
                Some(ts) => m["thread_ts"].as_str() == Some(ts) || m["ts"].as_str() == Some(ts),
                None => m["thread_ts"].is_null(),
            };
            // Metadata is returned on request only.
            assert_eq!(query.get("include_all_metadata").map(String::as_str), Some("true"));
            let found: Vec<&Value> = workspace.messages.iter().filter(of).rev().collect();
            json!({ "ok": true, "messages": found, "has_more": false })
        }
        "views.open" => {
            if body["trigger_id"] != "a-trigger" {
                return no("expired_trigger_id");
            }
            if body["view"]["title"]["text"].as_str().is_none_or(|t| t.is_empty() || t.len() > 24) {
                return no("invalid_arguments");
            }
            workspace.views.push(body["view"].clone());
            json!({ "ok": true, "view": body["view"] })
        }
        "files.getUploadURLExternal" => {
            let id = format!("F{}", workspace.files.len() + 1);
            let length: usize = query["length"].parse().unwrap();
            workspace.files.insert(id.clone(), (Vec::with_capacity(length), false));
            json!({ "ok": true, "upload_url": format!("{own}/upload/{id}"), "file_id": id })
        }
        "files.completeUploadExternal" => {
            for file in body["files"].as_array().unwrap() {
                match workspace.files.get_mut(file["id"].as_str().unwrap()) {
                    Some((_, done)) => *done = true,
                    None => return no("file_not_found"),
                }
            }
            json!({ "ok": true, "files": body["files"] })
        }
        "users.info" => match workspace.emails.get(&query["user"]) {
            Some(email) => {
                let profile = json!({ "email": email });
                json!({ "ok": true, "user": { "id": query["user"], "is_email_confirmed": true, "profile": profile } })
            }
            None => no("user_not_found"),
        },
        "usergroups.users.list" => match workspace.groups.get(&query["usergroup"]) {
            Some(users) => json!({ "ok": true, "users": users }),
            None => no("no_such_subteam"),
        },
        other => no(&format!("unknown_method {other}")),
    }
}

/// What Slack would refuse of blocks, by the limits of its reference.
fn wrong_blocks(blocks: &Value) -> Option<String> {
    let blocks = blocks.as_array()?;
    let long = |value: &Value, most: usize| value.as_str().is_some_and(|t| t.chars().count() > most || t.is_empty());
    if blocks.len() > 50 {
        return Some("more than 50 blocks".to_owned());
    }
    for block in blocks {
        let wrong = match block["type"].as_str().unwrap() {
            "header" => long(&block["text"]["text"], 150),
            "section" => {
                let fields = block["fields"].as_array().map_or(&[][..], Vec::as_slice);
                long(&block["text"]["text"], 3000)
                    || fields.len() > 10
                    || fields.iter().any(|f| long(&f["text"], 2000))
                    || (block["text"].is_null() && fields.is_empty())
            }
            "context" => block["elements"].as_array().is_none_or(|e| e.is_empty() || e.len() > 10),
            "actions" => {
                let elements = block["elements"].as_array().map_or(&[][..], Vec::as_slice);
                elements.len() > 25 || elements.iter().any(|e| long(&e["value"], 2000) || long(&e["text"]["text"], 75))
            }
            "image" => long(&block["alt_text"], 2000) || block["slack_file"]["id"].as_str().is_none(),
            _ => true,
        };
        if wrong {
            return Some(block.to_string());
        }
    }
    None
}
