//! FOCUS files: 1.0 to 1.4, whole or a subset of the columns, from any provider, CSV, JSON or Parquet.
//!
//! Tools write subsets. What a subset lacks is derived where FOCUS leaves one answer, and named in a note; a file without the cost that
//! is billed or without days is refused.

use tollgate_model::{Basis, ChargeBatch, Column, DecimalColumn, LaterColumn, TextColumn};

use crate::charge_draft::{ChargeDraft, INSTANTS};
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, cell_type, refuse_twice};
use crate::stated::MoneyColumn;
use crate::{Note, tags};

/// Without these a row cannot be a charge.
const REQUIRED: &[Column] = &[Column::BilledCost, Column::ChargePeriodStart];

/// Columns that every row has in FOCUS, and what stands for one that a file lacks.
const DERIVED: &[(Column, &str)] = &[
    (Column::EffectiveCost, "BilledCost stands for it, and commitments are not spread"),
    (Column::ChargeCategory, "every row is taken as Usage"),
    (Column::BillingPeriodStart, "the month of the charge stands for it"),
];

/// Columns that a file of charges has beside the required ones, at least one of them.
const TYPICAL: &[Column] = &[
    Column::EffectiveCost,
    Column::ChargeCategory,
    Column::BillingPeriodStart,
    Column::ChargePeriodEnd,
    Column::ServiceName,
    Column::ProviderName,
    Column::ChargeDescription,
];

enum Target {
    Focus(Column),
    Extra(String),
}

struct FocusFile {
    version: &'static str,
    targets: Vec<Target>,
    /// The column of the host, which 1.2 has no name for: it is kept beside the publisher that it stands for.
    host: Option<usize>,
    cells: Vec<CellType>,
    absent: Vec<(Column, &'static str)>,
}

/// A FOCUS format for a header that has the required columns.
pub(crate) fn recognize(header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
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
    let has = |c: &Column| taken.contains(c);
    require(header, &targets, has)?;
    refuse_twice(header, |at| Column::from_header(header.get(at)?).map(|c| c.name().to_owned()))?;
    let cells = targets
        .iter()
        .map(|t| match t {
            Target::Focus(column) => cell_type(*column),
            Target::Extra(_) => CellType::Text,
        })
        .collect();
    let absent = DERIVED.iter().copied().filter(|(column, _)| !has(column)).collect();
    let is_host = |name: &String| LaterColumn::from_header(name) == Some(LaterColumn::HostProviderName);
    let host = header.iter().position(is_host).filter(|at| matches!(targets.get(*at), Some(Target::Focus(_))));
    Ok(Box::new(FocusFile { version: version(header, renamed, has), targets, host, cells, absent }))
}

/// Checks that a header has what cannot be derived, and that no column is only misspelled.
fn require(header: &[String], targets: &[Target], has: impl Fn(&Column) -> bool) -> Result<(), MissingColumns> {
    let core: Vec<Column> = REQUIRED.iter().chain(DERIVED.iter().map(|(c, _)| c)).copied().collect();
    let found = core.iter().filter(|c| has(c)).count();
    let named = |prefix: &str| header.iter().any(|h| fold(h).starts_with(prefix));
    // FOCUS 1.3 and 1.4 have datasets beside the charges.
    let (format, more) = match () {
        () if named("contractcommitmentid") => ("the FOCUS dataset of contract commitments, which has no charges", 9),
        () if named("billingperiodstatus") => ("the FOCUS dataset of billing periods, which has no charges", 9),
        () if named("invoicedetail") => ("the FOCUS dataset of invoice details, which has no charges", 9),
        () => ("FOCUS", 0),
    };
    let lacks = |columns: Vec<String>| MissingColumns { format, found: found + more, columns, twice: None };
    if !REQUIRED.iter().all(&has) {
        return Err(lacks(core.iter().filter(|c| !has(c)).map(|c| c.name().to_owned()).collect()));
    }
    if !TYPICAL.iter().any(&has) {
        return Err(lacks(TYPICAL.iter().map(|c| c.name().to_owned()).collect()));
    }
    let ends = [Column::ChargePeriodEnd, Column::BillingPeriodEnd, Column::BillingCurrency];
    let wanted = DERIVED.iter().map(|(c, _)| *c).chain(ends).filter(|c| !has(c));
    let misspelled: Vec<String> = wanted
        .filter_map(|column| {
            let other =
                targets.iter().zip(header).filter(|(t, h)| matches!(t, Target::Extra(_)) && !h.starts_with("x_"));
            let near = other.map(|(_, h)| h).find(|h| distance(&fold(h), &fold(column.name())) <= 2)?;
            Some(format!("{} (it has `{near}`)", column.name()))
        })
        .collect();
    if misspelled.is_empty() { Ok(()) } else { Err(lacks(misspelled)) }
}

fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(60).collect()
}

/// The number of letters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// The version that a header is of: the newest whose columns it has.
fn version(header: &[String], renamed: bool, has: impl Fn(&Column) -> bool) -> &'static str {
    let named = |name: &str| header.iter().any(|h| fold(h) == name);
    if named("invoicedetailid") || named("commitmentprogrameligibilitydetails") {
        "1.4"
    } else if renamed && named("serviceprovidername") || named("allocatedmethodid") {
        "1.3"
    } else if has(&Column::InvoiceId) || has(&Column::PricingCurrency) || has(&Column::BillingAccountType) {
        "1.2"
    } else if has(&Column::SkuMeter) || has(&Column::CommitmentDiscountQuantity) || has(&Column::ServiceSubcategory) {
        "1.1"
    } else {
        "1.0"
    }
}

/// The name under which a column that FOCUS 1.2 does not define is kept.
pub(crate) fn extra_name(header: &str) -> String {
    if let Some(later) = LaterColumn::from_header(header) {
        return later.stored_name().to_owned();
    }
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
        draft.charges = ChargeBatch::new(raw.rows);
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
                (Target::Focus(column), Some(RawColumn::Text(values))) => {
                    if self.host == Some(index) {
                        let name = LaterColumn::HostProviderName.stored_name().to_owned();
                        draft.charges.set_extra(name, values.clone());
                    }
                    draft.charges.set_text(*column, values);
                }
                (Target::Focus(column), Some(RawColumn::Decimal(values))) => {
                    draft.charges.set_decimals(*column, values)
                }
                (Target::Extra(name), Some(RawColumn::Text(values))) => draft.charges.set_extra(name.clone(), values),
                (Target::Extra(_), Some(RawColumn::Decimal(_))) | (_, None) => {}
            }
        }
        self.derive(raw.rows, &mut draft);
        read_tags(&mut draft);
        draft
    }
}

impl FocusFile {
    /// Sets what the file lacks.
    fn derive(&self, rows: usize, draft: &mut ChargeDraft) {
        for (column, stand_in) in &self.absent {
            match column {
                Column::EffectiveCost => {
                    let billed: Option<DecimalColumn> = draft.charges.decimals(Column::BilledCost).cloned();
                    draft.charges.set_decimals(*column, billed.unwrap_or_default());
                }
                Column::ChargeCategory => draft.charges.set_text(*column, TextColumn::constant("Usage", rows)),
                // The periods of a draft are derived for every format.
                _ => {}
            }
            draft.count_note(Note::Absent(*column, stand_in), rows as u64);
        }
    }
}

/// Tags in any known notation, those of `x_Tags` where a row has no others.
fn read_tags(draft: &mut ChargeDraft) {
    let own = draft.charges.text(Column::Tags).cloned();
    let further = draft.charges.extra().iter().find(|(name, _)| name.eq_ignore_ascii_case("x_tags"));
    let further = further.map(|(_, values)| values.clone());
    if own.is_none() && further.is_none() {
        return;
    }
    // AWS writes the kind of a tag before its key.
    let providers = draft.charges.text(Column::ProviderName);
    let aws = providers.is_some_and(|p| p.distinct() > 0 && p.values().all(|v| v == "AWS" || v.starts_with("Amazon")));
    let rename = |key: &str| if aws { key.strip_prefix("user:").unwrap_or(key).to_owned() } else { key.to_owned() };
    let read = |written: &TextColumn| tags::column(written, rename);
    let rows = draft.charges.rows();
    let (mut tags, unread) = own.as_ref().map_or_else(|| (TextColumn::nulls(rows), 0), read);
    if let Some(written) = &further {
        let (second, _) = read(written);
        let mut out = TextColumn::default();
        (0..rows).for_each(|row| out.push(tags.get(row).or_else(|| second.get(row))));
        tags = out;
    }
    if let (Some(written), true) = (&own, unread > 0) {
        draft.count_note(Note::TagsAsText, unread);
        let is_unread: Vec<bool> = written.per_value(|text| tags::parse(text).is_none());
        let mut out = TextColumn::default();
        for (row, key) in written.keys().iter().enumerate() {
            let text = written.value(*key).filter(|_| is_unread.get(*key as usize) == Some(&true));
            out.push(tags.get(row).or(text));
        }
        tags = out;
    }
    draft.charges.set_text(Column::Tags, tags);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn a_subset_is_read_and_a_misspelled_column_is_not_a_missing_one() {
        assert!(recognize(&header(&["BilledCost", "ChargePeriodStart", "ServiceName"])).is_ok());
        let error = |names: &[&str]| recognize(&header(names)).err().unwrap().columns.join(", ");
        assert_eq!(
            error(&["BilledCost", "ChargePeriodStart", "EffectivCost"]),
            "EffectiveCost, ChargeCategory, BillingPeriodStart, ChargePeriodEnd, ServiceName, ProviderName, ChargeDescription"
        );
        assert_eq!(
            error(&["BilledCost", "ChargePeriodStart", "ServiceName", "EffectivCost"]),
            "EffectiveCost (it has `EffectivCost`)"
        );
        assert_eq!(error(&["EffectiveCost", "ChargePeriodStart", "ChargeCategory"]), "BilledCost, BillingPeriodStart");
        assert_eq!(distance("effectivcost", "effectivecost"), 1);
    }

    #[test]
    fn a_dataset_beside_the_charges_is_named() {
        let names = ["ContractCommitmentId", "ContractCommitmentCost", "BillingCurrency"];
        let error = recognize(&header(&names)).err().unwrap();
        assert!(error.format.contains("contract commitments") && error.found > 0, "{}", error.format);
    }

    #[test]
    fn one_column_in_two_spellings_is_refused() {
        let twice =
            recognize(&header(&["BilledCost", "billed_cost", "ChargePeriodStart", "ServiceName"])).err().unwrap();
        assert_eq!(twice.twice.as_deref(), Some("billed_cost"));
    }
}
