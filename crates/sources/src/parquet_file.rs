//! Parquet files: exports of AWS, Azure and other providers. A chunk is some rows of a row group; it is decoded where it is read, on
//! several threads.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};

use crate::SourceError;
use crate::cells::CellReader;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, RawBatch};
use crate::parquet_cells::column;
use crate::parquet_pages;
use crate::reader::{RawChunk, RawSource};
use crate::survey::FileContext;

/// Rows of a chunk: few enough to keep wide exports small in memory.
const ROWS: usize = 8 << 10;

pub(crate) struct ParquetSource {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    header: Vec<String>,
    /// Fields of structures are columns of their own.
    flattened: bool,
    size: u64,
    /// The number of the next row group.
    next_group: usize,
    /// The row group that is being cut into chunks, and its first row that is in none.
    group: Option<(Arc<RowGroup>, usize)>,
    row: u64,
    /// The number of rows that the footer states.
    rows: u64,
    /// Held while a row group with large pages is decoded.
    large: Arc<Mutex<()>>,
}

/// A row group. It is decoded where its chunks are read, which is on several threads.
struct RowGroup {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    number: usize,
    rows: usize,
    /// The bytes of its pages that are decompressed at the same time, or what is wrong with them.
    checked: OnceLock<Result<u64, String>>,
    /// A reader, and the row that it reads next: the chunks of a job follow each other.
    reader: Mutex<Option<(usize, ParquetRecordBatchReader)>>,
    large: Arc<Mutex<()>>,
}

/// Pages up to this size are decompressed on several threads at the same time, larger ones on one.
const SHARED_PAGES: u64 = 64 << 20;

impl RowGroup {
    fn damaged(&self, message: String) -> SourceError {
        SourceError::Parquet { path: self.path.clone(), message }
    }

    fn open(&self) -> Result<File, SourceError> {
        File::open(&self.path).map_err(|error| SourceError::Io { path: self.path.clone(), error })
    }

    /// Reads rows of the group.
    fn read(&self, first: usize, rows: usize) -> Result<RecordBatch, SourceError> {
        let checked = self.checked.get_or_init(|| {
            let file = self.open().map_err(|error| error.to_string())?;
            let group = self.metadata.metadata().row_groups().get(self.number);
            group.map_or(Ok(0), |group| parquet_pages::check_pages(&file, group))
        });
        let open = checked.clone().map_err(|message| self.damaged(message))?;
        // A thread that panicked left no reader behind.
        let _turn = (open > SHARED_PAGES).then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        let slot = || self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = slot().take_if(|(next, _)| *next == first);
        let mut reader = match kept {
            Some((_, reader)) => reader,
            None => self.reader_from(first)?,
        };
        let batch = match reader.next() {
            Some(Ok(batch)) if batch.num_rows() == rows => batch,
            Some(Ok(batch)) => return Err(self.damaged(format!("{} rows were read of {rows}", batch.num_rows()))),
            Some(Err(error)) => return Err(self.damaged(error.to_string())),
            None => return Err(self.damaged(format!("a row group ends after {first} of {} rows", self.rows))),
        };
        let next = first + rows;
        if next < self.rows {
            *slot() = Some((next, reader));
        }
        Ok(batch)
    }

    fn reader_from(&self, first: usize) -> Result<ParquetRecordBatchReader, SourceError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.open()?, self.metadata.clone());
        let builder = builder.with_row_groups(vec![self.number]).with_batch_size(ROWS);
        let builder = if first > 0 { builder.with_offset(first) } else { builder };
        builder.build().map_err(|e| self.damaged(e.to_string()))
    }
}

impl ParquetSource {
    pub(crate) fn open(path: &Path, file: &File) -> Result<Self, SourceError> {
        let broken = |message: String| SourceError::Parquet { path: path.to_owned(), message };
        let plain = ArrowReaderMetadata::load(file, reader_options()).map_err(|e| broken(e.to_string()))?;
        // Text is read as dictionaries, which is how the file stores it and how a draft keeps it.
        let wanted = read_text_as_dictionaries(plain.schema());
        let metadata = ArrowReaderMetadata::load(file, reader_options().with_schema(wanted)).unwrap_or(plain);
        let header: Vec<String> = metadata.schema().fields().iter().map(|f| f.name().clone()).collect();
        let rows = read_row_count(&metadata).map_err(broken)?;
        let size = file.metadata().map(|m| m.len()).unwrap_or_default();
        Ok(Self {
            path: path.to_owned(),
            metadata,
            header,
            flattened: false,
            size,
            next_group: 0,
            group: None,
            row: 0,
            rows,
            large: Arc::default(),
        })
    }

    /// The next row group that has rows.
    fn begin_group(&mut self) -> Option<(Arc<RowGroup>, usize)> {
        loop {
            let number = self.next_group;
            let rows = self.metadata.metadata().row_groups().get(number)?.num_rows();
            self.next_group += 1;
            let Some(rows) = usize::try_from(rows).ok().filter(|rows| *rows > 0) else { continue };
            let group = RowGroup {
                path: self.path.clone(),
                metadata: self.metadata.clone(),
                number,
                rows,
                checked: OnceLock::new(),
                reader: Mutex::default(),
                large: Arc::clone(&self.large),
            };
            return Some((Arc::new(group), 0));
        }
    }
}

/// Reader options that skip the Arrow schema in the footer: Parquet's own types are enough, and the decoder of the Arrow schema
/// panics on damaged input.
fn reader_options() -> ArrowReaderOptions {
    ArrowReaderOptions::new().with_skip_arrow_metadata(true)
}

/// The number of rows in the footer, which must equal the sum of its row groups.
fn read_row_count(metadata: &ArrowReaderMetadata) -> Result<u64, String> {
    let metadata = metadata.metadata();
    let stated = metadata.file_metadata().num_rows();
    let groups = metadata
        .row_groups()
        .iter()
        .try_fold(0i64, |sum, group| sum.checked_add(group.num_rows()).filter(|_| group.num_rows() >= 0));
    match (groups, u64::try_from(stated)) {
        (Some(sum), Ok(rows)) if sum == stated => Ok(rows),
        _ => Err(format!("the footer states {stated} rows, but its row groups do not add up to them")),
    }
}

fn read_text_as_dictionaries(schema: &SchemaRef) -> SchemaRef {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| match f.data_type() {
            DataType::Utf8 => Field::new(f.name(), dictionary.clone(), f.is_nullable()),
            _ => f.as_ref().clone(),
        })
        .collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

impl RawSource for ParquetSource {
    fn kind(&self) -> &'static str {
        "Parquet"
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn flatten(&mut self) -> bool {
        let fields = self.metadata.schema().fields();
        self.flattened = fields.iter().any(|f| matches!(f.data_type(), DataType::Struct(_)));
        if self.flattened {
            self.header.clear();
            fields.iter().for_each(|f| add_names(f.name(), f.data_type(), &mut self.header));
        }
        self.flattened
    }

    fn progress(&self) -> (u64, Option<u64>) {
        let groups = self.metadata.metadata().num_row_groups().max(1) as u64;
        (self.size / groups * self.next_group as u64, Some(self.size))
    }

    fn stated_rows(&self) -> Option<u64> {
        Some(self.rows)
    }

    fn next_raw(&mut self) -> Result<Option<Box<dyn RawChunk>>, SourceError> {
        let Some((group, first)) = self.group.take().or_else(|| self.begin_group()) else { return Ok(None) };
        let rows = ROWS.min(group.rows - first);
        if first + rows < group.rows {
            self.group = Some((Arc::clone(&group), first + rows));
        }
        let first_row = self.row + 1;
        self.row += rows as u64;
        Ok(Some(Box::new(ParquetChunk { group, first, rows, first_row, flattened: self.flattened })))
    }
}

/// The name of a column, or those of the fields of a structure, joined with points.
fn add_names(name: &str, of: &DataType, out: &mut Vec<String>) {
    match of {
        DataType::Struct(fields) => {
            fields.iter().for_each(|f| add_names(&format!("{name}.{}", f.name()), f.data_type(), out));
        }
        _ => out.push(name.to_owned()),
    }
}

/// A column, or those of a structure.
fn add_columns(array: &ArrayRef, out: &mut Vec<ArrayRef>) {
    match array.data_type() {
        DataType::Struct(_) => array.as_struct().columns().iter().for_each(|column| add_columns(column, out)),
        _ => out.push(Arc::clone(array)),
    }
}

struct ParquetChunk {
    group: Arc<RowGroup>,
    /// The number of its first row in the group.
    first: usize,
    rows: usize,
    /// The number of its first row in the file, from 1.
    first_row: u64,
    flattened: bool,
}

impl RawChunk for ParquetChunk {
    fn read(self: Box<Self>, cells: &[CellType], context: &FileContext) -> Result<RawBatch, SourceError> {
        let batch = self.group.read(self.first, self.rows)?;
        let rows = batch.num_rows();
        let reader = CellReader::new(context);
        let mut draft = ChargeDraft::of_lines((self.first_row..).take(rows).collect());
        let mut arrays = Vec::with_capacity(cells.len());
        if self.flattened {
            batch.columns().iter().for_each(|column| add_columns(column, &mut arrays));
        } else {
            arrays.extend(batch.columns().iter().cloned());
        }
        let columns = arrays
            .iter()
            .zip(cells)
            .enumerate()
            .map(|(index, (array, cell))| column(array, *cell, index, &reader, &mut draft))
            .collect();
        Ok(RawBatch { rows, columns, draft })
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float64Array, StringArray};
    use parquet::arrow::ArrowWriter;
    use parquet::file::properties::WriterProperties;

    use super::*;

    const GROUP: usize = 20_000;
    const WRITTEN: usize = 45_000;

    fn file() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let names = StringArray::from_iter_values((0..WRITTEN).map(|n| format!("r{n}")));
        let costs = Float64Array::from_iter((0..WRITTEN).map(|n| (n % 7 > 0).then_some(n as f64)));
        let columns: [(&str, ArrayRef); 2] = [("name", Arc::new(names)), ("cost", Arc::new(costs))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(GROUP)).build();
        let mut writer = ArrowWriter::try_new(file.reopen().unwrap(), batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        file
    }

    /// The names and costs of each chunk, with the number of its first row. `order` is that in which the chunks are read.
    fn read(order: impl Fn(&mut Vec<Box<dyn RawChunk>>)) -> Vec<(u64, Vec<String>)> {
        let file = file();
        let mut source = ParquetSource::open(file.path(), file.as_file()).unwrap();
        let mut chunks = Vec::new();
        while let Some(chunk) = source.next_raw().unwrap() {
            chunks.push(chunk);
        }
        order(&mut chunks);
        let context = FileContext::alone(file.path());
        let mut out: Vec<(u64, Vec<String>)> = Vec::new();
        for chunk in chunks {
            let raw = chunk.read(&[CellType::Text, CellType::Cost], &context).unwrap();
            let (names, costs) = (raw.text(Some(0)).unwrap(), raw.decimal(Some(1)).unwrap());
            let row = |row: usize| format!("{:?} {:?}", names.get(row), costs.get::<24>(row).map(|c| c.to_string()));
            out.push((raw.draft.lines[0], (0..raw.rows).map(row).collect()));
        }
        out.sort();
        out
    }

    #[test]
    fn chunks_have_the_same_rows_in_whatever_order_they_are_read() {
        let forward = read(|_| {});
        let rows: Vec<&String> = forward.iter().flat_map(|(_, rows)| rows).collect();
        assert_eq!(rows.len(), WRITTEN);
        for (n, row) in rows.iter().enumerate() {
            let cost = if n % 7 > 0 { format!("Some(\"{n}\")") } else { "None".to_owned() };
            assert_eq!(**row, format!("Some(\"r{n}\") {cost}"));
        }
        let first_rows: Vec<u64> = forward.iter().map(|(line, _)| *line).collect();
        assert_eq!(first_rows, [1, 8_193, 16_385, 20_001, 28_193, 36_385, 40_001]);
        assert!(read(|chunks| chunks.reverse()) == forward);
        assert!(read(|chunks| chunks.swap(1, 5)) == forward);
    }

    #[test]
    fn chunks_are_read_on_several_threads_at_the_same_time() {
        let file = file();
        let mut source = ParquetSource::open(file.path(), file.as_file()).unwrap();
        let mut chunks = Vec::new();
        while let Some(chunk) = source.next_raw().unwrap() {
            chunks.push(chunk);
        }
        let rows: usize = std::thread::scope(|scope| {
            let read = |chunk: Box<dyn RawChunk>| {
                let context = FileContext::alone(Path::new("x.parquet"));
                chunk.read(&[CellType::Text, CellType::Cost], &context).unwrap().rows
            };
            let threads: Vec<_> = chunks.into_iter().map(|chunk| scope.spawn(move || read(chunk))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(rows, WRITTEN);
    }
}
