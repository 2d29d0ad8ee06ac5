//! Files of charges: the format is detected from the content.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::read::MultiGzDecoder;

use crate::csv_file::CsvSource;
use crate::parquet_file::ParquetSource;
use crate::{CostSource, ReadOptions, SourceError};

/// Opens a billing file: CSV, CSV.gz or Parquet, in any known format. File type and format are detected from the content.
///
/// # Errors
///
/// When the file cannot be read, is empty, or its header matches no known format; the message names the missing columns.
pub fn open_file(path: &Path, options: &ReadOptions) -> Result<Box<dyn CostSource>, SourceError> {
    let io = |error| SourceError::Io { path: path.to_owned(), error };
    // Opening a pipe blocks, so its type is checked first.
    let meta = std::fs::metadata(path).map_err(io)?;
    if meta.is_dir() {
        return Err(io(std::io::Error::new(
            std::io::ErrorKind::IsADirectory,
            "is a folder; name the files in it, as in `folder/*.csv`",
        )));
    }
    if !meta.is_file() {
        return Err(SourceError::NotAFile(path.to_owned()));
    }
    let mut file = File::open(path).map_err(io)?;
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).map_err(io)?;
    if magic.is_empty() {
        return Err(SourceError::Empty(path.to_owned()));
    }
    if magic == b"PAR1" {
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        // The Parquet reader panics on some damaged footers.
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ParquetSource::open(path, &file, options.clone())
        }));
        let fault =
            |panic: Box<dyn std::any::Any + Send>| SourceError::from_panic(&path.display().to_string(), &*panic);
        return Ok(Box::new(opened.map_err(fault)??));
    }
    let consumed = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: Cursor::new(magic.clone()).chain(file), count: Arc::clone(&consumed) };
    let gzipped = magic.starts_with(&[0x1f, 0x8b]);
    let mut bytes: Box<dyn Read + Send> = if gzipped {
        Box::new(MultiGzDecoder::new(std::io::BufReader::with_capacity(1 << 18, counted)))
    } else {
        Box::new(counted)
    };

    let mut start = Vec::new();
    bytes.by_ref().take(4).read_to_end(&mut start).map_err(|error| SourceError::Truncated {
        path: path.to_owned(),
        line: None,
        what: format!("the compressed data is damaged or ends early ({error})"),
    })?;
    let encoding = match start.as_slice() {
        [0xff, 0xfe, ..] | [_, 0, _, 0] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] | [0, _, 0, _] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    let whole = Cursor::new(start).chain(bytes);
    let input: Box<dyn Read + Send> = match encoding {
        None => Box::new(whole),
        Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(whole)),
    };
    Ok(Box::new(CsvSource::open(path.to_owned(), input, consumed, Some(meta.len()), options.clone())?))
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}
