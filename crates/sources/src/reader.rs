//! What every file reader shares: rows as they are in the file, their format, and the context of the call.

use std::path::PathBuf;
use std::sync::Arc;

use crate::format::{CellType, Format, RawBatch, RawColumn, map_rows, recognize};
use crate::survey::{Again, Evidence, FileContext};
use crate::{Chunk, CostSource, Parsed, ReadOptions, SourceError};

/// A file as rows of columns.
pub(crate) trait RawSource: Send {
    /// The kind of file: `CSV`.
    fn kind(&self) -> &'static str;

    /// The names of the columns.
    fn header(&self) -> &[String];

    /// Names the fields of nested columns as columns of their own. False if there are none.
    fn flatten(&mut self) -> bool {
        false
    }

    /// Whether the decimal mark must be known before the first number is read.
    fn may_have_decimal_commas(&self) -> bool {
        false
    }

    /// The bytes read so far, and the size of the input if it is known.
    fn progress(&self) -> (u64, Option<u64>);

    /// The number of rows that the file states.
    fn stated_rows(&self) -> Option<u64> {
        None
    }

    /// The next chunk, or `None` at the end.
    fn next_raw(&mut self) -> Result<Option<Box<dyn RawChunk>>, SourceError>;
}

/// A part of a file that can be read on any thread.
pub(crate) trait RawChunk: Send {
    /// Reads the rows into columns of the given types.
    fn read(self: Box<Self>, cells: &[CellType], context: &FileContext) -> Result<RawBatch, SourceError>;
}

/// Opens a file anew.
pub(crate) type Open = Arc<dyn Fn() -> Result<Box<dyn RawSource>, SourceError> + Send + Sync>;

/// A file in a known format.
pub(crate) struct FileSource {
    raw: Box<dyn RawSource>,
    format: Arc<dyn Format>,
    context: Arc<FileContext>,
}

impl FileSource {
    /// Opens a file and finds its format.
    pub(crate) fn new(path: PathBuf, options: &ReadOptions, open: Open) -> Result<Self, SourceError> {
        let mut raw = open()?;
        let mut flattened = false;
        let format: Arc<dyn Format> = match recognize(&path, raw.header()) {
            Err(SourceError::UnknownFormat { .. }) if raw.flatten() => {
                flattened = true;
                Arc::from(recognize(&path, raw.header())?)
            }
            other => Arc::from(other?),
        };
        let surveyed = Arc::clone(&format);
        let again: Again = Box::new(move || {
            let mut raw = open()?;
            if flattened {
                raw.flatten();
            }
            evidence(&mut *raw, &*surveyed)
        });
        let context = Arc::new(FileContext::new(&path, options, raw.may_have_decimal_commas(), again));
        Ok(Self { raw, format, context })
    }
}

/// Reads a file for its notation only.
fn evidence(raw: &mut dyn RawSource, format: &dyn Format) -> Result<Evidence, SourceError> {
    let cells: Vec<CellType> = format
        .cells()
        .iter()
        .map(|cell| if matches!(cell, CellType::Text | CellType::Skip) { CellType::Skip } else { CellType::Text })
        .collect();
    let context = FileContext::alone(std::path::Path::new(""));
    let mut out = Evidence::default();
    while let Some(chunk) = raw.next_raw()? {
        let batch = chunk.read(&cells, &context)?;
        for (column, cell) in batch.columns.iter().zip(format.cells()) {
            let RawColumn::Text(values) = column else { continue };
            for value in values.values() {
                match cell {
                    CellType::Time => out.add_date(value, false),
                    CellType::PeriodStart => out.add_date(value, true),
                    CellType::Cost => out.add_cost(value),
                    CellType::Price | CellType::Quantity => out.add_quantity(value),
                    CellType::Text | CellType::Skip => {}
                }
            }
        }
    }
    Ok(out)
}

impl CostSource for FileSource {
    fn describe(&self) -> String {
        format!("{}, {}", self.format.name(), self.raw.kind())
    }

    fn progress(&self) -> (u64, Option<u64>) {
        self.raw.progress()
    }

    fn stated_rows(&self) -> Option<u64> {
        self.raw.stated_rows()
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        let (format, context) = (Arc::clone(&self.format), Arc::clone(&self.context));
        Ok(self.raw.next_raw()?.map(|raw| Box::new(FileChunk { raw, format, context }) as Box<dyn Chunk>))
    }
}

struct FileChunk {
    raw: Box<dyn RawChunk>,
    format: Arc<dyn Format>,
    context: Arc<FileContext>,
}

impl Chunk for FileChunk {
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError> {
        let raw = self.raw.read(self.format.cells(), &self.context)?;
        map_rows(&*self.format, raw).finish(&self.context)
    }
}
