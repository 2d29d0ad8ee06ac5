//! Azure cost details: EA, MCA and pay-as-you-go, CSV or Parquet. Azure's FOCUS exports are read as FOCUS.

use std::collections::HashMap;

use tollgate_model::{Amount, Basis, Column, DecimalColumn, Quantity, TextColumn};

use crate::azure_charges::{Charges, is_commitment, normal};
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, refuse_twice};
use crate::mapping::{azure_region, azure_service, azure_unit, columns, take_columns};
use crate::stated::MoneyColumn;
use crate::{Note, azure_headers, tags};

/// What every row needs, in the names of the agreements: the first column there counts.
const REQUIRED: &[&[&str]] = &[
    &["date", "usagedatetime", "usagedate", "usagestart"],
    &["metercategory"],
    &["quantity", "consumedquantity", "usagequantity"],
    COST,
];
/// The cost in the currency of the bill: MCA and current EA, EA detail, pay-as-you-go, EA portal.
const COST: &[&str] = &["costinbillingcurrency", "cost", "pretaxcost", "extendedcost"];
const PRICES: &[&str] = &["effectiveprice", "unitprice", "paygprice", "resourcerate"];

struct AzureExport {
    header: Vec<String>,
    /// Names without case and marks between words, in English.
    folded: Vec<String>,
    index: HashMap<String, usize>,
    cells: Vec<CellType>,
    table: Vec<(Column, Vec<&'static str>)>,
    cost: usize,
    quantity: Option<usize>,
    charges: Charges,
}

/// An Azure format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
    let folded: Vec<String> = header.iter().map(|h| azure_headers::english(h)).collect();
    let place = |names: &[&str]| names.iter().find_map(|n| folded.iter().position(|h| h == n));
    let missing: Vec<String> = REQUIRED.iter().filter(|n| place(n).is_none()).map(|n| n.join(" or ")).collect();
    let found = REQUIRED.len() - missing.len();
    // Charge types came with newer schemas; a column of meters is Azure's own in every one.
    let Some(cost) = place(COST).filter(|_| missing.is_empty()) else {
        return Err(MissingColumns { format: "Azure cost details", found, columns: missing, twice: None });
    };
    let table = columns(include_str!("mappings/azure_columns.tsv"));
    let used: Vec<String> = table.iter().flat_map(|(_, names)| names.iter().map(|n| n.to_ascii_lowercase())).collect();
    refuse_twice(header, |at| {
        folded.get(at).filter(|h| used.contains(h) || COST.contains(&h.as_str()) || *h == "chargetype").cloned()
    })?;
    let quantity = place(&["quantity", "consumedquantity", "usagequantity"]);
    let date = place(&["date", "usagedatetime", "usagedate", "usagestart"]);
    let cells = folded
        .iter()
        .enumerate()
        .map(|(at, h)| match h.as_str() {
            _ if at == cost => CellType::Cost,
            _ if Some(at) == quantity => CellType::Quantity,
            _ if Some(at) == date => CellType::Time,
            h if PRICES.contains(&h) => CellType::Price,
            "billingperiodstartdate" => CellType::PeriodStart,
            "billingperiodenddate" => CellType::Time,
            _ => CellType::Text,
        })
        .collect();
    Ok(Box::new(AzureExport {
        index: folded.iter().enumerate().rev().map(|(i, h)| (h.clone(), i)).collect(),
        header: header.to_vec(),
        folded,
        cells,
        table,
        cost,
        quantity,
        charges: Charges::of_table(),
    }))
}

impl Format for AzureExport {
    fn name(&self) -> String {
        "Azure cost details".to_owned()
    }

    fn cells(&self) -> &[CellType] {
        &self.cells
    }

    fn money_columns(&self) -> Vec<MoneyColumn> {
        let name = || self.header.get(self.cost).cloned().unwrap_or_default();
        [Basis::Billed, Basis::Effective].map(|against| MoneyColumn { index: self.cost, name: name(), against }).into()
    }

    fn kind_columns(&self) -> Vec<usize> {
        ["chargetype", "pricingmodel"].iter().filter_map(|name| self.index.get(*name).copied()).collect()
    }

    /// A commitment is billed with its purchase, and costs where it is used.
    fn difference_reason(&self, column: &MoneyColumn, kind: &[&str]) -> Option<&'static str> {
        let word = |at: usize| kind.get(at).map(|k| normal(k));
        let committed = word(1).is_none_or(|model| matches!(model.as_str(), "reservation" | "savingsplan"));
        match (column.against, word(0).as_deref()) {
            (Basis::Billed, Some("unusedreservation" | "unusedsavingsplan")) => {
                Some("the unused part of a commitment, billed with its purchase")
            }
            (Basis::Billed, Some("usage")) if committed => Some("the use of a commitment, billed with its purchase"),
            (Basis::Effective, Some("purchase" | "refund")) => {
                Some("the price of a commitment, which counts where it is used")
            }
            _ => None,
        }
    }

    fn map(&self, mut raw: RawBatch) -> ChargeDraft {
        let mut draft = std::mem::take(&mut raw.draft);
        draft.name_columns(|i| self.header.get(i).cloned().unwrap_or_default());
        take_columns(&raw, &mut draft, &self.table, |name| self.index.get(&name.to_ascii_lowercase()).copied());
        self.periods(&raw, &mut draft);
        self.costs(&raw, &mut draft);
        self.words(&raw, &mut draft);
        self.service(&raw, &mut draft);
        self.region(&raw, &mut draft);
        self.units(&raw, &mut draft);
        self.tags(&raw, &mut draft);
        self.keep_the_rest(&mut raw, &mut draft);
        draft
    }
}

impl AzureExport {
    fn text<'a>(&self, raw: &'a RawBatch, name: &str) -> Option<&'a TextColumn> {
        raw.text(self.index.get(name).copied())
    }

    /// Azure names days, and the last day of a billing period; FOCUS's ends are exclusive.
    fn periods(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        if let Some(day) = draft.times.get(&Column::ChargePeriodStart).cloned() {
            draft.times.insert(Column::ChargePeriodEnd, day);
        }
        if let Some(last) = self.text(raw, "billingperiodenddate") {
            draft.times.insert(Column::BillingPeriodEnd, last.clone());
        }
        draft.last_days = vec![Column::ChargePeriodEnd, Column::BillingPeriodEnd];
    }

    /// Sets both costs and what the charge type says.
    fn costs(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let rows = raw.rows;
        let nulls = TextColumn::nulls(rows);
        let cost = raw.decimal(Some(self.cost)).cloned().unwrap_or_default();
        // Schemas without charge types have usage only.
        let usage = TextColumn::constant("Usage", rows);
        let kinds = self.text(raw, "chargetype").unwrap_or(&usage);
        let known: Vec<String> = kinds.per_value(normal);
        let commitment = is_commitment(
            raw,
            |name| self.text(raw, name),
            draft.charges.text(Column::CommitmentDiscountId).unwrap_or(&nulls),
        );
        let (mut billed, mut effective) = (DecimalColumn::default(), DecimalColumn::default());
        let (mut category, mut class, mut status) =
            (TextColumn::default(), TextColumn::default(), TextColumn::default());
        for row in 0..rows {
            let amount: Option<Amount> = cost.get(row);
            let key = kinds.keys()[row];
            let kind = known.get(key as usize).map_or("", String::as_str);
            let charge = self.charges.get(kind, commitment(row, kind));
            if charge.is_none() {
                match kinds.value(key) {
                    Some(kind) => draft.count_unknown_kind(kind),
                    None => draft.reject_row(row, Some("ChargeType"), "is empty".to_owned()),
                }
            }
            let of = |counts: bool| amount.map(|a| if counts { a } else { Amount::ZERO });
            billed.push(of(charge.is_none_or(|c| c.billed)));
            effective.push(of(charge.is_none_or(|c| c.effective)));
            category.push(Some(charge.map_or("Adjustment", |c| c.category)));
            class.push(charge.and_then(|c| c.class));
            status.push(charge.and_then(|c| c.status));
        }
        let charges = &mut draft.charges;
        charges.set_decimals(Column::BilledCost, billed);
        charges.set_decimals(Column::EffectiveCost, effective);
        charges.set_decimals(Column::ContractedCost, cost);
        charges.set_text(Column::ChargeCategory, category);
        charges.set_text(Column::ChargeClass, class);
        charges.set_text(Column::CommitmentDiscountStatus, status);
    }

    fn words(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let rows = raw.rows;
        let nulls = TextColumn::nulls(rows);
        let charges = &mut draft.charges;
        let frequency = self.text(raw, "frequency").unwrap_or(&nulls);
        charges.set_text(
            Column::ChargeFrequency,
            frequency.map(|f| {
                Some(match normal(f).as_str() {
                    "usagebased" => "Usage-Based".to_owned(),
                    "onetime" => "One-Time".to_owned(),
                    "recurring" => "Recurring".to_owned(),
                    _ => f.to_owned(),
                })
            }),
        );
        let models = self.text(raw, "pricingmodel").unwrap_or(&nulls);
        charges.set_text(
            Column::PricingCategory,
            models.map(|m| {
                Some(match normal(m).as_str() {
                    "ondemand" => "Standard".to_owned(),
                    "reservation" | "savingsplan" => "Committed".to_owned(),
                    "spot" => "Dynamic".to_owned(),
                    _ => "Other".to_owned(),
                })
            }),
        );
        charges.set_text(Column::ProviderName, TextColumn::constant("Microsoft", rows));
        charges.set_text(Column::InvoiceIssuerName, TextColumn::constant("Microsoft", rows));
        if charges.text(Column::PublisherName).is_none_or(|p| p.distinct() == 0) {
            charges.set_text(Column::PublisherName, TextColumn::constant("Microsoft", rows));
        }
    }

    fn service(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let nulls = TextColumn::nulls(raw.rows);
        let consumed = self.text(raw, "consumedservice").unwrap_or(&nulls);
        let meters = self.text(raw, "metercategory").unwrap_or(&nulls);
        let resources = draft.charges.text(Column::ResourceId).cloned().unwrap_or_else(|| nulls.clone());
        let types: Vec<String> = resources.per_value(resource_type);
        let (mut name, mut category, mut subcategory, mut kind) =
            (TextColumn::default(), TextColumn::default(), TextColumn::default(), TextColumn::default());
        for row in 0..raw.rows {
            let resource_type = types.get(resources.keys()[row] as usize).map(String::as_str).filter(|t| !t.is_empty());
            let known = azure_service(consumed.get(row).unwrap_or_default(), resource_type.unwrap_or_default());
            name.push(known.map(|k| k.0).or_else(|| meters.get(row)));
            category.push(Some(known.map_or("Other", |k| k.1)));
            subcategory.push(Some(known.map_or("Other (Other)", |k| k.2)));
            kind.push(resource_type);
        }
        draft.charges.set_text(Column::ServiceName, name);
        draft.charges.set_text(Column::ServiceCategory, category);
        draft.charges.set_text(Column::ServiceSubcategory, subcategory);
        draft.charges.set_text(Column::ResourceType, kind);
    }

    fn region(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let Some(written) = self.text(raw, "resourcelocation") else { return };
        draft.charges.set_text(
            Column::RegionId,
            written.map(|w| Some(azure_region(w).map_or_else(|| w.to_lowercase(), |r| r.0.to_owned()))),
        );
        draft
            .charges
            .set_text(Column::RegionName, written.map(|w| Some(azure_region(w).map_or(w, |r| r.1).to_owned())));
    }

    /// The quantity is in units; prices are for blocks of units (`10K` requests).
    fn units(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let Some(written) = self.text(raw, "unitofmeasure") else { return };
        let unit = written.map(|w| Some(azure_unit(w).map_or(w, |u| u.1).to_owned()));
        draft.charges.set_text(Column::ConsumedUnit, unit);
        draft.charges.set_text(Column::PricingUnit, written.clone());
        let Some(quantity) = raw.decimal(self.quantity) else { return };
        let blocks: Vec<Option<i128>> = written.per_value(|w| azure_unit(w).and_then(|u| u.0.parse().ok()));
        let mut consumed = DecimalColumn::default();
        for (row, key) in written.keys().iter().enumerate() {
            let block = blocks.get(*key as usize).copied().flatten();
            consumed.push(
                quantity
                    .get::<18>(row)
                    .zip(block)
                    .and_then(|(q, block)| q.units().checked_mul(block))
                    .and_then(Quantity::from_units),
            );
        }
        draft.charges.set_decimals(Column::ConsumedQuantity, consumed);
    }

    /// EA exports omit the braces of the JSON object. The original text stays as `x_Tags`.
    fn tags(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let Some(written) = self.text(raw, "tags") else { return };
        let (json, unread) = tags::column(written, str::to_owned);
        draft.count_note(Note::UnreadableTags, unread);
        draft.charges.set_text(Column::Tags, json);
        draft.charges.set_extra("x_Tags".to_owned(), written.clone());
    }

    fn keep_the_rest(&self, raw: &mut RawBatch, draft: &mut ChargeDraft) {
        let taken: Vec<String> =
            self.table.iter().flat_map(|(_, names)| names.iter().map(|n| n.to_ascii_lowercase())).collect();
        for (index, (name, folded)) in self.header.iter().zip(&self.folded).enumerate() {
            if taken.contains(folded) || matches!(folded.as_str(), "tags" | "billingperiodenddate") {
                continue;
            }
            // Empty columns are kept too, so that every chunk of a file has the same columns.
            if let Some(RawColumn::Text(values)) = raw.take(index) {
                draft.charges.set_extra(format!("x_{name}"), values);
            }
        }
    }
}

/// The resource type of a resource id, such as `microsoft.compute/virtualmachines`; empty if it has none.
fn resource_type(id: &str) -> String {
    let lower = id.to_lowercase();
    let Some((_, rest)) = lower.rsplit_once("/providers/") else { return String::new() };
    let mut parts = rest.split('/');
    match (parts.next(), parts.next()) {
        (Some(namespace), Some(kind)) => format!("{namespace}/{kind}"),
        _ => String::new(),
    }
}
