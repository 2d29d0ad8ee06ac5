//! Benchmarks: Tollgate beside another program, its anchor, that does the same work in the same run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Subcommand;

use crate::ratios::{self, Ratios};
use crate::run::{cargo, root, run as run_command, target};
use crate::{build_time, costs, functions, gate, series_pipeline, tools};

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// Build from an empty folder: time, disk, the slowest crates, sizes of the programs
    Build(build_time::Build),
    /// Compare the ratios to the anchors with those recorded in xtask/benchmarks.json
    Compare {
        /// Record the measured ratios instead
        #[arg(long)]
        record: bool,
    },
    /// Questions about cost over a year of charges: the ledger, the lake, and DuckDB over the same Parquet files
    Costs {
        /// Charges of the year
        #[arg(long, default_value_t = 1_000_000)]
        rows: usize,
        /// Runs of each; the fastest counts
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// The `tollgate` program, with SQL [default: a release build]
        #[arg(long, value_name = "FILE")]
        binary: Option<PathBuf>,
    },
    /// Rows of FOCUS, CSV and Parquet: the whole ingest beside DuckDB reading, writing zstd Parquet and summing by group
    Ingest {
        /// Rows
        #[arg(long, default_value_t = 1_000_000)]
        rows: usize,
        /// Runs of each; the fastest counts
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
    /// Detection and forecasts: quality on labelled series and speed, beside augurs' methods in the same run
    Series {
        /// A folder with costs.csv, known_charges.csv and labels.csv or test.csv instead of the series made here
        #[arg(long)]
        data: Option<PathBuf>,
        /// A folder with the competition's files: Hourly-train.csv, Hourly-test.csv, and those of Daily and Weekly
        #[arg(long, value_name = "DIR")]
        m4: Option<PathBuf>,
        /// A folder with the `data` and `labels` of the Numenta Anomaly Benchmark
        #[arg(long, value_name = "DIR")]
        nab: Option<PathBuf>,
        /// Only Tollgate's method
        #[arg(long)]
        quick: bool,
        /// Only the behaviours and the tenants made of them
        #[arg(long)]
        behaviours: bool,
        /// Only the behaviours as FOCUS files through `ingest` and `run`
        #[arg(long)]
        pipeline: bool,
        /// The `tollgate` program for --pipeline [default: a release build]
        #[arg(long, value_name = "FILE", requires = "pipeline")]
        binary: Option<PathBuf>,
    },
    /// The gate: plans of 2.5 MB and 50 MB beside Checkov, terraform-compliance and regorus alone on the same rule
    Gate {
        /// Runs of each; the fastest counts
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// The large plan for Checkov and terraform-compliance too, which takes an hour
        #[arg(long)]
        all: bool,
    },
    /// The Lambda functions: cold start, first and warm invoke, resident memory and zipped size, over moto
    Functions {
        /// Use the functions as they were built last
        #[arg(long)]
        built: bool,
    },
}

pub(crate) fn run(what: &Bench) -> anyhow::Result<()> {
    match what {
        Bench::Build(build) => build_time::bench(build),
        Bench::Compare { record } => ratios::compare(*record),
        Bench::Costs { rows, runs, binary } => costs::bench(*rows, *runs, binary.as_deref()),
        Bench::Ingest { rows, runs } => ingest(*rows, *runs),
        Bench::Series { pipeline: true, binary, .. } => series_pipeline::bench(binary.as_deref()),
        Bench::Series { data, m4, nab, quick, behaviours, .. } => {
            let folders = [("--data", data), ("--m4", m4), ("--nab", nab)];
            series(
                &folders.map(|(name, folder)| (name, folder.as_deref())),
                &[("--quick", *quick), ("--behaviours", *behaviours)],
            )
        }
        Bench::Gate { runs, all } => gate::bench(*runs, *all),
        Bench::Functions { built } => functions::bench(*built),
    }
}

fn series(folders: &[(&str, Option<&Path>)], flags: &[(&str, bool)]) -> anyhow::Result<()> {
    let mut command =
        cargo(&["bench", "--package", "tollgate-methods", "--features", "libraries", "--bench", "series", "--"]);
    for (name, folder) in folders {
        if let Some(folder) = folder {
            command
                .arg(name)
                .arg(folder.canonicalize().with_context(|| format!("{}: is not there", folder.display()))?);
        }
    }
    command.args(flags.iter().filter(|(_, set)| *set).map(|(name, _)| *name));
    run_command(&mut command)
}

pub(crate) struct Measured {
    pub(crate) seconds: f64,
    pub(crate) mib: f64,
}

/// An ingest of one file by us and by DuckDB.
struct Ingest {
    rows: usize,
    path: PathBuf,
    ours: Measured,
    theirs: Measured,
}

impl Ingest {
    fn kind(&self) -> String {
        self.path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Measures a CSV and a Parquet file of each size.
fn ingests(sizes: &[usize], runs: usize) -> anyhow::Result<Vec<Ingest>> {
    run_release_build()?;
    let python = tools::python(9).context("DuckDB needs Python 3.9 or newer")?;
    let duckdb = tools::venv("duckdb", &python, &tools::DUCKDB)?.join("venv/bin/python");
    let folder = target().join("bench");
    std::fs::create_dir_all(&folder)?;
    let mut all = Vec::new();
    for rows in sizes {
        let csv = inputs(&folder, *rows, &duckdb)?;
        for path in [csv.clone(), csv.with_extension("parquet")] {
            let ours = best(runs, || tollgate(&folder, &path))?;
            let theirs = best(runs, || duck(&folder, &path, &duckdb))?;
            all.push(Ingest { rows: *rows, path, ours, theirs });
        }
    }
    Ok(all)
}

/// The time of an ingest, divided by DuckDB's.
pub(crate) fn ingest_ratios(rows: usize, runs: usize) -> anyhow::Result<Ratios> {
    let name = |i: &Ingest| format!("ingest of {} rows of {}, by DuckDB's", i.rows, i.kind());
    Ok(ingests(&[rows], runs)?.iter().map(|i| (name(i), i.ours.seconds / i.theirs.seconds)).collect())
}

fn ingest(rows: usize, runs: usize) -> anyhow::Result<()> {
    let table = ingests(&[rows, rows * 2], runs)?;
    println!(
        "\n{:>10} {:<8} {:>9} {:>12} {:>10} {:>10} {:>10} {:>14}",
        "rows", "input", "size MiB", "tollgate s", "peak MiB", "DuckDB s", "peak MiB", "DuckDB/tollgate"
    );
    for one in &table {
        let Ingest { rows, path, ours, theirs } = one;
        let (kind, size) = (one.kind(), std::fs::metadata(path)?.len() >> 20);
        println!(
            "{rows:>10} {kind:<8} {size:>9} {:>12.2} {:>10.0} {:>10.2} {:>10.0} {:>14.2}",
            ours.seconds,
            ours.mib,
            theirs.seconds,
            theirs.mib,
            theirs.seconds / ours.seconds
        );
    }
    for kind in 0..2 {
        if let (Some(one), Some(two)) = (table.get(kind), table.get(kind + 2)) {
            println!(
                "twice the rows take {:.2} times as long ({})",
                two.ours.seconds / one.ours.seconds,
                if kind == 0 { "CSV" } else { "Parquet" }
            );
        }
    }
    println!(
        "\ntollgate: read, validate, prove, write the lake, aggregate, swap. DuckDB: read as exact decimals, write zstd Parquet, sum by day and key."
    );
    Ok(())
}

fn run_release_build() -> anyhow::Result<()> {
    run_command(&mut cargo(&["build", "--release", "--package", "tollgate"]))
}

fn binary() -> PathBuf {
    target().join("release/tollgate")
}

/// One CSV file of the demo's charges, repeated to the wanted size with another resource each time, and the same as Parquet.
fn inputs(folder: &Path, rows: usize, duckdb: &Path) -> anyhow::Result<PathBuf> {
    let csv = folder.join(format!("focus-{rows}.csv"));
    if csv.exists() && csv.with_extension("parquet").exists() {
        return Ok(csv);
    }
    println!("making {rows} rows of FOCUS");
    let demo = folder.join("demo");
    run_command(
        Command::new(binary()).arg("demo").arg(&demo).args(["--size", "4", "--days", "120"]).stdout(Stdio::null()),
    )?;
    let base = folder.join("base.csv");
    run_command(Command::new(binary()).arg("--store").arg(&demo).args(["export", "focus", "--output"]).arg(&base))?;
    repeat_rows(duckdb, &base, &csv, rows)?;
    let convert = r#"
import duckdb, sys
c = duckdb.connect(); c.execute("set threads=2"); c.execute("set enable_progress_bar=false")
costs = ['BilledCost','EffectiveCost','ListCost','ContractedCost','ListUnitPrice','ContractedUnitPrice','ConsumedQuantity','PricingQuantity','CommitmentDiscountQuantity']
c.execute(f"copy (select * replace ({', '.join(f'cast({x} as decimal(38,12)) as {x}' for x in costs)}) from read_csv('{sys.argv[1]}', all_varchar=true)) to '{sys.argv[2]}' (format parquet, compression zstd)")
"#;
    run_command(Command::new(duckdb).args(["-c", convert]).arg(&csv).arg(csv.with_extension("parquet")))?;
    Ok(csv)
}

fn tollgate(folder: &Path, input: &Path) -> anyhow::Result<Measured> {
    let store = folder.join("store");
    if store.exists() {
        std::fs::remove_dir_all(&store)?;
    }
    measured(Command::new(binary()).arg("--store").arg(&store).arg("ingest").arg(input), &[0])
}

fn duck(folder: &Path, input: &Path, python: &Path) -> anyhow::Result<Measured> {
    let script = r#"
import duckdb, sys
c = duckdb.connect(); c.execute("set threads=2"); c.execute("set enable_progress_bar=false")
src = f"read_csv('{sys.argv[1]}', all_varchar=true)" if sys.argv[1].endswith('.csv') else f"read_parquet('{sys.argv[1]}')"
costs = ['BilledCost','EffectiveCost','ListCost','ContractedCost','ListUnitPrice','ContractedUnitPrice','ConsumedQuantity','PricingQuantity','CommitmentDiscountQuantity']
times = ['BillingPeriodStart','BillingPeriodEnd','ChargePeriodStart','ChargePeriodEnd']
typed = ', '.join([f"cast({x} as decimal(38,12)) as {x}" for x in costs] + [f"cast({x} as timestamp) as {x}" for x in times])
c.execute(f"copy (select * replace ({typed}) from {src}) to '{sys.argv[2]}' (format parquet, compression zstd, compression_level 1)")
c.execute(f"""create table series as select cast(ChargePeriodStart as date) d, ProviderName, BillingAccountId, SubAccountId, ServiceName, RegionId, ChargeCategory, ChargeClass, BillingCurrency,
  sum(BilledCost) b, sum(EffectiveCost) e from read_parquet('{sys.argv[2]}') group by all""")
print(c.execute("select sum(b), count(*) from series").fetchall())
"#;
    let out = folder.join("duckdb.parquet");
    measured(Command::new(python).args(["-c", script]).arg(input).arg(out), &[0])
}

pub(crate) fn best(runs: usize, mut once: impl FnMut() -> anyhow::Result<Measured>) -> anyhow::Result<Measured> {
    let mut best = once()?;
    for _ in 1..runs {
        let next = once()?;
        best = Measured { seconds: best.seconds.min(next.seconds), mib: best.mib.max(next.mib) };
    }
    Ok(best)
}

/// Time and peak memory of a program, by the kernel's own count. `codes` are the exit codes of success.
pub(crate) fn measured(command: &mut Command, codes: &[i32]) -> anyhow::Result<Measured> {
    let begun = Instant::now();
    let mut child = command.current_dir(root()).stdout(Stdio::null()).spawn().context("cannot be run")?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0f64;
    let exit = loop {
        // The high-water mark only grows, so the last reading before the end is it.
        if let Ok(text) = std::fs::read_to_string(&status) {
            let kib = text
                .lines()
                .find_map(|l| l.strip_prefix("VmHWM:"))
                .and_then(|v| v.trim().trim_end_matches(" kB").parse::<f64>().ok());
            peak = peak.max(kib.unwrap_or(0.0) / 1024.0);
        }
        if let Some(exit) = child.try_wait()? {
            break exit;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(exit.code().is_some_and(|code| codes.contains(&code)), "{command:?}: {exit}");
    Ok(Measured { seconds, mib: peak })
}

/// Writes a CSV file of this many rows: those of `base`, repeated with other resources.
pub(crate) fn repeat_rows(python: &Path, base: &Path, out: &Path, rows: usize) -> anyhow::Result<()> {
    let script = r"
import csv, sys
rows, base, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
lines = list(csv.reader(open(base, newline='')))
header, lines = lines[0], lines[1:]
at = header.index('ResourceId')
with open(out, 'w', newline='') as f:
    w = csv.writer(f, lineterminator='\n'); w.writerow(header)
    n = 0
    while n < rows:
        for line in lines:
            if n == rows: break
            if n >= len(lines) and line[at]:
                line = list(line); line[at] += '-%d' % (n // len(lines))
            w.writerow(line); n += 1
";
    run_command(Command::new(python).args(["-c", script]).arg(rows.to_string()).arg(base).arg(out))
}
