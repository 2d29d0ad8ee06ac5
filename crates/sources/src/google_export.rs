//! Google Cloud: the standard and the detailed usage cost export of BigQuery, as CSV, JSON lines or Parquet.
//!
//! Credits are lists in the rows that they reduce, so a row's cost is its cost and its credits, as Google's own reports net them.
//!
//! Source: Google Cloud, "Structure of Standard data export" and "Structure of Detailed data export". Read 2026-11-28.

use tollgate_model::{Amount, Column, DecimalColumn, TextColumn};

use crate::Note;
use crate::charge_draft::ChargeDraft;
use crate::format::RawBatch;
use crate::json_text::{Json, Kind};
use crate::number::rounded;
use crate::table_format::{TableFormat, TableSpec, with_underscores};
use crate::tags::{self, Tags, from_python};

pub(crate) static SPEC: TableSpec = TableSpec {
    name: "Google Cloud billing export",
    required: &[&["usage_start_time"], &["cost"], &["currency"], &["service_description", "service_id"]],
    typical: &["sku_id", "sku_description", "project_id", "invoice_month", "billing_account_id"],
    columns: include_str!("mappings/google_columns.tsv"),
    costs: &["cost", "credits_amount"],
    money: ("cost", "cost_type", Some("the credits of the rows, as Google nets them")),
    fold: with_underscores,
    map,
};

fn map(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let rows = raw.rows;
    draft.charges.set_text(Column::ProviderName, TextColumn::constant("Google Cloud", rows));
    draft.charges.set_text(Column::InvoiceIssuerName, TextColumn::constant("Google Cloud", rows));
    if let Some(months) = format.text(raw, "invoice_month") {
        // `202610`; the end follows from it.
        let first = months.map(|m| Some(format!("{}-{}-01", m.get(..4)?, m.get(4..6)?)).filter(|_| m.len() == 6));
        draft.times.insert(Column::BillingPeriodStart, first);
    }
    costs(format, raw, draft);
    categories(format, raw, draft);
    all_tags(format, raw, draft);
}

fn costs(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let cost = raw.decimal(format.at("cost")).cloned().unwrap_or_default();
    let lists = format.text(raw, "credits");
    let sums: Vec<Result<Amount, ()>> =
        lists.map(|l| l.per_value(|text| sum_of_credits(text).ok_or(()))).unwrap_or_default();
    let flat = raw.decimal(format.at("credits_amount"));
    let mut net = DecimalColumn::default();
    for row in 0..raw.rows {
        let listed = match lists.and_then(|l| sums.get(*l.keys().get(row)? as usize)) {
            Some(Ok(sum)) => Some(*sum),
            Some(Err(())) => {
                draft.reject_row(row, Some("credits"), "is no list of credits with amounts".to_owned());
                None
            }
            None => Some(Amount::ZERO),
        };
        let own = flat.and_then(|f| f.get::<24>(row)).unwrap_or(Amount::ZERO);
        let credits = listed.and_then(|l| l.checked_add(own));
        net.push(cost.get::<24>(row).zip(credits).and_then(|(cost, credits)| cost.checked_add(credits)));
    }
    draft.charges.set_decimals(Column::ContractedCost, cost);
    draft.charges.set_decimals(Column::EffectiveCost, net.clone());
    draft.charges.set_decimals(Column::BilledCost, net);
}

/// The sum of the amounts in a list of credits.
fn sum_of_credits(text: &str) -> Option<Amount> {
    if matches!(text.trim(), "" | "[]" | "{}" | "\"\"") {
        return Some(Amount::ZERO);
    }
    let python;
    let json = match Json::parse(text) {
        Ok(json) => json,
        Err(_) => {
            python = from_python(text);
            Json::parse(&python).ok()?
        }
    };
    let amount = |credit: &Json<'_>| {
        let amount = credit.get("amount")?;
        let written = match &amount.kind {
            Kind::Null => return Some(Amount::ZERO),
            _ => amount.scalar()?,
        };
        written.parse().ok().or_else(|| rounded(&written))
    };
    match &json.kind {
        Kind::List(credits) => credits.iter().try_fold(Amount::ZERO, |sum, credit| sum.checked_add(amount(credit)?)),
        Kind::Object(entries) if entries.is_empty() => Some(Amount::ZERO),
        Kind::Object(_) => amount(&json),
        _ => None,
    }
}

fn categories(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let nulls = TextColumn::nulls(raw.rows);
    let kinds = format.text(raw, "cost_type").unwrap_or(&nulls);
    let skus = format.text(raw, "sku_description").unwrap_or(&nulls);
    // Fees of commitments are billed as they are used up, month by month.
    let is_fee: Vec<bool> = skus.per_value(|s| s.starts_with("Commitment v") || s.starts_with("Commitment - "));
    let (mut category, mut frequency) = (TextColumn::default(), TextColumn::default());
    for row in 0..raw.rows {
        let fee = is_fee.get(skus.keys()[row] as usize) == Some(&true);
        let (of_kind, how) = match kinds.get(row) {
            None | Some("regular") if fee => ("Purchase", "Recurring"),
            None | Some("regular") => ("Usage", "Usage-Based"),
            Some("tax") => ("Tax", "One-Time"),
            Some("adjustment" | "rounding_error" | "rounding error") => ("Adjustment", "One-Time"),
            Some(kind) => {
                draft.count_unknown_kind(kind);
                ("Adjustment", "One-Time")
            }
        };
        category.push(Some(of_kind));
        frequency.push(Some(how));
    }
    draft.charges.set_text(Column::ChargeCategory, category);
    draft.charges.set_text(Column::ChargeFrequency, frequency);
}

/// A resource's labels, then its tags, then the labels of its project.
fn all_tags(format: &TableFormat, raw: &RawBatch, draft: &mut ChargeDraft) {
    let columns: Vec<&TextColumn> =
        ["labels", "tags", "project_labels"].iter().filter_map(|name| format.text(raw, name)).collect();
    let parsed: Vec<Vec<Option<Tags>>> = columns.iter().map(|c| c.per_value(tags::parse)).collect();
    let (mut out, mut unread) = (TextColumn::default(), 0);
    for row in 0..raw.rows {
        let mut all = Tags::new();
        for (column, parsed) in columns.iter().zip(&parsed) {
            match parsed.get(column.keys()[row] as usize) {
                Some(Some(tags)) => tags.iter().for_each(|(key, value)| {
                    all.entry(key.clone()).or_insert_with(|| value.clone());
                }),
                Some(None) => unread += 1,
                None => {}
            }
        }
        out.push(tags::to_json(&all).as_deref());
    }
    draft.count_note(Note::UnreadableTags, unread);
    draft.charges.set_text(Column::Tags, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_are_summed_in_every_notation() {
        for (text, sum) in [
            ("[]", "0"),
            (r#"[{"name":"a","amount":-0.1},{"name":"b","amount":"-0.02"}]"#, "-0.12"),
            ("[{'name': 'a', 'amount': -0.1}]", "-0.1"),
            (r#"{"amount": -3}"#, "-3"),
            (r#"[{"amount": -1.3877787807814457e-17}]"#, "-0.000000000000000013877788"),
        ] {
            assert_eq!(sum_of_credits(text).map(|a| a.to_string()).as_deref(), Some(sum), "{text}");
        }
        for text in ["x", "[1]", r#"[{"amount":"much"}]"#, r#"[{"name":"a"}]"#] {
            assert_eq!(sum_of_credits(text), None, "{text}");
        }
    }
}
