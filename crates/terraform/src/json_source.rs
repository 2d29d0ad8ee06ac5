//! Sources written as JSON (`*.tf.json`), which generators such as CDK for Terraform write: converted to the native syntax.
//!
//! Which keys of a resource are blocks and which are arguments is not known without the provider's schema. All are written as arguments,
//! which has the same value. Terraform documents the syntax: developer.hashicorp.com/terraform/language/syntax/json.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

/// Converts a file. An error names the line and column of what is not JSON.
pub(crate) fn to_native(text: &str) -> Result<String, String> {
    let read = serde_json::from_str::<Json>(text);
    let json = read.map_err(|error| format!("{}:{}: this is not JSON", error.line(), error.column()))?;
    let Json::Object(root) = json else { return Err("1:1: this is not a JSON object".to_owned()) };
    let mut out = String::new();
    for (kind, value) in root.iter().filter(|(kind, _)| *kind != "//") {
        let labels = match kind.as_str() {
            "resource" | "data" => 2,
            "provider" | "variable" | "output" | "module" => 1,
            _ => 0,
        };
        blocks(&mut out, kind, &[], labels, value);
    }
    Ok(out)
}

/// Writes the blocks of a kind: a body, or several, below as many keys as the kind has labels.
fn blocks(out: &mut String, kind: &str, labels: &[&str], left: usize, value: &Json) {
    match value {
        Json::Array(all) => all.iter().for_each(|one| blocks(out, kind, labels, left, one)),
        Json::Object(inner) if left > 0 => {
            for (label, value) in inner.iter().filter(|(label, _)| *label != "//") {
                blocks(out, kind, &[labels, &[label.as_str()]].concat(), left - 1, value);
            }
        }
        Json::Object(body) => {
            out.push_str(kind);
            for label in labels {
                let _ = write!(out, " {}", quoted(label));
            }
            out.push_str(" {\n");
            arguments(out, kind, body);
            out.push_str("}\n");
        }
        _ => {}
    }
}

fn arguments(out: &mut String, kind: &str, body: &Map<String, Json>) {
    for (name, value) in body.iter().filter(|(name, _)| *name != "//") {
        match (kind, name.as_str()) {
            (_, "dynamic") => blocks(out, "dynamic", &[], 1, value),
            ("dynamic", "content") | ("terraform", _) => blocks(out, name, &[], 0, value),
            // The type of a variable is an expression in a text, and its default is literal.
            ("variable", "type") => {
                let _ = writeln!(out, "{name} = {}", value.as_str().unwrap_or("any"));
            }
            ("variable", _) => {
                let _ = writeln!(out, "{name} = {}", literal(value));
            }
            _ => {
                let _ = writeln!(out, "{name} = {}", expression(value));
            }
        }
    }
}

/// A value whose texts are templates.
fn expression(value: &Json) -> String {
    written(value, &template)
}

/// A value whose texts are literal.
fn literal(value: &Json) -> String {
    written(value, &quoted)
}

fn written(value: &Json, text: &dyn Fn(&str) -> String) -> String {
    match value {
        Json::String(content) => text(content),
        Json::Array(items) => {
            format!("[{}]", items.iter().map(|item| written(item, text)).collect::<Vec<_>>().join(", "))
        }
        Json::Object(entries) => {
            let entry = |(key, value): (&String, &Json)| format!("({}) = {}", text(key), written(value, text));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// A text with the escapes of the native syntax, and without interpolations.
fn quoted(text: &str) -> String {
    let text = escaped(text).replace("${", "$${").replace("%{", "%%{");
    format!("\"{text}\"")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A template: its interpolations stay as they are, the text around them is escaped. A text that is one interpolation is an expression.
fn template(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let is_escape = rest[..at].ends_with('$');
        let Some(end) = interpolation(&rest[at + 2..]).filter(|_| !is_escape) else {
            out += &escaped(&rest[..at + 2]);
            rest = &rest[at + 2..];
            continue;
        };
        let inside = &rest[at + 2..at + 2 + end];
        if at == 0 && out.is_empty() && rest.len() == end + 3 {
            return format!("({inside})");
        }
        out += &escaped(&rest[..at]);
        out += &format!("${{{inside}}}");
        rest = &rest[at + 2 + end + 1..];
    }
    format!("\"{}{}\"", out, escaped(rest))
}

/// The length of an interpolation up to its closing brace. Braces in texts do not count.
fn interpolation(text: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut escape) = (0usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escape => escape = false,
            '\\' if in_text => escape = true,
            '"' => in_text = !in_text,
            '{' if !in_text => depth += 1,
            '}' if !in_text && depth == 0 => return Some(at),
            '}' if !in_text => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_the_native_syntax_in_other_letters() {
        let json = r#"{
            "//": "made by a generator",
            "terraform": { "required_providers": { "aws": { "source": "hashicorp/aws" } } },
            "provider": { "aws": [{ "region": "eu-west-1" }, { "alias": "west", "region": "us-west-2" }] },
            "variable": { "sizes": { "type": "map(string)", "default": { "a": "${x}" } } },
            "resource": { "aws_instance": { "web": {
                "count": "${length(var.sizes)}",
                "provider": "aws.west",
                "tags": { "Name": "a-${upper(\"b}\")}\n", "price": "$${literal}" },
                "dynamic": { "ebs_block_device": { "for_each": ["x"], "content": { "device_name": "${ebs_block_device.value}" } } }
            } } }
        }"#;
        let native = to_native(json).unwrap();
        assert!(tollgate_expression::parse(&native, 1 << 20).is_ok(), "{native}");
        has(&native, "resource \"aws_instance\" \"web\" {\n");
        has(&native, "count = (length(var.sizes))\n");
        has(&native, "(\"Name\") = \"a-${upper(\"b}\")}\\n\"");
        has(&native, "(\"price\") = \"$${literal}\"");
        has(&native, "default = {(\"a\") = \"$${x}\"}\n");
        has(&native, "type = map(string)\n");
        has(&native, "dynamic \"ebs_block_device\" {\nfor_each = [\"x\"]\ncontent {\n");
        has(&native, "required_providers {\n");
        assert_eq!(native.matches("provider \"aws\" {").count(), 2);
        assert_eq!(to_native("{").unwrap_err(), "1:1: this is not JSON");
    }

    fn has(native: &str, part: &str) {
        assert!(native.contains(part), "{part} is not in\n{native}");
    }
}
