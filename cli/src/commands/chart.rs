//! `tollgate chart`: daily cost, with the days of an incident marked.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use tollgate_model::series::Facet;
use tollgate_model::{Currency, Day, Incident, IncidentState};
use tollgate_pipeline::{Context, daily_costs, forecast_costs};

use crate::args::{Args, Chart as ChartArgs, Format, GroupBy};
use crate::chart::{Chart, Mark, Series};
use crate::exit::Exit;
use crate::output::{json, print_note};
use crate::print::{AccountNames, account_names};
use crate::print_line;
use crate::setup::open;

/// Lines in an SVG; the rest is summed.
const LINES: usize = 6;

pub(crate) async fn run(args: &Args, what: &ChartArgs) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let names = account_names(&context).await?;
    let mut chart = match &what.incident {
        Some(id) => incident_chart(&context, id, what, &names).await?,
        None => cost_chart(&context, what, &names).await?,
    };
    if args.format == Format::Json {
        let series: Vec<_> =
            chart.series.iter().map(|s| serde_json::json!({ "name": s.name, "days": s.days })).collect();
        json(&serde_json::json!({ "title": chart.title, "currency": chart.currency, "series": series }))?;
        return Ok(Exit::Success);
    }
    match &what.svg {
        Some(path) => {
            std::fs::write(path, chart.svg()?).with_context(|| format!("{}: cannot be written", path.display()))?;
            print_note(&format!("wrote {}", path.display()));
        }
        None => {
            let width = terminal_size::terminal_size().map_or(110, |(w, _)| usize::from(w.0)).clamp(60, 200);
            chart.series = vec![sum(std::mem::take(&mut chart.series))];
            print_line!("{}", chart.text(width).trim_end());
        }
    }
    Ok(Exit::Success)
}

async fn cost_chart(context: &Context, what: &ChartArgs, names: &AccountNames) -> anyhow::Result<Chart> {
    let all = daily_costs(&context.state, what.by.facets()).await?;
    let currency = match what.currency {
        Some(currency) => currency,
        None => {
            most_frequent(all.iter().map(|(_, c, days)| (*c, days.len()))).context("the store holds no charges yet")?
        }
    };
    let currencies: BTreeSet<Currency> = all.iter().map(|(_, c, _)| *c).collect();
    let currencies: Vec<&str> = currencies.iter().map(Currency::as_str).collect();
    let mut forecasts = match what.ahead {
        0 => Vec::new(),
        days => forecast_costs(&context.state, what.by.facets(), usize::from(days)).await?,
    };
    let mut series: Vec<Series> = all
        .into_iter()
        .filter(|(_, c, _)| *c == currency)
        .map(|(scope, _, days)| Series {
            name: short(&names.scope(&scope), what.by),
            days: newest_days(days, what.days),
            ahead: forecasts
                .iter_mut()
                .find(|f| f.scope == scope && f.currency == currency)
                .map(|f| std::mem::take(&mut f.days))
                .unwrap_or_default(),
        })
        .collect();
    if series.is_empty() {
        bail!("no charges in {currency}\nhint: the store has charges in {}", currencies.join(", "));
    }
    let weight = |s: &Series| s.days.iter().map(|(_, a)| a.to_f64()).sum::<f64>();
    series.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    if series.len() > LINES + 1 {
        let rest = sum(series.split_off(LINES));
        series.push(Series { name: "other".to_owned(), ..rest });
    }
    let by = if what.by == GroupBy::Total { String::new() } else { format!(" by {}", what.by.as_str()) };
    Ok(Chart {
        title: format!("Effective cost a day{by}, {currency}"),
        currency,
        series,
        marks: Vec::new(),
        expected: None,
        normal: None,
    })
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

fn newest_days(mut days: Vec<(Day, tollgate_model::Amount)>, count: u16) -> Vec<(Day, tollgate_model::Amount)> {
    days.split_off(days.len().saturating_sub(usize::from(count)))
}

/// The name of a line without the part that all lines share.
fn short(scope: &str, by: GroupBy) -> String {
    match by {
        GroupBy::Total | GroupBy::Provider => scope.to_owned(),
        GroupBy::Account | GroupBy::Service | GroupBy::Region => {
            scope.split_once(" / ").map_or(scope, |(_, rest)| rest).to_owned()
        }
    }
}

fn sum(series: Vec<Series>) -> Series {
    let mut days = std::collections::BTreeMap::new();
    for (day, amount) in series.iter().flat_map(|s| &s.days) {
        let total: &mut tollgate_model::Amount = days.entry(*day).or_default();
        *total = total.saturating_add(*amount);
    }
    // Intervals of parts don't add up to the interval of their sum.
    Series { name: "all".to_owned(), days: days.into_iter().collect(), ahead: Vec::new() }
}

fn most_frequent(currencies: impl Iterator<Item = (Currency, usize)>) -> Option<Currency> {
    let mut counts: std::collections::BTreeMap<Currency, usize> = std::collections::BTreeMap::new();
    currencies.for_each(|(c, n)| *counts.entry(c).or_default() += n);
    counts.into_iter().max_by_key(|(_, n)| *n).map(|(c, _)| c)
}
