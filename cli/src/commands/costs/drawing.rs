//! An answer as SVG: a line for each of the largest groups, and one for the others.

use std::path::Path;

use anyhow::Context as _;
use tollgate_model::Day;
use tollgate_model::query::{CostField, CostQuery, Granularity};
use tollgate_pipeline::Context;

use crate::chart::{Chart, Series, svg};
use crate::exit::Exit;
use crate::output::{print_note, write_line};

/// Lines of a drawing, besides that of the others.
const LINES: u32 = 6;

/// Writes the costs of a query over time; `-` is standard output. Without a granularity they are drawn by day.
pub(super) async fn write(context: &Context, query: CostQuery, path: &Path) -> anyhow::Result<Exit> {
    let mut query = CostQuery { compare: None, ..query };
    if matches!(query.granularity, Granularity::Total | Granularity::Hour) {
        query.granularity = Granularity::Day;
    }
    query.top = Some(query.top.unwrap_or(LINES).min(LINES));
    let answer = super::ask(context, &query).await?;
    let by: Vec<String> = query.group_by.iter().map(CostField::label).collect();
    let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
    let mut charts = Vec::new();
    for total in &answer.totals {
        let mut series = Vec::new();
        for row in answer.rows.iter().filter(|row| row.currency == total.currency) {
            let days: Vec<(Day, _)> =
                answer.buckets.iter().zip(&row.buckets).filter_map(|(b, cost)| Some((b.first_day, (*cost)?))).collect();
            series.push(Series { name: row.label(), days, ahead: Vec::new() });
        }
        let metric = super::table::capital(&query.metric.to_string());
        let title = format!("{metric} cost a {}{by}, {}", query.granularity, total.currency);
        charts.push(Chart { title, currency: total.currency, series, marks: Vec::new(), expected: None, normal: None });
    }
    anyhow::ensure!(
        !charts.is_empty(),
        "no charges in this period meet the filters\nhint: `tollgate store info` lists the months of the store"
    );
    let text = svg(&charts)?;
    if path == Path::new("-") {
        write_line(&text);
    } else {
        std::fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))?;
        print_note(&format!("wrote {}", path.display()));
    }
    super::notes(&answer);
    Ok(Exit::Success)
}
