//! Errors in a policy file, with their places and suggestions.

use std::fmt;

/// An error in a policy file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The message.
    pub message: String,
    /// A suggestion, if there is one.
    pub hint: Option<String>,
}

/// All errors in a policy file. No part of the file is used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PolicyError {
    /// The name of the file.
    pub file: String,
    /// The errors, in order of place; never empty.
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, d) in self.diagnostics.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{}:{}: {}", self.file, d.line, d.column, d.message)?;
            if let Some(hint) = &d.hint {
                write!(f, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}

/// Returns the known word that is nearest to an unknown one; `None` where none is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase();
    let closest = known.into_iter().map(|k| (strsim::damerau_levenshtein(&folded, &k.to_lowercase()), k)).min();
    closest.filter(|(distance, k)| *distance <= 1 + k.len() / 3).map(|(_, k)| k)
}

/// Returns a suggestion for an unknown word: the nearest known one, or all of them.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(k) => Some(format!("did you mean `{k}`?")),
        None if known.is_empty() => None,
        None => Some(format!("known here: {}", known.join(", "))),
    }
}
