//! HTTPS requests with a time limit, a size limit, and a limited number of attempts with growing pauses.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};
use tollgate_model::limits::DOWNLOAD_SECONDS;

/// The attempts of a request.
const ATTEMPTS: usize = 5;
/// The shortest pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(20);
/// The time limit until a response begins.
const CONNECT: Duration = Duration::from_secs(10);
/// The time limit between two parts of a response.
const SILENCE: Duration = Duration::from_secs(30);
/// The time limit of a whole download.
pub(crate) const WHOLE: Duration = Duration::from_secs(DOWNLOAD_SECONDS.value);

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The address is not an HTTPS address.
    #[error("`{0}` is not an https:// address")]
    Address(String),
    /// There was no response.
    #[error("{host}: {why}")]
    Unanswered {
        /// The host.
        host: String,
        /// The cause.
        why: String,
    },
    /// The response has an error status.
    #[error("{host} answered {status}")]
    Refused {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// The response is too large.
    #[error("{host}: the answer is longer than {limit} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl RemoteError {
    /// Creates the error of a response that ended early.
    pub(crate) fn early(url: &str) -> Self {
        Self::Unanswered { host: host(url), why: "the answer ended early".to_owned() }
    }

    /// Returns whether a retry may succeed.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unanswered { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status == 408 || *status >= 500,
            Self::Address(_) | Self::TooLong { .. } => false,
        }
    }
}

/// An HTTPS client.
#[derive(Clone, Debug)]
pub struct Remote {
    client: Client,
    pause: Duration,
}

impl Remote {
    /// Creates a client with its limits.
    ///
    /// # Errors
    ///
    /// When the platform has no trusted certificates.
    pub fn new() -> Result<Self, RemoteError> {
        let client = Client::builder()
            .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // A redirect could send a token to a different host.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| RemoteError::Unanswered { host: "HTTPS".to_owned(), why: error.to_string() })?;
        Ok(Self { client, pause: pause() })
    }

    /// Downloads an address.
    ///
    /// # Errors
    ///
    /// When all attempts fail.
    pub async fn get(&self, url: &str, headers: &HeaderMap, limit: usize) -> Result<Vec<u8>, RemoteError> {
        let tried = self.tried(async || {
            let response = self.open(url, headers).await?;
            let host = host(url);
            body(response, &host, limit).await
        });
        within(url, WHOLE, tried).await
    }

    /// Opens an address; the caller reads the response in parts.
    ///
    /// # Errors
    ///
    /// When the response has an error status. There is no retry.
    pub async fn open(&self, url: &str, headers: &HeaderMap) -> Result<Response, RemoteError> {
        if !safe(url) {
            return Err(RemoteError::Address(shown(url)));
        }
        let host = host(url);
        let response = self.client.get(url).headers(headers.clone()).send().await;
        // The address in the error may contain a secret.
        let response = response
            .map_err(|error| RemoteError::Unanswered { host: host.clone(), why: cause(&error.without_url()) })?;
        match response.status() {
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
            status => Err(RemoteError::Refused { host, status: status.as_u16() }),
        }
    }

    /// Returns the next part of a response; `None` after the last part.
    ///
    /// # Errors
    ///
    /// When the connection breaks.
    pub async fn chunk(response: &mut Response, url: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let chunk = response.chunk().await;
        let failed =
            |error: reqwest::Error| RemoteError::Unanswered { host: host(url), why: cause(&error.without_url()) };
        Ok(chunk.map_err(failed)?.map(|bytes| bytes.to_vec()))
    }

    /// Retries a request until it succeeds, fails permanently, or has used all attempts.
    ///
    /// # Errors
    ///
    /// With the last error.
    pub async fn tried<T>(&self, mut attempt: impl AsyncFnMut() -> Result<T, RemoteError>) -> Result<T, RemoteError> {
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.pause)
            .with_max_delay(LONGEST)
            .with_max_times(ATTEMPTS - 1)
            .with_jitter();
        let mut pauses = pauses.build();
        loop {
            match attempt().await {
                Err(error) if error.retryable() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
                other => return other,
            }
        }
    }
}

/// Limits a whole download: single bytes could keep a response open forever.
pub(crate) async fn within<T>(
    url: &str,
    time: Duration,
    download: impl Future<Output = Result<T, RemoteError>>,
) -> Result<T, RemoteError> {
    match tokio::time::timeout(time, download).await {
        Ok(result) => result,
        Err(_) => {
            Err(RemoteError::Unanswered { host: host(url), why: format!("it took longer than {DOWNLOAD_SECONDS}") })
        }
    }
}

/// The pause between attempts; shorter in tests.
#[expect(clippy::disallowed_methods, reason = "the pause is at the edge of the program")]
fn pause() -> Duration {
    let milliseconds = std::env::var("TOLLGATE_RETRY_MILLISECONDS").ok().and_then(|ms| ms.parse().ok());
    milliseconds.map_or(PAUSE, Duration::from_millis)
}

/// Reads a response up to a limit.
async fn body(mut response: Response, host: &str, limit: usize) -> Result<Vec<u8>, RemoteError> {
    let promised = response.content_length();
    let mut out = Vec::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk
            .map_err(|error| RemoteError::Unanswered { host: host.to_owned(), why: cause(&error.without_url()) })?;
        let Some(chunk) = chunk else { break };
        if out.len() + chunk.len() > limit {
            return Err(RemoteError::TooLong { host: host.to_owned(), limit });
        }
        out.extend_from_slice(&chunk);
    }
    match promised {
        Some(promised) if promised != out.len() as u64 => {
            Err(RemoteError::Unanswered { host: host.to_owned(), why: "the answer ended early".to_owned() })
        }
        _ => Ok(out),
    }
}

/// Returns the causes of a client error in one line.
fn cause(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { last.to_string() }
}

/// Returns the host of an address.
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default().to_owned()
}

/// Returns an address without parts that may be secret.
fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Returns whether an address uses HTTPS or is local.
fn safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    // A user name before the host could look like a host.
    let plain = url.username().is_empty() && url.password().is_none();
    let here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    plain && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_asked_and_nothing_secret_is_shown() {
        assert!(safe("https://x.example/v1") && safe("http://127.0.0.1:80/") && !safe("http://x.example/"));
        for url in [
            "http://127.0.0.1:80@x.example/",
            "http://localhost:1@x.example:80/",
            "http://[::1]:9@x.example/",
            "http://127.0.0.1.x.example/",
            "https://user@x.example/",
            "//x.example",
            "file:///etc/passwd",
        ] {
            assert!(!safe(url), "{url}");
        }
        assert_eq!(host("https://user:pw@x.example:444/a?token=1"), "x.example:444");
        assert_eq!(shown("https://x.example/a?token=1"), "https://x.example/a");
    }

    #[tokio::test]
    async fn a_download_that_does_not_end_is_given_up() {
        let endless = std::future::pending::<Result<(), RemoteError>>();
        let error = within("https://x.example/prices", Duration::from_millis(1), endless).await.unwrap_err();
        assert!(error.to_string().contains("the limit `download-seconds` of 1,800 s"), "{error}");
        assert_eq!(WHOLE.as_secs(), DOWNLOAD_SECONDS.value);
    }
}
