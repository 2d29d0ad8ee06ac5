//! Compressed files and archives.

use std::io::Write;

use crate::{Bill, read_text, try_text};

const TEXT: &str = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ChargeCategory,ServiceName\n1.5,1.5,USD,2026-10-02,Usage,Compute\n";

/// An archive of stored files, as the ZIP specification has it.
fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut index = Vec::new();
    for (name, content) in files {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let at = u32::try_from(out.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5b][..], &crc.sum().to_le_bytes(), &size, &size, &length, &[0, 0]]
                .concat();
        out.extend([&b"PK\x03\x04"[..], &common[..], name.as_bytes(), content].concat());
        index.extend([&b"PK\x01\x02\x14\x00"[..], &common[..], &[0; 10], &at, name.as_bytes()].concat());
    }
    let (size, at) =
        (u32::try_from(index.len()).unwrap().to_le_bytes(), u32::try_from(out.len()).unwrap().to_le_bytes());
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    out.extend(index);
    out.extend([&b"PK\x05\x06\0\0\0\0"[..], &count[..], &count, &size, &at, &[0, 0]].concat());
    out
}

fn billed(bill: &Bill) -> String {
    bill.billed().to_string()
}

#[test]
fn every_file_of_an_archive_counts_once() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(TEXT.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let bill = read_text(zip(&[
        ("report/1.csv", TEXT.as_bytes()),
        ("report/2.csv.gz", &gzip),
        ("readme.md", b"hello"),
        ("__MACOSX/report/1.csv", b"x"),
    ]));
    assert_eq!((billed(&bill).as_str(), bill.format.as_str()), ("3", "FOCUS 1.0, CSV, ZIP"));
}

#[test]
fn an_archive_without_bills_or_with_a_damaged_one_is_refused() {
    let error = try_text(zip(&[("readme.md", b"hello")])).unwrap_err().to_string();
    assert!(error.contains("no billing file") && error.contains("hint:"), "{error}");
    let mut damaged = zip(&[("1.csv", TEXT.as_bytes())]);
    let at = damaged.windows(3).position(|w| w == b"1.5").unwrap();
    damaged[at] = b'9';
    let error = try_text(&damaged).unwrap_err().to_string();
    assert!(error.contains("checksum"), "{error}");
    assert!(try_text(&damaged[..damaged.len() / 2]).unwrap_err().to_string().contains("ZIP archive is damaged"));
}

#[test]
fn bzip2_and_zstd_are_unpacked_and_others_are_named() {
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(TEXT.as_bytes()).unwrap();
    assert_eq!(billed(&read_text(bzip.finish().unwrap())), "1.5");
    assert_eq!(billed(&read_text(zstd::stream::encode_all(TEXT.as_bytes(), 1).unwrap())), "1.5");
    let error = try_text(b"\xfd7zXZ\0\0\x04rest").unwrap_err().to_string();
    assert!(error.contains("is xz") && error.contains("hint: unpack it"), "{error}");
}

#[test]
fn a_folder_of_too_many_files_is_refused_by_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let most = tollgate_model::limits::FOLDER_FILES.size();
    for n in 0..=most {
        std::fs::File::create(folder.path().join(format!("{n}.csv"))).unwrap();
    }
    let error = tollgate_sources::billing_files(folder.path()).unwrap_err().to_string();
    assert!(error.contains("`folder-files` of 10,000 files"), "{error}");
}
