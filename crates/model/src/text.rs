//! Text for people: counts with their noun, and errors that are taken apart again for programs.

use std::fmt;

use serde::Serialize;

/// The causes of an error on one line, outermost first, each once. `Debug` output of an error is for its authors; this is for people.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut out: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(error), |e| e.source()) {
        let text = cause.to_string();
        // An outer message often ends with the inner one.
        if !out.iter().any(|known| known.contains(&text)) {
            out.push(text);
        }
    }
    out.join(": ")
}

/// A count with its noun in singular or plural: `1 day`, `3 days`.
///
/// ```
/// use tollgate_model::text::counted;
/// assert_eq!(counted(1, "day", "days"), "1 day");
/// assert_eq!(counted(0, "entry", "entries"), "0 entries");
/// ```
pub fn counted<N: fmt::Display + PartialEq + From<u8>>(count: N, one: &str, many: &str) -> String {
    let noun = if count == N::from(1) { one } else { many };
    format!("{count} {noun}")
}

/// An error in a list for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorEntry {
    /// What happened, and where.
    pub message: String,
    /// What to do, where that is known.
    pub hint: Option<String>,
}

/// The errors of a text for people: `FILE:LINE:COLUMN: message` starts one, `hint: …` says what to do about it.
pub fn error_entries(text: &str) -> Vec<ErrorEntry> {
    let has_place = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let number = |part: Option<&str>| part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        parts.next().is_some_and(|file| !file.is_empty()) && number(parts.next()) && number(parts.next())
    };
    let mut out: Vec<ErrorEntry> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("hint: "), out.last_mut()) {
            (Some(hint), Some(last)) if last.hint.is_none() => last.hint = Some(hint.to_owned()),
            (None, Some(last)) if last.hint.is_none() && !has_place(line) => {
                last.message.push('\n');
                last.message.push_str(line);
            }
            _ => out.push(ErrorEntry { message: line.to_owned(), hint: None }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{message}")]
    struct Failure {
        message: &'static str,
        #[source]
        cause: Option<Box<Failure>>,
    }

    #[test]
    fn causes_are_one_line_without_repetition_or_debug_output() {
        let inner = Failure { message: "connection refused", cause: None };
        let middle = Failure { message: "io error: connection refused", cause: Some(Box::new(inner)) };
        let outer = Failure { message: "dispatch failure", cause: Some(Box::new(middle)) };
        assert_eq!(causes(&outer), "dispatch failure: io error: connection refused");
    }

    #[test]
    fn errors_of_a_text_are_apart_each_with_its_hint() {
        let entry = |message: &str, hint: Option<&str>| ErrorEntry {
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        };
        assert_eq!(error_entries("no store\nhint: run it"), [entry("no store", Some("run it"))]);
        assert_eq!(error_entries("one\ntwo"), [entry("one\ntwo", None)]);
        let several = "a.hcl:1:2: no name\nhint: add one\na.hcl:3:1: no day\na.hcl:4:1: twice\nhint: keep one";
        assert_eq!(
            error_entries(several),
            [
                entry("a.hcl:1:2: no name", Some("add one")),
                entry("a.hcl:3:1: no day", None),
                entry("a.hcl:4:1: twice", Some("keep one"))
            ]
        );
        assert!(error_entries("").is_empty());
    }
}
