//! FOCUS files: 1.0 to 1.3, from any provider, CSV or Parquet.

use tollgate_model::{Basis, Column};

use crate::charge_draft::{ChargeDraft, INSTANTS};
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, cell_type, require};
use crate::stated::MoneyColumn;

/// Without these a row cannot be a charge.
const REQUIRED: &[&str] = &["BilledCost", "EffectiveCost", "BillingPeriodStart", "ChargePeriodStart", "ChargeCategory"];

enum Target {
    Focus(Column),
    Extra(String),
}

struct FocusFile {
    version: &'static str,
    targets: Vec<Target>,
    cells: Vec<CellType>,
}

/// A FOCUS format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
    require("FOCUS", REQUIRED, |name| header.iter().any(|h| Column::from_header(h).is_some_and(|c| c.name() == name)))?;
    let mut taken: Vec<Column> = header.iter().filter_map(|h| Column::from_header(h)).collect();
    let mut renamed = false;
    let targets: Vec<Target> = header
        .iter()
        .map(|name| {
            if let Some(column) = Column::from_header(name) {
                return Target::Focus(column);
            }
            // A renamed column counts only if the file lacks the 1.2 column.
            match Column::from_renamed_header(name).filter(|c| !taken.contains(c)) {
                Some(column) => {
                    taken.push(column);
                    renamed = true;
                    Target::Focus(column)
                }
                None => Target::Extra(extra_name(name)),
            }
        })
        .collect();
    let has = |c| taken.contains(&c);
    let version = if renamed && header.iter().any(|h| h.eq_ignore_ascii_case("ServiceProviderName")) {
        "1.3"
    } else if has(Column::InvoiceId) || has(Column::PricingCurrency) || has(Column::BillingAccountType) {
        "1.2"
    } else if has(Column::SkuMeter) || has(Column::CommitmentDiscountQuantity) || has(Column::ServiceSubcategory) {
        "1.1"
    } else {
        "1.0"
    };
    let cells = targets
        .iter()
        .map(|t| match t {
            Target::Focus(column) => cell_type(*column),
            Target::Extra(_) => CellType::Text,
        })
        .collect();
    Ok(Box::new(FocusFile { version, targets, cells }))
}

/// The name under which a column that FOCUS does not define is kept.
pub(crate) fn extra_name(header: &str) -> String {
    if header.starts_with("x_") { header.to_owned() } else { format!("x_{}", header.trim()) }
}

impl Format for FocusFile {
    fn name(&self) -> String {
        format!("FOCUS {}", self.version)
    }

    fn cells(&self) -> &[CellType] {
        &self.cells
    }

    fn money_columns(&self) -> Vec<MoneyColumn> {
        let column = |(index, target): (usize, &Target)| {
            let against = match target {
                Target::Focus(Column::BilledCost) => Basis::Billed,
                Target::Focus(Column::EffectiveCost) => Basis::Effective,
                _ => return None,
            };
            let name = if against == Basis::Billed { Column::BilledCost } else { Column::EffectiveCost };
            Some(MoneyColumn { index, name: name.name().to_owned(), against })
        };
        self.targets.iter().enumerate().filter_map(column).collect()
    }

    fn kind_columns(&self) -> Vec<usize> {
        let is_kind = |target: &Target| matches!(target, Target::Focus(Column::ChargeCategory));
        self.targets.iter().position(is_kind).into_iter().collect()
    }

    fn map(&self, mut raw: RawBatch) -> ChargeDraft {
        let mut draft = std::mem::take(&mut raw.draft);
        draft.charges = tollgate_model::ChargeBatch::new(raw.rows);
        draft.name_columns(|i| match self.targets.get(i) {
            Some(Target::Focus(c)) => c.name().to_owned(),
            Some(Target::Extra(name)) => name.clone(),
            None => String::new(),
        });
        for (index, target) in self.targets.iter().enumerate() {
            match (target, raw.take(index)) {
                (Target::Focus(column), Some(RawColumn::Text(values))) if INSTANTS.contains(column) => {
                    draft.times.insert(*column, values);
                }
                (Target::Focus(column), Some(RawColumn::Text(values))) => draft.charges.set_text(*column, values),
                (Target::Focus(column), Some(RawColumn::Decimal(values))) => {
                    draft.charges.set_decimals(*column, values)
                }
                (Target::Extra(name), Some(RawColumn::Text(values))) => draft.charges.set_extra(name.clone(), values),
                (Target::Extra(_), Some(RawColumn::Decimal(_))) | (_, None) => {}
            }
        }
        draft
    }
}
