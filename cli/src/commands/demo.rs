//! `tollgate demo`: a year of generated charges, their analysis, and commands to try next.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use tollgate_model::csv::push_line;
use tollgate_model::focus::ColumnType;
use tollgate_model::{Amount, BillingPeriod, ChargeBatch, Column, Day, Quantity, Totals};
use tollgate_pipeline::{Context, IngestOptions, IngestReport, detect, ingest, open_files};
use tollgate_sources::ReadOptions;
use tollgate_sources::demo::{CLOUDS, Cloud, Demo};

use crate::args::{Args, Demo as DemoArgs, Format};
use crate::exit::Exit;
use crate::output::{bold, dim, money, print_note};
use crate::print_line;
use crate::setup::{POLICY, Store, create, progress};
use crate::summary;

/// The number of days before the end at which the demo imports for the first time, so that later exports restate days.
const EARLY_DAYS: i32 = 4;

/// The policy that the demo writes beside its charges.
const DEMO_POLICY: &str = include_str!("demo_policy.hcl");

pub(crate) async fn run(args: &Args, what: &DemoArgs) -> anyhow::Result<Exit> {
    let demo = Demo { seed: what.seed, start: what.start, days: what.days, size: what.size };
    make_folder(&what.dir)?;
    let files = Files::write(&what.dir, demo)?;
    let text = args.format == Format::Text;
    let args = Args {
        store: what.dir.clone(),
        config: None,
        format: args.format,
        color: args.color,
        command: crate::args::Command::Budgets { command: None },
    };
    let context = create(&args).await?;

    let early = import_files(&context, &files.early_exports).await?;
    Box::pin(detect(&context)).await?;
    let late = import_files(&context, &files.final_exports).await?;
    if text {
        print_imports(&demo, &files, &early, &late);
    }
    summary::run(&args, &context).await?;
    if text {
        print_next_steps(&what.dir, &files, &demo);
    }
    Ok(Exit::Success)
}

/// Prepares an empty folder, or one from an earlier demo.
fn make_folder(dir: &Path) -> anyhow::Result<()> {
    let store = Store::at(dir);
    let truth = dir.join("truth.json");
    if dir.exists() && std::fs::read_dir(dir)?.next().is_some() {
        anyhow::ensure!(
            truth.exists(),
            "{}: the folder is not empty and not from an earlier demo\nhint: name another: `tollgate demo DIR`",
            dir.display()
        );
        // Removes only what a demo creates.
        for old in [store.lake, dir.join("exports")] {
            if old.exists() {
                std::fs::remove_dir_all(old)?;
            }
        }
        for old in ["ledger.db", "ledger.db-wal", "ledger.db-shm", "truth.json", POLICY] {
            let old = dir.join(old);
            if old.exists() {
                std::fs::remove_file(old)?;
            }
        }
    }
    std::fs::create_dir_all(dir.join("exports")).with_context(|| format!("{}: cannot be created", dir.display()))
}

async fn import_files(context: &Context, files: &[PathBuf]) -> anyhow::Result<IngestReport> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let options = IngestOptions { source: None, read: ReadOptions::default(), strict: true, workers };
    let inputs = open_files(files, &options.read)?;
    Ok(ingest(context, inputs, &options, progress()).await?)
}

struct Files {
    /// The exports as they were some days before the end.
    early_exports: Vec<PathBuf>,
    /// The last exports.
    final_exports: Vec<PathBuf>,
}

impl Files {
    fn write(dir: &Path, demo: Demo) -> anyhow::Result<Self> {
        let last = demo.range().end.plus(-1);
        let early = last.plus(-EARLY_DAYS);
        let mut jobs: Vec<(PathBuf, Cloud, BillingPeriod, Day)> = Vec::new();
        let (mut early_exports, mut final_exports) = (Vec::new(), Vec::new());
        let exports = dir.join("exports");
        for period in demo.periods() {
            for cloud in CLOUDS {
                // Months that were final at the first import are exported once.
                let settled = period.next().first_day() < early.plus(-10);
                let name = |known: Day| exports.join(format!("{}-{period}-as-of-{known}.csv.gz", cloud.name()));
                if period.first_day() <= early {
                    let path = name(if settled { last } else { early });
                    jobs.push((path.clone(), cloud, period, if settled { last } else { early }));
                    early_exports.push(path);
                }
                if !settled {
                    jobs.push((name(last), cloud, period, last));
                    final_exports.push(name(last));
                }
            }
        }
        if crate::output::is_terminal() {
            print_note(&format!("writing {} exports of a year to {}", jobs.len(), exports.display()));
        }
        let (one, two): (Vec<_>, Vec<_>) = jobs.into_iter().enumerate().partition(|(i, _)| i % 2 == 0);
        std::thread::scope(|scope| {
            let write = |jobs: Vec<(usize, (PathBuf, Cloud, BillingPeriod, Day))>| {
                jobs.into_iter().try_for_each(|(_, (path, cloud, period, known))| {
                    write_csv(&path, &demo.charges(cloud, period, known))
                })
            };
            let other = scope.spawn(move || write(two));
            write(one)?;
            other.join().map_err(|_| anyhow::anyhow!("writing the exports stopped unexpectedly"))?
        })?;
        std::fs::write(dir.join("truth.json"), serde_json::to_string_pretty(&demo.known_anomalies())?)?;
        std::fs::write(dir.join(POLICY), DEMO_POLICY)?;
        Ok(Self { early_exports, final_exports })
    }
}

/// FOCUS 1.2 as providers export it: CSV, gzipped.
fn write_csv(path: &Path, batch: &ChargeBatch) -> anyhow::Result<()> {
    let mut text = String::new();
    push_line(&mut text, &mut Column::ALL.iter().map(|c| Some(c.name())));
    for row in 0..batch.rows() {
        let cells: Vec<Option<String>> = Column::ALL
            .iter()
            .map(|column| match column.column_type() {
                ColumnType::Text => batch.text(*column).and_then(|c| c.get(row)).map(str::to_owned),
                ColumnType::Amount => {
                    batch.decimals(*column).and_then(|d| d.get::<{ Amount::PLACES }>(row)).map(|a| a.to_string())
                }
                ColumnType::Quantity => {
                    batch.decimals(*column).and_then(|d| d.get::<{ Quantity::PLACES }>(row)).map(|q| q.to_string())
                }
                ColumnType::Time => {
                    batch.times(*column).and_then(|t| t.get(row)).map(|s| tollgate_model::period::format_second(*s))
                }
            })
            .collect();
        push_line(&mut text, &mut cells.iter().map(Option::as_deref));
    }
    let file = std::fs::File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    let mut gzip = GzEncoder::new(file, Compression::fast());
    gzip.write_all(text.as_bytes())?;
    gzip.finish()?;
    Ok(())
}

fn print_imports(demo: &Demo, files: &Files, early: &IngestReport, late: &IngestReport) {
    let rows: u64 = early.files.iter().chain(&late.files).map(|f| f.rows_read).sum();
    let range = demo.range();
    print_line!("{}", bold(format!("Larkspur Robotics, {} to {}, on three clouds", range.start, range.end.plus(-1))));
    print_line!(
        " {} exports, {rows} charges read, {rows} kept, 0 rejected; sums in the lake equal the sums read, to the last digit",
        files.early_exports.len() + files.final_exports.len()
    );
    let mut restated = Totals::default();
    let mut days = std::collections::BTreeSet::new();
    for period in &late.periods {
        days.extend(period.restatement.days.iter().copied());
        // Sums for people; one that leaves the range is left out.
        let _ = restated.merge(&period.restatement.effective);
    }
    let sums: Vec<String> = restated.iter().map(|m| money(m.amount, m.currency)).collect();
    if !days.is_empty() {
        print_line!(
            " the last exports restated {} earlier days by {}; a restatement is not an anomaly",
            days.len(),
            sums.join(", ")
        );
    }
}

fn print_next_steps(dir: &Path, files: &Files, demo: &Demo) {
    let store = dir.display();
    print_line!("");
    print_line!("{}", bold("Try next"));
    print_line!(" {store}/truth.json lists the {} incidents in the generated data.", demo.known_anomalies().len());
    let commands = [
        ("incidents", "list incidents; `incidents show ID` explains one"),
        ("chart", "draw the last 90 days; `chart ID` marks the days of an incident, --svg FILE writes an SVG"),
        ("budgets", "show the budgets of the policy file in that folder"),
        ("forecast --by service", "forecast the cost of each service"),
        ("reconcile", "compare the lake with its inputs and the ledger"),
    ];
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, what) in commands {
        print_line!("  tollgate --store {store} {command:width$}   {}", dim(format!("# {what}")));
    }
    if cfg!(feature = "sql") {
        print_line!(
            "  tollgate --store {store} sql \"select ServiceName, sum(EffectiveCost) c from charges group by 1 order by c desc limit 5\""
        );
    }
    if let Some(example) = files.final_exports.first() {
        print_line!(
            "  tollgate --store {store} ingest {}   {}",
            example.display(),
            dim("# import the same content again: nothing changes")
        );
    }
    print_line!(" {}", dim("If `tollgate` is not installed, use `cargo run --release --` instead."));
}
