//! Requests and answers without a connection, as a function gets and gives them.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};

use crate::problem::Problem;
use crate::router::respond;

/// A request.
#[derive(Clone, Debug, Default)]
pub struct PlainRequest {
    /// Its method.
    pub method: String,
    /// Its path with its query.
    pub target: String,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct PlainResponse {
    /// Its status.
    pub status: u16,
    /// Its headers, without cookies.
    pub headers: Vec<(String, String)>,
    /// The values of `Set-Cookie`.
    pub cookies: Vec<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// The answer of the API to a request without a connection.
pub async fn respond_plain(router: Router, request: PlainRequest) -> PlainResponse {
    let mut built = Request::builder().method(request.method.as_str()).uri(request.target.as_str());
    for (name, value) in &request.headers {
        built = built.header(name, value);
    }
    let response = match built.body(Body::from(request.body)) {
        Ok(request) => respond(router, request).await,
        Err(error) => Problem::bad_request(format!("the request cannot be read: {error}")).response(""),
    };
    let (head, body) = response.into_parts();
    let mut out = PlainResponse { status: head.status.as_u16(), ..PlainResponse::default() };
    for (name, value) in &head.headers {
        let Ok(value) = value.to_str() else { continue };
        if name == header::SET_COOKIE {
            out.cookies.push(value.to_owned());
        } else {
            out.headers.push((name.to_string(), value.to_owned()));
        }
    }
    // The body was made in memory, so it can be read to its end.
    out.body = to_bytes(body, usize::MAX).await.map(|bytes| bytes.to_vec()).unwrap_or_default();
    out
}
