//! What a new delivery replaces: decided from its identity where its export has one, and from the charges otherwise.

use std::collections::BTreeMap;

use tollgate_ledger::CurrentPeriod;
use tollgate_model::coverage::charge_columns;
use tollgate_model::series::SeriesMonth;
use tollgate_model::{Amount, BillingPeriod, CostView, Coverage, Totals};

use super::arriving::NewDelivery;
use super::line_search::{LineSearch, is_thin, overlap_of_found};
use super::overlap::{
    Overlap, Side, are_two_views, compare_charges, day_list, is_part, lacks_money, missing_accounts, share_accounts,
    shared_lines,
};
use crate::{Context, PipelineError};

/// Lines below which two deliveries of different files are too small for a decision by their lines.
const FEW_LINES: u64 = 10;
/// The share of the lines of a delivery that a restatement keeps at least, in percent.
const KEPT_LINES: u64 = 50;

/// A current delivery with what it is compared by.
pub(super) struct Existing {
    pub(super) current: CurrentPeriod,
    pub(super) version: u64,
    pub(super) coverage: Coverage,
}

/// What becomes of a new delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The same content is current already: the number of that delivery.
    Unchanged(usize),
    /// A current delivery holds all its charges.
    LeftOut(usize),
    /// It becomes current and replaces these.
    Becomes(Vec<usize>),
}

/// The current deliveries of a month with their coverages.
///
/// # Errors
///
/// When the ledger fails.
pub(super) async fn existing(
    context: &Context,
    current: Vec<(CurrentPeriod, u64)>,
) -> Result<Vec<Existing>, PipelineError> {
    let ledger = &context.state.ledger;
    let mut out = Vec::with_capacity(current.len());
    for (current, version) in current {
        let coverage = match ledger.coverage(&current.revision).await? {
            Some(coverage) => coverage,
            // Imported before coverages were kept: accounts and days are those of its series, its lines are unknown.
            None => coverage_of_series(&ledger.series_of(&current.revision).await?, current.revision.period),
        };
        out.push(Existing { current, version, coverage });
    }
    Ok(out)
}

fn coverage_of_series(series: &[SeriesMonth], period: BillingPeriod) -> Coverage {
    let mut out = Coverage::default();
    for SeriesMonth { key, days } in series {
        let account = key.sub_account.as_deref().map(tollgate_model::provider::canonical_sub_account);
        let bits = out.accounts.entry(account.unwrap_or_default()).or_default();
        for (day, _) in days.iter().filter(|(_, cost)| !cost.billed.is_zero() || !cost.effective.is_zero()) {
            let number =
                if day.month() == period { u32::try_from(*day - period.first_day()).unwrap_or(0) + 1 } else { 0 };
            *bits |= 1 << number;
        }
    }
    out.accounts.retain(|_, days| *days != 0);
    out
}

/// How a new delivery relates to one that counts.
#[derive(Debug, PartialEq, Eq)]
enum Relation {
    Same,
    /// Other charges, which lie beside these.
    Beside,
    /// The current one holds all charges of the new one.
    Within,
    /// The new one takes the place of the current one.
    Replaces,
    /// It cannot be decided, or would lose charges.
    Undecided(String),
}

/// Decides what a new delivery replaces of the current ones of its source and month. With `replace`, what cannot be decided is
/// replaced.
///
/// # Errors
///
/// [`PipelineError::Delivery`] when it cannot be decided, with both figures.
pub(super) async fn decide(
    context: &Context,
    new: &NewDelivery,
    existing: &[Existing],
    replace: bool,
) -> Result<Fate, PipelineError> {
    let mut replaced = Vec::new();
    let mut left_out = None;
    let mut refused = None;
    for (number, old) in existing.iter().enumerate() {
        match relate(context, new, old).await? {
            Relation::Same => return Ok(Fate::Unchanged(number)),
            Relation::Beside => {}
            Relation::Within => left_out = Some(number),
            Relation::Replaces => replaced.push(number),
            Relation::Undecided(_) if replace => replaced.push(number),
            Relation::Undecided(why) => refused = refused.or_else(|| Some(refusal(new, old, &why))),
        }
    }
    match (left_out, refused) {
        (Some(number), _) => Ok(Fate::LeftOut(number)),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(Fate::Becomes(replaced)),
    }
}

fn refusal(new: &NewDelivery, old: &Existing, why: &str) -> PipelineError {
    let current = &old.current;
    let what = format!(
        "{} holds {} and would replace {} of {}, but {why}",
        new.arrived.inputs.join(", "),
        amounts(&new.arrived.aggregate.billed),
        amounts(&current.totals.billed_lake),
        current.inputs.join(", "),
    );
    let hint = "name the files of the whole month in one call, or replace it with --replace; `tollgate imports` lists what counts";
    PipelineError::Delivery { source_id: new.source.clone(), period: new.period, what, hint: hint.to_owned() }
}

fn amounts(totals: &Totals) -> String {
    let each: Vec<String> = totals.iter().map(|m| format!("{} {}", m.amount, m.currency)).collect();
    if each.is_empty() { "nothing".to_owned() } else { each.join(" and ") }
}

async fn relate(context: &Context, new: &NewDelivery, old: &Existing) -> Result<Relation, PipelineError> {
    let (ours, theirs) = (&new.arrived.aggregate.coverage, &old.coverage);
    let current = &old.current;
    let old_home = current.home.unwrap_or(current.revision.period);
    let side = Side { hash: content_of(context, current), rows: current.totals.rows, coverage: theirs };
    if current.totals.rows == new.arrived.aggregate.rows && side.hash == new.arrived.aggregate.hash {
        return Ok(Relation::Same);
    }
    // Of a joined bill, the purchases lie beside the amortized costs.
    if ours.only_purchases != theirs.only_purchases && (ours.only_purchases || ours.view() != Some(CostView::Actual)) {
        return Ok(Relation::Beside);
    }
    if new.feed.is_some() && new.feed == current.feed && new.home == old_home {
        return Ok(Relation::Replaces);
    }
    if !share_accounts(ours, theirs) {
        return Ok(Relation::Beside);
    }
    if are_two_views(ours, theirs) {
        if new.joined {
            return Ok(Relation::Replaces);
        }
        let why = "one holds the actual and the other the amortized costs of one bill, and their other charges differ: name exports of the same days in one call, which are joined";
        return Ok(Relation::Undecided(why.to_owned()));
    }
    let overlap = overlap_of(new, current, side);
    if new.home != old_home
        && let Some(relation) = relate_homes(context, new, old, &overlap).await?
    {
        return Ok(relation);
    }
    Ok(relate_whole(new, old, &overlap))
}

/// How the charges of two deliveries overlap: by their samples, or by the lines that were found in the files of the larger one.
fn overlap_of(new: &NewDelivery, current: &CurrentPeriod, side: Side<'_>) -> Overlap {
    match new.found_lines.get(&current.revision) {
        Some(found) => overlap_of_found(new.arrived.side(), side, *found),
        None => compare_charges(new.arrived.side(), side),
    }
}

/// Looks for the lines of the smaller of two deliveries in the files of the larger one, where its sample is too thin for them.
///
/// # Errors
///
/// When a file cannot be read.
pub(super) async fn find_lines(context: &Context, new: &mut NewDelivery, old: &Existing) -> Result<(), PipelineError> {
    let (ours, theirs) = (&new.arrived.aggregate.coverage.charges, &old.coverage.charges);
    let revision = &old.current.revision;
    let found = if is_thin(ours, theirs) {
        let mut search = LineSearch::new(ours, new.period);
        let files = [(revision.clone(), old.current.parts.clone())];
        context.lake.scan(&files, &charge_columns(), None, |batch| search.read(batch)).await?;
        search.found()
    } else if is_thin(theirs, ours) {
        let mut search = LineSearch::new(theirs, new.period);
        context.lake.scan_staged(&new.arrived.parts, &charge_columns(), None, |batch| search.read(batch)).await?;
        search.found()
    } else {
        return Ok(());
    };
    new.found_lines.insert(revision.clone(), found);
    Ok(())
}

/// The content hash of a current delivery without the hash of the policy's dimensions.
fn content_of(context: &Context, current: &CurrentPeriod) -> tollgate_model::hash::ContentHash {
    let dimensions = crate::aggregate::dimensions_hash(&context.state.policy.dimensions);
    tollgate_model::hash::ContentHash(current.revision.hash.0.wrapping_sub(dimensions.0))
}

/// Deliveries of the same files' month: the new one is a newer snapshot of the current one, unless it lacks something.
fn relate_whole(new: &NewDelivery, old: &Existing, overlap: &Overlap) -> Relation {
    let (ours, theirs) = (&new.arrived.aggregate.coverage, &old.coverage);
    let accounts = missing_accounts(ours, theirs);
    let days = theirs.days() & !ours.days();
    if *overlap == Overlap::Within && (!accounts.is_empty() || days != 0) {
        return Relation::Within;
    }
    if !accounts.is_empty() {
        let named: Vec<&str> = accounts.iter().map(|a| if a.is_empty() { "(none)" } else { a }).take(3).collect();
        let more = if accounts.len() > 3 { format!(" and {} more", accounts.len() - 3) } else { String::new() };
        return Relation::Undecided(format!("it lacks the charges of account {}{more}", named.join(", ")));
    }
    if days != 0 {
        let list = if days == 1 { "of other months".to_owned() } else { day_list(days) };
        return Relation::Undecided(format!("it lacks the charges of day {list}"));
    }
    let aggregate = &new.arrived.aggregate;
    let totals = &old.current.totals;
    if lacks_money(&aggregate.billed, &totals.billed_lake) || lacks_money(&aggregate.effective, &totals.effective_lake)
    {
        return Relation::Undecided("it lacks more than a quarter of the cost".to_owned());
    }
    match shared_lines(theirs, ours) {
        Some(share) if share < KEPT_LINES => Relation::Undecided(format!(
            "only {share} % of the lines are the same: it is another part of the bill, or another format"
        )),
        _ => Relation::Replaces,
    }
}

/// Deliveries of files of different months: late rows lie beside the month's own delivery. `None` when neither is small: then one is
/// a newer snapshot of the other.
async fn relate_homes(
    context: &Context,
    new: &NewDelivery,
    old: &Existing,
    overlap: &Overlap,
) -> Result<Option<Relation>, PipelineError> {
    let (ours, theirs) = (&new.arrived.aggregate.coverage, &old.coverage);
    let (our_lines, their_lines) = (ours.charges.lines(), theirs.charges.lines());
    let (our_money, their_money) = (&new.arrived.aggregate.effective, &old.current.totals.effective_lake);
    let known = !theirs.charges.is_empty();
    let new_is_small = known && our_lines * 4 <= their_lines && is_part(our_money, their_money, 4);
    let old_is_small = known && their_lines * 4 <= our_lines && is_part(their_money, our_money, 4);
    let both_late = new.late && old.current.late;
    match overlap {
        Overlap::Within if new_is_small || both_late => return Ok(Some(Relation::Within)),
        Overlap::Contains if old_is_small || both_late => return Ok(Some(Relation::Replaces)),
        Overlap::Partly(days) if new_is_small || old_is_small || both_late => {
            let bits = days.iter().fold(0, |bits, day| bits | 1 << day);
            let why = format!("both hold the same charges on day {}", day_list(bits));
            return Ok(Some(Relation::Undecided(why)));
        }
        _ => {}
    }
    if both_late {
        return Ok(Some(Relation::Beside));
    }
    let same_lines = shared_lines(ours, theirs).unwrap_or(100).max(shared_lines(theirs, ours).unwrap_or(100));
    if !(new_is_small || old_is_small) {
        let few = our_lines.max(their_lines) < FEW_LINES;
        return Ok(match same_lines {
            0 => Some(Relation::Beside),
            _ if few && new.home != new.period && known => {
                let why = "both may hold late charges of the month, or one the charges of the other";
                Some(Relation::Undecided(why.to_owned()))
            }
            _ => None,
        });
    }
    // Lines that the other has too are additions when they are small on their days, and the days themselves otherwise.
    let series = context.state.ledger.series_of(&old.current.revision).await?;
    let new_days = daily(&new.arrived.aggregate.months());
    let (small, large) = if new_is_small { (new_days, daily(&series)) } else { (daily(&series), new_days) };
    let (mut added, mut there) = (Amount::ZERO, Amount::ZERO);
    for (day, amount) in &small {
        if let Some(all) = large.get(day).filter(|all| !all.is_zero()) {
            added = added.saturating_add(amount.abs());
            there = there.saturating_add(all.abs());
        }
    }
    if same_lines > 0 && !there.is_zero() && added.units().saturating_mul(2) >= there.units() {
        let why = "on the days that both hold it may be the same charges, restated".to_owned();
        return Ok(Some(Relation::Undecided(why)));
    }
    Ok(Some(Relation::Beside))
}

/// Effective cost by day, over all currencies: it is only compared with that of the same bill.
fn daily(series: &[SeriesMonth]) -> BTreeMap<tollgate_model::Day, Amount> {
    let mut out: BTreeMap<tollgate_model::Day, Amount> = BTreeMap::new();
    for (day, cost) in series.iter().flat_map(|s| &s.days) {
        let sum = out.entry(*day).or_default();
        *sum = sum.saturating_add(cost.effective);
    }
    out
}

/// Compares a new delivery with one of another source: under two names, charges would count twice.
///
/// # Errors
///
/// [`PipelineError::Delivery`] when the two hold the same charges on some days only.
pub(super) fn counted_elsewhere(
    context: &Context,
    new: &NewDelivery,
    old: &Existing,
    replace: bool,
) -> Result<Elsewhere, PipelineError> {
    let current = &old.current;
    let side = Side { hash: content_of(context, current), rows: current.totals.rows, coverage: &old.coverage };
    match overlap_of(new, current, side) {
        Overlap::None => Ok(Elsewhere::No),
        Overlap::Same | Overlap::Within if !replace => Ok(Elsewhere::Counted),
        _ if replace => Ok(Elsewhere::Replaced),
        _ => Err(refusal(
            new,
            old,
            &format!("the same charges count already under the source {}", current.revision.source),
        )),
    }
}

/// Whether charges count already under another source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Elsewhere {
    No,
    /// All of them.
    Counted,
    /// The other delivery is replaced.
    Replaced,
}
