//! OpenCost and Kubecost: allocations of a cluster's cost, as their API answers them in JSON.
//!
//! Source: OpenCost, "API", `/allocation`, and Kubecost, "Allocation API": `totalCost` is the sum of an allocation's costs after
//! adjustments. Read 2026-11-28.

use tollgate_model::{Column, TextColumn};

use crate::Note;
use crate::charge_draft::ChargeDraft;
use crate::format::RawBatch;
use crate::table_format::{TableFormat, TableSpec, with_underscores};
use crate::tags;

pub(crate) static SPEC: TableSpec = TableSpec {
    name: "OpenCost allocations",
    required: &[&["totalcost"], &["cpucost"], &["ramcost"], &["window_start"]],
    typical: &[],
    columns: include_str!("mappings/kubernetes_columns.tsv"),
    costs: &["totalcost"],
    money: ("totalcost", "", None),
    fold: with_underscores,
    map,
};

fn map(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    let cost = raw.decimal(format.at("totalcost")).cloned().unwrap_or_default();
    let charges = &mut draft.charges;
    charges.set_decimals(Column::EffectiveCost, cost.clone());
    charges.set_decimals(Column::BilledCost, cost);
    for (column, value) in [
        (Column::ChargeCategory, "Usage"),
        (Column::ChargeFrequency, "Usage-Based"),
        (Column::ProviderName, "Kubernetes"),
        (Column::ServiceName, "Kubernetes"),
        (Column::ServiceCategory, "Compute"),
        (Column::ServiceSubcategory, "Containers"),
    ] {
        charges.set_text(column, TextColumn::constant(value, rows));
    }
    if let Some(written) = format.text(raw, "properties_labels") {
        let (tags, unread) = tags::column(written, str::to_owned);
        draft.count_note(Note::UnreadableTags, unread);
        draft.charges.set_text(Column::Tags, tags);
    }
    let shares = "rows are shares of a cluster's cost: beside the cloud's own bill they count twice, so keep them in a store of their own";
    draft.count_note(Note::Other(shares), rows as u64);
}
