//! Mappings to FOCUS as tables for review: tab-separated files beside the code.

use std::collections::HashMap;
use std::sync::LazyLock;

use tollgate_model::{ChargeBatch, Column, TextColumn};

use crate::charge_draft::{ChargeDraft, INSTANTS};
use crate::format::RawBatch;

/// The rows of a table, without comments and its header.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).skip(1).map(|l| l.split('\t').collect())
}

/// A table by its first column, in lower case.
fn by_first(table: &'static str) -> HashMap<String, Vec<&'static str>> {
    rows(table).map(|r| (r[0].to_lowercase(), r[1..].to_vec())).collect()
}

/// The columns that a format copies unchanged: FOCUS column, then names in the input.
pub(crate) fn columns(table: &'static str) -> Vec<(Column, Vec<&'static str>)> {
    rows(table).filter_map(|r| Some((Column::from_header(r[0])?, r.get(1)?.split(',').collect()))).collect()
}

/// The mapping of an AWS line item type.
pub(crate) struct LineItem {
    pub(crate) category: &'static str,
    pub(crate) frequency: &'static str,
    pub(crate) effective: &'static str,
    pub(crate) status: Option<&'static str>,
    /// How its unused part is computed.
    pub(crate) unused: Option<&'static str>,
}

/// AWS line item types by name.
pub(crate) fn line_items() -> HashMap<&'static str, LineItem> {
    rows(include_str!("mappings/aws_line_items.tsv"))
        .map(|r| {
            let cell = |i: usize| r.get(i).copied().unwrap_or_default();
            let some = |i: usize| Some(cell(i)).filter(|s| !s.is_empty());
            let (status, unused) = (some(4), some(5));
            (r[0], LineItem { category: cell(1), frequency: cell(2), effective: cell(3), status, unused })
        })
        .collect()
}

/// The mapping of an AWS Cost Explorer charge type.
#[cfg(feature = "cost-explorer")]
pub(crate) struct RecordType {
    pub(crate) category: tollgate_model::ChargeCategory,
    pub(crate) frequency: &'static str,
    pub(crate) status: Option<&'static str>,
}

#[cfg(feature = "cost-explorer")]
static AWS_RECORD_TYPES: LazyLock<HashMap<String, RecordType>> = LazyLock::new(|| {
    let table = by_first(include_str!("mappings/aws_record_types.tsv"));
    let record_type = |cells: Vec<&'static str>| {
        let category = tollgate_model::ChargeCategory::ALL.iter().find(|c| Some(&c.as_str()) == cells.first())?;
        let status = cells.get(2).copied().filter(|s| !s.is_empty());
        Some(RecordType { category: *category, frequency: cells.get(1).copied()?, status })
    };
    table.into_iter().filter_map(|(name, cells)| Some((name, record_type(cells)?))).collect()
});

/// The mapping of a Cost Explorer charge type, by its name in any case.
#[cfg(feature = "cost-explorer")]
pub(crate) fn aws_record_type(name: &str) -> Option<&'static RecordType> {
    AWS_RECORD_TYPES.get(&name.to_lowercase())
}

static AWS_SERVICES: LazyLock<HashMap<String, Vec<&str>>> =
    LazyLock::new(|| by_first(include_str!("mappings/aws_services.tsv")));
static AZURE_REGIONS: LazyLock<HashMap<String, Vec<&str>>> =
    LazyLock::new(|| by_first(include_str!("mappings/azure_regions.tsv")));
static AZURE_UNITS: LazyLock<HashMap<String, Vec<&str>>> =
    LazyLock::new(|| by_first(include_str!("mappings/azure_units.tsv")));
static AZURE_SERVICES: LazyLock<HashMap<(String, String), Vec<&str>>> = LazyLock::new(|| {
    rows(include_str!("mappings/azure_services.tsv"))
        .flat_map(|r| {
            let rest = r[2..].to_vec();
            let known = (r[0].to_lowercase(), r[1].to_lowercase());
            let any_service = (String::new(), known.1.clone());
            [(known, rest.clone()), (any_service, rest)]
        })
        .collect()
});

/// Category and subcategory of an AWS product code; `Other` if it is not in the table.
pub(crate) fn aws_service(product_code: &str) -> (&'static str, &'static str) {
    match AWS_SERVICES.get(&product_code.to_lowercase()).map(Vec::as_slice) {
        Some([category, subcategory, ..]) => (category, subcategory),
        _ => ("Other", "Other (Other)"),
    }
}

/// The name of an AWS product code, as AWS writes it in every report that has names.
pub(crate) fn aws_service_name(product_code: &str) -> Option<&'static str> {
    AWS_SERVICES.get(&product_code.to_lowercase()).and_then(|row| row.get(2)).copied().filter(|name| !name.is_empty())
}

/// Service, category and subcategory of an Azure consumed service and resource type.
pub(crate) fn azure_service(consumed: &str, resource_type: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let (consumed, resource_type) = (consumed.to_lowercase(), resource_type.to_lowercase());
    let found = AZURE_SERVICES
        .get(&(consumed, resource_type.clone()))
        .or_else(|| AZURE_SERVICES.get(&(String::new(), resource_type)))?;
    match found.as_slice() {
        [name, category, subcategory, ..] => Some((name, category, subcategory)),
        _ => None,
    }
}

/// Id and name of an Azure region, from any of its spellings.
pub(crate) fn azure_region(written: &str) -> Option<(&'static str, &'static str)> {
    match AZURE_REGIONS.get(&written.trim().to_lowercase())?.as_slice() {
        [id, name, ..] => Some((id, name)),
        _ => None,
    }
}

/// Block size and unit of an Azure unit of measure.
pub(crate) fn azure_unit(written: &str) -> Option<(&'static str, &'static str)> {
    match AZURE_UNITS.get(&written.trim().to_lowercase())?.as_slice() {
        [block, unit, ..] => Some((block, unit)),
        _ => None,
    }
}

/// Copies the columns of a table: for each FOCUS column the first input column with a value in the row.
pub(crate) fn take_columns(
    raw: &RawBatch,
    draft: &mut ChargeDraft,
    table: &[(Column, Vec<&'static str>)],
    index_of: impl Fn(&str) -> Option<usize>,
) {
    draft.charges = ChargeBatch::new(raw.rows);
    for (column, names) in table {
        let indices: Vec<usize> = names.iter().filter_map(|n| index_of(n)).collect();
        if let Some(values) = indices.first().and_then(|i| raw.decimal(Some(*i))) {
            draft.charges.set_decimals(*column, values.clone());
            continue;
        }
        let texts: Vec<&TextColumn> = indices.iter().filter_map(|i| raw.text(Some(*i))).collect();
        let Some(values) = coalesce(&texts, raw.rows) else { continue };
        if INSTANTS.contains(column) {
            draft.times.insert(*column, values);
        } else {
            draft.charges.set_text(*column, values);
        }
    }
}

/// The first known value of each row.
pub(crate) fn coalesce(columns: &[&TextColumn], rows: usize) -> Option<TextColumn> {
    match columns {
        [] => None,
        [one] => Some((*one).clone()),
        many => {
            let mut out = TextColumn::default();
            for row in 0..rows {
                out.push(many.iter().find_map(|c| c.get(row)));
            }
            Some(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_complete() {
        assert!(line_items().values().all(|l| !l.category.is_empty() && !l.effective.is_empty()));
        let mut tables = 0;
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/mappings")).unwrap() {
            let path = file.unwrap().path();
            if path.to_str().unwrap().ends_with("_columns.tsv") {
                let table: &'static str = std::fs::read_to_string(&path).unwrap().leak();
                assert_eq!(
                    columns(table).len(),
                    rows(table).count(),
                    "{}: a FOCUS column is misspelled",
                    path.display()
                );
                tables += 1;
            }
        }
        assert!(tables >= 2);
        assert_eq!(aws_service("AmazonEC2"), ("Compute", "Virtual Machines"));
        assert_eq!(
            azure_service("Microsoft.Compute", "microsoft.compute/virtualmachines").map(|s| s.1),
            Some("Compute")
        );
        assert_eq!(azure_region("US East 2").map(|r| r.0), Some("eastus2"));
        assert_eq!(azure_unit("10K").map(|u| u.0), Some("10000"));
    }
}
