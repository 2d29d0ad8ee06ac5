//! What every request and answer has: an id, headers that protect, the rules for pages of other sites, and a line in the log.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tollgate_model::hash::short_id;

use crate::api::{AccessEntry, Api};
use crate::serve::Seen;

/// The header with the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer. An answer is data: no page may frame it, run it or guess its type.
const PROTECTING: [(&str, &str); 6] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000; includeSubDomains"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Headers that a page of an allowed site may read.
const EXPOSED: &str = "etag, location, ratelimit, ratelimit-policy, retry-after, x-request-id";

/// The id of a request, in logs, messages and the audit log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

impl RequestId {
    /// The id of a request.
    pub(crate) fn of(request: &Request) -> String {
        request.extensions().get::<Self>().map(|id| id.0.clone()).unwrap_or_default()
    }
}

/// Answers a request with everything that each answer has.
pub(crate) async fn dress(api: Arc<Api>, mut request: Request, next: Next) -> Response {
    let began = api.clock.now();
    let id = given_id(request.headers()).unwrap_or_else(|| api.next_request_id());
    let method = request.method().clone();
    let origin = allowed_origin(&api, request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    let is_preflight =
        method == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = match is_preflight {
        true => preflight(origin.is_some()),
        false => next.run(request).await,
    };
    let seen = response.extensions_mut().remove::<Seen>().unwrap_or_default();
    let headers = response.headers_mut();
    for (name, value) in PROTECTING {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let cached = if headers.contains_key(header::ETAG) { "private, no-cache" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    headers.insert(header::VARY, HeaderValue::from_static("authorization, cookie, origin"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    let took = api.clock.now().as_millisecond().saturating_sub(began.as_millisecond());
    api.log.answered(&AccessEntry {
        request: id,
        method: method.to_string(),
        route: seen.route.unwrap_or("-"),
        status: response.status().as_u16(),
        milliseconds: u64::try_from(took).unwrap_or(0),
        caller: seen.caller,
        tenant: seen.tenant,
        way: seen.way,
        problem: seen.problem,
    });
    response
}

/// The id that the client gave its request. One that could break a line of a log is replaced.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let given = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ((8..=64).contains(&given.len()) && given.chars().all(plain)).then(|| given.to_owned())
}

/// The origin of a request, where its pages may call.
fn allowed_origin(api: &Api, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let known = origin.to_str().ok().is_some_and(|text| api.origins.iter().any(|allowed| allowed == text));
    known.then(|| origin.clone())
}

/// The answer to a browser that asks whether a page of another site may call.
fn preflight(allowed: bool) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if allowed {
        let headers = response.headers_mut();
        let allow = "authorization, content-type, idempotency-key, if-none-match, x-request-id";
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(allow));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE"));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    response
}

impl Api {
    /// An id for a request without one: of the instant and a count, so that two requests of a process have two.
    fn next_request_id(&self) -> String {
        let count = self.requests.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let now = self.clock.now().as_nanosecond();
        short_id("r", &format!("{now}|{count}")) + &format!("-{count:x}")
    }
}
