//! A refused request: what the client may know, and nothing about what was compared.

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use tollgate_ledger::LedgerError;

/// When a client may try again after a store or an issuer did not answer.
const RETRY: Duration = Duration::from_secs(5);

/// The refusal of a request.
///
/// The message names no secret, and does not show whether a key, session or account exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// 401 without a valid identity, 403 without permission, 429 over a limit, 503 when a store or an issuer does not answer.
    pub status: StatusCode,
    /// A word for programs: `key_expired`.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// When to try again: the header `Retry-After`.
    pub retry_after: Option<Duration>,
    /// What only the log shows, without secrets: which check failed.
    pub detail: Option<String>,
}

impl Refused {
    /// A refusal without a hint.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None, retry_after: None, detail: None }
    }

    /// The same refusal with what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same refusal with what only the log shows.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// No identity: 401.
    pub(crate) fn unauthenticated(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// The ledger does not answer: 503, and nothing is permitted.
    pub(crate) fn by_store(error: &LedgerError) -> Self {
        let retry_after = error.retryable().then_some(RETRY);
        let refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "the store does not answer")
            .hint("try again in a moment")
            .detail(error.to_string());
        Self { retry_after, ..refused }
    }

    /// Returns the value of the header `WWW-Authenticate` of a 401, by RFC 6750.
    pub fn www_authenticate(&self) -> Option<String> {
        let challenge = match self.code {
            "no_identity" => "Bearer realm=\"tollgate\"".to_owned(),
            code => format!("Bearer realm=\"tollgate\", error=\"invalid_token\", error_description=\"{code}\""),
        };
        (self.status == StatusCode::UNAUTHORIZED).then_some(challenge)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl std::error::Error for Refused {}

/// An identity provider does not answer: 503, and nothing is permitted.
pub(crate) fn unavailable_issuer(detail: &str) -> Refused {
    let message = "the identity provider does not answer";
    let refused = Refused::new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unavailable", message)
        .hint("try again in a moment; API keys do not need the provider")
        .detail(detail);
    Refused { retry_after: Some(RETRY), ..refused }
}
