//! Why a cost query cannot be read or answered. Every error names what is known instead.

use std::fmt::Write as _;

/// Why a cost query cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A word of a closed list is unknown.
    #[error("there is no {what} `{word}`{}", hint_line(.hint))]
    Unknown {
        /// What the word stands for: `granularity`, `grouping`.
        what: &'static str,
        /// The word.
        word: String,
        /// What to write instead.
        hint: String,
    },
    /// A text has another form.
    #[error("`{text}` is no {what}{}", hint_line(.hint))]
    Form {
        /// What the text should be: `filter`, `period`.
        what: &'static str,
        /// The text.
        text: String,
        /// How to write it.
        hint: String,
    },
    /// More groupings than an answer can have.
    #[error("a query groups by at most {most} fields, and {0} are named\nhint: filter by the others, such as service=NAME", most = MOST_GROUPINGS)]
    TooManyGroupings(usize),
    /// The same grouping twice.
    #[error("the grouping `{0}` is named twice\nhint: name each field once")]
    Repeated(String),
}

/// Fields that a query groups by at most.
pub const MOST_GROUPINGS: usize = 3;

fn hint_line(hint: &str) -> String {
    if hint.is_empty() { String::new() } else { format!("\nhint: {hint}") }
}

impl QueryError {
    pub(super) fn unknown(what: &'static str, word: &str, known: &[&str]) -> Self {
        Self::Unknown { what, word: shown(word), hint: suggest(word, known.iter().copied()) }
    }

    pub(super) fn form(what: &'static str, text: &str, hint: impl Into<String>) -> Self {
        Self::Form { what, text: shown(text), hint: hint.into() }
    }
}

/// At most so much of a wrong text is repeated in its error.
fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Known values that a hint lists.
const LISTED: usize = 20;

/// What to write instead of an unknown word: the nearest known one, otherwise the known ones.
pub fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let folded = word.to_lowercase();
    let closest = known.iter().map(|k| (strsim::damerau_levenshtein(&folded, &k.to_lowercase()), *k)).min();
    // A third of the letters may differ, and a word may be cut short: other words are not near.
    let is_near = |distance: usize, near: &str| distance <= folded.chars().count().max(near.chars().count()) / 3;
    let begins = |known: &&&str| folded.chars().count() >= 3 && known.to_lowercase().starts_with(&folded);
    let near = closest.filter(|(distance, near)| is_near(*distance, near)).map(|(_, near)| near);
    if let Some(near) = near.or_else(|| known.iter().find(begins).copied()) {
        return format!("did you mean `{near}`?");
    }
    let mut out = String::new();
    for (number, value) in known.iter().take(LISTED).enumerate() {
        let separator = if number == 0 { "known: " } else { ", " };
        // Writing to a String cannot fail.
        let _ = write!(out, "{separator}{value}");
    }
    if known.len() > LISTED {
        let _ = write!(out, " and {} more", known.len() - LISTED);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_nearest_known_word_or_all_of_them() {
        let near = QueryError::unknown("granularity", "mont", &["day", "month"]);
        assert_eq!(near.to_string(), "there is no granularity `mont`\nhint: did you mean `month`?");
        let far = QueryError::unknown("granularity", "fortnight", &["day", "month"]);
        assert_eq!(far.to_string(), "there is no granularity `fortnight`\nhint: known: day, month");
        assert!(suggest("nope", ["zone", "team"]).starts_with("known: "));
        assert_eq!(suggest("env", ["account", "environment"]), "did you mean `environment`?");
        let many: Vec<String> = (0..25).map(|n| format!("value-{n}")).collect();
        assert!(suggest("zzzzzzzzzzzz", many.iter().map(String::as_str)).ends_with("value-19 and 5 more"));
    }
}
