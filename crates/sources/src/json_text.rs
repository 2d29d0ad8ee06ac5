//! JSON whose numbers stay as they are written: a cost must not pass through floating point.

use std::borrow::Cow;

/// The deepest nesting that is read.
const DEPTH: usize = 64;

/// A value, with its text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Json<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) raw: &'a str,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Parses a text that is one value.
    ///
    /// # Errors
    ///
    /// With the place in the text and what is wrong there.
    pub(crate) fn parse(text: &'a str) -> Result<Self, (usize, String)> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(0)?;
        reader.skip_space();
        if reader.at < text.len() { Err(reader.fault("text after the value")) } else { Ok(value) }
    }

    /// The value of a key of an object.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Object(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// A scalar as text; `None` for null, lists and objects.
    pub(crate) fn scalar(&self) -> Option<Cow<'_, str>> {
        match &self.kind {
            Kind::Number(text) => Some(Cow::Borrowed(text)),
            Kind::Text(text) => Some(Cow::Borrowed(text)),
            Kind::Bool(true) => Some(Cow::Borrowed("true")),
            Kind::Bool(false) => Some(Cow::Borrowed("false")),
            Kind::Null | Kind::List(_) | Kind::Object(_) => None,
        }
    }

    /// The value as text of a cell: a scalar as it is, a list or an object as JSON; empty for null.
    pub(crate) fn cell(&self) -> Cow<'_, str> {
        match &self.kind {
            Kind::List(_) | Kind::Object(_) => Cow::Borrowed(self.raw),
            _ => self.scalar().unwrap_or_default(),
        }
    }

    pub(crate) fn object(&self) -> Option<&[(Cow<'a, str>, Self)]> {
        if let Kind::Object(entries) = &self.kind { Some(entries) } else { None }
    }
}

/// The end of the value that starts at the first byte that is no space, if the text holds all of it. Strings are skipped, not read.
pub(crate) fn value_end(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for (at, byte) in bytes.iter().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &str) -> (usize, String) {
        (self.at, what.to_owned())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), (usize, String)> {
        self.skip_space();
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.fault(&format!("`{}` is missing", byte as char)))
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, (usize, String)> {
        self.skip_space();
        if depth > DEPTH {
            return Err(self.fault("it is nested too deeply"));
        }
        let start = self.at;
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word()?,
            None => return Err(self.fault("the text ends early")),
        };
        Ok(Json { kind, raw: self.text.get(start..self.at).unwrap_or_default() })
    }

    fn object(&mut self, depth: usize) -> Result<Kind<'a>, (usize, String)> {
        self.expect(b'{')?;
        let mut entries: Vec<(Cow<'a, str>, Json<'a>)> = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(entries));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.expect(b':')?;
            let value = self.value(depth + 1)?;
            if entries.iter().any(|(k, _)| *k == key) {
                return Err(self.fault(&format!("`{}` appears twice", key.chars().take(60).collect::<String>())));
            }
            entries.push((key, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object(entries));
                }
                _ => return Err(self.fault("`,` or `}` is missing")),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Kind<'a>, (usize, String)> {
        self.expect(b'[')?;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::List(items));
                }
                _ => return Err(self.fault("`,` or `]` is missing")),
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, (usize, String)> {
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.fault("`\"` is missing"));
        }
        let bytes = self.text.as_bytes();
        let (mut at, mut escapes) = (start + 1, false);
        loop {
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escapes = true;
                    at += 2;
                }
                Some(_) => at += 1,
                None => return Err(self.fault("a text is never closed")),
            }
        }
        self.at = at + 1;
        let inner = self.text.get(start + 1..at).unwrap_or_default();
        if !escapes {
            return Ok(Cow::Borrowed(inner));
        }
        let whole = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str::<String>(whole)
            .map(Cow::Owned)
            .map_err(|_| (start, "a text has an invalid escape".to_owned()))
    }

    fn number(&mut self) -> Kind<'a> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        Kind::Number(self.text.get(start..self.at).unwrap_or_default())
    }

    fn word(&mut self) -> Result<Kind<'a>, (usize, String)> {
        for (word, kind) in
            [("null", Kind::Null), ("true", Kind::Bool(true)), ("false", Kind::Bool(false)), ("NaN", Kind::Null)]
        {
            if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        Err(self.fault("no JSON value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_keep_every_digit() {
        let json =
            Json::parse(r#" {"a": 0.1234567890123456789012, "b": {"c\n": [1, null, true]}, "d": "x"} "#).unwrap();
        assert_eq!(json.get("a").unwrap().cell(), "0.1234567890123456789012");
        assert_eq!(json.get("b").unwrap().cell(), r#"{"c\n": [1, null, true]}"#);
        assert_eq!(json.get("b").unwrap().object().unwrap()[0].0, "c\n");
        assert_eq!(json.get("d").unwrap().scalar().as_deref(), Some("x"));
    }

    #[test]
    fn what_is_no_json_is_named() {
        for (text, what) in [
            ("{\"a\":1", "missing"),
            ("{\"a\":1,\"a\":2}", "appears twice"),
            ("{\"a\" 1}", "`:` is missing"),
            ("{} x", "text after"),
            ("\"abc", "never closed"),
        ] {
            let (_, error) = Json::parse(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
        assert!(Json::parse(&"[".repeat(10_000)).is_err());
        assert_eq!(value_end(b" {\"}\": \"\\\"\"} x"), Some(12));
        assert_eq!(value_end(b"{\"a\": ["), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[{}\\[\\]\",:a1.\\\\ \u{e9}]{0,40}") {
            let _ = Json::parse(&text);
            let _ = value_end(text.as_bytes());
        }
    }
}
