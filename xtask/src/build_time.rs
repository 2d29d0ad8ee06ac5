//! `cargo xtask bench build`: how long the README's first build takes from an empty target folder, with the slowest crates, the disk it
//! needs and the sizes of the programs.
//!
//! Cargo runs this program in place of rustc (RUSTC_WRAPPER), and each call adds its time and memory to a file.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::json;

use crate::run::{cargo, root, target};

/// The variable by which a call of this program as a wrapper knows the file of records.
const RECORD: &str = "TOLLGATE_BUILD_RECORD";

/// One call of rustc.
#[derive(Clone, Debug, PartialEq)]
struct Compiled {
    name: String,
    seconds: f64,
    mib: f64,
}

/// The folder that is built into, and the form of the answer.
#[derive(clap::Args)]
pub(crate) struct Build {
    /// Arguments of cargo in place of the README's build
    #[arg(long, default_value = "build --release --locked")]
    command: String,
    /// A folder that does not exist yet
    #[arg(long)]
    folder: Option<PathBuf>,
    /// table or json
    #[arg(long, default_value = "table", value_parser = ["table", "json"])]
    format: String,
}

/// Runs as rustc's wrapper when cargo called for that. `None` in every other case.
pub(crate) fn wrapper() -> Option<ExitCode> {
    let record = std::env::var_os(RECORD)?;
    let mut args = std::env::args_os().skip(1);
    let rustc = args.next()?;
    let args: Vec<OsString> = args.collect();
    let named = args.iter().position(|a| a == "--crate-name").and_then(|at| args.get(at + 1));
    let begun = Instant::now();
    let mut child = match Command::new(&rustc).args(&args).env_remove(RECORD).spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("{}: {error}", rustc.display());
            return Some(ExitCode::FAILURE);
        }
    };
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0f64;
    let exit = loop {
        peak = peak.max(peak_mib(&status).unwrap_or(0.0));
        match child.try_wait() {
            Ok(Some(exit)) => break exit,
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => {
                eprintln!("{}: {error}", rustc.display());
                return Some(ExitCode::FAILURE);
            }
        }
    };
    if let Some(name) = named {
        let line = format!("{}\t{:.3}\t{peak:.0}\n", name.display(), begun.elapsed().as_secs_f64());
        let file = std::fs::OpenOptions::new().append(true).create(true).open(record);
        if let Err(error) = file.and_then(|mut file| file.write_all(line.as_bytes())) {
            eprintln!("the time of {} is not recorded: {error}", name.display());
        }
    }
    Some(exit.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

/// The most memory that a process has had, on Linux.
fn peak_mib(status: &str) -> Option<f64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

pub(crate) fn bench(build: &Build) -> anyhow::Result<()> {
    let folder = build.folder.clone().unwrap_or_else(|| target().join(format!("bench-build-{}", std::process::id())));
    if folder.exists() {
        bail!("{} exists; the build starts from an empty folder", folder.display());
    }
    std::fs::create_dir_all(&folder)?;
    let record = folder.join("record.tsv");
    let stop = AtomicBool::new(false);
    let args: Vec<&str> = build.command.split_whitespace().collect();
    let begun = Instant::now();
    let (status, peak) = std::thread::scope(|scope| {
        let sampler = scope.spawn(|| peak_disk(&folder, &stop));
        let mut command = cargo(&args);
        command.current_dir(root()).env("CARGO_TARGET_DIR", &folder).env("CARGO_INCREMENTAL", "0");
        command.env(RECORD, &record).env("RUSTC_WRAPPER", std::env::current_exe().unwrap_or_default());
        let status = command.status();
        stop.store(true, Ordering::Relaxed);
        (status, sampler.join().unwrap_or_default())
    });
    let seconds = begun.elapsed().as_secs_f64();
    let status = status.context("cargo cannot be run")?;
    if !status.success() {
        bail!("cargo {}: {status}", build.command);
    }
    let crates = parse(&std::fs::read_to_string(&record).context("no crate was compiled")?);
    let report = Report { command: build.command.clone(), seconds, disk: peak, crates, programs: programs(&folder)? };
    eprintln!("built in {}; remove the folder when you no longer need it", folder.display());
    if build.format == "json" {
        println!("{:#}", report.json());
    } else {
        print!("{}", report.table());
    }
    Ok(())
}

/// The largest size of a folder until `stop` is set.
fn peak_disk(folder: &Path, stop: &AtomicBool) -> u64 {
    let mut peak = 0;
    loop {
        let last = stop.load(Ordering::Relaxed);
        peak = peak.max(size(folder));
        if last {
            return peak;
        }
        for _ in 0..50 {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// The size of all files of a folder. What disappears meanwhile counts nothing.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |m| m.len()),
        _ => 0,
    };
    entries.map(of).sum()
}

/// Programs that were built, with their sizes.
fn programs(folder: &Path) -> anyhow::Result<Vec<(String, u64)>> {
    let mut out = Vec::new();
    for profile in std::fs::read_dir(folder)?.flatten().filter(|e| e.path().is_dir()) {
        for entry in std::fs::read_dir(profile.path())?.flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_file() && is_program(&path) && !name.starts_with("lib") {
                out.push((name, entry.metadata()?.len()));
            }
        }
    }
    out.sort();
    Ok(out)
}

fn is_program(path: &Path) -> bool {
    let mut head = [0u8; 4];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut head));
    let known: [&[u8]; 3] = [b"\x7fELF", b"\xcf\xfa\xed\xfe", b"MZ"];
    read.is_ok() && known.iter().any(|magic| head.starts_with(magic))
}

/// The records, the calls for one crate added up.
fn parse(text: &str) -> Vec<Compiled> {
    let mut out: Vec<Compiled> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(name), Some(seconds), Some(mib)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let (Ok(seconds), Ok(mib)) = (seconds.parse::<f64>(), mib.parse::<f64>()) else { continue };
        match out.iter_mut().find(|c| c.name == name) {
            Some(known) => {
                *known = Compiled { seconds: known.seconds + seconds, mib: known.mib.max(mib), ..known.clone() }
            }
            None => out.push(Compiled { name: name.to_owned(), seconds, mib }),
        }
    }
    out.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    out
}

struct Report {
    command: String,
    seconds: f64,
    disk: u64,
    crates: Vec<Compiled>,
    programs: Vec<(String, u64)>,
}

/// Crates that are listed.
const LISTED: usize = 10;

impl Report {
    fn compile_seconds(&self) -> f64 {
        self.crates.iter().map(|c| c.seconds).sum()
    }

    fn table(&self) -> String {
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let mut out = format!(
            "cargo {}\n{:<32} {:>10.1} min\n{:<32} {:>10.1} min\n{:<32} {:>10}\n{:<32} {:>10.0} MiB\n\n{:<32} {:>10} {:>10}\n",
            self.command,
            "time",
            self.seconds / 60.0,
            "time of all rustc calls",
            self.compile_seconds() / 60.0,
            "crates",
            self.crates.len(),
            "peak disk",
            mib(self.disk),
            "slowest crates",
            "seconds",
            "peak MiB"
        );
        for Compiled { name, seconds, mib } in self.crates.iter().take(LISTED) {
            out += &format!("{name:<32} {seconds:>10.1} {mib:>10.0}\n");
        }
        out += &format!("\n{:<32} {:>10}\n", "programs", "MiB");
        for (name, bytes) in &self.programs {
            out += &format!("{name:<32} {:>10.1}\n", mib(*bytes));
        }
        out
    }

    fn json(&self) -> serde_json::Value {
        let slowest = self.crates.iter().take(LISTED);
        let programs = self.programs.iter();
        json!({
            "command": self.command,
            "seconds": self.seconds,
            "compile_seconds": self.compile_seconds(),
            "crates": self.crates.len(),
            "peak_disk_bytes": self.disk,
            "slowest": slowest.map(|c| json!({ "crate": c.name, "seconds": c.seconds, "peak_mib": c.mib })).collect::<Vec<_>>(),
            "programs": programs.map(|(name, bytes)| json!({ "program": name, "bytes": bytes })).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_one_crate_are_added_up_and_the_slowest_comes_first() {
        let crates = parse("serde\t1.5\t100\nbroken line\nring\t9\t50\nserde\t2\t300\n");
        let expected = [("ring", 9.0, 50.0), ("serde", 3.5, 300.0)];
        let found: Vec<(&str, f64, f64)> = crates.iter().map(|c| (c.name.as_str(), c.seconds, c.mib)).collect();
        assert_eq!(found, expected);
        let report = Report {
            command: "build".to_owned(),
            seconds: 90.0,
            disk: 5 << 20,
            crates,
            programs: vec![("a".to_owned(), 3 << 20)],
        };
        let table = report.table();
        assert!(table.contains("1.5 min") && table.contains("5 MiB"), "{table}");
        assert_eq!(report.json()["slowest"][0]["crate"], "ring");
        assert_eq!(report.json()["programs"][0]["bytes"], 3 << 20);
    }

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("release")).unwrap();
        std::fs::write(folder.path().join("release/program"), b"\x7fELF1234").unwrap();
        std::fs::write(folder.path().join("note"), b"12").unwrap();
        assert_eq!(size(folder.path()), 10);
        assert_eq!(programs(folder.path()).unwrap(), [("program".to_owned(), 8)]);
    }
}
