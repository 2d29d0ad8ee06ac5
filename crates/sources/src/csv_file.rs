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

use memchr::memchr_iter;
use tollgate_model::limits::{INPUT_BYTES, INPUT_RECORD};

use crate::SourceError;
use crate::csv_scan::{Scanner, header_names, split_point};
use crate::format::{CellType, RawBatch};
use crate::reader::{RawChunk, RawSource};
use crate::survey::FileContext;

/// Bytes of a chunk: about 6,000 rows of a wide export.
const CHUNK: usize = 4 << 20;

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(crate) struct CsvSource {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    consumed: Arc<AtomicU64>,
    size: Option<u64>,
    header: Vec<String>,
    /// The header as it is written.
    header_line: Arc<str>,
    delimiter: u8,
    carry: Vec<u8>,
    /// Bytes returned in chunks so far, and their limit.
    handed_out: u64,
    limit: u64,
    line: u64,
    at_end: bool,
}

impl CsvSource {
    /// Reads the header.
    pub(crate) fn open(
        path: PathBuf,
        mut input: Box<dyn Read + Send>,
        consumed: Arc<AtomicU64>,
        size: Option<u64>,
    ) -> Result<Self, SourceError> {
        let mut carry = Vec::new();
        let mut at_end = false;
        let mut lines: Option<bool> = None;
        let (mut separator, mut skipped) = (None, 0);
        let header_end = loop {
            if let Some(end) = split_point(&carry, false) {
                separator = separator.or_else(|| separator_line(&carry[..end]));
                if separator.is_none() || skipped > 0 {
                    break end;
                }
                skipped = memchr_iter(b'\n', &carry[..end]).count() as u64;
                carry.drain(..end);
                continue;
            }
            if at_end {
                break carry.len();
            }
            if carry.len() > INPUT_RECORD.size() {
                return Err(SourceError::RecordTooLong { path, line: 1 });
            }
            at_end = fill(&mut input, &mut carry, 64 << 10).map_err(|error| read_error(&path, error))?;
            if let (true, Some(first)) = (lines.is_none(), memchr::memchr2(b'\r', b'\n', &carry)) {
                // A return that no line feed follows ends a line, as old spreadsheets write it.
                let returns = carry[first] == b'\r' && carry.get(first + 1).is_some_and(|next| *next != b'\n');
                lines = Some(returns);
                if returns {
                    replace_returns(&mut carry);
                    input = Box::new(Returns(input));
                }
            }
        };
        if carry.iter().all(u8::is_ascii_whitespace) {
            return Err(SourceError::Empty(path));
        }
        let rest = carry.split_off(header_end);
        let header = String::from_utf8_lossy(&carry);
        let header = header.strip_prefix('\u{feff}').unwrap_or(&header).trim_end_matches(['\r', '\n']);
        let first_line = header.lines().next().unwrap_or_default().as_bytes();
        let most = DELIMITERS.into_iter().max_by_key(|d| (memchr_iter(*d, first_line).count(), *d == b','));
        let delimiter = separator.or(most).unwrap_or(b',');
        let (header, header_line) = (header_names(header, delimiter), Arc::from(header));
        let line = 1 + skipped + memchr_iter(b'\n', &carry).count() as u64;
        Ok(Self {
            path,
            input,
            consumed,
            size,
            header,
            header_line,
            delimiter,
            carry: rest,
            handed_out: 0,
            limit: INPUT_BYTES.value,
            line,
            at_end,
        })
    }
}

/// Returns the delimiter that a spreadsheet names on a line of its own before the header: `sep=;`.
fn separator_line(line: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(line).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim_matches(['\r', '\n']).trim_matches('"');
    let (name, mark) = text.split_at_checked("sep=".len())?;
    let named = DELIMITERS.into_iter().find(|delimiter| mark.as_bytes() == [*delimiter])?;
    name.eq_ignore_ascii_case("sep=").then_some(named)
}

/// Reads up to `more` bytes. Returns true at the end of the input.
fn fill(input: &mut impl Read, into: &mut Vec<u8>, more: usize) -> std::io::Result<bool> {
    let read = input.take(more as u64).read_to_end(into)?;
    Ok(read < more)
}

impl RawSource for CsvSource {
    fn kind(&self) -> &'static str {
        "CSV"
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn may_have_decimal_commas(&self) -> bool {
        self.delimiter != b','
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.size)
    }

    fn next_raw(&mut self) -> Result<Option<Box<dyn RawChunk>>, SourceError> {
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
            header: Arc::clone(&self.header_line),
        })))
    }
}

/// Replaces carriage returns with line feeds.
fn replace_returns(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

/// An input whose lines end with carriage returns.
struct Returns(Box<dyn Read + Send>);

impl Read for Returns {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.0.read(into)?;
        replace_returns(&mut into[..read]);
        Ok(read)
    }
}

/// The error of a failed read: damaged compression or an I/O error.
pub(crate) fn read_error(path: &Path, error: std::io::Error) -> SourceError {
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
    header: Arc<str>,
}

impl RawChunk for CsvChunk {
    fn read(self: Box<Self>, cells: &[CellType], context: &FileContext) -> Result<RawBatch, SourceError> {
        let Self { path, bytes, line, last, delimiter, header } = *self;
        let (text, lossy) = match String::from_utf8(bytes) {
            Ok(text) => (text, false),
            Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
        };
        Scanner { text: &text, delimiter, cells, header: &header, lossy, last }
            .scan(line, context)
            .map_err(|(line, what)| SourceError::Truncated { path, line: Some(line), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_decompresses_to_more_than_the_limit_is_refused() {
        let text = "BilledCost,EffectiveCost,BillingPeriodStart,ChargePeriodStart,ChargeCategory\n1,1,2026-10-01,2026-10-01,Usage\n";
        let input = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let mut source = CsvSource::open("x.csv".into(), input, Arc::default(), None).unwrap();
        source.limit = 10;
        let error = source.next_raw().err().unwrap().to_string();
        assert!(error.contains("`input-bytes` of 256 GiB"), "{error}");
    }

    #[test]
    fn line_ends_of_old_spreadsheets_are_line_ends() {
        let input = Box::new(std::io::Cursor::new(b"a,b\r1,2\r3,4\r".to_vec()));
        let mut source = CsvSource::open("x.csv".into(), input, Arc::default(), None).unwrap();
        assert_eq!(source.header, ["a", "b"]);
        let chunk = source.next_raw().unwrap().unwrap();
        let raw = chunk.read(&[CellType::Text; 2], &FileContext::alone(Path::new("x.csv"))).unwrap();
        assert_eq!((raw.rows, raw.draft.lines), (2, vec![2, 3]));
    }
}
