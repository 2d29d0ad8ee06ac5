//! AWS Cost and Usage Reports: legacy and 2.0, CSV or Parquet.
//!
//! BilledCost is the unblended cost of the line, so that its sum equals the invoice. EffectiveCost follows the line item
//! type (mappings/aws_line_items.tsv): the cost of a commitment counts where it is used.

use std::collections::{BTreeMap, HashMap};

use tollgate_model::batch::NULL;
use tollgate_model::{Amount, Basis, Column, DecimalColumn, TextColumn};

use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, require};
use crate::mapping::{LineItem, aws_service, columns, line_items, take_columns};
use crate::stated::MoneyColumn;

const REQUIRED: &[&str] = &[
    "line_item_unblended_cost",
    "line_item_line_item_type",
    "line_item_usage_start_date",
    "bill_billing_period_start_date",
    "line_item_currency_code",
];

/// Columns read as exact costs: they enter BilledCost or EffectiveCost.
const COSTS: &[&str] = &[
    "line_item_unblended_cost",
    "reservation_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
];
const PRICES: &[&str] = &["pricing_public_on_demand_cost", "pricing_public_on_demand_rate", "line_item_unblended_rate"];
const QUANTITIES: &[&str] = &["line_item_usage_amount"];

struct AwsCur {
    legacy: bool,
    header: Vec<String>,
    index: HashMap<String, usize>,
    cells: Vec<CellType>,
    table: Vec<(Column, Vec<&'static str>)>,
    line_items: HashMap<&'static str, LineItem>,
}

/// `lineItem/UsageStartDate` as `line_item_usage_start_date`; a 2.0 name stays.
fn fold(name: &str) -> String {
    if name.starts_with("resourceTags/") || name.starts_with("resource_tags/") {
        return name.to_owned();
    }
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(if c == '/' { '_' } else { c });
        }
    }
    out
}

/// A CUR format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
    let folded: Vec<String> = header.iter().map(|h| fold(h)).collect();
    require("an AWS Cost and Usage Report", REQUIRED, |name| folded.iter().any(|h| h == name))?;
    let cells = folded
        .iter()
        .map(|h| match h.as_str() {
            h if COSTS.contains(&h) => CellType::Cost,
            h if PRICES.contains(&h) => CellType::Price,
            h if QUANTITIES.contains(&h) => CellType::Quantity,
            _ => CellType::Text,
        })
        .collect();
    Ok(Box::new(AwsCur {
        legacy: header.iter().any(|h| h.starts_with("lineItem/")),
        // If two names fold to the same one, the first has AWS's own spelling.
        index: folded.iter().enumerate().rev().map(|(i, h)| (h.clone(), i)).collect(),
        header: folded,
        cells,
        table: columns(include_str!("mappings/aws_cur_columns.tsv")),
        line_items: line_items(),
    }))
}

impl Format for AwsCur {
    fn name(&self) -> String {
        if self.legacy { "AWS CUR (legacy)".to_owned() } else { "AWS CUR 2.0".to_owned() }
    }

    fn cells(&self) -> &[CellType] {
        &self.cells
    }

    fn money_columns(&self) -> Vec<MoneyColumn> {
        let column = |name: &str, against| {
            let index = self.index.get(name).copied()?;
            Some(MoneyColumn { index, name: self.header.get(index).cloned().unwrap_or_default(), against })
        };
        let unblended = "line_item_unblended_cost";
        [column(unblended, Basis::Billed), column(unblended, Basis::Effective)].into_iter().flatten().collect()
    }

    fn kind_columns(&self) -> Vec<usize> {
        self.index.get("line_item_line_item_type").copied().into_iter().collect()
    }

    /// A commitment is billed as a fee, and costs where it is used.
    fn difference_reason(&self, column: &MoneyColumn, kind: &[&str]) -> Option<&'static str> {
        match (column.against, kind.first().copied().unwrap_or_default()) {
            (Basis::Effective, "DiscountedUsage" | "SavingsPlanCoveredUsage") => {
                Some("the use of a commitment, at its share of the price")
            }
            (Basis::Effective, "SavingsPlanNegation") => Some("use that a savings plan pays for"),
            (Basis::Effective, "RIFee" | "SavingsPlanRecurringFee" | "SavingsPlanUpfrontFee" | "Fee" | "Refund") => {
                Some("the price of a commitment, which counts where it is used")
            }
            _ => None,
        }
    }

    fn map(&self, mut raw: RawBatch) -> ChargeDraft {
        let mut draft = std::mem::take(&mut raw.draft);
        draft.name_columns(|i| self.header.get(i).cloned().unwrap_or_default());
        let index_of = |name: &str| self.index.get(name).copied();
        take_columns(&raw, &mut draft, &self.table, index_of);
        let rows = raw.rows;
        draft.charges.set_text(Column::ProviderName, TextColumn::constant("AWS", rows));
        self.costs(&raw, &mut draft);
        self.services(&raw, &mut draft);
        if let Some(tags) = self.legacy_tags(&raw) {
            draft.charges.set_text(Column::Tags, tags);
        }
        self.keep_the_rest(&mut raw, &mut draft);
        draft
    }
}

impl AwsCur {
    fn costs(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let rows = raw.rows;
        let of = |name: &str| raw.decimal(self.index.get(name).copied());
        let unblended = of("line_item_unblended_cost").cloned().unwrap_or_default();
        let types = raw
            .text(self.index.get("line_item_line_item_type").copied())
            .cloned()
            .unwrap_or_else(|| TextColumn::nulls(rows));
        let items: Vec<Option<&LineItem>> = types.per_value(|v| self.line_items.get(v));

        let mut effective = DecimalColumn::default();
        let mut contracted = DecimalColumn::default();
        let (mut category, mut frequency, mut status, mut pricing) =
            (TextColumn::default(), TextColumn::default(), TextColumn::default(), TextColumn::default());
        let reservation = raw.text(self.index.get("reservation_reservation_a_r_n").copied());
        for row in 0..rows {
            let key = types.keys()[row];
            let item = items.get(key as usize).copied().flatten();
            if item.is_none() {
                let reason = match types.value(key) {
                    Some(v) => format!("`{v}` is an unknown line item type"),
                    None => "is empty".to_owned(),
                };
                draft.reject_row(row, Some("line_item_line_item_type"), reason);
            }
            let billed: Option<Amount> = unblended.get(row);
            let get = |name: &str| of(name).and_then(|d| d.get::<24>(row));
            // A missing amount that the line item type requires is unknown, and the row is rejected.
            effective.push(match item.map(|i| i.effective) {
                Some("zero") => Some(Amount::ZERO),
                Some("savings_plan") => get("savings_plan_savings_plan_effective_cost"),
                Some("reservation") => get("reservation_effective_cost"),
                Some("sp_unused") => get("savings_plan_total_commitment_to_date")
                    .zip(get("savings_plan_used_commitment"))
                    .and_then(|(all, used)| all.checked_sub(used)),
                Some("ri_unused") => get("reservation_unused_amortized_upfront_fee_for_billing_period")
                    .zip(get("reservation_unused_recurring_fee"))
                    .and_then(|(upfront, recurring)| upfront.checked_add(recurring)),
                Some("upfront") if reservation.is_some_and(|r| r.get(row).is_some()) => Some(Amount::ZERO),
                _ => billed,
            });
            contracted.push(billed);
            category.push(item.map(|i| i.category));
            frequency.push(item.map(|i| i.frequency));
            status.push(item.and_then(|i| i.status));
            pricing.push(match item {
                Some(i) if i.category == "Tax" => None,
                Some(i) if i.status.is_some() => Some("Committed"),
                Some(_) => Some("Standard"),
                None => None,
            });
        }
        let charges = &mut draft.charges;
        charges.set_decimals(Column::BilledCost, unblended);
        charges.set_decimals(Column::EffectiveCost, effective);
        charges.set_decimals(Column::ContractedCost, contracted);
        charges.set_text(Column::ChargeCategory, category);
        charges.set_text(Column::ChargeFrequency, frequency);
        charges.set_text(Column::CommitmentDiscountStatus, status);
        charges.set_text(Column::PricingCategory, pricing);
        for (column, name) in [
            (Column::ListCost, "pricing_public_on_demand_cost"),
            (Column::ListUnitPrice, "pricing_public_on_demand_rate"),
            (Column::ContractedUnitPrice, "line_item_unblended_rate"),
            (Column::ConsumedQuantity, "line_item_usage_amount"),
            (Column::PricingQuantity, "line_item_usage_amount"),
        ] {
            if let Some(values) = of(name) {
                charges.set_decimals(column, values.clone());
            }
        }
    }

    fn services(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let Some(codes) = raw.text(self.index.get("line_item_product_code").copied()) else { return };
        draft.charges.set_text(Column::ServiceCategory, codes.map(|c| Some(aws_service(c).0.to_owned())));
        draft.charges.set_text(Column::ServiceSubcategory, codes.map(|c| Some(aws_service(c).1.to_owned())));
    }

    /// Legacy reports have one column for each tag: `resourceTags/user:team`. FOCUS has one JSON object.
    fn legacy_tags(&self, raw: &RawBatch) -> Option<TextColumn> {
        let tags: Vec<(&str, &TextColumn)> = self
            .header
            .iter()
            .enumerate()
            .filter_map(|(i, h)| {
                let key = h.strip_prefix("resourceTags/").or_else(|| h.strip_prefix("resource_tags/"))?;
                Some((key.strip_prefix("user:").unwrap_or(key), raw.text(Some(i))?))
            })
            .collect();
        if tags.is_empty() {
            return None;
        }
        let mut out = TextColumn::default();
        // Many rows share the same tags: each combination is serialized once.
        let mut written: HashMap<Vec<u32>, u32> = HashMap::new();
        for row in 0..raw.rows {
            let keys: Vec<u32> = tags.iter().map(|(_, values)| values.keys()[row]).collect();
            if let Some(key) = written.get(&keys) {
                out.push_key(*key);
                continue;
            }
            let object: BTreeMap<&str, &str> =
                tags.iter().filter_map(|(name, values)| Some((*name, values.get(row)?))).collect();
            let key = match serde_json::to_string(&object) {
                Ok(json) if !object.is_empty() => out.intern(&json),
                _ => NULL,
            };
            written.insert(keys, key);
            out.push_key(key);
        }
        Some(out)
    }

    /// Keeps columns that FOCUS does not have, with the prefix `x_`.
    fn keep_the_rest(&self, raw: &mut RawBatch, draft: &mut ChargeDraft) {
        let taken: Vec<&str> = self.table.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for (index, name) in self.header.iter().enumerate() {
            if taken.contains(&name.as_str()) || name.starts_with("resourceTags/") {
                continue;
            }
            // Empty columns are kept too, so that every chunk of a file has the same columns.
            if let Some(RawColumn::Text(values)) = raw.take(index) {
                draft.charges.set_extra(format!("x_{name}"), values);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_names_fold_to_those_of_2_0() {
        assert_eq!(fold("lineItem/UsageStartDate"), "line_item_usage_start_date");
        assert_eq!(fold("savingsPlan/SavingsPlanARN"), "savings_plan_savings_plan_a_r_n");
        assert_eq!(fold("line_item_usage_start_date"), "line_item_usage_start_date");
        assert_eq!(fold("resourceTags/user:Team"), "resourceTags/user:Team");
    }
}
