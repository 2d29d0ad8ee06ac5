//! What the inputs of one import hold: one part for each input, source and month, before any becomes current.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_lake::{ScanBatch, StagedPart};
use tollgate_model::coverage::charge_columns;
use tollgate_model::{BillingPeriod, MoneyError, Revision, SourceId, StatedCost};

use super::line_search::{LineSearch, is_thin, overlap_of_found};
use super::overlap::{Overlap, Side, are_two_views, compare_charges, day_list, is_part, share_accounts};
use super::{BillingKey, LeftOut};
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// Charges of one source in one month, staged.
#[derive(Default)]
pub(super) struct Arriving {
    pub(super) parts: Vec<StagedPart>,
    pub(super) aggregate: Aggregate,
    pub(super) inputs: Vec<String>,
    pub(super) stated: Vec<StatedCost>,
}

impl Arriving {
    pub(super) fn side(&self) -> Side<'_> {
        Side { hash: self.aggregate.hash, rows: self.aggregate.rows, coverage: &self.aggregate.coverage }
    }

    pub(super) fn merge(&mut self, other: Self) -> Result<(), MoneyError> {
        self.parts.extend(other.parts);
        self.aggregate.merge(other.aggregate)?;
        for input in other.inputs {
            if !self.inputs.contains(&input) {
                self.inputs.push(input);
            }
        }
        super::stated::merge(&mut self.stated, other.stated)
    }
}

/// The charges of one source in one month that one input holds.
pub(super) struct FilePart {
    pub(super) source: SourceId,
    pub(super) period: BillingPeriod,
    /// The last month of the source in the input: the month that the input is of.
    pub(super) home: BillingPeriod,
    pub(super) arrived: Arriving,
    /// Whether it holds amortized costs that are joined with the actual costs of the same bill.
    pub(super) joined: bool,
}

/// The parts of one input.
pub(super) fn parts_of(found: BTreeMap<BillingKey, Arriving>) -> Vec<FilePart> {
    let mut homes: BTreeMap<SourceId, BillingPeriod> = BTreeMap::new();
    for (source, period) in found.keys() {
        let home = homes.entry(source.clone()).or_insert(*period);
        *home = (*home).max(*period);
    }
    let part = |((source, period), arrived): (BillingKey, Arriving)| {
        let home = homes.get(&source).copied().unwrap_or(period);
        FilePart { source, period, home, arrived, joined: false }
    };
    found.into_iter().map(part).collect()
}

/// A delivery that arrives: charges of one source in one month from one or more inputs.
pub(super) struct NewDelivery {
    pub(super) source: SourceId,
    pub(super) period: BillingPeriod,
    pub(super) home: BillingPeriod,
    /// Whether its rows came late, beside the month's own ones in the same import.
    pub(super) late: bool,
    pub(super) feed: Option<String>,
    pub(super) arrived: Arriving,
    /// Whether it holds amortized costs that are joined with the actual costs of the same bill, and replaces those.
    pub(super) joined: bool,
    /// What it leaves as it was, for people.
    pub(super) notes: Vec<String>,
    /// Lines that the files of the larger of two deliveries hold of the smaller one, where samples cannot say it.
    pub(super) found_lines: BTreeMap<Revision, u64>,
}

/// Leaves out parts whose charges another part of the import holds too.
///
/// # Errors
///
/// When two parts hold the same charges in a way that cannot be decided. Nothing is written then.
pub(super) async fn leave_out_repeated(
    context: &Context,
    parts: &mut Vec<FilePart>,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Arriving>, PipelineError> {
    let mut gone: BTreeMap<usize, usize> = BTreeMap::new();
    let sharing = pairs_that_share(parts);
    for second in 0..parts.len() {
        for first in 0..second {
            if gone.contains_key(&first) || gone.contains_key(&second) || parts[first].period != parts[second].period {
                continue;
            }
            let shares = sharing.contains(&(first, second));
            let overlap = overlap_of(context, &parts[first], &parts[second], shares).await?;
            if let Some(repeated) = repeated_part(&parts[first], &parts[second], overlap)? {
                let (out, kept) = if repeated == Repeated::First { (first, second) } else { (second, first) };
                gone.insert(out, kept);
            }
        }
    }
    for (out, kept) in &gone {
        left_out.push(LeftOut::of(&parts[*out], &parts[*kept].arrived.inputs.join(", ")));
    }
    let mut number = 0;
    let (kept, dropped): (Vec<_>, Vec<_>) = std::mem::take(parts).into_iter().partition(|_| {
        number += 1;
        !gone.contains_key(&(number - 1))
    });
    *parts = kept;
    Ok(dropped.into_iter().map(|part| part.arrived).collect())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeated {
    First,
    Second,
}

/// The pairs of parts of a month whose samples have a charge in common: an export of many parts has none.
fn pairs_that_share(parts: &[FilePart]) -> BTreeSet<(usize, usize)> {
    let mut holders: FxHashMap<(BillingPeriod, u64), Vec<usize>> = FxHashMap::default();
    let mut pairs = BTreeSet::new();
    for (number, part) in parts.iter().enumerate() {
        for hash in part.arrived.aggregate.coverage.charges.hashes() {
            let known = holders.entry((part.period, hash)).or_default();
            pairs.extend(known.iter().map(|other| (*other, number)));
            known.push(number);
        }
    }
    pairs
}

/// How the charges of two parts overlap: by their samples, where they share a charge, or by the lines of late rows in the files of
/// their month.
async fn overlap_of(context: &Context, a: &FilePart, b: &FilePart, shares: bool) -> Result<Overlap, PipelineError> {
    let (one, other) = (a.arrived.side(), b.arrived.side());
    // A small part of an export is not looked for in its others, which would be read as many times.
    let is_late = |small: &FilePart, large: &FilePart| {
        let (few, many) = (small.arrived.side().coverage, large.arrived.side().coverage);
        small.home != small.period && is_thin(&few.charges, &many.charges)
    };
    let (small, large) = match () {
        () if is_late(a, b) => (a, b),
        () if is_late(b, a) => (b, a),
        () if shares => return Ok(compare_charges(one, other)),
        () => return Ok(Overlap::None),
    };
    let mut search = LineSearch::new(&small.arrived.aggregate.coverage.charges, a.period);
    let read = |batch: &ScanBatch| search.read(batch);
    context.lake.scan_staged(&large.arrived.parts, &charge_columns(), None, read).await?;
    Ok(overlap_of_found(one, other, search.found()))
}

/// Which of two parts of a month holds only charges that the other holds too.
fn repeated_part(a: &FilePart, b: &FilePart, overlap: Overlap) -> Result<Option<Repeated>, PipelineError> {
    let (left, right) = (a.arrived.inputs.join(", "), b.arrived.inputs.join(", "));
    let refuse = |what: String, hint: &str| {
        Err(PipelineError::Delivery { source_id: a.source.clone(), period: a.period, what, hint: hint.to_owned() })
    };
    let coverages = (&a.arrived.aggregate.coverage, &b.arrived.aggregate.coverage);
    if a.source == b.source && are_two_views(coverages.0, coverages.1) {
        let what = format!(
            "{left} and {right} are the actual and the amortized costs of one bill, and their other charges differ: together they would count it twice"
        );
        return refuse(what, "name exports of the same days, which are joined, or import one of the two");
    }
    let lines = |part: &FilePart| part.arrived.aggregate.coverage.charges.lines();
    let one_line = "import one of the two, or both as one file if each charge counts";
    match overlap {
        Overlap::None => Ok(None),
        Overlap::Same if lines(b) > 1 || left == right => Ok(Some(Repeated::Second)),
        Overlap::Within if lines(a) > 1 => Ok(Some(Repeated::First)),
        Overlap::Contains if lines(b) > 1 => Ok(Some(Repeated::Second)),
        Overlap::Same | Overlap::Within | Overlap::Contains => refuse(
            format!("{left} and {right} hold the same charge, which may be one charge or two equal ones"),
            one_line,
        ),
        Overlap::Partly(days) => {
            let bits = days.iter().fold(0, |bits, day| bits | 1 << day);
            refuse(
                format!("{left} and {right} hold the same charges on day {}, and others beside them", day_list(bits)),
                "import files that do not overlap, or the newest file that holds all days",
            )
        }
    }
}

/// Joins the parts of a month to deliveries: parts that share an account are one delivery, others lie beside each other. `joined`
/// names, for each part, the current deliveries of its accounts: parts of one of these are one delivery too. Late rows of a month
/// stay with the month of the files that brought them.
pub(super) fn join_parts(
    parts: Vec<FilePart>,
    feed: Option<&str>,
    joined: &[BTreeSet<String>],
) -> Result<Vec<NewDelivery>, PipelineError> {
    let groups = group_parts(&parts, joined);
    let late: Vec<bool> = (0..parts.len()).map(|number| is_late(&parts, &groups, number)).collect();
    let mut out: BTreeMap<(SourceId, BillingPeriod, usize, Option<BillingPeriod>), NewDelivery> = BTreeMap::new();
    for ((part, group), late) in parts.into_iter().zip(groups).zip(late) {
        let FilePart { source, period, home, arrived, joined } = part;
        let key = (source.clone(), period, group, late.then_some(home));
        match out.get_mut(&key) {
            Some(known) => {
                // A file of the month itself makes the delivery one of the month.
                known.home = known.home.min(home);
                known.joined |= joined;
                known.arrived.merge(arrived)?;
            }
            None => {
                let feed = feed.map(str::to_owned);
                let found_lines = BTreeMap::new();
                out.insert(
                    key,
                    NewDelivery { source, period, home, late, feed, arrived, joined, notes: Vec::new(), found_lines },
                );
            }
        }
    }
    Ok(out.into_values().collect())
}

/// The number of each part's group: the number of its first part.
fn group_parts(parts: &[FilePart], joined: &[BTreeSet<String>]) -> Vec<usize> {
    let mut groups: Vec<usize> = (0..parts.len()).collect();
    for second in 0..parts.len() {
        for first in 0..second {
            let (a, b) = (&parts[first], &parts[second]);
            let same_place = (&a.source, a.period) == (&b.source, b.period);
            let coverages = (&a.arrived.aggregate.coverage, &b.arrived.aggregate.coverage);
            // Purchases lie beside the amortized costs: an export of either replaces its own.
            let same_kind = coverages.0.only_purchases == coverages.1.only_purchases;
            let shared = || share_accounts(coverages.0, coverages.1);
            let current = || joined.get(first).zip(joined.get(second)).is_some_and(|(a, b)| !a.is_disjoint(b));
            if same_place && same_kind && groups[first] != groups[second] && (shared() || current()) {
                let (keep, change) = (groups[first].min(groups[second]), groups[first].max(groups[second]));
                groups.iter_mut().filter(|group| **group == change).for_each(|group| *group = keep);
            }
        }
    }
    groups
}

/// Whether a part of an older month than its input's is small beside the month's own parts of its group.
fn is_late(parts: &[FilePart], groups: &[usize], number: usize) -> bool {
    let part = &parts[number];
    if part.home == part.period {
        return false;
    }
    let own = || parts.iter().zip(groups).filter(|(p, group)| **group == groups[number] && p.home == p.period);
    let lines: u64 = own().map(|(p, _)| p.arrived.aggregate.coverage.charges.lines()).sum();
    let mut money = tollgate_model::Totals::default();
    let summed = own().all(|(p, _)| money.merge(&p.arrived.aggregate.effective).is_ok());
    let aggregate = &part.arrived.aggregate;
    summed && aggregate.coverage.charges.lines() * 4 <= lines && is_part(&aggregate.effective, &money, 4)
}
