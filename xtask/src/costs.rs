//! Questions about cost over a year of charges: the command beside DuckDB over the same Parquet files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::bench::{best, measured, repeat_rows};
use crate::run::{cargo, run as run_command, target};
use crate::tools;

/// A question: its name, the limit of its time in milliseconds, the options of `tollgate costs`, and the same for DuckDB.
struct Question {
    name: &'static str,
    limit: f64,
    options: &'static [&'static str],
    sql: &'static str,
}

/// The limits: the ledger answers under 50 ms, the lake under a second.
const QUESTIONS: [Question; 6] = [
    Question {
        name: "ledger: by service",
        limit: 50.0,
        options: &["--by", "service", "--period", "all"],
        sql: "select ServiceName, sum(EffectiveCost) from charges group by 1 order by 2 desc",
    },
    Question {
        name: "ledger: by team and service, by month",
        limit: 50.0,
        options: &["--by", "team,service", "--period", "all", "--granularity", "month"],
        sql: "select lower(json_extract_string(Tags, '$.team')), ServiceName, date_trunc('month', ChargePeriodStart), sum(EffectiveCost) \
              from charges group by all",
    },
    Question {
        name: "lake: by resource and service, top 20",
        limit: 1000.0,
        options: &["--by", "resource,service", "--period", "all", "--top", "20"],
        sql: "select ResourceId, ServiceName, sum(EffectiveCost) from charges group by all order by 3 desc limit 20",
    },
    Question {
        name: "lake: list cost by service, by month",
        limit: 1000.0,
        options: &["--by", "service", "--metric", "list", "--period", "all", "--granularity", "month"],
        sql: "select ServiceName, date_trunc('month', ChargePeriodStart), sum(ListCost) from charges group by all",
    },
    Question {
        name: "lake: by tag",
        limit: 1000.0,
        options: &["--by", "tag:env", "--period", "all"],
        sql: "select json_extract_string(Tags, '$.env'), sum(EffectiveCost) from charges group by 1",
    },
    Question {
        name: "lake: why, three months against three",
        limit: 2000.0,
        options: &["why", "--by", "service", "--period", "last-3-months"],
        sql: "select ServiceName, SkuMeter, SubAccountId, RegionId, ChargePeriodStart > timestamp '2026-06-01', sum(EffectiveCost), \
              sum(PricingQuantity) from charges group by all",
    },
];

/// Makes a year of charges once, imports it, and asks each question; the fastest run counts.
pub(crate) fn bench(rows: usize, runs: usize, binary: Option<&Path>) -> anyhow::Result<()> {
    let built = target().join("release/tollgate");
    if binary.is_none() {
        run_command(&mut cargo(&["build", "--release", "--package", "tollgate", "--features", "sql"]))?;
    }
    let binary = binary.unwrap_or(&built);
    let python = tools::python(9).context("DuckDB needs Python 3.9 or newer")?;
    let python = tools::venv("duckdb", &python, &tools::DUCKDB)?.join("venv/bin/python");
    let store = store(rows, binary, &python)?;
    let start = best(runs, || measured(Command::new(binary).arg("--version"), &[0]))?;
    println!("\n{:<42} {:>12} {:>10} {:>12} {:>10}", "question", "tollgate ms", "peak MiB", "DuckDB ms", "limit ms");
    let mut slow = Vec::new();
    for question in &QUESTIONS {
        let ask = || {
            let mut command = Command::new(binary);
            measured(command.arg("--store").arg(&store).arg("costs").args(question.options), &[0])
        };
        let ours = best(runs, ask)?;
        let theirs = duckdb(&store, question.sql, runs, &python)?;
        let ms = (ours.seconds - start.seconds) * 1000.0;
        println!("{:<42} {ms:>12.0} {:>10.0} {theirs:>12.0} {:>10.0}", question.name, ours.mib, question.limit);
        if ms > question.limit {
            slow.push(question.name);
        }
    }
    println!(
        "\n{rows} charges. tollgate: opening the store and the question, without the start of the program ({:.0} ms). DuckDB: the query \
         alone, on two threads.",
        start.seconds * 1000.0
    );
    ensure!(slow.is_empty(), "over the limit: {}", slow.join("; "));
    Ok(())
}

/// A store with a year of the demo's charges, repeated to the wanted number with another resource each time.
fn store(rows: usize, binary: &Path, python: &Path) -> anyhow::Result<PathBuf> {
    let folder = target().join(format!("bench/costs-{rows}"));
    let store = folder.join("store");
    if store.join("ledger.db").exists() {
        return Ok(store);
    }
    println!("making {rows} charges of a year");
    std::fs::create_dir_all(&folder)?;
    let (demo, base, all) = (folder.join("demo"), folder.join("base.csv"), folder.join("all.csv"));
    run_command(Command::new(binary).arg("demo").arg(&demo).args(["--days", "365"]).stdout(Stdio::null()))?;
    run_command(Command::new(binary).arg("--store").arg(&demo).args(["export", "focus", "--output"]).arg(&base))?;
    repeat_rows(python, &base, &all, rows)?;
    std::fs::create_dir_all(&store)?;
    std::fs::copy(demo.join("tollgate.hcl"), store.join("tollgate.hcl")).context("the demo has a policy")?;
    run_command(Command::new(binary).arg("--store").arg(&store).arg("ingest").arg(&all).stdout(Stdio::null()))?;
    std::fs::remove_file(&all)?;
    std::fs::remove_dir_all(&demo)?;
    Ok(store)
}

/// The fastest of some runs of a query over the files of a store, in milliseconds.
fn duckdb(store: &Path, sql: &str, runs: usize, python: &Path) -> anyhow::Result<f64> {
    let script = r#"
import duckdb, sys, time
c = duckdb.connect(); c.execute("set threads=2"); c.execute("set enable_progress_bar=false")
c.execute(f"create view charges as select * from read_parquet('{sys.argv[1]}/lake/charges/**/*.parquet', union_by_name=true)")
best = 1e9
for _ in range(int(sys.argv[3])):
    begun = time.perf_counter(); c.execute(sys.argv[2]).fetchall(); best = min(best, time.perf_counter() - begun)
print(best * 1000)
"#;
    let out = Command::new(python).args(["-c", script]).arg(store).arg(sql).arg(runs.to_string()).output()?;
    ensure!(out.status.success(), "DuckDB: {}", String::from_utf8_lossy(&out.stderr));
    Ok(String::from_utf8_lossy(&out.stdout).trim().parse()?)
}
