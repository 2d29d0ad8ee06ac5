//! Tags in the notations of providers and of the tools that copy their bills: one JSON object, one key a tag.

use std::collections::BTreeMap;

use tollgate_model::TextColumn;

use crate::json_text::{Json, Kind};

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Reads tags in any known notation; `None` if it is none of them. No tags are an empty map.
///
/// The notations: a JSON object, with or without its braces (Azure EA); a JSON list of keys and values (BigQuery, Spark) or of pairs;
/// the same with Python's quotes; maps as Athena and Spark print them (`{team=web}`); `key:team value:web` (Alibaba Cloud); and
/// `team=web;env=prod` or `team:web;env:prod`.
pub(crate) fn parse(text: &str) -> Option<Tags> {
    let text = text.trim();
    if matches!(text, "" | "\"\"" | "{}" | "[]" | "null" | "NULL" | "None" | "-") {
        return Some(Tags::new());
    }
    let python = || text.contains('\'').then(|| from_python(text));
    match text.as_bytes().first() {
        Some(b'{') => json(text).or_else(|| json(&python()?)).or_else(|| printed_map(text)),
        Some(b'[') => json(text).or_else(|| json(&python()?)),
        Some(b'"') => json(&format!("{{{text}}}")).or_else(|| quoted(text)),
        _ => alibaba(text).or_else(|| assignments(text)),
    }
}

/// A JSON object or list as tags.
fn json(text: &str) -> Option<Tags> {
    let json = Json::parse(text).ok()?;
    match &json.kind {
        Kind::Object(entries) => {
            let pairs = entries.iter().map(|(key, value)| (key.to_string(), value.cell().into_owned()));
            Some(pairs.filter(|(_, value)| !value.is_empty()).collect())
        }
        Kind::List(items) => {
            let mut out = Tags::new();
            for item in items {
                for (key, value) in list_item(item)? {
                    if !value.is_empty() {
                        out.entry(key).or_insert(value);
                    }
                }
            }
            Some(out)
        }
        // A JSON text that holds JSON.
        Kind::Text(inner) if inner.trim_start().starts_with(['{', '[']) => self::json(inner),
        _ => None,
    }
}

/// An entry of a list of tags.
fn list_item(item: &Json<'_>) -> Option<Vec<(String, String)>> {
    if let Some(pair) = pair(item) {
        return Some(vec![pair]);
    }
    match &item.kind {
        Kind::Object(entries) => Some(entries.iter().map(|(k, v)| (k.to_string(), v.cell().into_owned())).collect()),
        Kind::List(parts) => match parts.as_slice() {
            [key, value] => Some(vec![(key.scalar()?.into_owned(), value.cell().into_owned())]),
            _ => None,
        },
        Kind::Text(text) => {
            let (key, value) = text.split_once(['=', ':'])?;
            Some(vec![(key.trim().to_owned(), value.trim().to_owned())])
        }
        _ => None,
    }
}

/// `{"key": "team", "value": "web"}` in the spellings of services.
fn pair(item: &Json<'_>) -> Option<(String, String)> {
    let entries = item.object()?;
    let find = |names: &[&str]| {
        entries.iter().find(|(key, _)| names.iter().any(|n| key.eq_ignore_ascii_case(n))).map(|(_, value)| value)
    };
    let key = find(&["key", "tagkey", "tag_key", "k", "name"])?;
    let value = find(&["value", "tagvalue", "tag_value", "v"]);
    if entries.len() > 1 && value.is_none() {
        return None;
    }
    Some((key.scalar()?.into_owned(), value?.cell().into_owned()))
}

/// A literal of Python as JSON, where its texts have no quotes in them.
pub(crate) fn from_python(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                out.push('"');
            }
            (Some(q), c) if c == q => {
                quote = None;
                out.push('"');
            }
            (Some(_), '"') => out.push_str("\\\""),
            (Some(_), '\\') if chars.peek() == Some(&'\'') => {
                chars.next();
                out.push('\'');
            }
            (_, c) => out.push(c),
        }
    }
    out.replace(": None", ": null").replace(": True", ": true").replace(": False", ": false")
}

/// `{team=web, env=prod}`: values may hold anything but a comma and a space before the next key.
fn printed_map(text: &str) -> Option<Tags> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for part in inner.split(", ") {
        match part.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => pairs.push((key.trim().to_owned(), value.to_owned())),
            // A comma in the value before.
            _ => {
                let (_, value) = pairs.last_mut()?;
                value.push_str(", ");
                value.push_str(part);
            }
        }
    }
    Some(pairs.into_iter().filter(|(_, v)| !v.is_empty() && v != "null").collect())
}

/// `"team"=>"web", "env"=>"prod"`, as PostgreSQL writes it.
fn quoted(text: &str) -> Option<Tags> {
    json(&format!("{{{}}}", text.replace("=>", ":")))
}

/// `key:team value:web; key:env value:prod`.
fn alibaba(text: &str) -> Option<Tags> {
    if !text.starts_with("key:") {
        return None;
    }
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let pair = |part: &str| {
        let (key, value) = part.strip_prefix("key:")?.split_once(" value:")?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    parts.map(pair).collect()
}

/// `team=web;env=prod`, with `;`, `|` or `,` between tags and `=` or `:` in them.
fn assignments(text: &str) -> Option<Tags> {
    let between = [';', '|', ','].into_iter().find(|c| text.contains(*c)).unwrap_or(';');
    let sign = if text.contains('=') { '=' } else { ':' };
    let mut out = Tags::new();
    for part in text.split(between).map(str::trim).filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once(sign)?;
        let key = key.trim().trim_matches('"');
        if key.is_empty() || key.contains(char::is_whitespace) {
            return None;
        }
        if !value.trim().is_empty() {
            out.insert(key.to_owned(), value.trim().trim_matches('"').to_owned());
        }
    }
    (!out.is_empty()).then_some(out)
}

/// Tags as FOCUS has them; `None` without a tag.
pub(crate) fn to_json(tags: &Tags) -> Option<String> {
    if tags.is_empty() { None } else { serde_json::to_string(tags).ok() }
}

/// A column of tags as FOCUS has it, and how many rows are in no known notation.
///
/// A text that is already a flat JSON object stays as it is; `rename` gives the user's own spelling of a key.
pub(crate) fn column(written: &TextColumn, rename: impl Fn(&str) -> String) -> (TextColumn, u64) {
    let mut unread: Vec<bool> = Vec::with_capacity(written.distinct());
    let out = written.map(|text| {
        let stays = is_flat(text, &rename);
        let tags = if stays { None } else { parse(text) };
        unread.push(!stays && tags.is_none());
        if stays {
            return Some(text.trim().to_owned());
        }
        to_json(&tags?.iter().map(|(key, value)| (rename(key), value.clone())).collect())
    });
    let count = written.keys().iter().filter(|key| unread.get(**key as usize) == Some(&true)).count();
    (out, count as u64)
}

/// Whether a text is a JSON object of texts under the user's own keys.
fn is_flat(text: &str, rename: &impl Fn(&str) -> String) -> bool {
    let own = |key: &str, value: &Json<'_>| matches!(&value.kind, Kind::Text(t) if !t.is_empty()) && rename(key) == key;
    let text = text.trim();
    text.starts_with('{')
        && Json::parse(text).is_ok_and(|json| {
            json.object().is_some_and(|e| !e.is_empty() && e.iter().all(|(key, value)| own(key, value)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_notation_is_one_key_a_tag() {
        for text in [
            r#"{"team": "web", "cost-center": "42"}"#,
            r#""team": "web","cost-center": "42""#,
            r#"[{"key":"team","value":"web"},{"key":"cost-center","value":"42"}]"#,
            r#"[{"Key":"team","Value":"web"},{"Key":"cost-center","Value":"42"}]"#,
            r#"[["team","web"],["cost-center",42]]"#,
            r#"[{"team":"web"},{"cost-center":"42"}]"#,
            r#"["team=web","cost-center=42"]"#,
            "{'team': 'web', 'cost-center': '42'}",
            "[{'key': 'team', 'value': 'web'}, {'key': 'cost-center', 'value': '42'}]",
            "{team=web, cost-center=42}",
            "key:team value:web; key:cost-center value:42",
            "team=web;cost-center=42",
            "team:web|cost-center:42",
            "team:web, cost-center:42",
            r#""team"=>"web", "cost-center"=>"42""#,
        ] {
            let tags = parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(to_json(&tags).as_deref(), Some(r#"{"cost-center":"42","team":"web"}"#), "{text}");
        }
        for text in ["", "{}", "[]", "\"\"", "null", r#"{"team":""}"#] {
            assert_eq!(parse(text), Some(Tags::new()), "{text}");
        }
        for text in ["not json", "[1, 2]", "{\"team\": ", "just some text, with commas", "[[1,2,3]]"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_flat_object_stays_as_it_is_and_what_is_unread_is_counted() {
        let mut written = TextColumn::default();
        for text in
            [Some(r#"{"team": "web"}"#), Some("not json"), None, Some(r#"{"user:team": "web"}"#), Some("not json")]
        {
            written.push(text);
        }
        let (tags, unread) = column(&written, |key| key.strip_prefix("user:").unwrap_or(key).to_owned());
        assert_eq!(
            (tags.get(0), tags.get(1), tags.get(3)),
            (Some(r#"{"team": "web"}"#), None, Some(r#"{"team":"web"}"#))
        );
        assert_eq!(unread, 2);
    }

    proptest! {
        #[test]
        fn no_text_makes_tags_panic(text in "[{}\\[\\]\"':=,;a-c ]{0,30}") {
            let _ = parse(&text);
        }
    }
}
