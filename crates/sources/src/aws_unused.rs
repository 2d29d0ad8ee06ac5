//! The unused part of commitments: AWS states it in the rows of their fees, FOCUS has rows of its own for it.
//!
//! Source: AWS, "Understanding your amortized reservation and savings plan data": the unused part of a savings plan is
//! `TotalCommitmentToDate - UsedCommitment`, that of a reservation `UnusedAmortizedUpfrontFeeForBillingPeriod + UnusedRecurringFee`.
//! FOCUS 1.2, CommitmentDiscountStatus: charges of the unused part have the category Usage. Read 2026-11-28.

use tollgate_model::{Amount, Column, DecimalColumn, TextColumn};

use crate::charge_draft::ChargeDraft;

/// Columns that describe use, of which an unused part has none.
const OF_USE: &[Column] = &[
    Column::ConsumedQuantity,
    Column::PricingQuantity,
    Column::CommitmentDiscountQuantity,
    Column::ListUnitPrice,
    Column::ContractedUnitPrice,
];

/// Adds a row for each unused part that is not zero: the row of its fee, and its cost.
pub(crate) fn add_unused(draft: &mut ChargeDraft, unused: &[(usize, Amount)]) {
    let unused: Vec<(usize, Amount)> = unused.iter().copied().filter(|(_, cost)| !cost.is_zero()).collect();
    if unused.is_empty() {
        return;
    }
    let rows: Vec<usize> = unused.iter().map(|(row, _)| *row).collect();
    let first = draft.add_copies(&rows);
    let zero = |_: usize| Some(Amount::ZERO);
    set(draft, Column::EffectiveCost, first, &|at| unused.get(at).map(|(_, cost)| *cost));
    for column in [Column::BilledCost, Column::ListCost, Column::ContractedCost] {
        set(draft, column, first, &zero);
    }
    for column in OF_USE {
        set(draft, *column, first, &|_| None);
    }
    for (column, value) in [
        (Column::ChargeCategory, "Usage"),
        (Column::ChargeFrequency, "Usage-Based"),
        (Column::PricingCategory, "Committed"),
        (Column::CommitmentDiscountStatus, "Unused"),
    ] {
        let all = draft.charges.rows();
        let known = draft.charges.text(column).cloned().unwrap_or_else(|| TextColumn::nulls(all));
        let mut out = TextColumn::default();
        (0..all).for_each(|row| out.push(if row < first { known.get(row) } else { Some(value) }));
        draft.charges.set_text(column, out);
    }
}

/// Replaces the last values of a column of amounts or quantities, if the draft has it.
fn set(draft: &mut ChargeDraft, column: Column, first: usize, value: &dyn Fn(usize) -> Option<Amount>) {
    let Some(known) = draft.charges.decimals(column) else { return };
    let mut out = DecimalColumn::default();
    for row in 0..known.len() {
        // Units are kept whatever their scale; only zero, unknown and costs are set.
        if row < first { out.push(known.get::<24>(row)) } else { out.push(value(row - first)) }
    }
    draft.charges.set_decimals(column, out);
}
