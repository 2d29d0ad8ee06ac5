//! HCL text as a body with byte spans, with limits: what nests too deep is refused before a parser recurses into it.

use hcl_edit::structure::Body;

/// The deepest nesting of brackets: far beyond what people write, and far from the end of the stack.
const DEPTH: usize = 64;

/// Why a text is no body, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do, where there is an idea.
    pub hint: Option<String>,
}

/// Parses a text of at most `limit` bytes.
///
/// # Errors
///
/// When it is longer, nests deeper than 64 brackets, or is no HCL.
pub fn parse(text: &str, limit: usize) -> Result<Body, Refused> {
    if text.len() > limit {
        let message = format!("the file has {} KiB; at most {} are read", text.len() >> 10, limit >> 10);
        return Err(Refused { line: 1, column: 1, message, hint: None });
    }
    if let Some(at) = too_deep(text) {
        let before = text.get(..at).unwrap_or(text);
        return Err(Refused {
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            message: format!("brackets nest deeper than {DEPTH} levels"),
            hint: Some("split the expression into several".to_owned()),
        });
    }
    text.parse::<Body>().map_err(|error| {
        let at = error.location();
        Refused { line: at.line(), column: at.column(), message: error.message().to_owned(), hint: None }
    })
}

/// Where brackets nest too deep. Counts those in strings and comments too: nobody writes that many there either.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return Some(at);
        }
    }
    // Prefix operators nest without brackets. Dashes of a comment's ruler are none.
    let mut run = 0;
    for (at, c) in text.bytes().enumerate() {
        run = match c {
            b'!' | b'-' | b'?' => run + 1,
            b' ' | b'\t' | b'\n' | b'\r' => run,
            _ => 0,
        };
        if run > 8 * DEPTH {
            return Some(at);
        }
    }
    None
}
