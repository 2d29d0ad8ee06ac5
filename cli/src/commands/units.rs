//! `tollgate units`: what a unit costs, by period, month and customer.

use anyhow::Context as _;
use serde::Serialize;
use tollgate_analysis::units::{UnitDay, UnitKey, UnitPeriod};
use tollgate_model::money::grouped;
use tollgate_model::text::counted;
use tollgate_model::{Amount, Currency, Direction, ForecastDay, Quantity};
use tollgate_pipeline::units::{UnitQuestion, UnitReport, read_units};

use crate::args::{Args, Format, Units};
use crate::chart::{Chart, Mark, Series, svg};
use crate::exit::Exit;
use crate::output::{bold, change, csv, dim, json, money, print_note, table, width};
use crate::print_line;
use crate::setup::open;

/// Digits of a unit cost that people read.
const DIGITS: u32 = 4;

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

/// A unit cost with four digits: `0.01234 USD`; whole cents from 1,000 on.
fn unit_money(amount: Amount, currency: Currency) -> String {
    format!("{} {currency}", unit_digits(amount, currency))
}

fn unit_digits(amount: Amount, currency: Currency) -> String {
    let size = amount.abs();
    let least = u32::try_from(currency.minor_places()).unwrap_or(2);
    let mut places = least;
    // As many places as give four digits, at most those that an amount has.
    let enough =
        |places: u32| size.round(places).units() / 10i128.pow(Amount::PLACES - places) >= 10i128.pow(DIGITS - 1);
    while places < Amount::PLACES && !size.is_zero() && !enough(places) {
        places += 1;
    }
    let text = grouped(amount, places as usize);
    let keep = text.find('.').map_or(text.len(), |point| point + 1 + least as usize);
    let trimmed = text.trim_end_matches('0').len().max(keep.min(text.len()));
    text[..trimmed].trim_end_matches('.').to_owned()
}

fn unit_text(amount: Option<Amount>, currency: Currency) -> String {
    amount.map_or("unknown".to_owned(), |amount| unit_money(amount, currency))
}

/// The interval of a period, where it has a width.
fn interval(period: &UnitPeriod, currency: Currency) -> String {
    match (period.low, period.high) {
        (Some(low), Some(high)) if low != high => {
            format!("{} to {}", unit_digits(low, currency), unit_digits(high, currency))
        }
        _ => String::new(),
    }
}

fn signed(percent: Option<f64>) -> String {
    percent.map_or(String::new(), |p| format!("{p:+.1} %"))
}

/// `order`, or `1,000 orders`-like: the unit as the cost names it.
fn unit_name(report: &UnitReport) -> String {
    if report.per == 1 { report.unit.clone() } else { format!("{} × {}", count_text(report.per), report.unit) }
}

fn count_text(count: u64) -> String {
    i64::try_from(count).map_or(count.to_string(), |count| grouped(Amount::whole(count), 0))
}

/// Units of a period: whole ones, or two places of a mean.
fn units_text(units: Option<Quantity>) -> String {
    let Some(units) = units else { return "unknown".to_owned() };
    let rounded = units.round(2);
    match rounded.to_string().parse::<Amount>() {
        Ok(amount) => {
            let whole = rounded.units() % 10i128.pow(Quantity::PLACES) == 0;
            grouped(amount, if whole { 0 } else { 2 })
        }
        Err(_) => rounded.to_string(),
    }
}

fn print_units(reports: &[UnitReport]) {
    let rows = reports.iter().map(|r| {
        let p = &r.period;
        vec![
            r.name.clone(),
            unit_text(p.unit_cost, r.currency),
            interval(p, r.currency),
            format!("per {}", unit_name(r)),
            signed(r.change_percent),
            grouped(p.cost, 0),
            units_text(p.units),
            r.margin.as_ref().and_then(|m| m.percent).map_or(String::new(), |p| format!("{p:.1} %")),
            r.budget_percent.map_or(String::new(), |p| format!("{p:.0} %")),
            format!("{} to {}", p.first_day, &p.last_day.to_string()[5..]),
        ]
    });
    table(
        &["unit", ">cost", "?interval", "", ">change", ">total cost", ">units", "?>margin", "?>of budget", "?days"],
        rows.collect(),
    );
    for report in reports {
        note_left_out(report);
    }
    print_line!("  {}", dim("change: against as many days before; `tollgate units NAME` shows months and customers"));
}

/// Says which days have no unit cost.
fn note_left_out(report: &UnitReport) {
    let p = &report.period;
    let mut missing = Vec::new();
    if p.days_without_figure > 0 {
        missing.push(format!("{} without a figure of {}", counted_days(p.days_without_figure), report.metric));
    }
    if p.days_without_cost > 0 {
        missing.push(format!("{} without a complete cost", counted_days(p.days_without_cost)));
    }
    if !missing.is_empty() {
        print_line!("  {} {}: {}; they are unknown, not zero", dim("note:"), report.name, missing.join(", "));
    }
    for other in report.not_counted.iter() {
        print_line!(
            "  {} {}: {} is not counted: no exchange rate to {} (`rates` in tollgate.hcl)",
            dim("note:"),
            report.name,
            money(other.amount, other.currency),
            report.currency
        );
    }
}

fn counted_days(count: usize) -> String {
    counted(u32::try_from(count).unwrap_or(u32::MAX), "day", "days")
}

fn print_unit(r: &UnitReport, top: usize) {
    let p = &r.period;
    print_line!("{}  {} to {}", bold(&r.name), p.first_day, p.last_day);
    let range = interval(p, r.currency);
    let range = if range.is_empty() { String::new() } else { format!(", between {range}") };
    print_line!("  unit cost   {} per {}{range}", unit_text(p.unit_cost, r.currency), unit_name(r));
    print_line!("  cost        {} ({})", money(p.cost, r.currency), r.basis);
    print_line!("  units       {} {}", units_text(p.units), r.unit);
    if let Some(previous) = &r.previous {
        let days = counted_days(previous.known_days);
        let before = unit_text(previous.unit_cost, r.currency);
        print_line!("  before      {before} in the {days} before ({})", signed(r.change_percent));
    }
    if let (Some(budget), percent) = (&r.budget, r.budget_percent) {
        let share = percent.map_or("unknown".to_owned(), |p| format!("{p:.1} % of it"));
        print_line!("  budget      {}: {share}", unit_money(budget.amount, r.currency));
    }
    if let Some(f) = &r.forecast {
        let (low, high) = (unit_digits(f.low, r.currency), unit_digits(f.high, r.currency));
        let days = counted_days(usize::try_from(f.days.len()).unwrap_or(0));
        print_line!(
            "  forecast    {} in the next {days}, 90 % interval {low} to {high}",
            unit_money(f.mean, r.currency)
        );
    }
    if let Some(m) = &r.margin {
        let percent = m.percent.map_or(String::new(), |p| format!(" ({p:.1} %)"));
        let missing = match m.days_without_revenue {
            0 => String::new(),
            days => format!("; {} without a revenue left out", counted_days(days)),
        };
        let (revenue, cost) = (money(m.revenue, r.currency), money(m.cost, r.currency));
        print_line!("  margin      {}{percent}: {revenue} less {cost}{missing}", money(m.margin, r.currency));
    }
    note_left_out(r);
    print_months(r);
    print_keys(r, top);
    print_anomalies(r);
}

fn print_months(r: &UnitReport) {
    print_line!("");
    print_line!("{}", bold("Months"));
    let rows = r.months.iter().map(|m| {
        vec![
            m.first_day.month().to_string(),
            unit_text(m.unit_cost, r.currency),
            interval(m, r.currency),
            grouped(m.cost, 0),
            units_text(m.units),
            format!("{} of {}", m.known_days, counted_days(m.known_days + m.days_without_cost + m.days_without_figure)),
        ]
    });
    table(&["month", ">cost per unit", "?interval", ">cost", ">units", "?known"], rows.collect());
}

fn print_keys(r: &UnitReport, top: usize) {
    let Some(by) = &r.by else { return };
    print_line!("");
    print_line!("{}", bold(format!("Cost per {by}")));
    if let Some(d) = &r.distribution {
        let [low, middle, high, most] = [d.p10, d.median, d.p90, d.largest].map(|a| grouped(a, 2));
        print_line!(
            "  {} with a cost: a tenth up to {low}, half up to {middle}, nine tenths up to {high}, the most {most} {}",
            d.count,
            r.currency
        );
        if let Some(share) = d.top_tenth_percent {
            print_line!("  the most expensive tenth bears {share:.1} % of the cost");
        }
        if let Some(losses) = d.at_a_loss.filter(|n| *n > 0) {
            print_line!("  {losses} cost more than their revenue");
        }
    }
    let (bearing, nobody): (Vec<&UnitKey>, Vec<&UnitKey>) = r.keys.iter().partition(|k| k.key.is_some());
    let mut rows: Vec<Vec<String>> = bearing.iter().take(top).map(|k| key_row(k, r)).collect();
    if bearing.len() > top {
        let rest = &bearing[top..];
        let sum = rest.iter().fold(Amount::ZERO, |sum, k| sum.saturating_add(k.cost));
        let name = format!("other ({})", rest.len());
        rows.push(vec![name, grouped(sum, 2), String::new(), String::new(), String::new(), String::new()]);
    }
    rows.extend(nobody.into_iter().map(|k| key_row(k, r)));
    table(&[by.as_str(), ">cost", ">share", ">units", ">cost per unit", "?>margin"], rows);
}

fn key_row(key: &UnitKey, r: &UnitReport) -> Vec<String> {
    let margin = key.margin.as_ref().map_or(String::new(), |m| {
        format!("{}{}", change(m.margin, r.currency), m.percent.map_or(String::new(), |p| format!(" ({p:.0} %)")))
    });
    vec![
        key.key.clone().unwrap_or_else(|| dim("(not divided)")),
        grouped(key.cost, 2),
        key.percent.map_or(String::new(), |p| format!("{p:.1} %")),
        if key.key.is_some() { units_text(key.units) } else { String::new() },
        if key.key.is_some() { unit_text(key.unit_cost, r.currency) } else { String::new() },
        margin,
    ]
}

fn print_anomalies(r: &UnitReport) {
    if r.anomalies.is_empty() {
        return;
    }
    print_line!("");
    print_line!("{}", bold("Anomalies"));
    let rows = r.anomalies.iter().map(|a| {
        let last =
            if a.first_day == a.last_day { String::new() } else { format!(" to {}", &a.last_day.to_string()[5..]) };
        let direction = if a.direction == Direction::Up { "up" } else { "down" };
        vec![
            format!("{}{last}", a.first_day),
            direction.to_owned(),
            unit_money(a.actual, r.currency),
            unit_digits(a.expected, r.currency),
            change(a.impact, r.currency),
        ]
    });
    table(&["days", "", ">cost per unit", ">expected", ">impact"], rows.collect());
}

/// The unit cost of each known day, for as many units that it is at least one.
fn chart(r: &UnitReport) -> Chart {
    let known: Vec<(tollgate_model::Day, Amount)> = r.days.iter().filter_map(|d| Some((d.day, d.unit_cost?))).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_cost_is_shown_with_four_digits() {
        for (amount, shown) in [
            ("0.0000123456", "0.00001235"),
            ("0.5", "0.50"),
            ("0.0123", "0.0123"),
            ("12.34567", "12.35"),
            ("1.23456", "1.235"),
            ("12345.678", "12,345.68"),
            ("0", "0.00"),
            ("-0.00123", "-0.00123"),
        ] {
            assert_eq!(unit_digits(amount.parse().unwrap(), Currency::USD), shown, "{amount}");
        }
    }
}
