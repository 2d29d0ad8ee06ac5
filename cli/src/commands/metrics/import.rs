//! `tollgate metrics import`: figures from feeds or from a file.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use tollgate_model::text::counted;
use tollgate_model::{Day, DayRange};
use tollgate_pipeline::Context;
use tollgate_pipeline::units::{CsvFigures, MetricImport, import_metric};
use tollgate_policy::{BusinessMetric, FeedColumns, MetricFeed};
use tollgate_sources::business_metrics::MetricSource;
use tollgate_wiring::{FeedParts, metric_source};

use super::{find, restated_text};
use crate::args::{Args, Format, ImportMetrics};
use crate::exit::Exit;
use crate::output::{bold, dim, json, print_note};
use crate::print_line;
use crate::setup::{open, policy, variable};

pub(super) async fn import(args: &Args, what: &ImportMetrics) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let all = &context.state.policy.metrics;
    let metrics: Vec<&BusinessMetric> = match what.names.as_slice() {
        [] => all.iter().filter(|m| m.feed.is_some()).collect(),
        names => names.iter().map(|name| find(&context, name)).collect::<anyhow::Result<_>>()?,
    };
    ensure!(
        !metrics.is_empty(),
        "no metric of the policy has a feed\nhint: name one with --file, or add a feed to its block"
    );
    ensure!(what.file.is_none() || metrics.len() == 1, "--file is for one metric\nhint: import the metrics one by one");
    let folder = policy(args)?.1.as_deref().and_then(Path::parent).map(PathBuf::from).unwrap_or_default();
    let mut imports: Vec<MetricImport> = Vec::new();
    let mut failed = false;
    for metric in metrics {
        match import_one(&context, metric, what, &folder).await {
            Ok(import) => imports.push(import),
            // One feed that fails does not stop the others.
            Err(error) if what.names.len() != 1 => {
                failed = true;
                print_note(&format!("error: {error:#}"));
            }
            Err(error) => return Err(error),
        }
    }
    match args.format {
        Format::Json => json(&imports)?,
        Format::Text | Format::Csv => imports.iter().for_each(print_import),
    }
    Ok(Exit::with_findings(failed))
}

async fn import_one(
    context: &Context,
    metric: &BusinessMetric,
    what: &ImportMetrics,
    folder: &Path,
) -> anyhow::Result<MetricImport> {
    let source = match &what.file {
        Some(file) => Box::new(CsvFigures::new(file.clone(), &file_columns(metric))),
        None => connect(context, metric, folder).await?,
    };
    let today = Day::of(context.state.clock.now());
    let end = what.to.map_or(today, |day| day.plus(1)).min(today);
    let back = i32::try_from(metric.days).unwrap_or(i32::MAX);
    let days = DayRange { start: what.from.unwrap_or(end.plus(-back)), end };
    ensure!(
        !days.is_empty(),
        "no whole day lies between {} and {}\nhint: figures of today are not complete; --from is the first day, --to the last",
        days.start,
        days.end.plus(-1)
    );
    Ok(import_metric(&context.state, metric, source.as_ref(), Some(days)).await?)
}

/// The columns of a file that is named on the command line: those of the feed, where it is a file too.
fn file_columns(metric: &BusinessMetric) -> FeedColumns {
    match &metric.feed {
        Some(MetricFeed::Csv { columns, .. }) => columns.clone(),
        _ => FeedColumns { date: "date".to_owned(), value: "value".to_owned(), by: metric.by.clone() },
    }
}

async fn connect(context: &Context, metric: &BusinessMetric, folder: &Path) -> anyhow::Result<Box<dyn MetricSource>> {
    if let Some(MetricFeed::Sql { query, columns }) = &metric.feed {
        return sql_source(context, query, columns);
    }
    let http = tollgate_wiring::http_client::http_client()?;
    #[cfg(feature = "aws")]
    let config = match metric.feed {
        Some(MetricFeed::CloudWatch { .. }) => crate::aws::config().await,
        _ => Err(anyhow::anyhow!("no feed of AWS")),
    };
    let parts = FeedParts {
        folder,
        secrets: &variable,
        http: &http,
        #[cfg(feature = "aws")]
        aws: config.as_ref().map_err(ToString::to_string),
    };
    match metric_source(metric, &parts).map_err(anyhow::Error::msg)? {
        Some(source) => Ok(source),
        None => bail!(
            "metric \"{0}\" has no feed\nhint: `tollgate metrics import {0} --file FILE`, or add a feed to its block",
            metric.name
        ),
    }
}

#[cfg(feature = "sql")]
fn sql_source(context: &Context, query: &str, columns: &FeedColumns) -> anyhow::Result<Box<dyn MetricSource>> {
    Ok(Box::new(tollgate_pipeline::units::SqlFigures {
        context: context.clone(),
        query: query.to_owned(),
        columns: tollgate_wiring::metric_feeds::figure_columns(columns),
    }))
}

#[cfg(not(feature = "sql"))]
fn sql_source(_: &Context, _: &str, _: &FeedColumns) -> anyhow::Result<Box<dyn MetricSource>> {
    Err(crate::setup::not_built("sql", "SQL"))
}

fn print_import(import: &MetricImport) {
    let restated = &import.restatement;
    let read = counted(import.figures, "figure", "figures");
    let changed = match (restated.added, restated.times) {
        (0, 0) => "nothing changed".to_owned(),
        (added, 0) => format!("{added} new"),
        (0, times) => format!("{times} restated"),
        (added, times) => format!("{added} new, {times} restated"),
    };
    print_line!("{}  {read} from {}: {changed}", bold(&import.metric), import.origin);
    for change in restated.changes.iter().take(10) {
        print_line!("  {}", restated_text(change));
    }
    if restated.times > 10 {
        print_line!(
            "  {}",
            dim(format!("and {} more; `tollgate metrics show {}`", restated.times - 10, import.metric))
        );
    }
    if import.left_out > 0 {
        let count = counted(import.left_out, "figure", "figures");
        print_note(&format!("note: {count} of today or later left out: those days are not over"));
    }
}
