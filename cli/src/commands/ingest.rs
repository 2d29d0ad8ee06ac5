//! `tollgate ingest`: read, prove, make current.

use std::process::ExitCode;

use tollgate_model::Totals;
use tollgate_model::limits::NAMED_REJECTIONS;
use tollgate_pipeline::{FileReport, IngestReport, Outcome, PeriodReport, announce, ingest, open_files};

use crate::args::{Args, Format, Ingest};
use crate::output::{FOUND, bold, change, dim, json, money, note, table};
use crate::say;
use crate::setup::{create, ingest_options, progress};

/// Rejected rows that are named on a terminal; JSON names more.
const NAMED: usize = 20;

pub(crate) async fn run(args: &Args, what: &Ingest) -> anyhow::Result<ExitCode> {
    let context = create(args).await?;
    let options = ingest_options(&what.options);
    let inputs = open_files(&what.files, &options.read)?;
    let report = ingest(&context, inputs, &options, progress()).await?;
    announce(&context).await?;
    match args.format {
        Format::Json => json(&report)?,
        Format::Text | Format::Csv => print(&report),
    }
    Ok(if report.rejected() > 0 { ExitCode::from(FOUND) } else { ExitCode::SUCCESS })
}

pub(crate) fn print(report: &IngestReport) {
    for file in &report.files {
        print_file(file);
    }
    say!("");
    say!("{}", bold("Proof: BilledCost and EffectiveCost, as read and as summed again from the files written"));
    let mut rows = Vec::new();
    for period in &report.periods {
        rows.extend(proof(period));
    }
    table(&["source", "period", ">rows", "cost", ">read", ">in the lake", ""], rows);
    for period in &report.periods {
        print_changes(period);
    }
}

fn print_file(file: &FileReport) {
    say!("{}  {}", bold(&file.input), dim(&file.format));
    say!("  {} rows read = {} kept + {} rejected", file.rows_read, file.rows_kept, file.rows_rejected);
    for (name, read, rejected) in [
        ("BilledCost", &file.billed_read, &file.billed_rejected),
        ("EffectiveCost", &file.effective_read, &file.effective_rejected),
    ] {
        for sum in read.iter() {
            let out = rejected.get(sum.currency);
            let kept = sum.amount.saturating_sub(out);
            say!("  {name} {} {} read = {kept} kept + {out} rejected", sum.amount, sum.currency);
        }
    }
    match file.unknown_costs {
        0 => {}
        1 => say!("  one rejected row has a cost that could not be read: that cost is in none of these sums"),
        count => {
            say!("  {count} rejected rows have costs that could not be read: those costs are in none of these sums")
        }
    }
    for said in &file.notes {
        say!("  {} {said}", dim("note:"));
    }
    for rejection in file.rejections.iter().take(NAMED) {
        let column = rejection.column.as_deref().map(|c| format!(" {c}")).unwrap_or_default();
        note(&format!("{}:{}:{column} {}", file.input, rejection.line, rejection.reason));
    }
    let named = file.rejections.len().min(NAMED) as u64;
    if file.rows_rejected > named {
        let most = NAMED_REJECTIONS.value;
        note(&format!("and {} more rejected rows; --format json names the first {most}", file.rows_rejected - named));
    }
}

fn proof(period: &PeriodReport) -> Vec<Vec<String>> {
    let totals = &period.totals;
    let mut rows = Vec::new();
    for (name, read, lake) in [
        ("billed", &totals.billed_read, &totals.billed_lake),
        ("effective", &totals.effective_read, &totals.effective_lake),
    ] {
        for sum in read.iter() {
            let there = lake.get(sum.currency);
            rows.push(vec![
                period.revision.source.to_string(),
                period.revision.period.to_string(),
                totals.rows.to_string(),
                name.to_owned(),
                format!("{} {}", sum.amount, sum.currency),
                format!("{there} {}", sum.currency),
                if there == sum.amount { "=".to_owned() } else { "DIFFERS".to_owned() },
            ]);
        }
    }
    rows
}

fn print_changes(period: &PeriodReport) {
    let name = format!("{} {}", period.revision.source, period.revision.period);
    match period.outcome {
        Outcome::New => say!("{name}: new, {} series", period.series),
        Outcome::Unchanged => say!("{name}: unchanged; the same content was there already"),
        Outcome::Replaced => say!("{name}: replaced, {} series", period.series),
    }
    let restated = &period.restatement;
    if let (Some(first), Some(last)) = (restated.days.first(), restated.days.last()) {
        let days = restated.days.len();
        let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
        say!(
            "  restated: {days} day{} ({span}) in {} series{}, effective {}",
            if days == 1 { "" } else { "s" },
            restated.series,
            if restated.vanished > 0 { format!(", {} of them gone", restated.vanished) } else { String::new() },
            sums(&restated.effective)
        );
    }
    for (corrected, totals) in &period.corrections {
        say!("  corrections of {corrected}: {}", sums(totals));
    }
}

fn sums(totals: &Totals) -> String {
    let parts: Vec<String> = totals.iter().map(|m| change(m.amount, m.currency)).collect();
    if parts.is_empty() {
        money(tollgate_model::Amount::ZERO, tollgate_model::Currency::UNKNOWN)
    } else {
        parts.join(", ")
    }
}
