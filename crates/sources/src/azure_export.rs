//! Azure cost details: EA and MCA exports, CSV or Parquet. Azure's FOCUS exports are read as FOCUS.

use std::collections::HashMap;

use tollgate_model::{Amount, Basis, Column, DecimalColumn, Quantity, TextColumn};

use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, require};
use crate::mapping::{azure_region, azure_service, azure_unit, columns, take_columns};
use crate::stated::MoneyColumn;

const REQUIRED: &[&str] = &["date", "metercategory", "quantity", "billingperiodstartdate", "chargetype"];
const COST: &[&str] = &["costinbillingcurrency"];
const PRICES: &[&str] = &["effectiveprice", "unitprice", "paygprice"];

struct AzureExport {
    header: Vec<String>,
    index: HashMap<String, usize>,
    cells: Vec<CellType>,
    table: Vec<(Column, Vec<&'static str>)>,
}

/// An Azure format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
    let folded: Vec<String> = header.iter().map(|h| h.to_ascii_lowercase()).collect();
    let has = |name: &str| folded.iter().any(|h| h == name);
    let required: Vec<&'static str> = REQUIRED.iter().chain(COST).copied().collect();
    require("Azure cost details", &required, has)?;
    let cells = folded
        .iter()
        .map(|h| match h.as_str() {
            h if COST.contains(&h) => CellType::Cost,
            h if PRICES.contains(&h) => CellType::Price,
            "quantity" => CellType::Quantity,
            _ => CellType::Text,
        })
        .collect();
    Ok(Box::new(AzureExport {
        index: folded.iter().enumerate().map(|(i, h)| (h.clone(), i)).collect(),
        header: header.to_vec(),
        cells,
        table: columns(include_str!("mappings/azure_columns.tsv")),
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
        let cost = COST.iter().find_map(|name| self.index.get(*name)).copied();
        let column = |against| {
            cost.map(|index| MoneyColumn { index, name: self.header.get(index).cloned().unwrap_or_default(), against })
        };
        [column(Basis::Billed), column(Basis::Effective)].into_iter().flatten().collect()
    }

    fn kind_columns(&self) -> Vec<usize> {
        ["chargetype", "pricingmodel"].iter().filter_map(|name| self.index.get(*name).copied()).collect()
    }

    /// A commitment is billed with its purchase, and costs where it is used.
    fn difference_reason(&self, column: &MoneyColumn, kind: &[&str]) -> Option<&'static str> {
        let word = |at: usize| kind.get(at).map(|k| k.replace([' ', '-', '_'], "").to_lowercase());
        let committed = word(1).is_none_or(|model| matches!(model.as_str(), "reservation" | "savingsplan"));
        match (column.against, word(0).as_deref()) {
            (Basis::Billed, Some("usage" | "unusedreservation" | "unusedsavingsplan")) if committed => {
                Some("the use of a commitment, billed with its purchase")
            }
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
        self.charge(&raw, &mut draft);
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

    /// Converts Azure's days, with inclusive ends, to FOCUS instants, with exclusive ends.
    fn periods(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let order = crate::value::slash_order(
            ["date", "billingperiodstartdate", "billingperiodenddate"]
                .iter()
                .filter_map(|n| self.text(raw, n))
                .flat_map(TextColumn::values),
        );
        let day_after = |values: &TextColumn| {
            values.map(|v| {
                Some(match crate::value::instant(v, order) {
                    Some(second) => tollgate_model::period::format_second(second.saturating_add(86_400)),
                    None => v.to_owned(),
                })
            })
        };
        if let Some(date) = self.text(raw, "date") {
            draft.times.insert(Column::ChargePeriodEnd, day_after(date));
        }
        if let Some(end) = self.text(raw, "billingperiodenddate") {
            draft.times.insert(Column::BillingPeriodEnd, day_after(end));
        }
    }

    fn charge(&self, raw: &RawBatch, draft: &mut ChargeDraft) {
        let rows = raw.rows;
        let nulls = TextColumn::nulls(rows);
        let cost = raw.decimal(self.index.get("costinbillingcurrency").copied()).cloned().unwrap_or_default();
        let kinds = self.text(raw, "chargetype").unwrap_or(&nulls);
        let models = self.text(raw, "pricingmodel").unwrap_or(&nulls);
        let benefit = draft.charges.text(Column::CommitmentDiscountId).cloned().unwrap_or_else(|| nulls.clone());
        let (mut billed, mut effective) = (DecimalColumn::default(), DecimalColumn::default());
        let mut status = TextColumn::default();
        for row in 0..rows {
            let amount: Option<Amount> = cost.get(row);
            let covered = benefit.get(row).is_some();
            let (kind, model) = (kinds.get(row).unwrap_or_default(), models.get(row).unwrap_or_default());
            let unused = kind.starts_with("Unused");
            // Amortized exports have the cost of the used and unused parts; actual exports have the purchase.
            let amortized = covered && (unused || matches!(model, "Reservation" | "SavingsPlan"));
            billed.push(if amortized { amount.map(|_| Amount::ZERO) } else { amount });
            effective.push(if kind == "Purchase" && covered { amount.map(|_| Amount::ZERO) } else { amount });
            status.push(match (covered, kind) {
                (true, _) if unused => Some("Unused"),
                (true, "Usage") => Some("Used"),
                _ => None,
            });
        }
        let charges = &mut draft.charges;
        charges.set_decimals(Column::BilledCost, billed);
        charges.set_decimals(Column::EffectiveCost, effective);
        charges.set_decimals(Column::ContractedCost, cost);
        charges.set_text(Column::CommitmentDiscountStatus, status);
        charges.set_text(
            Column::ChargeCategory,
            kinds.map(|k| {
                Some(match k {
                    "Usage" | "UnusedReservation" | "UnusedSavingsPlan" => "Usage".to_owned(),
                    "Purchase" => "Purchase".to_owned(),
                    "Tax" => "Tax".to_owned(),
                    "Refund" | "Adjustment" | "RoundingAdjustment" => "Adjustment".to_owned(),
                    "Credit" => "Credit".to_owned(),
                    other => other.to_owned(),
                })
            }),
        );
        let frequency = self.text(raw, "frequency").unwrap_or(&nulls);
        charges.set_text(
            Column::ChargeFrequency,
            frequency.map(|f| {
                Some(match f {
                    "UsageBased" => "Usage-Based".to_owned(),
                    "OneTime" => "One-Time".to_owned(),
                    other => other.to_owned(),
                })
            }),
        );
        charges.set_text(
            Column::PricingCategory,
            models.map(|m| {
                Some(match m {
                    "OnDemand" => "Standard".to_owned(),
                    "Reservation" | "SavingsPlan" => "Committed".to_owned(),
                    "Spot" => "Dynamic".to_owned(),
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
        let resources = self.text(raw, "resourceid").unwrap_or(&nulls);
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
        let Some(quantity) = raw.decimal(self.index.get("quantity").copied()) else { return };
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
        let json = written.map(|w| {
            let text = w.trim();
            let text = if text.starts_with('{') { text.to_owned() } else { format!("{{{text}}}") };
            serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).ok().map(|_| text)
        });
        let lost: usize =
            written.keys().iter().zip(json.keys()).filter(|(w, j)| w != j && json.value(**j).is_none()).count();
        draft.count_note(crate::Note::UnreadableTags, lost as u64);
        draft.charges.set_text(Column::Tags, json);
        draft.charges.set_extra("x_Tags".to_owned(), written.clone());
    }

    fn keep_the_rest(&self, raw: &mut RawBatch, draft: &mut ChargeDraft) {
        let taken: Vec<String> =
            self.table.iter().flat_map(|(_, names)| names.iter().map(|n| n.to_ascii_lowercase())).collect();
        for (index, name) in self.header.iter().enumerate() {
            let folded = name.to_ascii_lowercase();
            if taken.contains(&folded) || matches!(folded.as_str(), "tags" | "billingperiodenddate") {
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
