//! `tollgate resources`: one resource, its cost by day and what concerns it.

use anyhow::bail;
use tollgate_model::{Amount, Currency, Day};
use tollgate_pipeline::{IncidentRelation, ResourceFound, ResourceReport, resource_report};

use crate::args::{Args, Format, ResourcesCommand};
use crate::exit::Exit;
use crate::output::{bold, change, csv, dim, json, money, print_note, table};
use crate::print_line;
use crate::setup::open;

/// The width of the bar of a day.
const BAR: usize = 30;

pub(crate) async fn run(args: &Args, command: &ResourcesCommand) -> anyhow::Result<Exit> {
    let ResourcesCommand::Show { resource, days } = command;
    let context = open(args).await?;
    let report = match resource_report(&context, resource, *days).await? {
        ResourceFound::One(report) => report,
        ResourceFound::Several(ids) => {
            bail!("`{resource}` is the end of several resources\nhint: name one of {}", ids.join(", "))
        }
        ResourceFound::None(near) if near.is_empty() => bail!(
            "no charge of the last {days} days names the resource `{resource}`\nhint: --days 366 reads a year; exports need resource ids"
        ),
        ResourceFound::None(near) => bail!(
            "no charge of the last {days} days names the resource `{resource}`\nhint: similar ids are {}",
            near.join(", ")
        ),
    };
    match args.format {
        Format::Json => json(&report)?,
        Format::Csv => csv(&report.days)?,
        Format::Text => print(&report),
    }
    Ok(Exit::Success)
}

fn print(report: &ResourceReport) {
    describe(report);
    print_line!("");
    if report.days.is_empty() {
        print_line!("no charge of {} to {} names it, so its cost is unknown", report.from, report.through);
        print_advice(report);
        return;
    }
    print_days(report);
    let meters: Vec<Vec<String>> = report
        .meters
        .iter()
        .map(|meter| {
            let name = meter.meter.clone().unwrap_or_else(|| dim("unnamed"));
            vec![name, money(meter.cost.billed, meter.cost.currency), money(meter.cost.effective, meter.cost.currency)]
        })
        .collect();
    print_line!("");
    table(&["charged for", ">billed", ">effective"], meters);
    print_incidents(report);
    print_advice(report);
}

/// What the resource is, and its owner.
fn describe(report: &ResourceReport) {
    let name = report.name.as_deref().filter(|name| *name != report.resource);
    print_line!("{}{}", bold(&report.resource), name.map(|name| format!("  {name}")).unwrap_or_default());
    let line = |label: &str, value: Option<String>| {
        if let Some(value) = value {
            print_line!("  {label:<11} {value}");
        }
    };
    let account = report.account.as_ref().map(|id| match &report.account_name {
        Some(name) => format!("{name} ({id})"),
        None => id.clone(),
    });
    line("type", report.kind.clone());
    line("service", (!report.services.is_empty()).then(|| Vec::from_iter(report.services.iter().cloned()).join(", ")));
    line("provider", report.provider.clone());
    line("account", account);
    line("region", report.region.clone());
    for (dimension, value) in &report.dimensions {
        line(dimension, Some(value.clone()));
    }
    let tags: Vec<String> = report.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let tags = if tags.is_empty() { dim("none") } else { tags.join(", ") };
    line("tags", (!report.days.is_empty()).then_some(tags));
    for total in &report.totals {
        let sums = format!(
            "{} effective, {} billed",
            money(total.effective, total.currency),
            money(total.billed, total.currency)
        );
        line("cost", Some(format!("{sums}, {} to {}", report.from, report.through)));
    }
}

/// A line for each day of the report. A day without charges is shown as such.
fn print_days(report: &ResourceReport) {
    for total in &report.totals {
        let of: Vec<(Day, Amount, Amount)> = report
            .days
            .iter()
            .filter(|day| day.cost.currency == total.currency)
            .map(|day| (day.day, day.cost.billed, day.cost.effective))
            .collect();
        let most = of.iter().map(|(.., effective)| effective.to_f64()).fold(0.0, f64::max);
        let rows = (0..=report.through - report.from).map(|number| {
            let day = report.from.plus(number);
            match of.iter().find(|(known, ..)| *known == day) {
                Some((_, billed, effective)) => row(day, *billed, *effective, total.currency, most),
                None => vec![day.to_string(), dim("none"), dim("none"), String::new()],
            }
        });
        table(&["day", ">billed", ">effective", "?bar"], rows.collect());
    }
}

fn row(day: Day, billed: Amount, effective: Amount, currency: Currency, most: f64) -> Vec<String> {
    let length = if most > 0.0 { (effective.to_f64() / most * BAR as f64).round().max(0.0) } else { 0.0 };
    let length = (0..=BAR).rev().find(|n| *n as f64 <= length).unwrap_or_default();
    vec![day.to_string(), money(billed, currency), money(effective, currency), "█".repeat(length)]
}

fn print_incidents(report: &ResourceReport) {
    print_line!("");
    if report.incidents.is_empty() {
        print_line!("no incident of these days concerns it");
        return;
    }
    let rows = report.incidents.iter().map(|found| {
        let incident = &found.incident;
        let relation = match (found.relation, found.share_percent) {
            (IncidentRelation::Cause, Some(share)) => format!("explains {share} %"),
            (IncidentRelation::Cause, None) => "a cause".to_owned(),
            (IncidentRelation::Scope, _) => "in its scope".to_owned(),
        };
        vec![
            incident.id.clone(),
            incident.state.to_string(),
            incident.kind.label().to_owned(),
            format!("{} to {}", incident.start, incident.last),
            change(incident.impact_per_day, incident.currency),
            relation,
        ]
    });
    table(&["incident", "state", "kind", "?days", ">a day", "this resource"], rows.collect());
}

fn print_advice(report: &ResourceReport) {
    print_line!("");
    if report.recommendations.is_empty() {
        print_line!("no recommendation for it");
        return;
    }
    let rows = report.recommendations.iter().map(|found| {
        let saving = &found.advice.saving;
        let between = saving.between.map(|(low, high)| match low == high {
            true => money(low, saving.currency),
            false => format!("{} to {}", money(low, saving.currency), money(high, saving.currency)),
        });
        vec![
            found.advice.id.clone(),
            found.state.as_str().to_owned(),
            between.unwrap_or_else(|| dim("unknown")),
            found.advice.what.clone(),
        ]
    });
    table(&["recommendation", "state", ">a month", "what"], rows.collect());
    print_note("hint: `tollgate plan ID` makes a change plan of a recommendation");
}
