//! Sizes of the pages of a Parquet row group, measured before they are decompressed.
//!
//! The Parquet reader trusts a page's header: it allocates the stated size and reads as many values as the pages have.
//! Headers are checked here first, so that a damaged or hostile file is refused before it costs memory or loses rows.
//!
//! Source: parquet-format 2.12, `PageHeader` in parquet.thrift; Thrift compact protocol specification. Read 2026-11-27.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::file::metadata::RowGroupMetaData;
use tollgate_model::limits::{PARQUET_GROUP, PARQUET_OPEN_PAGES, PARQUET_PAGE};

/// The deepest nesting of a page header; statistics nest two levels.
const DEPTH: u32 = 8;

/// The content of a page header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PageHeader {
    uncompressed: i64,
    compressed: i64,
    /// Values of a data page; `None` for a dictionary or index page.
    values: Option<i64>,
}

/// Checks the pages of a row group against the limits, and their values against the footer. Returns the bytes that are decompressed
/// at the same time.
///
/// # Errors
///
/// With a message for users.
pub(crate) fn check_pages(file: &File, group: &RowGroupMetaData) -> Result<u64, String> {
    let rows = group.num_rows();
    let (mut open, mut total) = (0u64, 0u64);
    for column in group.columns() {
        let name = column.column_path().string();
        let data = column.data_page_offset();
        let start =
            column.dictionary_page_offset().filter(|offset| *offset > 0).map_or(data, |offset| offset.min(data));
        let (Ok(start), Ok(length)) = (u64::try_from(start), u64::try_from(column.compressed_size())) else {
            return Err(format!("column `{name}` has a negative offset or length"));
        };
        let pages = Pages { file, name: &name, gzip: matches!(column.compression(), Compression::GZIP(_)) };
        let sizes = pages.measure(start, length)?;
        if column.column_descr().max_rep_level() == 0 && (sizes.values != rows || column.num_values() != rows) {
            return Err(format!("column `{name}` has {} values, but its row group states {rows} rows", sizes.values));
        }
        open = open.saturating_add(sizes.largest).saturating_add(sizes.dictionary);
        total = total.saturating_add(sizes.total);
    }
    check_limits(open, total)?;
    Ok(open)
}

/// Compares the decompressed sizes of a row group with the limits.
fn check_limits(open: u64, total: u64) -> Result<(), String> {
    if open > PARQUET_OPEN_PAGES.value {
        return Err(format!(
            "its pages decompress to {} MiB at the same time, more than {PARQUET_OPEN_PAGES}",
            open >> 20
        ));
    }
    if total > PARQUET_GROUP.value {
        return Err(format!("a row group decompresses to {} MiB, more than {PARQUET_GROUP}", total >> 20));
    }
    Ok(())
}

/// Decompressed sizes of the pages of a column chunk.
#[derive(Default)]
struct Sizes {
    /// The largest data page.
    largest: u64,
    /// The dictionary.
    dictionary: u64,
    /// All pages.
    total: u64,
    /// Values in data pages.
    values: i64,
}

struct Pages<'f> {
    file: &'f File,
    name: &'f str,
    gzip: bool,
}

impl Pages<'_> {
    fn measure(&self, start: u64, length: u64) -> Result<Sizes, String> {
        let name = self.name;
        let broken = |what: &str| format!("column `{name}`: {what}");
        let mut file = self.file;
        file.seek(SeekFrom::Start(start)).map_err(|e| broken(&e.to_string()))?;
        let mut input = Counted { inner: BufReader::with_capacity(64 << 10, file.take(length)), read: 0 };
        let mut sizes = Sizes::default();
        while input.read < length {
            let header = page_header(&mut input).map_err(|e| broken(&format!("a page header is damaged ({e})")))?;
            let (Ok(size), Ok(stored)) = (u64::try_from(header.uncompressed), u64::try_from(header.compressed)) else {
                return Err(broken("a page has a negative size"));
            };
            if size > PARQUET_PAGE.value {
                return Err(broken(&format!("a page decompresses to {} MiB, more than {PARQUET_PAGE}", size >> 20)));
            }
            if input.read.saturating_add(stored) > length {
                return Err(broken("a page is longer than its column"));
            }
            // The other codecs stop at the size in the header; gzip does not.
            if self.gzip {
                let mut inflated = MultiGzDecoder::new(input.by_ref().take(stored)).take(size + 1);
                let found = std::io::copy(&mut inflated, &mut std::io::sink()).unwrap_or(size);
                if found > size {
                    return Err(broken("a page decompresses to more than its header states"));
                }
                let left = inflated.into_inner().into_inner().limit();
                input.skip(left).map_err(|e| broken(&e.to_string()))?;
            } else {
                input.skip(stored).map_err(|e| broken(&e.to_string()))?;
            }
            sizes.total = sizes.total.saturating_add(size);
            match header.values {
                Some(values) if values >= 0 => {
                    sizes.values = sizes.values.saturating_add(values);
                    sizes.largest = sizes.largest.max(size);
                }
                Some(_) => return Err(broken("a page has a negative number of values")),
                None => sizes.dictionary = sizes.dictionary.max(size),
            }
        }
        Ok(sizes)
    }
}

/// A reader that counts the bytes read.
struct Counted<R> {
    inner: R,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(into)?;
        self.read += n as u64;
        Ok(n)
    }
}

impl<R: Read> Counted<R> {
    fn byte(&mut self) -> std::io::Result<u8> {
        let mut one = [0];
        self.read_exact(&mut one)?;
        Ok(one[0])
    }

    fn skip(&mut self, bytes: u64) -> std::io::Result<()> {
        let skipped = std::io::copy(&mut self.by_ref().take(bytes), &mut std::io::sink())?;
        if skipped == bytes { Ok(()) } else { Err(std::io::ErrorKind::UnexpectedEof.into()) }
    }

    fn varint(&mut self) -> std::io::Result<u64> {
        let mut out = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            out |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(out);
            }
        }
        Err(damaged("a number has more than ten bytes"))
    }

    fn integer(&mut self) -> std::io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

fn damaged(what: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

fn page_header<R: Read>(input: &mut Counted<R>) -> std::io::Result<PageHeader> {
    let mut header = PageHeader::default();
    let mut id = 0;
    while let Some(kind) = field(input, &mut id)? {
        match (id, kind) {
            (2, 5) => header.uncompressed = input.integer()?,
            (3, 5) => header.compressed = input.integer()?,
            // Data pages of versions 1 and 2: the first member is the number of values.
            (5 | 8, 12) => header.values = Some(first_integer(input)?),
            _ => skip(input, kind, 0)?,
        }
    }
    Ok(header)
}

/// The next member of a structure: its number goes to `id`, its type is returned; `None` at the end.
fn field<R: Read>(input: &mut Counted<R>, id: &mut i64) -> std::io::Result<Option<u8>> {
    let head = input.byte()?;
    if head == 0 {
        return Ok(None);
    }
    let delta = i64::from(head >> 4);
    *id = if delta == 0 { input.integer()? } else { id.saturating_add(delta) };
    Ok(Some(head & 0x0f))
}

/// The first member of a structure, an integer; the other members are skipped.
fn first_integer<R: Read>(input: &mut Counted<R>) -> std::io::Result<i64> {
    let (mut id, mut out) = (0, 0);
    while let Some(kind) = field(input, &mut id)? {
        match (id, kind) {
            (1, 5) => out = input.integer()?,
            _ => skip(input, kind, 1)?,
        }
    }
    Ok(out)
}

fn skip<R: Read>(input: &mut Counted<R>, kind: u8, depth: u32) -> std::io::Result<()> {
    if depth > DEPTH {
        return Err(damaged("it nests too deep"));
    }
    match kind {
        // A boolean in a structure is encoded in its type.
        1 | 2 => Ok(()),
        3 => input.skip(1),
        4..=6 => input.varint().map(|_| ()),
        7 => input.skip(8),
        8 => {
            let length = input.varint()?;
            input.skip(length)
        }
        9 | 10 => {
            let head = input.byte()?;
            let count = if head >> 4 == 15 { input.varint()? } else { u64::from(head >> 4) };
            for _ in 0..count {
                skip_element(input, head & 0x0f, depth)?;
            }
            Ok(())
        }
        11 => {
            let count = input.varint()?;
            let kinds = if count == 0 { 0 } else { input.byte()? };
            for _ in 0..count {
                skip_element(input, kinds >> 4, depth)?;
                skip_element(input, kinds & 0x0f, depth)?;
            }
            Ok(())
        }
        12 => {
            let mut id = 0;
            while let Some(kind) = field(input, &mut id)? {
                skip(input, kind, depth + 1)?;
            }
            Ok(())
        }
        _ => Err(damaged("it has a member of an unknown type")),
    }
}

/// An element of a list or map: unlike a member of a structure, a boolean takes a byte.
fn skip_element<R: Read>(input: &mut Counted<R>, kind: u8, depth: u32) -> std::io::Result<()> {
    if matches!(kind, 1 | 2) { input.skip(1) } else { skip(input, kind, depth + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> std::io::Result<PageHeader> {
        page_header(&mut Counted { inner: bytes, read: 0 })
    }

    #[test]
    fn a_page_header_of_either_version_is_read() {
        // type 0, uncompressed 100, compressed 50, DataPageHeader { num_values 8, encoding 0, .. }
        let v1 = [0x15, 0, 0x15, 200, 1, 0x15, 100, 0x2c, 0x15, 16, 0x15, 0, 0, 0];
        assert_eq!(read(&v1).unwrap(), PageHeader { uncompressed: 100, compressed: 50, values: Some(8) });
        let dictionary = [0x15, 4, 0x15, 20, 0x15, 20, 0x4c, 0x15, 2, 0x15, 4, 0, 0];
        assert_eq!(read(&dictionary).unwrap(), PageHeader { uncompressed: 10, compressed: 10, values: None });
    }

    #[test]
    fn what_decompresses_to_more_than_a_limit_is_named() {
        assert!(check_limits(PARQUET_OPEN_PAGES.value, PARQUET_GROUP.value).is_ok());
        assert!(check_limits(PARQUET_OPEN_PAGES.value + 1, 0).unwrap_err().contains("`parquet-open-pages` of 256 MiB"));
        assert!(check_limits(0, PARQUET_GROUP.value + 1).unwrap_err().contains("`parquet-group` of 8 GiB"));
        // A page of one byte that states to be one byte beyond the limit.
        let mut header = vec![0x15, 0, 0x15];
        let mut size = (PARQUET_PAGE.value + 1) << 1;
        while size > 0x7f {
            header.push((size & 0x7f) as u8 | 0x80);
            size >>= 7;
        }
        header.extend([size as u8, 0x15, 2, 0x2c, 0x15, 2, 0, 0, 0]);
        let mut file = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut file, &header).unwrap();
        let pages = Pages { file: &file, name: "BilledCost", gzip: false };
        let error = pages.measure(0, header.len() as u64).err().unwrap();
        assert!(error.contains("`parquet-page` of 64 MiB"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_header_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
