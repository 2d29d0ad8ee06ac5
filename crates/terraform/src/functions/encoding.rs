//! Functions that encode and decode.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use tollgate_expression::Value;

use super::Answer;
use super::arguments::Arguments;
use crate::values::plain;

/// Converts a known value to JSON.
pub(crate) fn json(value: &Value) -> Json {
    serde_json::to_value(value.to_hcl()).unwrap_or(Json::Null)
}

/// The JSON of a known value, as text.
pub(super) fn json_text(value: &Value) -> String {
    json(value).to_string()
}

/// `jsonencode`, which writes `<`, `>` and `&` as escapes.
pub(super) fn jsonencode(arguments: &Arguments<'_>) -> Answer {
    let text = json_text(arguments.one()?);
    Ok(Value::Text(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")))
}

pub(super) fn jsondecode(arguments: &Arguments<'_>) -> Answer {
    let read = serde_json::from_str::<Json>(&arguments.text(0)?);
    Ok(plain(read.map_err(|_| arguments.wrong("valid JSON"))?))
}

pub(super) fn yamldecode(arguments: &Arguments<'_>) -> Answer {
    let read = yaml_serde::from_str::<Json>(&arguments.text(0)?);
    Ok(plain(read.map_err(|_| arguments.wrong("valid YAML"))?))
}

pub(super) fn base64encode(arguments: &Arguments<'_>) -> Answer {
    Ok(Value::Text(STANDARD.encode(arguments.text(0)?)))
}

pub(super) fn base64decode(arguments: &Arguments<'_>) -> Answer {
    let bytes = STANDARD.decode(arguments.text(0)?).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    bytes.map(Value::Text).ok_or_else(|| arguments.wrong("text in base64"))
}

/// `urlencode`, as forms are encoded.
pub(super) fn urlencode(arguments: &Arguments<'_>) -> Answer {
    let mut out = String::new();
    for byte in arguments.text(0)?.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => out.push(char::from(byte)),
            byte => write!(out, "%{byte:02X}").map_err(|_| arguments.wrong("text"))?,
        }
    }
    Ok(Value::Text(out))
}
