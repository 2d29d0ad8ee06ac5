//! ZIP archives: each billing file in one is read as if it were beside the archive.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};
use tollgate_model::limits::FOLDER_FILES;

use crate::file::{is_billing_file, open_stream};
use crate::reader::{FileSource, Open};
use crate::{Chunk, CostSource, ReadOptions, SourceError};

/// A file in an archive.
#[derive(Clone)]
struct Entry {
    /// The archive.
    archive: PathBuf,
    /// The name in messages: that of the archive and that in it.
    shown: PathBuf,
    start: u64,
    compressed: u64,
    size: u64,
    crc: u32,
    deflated: bool,
}

/// Opens the billing files of an archive, one after another.
pub(crate) fn open(path: &Path, options: &ReadOptions) -> Result<Box<dyn CostSource>, SourceError> {
    let mut sources = Vec::new();
    for entry in entries(path)? {
        let shown = entry.shown.clone();
        let open: Open = Arc::new(move || {
            let file = || entry.open().map(|checked| Box::new(checked) as Box<dyn Read + Send>);
            open_stream(&entry.shown, &file, entry.compressed)
        });
        sources.push(FileSource::new(shown, options, open)?);
    }
    Ok(Box::new(Files { sources, at: 0 }))
}

fn entries(path: &Path) -> Result<Vec<Entry>, SourceError> {
    let damaged = |error: rawzip::Error| SourceError::Truncated {
        path: path.to_owned(),
        line: None,
        what: format!("the ZIP archive is damaged or ends early ({error})"),
    };
    let packed = |what: String| SourceError::Packed { path: path.to_owned(), what };
    let file = File::open(path).map_err(|error| SourceError::Io { path: path.to_owned(), error })?;
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut buffer).map_err(damaged)?;
    let mut index = archive.entries(&mut buffer);
    let (mut seen, mut out) = (0, Vec::new());
    while let Some(file) = index.next_entry().map_err(damaged)? {
        seen += 1;
        if seen > FOLDER_FILES.size() {
            let what = "the archive has more files".to_owned();
            return Err(SourceError::Limit { path: path.to_owned(), what, limit: &FOLDER_FILES });
        }
        let name = String::from_utf8_lossy(file.file_path().as_bytes()).into_owned();
        if name == "[Content_Types].xml" {
            return Err(packed("it is an Excel workbook; save its sheet as CSV".to_owned()));
        }
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase();
        let hidden = name.starts_with("__MACOSX") || last.starts_with(['.', '_']);
        if file.is_dir() || hidden || !is_billing_file(&last) {
            continue;
        }
        if file.flags().is_encrypted() {
            return Err(packed(format!("`{name}` in it is encrypted")));
        }
        let method = file.compression_method();
        if method != CompressionMethod::DEFLATE && method != CompressionMethod::STORE {
            return Err(packed(format!("`{name}` in it is compressed in a way that Tollgate does not read")));
        }
        let (start, end) = archive.get_entry(file.wayfinder()).map_err(damaged)?.compressed_data_range();
        out.push(Entry {
            archive: path.to_owned(),
            shown: path.join(&name),
            start,
            compressed: end.saturating_sub(start),
            size: file.uncompressed_size_hint(),
            crc: file.crc32(),
            deflated: method == CompressionMethod::DEFLATE,
        });
    }
    if seen as u64 != archive.entries_hint() {
        return Err(SourceError::Truncated {
            path: path.to_owned(),
            line: None,
            what: format!("the ZIP archive names {} files and has {seen}", archive.entries_hint()),
        });
    }
    if out.is_empty() {
        return Err(packed("the ZIP archive has no billing file in it".to_owned()));
    }
    out.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(out)
}

impl Entry {
    fn open(&self) -> Result<Checked, SourceError> {
        let io = |error| SourceError::Io { path: self.archive.clone(), error };
        let mut file = File::open(&self.archive).map_err(io)?;
        file.seek(SeekFrom::Start(self.start)).map_err(io)?;
        let bytes = std::io::BufReader::with_capacity(1 << 18, file.take(self.compressed));
        let inner: Box<dyn Read + Send> =
            if self.deflated { Box::new(flate2::bufread::DeflateDecoder::new(bytes)) } else { Box::new(bytes) };
        Ok(Checked { inner, crc: flate2::Crc::new(), read: 0, size: self.size, expected: self.crc })
    }
}

/// An entry whose length and checksum are verified at its end.
struct Checked {
    inner: Box<dyn Read + Send>,
    crc: flate2::Crc,
    read: u64,
    size: u64,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(into)?;
        self.crc.update(&into[..read]);
        self.read += read as u64;
        if read == 0 && !into.is_empty() && (self.read != self.size || self.crc.sum() != self.expected) {
            let what = "the checksum of a file in the ZIP archive differs";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, what));
        }
        Ok(read)
    }
}

/// Several files, one after another.
struct Files {
    sources: Vec<FileSource>,
    at: usize,
}

impl CostSource for Files {
    fn describe(&self) -> String {
        let mut all: Vec<String> = self.sources.iter().map(CostSource::describe).collect();
        all.dedup();
        format!("{}, ZIP", all.join(" and "))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        self.sources
            .iter()
            .map(CostSource::progress)
            .fold((0, Some(0)), |(read, size), (r, s)| (read + r, size.zip(s).map(|(a, b)| a + b)))
    }

    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError> {
        while let Some(source) = self.sources.get_mut(self.at) {
            if let Some(chunk) = source.next_chunk()? {
                return Ok(Some(chunk));
            }
            self.at += 1;
        }
        Ok(None)
    }
}
