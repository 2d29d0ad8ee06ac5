//! Files of charges: the kind of file and its format are detected from the content.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs_io::DecodeReaderBytesBuilder;
use tollgate_model::limits::FOLDER_FILES;

use crate::csv_file::CsvSource;
use crate::json_file::JsonSource;
use crate::parquet_file::ParquetSource;
use crate::reader::{FileSource, Open, RawSource};
use crate::{CostSource, ReadOptions, SourceError, csv_file, packed, zip_file};

/// Opens a billing file: CSV, JSON or Parquet, plain or compressed, in any known format. Everything is detected from the content.
///
/// # Errors
///
/// When the file cannot be read, is empty, or its header matches no known format; the message names the missing columns.
pub fn open_file(path: &Path, options: &ReadOptions) -> Result<Box<dyn CostSource>, SourceError> {
    match opener(path)? {
        Some(open) => Ok(Box::new(FileSource::new(path.to_owned(), options, open)?)),
        None => zip_file::open(path, options),
    }
}

/// Opens a file as rows, in any format.
pub(crate) fn open_raw(path: &Path) -> Result<Box<dyn RawSource>, SourceError> {
    match opener(path)? {
        Some(open) => open(),
        None => Err(SourceError::NotAFile(path.to_owned())),
    }
}

/// How a file is opened, by its content; `None` for a ZIP archive.
fn opener(path: &Path) -> Result<Option<Open>, SourceError> {
    let io = |error| SourceError::Io { path: path.to_owned(), error };
    // Opening a pipe blocks, so its type is checked first.
    let meta = std::fs::metadata(path).map_err(io)?;
    if meta.is_dir() {
        let what = "is a folder; name the files in it, as in `folder/*.csv`";
        return Err(io(std::io::Error::new(std::io::ErrorKind::IsADirectory, what)));
    }
    if !meta.is_file() {
        return Err(SourceError::NotAFile(path.to_owned()));
    }
    let mut magic = Vec::new();
    File::open(path).map_err(io)?.take(4).read_to_end(&mut magic).map_err(io)?;
    if magic.is_empty() {
        return Err(SourceError::Empty(path.to_owned()));
    }
    if magic == b"PK\x03\x04" || magic == b"PK\x05\x06" {
        return Ok(None);
    }
    let owned = path.to_owned();
    let open: Open = if magic == b"PAR1" {
        Arc::new(move || open_parquet(&owned))
    } else {
        Arc::new(move || {
            let file = || match File::open(&owned) {
                Ok(file) => Ok(Box::new(file) as Box<dyn Read + Send>),
                Err(error) => Err(SourceError::Io { path: owned.clone(), error }),
            };
            open_stream(&owned, &file, meta.len())
        })
    };
    Ok(Some(open))
}

fn open_parquet(path: &Path) -> Result<Box<dyn RawSource>, SourceError> {
    let mut file = File::open(path).map_err(|error| SourceError::Io { path: path.to_owned(), error })?;
    file.seek(SeekFrom::Start(0)).map_err(|error| SourceError::Io { path: path.to_owned(), error })?;
    // The Parquet reader panics on some damaged footers.
    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ParquetSource::open(path, &file)));
    let fault = |panic: Box<dyn std::any::Any + Send>| SourceError::from_panic(&path.display().to_string(), &*panic);
    Ok(Box::new(opened.map_err(fault)??))
}

/// Opens CSV or JSON, plain or compressed; `open` opens the file.
pub(crate) fn open_stream(
    path: &Path,
    open: &dyn Fn() -> Result<Box<dyn Read + Send>, SourceError>,
    size: u64,
) -> Result<Box<dyn RawSource>, SourceError> {
    let consumed = Arc::new(AtomicU64::new(0));
    let unpacked = || {
        let counted = Box::new(Counted { inner: open()?, count: Arc::clone(&consumed) });
        text_of(path, packed::unpack(path, counted)?)
    };
    let (is_json, text) = unpacked()?;
    if is_json {
        let again = || unpacked().map(|(_, text)| text);
        return Ok(Box::new(JsonSource::open(path, &again, Arc::clone(&consumed), Some(size))?));
    }
    Ok(Box::new(CsvSource::open(path.to_owned(), text, consumed, Some(size))?))
}

/// Unpacked bytes as UTF-8, and whether they are JSON.
fn text_of(path: &Path, mut bytes: Box<dyn Read + Send>) -> Result<(bool, Box<dyn Read + Send>), SourceError> {
    let mut start = Vec::new();
    bytes.by_ref().take(512).read_to_end(&mut start).map_err(|error| csv_file::read_error(path, error))?;
    if start.starts_with(b"PAR1") {
        let what = "it holds a Parquet file, which must be read in place".to_owned();
        return Err(SourceError::Packed { path: path.to_owned(), what });
    }
    // The mark of an archive stands behind the name and the rights of its first file.
    if start.get(257..262) == Some(b"ustar".as_slice()) {
        let what = "it is a tar archive, which Tollgate does not read".to_owned();
        return Err(SourceError::Packed { path: path.to_owned(), what });
    }
    let encoding = match start.as_slice() {
        [0xff, 0xfe, ..] | [_, 0, _, 0, ..] => Some(encoding_rs::UTF_16LE),
        [0xfe, 0xff, ..] | [0, _, 0, _, ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    let text = start.strip_prefix(b"\xef\xbb\xbf").or_else(|| start.strip_prefix(b"\xff\xfe")).unwrap_or(&start);
    let is_json = matches!(text.iter().find(|c| !c.is_ascii_whitespace() && **c != 0), Some(b'{' | b'['));
    let whole = Cursor::new(start).chain(bytes);
    let input: Box<dyn Read + Send> = match encoding {
        None => Box::new(whole),
        Some(encoding) => Box::new(DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(whole)),
    };
    Ok((is_json, input))
}

struct Counted {
    inner: Box<dyn Read + Send>,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The endings of billing files in a folder.
const ENDINGS: &[&str] = &["csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "gz", "bz2", "zst", "zip"];

/// The billing files that a path names: itself, or those in the folder and the folders below it, in order of name.
///
/// Hidden files, manifests and files of other endings are left out, as exports of AWS and Azure have them beside their data.
///
/// # Errors
///
/// When the folder cannot be read, has no such file, or more than the limit.
pub fn billing_files(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let io = |error| SourceError::Io { path: folder.clone(), error };
        for entry in std::fs::read_dir(&folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let (file, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
            let kind = entry.file_type().map_err(io)?;
            if name.starts_with(['.', '_']) {
                continue;
            }
            // A link to a folder may lead back to this one.
            if kind.is_dir() {
                folders.push(file);
            } else if is_billing_file(&name) && file.is_file() {
                out.push(file);
            }
        }
        if out.len() + folders.len() > FOLDER_FILES.size() {
            let what = "the folder has more files and folders".to_owned();
            return Err(SourceError::Limit { path: path.to_owned(), what, limit: &FOLDER_FILES });
        }
    }
    if out.is_empty() {
        return Err(SourceError::NoFiles(path.to_owned()));
    }
    out.sort();
    Ok(out)
}

/// Documents that stand beside billing files.
const DOCUMENTS: &[&str] = &["readme", "license", "licence", "notice", "changelog"];

/// Whether a name in lower case is one of a billing file.
pub(crate) fn is_billing_file(name: &str) -> bool {
    let (first, ending) = (name.split('.').next().unwrap_or_default(), name.rsplit('.').next().unwrap_or_default());
    let is_document = ending == "txt" && DOCUMENTS.contains(&first);
    ENDINGS.contains(&ending) && name.contains('.') && !name.ends_with("manifest.json") && !is_document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_is_not_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bill.tar");
        let mut block = b"bill.csv".to_vec();
        block.resize(257, 0);
        block.extend(b"ustar  \0");
        block.resize(1024, b'x');
        std::fs::write(&path, block).unwrap();
        let error = open_file(&path, &ReadOptions::default()).err().unwrap().to_string();
        assert!(error.contains("tar archive") && error.contains("unpack it"), "{error}");
    }

    #[test]
    fn a_folder_is_its_billing_files_in_order_of_name() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(billing_files(folder.path()), Err(SourceError::NoFiles(_))));
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for name in [
            "b/2.csv.gz",
            "a.parquet",
            "report-Manifest.json",
            "_SUCCESS",
            ".hidden.csv",
            "create.sql",
            "b/1.CSV",
            "README.txt",
        ] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let names: Vec<String> = billing_files(folder.path())
            .unwrap()
            .iter()
            .map(|p| p.strip_prefix(folder.path()).unwrap().display().to_string())
            .collect();
        assert_eq!(names, ["a.parquet", "b/1.CSV", "b/2.csv.gz"]);
        assert_eq!(billing_files(Path::new("x.csv")).unwrap(), [PathBuf::from("x.csv")]);
    }
}
