//! Problems: errors as RFC 9457 has them, with what to do.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use tollgate_identity::Refused;
use tollgate_ledger::LedgerError;
use tollgate_model::text::{ErrorEntry, error_entries};
use tollgate_pipeline::PipelineError;

/// Seconds after which a request may be repeated that met a temporary failure.
const RETRY_SECONDS: u64 = 5;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// A word for programs: `not_found`. It is the last part of the member `type`.
    pub code: &'static str,
    /// What happened, and what to do.
    pub errors: Vec<ErrorEntry>,
    /// Seconds after which the same request may succeed.
    pub retry_after: Option<u64>,
    /// The header `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// What the log has, and the client has not.
    pub log: Option<String>,
}

impl Problem {
    /// A problem with the text that people read: its lines `hint: …` say what to do.
    pub fn new(status: StatusCode, code: &'static str, text: impl AsRef<str>) -> Self {
        Self { status, code, errors: error_entries(text.as_ref()), retry_after: None, challenge: None, log: None }
    }

    /// The request cannot be understood.
    pub fn bad_request(text: impl AsRef<str>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", text)
    }

    /// What is named does not exist.
    pub fn not_found(text: impl AsRef<str>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", text)
    }

    /// The request is understood, and cannot be fulfilled as things are.
    pub fn refused(text: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", text)
    }

    /// A store or a service does not answer.
    pub fn unavailable(log: impl Into<String>) -> Self {
        let text = "a store or a service does not answer\nhint: repeat the request later";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text);
        Self { retry_after: Some(RETRY_SECONDS), log: Some(log.into()), ..problem }
    }

    /// A fault of Tollgate or of its deployment. Its cause is for the log.
    pub fn internal(log: impl Into<String>) -> Self {
        let text = "the request failed\nhint: the log of the server has the cause, by the request id of this answer";
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", text);
        Self { log: Some(log.into()), ..problem }
    }

    /// Too much at once.
    pub fn busy(text: impl AsRef<str>) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", text);
        Self { retry_after: Some(1), ..problem }
    }

    /// The body: the members of RFC 9457, `code` and `hint` for programs, and every error where there are several.
    pub(crate) fn document(&self, request: &str) -> Value {
        let first = self.errors.first();
        let mut out = json!({
            "type": format!("urn:tollgate:problem:{}", self.code),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": first.map_or("", |error| error.message.as_str()),
            "instance": format!("urn:tollgate:request:{request}"),
            "code": self.code,
            "hint": first.and_then(|error| error.hint.as_deref()),
        });
        if let (true, Some(members)) = (self.errors.len() > 1, out.as_object_mut()) {
            members.insert("errors".to_owned(), entries(&self.errors));
        }
        out
    }

    /// The response.
    pub(crate) fn response(&self, request: &str) -> Response {
        let body = self.document(request).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

fn entries(errors: &[impl Serialize]) -> Value {
    serde_json::to_value(errors).unwrap_or_default()
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let challenge = refused.www_authenticate();
        let Refused { status, code, message, hint, retry_after, detail } = refused;
        Self {
            status,
            code,
            errors: vec![ErrorEntry { message, hint }],
            retry_after: retry_after.map(|span| span.as_secs().max(1)),
            challenge,
            log: detail,
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        PipelineError::Ledger(error).into()
    }
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        let text = error.to_string();
        match error {
            PipelineError::NoIncident { several: true, .. } => Self::new(StatusCode::CONFLICT, "several", text),
            PipelineError::NoIncident { .. } | PipelineError::NotFound(_) => Self::not_found(text),
            PipelineError::Empty | PipelineError::NoCharges { .. } => {
                Self::new(StatusCode::NOT_FOUND, "no_charges", text)
            }
            PipelineError::Forbidden(_) => Self::new(StatusCode::FORBIDDEN, "role_too_low", text),
            PipelineError::Refused(_) | PipelineError::TooManyGroups | PipelineError::Rejected(_) => {
                Self::refused(text)
            }
            PipelineError::OtherAccount { .. }
            | PipelineError::Delivery { .. }
            | PipelineError::SharedName { .. }
            | PipelineError::Contended { .. } => Self::new(StatusCode::CONFLICT, "conflict", text),
            // The keys of items are no concern of the client.
            PipelineError::Ledger(LedgerError::Conflict { .. }) => Self {
                log: Some(text),
                ..Self::new(StatusCode::CONFLICT, "conflict", "it was changed at the same time\nhint: read it again")
            },
            PipelineError::Source(error) if !error.retryable() => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable", text)
            }
            error if error.retryable() => Self::unavailable(text),
            // What a store or a service says may name tables, buckets and accounts.
            PipelineError::Source(_)
            | PipelineError::Metric(_)
            | PipelineError::Lake(_)
            | PipelineError::Ledger(_)
            | PipelineError::Total(_)
            | PipelineError::NotConserved { .. }
            | PipelineError::Worker(_)
            | PipelineError::Cloud(_)
            | PipelineError::NotAllocated { .. } => Self::internal(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_has_the_members_of_rfc_9457_and_a_hint() {
        let problem = Problem::not_found("there is no incident `i-1`\nhint: list them");
        let body = problem.document("r-1");
        assert_eq!(body["type"], "urn:tollgate:problem:not_found");
        assert_eq!((&body["title"], &body["status"]), (&json!("Not Found"), &json!(404)));
        assert_eq!((&body["detail"], &body["hint"]), (&json!("there is no incident `i-1`"), &json!("list them")));
        assert_eq!(body["instance"], "urn:tollgate:request:r-1");
        assert!(body.get("errors").is_none());
        let several = Problem::refused("a.hcl:1:1: one\nhint: x\na.hcl:2:1: two");
        assert_eq!(several.document("r-1")["errors"][1]["message"], "a.hcl:2:1: two");
    }

    #[test]
    fn what_a_store_says_is_for_the_log() {
        let problem = Problem::from(PipelineError::Ledger(LedgerError::Failed("table secret-table".into())));
        assert_eq!(problem.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!problem.document("r-1").to_string().contains("secret-table"));
        assert!(problem.log.unwrap().contains("secret-table"));
        let problem = Problem::from(PipelineError::Ledger(LedgerError::Unavailable("throttled".into())));
        assert_eq!((problem.status, problem.retry_after), (StatusCode::SERVICE_UNAVAILABLE, Some(RETRY_SECONDS)));
    }
}
