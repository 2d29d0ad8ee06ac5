//! Requests to GitHub through octocrab: within its rate limits, counted, and retried only where that is safe.

use std::cell::Cell;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use http::header::{ACCEPT, HeaderMap, HeaderName};
use octocrab::Octocrab;
use serde_json::Value;
use tollgate_model::Limit;

/// Requests of a run at most. A busy repository takes one for each open pull request.
const MAX_REQUESTS: u32 = 1_400;
/// Attempts at a request at most.
const MAX_ATTEMPTS: usize = 5;
/// The total wait for rate limits in a run at most.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// The wait when GitHub limits requests without a duration.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);
/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The accepted media types.
const ACCEPTS: &str = "application/vnd.github+json, application/json;q=0.9";
/// The version of the API.
const VERSION: &str = "2022-11-28";

/// Why a request to GitHub failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitHubError {
    /// GitHub did not answer.
    #[error("GitHub did not answer: {0}")]
    Unanswered(String),
    /// GitHub refused the request.
    #[error("GitHub answered {status} to {method} {path}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// The method.
        method: &'static str,
        /// The path.
        path: String,
        /// The message.
        message: String,
    },
    /// GitHub requests a longer wait than a run allows.
    #[error("GitHub's rate limit is exhausted; it requests a wait of {0} seconds")]
    RateLimited(u64),
    /// The run reached its limit of requests.
    #[error("this run has reached its limit of {0} requests to GitHub")]
    TooMany(u32),
    /// The repository exceeds a limit of the gate.
    #[error(
        "the repository has more open pull requests than {0}\nhint: close old ones, or pass their cost with --open-changes"
    )]
    Limit(&'static Limit),
    /// The response differs from the documentation.
    #[error("GitHub's response has no {0}")]
    Shape(&'static str),
}

impl GitHubError {
    pub(crate) fn shape(what: &'static str) -> Self {
        Self::Shape(what)
    }

    /// The HTTP status of a refused request.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the request may have had an effect.
    pub fn ambiguous(&self) -> bool {
        match self {
            Self::Unanswered(_) => true,
            Self::Refused { status, .. } => *status >= 500,
            Self::RateLimited(_) | Self::TooMany(_) | Self::Limit(_) | Self::Shape(_) => false,
        }
    }
}

/// A repository of GitHub.
pub struct GitHub {
    octocrab: Octocrab,
    repository: String,
    requests: Cell<u32>,
    waited: Cell<Duration>,
    pause: Duration,
    now: fn() -> u64,
}

/// A response.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl GitHub {
    /// A repository, `owner/name`, at an API, with a token. `now` is seconds since 1970.
    ///
    /// # Errors
    ///
    /// When the address is invalid, or the platform has no trusted certificates.
    pub fn new(
        api: &str,
        repository: &str,
        token: &str,
        pause: Duration,
        now: fn() -> u64,
    ) -> Result<Self, GitHubError> {
        let invalid = |_| {
            GitHubError::Unanswered(format!("`{api}` is not a GitHub address, or no trusted certificates were found"))
        };
        let octocrab = Octocrab::builder()
            .base_uri(api)
            .map_err(invalid)?
            .personal_token(token.to_owned())
            .add_header(ACCEPT, ACCEPTS.to_owned())
            .add_header(HeaderName::from_static("x-github-api-version"), VERSION.to_owned())
            .set_connect_timeout(Some(TIMEOUT))
            .set_read_timeout(Some(TIMEOUT))
            .set_write_timeout(Some(TIMEOUT))
            .build()
            .map_err(invalid)?;
        let waited = Cell::new(Duration::ZERO);
        Ok(Self { octocrab, repository: repository.to_owned(), requests: Cell::new(0), waited, pause, now })
    }

    /// A path of the repository.
    pub fn repo(&self, rest: &str) -> String {
        format!("/repos/{}/{rest}", self.repository)
    }

    /// The owner of the repository.
    pub fn owner(&self) -> &str {
        self.repository.split('/').next().unwrap_or_default()
    }

    /// The number of requests so far.
    pub fn requests(&self) -> u32 {
        self.requests.get()
    }

    /// Sends a GET request.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn get(&self, path: &str) -> Result<Value, GitHubError> {
        self.send_request("GET", path, None, true).await
    }

    /// Reads a list with 100 items a page, up to `most` pages.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn pages(&self, path: &str, query: &[(&str, &str)], most: u32) -> Result<Vec<Value>, GitHubError> {
        let mut out = Vec::new();
        for page in 1..=most {
            let number = page.to_string();
            let all: Vec<String> = query
                .iter()
                .copied()
                .chain([("per_page", "100"), ("page", number.as_str())])
                .map(|(key, value)| format!("{key}={}", encoded(value)))
                .collect();
            let Value::Array(items) = self.get(&format!("{path}?{}", all.join("&"))).await? else {
                return Err(GitHubError::shape("list"));
            };
            let last = items.len() < 100;
            out.extend(items);
            if last {
                break;
            }
        }
        Ok(out)
    }

    /// Sends a POST request. It is not retried where it may have had an effect.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        self.send_request("POST", path, Some(body), false).await
    }

    /// Sends a PATCH request, which can be repeated.
    ///
    /// # Errors
    ///
    /// When the request fails.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Value, GitHubError> {
        self.send_request("PATCH", path, Some(body), true).await
    }

    async fn send_request(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        again: bool,
    ) -> Result<Value, GitHubError> {
        let pauses =
            ExponentialBuilder::default().with_min_delay(self.pause).with_max_times(MAX_ATTEMPTS - 1).with_jitter();
        let mut pauses = pauses.build();
        loop {
            let error = match self.send_once(method, path, body).await {
                Ok(answer) if answer.status < 300 => {
                    return if answer.body.is_empty() {
                        Ok(Value::Null)
                    } else {
                        serde_json::from_str(&answer.body).map_err(|_| GitHubError::shape("JSON"))
                    };
                }
                Ok(answer) => match self.rate_limit_pause(&answer) {
                    // What a limit refused was not done.
                    Some(pause) => {
                        self.wait(pause).await?;
                        continue;
                    }
                    None => refused(method, path, &answer),
                },
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if again && error.ambiguous() => tokio::time::sleep(pause).await,
                _ => return Err(error),
            }
        }
    }

    async fn send_once(&self, method: &'static str, path: &str, body: Option<&Value>) -> Result<Answer, GitHubError> {
        let made = self.requests.get() + 1;
        if made > MAX_REQUESTS {
            return Err(GitHubError::TooMany(MAX_REQUESTS));
        }
        self.requests.set(made);
        let sent = async {
            let response = match method {
                "POST" => self.octocrab._post(path, body).await?,
                "PATCH" => self.octocrab._patch(path, body).await?,
                _ => self.octocrab._get(path).await?,
            };
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, octocrab::Error>(Answer { status, headers, body: self.octocrab.body_to_string(response).await? })
        };
        let answer = tokio::time::timeout(TIMEOUT, sent).await;
        let answer = answer.map_err(|_| GitHubError::Unanswered("the request timed out".to_owned()))?;
        answer.map_err(|error| GitHubError::Unanswered(root_cause(&error)))
    }

    /// Returns the wait that a rate limit requests.
    fn rate_limit_pause(&self, answer: &Answer) -> Option<Duration> {
        if !matches!(answer.status, 403 | 429) {
            return None;
        }
        let number = |name: &str| answer.headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
        if let Some(seconds) = number("retry-after") {
            return Some(Duration::from_secs(seconds));
        }
        if number("x-ratelimit-remaining") == Some(0) {
            let reset = number("x-ratelimit-reset").unwrap_or_default();
            return Some(Duration::from_secs(reset.saturating_sub((self.now)()) + 1));
        }
        let secondary = answer.status == 429 || answer.body.contains("secondary rate limit");
        secondary.then_some(DEFAULT_WAIT)
    }

    async fn wait(&self, pause: Duration) -> Result<(), GitHubError> {
        let all = self.waited.get() + pause.max(Duration::from_millis(10));
        if all > MAX_WAIT {
            return Err(GitHubError::RateLimited(pause.as_secs()));
        }
        self.waited.set(all);
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

fn refused(method: &'static str, path: &str, answer: &Answer) -> GitHubError {
    let error: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let mut message = error["message"].as_str().unwrap_or("no reason given by GitHub").to_owned();
    for detail in error["errors"].as_array().into_iter().flatten().take(3) {
        message += &format!("; {}", detail["message"].as_str().map_or_else(|| detail.to_string(), str::to_owned));
    }
    let path = path.split('?').next().unwrap_or_default().to_owned();
    GitHubError::Refused { status: answer.status, method, path, message }
}

fn root_cause(error: &octocrab::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    last.to_string()
}

/// Encodes text for an address.
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_a_name_steers_an_address() {
        assert_eq!(super::encoded("jane/../x?y#z:ü"), "jane%2F..%2Fx%3Fy%23z%3A%C3%BC");
    }
}
