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
    /// Its headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw body.
    pub body: Vec<u8>,
}

impl HttpEvent {
    /// Reads an event; `None` when it is not an HTTP event, or its body is not valid base64.
    pub fn read(event: &Value) -> Option<Self> {
        event.get("requestContext")?.get("http")?;
        let headers = event.get("headers")?.as_object()?.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())));
        let text = event.get("body").and_then(Value::as_str).unwrap_or_default();
        let encoded = event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
        let body = if encoded { STANDARD.decode(text).ok()? } else { text.as_bytes().to_vec() };
        Some(Self { headers: headers.collect(), body })
    }

    /// A header, by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
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
        assert_eq!(HttpEvent::read(&event("no base64", true)), None);
        assert_eq!(HttpEvent::read(&json!({ "Records": [] })), None);
    }
}
