//! `tollgate ingest`: read billing files, verify their sums, make them current.

mod deliveries;
mod summary;

use tollgate_model::Totals;
use tollgate_model::limits::NAMED_REJECTIONS;
use tollgate_model::text::counted;
use tollgate_pipeline::{
    DatasetReport, FileReport, ImportOutcome, IngestOptions, IngestReport, PeriodReport, announce_revisions, ingest,
    keep_datasets, open_files, separate_datasets,
};

use crate::args::{Args, Format, Ingest};
use crate::exit::Exit;
use crate::output::{bold, change, dim, json, money, print_note, table};
use crate::print_line;
use crate::setup::{create, ingest_options, open_for_check, progress};

/// Rejected rows listed on a terminal; JSON lists more.
const NAMED: usize = 20;

pub(crate) async fn run(args: &Args, what: &Ingest) -> anyhow::Result<Exit> {
    let context = if what.check { open_for_check(args).await? } else { create(args).await? };
    let options = IngestOptions { check: what.check, ..ingest_options(&what.options) };
    let (files, datasets) = separate_datasets(&what.files)?;
    if files.is_empty() && !datasets.is_empty() {
        let kept = if what.check { Vec::new() } else { keep_datasets(&context, &datasets, None).await? };
        print_datasets(&kept);
        if let Some(report) = kept.first() {
            print_note(&format!("undo with `tollgate imports rollback {}`", report.import));
        }
        if args.format == Format::Json {
            json(&kept)?;
        }
        return Ok(Exit::Success);
    }
    let inputs = open_files(&files, &options.read)?;
    let report = ingest(&context, inputs, &options, progress()).await?;
    if !what.check {
        print_datasets(&keep_datasets(&context, &datasets, Some(&report.import)).await?);
        announce_revisions(&context.state).await?;
    }
    match args.format {
        Format::Json => json(&report)?,
        Format::Text | Format::Csv => {
            print_report(&report, what.verbose);
            if !report.check {
                print_line!("next: `tollgate run` detects incidents and evaluates budgets");
            }
        }
    }
    Ok(Exit::with_findings(report.rejected() > 0 || !report.is_explained()))
}

/// A line for each file of a dataset beside the charges.
fn print_datasets(kept: &[DatasetReport]) {
    for file in kept {
        let replaced = match file.replaced {
            0 => String::new(),
            count => format!(", {count} of them replaced earlier ones"),
        };
        let rows = counted(file.rows, "row", "rows");
        print_note(&format!("{}: {rows} of the SQL table {}{replaced}", file.input, file.dataset.table()));
    }
}

pub(crate) fn print_report(report: &IngestReport, verbose: bool) {
    if report.check {
        deliveries::print_check(report);
    } else if verbose {
        print_whole(report);
    } else {
        summary::print(report);
        deliveries::print_stated_of_all(report);
        report.periods.iter().for_each(print_restatement);
    }
    deliveries::print_not_counted(report);
}

/// Every file and month.
fn print_whole(report: &IngestReport) {
    report.files.iter().for_each(print_file);
    print_line!("");
    print_line!("{}", bold("Verification: BilledCost and EffectiveCost as read, and as summed from the files written"));
    let mut rows = Vec::new();
    for period in &report.periods {
        rows.extend(verification_rows(period));
    }
    table(&["source", "period", ">rows", "cost", ">read", ">in the lake", ""], rows);
    for period in &report.periods {
        print_changes(period);
    }
}

fn print_file(file: &FileReport) {
    print_line!("{}  {}", bold(&file.input), dim(&file.format));
    let read = counted(file.rows_read, "row", "rows");
    print_line!("  {read} read = {} kept + {} rejected", file.rows_kept, file.rows_rejected);
    if file.rows_added > 0 {
        print_line!(
            "  {} added: the unused parts of commitments, which the file states with their fees",
            counted(file.rows_added, "row", "rows")
        );
    }
    for (name, read, rejected) in [
        ("BilledCost", &file.billed_read, &file.billed_rejected),
        ("EffectiveCost", &file.effective_read, &file.effective_rejected),
    ] {
        for sum in read.iter() {
            let out = rejected.get(sum.currency);
            let kept = sum.amount.saturating_sub(out);
            print_line!("  {name} {} {} read = {kept} kept + {out} rejected", sum.amount, sum.currency);
        }
    }
    match file.unknown_costs {
        0 => {}
        1 => print_line!("  one rejected row has an unreadable cost, which these sums exclude"),
        count => {
            print_line!("  {count} rejected rows have unreadable costs, which these sums exclude")
        }
    }
    file.stated.iter().filter(|s| !s.is_plain()).for_each(deliveries::print_stated);
    print_rejections(file);
}

/// The notes and the rejected rows of a file, a few by line.
fn print_rejections(file: &FileReport) {
    for note in &file.notes {
        print_line!("  {} {note}", dim("note:"));
    }
    for rejection in file.rejections.iter().take(NAMED) {
        let column = rejection.column.as_deref().map(|c| format!(" {c}")).unwrap_or_default();
        print_note(&format!("{}:{}:{column} {}", file.input, rejection.line, rejection.reason));
    }
    let named = file.rejections.len().min(NAMED) as u64;
    if file.rows_rejected > named {
        let most = NAMED_REJECTIONS.value;
        print_note(&format!(
            "and {} more rejected rows; --format json lists the first {most}",
            file.rows_rejected - named
        ));
    }
}

fn verification_rows(period: &PeriodReport) -> Vec<Vec<String>> {
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
        ImportOutcome::New => print_line!("{name}: new, {} series", period.series),
        ImportOutcome::Unchanged => print_line!("{name}: unchanged; the content was imported before"),
        ImportOutcome::Replaced => print_line!("{name}: replaced, {} series", period.series),
    }
    deliveries::print_replaced(period);
    print_restatement(period);
}

/// What replaced earlier charges, with its amounts.
fn print_restatement(period: &PeriodReport) {
    let restated = &period.restatement;
    if let (Some(first), Some(last)) = (restated.days.first(), restated.days.last()) {
        let days = restated.days.len();
        let span = if first == last { first.to_string() } else { format!("{first} to {last}") };
        print_line!(
            "  {} {} restated: {} ({span}) in {} series{}, effective {}",
            period.revision.source,
            period.revision.period,
            counted(days, "day", "days"),
            restated.series,
            if restated.vanished > 0 { format!(", {} of them removed", restated.vanished) } else { String::new() },
            sums(&restated.effective)
        );
    }
    for (corrected, totals) in &period.corrections {
        print_line!("  {} corrections of {corrected}: {}", period.revision.source, sums(totals));
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
