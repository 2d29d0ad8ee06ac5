//! The names of Azure's columns: without case and marks between words, and in English.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::mapping::rows;

static LOCALIZED: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    rows(include_str!("mappings/azure_headers.tsv"))
        .filter_map(|row| Some((fold(row.first()?), *row.get(1)?)))
        .collect()
});

/// `Meter Sub-Category` as `metersubcategory`; a localized name as the English one.
pub(crate) fn english(header: &str) -> String {
    let folded = fold(header);
    LOCALIZED.get(&folded).map_or(folded, |name| (*name).to_owned())
}

fn fold(name: &str) -> String {
    let marks = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '_' | '.' | '/' | '(' | ')' | '\u{2019}' | '\'');
    name.chars().filter(marks).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_spelling_and_language_are_one() {
        for (written, name) in [
            ("MeterCategory", "metercategory"),
            ("meterCategory", "metercategory"),
            ("Meter Category", "metercategory"),
            ("Meter Sub-Category", "metersubcategory"),
            ("Kosten", "cost"),
            ("Co\u{fb}t", "cost"),
            ("Costo", "cost"),
            ("コスト", "cost"),
        ] {
            assert_eq!(english(written), name, "{written}");
        }
    }

    #[test]
    fn every_localized_name_is_that_of_a_column() {
        for row in rows(include_str!("mappings/azure_headers.tsv")) {
            assert_eq!(row.len(), 2, "{row:?}");
            assert_eq!(fold(row[1]), row[1], "{row:?}");
        }
    }
}
