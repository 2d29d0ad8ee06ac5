//! The lines of a small delivery in the files of a large one, whose sample is too thin to say whether it holds them.

use std::collections::BTreeSet;

use tollgate_lake::{LakeError, ScanBatch};
use tollgate_model::BillingPeriod;
use tollgate_model::coverage::{LineSample, charge_hash};

use super::overlap::{Overlap, Side};

/// How many times more lines the larger of two deliveries has when its sample says too little about the smaller one.
const THIN: u64 = 64;

/// Whether the sample of the large one says too little about the lines of the small one, which are all known.
pub(super) fn is_thin(small: &LineSample, large: &LineSample) -> bool {
    !small.is_truncated() && !small.is_empty() && large.is_truncated() && small.lines() * THIN < large.lines()
}

/// A search for the lines of a small delivery.
pub(super) struct LineSearch<'a> {
    lines: &'a LineSample,
    period: BillingPeriod,
    found: BTreeSet<u64>,
}

impl<'a> LineSearch<'a> {
    pub(super) fn new(lines: &'a LineSample, period: BillingPeriod) -> Self {
        Self { lines, period, found: BTreeSet::new() }
    }

    /// Looks for the lines among some charges.
    pub(super) fn read(&mut self, batch: &ScanBatch) -> Result<(), LakeError> {
        for row in 0..batch.row_count() {
            let Some(start) = batch.start(row) else { continue };
            let text = |column| batch.text(column).get(row);
            let hash = charge_hash(text, |column| batch.decimals(column).units(row), start, self.period);
            if self.lines.contains(hash) {
                self.found.insert(hash);
            }
        }
        Ok(())
    }

    /// The lines that were found.
    pub(super) fn found(&self) -> u64 {
        self.found.len() as u64
    }
}

/// How two deliveries overlap when this number of lines of the smaller one was found in the larger one.
pub(super) fn overlap_of_found(a: Side<'_>, b: Side<'_>, found: u64) -> Overlap {
    let a_is_small = a.coverage.charges.lines() <= b.coverage.charges.lines();
    let small = if a_is_small { a } else { b };
    match () {
        () if found == 0 => Overlap::None,
        () if found * 10 < small.coverage.charges.lines() * 9 => {
            let days = small.coverage.days();
            Overlap::Partly((0..32).filter(|day| (days >> day) & 1 == 1).collect())
        }
        () if a_is_small => Overlap::Within,
        () => Overlap::Contains,
    }
}
