//! Patterns with `*` for any run of characters.

use serde::Serialize;

/// A text pattern in which `*` matches any run of characters, also none: `aws_*`, `aws/vm/*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Pattern(pub String);

impl Pattern {
    /// Returns whether the pattern matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        wildcard_matches(&self.0, text)
    }

    /// Returns whether the pattern matches more than one text.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains('*')
    }
}

/// Returns whether a pattern with `*` matches a whole text. Time grows with the product of the lengths at most: only the last `*`
/// is tried again.
pub fn wildcard_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, consumed)) = star {
            star = Some((at, consumed + 1));
            (p, t) = (at + 1, consumed + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_star_matches_any_run_of_characters() {
        for (pattern, text, matches) in [
            ("*", "anything", true),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("aws/*", "aws/vm", true),
            ("aws/*/m5.*", "aws/vm/linux/m5.large", true),
            ("aws/vm", "aws/vm/linux", false),
            ("*large", "m5.xlarge", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXc", false),
        ] {
            assert_eq!(wildcard_matches(pattern, text), matches, "{pattern} {text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_a_star_matches_itself_alone(text in "[a-c./é]{0,12}", different in "[a-c./é]{0,12}") {
            prop_assert!(wildcard_matches(&text, &text));
            prop_assert_eq!(wildcard_matches(&text, &different), text == different);
        }
    }
}
