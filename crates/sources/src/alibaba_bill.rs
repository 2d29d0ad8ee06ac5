//! Alibaba Cloud: bills of instances, as the BSS OpenAPI answers them (`DescribeInstanceBill`) or as CSV of the same columns.
//!
//! Source: Alibaba Cloud, BSS OpenAPI 2017-12-14, `DescribeInstanceBill`. Read 2026-11-28.

use tollgate_model::{Column, TextColumn};

use crate::Note;
use crate::charge_draft::ChargeDraft;
use crate::format::RawBatch;
use crate::table_format::{TableFormat, TableSpec, without_marks};
use crate::tags;

pub(crate) static SPEC: TableSpec = TableSpec {
    name: "Alibaba Cloud instance bill",
    required: &[&["billingdate", "billingcycle"], &["pretaxamount"], &["productcode", "productname"]],
    typical: &["billaccountid", "ownerid", "subscriptiontype", "productdetail", "instanceid"],
    columns: include_str!("mappings/alibaba_columns.tsv"),
    costs: &["pretaxamount"],
    money: ("pretaxamount", "item", None),
    fold: without_marks,
    map,
};

fn map(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    let nulls = TextColumn::nulls(rows);
    let cost = raw.decimal(format.at("pretaxamount")).cloned().unwrap_or_default();
    draft.charges.set_decimals(Column::EffectiveCost, cost.clone());
    draft.charges.set_decimals(Column::BilledCost, cost);
    draft.charges.set_text(Column::ProviderName, TextColumn::constant("Alibaba Cloud", rows));
    periods(format, raw, draft);
    let items = format.text(raw, "item").unwrap_or(&nulls);
    let kinds = format.text(raw, "subscriptiontype").unwrap_or(&nulls);
    let (mut category, mut class, mut frequency) =
        (TextColumn::default(), TextColumn::default(), TextColumn::default());
    for row in 0..rows {
        let subscribed = kinds.get(row).is_some_and(|k| k.eq_ignore_ascii_case("Subscription"));
        let (of_item, of_class, how) = match items.get(row) {
            None if subscribed => ("Purchase", None, "One-Time"),
            Some("SubscriptionOrder") => ("Purchase", None, "One-Time"),
            None | Some("PayAsYouGoBill") => ("Usage", None, "Usage-Based"),
            Some("Refund") => ("Purchase", Some("Correction"), "One-Time"),
            Some("Adjustment") => ("Adjustment", None, "One-Time"),
            Some(kind) => {
                draft.count_unknown_kind(kind);
                ("Adjustment", None, "One-Time")
            }
        };
        category.push(Some(of_item));
        class.push(of_class);
        frequency.push(Some(how));
    }
    draft.charges.set_text(Column::ChargeCategory, category);
    draft.charges.set_text(Column::ChargeClass, class);
    draft.charges.set_text(Column::ChargeFrequency, frequency);
    if let Some(written) = format.text(raw, "tag") {
        let (tags, unread) = tags::column(written, str::to_owned);
        draft.count_note(Note::UnreadableTags, unread);
        draft.charges.set_text(Column::Tags, tags);
    }
}

/// A bill by day has dates, a bill by month only its cycle, `2026-10`.
fn periods(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    let nulls = TextColumn::nulls(rows);
    let first = |m: &str| Some(if m.len() == 7 { format!("{m}-01") } else { m.to_owned() });
    let cycles = format.text(raw, "billingcycle").map_or_else(|| nulls.clone(), |c| c.map(first));
    let next = cycles.map(|m| {
        let month = m.get(..7)?.parse::<tollgate_model::BillingPeriod>().ok()?;
        Some(month.next().first_day().to_string())
    });
    let days = format.text(raw, "billingdate").unwrap_or(&nulls);
    let (mut start, mut end) = (TextColumn::default(), TextColumn::default());
    for row in 0..rows {
        let day = days.get(row);
        start.push(day.or_else(|| cycles.get(row)));
        // The end of a day follows from it.
        end.push(if day.is_some() { None } else { next.get(row) });
    }
    draft.times.insert(Column::ChargePeriodStart, start);
    draft.times.insert(Column::ChargePeriodEnd, end);
    draft.times.insert(Column::BillingPeriodStart, cycles);
}
