//! Requests to GitLab's REST API (version 4): limited in number and time, and retried only where that is safe.

use std::cell::Cell;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

/// Requests of a run at most.
const MAX_REQUESTS: u32 = 100;
/// Attempts at a request at most.
const MAX_ATTEMPTS: usize = 5;
/// The longest wait that GitLab may ask for.
const LONGEST: Duration = Duration::from_secs(120);
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest response in bytes: a page of 100 notes of the largest size is larger than any that is met.
const RESPONSE: usize = 32 << 20;

/// Why a request to GitLab failed. Never contains the token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitLabError {
    /// GitLab did not answer.
    #[error("GitLab did not answer: {0}")]
    Unanswered(String),
    /// GitLab refused the request.
    #[error("GitLab answered {status} to {method} {path}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The message.
        message: String,
    },
    /// The run reached its limit of requests.
    #[error("this run has reached its limit of {0} requests to GitLab")]
    TooMany(u32),
    /// The response differs from the documentation.
    #[error("GitLab's response has no {0}")]
    Shape(&'static str),
}

impl GitLabError {
    /// The HTTP status of a refused request.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the request may have had an effect.
    pub(super) fn ambiguous(&self) -> bool {
        matches!(self, Self::Unanswered(_)) || self.status().is_some_and(|status| status >= 500)
    }
}

/// A project of GitLab.
pub struct GitLab {
    client: Client,
    api: String,
    project: String,
    requests: Cell<u32>,
    pause: Duration,
}

impl GitLab {
    /// A project, by its number, at an API, with a token that may write notes.
    ///
    /// # Errors
    ///
    /// When the token is not one line of text, or the platform has no trusted certificates.
    pub fn new(api: &str, project: &str, token: &str, pause: Duration) -> Result<Self, GitLabError> {
        let mut value = HeaderValue::from_str(token)
            .map_err(|_| GitLabError::Unanswered("the token is not one line of text".to_owned()))?;
        value.set_sensitive(true);
        let client = Client::builder()
            .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(HeaderName::from_static("private-token"), value)]))
            .timeout(TIMEOUT)
            // A redirect could send the token to a different host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| GitLabError::Unanswered("no trusted certificates were found".to_owned()))?;
        let api = api.trim_end_matches('/').to_owned();
        Ok(Self { client, api, project: project.to_owned(), requests: Cell::new(0), pause })
    }

    /// A path of the project.
    pub(super) fn of_project(&self, rest: &str) -> String {
        format!("/projects/{}/{rest}", self.project)
    }

    /// Sends a GET request.
    pub(super) async fn get(&self, path: &str) -> Result<Value, GitLabError> {
        self.send(Method::GET, path, None, true).await
    }

    /// Sends a POST request. It is not retried where it may have had an effect.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, GitLabError> {
        self.send(Method::POST, path, Some(body), false).await
    }

    /// Sends a PUT request, which can be repeated.
    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value, GitLabError> {
        self.send(Method::PUT, path, Some(body), true).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>, again: bool) -> Result<Value, GitLabError> {
        let pauses =
            ExponentialBuilder::default().with_min_delay(self.pause).with_max_times(MAX_ATTEMPTS - 1).with_jitter();
        let mut pauses = pauses.build();
        loop {
            let (error, asked) = match self.send_once(&method, path, body).await {
                Ok(value) => return Ok(value),
                Err(failed) => failed,
            };
            // What a rate limit refused was not done.
            let safe = error.status() == Some(429) || again && error.ambiguous();
            match pauses.next() {
                Some(pause) if safe => tokio::time::sleep(asked.unwrap_or(pause).min(LONGEST)).await,
                _ => return Err(error),
            }
        }
    }

    /// Sends a request once. An error comes with the wait that GitLab asks for.
    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, (GitLabError, Option<Duration>)> {
        let made = self.requests.get() + 1;
        if made > MAX_REQUESTS {
            return Err((GitLabError::TooMany(MAX_REQUESTS), None));
        }
        self.requests.set(made);
        let unanswered = |error: reqwest::Error| (GitLabError::Unanswered(root_cause(&error.without_url())), None);
        let request = self.client.request(method.clone(), format!("{}{path}", self.api));
        let request = if let Some(body) = body {
            request.header("content-type", "application/json").body(body.to_string())
        } else {
            request
        };
        let mut response = request.send().await.map_err(unanswered)?;
        let status = response.status();
        let asked =
            response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok()).map(Duration::from_secs);
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > RESPONSE {
                return Err((GitLabError::Shape("end"), None));
            }
        }
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|_| (GitLabError::Shape("JSON"), None));
        }
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let message = message(status, &bytes);
        Err((GitLabError::Refused { status: status.as_u16(), method: method.to_string(), path, message }, asked))
    }
}

/// The reason in a refusal: `message` or `error`, as text or as an object.
fn message(status: StatusCode, bytes: &[u8]) -> String {
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let found = [&body["message"], &body["error"]].into_iter().find(|value| !value.is_null());
    match found {
        Some(Value::String(text)) => text.chars().take(300).collect(),
        Some(other) => other.to_string().chars().take(300).collect(),
        None => status.canonical_reason().unwrap_or("no reason given").to_owned(),
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}
