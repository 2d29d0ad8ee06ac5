//! Calls of Slack's Web API. An HTTP success with `ok: false` is an error.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{KIND, groups, views};
use crate::chat::Form;
use crate::{ChannelError, http};

const BASE: &str = "https://slack.com/api";
/// The addresses at which Slack accepts answers to presses and commands.
const HOOKS: &str = "https://hooks.slack.com/";
/// Members of a user group that are read.
const MEMBERS: usize = 10_000;

/// A workspace, as an app of it.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: Arc<str>,
    token: Arc<str>,
}

/// Errors that are temporary.
const TEMPORARY: [&str; 6] =
    ["ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"];

impl Api {
    /// The app with a bot token. `base` is another address than Slack's own, for tests.
    pub fn new(http: reqwest::Client, token: &str, base: Option<&str>) -> Self {
        Self { http, base: base.unwrap_or(BASE).trim_end_matches('/').into(), token: token.into() }
    }

    /// A method with a JSON body.
    pub(super) async fn call(&self, method: &str, body: &Value) -> Result<Value, ChannelError> {
        let request = self.http.post(format!("{}/{method}", self.base)).bearer_auth(&self.token);
        let request = request.header("content-type", "application/json; charset=utf-8").body(body.to_string());
        self.read_answer(method, request).await
    }

    /// A method that reads.
    pub(super) async fn read(&self, method: &str, query: &[(&str, &str)]) -> Result<Value, ChannelError> {
        let request = self.http.get(format!("{}/{method}", self.base)).bearer_auth(&self.token).query(query);
        self.read_answer(method, request).await
    }

    async fn read_answer(&self, method: &str, request: reqwest::RequestBuilder) -> Result<Value, ChannelError> {
        let answer = http::send(KIND, request).await?;
        let (body, retry_after) = (answer.json(), answer.retry_after());
        if !answer.status.is_success() {
            return Err(answer.error(KIND, body["error"].as_str().map(|e| format!("{method}: {e}"))));
        }
        if body["ok"] == true {
            return Ok(body);
        }
        let error = body["error"].as_str().unwrap_or("an answer without `ok`");
        let details = body["response_metadata"]["messages"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let details: String = details.map(|d| format!(" {d}")).collect();
        let message = format!("{method}: {error}{details}");
        if TEMPORARY.contains(&error) || body["error"].is_null() {
            // A rate-limited call was not performed.
            let maybe_sent = !error.starts_with("rate");
            return Err(ChannelError::Unavailable { channel: KIND, message, retry_after, maybe_sent });
        }
        Err(ChannelError::Refused { channel: KIND, message })
    }

    /// Uploads a file that messages may show, and returns its id.
    pub(super) async fn upload(&self, name: &str, bytes: Vec<u8>) -> Result<String, ChannelError> {
        let length = bytes.len().to_string();
        let place = self.read("files.getUploadURLExternal", &[("filename", name), ("length", &length)]).await?;
        let (url, id) =
            (place["upload_url"].as_str().unwrap_or_default(), place["file_id"].as_str().unwrap_or_default());
        http::send(KIND, self.http.post(url).body(bytes)).await?.accepted(KIND)?;
        self.call("files.completeUploadExternal", &json!({ "files": [{ "id": id, "title": name }] })).await?;
        Ok(id.to_owned())
    }

    /// Opens a form for the member who pressed a button.
    pub(super) async fn open_form(&self, trigger: &str, form: &Form) -> Result<(), ChannelError> {
        let body = json!({ "trigger_id": trigger, "view": views::of_form(form) });
        self.call("views.open", &body).await.map(|_| ())
    }

    /// Posts an answer to the address that a request named, which must be Slack's.
    pub(super) async fn respond(&self, reply_to: &str, body: &Value) -> Result<(), ChannelError> {
        let elsewhere = (&*self.base != BASE).then(|| self.base.strip_suffix("/api").unwrap_or(&self.base));
        if !reply_to.starts_with(elsewhere.unwrap_or(HOOKS)) {
            let message = "the answer's address is not one of Slack's".to_owned();
            return Err(ChannelError::Refused { channel: KIND, message });
        }
        http::send(KIND, self.http.post(reply_to).json(body)).await?.accepted(KIND).map(|_| ())
    }

    /// A full member's address, where Slack has verified it.
    pub(super) async fn email_of(&self, user: &str) -> Result<Option<String>, ChannelError> {
        let answer = self.read("users.info", &[("user", user)]).await?;
        let user = &answer["user"];
        let may = is_full_member(user) && user["is_email_confirmed"] == true;
        let email = user["profile"]["email"].as_str().filter(|_| may);
        Ok(email.map(str::to_owned))
    }

    /// Whether a member is in a user group, as it was a minute ago at most.
    pub(super) async fn is_in_group(&self, user: &str, group: &str) -> Result<bool, ChannelError> {
        let key = [Arc::clone(&self.base), Arc::clone(&self.token), group.into()];
        let members = groups::members(key, async {
            let answer = self.read("usergroups.users.list", &[("usergroup", group)]).await?;
            let users = answer["users"].as_array().into_iter().flatten().take(MEMBERS);
            Ok(users.filter_map(|u| u.as_str().map(str::to_owned)).collect())
        });
        Ok(members.await?.iter().any(|u| u == user))
    }

    /// Whether a user is a full member of the workspace.
    pub(super) async fn is_full_member(&self, user: &str) -> Result<bool, ChannelError> {
        Ok(is_full_member(&self.read("users.info", &[("user", user)]).await?["user"]))
    }
}

/// Whether a user is a member of the workspace: no guest, no bot, not removed, and of no other workspace.
fn is_full_member(user: &Value) -> bool {
    let excluded = ["deleted", "is_restricted", "is_ultra_restricted", "is_bot", "is_stranger"];
    user.is_object() && excluded.iter().all(|mark| user[*mark] != true)
}
