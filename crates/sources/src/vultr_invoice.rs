//! Vultr: the items of an invoice and pending charges, as the API answers them, or as CSV or JSON lines of the same names.
//!
//! Source: Vultr API v2, `GET /v2/billing/invoices/{id}/items` and `GET /v2/billing/pending-charges`. Read 2026-11-28.

use tollgate_model::{Column, TextColumn};

use crate::charge_draft::ChargeDraft;
use crate::format::RawBatch;
use crate::table_format::{TableFormat, TableSpec, with_underscores};

pub(crate) static SPEC: TableSpec = TableSpec {
    name: "Vultr invoice items",
    required: &[&["start_date"], &["end_date"], &["units"], &["total"], &["product", "description"]],
    typical: &["unit_type", "unit_price"],
    columns: include_str!("mappings/vultr_columns.tsv"),
    costs: &["total"],
    money: ("total", "product", None),
    fold: with_underscores,
    map,
};

fn map(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    let cost = raw.decimal(format.at("total")).cloned().unwrap_or_default();
    let mut category = TextColumn::default();
    for row in 0..rows {
        let credit = cost.get::<24>(row).is_some_and(tollgate_model::Fixed::is_negative);
        category.push(Some(if credit { "Credit" } else { "Usage" }));
    }
    let charges = &mut draft.charges;
    charges.set_decimals(Column::EffectiveCost, cost.clone());
    charges.set_decimals(Column::BilledCost, cost);
    charges.set_text(Column::ChargeCategory, category);
    charges.set_text(Column::ProviderName, TextColumn::constant("Vultr", rows));
    // Vultr bills in US dollars only.
    charges.set_text(Column::BillingCurrency, TextColumn::constant("USD", rows));
}
