//! The fix of a finding: edits of one source file.

use serde::Serialize;
use tollgate_terraform::SourceFile;

/// A change of one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fix {
    /// What it does.
    pub title: String,
    /// The file.
    pub file: String,
    /// The edits, in order.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// Applies the change to a text.
    pub fn apply(&self, text: &str) -> String {
        apply_edits(text, &self.edits)
    }
}

/// A replacement of text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edit {
    /// The first byte that is replaced.
    #[serde(skip)]
    pub start: usize,
    /// The byte after the last.
    #[serde(skip)]
    pub end: usize,
    /// The line of the first byte, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// The line of the last byte.
    pub end_line: usize,
    /// The column after the last byte.
    pub end_column: usize,
    /// The new text.
    pub text: String,
}

impl Edit {
    pub(crate) fn new(file: &SourceFile, start: usize, end: usize, text: String) -> Self {
        // Line ends are those of the file.
        let text = if file.text.contains("\r\n") { text.replace('\n', "\r\n") } else { text };
        let place = file.place(start..end);
        let (line, column, end_line, end_column) = (place.line, place.column, place.end_line, place.end_column);
        Self { start, end, line, column, end_line, end_column, text }
    }
}

/// Applies edits, which must not overlap, to a text.
pub(crate) fn apply_edits(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort();
    for edit in edits {
        let (Some(before), true) = (text.get(at..edit.start), edit.end <= text.len()) else { continue };
        out.push_str(before);
        out.push_str(&edit.text);
        at = edit.end;
    }
    out + text.get(at..).unwrap_or_default()
}
