//! The business figures of the demo: orders and revenue by customer, in a CSV file beside the store.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::Day;
use tollgate_model::csv::push_line;
use tollgate_pipeline::Context;
use tollgate_pipeline::units::CsvFigures;
use tollgate_policy::MetricFeed;
use tollgate_sources::business_metrics::{MetricRequest, MetricSource};
use tollgate_sources::demo::Demo;

/// The folder of the file.
pub(super) const METRICS: &str = "metrics";

/// Writes the figures as known on a day, and imports them as `tollgate metrics import` does. The clock does not matter: the demo may be
/// of days to come.
pub(super) async fn import(context: &Context, demo: &Demo, dir: &Path, known: Day) -> anyhow::Result<()> {
    let mut text = String::new();
    push_line(&mut text, &mut ["date", "customer", "orders", "revenue"].into_iter().map(Some));
    for row in demo.orders(known) {
        let cells = [row.day.to_string(), row.customer.to_owned(), row.orders.to_string(), row.revenue.to_string()];
        push_line(&mut text, &mut cells.iter().map(|cell| Some(cell.as_str())));
    }
    std::fs::create_dir_all(dir.join(METRICS))?;
    let path = dir.join(METRICS).join("orders.csv");
    std::fs::write(&path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
    for metric in &context.state.policy.metrics {
        let Some(MetricFeed::Csv { path, columns }) = &metric.feed else { continue };
        let source = CsvFigures::new(dir.join(path), columns);
        let figures = source.read(&MetricRequest { days: demo.range(), interval: metric.interval }).await?;
        let ledger = &context.state.ledger;
        ledger.save_metric_figures(&metric.name, figures, &source.origin(), context.state.clock.now()).await?;
    }
    Ok(())
}
