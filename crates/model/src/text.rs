//! Text for people: counts with their noun.

use std::fmt;

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
