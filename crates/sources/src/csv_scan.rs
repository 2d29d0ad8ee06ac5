//! The scanner of CSV: fields, quotes and line ends.

use memchr::{memchr, memchr_iter, memchr2, memrchr_iter};

use crate::Note;
use crate::cells::CellReader;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, RawBatch, RawColumn};
use crate::survey::FileContext;

/// The column names of a header.
pub(crate) fn header_names(header: &str, delimiter: u8) -> Vec<String> {
    let mut names = Vec::new();
    let mut scratch = String::new();
    let mut pos = 0;
    loop {
        let Ok(field) = next_field(header, pos, delimiter, &mut scratch) else {
            names.push(header[pos..].trim().to_owned());
            break;
        };
        let text = field.text(header, &scratch);
        names.push(text.trim().trim_start_matches('\u{feff}').to_owned());
        match field.then {
            FieldEnd::Field => pos = field.next,
            FieldEnd::Record | FieldEnd::End => break,
        }
    }
    names
}

/// The end of the last (or first) complete record: after a line end outside quotes.
pub(crate) fn split_point(bytes: &[u8], last: bool) -> Option<usize> {
    if !last {
        let mut from = 0;
        let mut quotes = 0usize;
        for end in memchr_iter(b'\n', bytes) {
            quotes += memchr_iter(b'"', &bytes[from..end]).count();
            from = end;
            if quotes.is_multiple_of(2) && !bytes[..end].iter().all(u8::is_ascii_whitespace) {
                return Some(end + 1);
            }
        }
        return None;
    }
    let mut quotes = memchr_iter(b'"', bytes).count();
    let mut to = bytes.len();
    for end in memrchr_iter(b'\n', bytes) {
        quotes -= memchr_iter(b'"', &bytes[end..to]).count();
        to = end;
        if quotes.is_multiple_of(2) {
            return Some(end + 1);
        }
    }
    None
}

pub(crate) struct Scanner<'a> {
    pub(crate) text: &'a str,
    pub(crate) delimiter: u8,
    pub(crate) cells: &'a [CellType],
    /// The line of the header. Joined files repeat it.
    pub(crate) header: &'a str,
    /// Bytes that are not UTF-8 were replaced.
    pub(crate) lossy: bool,
    /// The text ends where the file ends.
    pub(crate) last: bool,
}

enum FieldEnd {
    Field,
    Record,
    End,
}

struct Field {
    start: usize,
    end: usize,
    /// The text is in the scratch buffer because it had doubled quotes.
    unescaped: bool,
    next: usize,
    then: FieldEnd,
}

impl Field {
    fn text<'a>(&self, text: &'a str, scratch: &'a str) -> &'a str {
        if self.unescaped { scratch } else { &text[self.start..self.end] }
    }
}

enum FieldError {
    Unclosed,
    AfterQuote(usize),
}

fn next_field(text: &str, pos: usize, delimiter: u8, scratch: &mut String) -> Result<Field, FieldError> {
    let bytes = text.as_bytes();
    let (start, end, unescaped, after) = if bytes.get(pos) == Some(&b'"') {
        let mut from = pos + 1;
        let mut unescaped = false;
        let close = loop {
            let quote = from + memchr(b'"', &bytes[from..]).ok_or(FieldError::Unclosed)?;
            if bytes.get(quote + 1) != Some(&b'"') {
                break quote;
            }
            if !unescaped {
                scratch.clear();
                unescaped = true;
                scratch.push_str(&text[pos + 1..=quote]);
            } else {
                scratch.push_str(&text[from..=quote]);
            }
            from = quote + 2;
        };
        if unescaped {
            scratch.push_str(&text[from..close]);
        }
        (pos + 1, close, unescaped, close + 1)
    } else {
        let end = memchr2(delimiter, b'\n', &bytes[pos..]).map_or(bytes.len(), |n| pos + n);
        let trimmed =
            if end > pos && bytes.get(end) != Some(&delimiter) && bytes[end - 1] == b'\r' { end - 1 } else { end };
        (pos, trimmed, false, end)
    };
    let (next, then) = match bytes.get(after) {
        None => (after, FieldEnd::End),
        Some(b'\n') => (after + 1, FieldEnd::Record),
        Some(b'\r') if bytes.get(after + 1) == Some(&b'\n') => (after + 2, FieldEnd::Record),
        Some(b'\r') if after + 1 == bytes.len() => (after + 1, FieldEnd::End),
        Some(c) if *c == delimiter => (after + 1, FieldEnd::Field),
        Some(_) => return Err(FieldError::AfterQuote(after)),
    };
    Ok(Field { start, end, unescaped, next, then })
}

impl Scanner<'_> {
    /// The length of the header, if it stands here again; the line end remains.
    fn repeated_header(&self, pos: usize) -> Option<usize> {
        let rest = &self.text[pos..];
        let mark = if rest.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let after = rest.get(mark..)?.strip_prefix(self.header).filter(|_| !self.header.is_empty())?;
        let ends = after.is_empty() || after.starts_with(['\n', '\r']);
        ends.then_some(mark + self.header.len())
    }

    /// The length of a line without a value: spaces, or every cell empty, as spreadsheets save lines below a table. The line end
    /// remains.
    fn blank_line(&self, pos: usize) -> Option<usize> {
        let rest = &self.text.as_bytes()[pos..];
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t') || *byte == self.delimiter;
        let length = rest.iter().take_while(|byte| is_blank(byte)).count();
        let line = &rest[..length];
        let ends = matches!(&rest[length..], [] | [b'\n', ..] | [b'\r', b'\n', ..]);
        let cells = line.iter().filter(|byte| **byte == self.delimiter).count() + 1;
        (length > 0 && ends && (cells == 1 || cells == self.cells.len())).then_some(length)
    }

    /// Scans all rows. A truncated input is an error with the line and the missing part.
    pub(crate) fn scan(&self, first_line: u64, context: &FileContext) -> Result<RawBatch, (u64, String)> {
        let reader = CellReader::new(context);
        let bytes = self.text.as_bytes();
        let mut columns: Vec<RawColumn> = self.cells.iter().map(|c| RawColumn::new(*c)).collect();
        let mut draft = ChargeDraft::default();
        let mut scratch = String::new();
        let (mut pos, mut line, mut row) = (0, first_line, 0);
        while pos < bytes.len() {
            match &bytes[pos..] {
                [b'\n', ..] => {
                    pos += 1;
                    line += 1;
                    continue;
                }
                [b'\r', b'\n', ..] => {
                    pos += 2;
                    line += 1;
                    continue;
                }
                _ => {}
            }
            if let Some(length) = self.blank_line(pos) {
                pos += length;
                continue;
            }
            if let Some(length) = self.repeated_header(pos) {
                draft.count_note(Note::RepeatedHeader, 1);
                line += memchr_iter(b'\n', &bytes[pos..pos + length]).count() as u64;
                pos += length;
                continue;
            }
            let begin = pos;
            let mut index = 0;
            let mut fault: Option<String> = None;
            let ended = loop {
                let field = match next_field(self.text, pos, self.delimiter, &mut scratch) {
                    Ok(field) => field,
                    Err(FieldError::Unclosed) => {
                        return Err((line, format!("the quote that opens column {} is never closed", index + 1)));
                    }
                    Err(FieldError::AfterQuote(at)) => {
                        fault = Some(format!("column {} has text after its closing quote", index + 1));
                        let end = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n + 1);
                        pos = end;
                        break false;
                    }
                };
                if let (Some(column), Some(cell)) = (columns.get_mut(index), self.cells.get(index)) {
                    reader.push(column, *cell, field.text(self.text, &scratch), (row, index), &mut draft);
                }
                index += 1;
                pos = field.next;
                match field.then {
                    FieldEnd::Field => {}
                    FieldEnd::Record => break false,
                    FieldEnd::End => break true,
                }
            };
            let lines = memchr_iter(b'\n', &bytes[begin..pos]).count() as u64;
            if fault.is_none() && index != self.cells.len() {
                if index < self.cells.len() && ended && self.last {
                    return Err((line, format!("the last line has {index} of {} columns", self.cells.len())));
                }
                fault = Some(format!("has {index} columns, the header has {}", self.cells.len()));
            }
            if fault.is_none() && self.lossy && self.text[begin..pos].contains('\u{fffd}') {
                fault = Some("holds bytes that are not UTF-8; save the export as UTF-8".to_owned());
            }
            match fault {
                None => {
                    draft.lines.push(line);
                    row += 1;
                }
                Some(reason) => {
                    for column in columns.iter_mut().take(index.min(self.cells.len())) {
                        match column {
                            RawColumn::Text(t) => t.pop(),
                            RawColumn::Decimal(d) => d.pop(),
                        }
                    }
                    draft.discard_row(row);
                    draft.reject_unreadable(line, reason);
                }
            }
            line += lines;
        }
        Ok(RawBatch { rows: row, columns, draft })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(text: &str, columns: usize) -> Result<RawBatch, (u64, String)> {
        let cells = vec![CellType::Text; columns];
        Scanner { text, delimiter: b',', cells: &cells, header: "h,i", lossy: false, last: true }
            .scan(2, &FileContext::alone(std::path::Path::new("x.csv")))
    }

    fn cells(raw: &RawBatch, row: usize) -> Vec<Option<String>> {
        (0..raw.columns.len()).map(|c| raw.text(Some(c)).and_then(|t| t.get(row)).map(str::to_owned)).collect()
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        let raw = scan("a,\"b,\"\"c\"\"\n\",d\r\n\r\nNULL,\"\",x", 3).unwrap();
        assert_eq!(raw.rows, 2);
        assert_eq!(cells(&raw, 0), [Some("a".into()), Some("b,\"c\"\n".into()), Some("d".into())]);
        assert_eq!(cells(&raw, 1), [None, None, Some("x".into())]);
        assert_eq!(raw.draft.lines, [2, 5]);
    }

    #[test]
    fn a_header_in_the_middle_is_no_row() {
        let raw = scan("a,b\r\nh,i\r\nc,d\n\u{feff}h,i\nh,ij\nh,i", 2).unwrap();
        assert_eq!((raw.rows, raw.draft.lines.as_slice()), (3, [2, 4, 6].as_slice()));
        assert_eq!(raw.draft.notes.get(&Note::RepeatedHeader), Some(&3));
        assert!(raw.draft.unreadable_rows().is_empty());
    }

    #[test]
    fn lines_without_a_value_are_no_rows() {
        let raw = scan("a,b\n  \n,\r\n \t,  \nc,d\n ,", 2).unwrap();
        assert_eq!((raw.rows, raw.draft.lines.as_slice()), (2, [2, 6].as_slice()));
        assert!(raw.draft.unreadable_rows().is_empty());
        // A line of another width is not known to be blank, and a quoted cell is written on purpose.
        let raw = scan("a,b\n,,\n\"\",\"\"\n", 2).unwrap();
        assert_eq!((raw.rows, raw.draft.unreadable_rows().len()), (2, 1));
    }

    #[test]
    fn rows_of_another_width_are_named_with_their_line() {
        let raw = scan("a,b\nc\nd,e,f\n\"x\"y,z\ng,h\n", 2).unwrap();
        assert_eq!(raw.rows, 2);
        let reported: Vec<(u64, &str)> =
            raw.draft.unreadable_rows().iter().map(|r| (r.line, r.reason.as_str())).collect();
        assert_eq!(
            reported,
            [
                (3, "has 1 columns, the header has 2"),
                (4, "has 3 columns, the header has 2"),
                (5, "column 1 has text after its closing quote"),
            ]
        );
    }

    #[test]
    fn an_input_that_stops_in_the_middle_is_refused() {
        assert_eq!(scan("a,b\nc", 2).unwrap_err(), (3, "the last line has 1 of 2 columns".to_owned()));
        assert_eq!(scan("a,\"b\n\n", 2).unwrap_err().0, 2);
    }

    proptest! {
        #[test]
        fn cutting_anywhere_gives_the_same_rows(rows in proptest::collection::vec(("[a\",\n]{0,5}", "[b\"]{0,3}"), 1..20), cut in 0usize..200) {
            let quoted = |s: &str| format!("\"{}\"", s.replace('"', "\"\""));
            let text: String = rows.iter().map(|(a, b)| format!("{},{}\n", quoted(a), quoted(b))).collect();
            let cut = cut.min(text.len());
            let whole = scan(&text, 2).unwrap();
            prop_assert_eq!(whole.rows, rows.len());
            if let Some(end) = split_point(&text.as_bytes()[..cut], true) {
                let (one, two) = (scan(&text[..end], 2).unwrap(), scan(&text[end..], 2).unwrap());
                prop_assert_eq!(one.rows + two.rows, rows.len());
            }
            for (i, (a, b)) in rows.iter().enumerate() {
                let want = [a, b].map(|s| (!s.is_empty()).then(|| s.clone()));
                prop_assert_eq!(cells(&whole, i), want);
            }
        }

        #[test]
        fn no_text_makes_the_scanner_panic(text in "[a-c,\"\n\r\u{e9}]{0,60}", columns in 1usize..4) {
            let _ = scan(&text, columns);
            let _ = header_names(&text, b',');
        }
    }
}
