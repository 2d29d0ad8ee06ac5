//! Oracle Cloud Infrastructure: cost reports, CSV. OCI's FOCUS reports are read as FOCUS.
//!
//! Source: Oracle, "Cost and Usage Reports Overview", cost report schema. Read 2026-11-28.

use tollgate_model::{Column, TextColumn};

use crate::charge_draft::ChargeDraft;
use crate::format::RawBatch;
use crate::table_format::{TableFormat, TableSpec, with_underscores};
use crate::tags::{self, Tags};

pub(crate) static SPEC: TableSpec = TableSpec {
    name: "OCI cost report",
    required: &[&["lineitem_intervalusagestart"], &["cost_mycost"], &["product_service"], &["cost_currencycode"]],
    typical: &[],
    columns: include_str!("mappings/oci_columns.tsv"),
    costs: &["cost_mycost"],
    money: ("cost_mycost", "lineitem_iscorrection", None),
    fold: with_underscores,
    map,
};

fn map(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    let cost = raw.decimal(format.at("cost_mycost")).cloned().unwrap_or_default();
    let charges = &mut draft.charges;
    charges.set_decimals(Column::ContractedCost, cost.clone());
    charges.set_decimals(Column::EffectiveCost, cost.clone());
    charges.set_decimals(Column::BilledCost, cost);
    charges.set_text(Column::ProviderName, TextColumn::constant("Oracle", rows));
    charges.set_text(Column::InvoiceIssuerName, TextColumn::constant("Oracle", rows));
    charges.set_text(Column::ChargeCategory, TextColumn::constant("Usage", rows));
    charges.set_text(Column::ChargeFrequency, TextColumn::constant("Usage-Based", rows));
    if let Some(correction) = format.text(raw, "lineitem_iscorrection") {
        let class = correction.map(|c| c.eq_ignore_ascii_case("true").then(|| "Correction".to_owned()));
        draft.charges.set_text(Column::ChargeClass, class);
    }
    // A column for each tag: `tags/team`, `tags/Namespace.Key`.
    let columns: Vec<(&str, &TextColumn)> = format
        .header()
        .iter()
        .enumerate()
        .filter_map(|(at, name)| {
            Some((name.strip_prefix("tags/").or_else(|| name.strip_prefix("tags."))?, raw.text(Some(at))?))
        })
        .collect();
    if columns.is_empty() {
        return;
    }
    let mut out = TextColumn::default();
    for row in 0..rows {
        let tags: Tags =
            columns.iter().filter_map(|(key, values)| Some(((*key).to_owned(), values.get(row)?.to_owned()))).collect();
        out.push(tags::to_json(&tags).as_deref());
    }
    draft.charges.set_text(Column::Tags, out);
}
