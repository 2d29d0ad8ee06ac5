//! Paths into JSON text: `$.team`, `$."a.b"[0]`, `$.Elements[*]`, `/a/b`, or a key alone.
//!
//! Source: DuckDB 1.5, "JSON extraction functions"; Trino, "JSON functions" (brackets with quotes). Read 2026-11-28.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    /// The element at a position, from 0.
    Index(usize),
    /// The element at a position from the end, from 1.
    FromEnd(usize),
    /// Every element of an array, or every value of an object.
    Every,
}

/// A path into a JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

impl JsonPath {
    /// Reads a path. Text without `$` or `/` in front is one key.
    ///
    /// # Errors
    ///
    /// When it is no path, with its text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix('$') {
            let wrong = |what: &str| format!("the JSON path `{text}` {what}");
            return steps(rest).map(Self).map_err(wrong);
        }
        if let Some(rest) = text.strip_prefix('/') {
            let step = |part: &str| {
                let key = part.replace("~1", "/").replace("~0", "~");
                key.parse().map_or(Step::Key(key), Step::Index)
            };
            return Ok(Self(rest.split('/').map(step).collect()));
        }
        Ok(Self(vec![Step::Key(text.to_owned())]))
    }

    /// The element at a position of an array; a negative one counts from the end.
    pub(super) fn at(position: i64) -> Self {
        let steps = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        Self(vec![if position < 0 { Step::FromEnd(steps) } else { Step::Index(steps) }])
    }

    /// Whether the path can match several values.
    pub(super) fn is_many(&self) -> bool {
        self.0.contains(&Step::Every)
    }

    /// The values that the path leads to.
    pub(super) fn find<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        let mut found = vec![value];
        for step in &self.0 {
            found = found.into_iter().flat_map(|value| next(step, value)).collect();
        }
        found
    }
}

fn next<'a>(step: &Step, value: &'a Value) -> Vec<&'a Value> {
    match (step, value) {
        (Step::Key(key), Value::Object(fields)) => fields.get(key).into_iter().collect(),
        // A pointer's number is a key of an object and a position of an array.
        (Step::Index(at), Value::Object(fields)) => fields.get(&at.to_string()).into_iter().collect(),
        (Step::Index(at), Value::Array(items)) => items.get(*at).into_iter().collect(),
        (Step::FromEnd(back), Value::Array(items)) => {
            items.len().checked_sub(*back).and_then(|at| items.get(at)).into_iter().collect()
        }
        (Step::Every, Value::Array(items)) => items.iter().collect(),
        (Step::Every, Value::Object(fields)) => fields.values().collect(),
        _ => Vec::new(),
    }
}

/// The steps after `$`.
fn steps(mut rest: &str) -> Result<Vec<Step>, &'static str> {
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(after) = rest.strip_prefix('.') {
            if let Some(quoted) = after.strip_prefix('"') {
                let (key, after) = quoted.split_once('"').ok_or("has a quote that is not closed")?;
                (Step::Key(key.to_owned()), after)
            } else {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (key, after) = after.split_at(end);
                match key {
                    "" => return Err("has a dot without a key"),
                    "*" => (Step::Every, after),
                    key => (Step::Key(key.to_owned()), after),
                }
            }
        } else if let Some(after) = rest.strip_prefix('[') {
            bracket(after)?
        } else {
            return Err("must have `.` or `[` after each part");
        };
        out.push(step);
        rest = after;
    }
    Ok(out)
}

/// The step in a bracket, which is open, and what follows it.
fn bracket(inner: &str) -> Result<(Step, &str), &'static str> {
    for quote in ['"', '\''] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            let (key, after) = quoted.split_once(quote).ok_or("has a quote that is not closed")?;
            return Ok((Step::Key(key.to_owned()), after.strip_prefix(']').ok_or("has a `[` without `]`")?));
        }
    }
    let (text, after) = inner.split_once(']').ok_or("has a `[` without `]`")?;
    let number = |text: &str| text.trim().parse::<usize>().map_err(|_| "has no number, `*` or key in its brackets");
    let step = match text.trim() {
        "*" => Step::Every,
        back if back.starts_with("#-") => Step::FromEnd(number(&back[2..])?),
        back if back.starts_with('-') => Step::FromEnd(number(&back[1..])?),
        at => Step::Index(number(at)?),
    };
    Ok((step, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(json: &str, path: &str) -> Vec<String> {
        let value: Value = serde_json::from_str(json).unwrap();
        JsonPath::parse(path).unwrap().find(&value).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_notation_of_a_path_leads_to_its_value() {
        let json = r#"{"a":{"b.c":[10,20,{"d":1}]},"x y":2,"0":3}"#;
        for (path, value) in [
            ("$", json),
            ("$.a.\"b.c\"[0]", "10"),
            ("$.a[\"b.c\"][1]", "20"),
            ("$['a']['b.c'][2].d", "1"),
            ("$.a.\"b.c\"[#-1].d", "1"),
            ("$.a.\"b.c\"[-3]", "10"),
            ("$.x y", "2"),
            ("x y", "2"),
            ("/a/b.c/1", "20"),
            ("/0", "3"),
        ] {
            assert_eq!(found(json, path), [value], "{path}");
        }
        assert_eq!(found(json, "$.a.\"b.c\"[*]"), ["10", "20", "{\"d\":1}"]);
        assert_eq!(found(r#"{"b":1,"a":2}"#, "$.*"), ["1", "2"]);
        assert!(found(json, "$.A").is_empty() && found(json, "$.a.b").is_empty() && found("[1]", "$[7]").is_empty());
        assert!(found("[1]", "$[#-7]").is_empty());
    }

    #[test]
    fn what_is_no_path_is_refused_with_its_text() {
        for path in ["$.", "$a", "$.a[", "$.a[x]", "$.\"a", "$['a'", "$.a.[0]"] {
            let error = JsonPath::parse(path).unwrap_err();
            assert!(error.contains(&format!("`{path}`")), "{error}");
        }
    }
}
