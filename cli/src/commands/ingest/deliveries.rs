//! What an import replaces and leaves out, and the bills' own money columns.

use tollgate_model::text::counted;
use tollgate_model::{Basis, StatedCost};
use tollgate_pipeline::{ImportOutcome, IngestReport, LeftOut, PeriodReport};

use super::print_file;
use crate::commands::imports::sums;
use crate::output::{bold, table};
use crate::print_line;

/// What an import would do.
pub(super) fn print_check(report: &IngestReport) {
    report.files.iter().for_each(print_file);
    print_line!("");
    print_line!("{}", bold("Check: nothing was changed. An import would make these charges current"));
    let row = |period: &PeriodReport| {
        let outcome = match period.outcome {
            ImportOutcome::New => "new",
            ImportOutcome::Unchanged => "unchanged",
            ImportOutcome::Replaced => "replaces",
        };
        vec![
            period.revision.source.to_string(),
            period.revision.period.to_string(),
            period.totals.rows.to_string(),
            sums(&period.totals.billed_read),
            sums(&period.totals.effective_read),
            outcome.to_owned(),
        ]
    };
    let header = ["source", "period", ">rows", ">BilledCost", ">EffectiveCost", "import"];
    table(&header, report.periods.iter().map(row).collect());
    report.periods.iter().for_each(print_replaced);
}

/// The deliveries that a new one replaces.
pub(super) fn print_replaced(period: &PeriodReport) {
    if let Some(home) = period.late_in {
        print_line!("  late charges, in the files of {home}");
    }
    for old in &period.replaced {
        print_line!("  replaces {} of {}", sums(&old.billed), old.inputs.join(", "));
    }
    period.notes.iter().for_each(|note| print_line!("  note: {note}"));
}

/// Charges that were left out, and late charges that count no longer.
pub(super) fn print_not_counted(report: &IngestReport) {
    report.left_out.iter().for_each(print_left_out);
    for old in &report.retired {
        print_line!(
            "{} {}: late charges of {} ({}) count no longer; the new files have none",
            old.revision.source,
            old.revision.period,
            old.inputs.join(", "),
            sums(&old.billed)
        );
    }
}

fn print_left_out(left_out: &LeftOut) {
    print_line!(
        "{} {}: {} of {} ({}) left out; {} holds the same charges",
        left_out.source,
        left_out.period,
        counted(usize::try_from(left_out.rows).unwrap_or(usize::MAX), "row", "rows"),
        left_out.inputs.join(", "),
        sums(&left_out.billed),
        left_out.held_by
    );
}

/// The money columns of all files together.
pub(super) fn print_stated_of_all(report: &IngestReport) {
    report.stated().iter().filter(|s| !s.is_plain()).for_each(print_stated);
}

/// A money column of a bill, and what a cost leaves out or adds.
pub(super) fn print_stated(stated: &StatedCost) {
    let cost = match stated.against {
        Basis::Billed => "BilledCost",
        Basis::Effective => "EffectiveCost",
    };
    let verdict = match (stated.is_explained(), stated.differences.is_empty()) {
        (true, true) => "equal to the last digit",
        (true, false) => "explained to the last digit",
        (false, _) => "NOT EXPLAINED",
    };
    print_line!("  {} {} -> {cost} {}: {verdict}", stated.column, sums(&stated.stated), sums(&stated.cost));
    for difference in &stated.differences {
        let rows = usize::try_from(difference.rows).unwrap_or(usize::MAX);
        let why = difference.reason.as_deref().unwrap_or("no rule of the format explains it");
        print_line!("    {} of {}, {}: {why}", sums(&difference.amount), counted(rows, "row", "rows"), difference.kind);
    }
}
