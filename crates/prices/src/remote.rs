//! Requests over HTTPS: each with a time limit, a limit of bytes, and a counted number of attempts with pauses that grow.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};
use tollgate_model::limits::DOWNLOAD_SECONDS;

/// Attempts at a request.
const ATTEMPTS: usize = 5;
/// The shortest pause between two.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest.
const LONGEST: Duration = Duration::from_secs(20);
/// How long it may take until an answer begins.
const CONNECT: Duration = Duration::from_secs(10);
/// How long nothing may come of an answer.
const SILENCE: Duration = Duration::from_secs(30);
/// How long a download may take as a whole.
pub(crate) const WHOLE: Duration = Duration::from_secs(DOWNLOAD_SECONDS.value);

/// Why something could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The address is not one of HTTPS.
    #[error("`{0}` is not an https:// address")]
    Address(String),
    /// It was not answered.
    #[error("{host}: {why}")]
    Unanswered {
        /// Who was asked.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// It was refused.
    #[error("{host} answered {status}")]
    Refused {
        /// Who was asked.
        host: String,
        /// How.
        status: u16,
    },
    /// The answer is too long.
    #[error("{host}: the answer is longer than {limit} bytes")]
    TooLong {
        /// Who was asked.
        host: String,
        /// What is taken at most.
        limit: usize,
    },
}

impl RemoteError {
    /// That an answer of an address ended before it was whole.
    pub(crate) fn early(url: &str) -> Self {
        Self::Unanswered { host: host(url), why: "the answer ended early".to_owned() }
    }

    /// Whether it may go well another time.
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unanswered { .. } => true,
            Self::Refused { status, .. } => *status == 429 || *status == 408 || *status >= 500,
            Self::Address(_) | Self::TooLong { .. } => false,
        }
    }
}

/// Asks over HTTPS.
#[derive(Clone, Debug)]
pub struct Remote {
    client: Client,
    pause: Duration,
}

impl Remote {
    /// A client with its limits. `None` when the platform has no certificates to trust.
    ///
    /// # Errors
    ///
    /// When the platform has no certificates to trust.
    pub fn new() -> Result<Self, RemoteError> {
        let client = Client::builder()
            .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // A redirect could lead a token elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| RemoteError::Unanswered { host: "HTTPS".to_owned(), why: error.to_string() })?;
        Ok(Self { client, pause: pause() })
    }

    /// Gets an address, whole.
    ///
    /// # Errors
    ///
    /// When it cannot be had within the attempts.
    pub async fn get(&self, url: &str, headers: &HeaderMap, limit: usize) -> Result<Vec<u8>, RemoteError> {
        let tried = self.tried(async || {
            let response = self.open(url, headers).await?;
            let host = host(url);
            body(response, &host, limit).await
        });
        within(url, WHOLE, tried).await
    }

    /// Opens an address; its answer is read by the caller, piece by piece.
    ///
    /// # Errors
    ///
    /// When it is not answered well. It is not tried again.
    pub async fn open(&self, url: &str, headers: &HeaderMap) -> Result<Response, RemoteError> {
        if !safe(url) {
            return Err(RemoteError::Address(shown(url)));
        }
        let host = host(url);
        let response = self.client.get(url).headers(headers.clone()).send().await;
        // The address of an error may hold what must not be shown.
        let response = response
            .map_err(|error| RemoteError::Unanswered { host: host.clone(), why: cause(&error.without_url()) })?;
        match response.status() {
            status if status.is_success() || status == StatusCode::NOT_MODIFIED => Ok(response),
            status => Err(RemoteError::Refused { host, status: status.as_u16() }),
        }
    }

    /// The next piece of an answer; nothing at its end.
    ///
    /// # Errors
    ///
    /// When it breaks off.
    pub async fn chunk(response: &mut Response, url: &str) -> Result<Option<Vec<u8>>, RemoteError> {
        let chunk = response.chunk().await;
        let failed =
            |error: reqwest::Error| RemoteError::Unanswered { host: host(url), why: cause(&error.without_url()) };
        Ok(chunk.map_err(failed)?.map(|bytes| bytes.to_vec()))
    }

    /// Tries something until it goes well, may not go well again, or was tried often enough.
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

/// Bounds the whole of a download: a byte now and then keeps an answer alive for ever.
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

/// The pause between attempts; tests say a shorter one.
#[allow(clippy::disallowed_methods)] // the edge of the program
fn pause() -> Duration {
    let said = std::env::var("TOLLGATE_RETRY_MILLISECONDS").ok().and_then(|ms| ms.parse().ok());
    said.map_or(PAUSE, Duration::from_millis)
}

/// Reads an answer up to a limit.
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

/// What an error of the client comes from, in one line.
fn cause(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(inner) = last.source() {
        last = inner;
    }
    if error.is_timeout() { "it took too long".to_owned() } else { last.to_string() }
}

/// Who is asked.
pub fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default().to_owned()
}

/// An address without what may be secret in it.
fn shown(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// HTTPS, or this very machine.
fn safe(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    // A name in front of the host would only look like a host.
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
