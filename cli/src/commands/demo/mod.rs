//! `tollgate demo`: a year of generated charges, their analysis, recommendations, a plan that waits for approval, a Terraform change
//! that crosses a budget, and commands to try next. Nothing needs an account.

mod change;
mod folder;
mod metrics;
mod next_steps;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use tollgate_model::csv::push_line;
use tollgate_model::focus::ColumnType;
use tollgate_model::{Amount, BillingPeriod, ChargeBatch, Column, Day, Quantity, Totals};
use tollgate_pipeline::{Context, IngestOptions, IngestReport, detect, ingest, open_files};
use tollgate_sources::demo::{CLOUDS, Cloud, Demo};

use crate::args::{Args, Demo as DemoArgs, Format};
use crate::exit::Exit;
use crate::output::{bold, grouped_count, money, print_note};
use crate::print_line;
use crate::setup::{INVENTORY, POLICY, create, open, progress};
use crate::summary;

use folder::Prepared;

/// The number of days before the end at which the demo imports for the first time, so that later exports restate days.
const EARLY_DAYS: i32 = 4;

/// The policy that the demo writes beside its charges.
const DEMO_POLICY: &str = include_str!("policy.hcl");

/// The inventory of its AWS accounts.
const DEMO_INVENTORY: &str = include_str!("inventory.json");

/// The folder of a Terraform change for `policy-gate`, and its files.
const TERRAFORM: &str = "terraform";
const DEMO_CHANGE: [(&str, &str); 2] =
    [("main.tf", include_str!("terraform/main.tf")), ("plan.json", include_str!("terraform/plan.json"))];

pub(crate) async fn run(args: &Args, what: &DemoArgs) -> anyhow::Result<Exit> {
    let demo = Demo { seed: what.seed, start: what.start, days: what.days, size: what.size };
    let prepared = folder::prepare(&what.dir, what.reset).await?;
    let text = args.format == Format::Text;
    let args = Args {
        store: what.dir.clone(),
        config: None,
        file_format: args.file_format,
        format: args.format,
        color: args.color,
        wide: args.wide,
        command: crate::args::Command::Budgets { command: None },
    };
    if prepared == Prepared::Used {
        return show_used(&args).await;
    }
    let files = Files::write(&what.dir, demo)?;
    let context = create(&args).await?;

    let early = import_files(&context, &files.early_exports).await?;
    metrics::import(&context, &demo, &what.dir, demo.range().end.plus(-1 - EARLY_DAYS)).await?;
    Box::pin(detect(&context)).await?;
    let late = import_files(&context, &files.final_exports).await?;
    metrics::import(&context, &demo, &what.dir, demo.range().end.plus(-1)).await?;
    if text {
        print_imports(&demo, &files, &early, &late);
    }
    summary::run(&args, &context).await?;
    let made = change::propose(&args, &context).await?;
    change::write_budgets(&context, &what.dir).await?;
    folder::mark_whole(&what.dir, &context).await?;
    if text {
        next_steps::print(&what.dir, &context, &made).await?;
    }
    Ok(Exit::Success)
}

/// Shows a demo that was used, as it is now.
async fn show_used(args: &Args) -> anyhow::Result<Exit> {
    print_note(&format!(
        "{0}: this demo was used and stays as it is; `tollgate demo {0} --reset` writes it again",
        args.store.display()
    ));
    let context = open(args).await?;
    summary::run(args, &context).await?;
    Ok(Exit::Success)
}

async fn import_files(context: &Context, files: &[PathBuf]) -> anyhow::Result<IngestReport> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let options = IngestOptions { strict: true, workers, ..IngestOptions::default() };
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
        std::fs::write(dir.join(INVENTORY), DEMO_INVENTORY)?;
        std::fs::create_dir_all(dir.join(TERRAFORM))?;
        for (name, text) in DEMO_CHANGE {
            std::fs::write(dir.join(TERRAFORM).join(name), text)?;
        }
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
        " {} exports, {1} charges read, {1} kept, 0 rejected; sums in the lake equal the sums read, to the last digit",
        files.early_exports.len() + files.final_exports.len(),
        grouped_count(rows)
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
