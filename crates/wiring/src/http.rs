//! HTTP events of Lambda, payload version 2.0, as function URLs and HTTP APIs send them.
//!
//! Source: AWS Lambda developer guide, "Function URL request and response payload format". Read 2026-11-21.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpEvent {
    /// Its method.
    pub method: String,
    /// Its path, with the query after a `?` where there is one.
    pub target: String,
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl HttpEvent {
    /// Reads an event; `None` when it is not an HTTP event, or its body is not valid base64.
    pub fn read(event: &Value) -> Option<Self> {
        let http = event.get("requestContext")?.get("http")?;
        let headers = event.get("headers")?.as_object()?.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())));
        let mut headers: BTreeMap<String, String> = headers.collect();
        // The event has cookies beside the headers.
        let cookies = event.get("cookies").and_then(Value::as_array).into_iter().flatten();
        let cookies: Vec<&str> = cookies.filter_map(Value::as_str).collect();
        if !cookies.is_empty() {
            headers.insert("cookie".to_owned(), cookies.join("; "));
        }
        let word = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let (path, query) = (word(event.get("rawPath")), word(event.get("rawQueryString")));
        let text = event.get("body").and_then(Value::as_str).unwrap_or_default();
        let encoded = event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
        let body = if encoded { STANDARD.decode(text).ok()? } else { text.as_bytes().to_vec() };
        Some(Self {
            method: word(http.get("method")),
            target: if query.is_empty() { path } else { format!("{path}?{query}") },
            headers,
            body,
        })
    }

    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// A response with its headers and cookies. A body that is no text is sent in base64.
pub fn whole_response(status: u16, headers: &[(String, String)], cookies: &[String], body: &[u8]) -> Value {
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let (text, encoded) = match std::str::from_utf8(body) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (STANDARD.encode(body), true),
    };
    json!({ "statusCode": status, "headers": headers, "cookies": cookies, "body": text, "isBase64Encoded": encoded })
}

/// A response with a JSON body, or an empty body for empty text.
pub fn http_response(status: u16, body: &Value) -> Value {
    let text = if body == "" { String::new() } else { body.to_string() };
    json!({
        "statusCode": status,
        "headers": { "content-type": "application/json", "cache-control": "no-store" },
        "body": text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_exactly_as_it_was_signed() {
        let event = |body: &str, encoded: bool| {
            json!({
                "version": "2.0", "rawPath": "/", "requestContext": { "http": { "method": "POST" } },
                "headers": { "X-Slack-Signature": "v0=1" }, "body": body, "isBase64Encoded": encoded,
            })
        };
        let plain = HttpEvent::read(&event("a=b&c", false)).unwrap();
        assert_eq!((plain.body.as_slice(), plain.header("x-slack-signature")), (b"a=b&c".as_slice(), Some("v0=1")));
        assert_eq!(HttpEvent::read(&event("YT1iJmM=", true)).unwrap(), plain);
        assert_eq!((plain.method.as_str(), plain.target.as_str()), ("POST", "/"));
        assert_eq!(HttpEvent::read(&event("no base64", true)), None);
        assert_eq!(HttpEvent::read(&json!({ "Records": [] })), None);
    }

    #[test]
    fn a_query_and_cookies_are_those_of_the_request() {
        let event = json!({
            "rawPath": "/v1/costs", "rawQueryString": "by=team&filter=a%3Db", "cookies": ["a=b", "c=d"],
            "requestContext": { "http": { "method": "GET" } }, "headers": { "Host": "x" },
        });
        let read = HttpEvent::read(&event).unwrap();
        assert_eq!(read.target, "/v1/costs?by=team&filter=a%3Db");
        assert_eq!((read.header("cookie"), read.header("host")), (Some("a=b; c=d"), Some("x")));
    }

    #[test]
    fn a_body_that_is_no_text_is_encoded() {
        let headers = [("content-type".to_owned(), "text/plain".to_owned())];
        let text = whole_response(200, &headers, &["a=b".to_owned()], b"ok");
        assert_eq!(
            (&text["body"], &text["isBase64Encoded"], &text["cookies"][0]),
            (&json!("ok"), &json!(false), &json!("a=b"))
        );
        let bytes = whole_response(200, &[], &[], &[0xff]);
        assert_eq!((&bytes["body"], &bytes["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
    }
}
