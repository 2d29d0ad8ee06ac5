//! Unit costs as tables.

use tollgate_analysis::units::UnitKey;
use tollgate_model::money::grouped;
use tollgate_model::{Amount, Direction};
use tollgate_pipeline::units::UnitReport;

use super::digits::{counted_days, interval, signed, unit_digits, unit_money, unit_name, unit_text, units_text};
use crate::output::{bold, change, dim, money, table};
use crate::print_line;

pub(super) fn print_units(reports: &[UnitReport]) {
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
pub(super) fn note_left_out(report: &UnitReport) {
    let p = &report.period;
    let mut missing = Vec::new();
    if p.days_without_figure > 0 {
        missing.push(format!("{} without a figure of {}", counted_days(p.days_without_figure), report.metric));
    }
    if p.days_without_cost > 0 {
        missing.push(format!("{} without a complete cost", counted_days(p.days_without_cost)));
    }
    if !missing.is_empty() {
        print_line!("  {} {}: {}: unknown, not zero", dim("note:"), report.name, missing.join(", "));
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

pub(super) fn print_unit(r: &UnitReport, top: usize) {
    let p = &r.period;
    print_line!("{}  {} to {}", bold(&r.name), p.first_day, p.last_day);
    let range = interval(p, r.currency);
    let range = if range.is_empty() { String::new() } else { format!(", range {range}") };
    print_line!("  unit cost   {} per {}{range}", unit_text(p.unit_cost, r.currency), unit_name(r));
    print_line!("  cost        {} ({})", money(p.cost, r.currency), r.basis);
    print_line!("  units       {} {}", units_text(p.units), r.metric);
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
            print_line!("  the most expensive tenth ({}) bears {share:.1} % of the cost", d.count.div_ceil(10));
        }
        if let Some(losses) = d.at_a_loss.filter(|n| *n > 0) {
            print_line!("  with a cost above the revenue: {losses}");
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
