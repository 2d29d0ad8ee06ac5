//! Tests of infra/release/install.sh and of the action that runs it, against a release on a server of this machine: it installs what was released and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::archive::{EXECUTABLE, Tar, gzip, sha256};
use crate::run::root;

/// A release in a folder, behind HTTP.
struct Release {
    folder: tempfile::TempDir,
    url: String,
}

fn archive_name(version: &str) -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("tollgate-{version}-{}-{system}.tar.gz", std::env::consts::ARCH)
}

/// Answers one GET by a file of the folder.
fn answer(stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
    let mut stream = reader.into_inner();
    match std::fs::read(folder.join(path)) {
        Ok(body) => {
            write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
            stream.write_all(&body)
        }
        Err(_) => write!(stream, "HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    }
}

impl Release {
    /// A release of a program that prints its version, with its checksums.
    fn new(version: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let served = folder.path().to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &served); // a client that leaves is no fault
            }
        });
        let release = Self { folder, url };
        let mut tar = Tar::default();
        tar.file("tollgate", format!("#!/bin/sh\necho tollgate {version}\n").as_bytes(), EXECUTABLE).unwrap();
        let archive = gzip(&tar.finish()).unwrap();
        let sums = format!("{}  {}\n", sha256(&archive), archive_name(version));
        for place in [version, "latest"] {
            release.write(place, &archive_name(version), &archive);
            release.write(place, "SHA256SUMS", sums.as_bytes());
        }
        release
    }

    fn write(&self, place: &str, name: &str, content: &[u8]) {
        let folder = self.folder.path().join(place);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), content).unwrap();
    }

    /// Runs the script; the binary goes to `bin` of the folder.
    fn install(&self, args: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = Command::new("sh");
        command
            .arg(root().join("infra/release/install.sh"))
            .args(args)
            .arg("--to")
            .arg(self.binary().parent().unwrap());
        command.env("TOLLGATE_RELEASES", &self.url).env_remove("TOLLGATE_SHA256").env_remove("TOLLGATE_VERSION");
        command.envs(environment.iter().copied()).output().unwrap()
    }

    fn binary(&self) -> PathBuf {
        self.folder.path().join("bin/tollgate")
    }

    /// Asserts that the script fails, says why and installs nothing.
    fn refuses(&self, args: &[&str], environment: &[(&str, &str)], why: &str) {
        let out = self.install(args, environment);
        let error = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && error.contains(why), "{why}: {error}");
        assert!(!self.binary().exists(), "{why}");
    }
}

#[test]
fn a_release_is_installed_by_version_or_as_the_latest() {
    for args in [["--version", "v0.1.0"], ["--program", "tollgate"]] {
        let release = Release::new("v0.1.0");
        let out = release.install(&args, &[]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(String::from_utf8_lossy(&out.stdout).starts_with("installed tollgate v0.1.0 in "));
        let version = Command::new(release.binary()).output().unwrap();
        assert_eq!(version.stdout, b"tollgate v0.1.0\n");
    }
}

#[test]
fn the_action_installs_the_pinned_file_for_the_next_steps() {
    let release = Release::new("v0.1.0");
    let folder = release.folder.path();
    let digest = sha256(&std::fs::read(folder.join("v0.1.0").join(archive_name("v0.1.0"))).unwrap());
    let act = |pinned: &str| {
        let mut command = Command::new("bash");
        command.arg(root().join("cli/action/install.sh")).env("TOLLGATE_RELEASES", &release.url);
        command.env("TOLLGATE_VERSION", "v0.1.0").env("TOLLGATE_SHA256", pinned).env_remove("RUNNER_OS");
        command.env("RUNNER_TEMP", folder).env("GITHUB_PATH", folder.join("path"));
        command.env("GITHUB_OUTPUT", folder.join("output")).output().unwrap()
    };
    for wrong in ["0".repeat(64), "short".to_owned()] {
        assert!(!act(&wrong).status.success() && !folder.join("path").exists(), "{wrong}");
    }
    let out = act(&digest);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let to = std::fs::read_to_string(folder.join("path")).unwrap();
    assert!(Path::new(to.trim()).join("tollgate").exists(), "{to}");
    assert_eq!(std::fs::read_to_string(folder.join("output")).unwrap(), format!("path={to}"));
}

#[test]
fn nothing_is_installed_when_a_checksum_does_not_hold() {
    let release = Release::new("v0.1.0");
    let pinned = [("TOLLGATE_SHA256", "0000")];
    release.refuses(&["--version", "v0.1.0"], &pinned, "is not the pinned file");
    release.write("latest", &archive_name("v0.1.0"), b"another file");
    release.refuses(&[], &[], "is not the released file");
    release.write("latest", "SHA256SUMS", b"");
    release.refuses(&[], &[], "the release has no tollgate for");
    release.write("latest", "SHA256SUMS", format!("short  {}\n", archive_name("v0.1.0")).as_bytes());
    release.refuses(&[], &[], "has no checksum of");
    let twice = format!("{0}  {1}\n{0}  {1}\n", sha256(b"another file"), archive_name("v0.1.0"));
    release.write("latest", "SHA256SUMS", twice.as_bytes());
    release.refuses(&[], &[], "the release has no tollgate for");
}

#[test]
fn nothing_is_installed_from_a_wrong_place() {
    let release = Release::new("v0.1.0");
    release.refuses(&["--version", "v0.1.1"], &[], "could not be downloaded");
    release.refuses(&["--version", "v0.1.0/../x"], &[], "is no release");
    release.refuses(&["--program", "other"], &[], "there is no program");
    release.refuses(&[], &[("TOLLGATE_RELEASES", "http://example.com")], "is not encrypted");
    release.refuses(&[], &[("TOLLGATE_RELEASES", "file:///tmp")], "is not encrypted");
    // The checksums of another release do not lead to an older file.
    let sums = std::fs::read(release.folder.path().join("latest/SHA256SUMS")).unwrap();
    release.write("v0.2.0", "SHA256SUMS", &sums);
    release.refuses(&["--version", "v0.2.0"], &[], "is of another release");
}
