//! The two views of one Azure bill, joined: its actual and its amortized costs.
//!
//! Actual costs hold the purchases of commitments, and their use at no cost. Amortized costs hold the use with its share of the price,
//! and no purchases. All other rows are in both. Together they are one set of charges: the amortized costs, and beside them the
//! purchases of the actual costs. BilledCost is then the sum of the actual costs, EffectiveCost that of the amortized ones.
//!
//! Joined are exports whose other rows cost the same. Others are of different days, and are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_lake::PartSchema;
use tollgate_model::{
    Basis, ChargeBatch, ChargeCategory, Column, CostView, MoneyError, StatedCost, StatedDifference, TextColumn, Totals,
};

use super::arriving::{Arriving, FilePart};
use super::decide::Existing;
use super::overlap::{are_two_views, share_accounts};
use super::plan::Current;
use super::{BillingKey, LeftOut};
use crate::aggregate::Aggregate;
use crate::{Context, PipelineError};

/// What the rest of an actual export is, in the proof of its purchases.
const REST: &str = "use and other charges";
const REST_REASON: &str = "counted with the amortized costs of the same month";

/// One side of a view: charges that arrive, or that count.
#[derive(Clone, Copy)]
enum Side<'a> {
    Part(usize),
    Current(&'a Existing),
}

/// Joins the actual and the amortized costs of a month, where both arrive or one of them counts: of the actual costs, the purchases of
/// commitments stay. Returns the files that are not needed any more.
///
/// # Errors
///
/// When a store fails.
pub(super) async fn join_views(
    context: &Context,
    parts: &mut Vec<FilePart>,
    current: &Current,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Arriving>, PipelineError> {
    let places: BTreeSet<BillingKey> = parts.iter().map(|part| (part.source.clone(), part.period)).collect();
    let mut dropped = Vec::new();
    for place in places {
        let Some((actual, amortized)) = both_views(parts, current, &place) else { continue };
        let mut purchases = Vec::with_capacity(actual.len());
        for side in &actual {
            purchases.push(purchases_of(context, parts, *side).await?);
        }
        if !is_one_bill(parts, &actual, &purchases, &amortized)? {
            dropped.extend(purchases);
            continue;
        }
        let held_by: Vec<String> = amortized.iter().flat_map(|side| inputs(parts, *side).to_vec()).collect();
        for side in &amortized {
            if let Side::Part(number) = side {
                parts[*number].joined = true;
            }
        }
        for (side, found) in actual.iter().zip(purchases) {
            match side {
                Side::Part(number) => {
                    let part = &mut parts[*number];
                    let whole = std::mem::replace(&mut part.arrived, found);
                    left_out.push(rest_of(part, &whole, &held_by));
                    dropped.push(whole);
                }
                Side::Current(old) => {
                    let home = old.current.home.unwrap_or(place.1);
                    let (source, period) = place.clone();
                    parts.push(FilePart { source, period, home, arrived: found, joined: false });
                }
            }
        }
    }
    // An actual export of a month without purchases adds nothing to the amortized costs.
    let is_empty = |a: &Aggregate| a.coverage.only_purchases && a.rows == 0;
    dropped.extend(parts.extract_if(.., |part| is_empty(&part.arrived.aggregate)).map(|part| part.arrived));
    Ok(dropped)
}

/// The actual and the amortized costs of a month: those that arrive, and where only one of them does, those that count.
fn both_views<'a>(
    parts: &[FilePart],
    current: &'a Current,
    place: &BillingKey,
) -> Option<(Vec<Side<'a>>, Vec<Side<'a>>)> {
    let folders = folder_views(parts, place);
    let arriving = |view: CostView| -> Vec<usize> {
        let is_of = |part: &FilePart| is_at(part, place) && view_of(part, &folders) == Some(view);
        parts.iter().enumerate().filter(|(_, part)| is_of(part)).map(|(number, _)| number).collect()
    };
    let coverage = |number: &usize| &parts[*number].arrived.aggregate.coverage;
    let counting = |others: &[usize]| -> Vec<Side<'a>> {
        let own = current.own(&place.0, place.1).iter();
        let is_other_view = |old: &&Existing| others.iter().any(|n| are_two_views(coverage(n), &old.coverage));
        own.filter(is_other_view).map(Side::Current).collect()
    };
    let (actual, amortized) = (arriving(CostView::Actual), arriving(CostView::Amortized));
    let sides = |numbers: Vec<usize>| numbers.into_iter().map(Side::Part).collect::<Vec<_>>();
    let both = match (actual.is_empty(), amortized.is_empty()) {
        (true, true) => return None,
        (false, true) => {
            let counted = counting(&actual);
            (sides(actual), counted)
        }
        (true, false) => (counting(&amortized), sides(amortized)),
        (false, false) => {
            let shares = |a: &usize| amortized.iter().any(|b| share_accounts(coverage(a), coverage(b)));
            let shows_one_bill = |a: &usize| amortized.iter().any(|b| are_two_views(coverage(a), coverage(b)));
            if !actual.iter().all(shares) || !actual.iter().any(shows_one_bill) {
                return None;
            }
            (sides(actual), sides(amortized))
        }
    };
    (!both.0.is_empty() && !both.1.is_empty()).then_some(both)
}

/// Whether a part is of a source and month, and not purchases alone.
fn is_at(part: &FilePart, place: &BillingKey) -> bool {
    (&part.source, part.period) == (&place.0, place.1) && !part.arrived.aggregate.coverage.only_purchases
}

/// The view of a part: by its own charges, or by those of the other files of its folder. One export may be many files, of which some
/// have no charges of commitments.
fn view_of(part: &FilePart, folders: &BTreeMap<PathBuf, Option<CostView>>) -> Option<CostView> {
    part.arrived.aggregate.coverage.view().or_else(|| folders.get(&folder_of(part)).copied().flatten())
}

/// The view that the files of a folder show, where they show one only.
fn folder_views(parts: &[FilePart], place: &BillingKey) -> BTreeMap<PathBuf, Option<CostView>> {
    let mut out: BTreeMap<PathBuf, Option<CostView>> = BTreeMap::new();
    for part in parts.iter().filter(|part| is_at(part, place)) {
        let Some(view) = part.arrived.aggregate.coverage.view() else { continue };
        let known = out.entry(folder_of(part)).or_insert(Some(view));
        *known = known.filter(|known| *known == view);
    }
    out
}

fn folder_of(part: &FilePart) -> PathBuf {
    let first = part.arrived.inputs.first().map(Path::new);
    first.and_then(Path::parent).unwrap_or(Path::new("")).to_owned()
}

fn inputs<'a>(parts: &'a [FilePart], side: Side<'a>) -> &'a [String] {
    match side {
        Side::Part(number) => &parts[number].arrived.inputs,
        Side::Current(old) => &old.current.inputs,
    }
}

fn billed<'a>(parts: &'a [FilePart], side: Side<'a>) -> &'a Totals {
    match side {
        Side::Part(number) => &parts[number].arrived.aggregate.billed,
        Side::Current(old) => &old.current.totals.billed_lake,
    }
}

/// Whether the charges that both views have cost the same, to the last digit: the actual costs without their purchases, and what the
/// amortized costs bill.
fn is_one_bill(
    parts: &[FilePart],
    actual: &[Side<'_>],
    purchases: &[Arriving],
    amortized: &[Side<'_>],
) -> Result<bool, MoneyError> {
    let (mut without, mut with) = (Totals::default(), Totals::default());
    for (side, found) in actual.iter().zip(purchases) {
        without.merge(&billed(parts, *side).minus(&found.aggregate.billed))?;
    }
    for side in amortized {
        with.merge(billed(parts, *side))?;
    }
    Ok(without.minus(&with).is_empty())
}

/// What is left out of an actual export that is joined.
fn rest_of(part: &FilePart, whole: &Arriving, held_by: &[String]) -> LeftOut {
    let kept = &part.arrived.aggregate;
    LeftOut {
        inputs: whole.inputs.clone(),
        source: part.source.clone(),
        period: part.period,
        rows: whole.aggregate.rows.saturating_sub(kept.rows),
        billed: whole.aggregate.billed.minus(&kept.billed),
        held_by: held_by.join(", "),
    }
}

/// The purchases of commitments in an actual export, staged as a file of their own.
async fn purchases_of(context: &Context, parts: &[FilePart], side: Side<'_>) -> Result<Arriving, PipelineError> {
    let mut batches: Vec<ChargeBatch> = Vec::new();
    let keep = |batch: ChargeBatch| {
        let rows = purchase_rows(&batch);
        if !rows.is_empty() {
            batches.push(batch.take(&rows));
        }
        Ok::<(), PipelineError>(())
    };
    let (period, stated, all_rows) = match side {
        Side::Part(number) => {
            let part = &parts[number];
            context.lake.read_staged_charges(&part.arrived.parts, keep).await?;
            (part.period, &part.arrived.stated, part.arrived.aggregate.rows)
        }
        Side::Current(old) => {
            let current = &old.current;
            context.lake.read_charges(&current.revision, &current.parts, keep).await?;
            (current.revision.period, &current.stated, current.totals.rows)
        }
    };
    let mut aggregate = Aggregate::default();
    for batch in &batches {
        aggregate.add(batch, &context.state.policy.dimensions)?;
        aggregate.coverage.add(batch, period);
    }
    aggregate.coverage.only_purchases = true;
    let stated = stated_of(&aggregate, stated, all_rows)?;
    Ok(Arriving { parts: stage(context, &batches).await?, aggregate, inputs: inputs(parts, side).to_vec(), stated })
}

/// The rows that buy a commitment or refund one: their price is billed, and counts where the commitment is used.
fn purchase_rows(batch: &ChargeBatch) -> Vec<usize> {
    let nulls = TextColumn::nulls(batch.rows());
    let categories = batch.text(Column::ChargeCategory).unwrap_or(&nulls);
    let is_zero = |column: Column, row: usize| {
        batch.decimals(column).and_then(|d| d.units().get(row).copied()).unwrap_or_default() == 0
    };
    let buys = |row: &usize| {
        categories.get(*row) == Some(ChargeCategory::Purchase.as_str())
            && !is_zero(Column::BilledCost, *row)
            && is_zero(Column::EffectiveCost, *row)
    };
    (0..batch.rows()).filter(buys).collect()
}

async fn stage(context: &Context, batches: &[ChargeBatch]) -> Result<Vec<tollgate_lake::StagedPart>, PipelineError> {
    if batches.is_empty() {
        return Ok(Vec::new());
    }
    let extras: BTreeSet<&String> = batches.iter().flat_map(|batch| batch.extra().keys()).collect();
    let schema = PartSchema::with_extras(extras.into_iter().cloned().collect());
    let mut encoder = schema.encoder()?;
    for batch in batches {
        encoder.write(batch)?;
    }
    let Some(group) = encoder.finish()? else { return Ok(Vec::new()) };
    let hash = batches.iter().fold(0u128, |sum, batch| sum.wrapping_add(batch.content_hash().0));
    let run = format!("{}-{}-{hash:032x}", context.state.clock.now().as_millisecond(), std::process::id());
    let mut writer = context.lake.begin_part(&run, 1, &schema).await?;
    writer.append(group).await?;
    Ok(vec![writer.finish().await?])
}

/// The proof of the purchases: the export's money column, and what of it counts with the amortized costs.
fn stated_of(purchases: &Aggregate, stated: &[StatedCost], all_rows: u64) -> Result<Vec<StatedCost>, MoneyError> {
    let mut out = stated.to_vec();
    for column in &mut out {
        let cost = match column.against {
            Basis::Billed => purchases.billed.clone(),
            Basis::Effective => purchases.effective.clone(),
        };
        let amount = cost.minus(&column.cost);
        let rows = all_rows.saturating_sub(purchases.rows);
        let reason = Some(REST_REASON.to_owned());
        super::stated::add_difference(column, StatedDifference { kind: REST.to_owned(), reason, rows, amount })?;
        column.cost = cost;
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use tollgate_model::{Amount, Charge, ChargePeriod, Currency, Money};

    use super::*;

    fn charge(category: ChargeCategory, billed: i64, effective: i64) -> Charge {
        let day = ChargePeriod::of_day("2026-10-02".parse().unwrap());
        let mut out = Charge::new(category, Money::new(Amount::whole(billed), Currency::USD), day, day);
        out.effective_cost = Amount::whole(effective);
        out
    }

    #[test]
    fn only_purchases_that_count_where_they_are_used_are_kept() {
        let rows = [
            charge(ChargeCategory::Usage, 0, 0),
            charge(ChargeCategory::Purchase, 1200, 0),
            charge(ChargeCategory::Purchase, 5, 5),
            charge(ChargeCategory::Purchase, -100, 0),
            charge(ChargeCategory::Tax, 3, 0),
        ];
        assert_eq!(purchase_rows(&ChargeBatch::from_charges(&rows)), [1, 3]);
    }
}
