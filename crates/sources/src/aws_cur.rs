//! AWS Cost and Usage Reports: legacy and 2.0, CSV or Parquet.
//!
//! BilledCost is the unblended cost of the line, so that its sum equals the invoice. EffectiveCost follows the line item
//! type (mappings/aws_line_items.tsv): the cost of a commitment counts where it is used.

use std::collections::HashMap;

use tollgate_model::{Amount, Basis, Column, DecimalColumn, TextColumn};

use crate::Note;
use crate::aws_tags::{TagColumns, column_key};
use crate::aws_unused::add_unused;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, refuse_twice, require};
use crate::json_text::Json;
use crate::mapping::{LineItem, aws_service, aws_service_name, columns, line_items, take_columns};
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
const TIMES: &[&str] = &["line_item_usage_start_date", "line_item_usage_end_date", "bill_billing_period_end_date"];

/// The cost after discounts, in reports of accounts that have some.
const NET: &str = "line_item_net_unblended_cost";

/// What the description of a refund or fee says when it is the price of a commitment, in lower case.
///
/// Source: AWS Billing user guide, "Returning a purchased Savings Plan", and line items of reservations. Read 2026-11-28.
const COMMITMENT_WORDS: &[&str] =
    &["savings plan", "reserved instance", "reserved node", "reserved capacity", "sign up charge for subscription"];

struct AwsCur {
    legacy: bool,
    header: Vec<String>,
    index: HashMap<String, usize>,
    cells: Vec<CellType>,
    table: Vec<(Column, Vec<&'static str>)>,
    line_items: HashMap<&'static str, LineItem>,
    tags: TagColumns,
}

/// `lineItem/UsageStartDate` as `line_item_usage_start_date`; a 2.0 name stays, and so does the column of a tag.
fn fold(name: &str) -> String {
    if name.contains('/') && column_key(name).is_some() {
        return name.to_owned();
    }
    if !name.bytes().any(|c| c.is_ascii_lowercase()) {
        return name.to_ascii_lowercase();
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

/// A name without the marks between its words: tools write `lineitem_unblendedcost`, too.
fn squash(name: &str) -> String {
    name.chars().filter(|c| *c != '_').collect()
}

/// A CUR format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
    let folded: Vec<String> = header.iter().map(|h| fold(h)).collect();
    let squashed: Vec<String> = folded.iter().map(|h| squash(h)).collect();
    require("an AWS Cost and Usage Report", REQUIRED, |name| squashed.contains(&squash(name)))?;
    let table = columns(include_str!("mappings/aws_cur_columns.tsv"));
    let used: Vec<String> = COSTS.iter().chain(REQUIRED).map(|name| squash(name)).collect();
    refuse_twice(header, |at| squashed.get(at).filter(|name| used.contains(name)).cloned())?;
    let among = |names: &[&str], name: &str| names.iter().any(|n| squash(n) == name);
    let cells = squashed
        .iter()
        .map(|h| match h.as_str() {
            h if among(COSTS, h) => CellType::Cost,
            h if among(PRICES, h) => CellType::Price,
            h if among(QUANTITIES, h) => CellType::Quantity,
            h if among(TIMES, h) => CellType::Time,
            "billbillingperiodstartdate" => CellType::PeriodStart,
            _ => CellType::Text,
        })
        .collect();
    Ok(Box::new(AwsCur {
        legacy: header.iter().any(|h| h.starts_with("lineItem/")),
        // If two names fold to the same one, the first has AWS's own spelling.
        index: squashed.into_iter().enumerate().rev().map(|(i, h)| (h, i)).collect(),
        tags: TagColumns::of(&folded),
        header: folded,
        cells,
        table,
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
            let index = self.at(name)?;
            Some(MoneyColumn { index, name: self.header.get(index).cloned().unwrap_or_default(), against })
        };
        let unblended = "line_item_unblended_cost";
        let net = column(NET, Basis::Billed);
        [column(unblended, Basis::Billed), column(unblended, Basis::Effective), net].into_iter().flatten().collect()
    }

    fn kind_columns(&self) -> Vec<usize> {
        self.at("line_item_line_item_type").into_iter().collect()
    }

    /// A commitment is billed as a fee, and costs where it is used.
    fn difference_reason(&self, column: &MoneyColumn, kind: &[&str]) -> Option<&'static str> {
        if squash(&fold(&column.name)) == squash(NET) {
            return Some("discounts, which the net cost takes off each row");
        }
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
        take_columns(&raw, &mut draft, &self.table, |name| self.at(name));
        let rows = raw.rows;
        draft.charges.set_text(Column::ProviderName, TextColumn::constant("AWS", rows));
        let unused = self.costs(&raw, &mut draft);
        self.prices(&raw, &mut draft);
        self.services(&raw, &mut draft);
        if let Some((tags, unread)) = self.tags.read(&raw) {
            draft.charges.set_text(Column::Tags, tags);
            draft.count_note(Note::UnreadableTags, unread);
        }
        self.keep_the_rest(&mut raw, &mut draft);
        add_unused(&mut draft, &unused);
        draft
    }
}

impl AwsCur {
    fn at(&self, name: &str) -> Option<usize> {
        self.index.get(&squash(name)).copied()
    }

    fn text<'a>(&self, raw: &'a RawBatch, name: &str) -> Option<&'a TextColumn> {
        raw.text(self.at(name))
    }

    /// Sets both costs and what the line item type says; returns the unused parts of commitments, by row.
    fn costs(&self, raw: &RawBatch, draft: &mut ChargeDraft) -> Vec<(usize, Amount)> {
        let rows = raw.rows;
        let cost = |name: &str| raw.decimal(self.at(name));
        let of_row = |column: Option<&DecimalColumn>, row: usize| column.and_then(|d| d.get::<24>(row));
        let unblended = cost("line_item_unblended_cost").cloned().unwrap_or_default();
        let (savings_plan, reservation) =
            (cost("savings_plan_savings_plan_effective_cost"), cost("reservation_effective_cost"));
        let (committed, used) = (cost("savings_plan_total_commitment_to_date"), cost("savings_plan_used_commitment"));
        let (upfront, recurring) = (
            cost("reservation_unused_amortized_upfront_fee_for_billing_period"),
            cost("reservation_unused_recurring_fee"),
        );
        let nulls = TextColumn::nulls(rows);
        let types = self.text(raw, "line_item_line_item_type").unwrap_or(&nulls);
        let items: Vec<Option<&LineItem>> = types.per_value(|v| self.line_items.get(v.trim()));
        let is_commitment = self.commitment_rows(raw);

        let (mut effective, mut words, mut unused) = (DecimalColumn::default(), Words::default(), Vec::new());
        for row in 0..rows {
            let key = types.keys()[row];
            let item = items.get(key as usize).copied().flatten();
            if item.is_none() {
                match types.value(key) {
                    Some(kind) => draft.count_unknown_kind(kind),
                    None => draft.reject_row(row, Some("line_item_line_item_type"), "is empty".to_owned()),
                }
            }
            let billed: Option<Amount> = unblended.get(row);
            let of_commitment = is_commitment(row);
            // A missing amount that the line item type requires is unknown, and the row is rejected.
            effective.push(match item.map(|i| i.effective) {
                Some("zero") => Some(Amount::ZERO),
                Some("savings_plan") => of_row(savings_plan, row),
                Some("reservation") => of_row(reservation, row),
                Some("upfront" | "returned") if of_commitment => Some(Amount::ZERO),
                _ => billed,
            });
            let part = match item.and_then(|i| i.unused) {
                Some("savings_plan") => {
                    Some(of_row(committed, row).zip(of_row(used, row)).and_then(|(all, used)| all.checked_sub(used)))
                }
                Some(_) => Some(of_row(upfront, row).zip(of_row(recurring, row)).and_then(|(a, b)| a.checked_add(b))),
                None => None,
            };
            match part {
                Some(Some(cost)) => unused.push((row, cost)),
                Some(None) => draft.count_note(Note::UnstatedUnused, 1),
                None => {}
            }
            words.push(item, of_commitment);
        }
        draft.charges.set_decimals(Column::ContractedCost, unblended.clone());
        draft.charges.set_decimals(Column::BilledCost, unblended);
        draft.charges.set_decimals(Column::EffectiveCost, effective);
        words.set(draft);
        unused
    }

    /// Whether a fee or refund is the price of a commitment: by its ARN, its product or its description.
    fn commitment_rows<'a>(&self, raw: &'a RawBatch) -> impl Fn(usize) -> bool + use<'a> {
        let known = |name: &str| self.text(raw, name);
        let arns = [known("reservation_reservation_a_r_n"), known("savings_plan_savings_plan_a_r_n")];
        let products = known("line_item_product_code");
        let plans: Vec<bool> = products.map(|p| p.per_value(|v| v.ends_with("SavingsPlans"))).unwrap_or_default();
        let descriptions = known("line_item_line_item_description");
        let named: Vec<bool> = descriptions
            .map(|d| {
                d.per_value(|v| {
                    let lower = v.to_lowercase();
                    COMMITMENT_WORDS.iter().any(|word| lower.contains(word))
                })
            })
            .unwrap_or_default();
        move |row| {
            let at = |column: Option<&TextColumn>, values: &[bool]| {
                column.and_then(|c| values.get(*c.keys().get(row)? as usize)) == Some(&true)
            };
            arns.iter().flatten().any(|a| a.get(row).is_some()) || at(products, &plans) || at(descriptions, &named)
        }
    }

    fn prices(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        for (column, name) in [
            (Column::ListCost, "pricing_public_on_demand_cost"),
            (Column::ListUnitPrice, "pricing_public_on_demand_rate"),
            (Column::ContractedUnitPrice, "line_item_unblended_rate"),
            (Column::ConsumedQuantity, "line_item_usage_amount"),
            (Column::PricingQuantity, "line_item_usage_amount"),
        ] {
            if let Some(values) = raw.decimal(self.at(name)) {
                draft.charges.set_decimals(column, values.clone());
            }
        }
    }

    /// The same name of a service whichever report has it: by its product code, else as the report writes it.
    fn services(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let Some(codes) = self.text(raw, "line_item_product_code") else { return };
        draft.charges.set_text(Column::ServiceCategory, codes.map(|c| Some(aws_service(c).0.to_owned())));
        draft.charges.set_text(Column::ServiceSubcategory, codes.map(|c| Some(aws_service(c).1.to_owned())));
        let names: Vec<Option<&str>> = codes.per_value(aws_service_name);
        let products = self.text(raw, "product");
        let in_product: Vec<Option<String>> = products
            .map(|p| p.per_value(|v| Some(Json::parse(v).ok()?.get("product_name")?.scalar()?.into_owned())))
            .unwrap_or_default();
        let written = ["product_product_name", "product_servicename"].map(|name| self.text(raw, name));
        let mut out = TextColumn::default();
        for (row, key) in codes.keys().iter().enumerate() {
            let of_table = names.get(*key as usize).copied().flatten();
            let of_product =
                || products.and_then(|p| in_product.get(*p.keys().get(row)? as usize)).and_then(Option::as_deref);
            let of_report = || written.iter().flatten().find_map(|c| c.get(row));
            out.push(of_table.or_else(of_product).or_else(of_report).or_else(|| codes.value(*key)));
        }
        draft.charges.set_text(Column::ServiceName, out);
    }

    /// Keeps columns that FOCUS does not have, with the prefix `x_`.
    fn keep_the_rest(&self, raw: &mut RawBatch, draft: &mut ChargeDraft) {
        let taken: Vec<String> = self.table.iter().flat_map(|(_, names)| names.iter().map(|n| squash(n))).collect();
        for (index, name) in self.header.iter().enumerate() {
            if taken.contains(&squash(name)) || (column_key(name).is_some() && name.contains('/')) {
                continue;
            }
            let kept = match name.as_str() {
                "cost_category" => "x_CostCategories".to_owned(),
                "resource_tags" => "x_Tags".to_owned(),
                "tags" if !self.header.iter().any(|h| h == "resource_tags") => "x_Tags".to_owned(),
                name => format!("x_{name}"),
            };
            // Empty columns are kept too, so that every chunk of a file has the same columns.
            if let Some(RawColumn::Text(values)) = raw.take(index) {
                draft.charges.set_extra(kept, values);
            }
        }
    }
}

/// What a line item type says of its row.
#[derive(Default)]
struct Words {
    category: TextColumn,
    class: TextColumn,
    frequency: TextColumn,
    status: TextColumn,
    pricing: TextColumn,
}

impl Words {
    fn push(&mut self, item: Option<&LineItem>, of_commitment: bool) {
        let returned = of_commitment && item.is_some_and(|i| i.effective == "returned");
        // An unknown type is kept, as what FOCUS has for charges of no other category.
        self.category.push(if returned { Some("Purchase") } else { Some(item.map_or("Adjustment", |i| i.category)) });
        self.class.push(returned.then_some("Correction"));
        self.frequency.push(item.map(|i| i.frequency));
        self.status.push(item.and_then(|i| i.status));
        self.pricing.push(match item {
            Some(i) if i.category == "Tax" => None,
            Some(i) if i.status.is_some() => Some("Committed"),
            Some(_) => Some("Standard"),
            None => None,
        });
    }

    fn set(self, draft: &mut ChargeDraft) {
        for (column, values) in [
            (Column::ChargeCategory, self.category),
            (Column::ChargeClass, self.class),
            (Column::ChargeFrequency, self.frequency),
            (Column::CommitmentDiscountStatus, self.status),
            (Column::PricingCategory, self.pricing),
        ] {
            draft.charges.set_text(column, values);
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
        assert_eq!(fold("LINE_ITEM_UNBLENDED_COST"), "line_item_unblended_cost");
        assert_eq!(squash("line_item_unblended_cost"), squash(&fold("lineItem/UnblendedCost")));
    }
}
