//! `tollgate chart`: daily cost, with the days of an incident marked.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use tollgate_model::series::Facet;
use tollgate_model::{Amount, Currency, Day, Incident, IncidentState};
use tollgate_pipeline::{Context, CostGrouping, CostView, daily_costs};

use crate::args::{Args, Chart as ChartArgs, Format};
use crate::chart::{Chart, Mark, Series, svg};
use crate::exit::Exit;
use crate::output::{csv, json, print_note, width};
use crate::print::{AccountNames, account_names, note_currencies};
use crate::print_line;
use crate::setup::open;

/// Lines in an SVG; the rest is summed.
const LINES: usize = 6;

pub(crate) async fn run(args: &Args, what: &ChartArgs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let names = account_names(&context).await?;
    let mut charts = match &what.incident {
        Some(id) => vec![incident_chart(&context, id, what, &names).await?],
        None => cost_charts(&context, what).await?,
    };
    match (args.format, &what.svg) {
        (_, Some(path)) => {
            std::fs::write(path, svg(&charts)?).with_context(|| format!("{}: cannot be written", path.display()))?;
            print_note(&format!("wrote {}", path.display()));
        }
        (Format::Json, None) => {
            let charts: Vec<_> = charts.iter().map(chart_json).collect();
            json(&serde_json::json!({ "charts": charts }))?;
        }
        (Format::Csv, None) => csv(charts.iter().flat_map(csv_rows))?,
        (Format::Text, None) => {
            let width = width().or_else(terminal_width).unwrap_or(110).clamp(60, 200);
            for chart in &mut charts {
                chart.series = vec![sum(std::mem::take(&mut chart.series))];
                print_line!("{}", chart.text(width).trim_end());
            }
        }
    }
    Ok(Exit::Success)
}

fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

fn chart_json(chart: &Chart) -> serde_json::Value {
    let series: Vec<_> = chart.series.iter().map(|s| serde_json::json!({ "name": s.name, "days": s.days })).collect();
    serde_json::json!({ "title": chart.title, "currency": chart.currency, "series": series })
}

/// A row of CSV for each day of each line.
fn csv_rows(chart: &Chart) -> Vec<serde_json::Value> {
    let row = |s: &Series, day: Day, cost: Amount| serde_json::json!({ "day": day, "series": s.name, "cost": cost, "currency": chart.currency });
    chart.series.iter().flat_map(|s| s.days.iter().map(|(day, cost)| row(s, *day, *cost)).collect::<Vec<_>>()).collect()
}

/// A chart for each currency: one, where exchange rates convert the others.
async fn cost_charts(context: &Context, what: &ChartArgs) -> anyhow::Result<Vec<Chart>> {
    let view = CostView::load(context, &what.by, what.currency).await?;
    note_currencies(&view);
    let mut by_currency: BTreeMap<Currency, Vec<Series>> = BTreeMap::new();
    for cost in view.daily(usize::from(what.ahead)) {
        let name = short(&cost.group.label, &what.by);
        let series = Series { name, days: newest_days(cost.days, what.days), ahead: cost.ahead };
        by_currency.entry(cost.currency).or_default().push(series);
    }
    if let Some(wanted) = what.currency {
        let others: Vec<String> = by_currency.keys().filter(|c| **c != wanted).map(ToString::to_string).collect();
        by_currency.retain(|currency, _| *currency == wanted);
        if by_currency.is_empty() {
            bail!("no charges in {wanted}\nhint: the store has charges in {}", others.join(", "));
        }
        if !others.is_empty() {
            print_note(&format!(
                "note: not drawn: cost in {}, without an exchange rate to {wanted}",
                others.join(", ")
            ));
        }
    }
    let weight = |s: &Series| s.days.iter().map(|(_, a)| a.to_f64()).sum::<f64>();
    let mut charts: Vec<Chart> = Vec::new();
    for (currency, mut series) in by_currency {
        series.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        if series.len() > LINES + 1 {
            let rest = sum(series.split_off(LINES));
            series.push(Series { name: "other".to_owned(), ..rest });
        }
        let title = format!("Effective cost a day{}, {currency}", by_name(what));
        charts.push(Chart { title, currency, series, marks: Vec::new(), expected: None, normal: None });
    }
    let total = |chart: &Chart| chart.series.iter().map(weight).sum::<f64>();
    charts.sort_by(|a, b| total(b).total_cmp(&total(a)));
    Ok(charts)
}

/// The grouping in the title of a chart; the terminal draws the total.
fn by_name(what: &ChartArgs) -> String {
    let name = match &what.by {
        CostGrouping::Facets(facets) => facets.last().map(|facet| facet.label().to_owned()),
        CostGrouping::Dimension(name) => Some(name.clone()),
        CostGrouping::Tag(key) => Some(format!("tag {key}")),
    };
    name.filter(|_| what.svg.is_some()).map_or(String::new(), |name| format!(" by {name}"))
}

async fn incident_chart(context: &Context, id: &str, what: &ChartArgs, names: &AccountNames) -> anyhow::Result<Chart> {
    let all: Vec<Incident> =
        context.state.ledger.incidents(&IncidentState::ALL).await?.into_iter().map(|(i, _)| i).collect();
    let Some(incident) = all.into_iter().find(|i| i.id.starts_with(id)) else {
        bail!("there is no incident `{id}`\nhint: `tollgate incidents` lists them");
    };
    let facets: Vec<Facet> = incident.scope.0.keys().copied().collect();
    let found = daily_costs(&context.state, &facets)
        .await?
        .into_iter()
        .find(|(scope, c, _)| *scope == incident.scope && *c == incident.currency);
    let Some((_, currency, mut days)) = found else { bail!("the store no longer holds the charges of {id}") };
    // Some days after the incident, to show the recovery; the rest before it.
    days.retain(|(d, _)| *d <= incident.last.plus(21));
    let days = newest_days(days, what.days);
    let marks = days
        .iter()
        .map(|(d, _)| *d)
        .filter(|d| incident.start <= *d && *d <= incident.last)
        .map(|day| Mark { day })
        .collect();
    Ok(Chart {
        title: format!("{}: {}, {currency} a day", incident.id, names.scope(&incident.scope)),
        currency,
        series: vec![Series { name: names.scope(&incident.scope), days, ahead: Vec::new() }],
        marks,
        expected: Some(incident.expected_per_day),
        normal: incident.usual_per_day,
    })
}

fn newest_days(mut days: Vec<(Day, Amount)>, count: u16) -> Vec<(Day, Amount)> {
    days.split_off(days.len().saturating_sub(usize::from(count)))
}

/// The name of a line without the part that all lines share.
fn short(label: &str, by: &CostGrouping) -> String {
    match by {
        CostGrouping::Facets([_, _, ..]) => label.split_once(" / ").map_or(label, |(_, rest)| rest).to_owned(),
        CostGrouping::Facets(_) | CostGrouping::Dimension(_) | CostGrouping::Tag(_) => label.to_owned(),
    }
}

fn sum(series: Vec<Series>) -> Series {
    let mut days = BTreeMap::new();
    for (day, amount) in series.iter().flat_map(|s| &s.days) {
        let total: &mut Amount = days.entry(*day).or_default();
        *total = total.saturating_add(*amount);
    }
    // Intervals of parts don't add up to the interval of their sum.
    Series { name: "all".to_owned(), days: days.into_iter().collect(), ahead: Vec::new() }
}
