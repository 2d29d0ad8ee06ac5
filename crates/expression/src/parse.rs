//! Parses HCL into a body with byte spans. Text that nests too deep is refused before the parser recurses into it.

use hcl_edit::structure::Body;

/// The deepest nesting of brackets: far more than people write, and far from exhausting the stack.
const DEPTH: usize = 64;

/// The deepest nesting of indexes, as in `a[b[c]]`. The parser reads the inside of each twice where something in it is wrong, so its
/// time doubles with each level: a file of 300 bytes would take hours.
const INDEXES: usize = 8;

/// A syntax error, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// A suggestion, if there is one.
    pub hint: Option<String>,
}

/// Parses a text of at most `limit` bytes.
///
/// # Errors
///
/// When the text is longer, nests deeper than 64 brackets or 8 indexes, or is not HCL.
pub fn parse(text: &str, limit: usize) -> Result<Body, ParseError> {
    if text.len() > limit {
        let message = format!("the file has {} KiB; at most {} are read", text.len() >> 10, limit >> 10);
        return Err(ParseError { line: 1, column: 1, message, hint: None });
    }
    if let Some((at, message)) = too_deep(text) {
        let before = text.get(..at).unwrap_or(text);
        return Err(ParseError {
            line: before.matches('\n').count() + 1,
            column: before.rsplit('\n').next().unwrap_or_default().chars().count() + 1,
            message,
            hint: Some("split the expression into several".to_owned()),
        });
    }
    text.parse::<Body>().map_err(|error| {
        let at = error.location();
        ParseError { line: at.line(), column: at.column(), message: error.message().to_owned(), hint: None }
    })
}

/// Returns where brackets nest too deep, and the message. Brackets in strings and comments count too: nobody writes that many.
fn too_deep(text: &str) -> Option<(usize, String)> {
    // For each open bracket, whether it is an index.
    let mut open: Vec<bool> = Vec::new();
    let mut indexes = 0;
    let mut last = b' ';
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'(' | b'[' | b'{' => {
                let is_index = c == b'[' && (last.is_ascii_alphanumeric() || b"_-]})\"".contains(&last));
                indexes += usize::from(is_index);
                open.push(is_index);
            }
            b')' | b']' | b'}' => indexes -= usize::from(open.pop() == Some(true)),
            _ => {}
        }
        if open.len() > DEPTH {
            return Some((at, format!("brackets nest deeper than {DEPTH} levels")));
        }
        if indexes > INDEXES {
            return Some((at, format!("indexes nest deeper than {INDEXES} levels")));
        }
        if !c.is_ascii_whitespace() {
            last = c;
        }
    }
    // Prefix operators nest without brackets. The dashes of a ruler in a comment are not operators.
    let mut run = 0;
    for (at, c) in text.bytes().enumerate() {
        run = match c {
            b'!' | b'-' | b'?' => run + 1,
            b' ' | b'\t' | b'\n' | b'\r' => run,
            _ => 0,
        };
        if run > 8 * DEPTH {
            return Some((at, format!("operators nest deeper than {} levels", 8 * DEPTH)));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_parser_would_take_hours_for_is_refused() {
        let nested = |part: &str, levels: usize| format!("a = {}!! \"x\"\n", part.repeat(levels));
        for part in ["a+b[c+", "1/0126[1/87/", "a + b [c *", "f()[1-", "x[0][1+y["] {
            let refused = parse(&nested(part, 30), 1 << 20).unwrap_err();
            assert_eq!(refused.message, "indexes nest deeper than 8 levels", "{part}");
            // Up to the limit, even invalid text is parsed fast.
            assert!(parse(&nested(part, 4), 1 << 20).is_err());
        }
        assert!(parse("a = b[c[d[e[0]]]]\nf = [[[[[[[[[[1]]]]]]]]]]\n", 1 << 20).is_ok());
        assert!(parse(&format!("a = {}1{}\n", "[".repeat(65), "]".repeat(65)), 1 << 20).is_err());
    }
}
