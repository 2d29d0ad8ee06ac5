//! `tollgate units`: what a unit costs, by period, month and customer.

mod digits;
mod print;

use anyhow::Context as _;
use serde::Serialize;
use tollgate_analysis::units::UnitDay;
use tollgate_model::{Amount, Currency, Day, ForecastDay};
use tollgate_pipeline::units::{UnitQuestion, UnitReport, read_units};

use self::digits::count_text;
use self::print::{note_left_out, print_unit, print_units};
use crate::args::{Args, Format, Units};
use crate::chart::{Chart, Mark, Series, svg};
use crate::exit::Exit;
use crate::output::{csv, json, print_note, width};
use crate::print_line;
use crate::setup::open;

/// A day of a unit in CSV.
#[derive(Serialize)]
struct DayRow<'a> {
    unit: &'a str,
    currency: Currency,
    per: u64,
    #[serde(flatten)]
    day: &'a UnitDay,
}

pub(crate) async fn run(args: &Args, what: &Units) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let question = UnitQuestion { name: what.name.clone(), period: what.period.clone() };
    let reports = read_units(&context.state, &question).await?;
    if let (Some(path), [report]) = (&what.svg, reports.as_slice()) {
        std::fs::write(path, svg(&[chart(report)])?)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        print_note(&format!("wrote {}", path.display()));
        return Ok(Exit::Success);
    }
    match (args.format, reports.as_slice()) {
        (Format::Json, [report]) if what.name.is_some() => json(report)?,
        (Format::Json, all) => json(&all)?,
        (Format::Csv, all) => csv(all.iter().flat_map(day_rows))?,
        (Format::Text, []) => {
            print_line!("the policy has no unit; docs/guides/unit-costs.md shows how to add one");
        }
        (Format::Text, [report]) if what.chart => {
            let columns = width().unwrap_or(110).clamp(60, 200);
            print_line!("{}", chart(report).text(columns).trim_end());
            note_left_out(report);
        }
        (Format::Text, [report]) if what.name.is_some() => print_unit(report, usize::from(what.top)),
        (Format::Text, all) => print_units(all),
    }
    Ok(Exit::Success)
}

fn day_rows(report: &UnitReport) -> Vec<DayRow<'_>> {
    let row = |day| DayRow { unit: report.name.as_str(), currency: report.currency, per: report.per, day };
    report.days.iter().map(row).collect()
}

/// The unit cost of each known day, for as many units that it is at least one.
fn chart(r: &UnitReport) -> Chart {
    let known: Vec<(Day, Amount)> = r.days.iter().filter_map(|d| Some((d.day, d.unit_cost?))).collect();
    let largest = known.iter().map(|(_, a)| a.abs()).max().unwrap_or_default();
    let mut factor = 1i64;
    while factor < 1_000_000_000_000
        && !largest.is_zero()
        && largest.ratio(factor, 1).is_some_and(|a| a < Amount::whole(1))
    {
        factor *= 1000;
    }
    let scaled = |amount: Amount| amount.ratio(factor, 1).unwrap_or(amount);
    let days = known.iter().map(|(day, amount)| (*day, scaled(*amount))).collect();
    let point = |day: &ForecastDay| ForecastDay {
        day: day.day,
        mean: scaled(day.mean),
        low: scaled(day.low),
        high: scaled(day.high),
    };
    // A past period is drawn without the days after it.
    let is_newest = r.forecast.as_ref().is_some_and(|f| r.period.last_day.plus(1) == f.days.start);
    let ahead = r.forecast.iter().filter(|_| is_newest).flat_map(|f| &f.points).map(point).collect();
    let per = r.per.saturating_mul(factor.unsigned_abs());
    let name = if per == 1 { r.unit.clone() } else { format!("{} × {}", count_text(per), r.unit) };
    let marks = known
        .iter()
        .filter(|(day, _)| r.anomalies.iter().any(|a| a.first_day <= *day && *day <= a.last_day))
        .map(|(day, _)| Mark { day: *day })
        .collect();
    Chart {
        title: format!("{}: {} per {name}", r.name, r.currency),
        currency: r.currency,
        series: vec![Series { name: r.name.clone(), days, ahead }],
        marks,
        expected: None,
        normal: None,
    }
}
