//! The summary of an import: one line a source. Files with rejected rows, and sums that differ, are shown whole.

use std::collections::BTreeMap;

use tollgate_model::text::counted;
use tollgate_model::{Amount, BillingPeriod, SourceId, Totals};
use tollgate_pipeline::{FileReport, ImportOutcome, IngestReport, PeriodReport};

use super::{print_file, print_rejections, verification_rows};
use crate::output::{money, table};
use crate::print_line;

/// The months of one source.
#[derive(Default)]
struct SourceSummary {
    months: Vec<BillingPeriod>,
    rows: u64,
    billed: Vec<Totals>,
    effective: Vec<Totals>,
    new: usize,
    replaced: usize,
    unchanged: usize,
    differs: bool,
}

pub(super) fn print(report: &IngestReport) {
    let (read, kept) = report.files.iter().fold((0, 0), |(r, k), file| (r + file.rows_read, k + file.rows_kept));
    print_line!(
        "{}: {} {} read = {} kept + {} rejected",
        counted(report.files.len(), "file", "files"),
        whole(read),
        if read == 1 { "row" } else { "rows" },
        whole(kept),
        whole(read.saturating_sub(kept))
    );
    report.files.iter().filter(|file| file.rows_rejected > 0).for_each(print_file);
    report.files.iter().filter(|file| file.rows_rejected == 0 && !file.notes.is_empty()).for_each(print_notes);
    let mut sources: BTreeMap<&SourceId, SourceSummary> = BTreeMap::new();
    for period in &report.periods {
        sources.entry(&period.revision.source).or_default().add(period);
    }
    let rows = sources.iter().map(|(source, summary)| summary.row(source)).collect();
    table(&["source", "months", ">rows", ">billed", ">effective", "import", "verified"], rows);
    if sources.values().any(|summary| summary.differs) {
        let wrong = report.periods.iter().filter(|period| differs(period));
        table(
            &["source", "period", ">rows", "cost", ">read", ">in the lake", ""],
            wrong.flat_map(verification_rows).collect(),
        );
    }
}

fn print_notes(file: &FileReport) {
    print_line!("{}", file.input);
    print_rejections(file);
}

/// Whether the files written do not sum to what was read.
fn differs(period: &PeriodReport) -> bool {
    let totals = &period.totals;
    totals.billed_read != totals.billed_lake || totals.effective_read != totals.effective_lake
}

/// `95,803`.
fn whole(count: u64) -> String {
    tollgate_model::money::grouped(i64::try_from(count).map_or(Amount::ZERO, Amount::whole), 0)
}

impl SourceSummary {
    fn add(&mut self, period: &PeriodReport) {
        self.months.push(period.revision.period);
        self.rows += period.totals.rows;
        self.billed.push(period.totals.billed_lake.clone());
        self.effective.push(period.totals.effective_lake.clone());
        match period.outcome {
            ImportOutcome::New => self.new += 1,
            ImportOutcome::Replaced => self.replaced += 1,
            ImportOutcome::Unchanged => self.unchanged += 1,
        }
        self.differs |= differs(period);
    }

    fn row(&self, source: &SourceId) -> Vec<String> {
        let outcomes = [(self.new, "new"), (self.replaced, "replaced"), (self.unchanged, "unchanged")];
        let outcomes: Vec<String> =
            outcomes.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        let months = match (self.months.iter().min(), self.months.iter().max()) {
            (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
            (Some(only), _) => only.to_string(),
            (None, _) => String::new(),
        };
        vec![
            source.to_string(),
            months,
            whole(self.rows),
            sum(&self.billed),
            sum(&self.effective),
            outcomes.join(", "),
            if self.differs { "DIFFERS".to_owned() } else { "exact".to_owned() },
        ]
    }
}

/// The sum of some months by currency. A sum that leaves the range is said to do so.
fn sum(months: &[Totals]) -> String {
    let mut all = Totals::default();
    for month in months {
        if all.merge(month).is_err() {
            return "too large".to_owned();
        }
    }
    all.iter().map(|m| money(m.amount, m.currency)).collect::<Vec<_>>().join(", ")
}
