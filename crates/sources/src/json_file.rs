//! JSON: lines with a record each, lists of records, and documents of services that hold such a list.
//!
//! Records may leave out keys whose value is null, so all of them are read once for their keys before the first row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::{memchr, memchr_iter};
use tollgate_model::limits::{INPUT_BYTES, INPUT_COLUMNS, INPUT_RECORD};

use crate::SourceError;
use crate::cells::CellReader;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, RawBatch, RawColumn};
use crate::json_records::{flat, records, shared, with_shared};
use crate::json_text::{Json, value_end};
use crate::reader::{RawChunk, RawSource};
use crate::survey::FileContext;

/// Bytes of a chunk.
const CHUNK: usize = 4 << 20;

/// The text of a record, and the line where it starts.
type Record = (u64, String);

/// Reads records from a stream.
struct Records {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    carry: Vec<u8>,
    line: u64,
    bytes: u64,
    at_end: bool,
    started: bool,
    /// The records of a document that is no lines.
    document: Option<std::vec::IntoIter<Record>>,
}

impl Records {
    fn new(path: &Path, input: Box<dyn Read + Send>) -> Self {
        Self {
            path: path.to_owned(),
            input,
            carry: Vec::new(),
            line: 1,
            bytes: 0,
            at_end: false,
            started: false,
            document: None,
        }
    }

    fn fill(&mut self) -> Result<(), SourceError> {
        let read = self.input.by_ref().take(CHUNK as u64).read_to_end(&mut self.carry);
        let read = read.map_err(|error| crate::csv_file::read_error(&self.path, error))?;
        self.at_end = read < CHUNK;
        self.bytes += read as u64;
        if self.bytes > INPUT_BYTES.value {
            let what = "the file decompresses to more".to_owned();
            return Err(SourceError::Limit { path: self.path.clone(), what, limit: &INPUT_BYTES });
        }
        Ok(())
    }

    /// Some records, in order; none at the end.
    fn next(&mut self) -> Result<Vec<Record>, SourceError> {
        if !self.started {
            self.started = true;
            self.fill()?;
            if !self.is_lines()? {
                self.document = Some(self.whole()?.into_iter());
            }
        }
        if let Some(document) = &mut self.document {
            let mut out = Vec::new();
            let mut size = 0;
            while size < CHUNK
                && let Some(record) = document.next()
            {
                size += record.1.len();
                out.push(record);
            }
            return Ok(out);
        }
        self.lines()
    }

    /// Whether the first record is a line, is no list, and something follows it.
    fn is_lines(&mut self) -> Result<bool, SourceError> {
        loop {
            let start = self.carry.iter().position(|c| matches!(c, b'{' | b'['));
            match start.and_then(|start| value_end(&self.carry[start..]).map(|end| (start, start + end))) {
                Some((start, end)) => {
                    let rest = &self.carry[end..];
                    let next = rest.iter().find(|c| !c.is_ascii_whitespace());
                    let one_line = memchr(b'\n', &self.carry[start..end]).is_none();
                    return Ok(self.carry[start] == b'{' && one_line && next.is_some());
                }
                None if self.at_end || self.carry.len() > INPUT_RECORD.size() => return Ok(false),
                None => self.fill()?,
            }
        }
    }

    fn lines(&mut self) -> Result<Vec<Record>, SourceError> {
        let end = loop {
            match memchr::memrchr(b'\n', &self.carry) {
                _ if self.at_end => break self.carry.len(),
                Some(end) if self.carry.len() >= CHUNK => break end + 1,
                _ if self.carry.len() > INPUT_RECORD.size() => {
                    return Err(SourceError::RecordTooLong { path: self.path.clone(), line: self.line });
                }
                _ => self.fill()?,
            }
        };
        let rest = self.carry.split_off(end);
        let text = String::from_utf8_lossy(&std::mem::replace(&mut self.carry, rest)).into_owned();
        let mut out = Vec::new();
        for line in text.split_inclusive('\n') {
            let number = self.line;
            self.line += memchr_iter(b'\n', line.as_bytes()).count() as u64;
            let record = line.trim().trim_start_matches('\u{feff}');
            if !record.is_empty() {
                out.push((number, record.to_owned()));
            }
        }
        if out.is_empty() && !self.at_end {
            return self.lines();
        }
        Ok(out)
    }

    fn whole(&mut self) -> Result<Vec<Record>, SourceError> {
        while !self.at_end {
            if self.carry.len() > INPUT_RECORD.size() {
                let what = "a JSON document that is not lines of records".to_owned();
                return Err(SourceError::Limit { path: self.path.clone(), what, limit: &INPUT_RECORD });
            }
            self.fill()?;
        }
        let text = String::from_utf8_lossy(&self.carry).into_owned();
        let text = text.trim_start_matches('\u{feff}');
        let line_at = |at: usize| 1 + memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() as u64;
        let json = Json::parse(text).map_err(|(at, what)| SourceError::Truncated {
            path: self.path.clone(),
            line: Some(line_at(at)),
            what: format!("the JSON is invalid: {what}"),
        })?;
        let start = text.as_ptr().addr();
        let place = |raw: &str| line_at(raw.as_ptr().addr().saturating_sub(start));
        let shared = shared(&json);
        Ok(records(&json).into_iter().map(|r| (place(r.raw), with_shared(r, &shared))).collect())
    }
}

pub(crate) struct JsonSource {
    records: Records,
    header: Vec<String>,
    /// The keys of nested objects, joined with points.
    flat_header: Vec<String>,
    flattened: bool,
    consumed: Arc<AtomicU64>,
    size: Option<u64>,
}

impl JsonSource {
    /// Reads the keys of every record; `open` opens the file.
    pub(crate) fn open(
        path: &Path,
        open: &dyn Fn() -> Result<Box<dyn Read + Send>, SourceError>,
        consumed: Arc<AtomicU64>,
        size: Option<u64>,
    ) -> Result<Self, SourceError> {
        let (mut header, mut flat_header) = (Names::default(), Names::default());
        let mut all = Records::new(path, open()?);
        let mut last: Option<(u64, String)> = None;
        loop {
            let some = all.next()?;
            if some.is_empty() {
                break;
            }
            for (line, text) in some {
                last = None;
                match Json::parse(&text) {
                    Ok(json) => {
                        header.add(json.object().into_iter().flatten().map(|(key, _)| Cow::Borrowed(key.as_ref())));
                        flat_header.add(flat(&json).into_iter().map(|(key, _)| key));
                    }
                    Err((_, what)) => last = Some((line, what)),
                }
                if flat_header.names.len() > INPUT_COLUMNS.size() {
                    let what = format!("{} keys", flat_header.names.len());
                    return Err(SourceError::Limit { path: path.to_owned(), what, limit: &INPUT_COLUMNS });
                }
            }
        }
        if let Some((line, what)) = last {
            let what = format!("the last record is invalid: {what}");
            return Err(SourceError::Truncated { path: path.to_owned(), line: Some(line), what });
        }
        if header.names.is_empty() {
            return Err(SourceError::Empty(path.to_owned()));
        }
        consumed.store(0, Ordering::Relaxed);
        let records = Records::new(path, open()?);
        Ok(Self { records, header: header.names, flat_header: flat_header.names, flattened: false, consumed, size })
    }
}

/// Names in the order in which they appear first.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    known: std::collections::HashSet<String>,
}

impl Names {
    fn add<'a>(&mut self, names: impl Iterator<Item = Cow<'a, str>>) {
        for name in names {
            if !self.known.contains(name.as_ref()) {
                self.known.insert(name.to_string());
                self.names.push(name.into_owned());
            }
        }
    }
}

impl RawSource for JsonSource {
    fn kind(&self) -> &'static str {
        "JSON"
    }

    fn header(&self) -> &[String] {
        if self.flattened { &self.flat_header } else { &self.header }
    }

    fn flatten(&mut self) -> bool {
        !std::mem::replace(&mut self.flattened, true) && self.header != self.flat_header
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.size)
    }

    fn next_raw(&mut self) -> Result<Option<Box<dyn RawChunk>>, SourceError> {
        let records = self.records.next()?;
        if records.is_empty() {
            return Ok(None);
        }
        let header: Vec<String> = self.header().to_vec();
        Ok(Some(Box::new(JsonChunk { records, header, flattened: self.flattened })))
    }
}

struct JsonChunk {
    records: Vec<Record>,
    header: Vec<String>,
    flattened: bool,
}

impl RawChunk for JsonChunk {
    fn read(self: Box<Self>, cells: &[CellType], context: &FileContext) -> Result<RawBatch, SourceError> {
        let reader = CellReader::new(context);
        let index: HashMap<&str, usize> = self.header.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
        let mut columns: Vec<RawColumn> = cells.iter().map(|c| RawColumn::new(*c)).collect();
        let mut draft = ChargeDraft::default();
        let mut row = 0;
        let mut values: Vec<Option<String>> = vec![None; cells.len()];
        for (line, text) in &self.records {
            let json = match Json::parse(text) {
                Ok(json) if json.object().is_some() => json,
                Ok(_) => {
                    draft.reject_unreadable(*line, "is no JSON object".to_owned());
                    continue;
                }
                Err((_, what)) => {
                    draft.reject_unreadable(*line, format!("the JSON is invalid: {what}"));
                    continue;
                }
            };
            values.iter_mut().for_each(|v| *v = None);
            let mut set = |name: &str, value: &Json<'_>| {
                if let Some(slot) = index.get(name).and_then(|at| values.get_mut(*at)) {
                    *slot = Some(value.cell().into_owned());
                }
            };
            if self.flattened {
                flat(&json).iter().for_each(|(name, value)| set(name, value));
            } else {
                json.object().into_iter().flatten().for_each(|(name, value)| set(name, value));
            }
            for (at, (column, cell)) in columns.iter_mut().zip(cells).enumerate() {
                let text = values.get(at).and_then(Option::as_deref).unwrap_or_default();
                reader.push(column, *cell, text, (row, at), &mut draft);
            }
            draft.lines.push(*line);
            row += 1;
        }
        Ok(RawBatch { rows: row, columns, draft })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &'static str) -> Result<JsonSource, SourceError> {
        let open = move || Ok(Box::new(std::io::Cursor::new(text.as_bytes().to_vec())) as Box<dyn Read + Send>);
        JsonSource::open(Path::new("x.json"), &open, Arc::default(), None)
    }

    fn rows(text: &'static str) -> (Vec<String>, Vec<u64>, usize) {
        let mut source = open(text).unwrap();
        let header = source.header().to_vec();
        let chunk = source.next_raw().unwrap().unwrap();
        let cells = vec![CellType::Text; header.len()];
        let raw = chunk.read(&cells, &FileContext::alone(Path::new("x.json"))).unwrap();
        assert!(source.next_raw().unwrap().is_none());
        (header, raw.draft.lines.clone(), raw.draft.unreadable_rows().len())
    }

    #[test]
    fn lines_lists_and_documents_are_the_same_records() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(rows("{\"a\":1}\n\n{\"b\":\"x\"}\n"), (names(&["a", "b"]), vec![1, 3], 0));
        assert_eq!(rows("[{\"a\":1},\n{\"b\":\"x\"}]"), (names(&["a", "b"]), vec![1, 2], 0));
        assert_eq!(
            rows("{\"data\": [\n{\"a\":1},\n{\"b\":\"x\"}], \"meta\": {}}"),
            (names(&["a", "b"]), vec![2, 3], 0)
        );
        assert_eq!(rows("{\"a\":1}\nno json\n{\"b\":2}"), (names(&["a", "b"]), vec![1, 3], 1));
        assert_eq!(rows("{\n \"a\": 1\n}\n"), (names(&["a"]), vec![1], 0));
    }

    #[test]
    fn a_file_that_stops_in_the_middle_is_refused() {
        for text in ["{\"a\":1}\n{\"a\":", "[{\"a\":1},", "{\"data\":[{\"a\":1}"] {
            let error = open(text).err().unwrap().to_string();
            assert!(error.contains("invalid"), "{error}");
        }
        assert!(matches!(open("[]").err(), Some(SourceError::Empty(_))));
    }
}
