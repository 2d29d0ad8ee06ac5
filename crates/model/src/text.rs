//! Text for people: counts with their noun.

use std::fmt;

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
}
