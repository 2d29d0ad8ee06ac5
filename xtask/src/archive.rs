//! Archives and checksums of releases: the same input gives the same bytes.
//!
//! Source: POSIX.1-2017, pax, "ustar Interchange Format".

use std::io::Write;

use anyhow::{Context, ensure};
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

/// The SHA-256 of bytes, in hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compresses by gzip, without a name or a time in its header.
pub(crate) fn gzip(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// Owner and permissions of an entry.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    pub(crate) mode: u32,
    /// User and group.
    pub(crate) owner: u32,
}

/// What root owns and everybody may read.
pub(crate) const READABLE: Access = Access { mode: 0o644, owner: 0 };
/// What root owns and everybody may execute or enter.
pub(crate) const EXECUTABLE: Access = Access { mode: 0o755, owner: 0 };

/// A tar archive under construction. Every entry has the time 0.
#[derive(Default)]
pub(crate) struct Tar(Vec<u8>);

impl Tar {
    /// Adds a folder; the name ends in `/`.
    pub(crate) fn folder(&mut self, name: &str, access: Access) -> anyhow::Result<()> {
        self.header(name, 0, access, b'5')
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, name: &str, content: &[u8], access: Access) -> anyhow::Result<()> {
        self.header(name, content.len(), access, b'0')?;
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        Ok(())
    }

    /// Ends the archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }

    fn header(&mut self, name: &str, size: usize, access: Access, kind: u8) -> anyhow::Result<()> {
        ensure!(name.len() <= 100, "{name} is longer than the 100 bytes of a name in a tar header");
        let mut block = [0u8; 512];
        let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        put(0, name.as_bytes());
        put(100, format!("{:07o}", access.mode).as_bytes());
        put(108, format!("{:07o}", access.owner).as_bytes());
        put(116, format!("{:07o}", access.owner).as_bytes());
        put(124, format!("{size:011o}").as_bytes());
        put(136, b"00000000000");
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        self.0.extend_from_slice(&block);
        Ok(())
    }
}

/// The lines of a checksum file as `sha256sum` writes it: digest and name.
pub(crate) fn checksums(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    let line = |line: &str| {
        let (digest, name) = line.split_once("  ").with_context(|| format!("no checksum: {line}"))?;
        let whole = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
        ensure!(whole && !name.contains('/'), "no checksum: {line}");
        Ok((digest.to_owned(), name.to_owned()))
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn tar_reads_what_is_written() {
        let mut tar = Tar::default();
        tar.folder("usr/", EXECUTABLE).unwrap();
        tar.file("usr/program", b"content", EXECUTABLE).unwrap();
        tar.file("note", &[b'x'; 513], READABLE).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar");
        std::fs::write(&path, tar.finish()).unwrap();
        let out = Command::new("tar").arg("-tvf").arg(&path).env("TZ", "UTC").output().unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
        let list = String::from_utf8(out.stdout).unwrap();
        for expected in ["drwxr-xr-x", "-rwxr-xr-x", "usr/program", "-rw-r--r--", "513"] {
            assert!(list.contains(expected), "{list}");
        }
    }

    #[test]
    fn a_line_that_is_no_checksum_is_an_error() {
        let digest = sha256(b"");
        assert_eq!(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(checksums(&format!("{digest}  a.zip\n")).unwrap(), [(digest.clone(), "a.zip".to_owned())]);
        for wrong in ["a.zip".to_owned(), format!("{}  a.zip", &digest[1..]), format!("{digest}  ../a.zip")] {
            assert!(checksums(&wrong).is_err(), "{wrong}");
        }
    }
}
