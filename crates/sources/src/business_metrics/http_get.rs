//! GET requests for figures: attempts, the size of an answer, and no secret in an error.

use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use tollgate_model::limits::METRIC_BYTES;
use tollgate_model::{text::causes, untrusted};

use super::MetricSourceError;

/// Attempts of a request.
const TRIES: u32 = 4;
/// The wait after the first failed attempt; each further one is twice as long.
const WAIT: Duration = Duration::from_millis(500);
/// The longest wait that a server can ask for.
const LONGEST: Duration = Duration::from_secs(30);
/// Characters of an answer in an error.
const SHOWN: usize = 300;

/// A client with the secret that its requests carry. `Debug` does not print the secret.
#[derive(Clone)]
pub struct MetricHttp {
    client: Client,
    /// The header and its value.
    secret: Option<(String, String)>,
    wait: Duration,
}

impl std::fmt::Debug for MetricHttp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MetricHttp").field("secret", &self.secret.as_ref().map(|(header, _)| header)).finish()
    }
}

/// An attempt that failed.
enum Failure {
    Final(MetricSourceError),
    Again { message: String, after: Option<Duration> },
}

impl MetricHttp {
    /// A client without a secret.
    pub fn new(client: Client) -> Self {
        Self { client, secret: None, wait: WAIT }
    }

    /// The same client, whose requests carry a secret in a header. `Authorization` gets a bearer token, unless the secret names its scheme.
    #[must_use]
    pub fn with_secret(self, header: &str, secret: &str) -> Self {
        let bearer = header.eq_ignore_ascii_case("authorization") && !secret.contains(' ');
        let value = if bearer { format!("Bearer {secret}") } else { secret.to_owned() };
        Self { secret: Some((header.to_owned(), value)), ..self }
    }

    #[cfg(test)]
    pub(super) fn impatient(self) -> Self {
        Self { wait: Duration::from_millis(1), ..self }
    }

    /// Fetches an address. `origin` names it in errors.
    ///
    /// # Errors
    ///
    /// When it refuses, or does not answer on any attempt, or its answer is larger than the limit.
    pub(super) async fn get(
        &self,
        origin: &str,
        url: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<u8>, MetricSourceError> {
        let mut wait = self.wait;
        let mut last = String::new();
        for attempt in 1..=TRIES {
            match self.attempt(origin, url, query).await {
                Ok(body) => return Ok(body),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again { message, after }) => {
                    last = message;
                    if attempt < TRIES {
                        tokio::time::sleep(after.unwrap_or(wait).min(LONGEST)).await;
                    }
                    wait *= 2;
                }
            }
        }
        Err(MetricSourceError::Unavailable { origin: origin.to_owned(), message: format!("{last} ({TRIES} attempts)") })
    }

    async fn attempt(&self, origin: &str, url: &str, query: &[(&str, String)]) -> Result<Vec<u8>, Failure> {
        let mut request = self.client.get(url);
        if !query.is_empty() {
            request = request.query(query);
        }
        if let Some((header, value)) = &self.secret {
            request = request.header(header.as_str(), value.as_str());
        }
        // An address may hold a secret.
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            if error.is_builder() {
                let hint = "check the url and the token: a header has no line ends".to_owned();
                return Failure::Final(MetricSourceError::Refused {
                    origin: origin.to_owned(),
                    message: format!("the request cannot be made: {}", causes(&error)),
                    hint,
                });
            }
            Failure::Again { message: causes(&error), after: None }
        };
        let mut response = request.send().await.map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > METRIC_BYTES.size() {
                let origin = origin.to_owned();
                return Err(Failure::Final(MetricSourceError::Limit { origin, limit: &METRIC_BYTES }));
            }
            body.extend_from_slice(&chunk);
        }
        if response.status().is_success() {
            return Ok(body);
        }
        Err(refusal(origin, &response, &body))
    }
}

fn refusal(origin: &str, response: &Response, body: &[u8]) -> Failure {
    let status = response.status();
    let said: String = untrusted::line(&String::from_utf8_lossy(body)).chars().take(SHOWN).collect();
    let message = format!("{} {said}", status.as_u16()).trim_end().to_owned();
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() {
        let after = response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
        return Failure::Again { message, after: after.map(Duration::from_secs) };
    }
    let hint = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "set the secret that `token` names in the environment; it may have expired"
        }
        _ if status.is_redirection() => "name the address that it redirects to: a token is not sent to another address",
        _ => "check the url, and the query where the feed has one",
    };
    Failure::Final(MetricSourceError::Refused { origin: origin.to_owned(), message, hint: hint.to_owned() })
}
