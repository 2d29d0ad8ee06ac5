//! `tollgate metrics`: the business figures below unit costs.

mod import;

use anyhow::bail;
use serde::Serialize;
use tollgate_analysis::units::daily_figures;
use tollgate_model::business_metric::{MetricChange, MetricMonth, MetricTime};
use tollgate_model::query::{CostPeriod, PeriodCalendar};
use tollgate_model::{Day, DayRange, MetricInterval, Quantity};
use tollgate_pipeline::Context;
use tollgate_policy::{BusinessMetric, MetricFeed, nearest};

use self::import::import;
use crate::args::{Args, Format, MetricsCommand};
use crate::exit::Exit;
use crate::output::{bold, csv, json, table, to_minute};
use crate::print_line;
use crate::setup::open;

/// Days of `show` without a period.
const DAYS: i32 = 30;

/// A metric in a list.
#[derive(Serialize)]
struct MetricRow {
    name: String,
    unit: String,
    interval: &'static str,
    by: Option<String>,
    feed: Option<&'static str>,
    first: Option<MetricTime>,
    last: Option<MetricTime>,
    figures: u64,
    imported_at: Option<String>,
}

/// A day of a metric.
#[derive(Serialize)]
struct FigureRow {
    day: Day,
    value: Option<Quantity>,
    keys: usize,
}

/// A metric with its figures and revisions.
#[derive(Serialize)]
struct MetricDetails {
    name: String,
    unit: String,
    days: Vec<FigureRow>,
    revisions: Vec<MetricMonth>,
}

pub(crate) async fn run(args: &Args, command: Option<&MetricsCommand>) -> anyhow::Result<Exit> {
    match command {
        None => list(args).await,
        Some(MetricsCommand::Import(what)) => import(args, what).await,
        Some(MetricsCommand::Show { name, period }) => show(args, name, period.as_ref()).await,
    }
}

async fn list(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let mut rows = Vec::new();
    for metric in &context.state.policy.metrics {
        let months = context.state.ledger.metric_months(&metric.name).await?;
        let newest = months.iter().map(|(m, _)| m.imported_at).max();
        rows.push(MetricRow {
            name: metric.name.clone(),
            unit: metric.unit.clone(),
            interval: interval_name(metric),
            by: metric.by.clone(),
            feed: metric.feed.as_ref().map(MetricFeed::kind),
            first: months.first().map(|(m, _)| m.first),
            last: months.last().map(|(m, _)| m.last),
            figures: months.iter().map(|(m, _)| m.figures).sum(),
            imported_at: newest.map(|at| at.to_string()),
        });
    }
    match args.format {
        Format::Json => json(&rows)?,
        Format::Csv => csv(&rows)?,
        Format::Text if rows.is_empty() => {
            print_line!("the policy has no metric; docs/guides/unit-costs.md shows how to add one");
        }
        Format::Text => {
            let text = |at: Option<MetricTime>| at.map_or("none".to_owned(), |at| at.to_string());
            let cells = rows.iter().map(|r| {
                let by = r.by.clone().unwrap_or_default();
                let feed = r.feed.unwrap_or("files").to_owned();
                let count = r.figures.to_string();
                vec![
                    r.name.clone(),
                    r.unit.clone(),
                    r.interval.to_owned(),
                    by,
                    feed,
                    text(r.first),
                    text(r.last),
                    count,
                ]
            });
            table(
                &["metric", "unit", "?every", "by", "feed", "first figure", "last figure", "?>figures"],
                cells.collect(),
            );
        }
    }
    Ok(Exit::Success)
}

fn interval_name(metric: &BusinessMetric) -> &'static str {
    match metric.interval {
        MetricInterval::Day => "day",
        MetricInterval::Hour => "hour",
    }
}

fn find<'a>(context: &'a Context, name: &str) -> anyhow::Result<&'a BusinessMetric> {
    let metrics = &context.state.policy.metrics;
    let Some(metric) = metrics.iter().find(|m| m.name == name) else {
        let known: Vec<&str> = metrics.iter().map(|m| m.name.as_str()).collect();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "add a `metric` block to tollgate.hcl".to_owned(),
            None => format!("the metrics are {}", known.join(", ")),
        };
        bail!("there is no metric `{name}`\nhint: {hint}");
    };
    Ok(metric)
}

fn figure(value: Option<Quantity>) -> String {
    value.map_or("unknown".to_owned(), |value| value.to_string())
}

/// A restated figure: its sum before and after; where the sum is the same, its parts changed.
fn restated_text(change: &MetricChange) -> String {
    let (before, after) = (figure(change.before), figure(change.after));
    if before == after {
        return format!("{} restated: {after} in total as before, in other parts", change.at);
    }
    format!("{} restated: {before} to {after}", change.at)
}

async fn show(args: &Args, name: &str, period: Option<&CostPeriod>) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let metric = find(&context, name)?;
    let figures = context.state.ledger.metric_figures(name, None).await?;
    let by_day = daily_figures(&figures, metric.combine, metric.missing);
    let newest = by_day.keys().next_back().copied();
    let first = by_day.keys().next().copied();
    let range = match (period, first, newest) {
        (Some(period), first, newest) => {
            let today = Day::of(context.state.clock.now());
            let (first, newest) = (first.unwrap_or(today), newest.unwrap_or(today));
            let fiscal_start = context.state.policy.defaults.fiscal_year_starts;
            Some(period.days(PeriodCalendar { today, first, newest, fiscal_start })?)
        }
        (None, _, newest) => newest.map(|day| DayRange { start: day.plus(1 - DAYS), end: day.plus(1) }),
    };
    let days = range.into_iter().flat_map(|range| range.days().collect::<Vec<_>>());
    let rows = days.filter(|day| period.is_some() || first.is_some_and(|first| first <= *day)).map(|day| {
        let of_day = by_day.get(&day);
        let total = of_day.map(|keys| keys.values().fold(Quantity::ZERO, |sum, q| sum.saturating_add(*q)));
        FigureRow { day, value: total, keys: of_day.map_or(0, |keys| keys.len()) }
    });
    let details = MetricDetails {
        name: metric.name.clone(),
        unit: metric.unit.clone(),
        days: rows.collect(),
        revisions: context.state.ledger.metric_history(name).await?,
    };
    match args.format {
        Format::Json => json(&details)?,
        Format::Csv => csv(&details.days)?,
        Format::Text => print_details(metric, &details),
    }
    Ok(Exit::Success)
}

fn print_details(metric: &BusinessMetric, details: &MetricDetails) {
    if details.revisions.is_empty() {
        print_line!("metric \"{0}\" has no figure yet; `tollgate metrics import {0}` reads them", metric.name);
        return;
    }
    let by = metric.by.as_ref().map(|by| format!(">{by}"));
    let rows = details.days.iter().map(|row| {
        let mut cells = vec![row.day.to_string(), figure(row.value)];
        cells.extend(by.as_ref().map(|_| row.keys.to_string()));
        cells
    });
    let unit = format!(">{}", metric.unit);
    let mut headers = vec!["day", unit.as_str()];
    headers.extend(by.as_deref());
    table(&headers, rows.collect());
    print_line!("");
    print_line!("{}", bold("Revisions"));
    let rows = details.revisions.iter().rev().take(10).map(|r| {
        vec![
            to_minute(r.imported_at),
            r.month.to_string(),
            r.restatement.added.to_string(),
            r.restatement.times.to_string(),
            r.origin.clone(),
        ]
    });
    table(&["imported", "month", ">new", ">restated", "from"], rows.collect());
    for change in details.revisions.iter().rev().flat_map(|r| &r.restatement.changes).take(10) {
        print_line!("  {}", restated_text(change));
    }
}
