//! One line of CSV, as FOCUS exports are written.

use std::fmt::Write;

/// Appends a line whose cells a spreadsheet may open: formulas become text.
pub fn push_safe_line<'a>(out: &mut String, cells: &mut dyn Iterator<Item = Option<&'a str>>) {
    let safe: Vec<Option<std::borrow::Cow<'a, str>>> =
        cells.map(|cell| cell.map(crate::untrusted::spreadsheet)).collect();
    push_line(out, &mut safe.iter().map(Option::as_deref));
}

/// Appends a line: unknown values are empty, text with separators, quotes or line ends is quoted (RFC 4180).
pub fn push_line(out: &mut String, cells: &mut dyn Iterator<Item = Option<&str>>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        let Some(text) = cell else { continue };
        if text.contains([',', '"', '\n', '\r']) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
        } else {
            out.push_str(text);
        }
    }
    out.push('\n');
}
