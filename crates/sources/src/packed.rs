//! Compressed files: gzip, bzip2 and zstd are unpacked while they are read.

use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use crate::SourceError;

/// Containers of data in containers of data, as a gzip in a ZIP, and no more.
const DEPTH: usize = 3;

/// Compressions that are recognized and not read.
const OTHERS: &[(&[u8], &str)] = &[
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (&[0x04, 0x22, 0x4d, 0x18], "LZ4"),
    (&[0xff, 0x06, 0, 0, b's', b'N', b'a', b'P'], "Snappy"),
    (b"\x1f\x9d", "compress"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (&[0xd0, 0xcf, 0x11, 0xe0], "an old Excel workbook"),
    (b"SQLite format 3", "a SQLite database"),
];

/// The bytes of a file, unpacked.
pub(crate) fn unpack(path: &Path, file: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>, SourceError> {
    let damaged = |error: std::io::Error| match error.raw_os_error() {
        Some(_) => SourceError::Io { path: path.to_owned(), error },
        None => SourceError::Truncated {
            path: path.to_owned(),
            line: None,
            what: format!("the compressed data is damaged or ends early ({error})"),
        },
    };
    let mut bytes = file;
    for _ in 0..DEPTH {
        let mut magic = Vec::new();
        bytes.by_ref().take(16).read_to_end(&mut magic).map_err(damaged)?;
        if let Some((_, name)) = OTHERS.iter().find(|(start, _)| magic.starts_with(start)) {
            let what = format!("the file is {name}, which Tollgate does not read");
            return Err(SourceError::Packed { path: path.to_owned(), what });
        }
        if magic.starts_with(b"PK\x03\x04") {
            let what = "it holds a ZIP archive inside another compression".to_owned();
            return Err(SourceError::Packed { path: path.to_owned(), what });
        }
        let kind = magic.get(..4).map(<[u8]>::to_vec).unwrap_or_default();
        let whole = BufReader::with_capacity(1 << 18, Cursor::new(magic).chain(bytes));
        bytes = match kind.as_slice() {
            [0x1f, 0x8b, ..] => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            [b'B', b'Z', b'h', b'1'..=b'9'] => Box::new(bzip2::read::MultiBzDecoder::new(whole)),
            [0x28, 0xb5, 0x2f, 0xfd] => Box::new(zstd::stream::read::Decoder::with_buffer(whole).map_err(damaged)?),
            _ => return Ok(Box::new(whole)),
        };
    }
    let what = "it is compressed more than twice".to_owned();
    Err(SourceError::Packed { path: path.to_owned(), what })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn unpacked(bytes: &[u8]) -> Result<String, SourceError> {
        let mut text = String::new();
        let mut reader = unpack(Path::new("a.csv"), Box::new(Cursor::new(bytes.to_vec())))?;
        reader.read_to_string(&mut text).map_err(|error| SourceError::Io { path: "a.csv".into(), error })?;
        Ok(text)
    }

    #[test]
    fn every_compression_gives_the_same_text() {
        let text = "a,b\n1,2\n".repeat(100);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip.write_all(text.as_bytes()).unwrap();
        let zstd = zstd::stream::encode_all(text.as_bytes(), 1).unwrap();
        let mut twice = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        twice.write_all(&zstd).unwrap();
        for bytes in
            [text.clone().into_bytes(), gzip.finish().unwrap(), bzip.finish().unwrap(), zstd, twice.finish().unwrap()]
        {
            assert_eq!(unpacked(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let error = unpacked(b"\xfd7zXZ\0rest").unwrap_err().to_string();
        assert!(error.contains("the file is xz") && error.contains("hint: unpack it"), "{error}");
        let zstd = zstd::stream::encode_all("a,b\n1,2\n".repeat(1000).as_bytes(), 1).unwrap();
        assert!(unpacked(&zstd[..zstd.len() - 4]).is_err());
    }
}
