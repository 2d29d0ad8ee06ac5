//! CSV with commas, semicolons or tabs, plain or gzipped, in UTF-8 or UTF-16.
//!
//! One thread splits the input at line ends outside quotes; the chunks are parsed on any thread.
//!
//! Why not the csv crate: it copies every field into a record before the field can be used, while this scanner appends cells
//! directly to interned columns. It also accepts a file that ends inside quotes and text after a closing quote; an import must
//! refuse the former as truncated and reject the latter's row, each with its line.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter, memchr2, memrchr_iter};
use tollgate_model::limits::{INPUT_BYTES, INPUT_RECORD};
use tollgate_model::{Fixed, MoneyError};

use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, RawBatch, RawColumn, map_rows, recognize};
use crate::value::{decorated, is_null};
use crate::{Chunk, CostSource, Note, Parsed, ReadOptions, SourceError};

/// Bytes of a chunk: about 6,000 rows of a wide export.
const CHUNK: usize = 4 << 20;

pub(crate) struct CsvSource {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
    size: Option<u64>,
    format: Arc<dyn Format>,
    delimiter: u8,
    options: ReadOptions,
    carry: Vec<u8>,
    /// Bytes returned in chunks so far, and their limit.
    handed_out: u64,
    limit: u64,
    line: u64,
    at_end: bool,
}

impl CsvSource {
    /// Reads the header and detects the format.
    pub(crate) fn open(
        path: PathBuf,
        mut input: Box<dyn Read + Send>,
        consumed: Arc<AtomicU64>,
        size: Option<u64>,
        options: ReadOptions,
    ) -> Result<Self, SourceError> {
        let mut carry = Vec::new();
        let mut at_end = false;
        let header_end = loop {
            if let Some(end) = split_point(&carry, false) {
                break end;
            }
            if at_end {
                break carry.len();
            }
            if carry.len() > INPUT_RECORD.size() {
                return Err(SourceError::RecordTooLong { path, line: 1 });
            }
            at_end = fill(&mut input, &mut carry, 64 << 10).map_err(|error| read_error(&path, error))?;
        };
        if carry.iter().all(u8::is_ascii_whitespace) {
            return Err(SourceError::Empty(path));
        }
        let rest = carry.split_off(header_end);
        let header = String::from_utf8_lossy(&carry);
        let header = header.strip_prefix('\u{feff}').unwrap_or(&header).trim_end_matches(['\r', '\n']);
        let first_line = header.lines().next().unwrap_or_default().as_bytes();
        let delimiter = [b',', b';', b'\t', b'|']
            .into_iter()
            .max_by_key(|d| (memchr_iter(*d, first_line).count(), *d == b','))
            .unwrap_or(b',');
        let names = header_names(header, delimiter);
        let format: Arc<dyn Format> = Arc::from(recognize(&path, &names)?);
        let line = 1 + memchr_iter(b'\n', &carry).count() as u64;
        Ok(Self {
            path,
            input,
            consumed,
            size,
            format,
            delimiter,
            options,
            carry: rest,
            handed_out: 0,
            limit: INPUT_BYTES.value,
            line,
            at_end,
        })
    }
}

/// The column names of a header.
fn header_names(header: &str, delimiter: u8) -> Vec<String> {
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

/// Reads up to `more` bytes. Returns true at the end of the input.
fn fill(input: &mut impl Read, into: &mut Vec<u8>, more: usize) -> std::io::Result<bool> {
    let read = input.take(more as u64).read_to_end(into)?;
    Ok(read < more)
}

/// The end of the last (or first) complete record: after a line end outside quotes.
fn split_point(bytes: &[u8], last: bool) -> Option<usize> {
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

impl CostSource for CsvSource {
    fn describe(&self) -> String {
        format!("{}, CSV", self.format.name())
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.size)
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        let mut bytes = std::mem::take(&mut self.carry);
        let end = loop {
            while !self.at_end && bytes.len() < CHUNK {
                let more = CHUNK - bytes.len();
                bytes.reserve(more);
                self.at_end = fill(&mut self.input, &mut bytes, more).map_err(|error| read_error(&self.path, error))?;
            }
            if self.at_end {
                break bytes.len();
            }
            if let Some(end) = split_point(&bytes, true) {
                break end;
            }
            if bytes.len() >= INPUT_RECORD.size() {
                return Err(SourceError::RecordTooLong { path: self.path.clone(), line: self.line });
            }
            self.at_end = fill(&mut self.input, &mut bytes, CHUNK).map_err(|error| read_error(&self.path, error))?;
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        self.carry = bytes.split_off(end);
        self.handed_out += bytes.len() as u64;
        if self.handed_out > self.limit {
            let what = "the file decompresses to more".to_owned();
            return Err(SourceError::Limit { path: self.path.clone(), what, limit: &INPUT_BYTES });
        }
        let line = self.line;
        self.line += memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Box::new(CsvChunk {
            path: self.path.clone(),
            bytes,
            line,
            last: self.at_end && self.carry.is_empty(),
            delimiter: self.delimiter,
            format: Arc::clone(&self.format),
            options: self.options.clone(),
        })))
    }
}

/// The error of a failed read: damaged compression or an I/O error.
fn read_error(path: &Path, error: std::io::Error) -> SourceError {
    let path = path.to_owned();
    // I/O errors have an OS error code; errors without one come from the decompressor.
    match error.raw_os_error() {
        Some(_) => SourceError::Io { path, error },
        None => SourceError::Truncated {
            path,
            line: None,
            what: format!("the compressed data is damaged or ends early ({error})"),
        },
    }
}

struct CsvChunk {
    path: PathBuf,
    bytes: Vec<u8>,
    line: u64,
    last: bool,
    delimiter: u8,
    format: Arc<dyn Format>,
    options: ReadOptions,
}

impl Chunk for CsvChunk {
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
        let Self { path, bytes, line, last, delimiter, format, options } = *self;
        let (text, lossy) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
        };
        let raw = Scanner { text: &text, delimiter, cells: format.cells(), lossy, last }
            .scan(line)
            .map_err(|(line, what)| SourceError::Truncated { path, line: Some(line), what })?;
        map_rows(&*format, raw).finish(&options)
    }
}

struct Scanner<'a> {
    text: &'a str,
    delimiter: u8,
    cells: &'a [CellType],
    lossy: bool,
    last: bool,
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
    /// Scans all rows. A truncated input is an error with the line and the missing part.
    fn scan(&self, first_line: u64) -> Result<RawBatch, (u64, String)> {
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
                    push(column, *cell, field.text(self.text, &scratch), row, index, &mut draft);
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

/// Appends a cell. An unreadable cost rejects the row; any other unreadable value is unknown and counted as a note.
fn push(column: &mut RawColumn, cell: CellType, text: &str, row: usize, index: usize, draft: &mut ChargeDraft) {
    match column {
        RawColumn::Text(values) => values.push((!is_null(text)).then_some(text)),
        RawColumn::Decimal(values) => match cell {
            CellType::Text | CellType::Cost => values.push(cost(text, row, index, draft)),
            CellType::Price => values.push(price::<24>(text, draft)),
            CellType::Quantity => values.push(price::<18>(text, draft)),
        },
    }
}

/// An exact cost. An unreadable one rejects the row, with the number of its column; the format replaces it with the name.
fn cost(text: &str, row: usize, index: usize, draft: &mut ChargeDraft) -> Option<Fixed<24>> {
    if is_null(text) {
        return None;
    }
    let result = Fixed::parse(text.as_bytes()).or_else(|error| match error {
        MoneyError::NotANumber(_) => decorated(text).inspect(|_| draft.count_note(Note::DecoratedAmount, 1)),
        other => Err(other),
    });
    result.map_err(|error| draft.reject_row(row, Some(&format!("#{}", index + 1)), error.to_string())).ok()
}

/// A unit price or quantity: rounded if it has too many decimal places, unknown if it is unreadable.
pub(crate) fn price<const S: u32>(text: &str, draft: &mut ChargeDraft) -> Option<Fixed<S>> {
    if is_null(text) {
        return None;
    }
    match Fixed::parse(text.as_bytes()) {
        Ok(value) => Some(value),
        Err(MoneyError::TooPrecise(..)) => {
            let rounded = shorten::<36, S>(text).or_else(|| shorten::<30, S>(text)).or_else(|| shorten::<25, S>(text));
            draft.count_note(if rounded.is_some() { Note::RoundedQuantity } else { Note::UnreadableQuantity }, 1);
            rounded
        }
        Err(_) => {
            let value = decorated(text).ok();
            draft.count_note(if value.is_some() { Note::DecoratedAmount } else { Note::UnreadableQuantity }, 1);
            value
        }
    }
}

fn shorten<const WIDE: u32, const S: u32>(text: &str) -> Option<Fixed<S>> {
    let wide: Fixed<WIDE> = text.parse().ok()?;
    Fixed::from_units(wide.round(S).units() / 10i128.pow(WIDE.saturating_sub(S)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(text: &str, columns: usize) -> Result<RawBatch, (u64, String)> {
        let cells = vec![CellType::Text; columns];
        Scanner { text, delimiter: b',', cells: &cells, lossy: false, last: true }.scan(2)
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
    fn a_file_that_decompresses_to_more_than_the_limit_is_refused() {
        let text = "BilledCost,EffectiveCost,BillingPeriodStart,ChargePeriodStart,ChargeCategory\n1,1,2026-10-01,2026-10-01,Usage\n";
        let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let open = CsvSource::open("x.csv".into(), input, Arc::default(), None, ReadOptions::default());
        let mut source = open.unwrap();
        source.limit = 10;
        let error = source.next_chunk().err().unwrap().to_string();
        assert!(error.contains("`input-bytes` of 256 GiB"), "{error}");
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

    #[test]
    fn quantities_are_rounded_and_costs_never_are() {
        let mut draft = ChargeDraft::default();
        assert_eq!(
            price::<18>("1.23456789012345678949", &mut draft).map(|q| q.to_string()),
            Some("1.234567890123456789".into())
        );
        assert_eq!(price::<18>("1E-30", &mut draft).map(|q| q.to_string()), Some("0".into()));
        assert_eq!(price::<18>("many", &mut draft), None);
        assert_eq!(draft.notes[&Note::RoundedQuantity], 2);
        assert_eq!(cost("1E-30", 0, 0, &mut draft), None);
        assert_eq!(draft.row_errors().count(), 1);
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
