//! Answers: documents as the command line prints them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use tollgate_model::document::document;
use tollgate_model::hash::sha256_of;

use crate::problem::Problem;

/// The answer to a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A document.
    Document(Map<String, Value>),
    /// A document about something that was made, and its address.
    Created(Map<String, Value>, String),
    /// A way to another address, with cookies.
    Redirect(String, Vec<String>),
    /// Nothing but cookies.
    Done(Vec<String>),
    /// Nothing: the message was taken.
    Accepted,
}

impl Answer {
    /// The document of a value, as `--format json` prints it.
    pub(crate) fn of(value: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self::Document(document_of(value)?))
    }

    /// The document of a value that was made.
    pub(crate) fn created(value: &impl Serialize, address: String) -> Result<Self, Problem> {
        Ok(Self::Created(document_of(value)?, address))
    }

    /// The response, with the tag of its content where `tagged`.
    pub(crate) fn response(self, status: StatusCode, tagged: bool) -> Response {
        match self {
            Self::Document(document) => json_response(status, &document, tagged),
            Self::Created(document, address) => {
                let mut response = json_response(status, &document, tagged);
                if let Ok(address) = HeaderValue::from_str(&address) {
                    response.headers_mut().insert(header::LOCATION, address);
                }
                response
            }
            Self::Redirect(to, cookies) => {
                let mut response = StatusCode::SEE_OTHER.into_response();
                if let Ok(to) = HeaderValue::from_str(&to) {
                    response.headers_mut().insert(header::LOCATION, to);
                }
                with_cookies(response, cookies)
            }
            Self::Accepted => StatusCode::ACCEPTED.into_response(),
            Self::Done(cookies) => with_cookies(StatusCode::NO_CONTENT.into_response(), cookies),
        }
    }
}

fn document_of(value: &impl Serialize) -> Result<Map<String, Value>, Problem> {
    document(value).map_err(|error| Problem::internal(error.to_string()))
}

fn json_response(status: StatusCode, document: &Map<String, Value>, tagged: bool) -> Response {
    match serde_json::to_vec(document) {
        Ok(body) => {
            let tag = tagged.then(|| content_tag(&body));
            let mut response = (status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
            if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
                response.headers_mut().insert(header::ETAG, tag);
            }
            response
        }
        Err(error) => Problem::internal(error.to_string()).response(""),
    }
}

/// The tag of a content.
pub(crate) fn content_tag(content: &[u8]) -> String {
    let hash = sha256_of(content);
    format!("\"{}\"", hash.get(..32).unwrap_or(&hash))
}

fn with_cookies(mut response: Response, cookies: Vec<String>) -> Response {
    for cookie in cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
