//! Formats that are mostly a table: columns that are copied, a cost, and a function for the rest.

use std::collections::HashMap;

use tollgate_model::{Basis, Column, TextColumn};

use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, Format, MissingColumns, RawBatch, RawColumn, cell_type, refuse_twice};
use crate::mapping::{columns, take_columns};
use crate::stated::MoneyColumn;

/// The description of such a format.
pub(crate) struct TableSpec {
    /// The name in reports.
    pub(crate) name: &'static str,
    /// What every row needs: groups of names of which one must be there, folded.
    pub(crate) required: &'static [&'static [&'static str]],
    /// Further columns that a header of the format has: at least one of them.
    pub(crate) typical: &'static [&'static str],
    /// The table of columns: FOCUS column, then names in the input, folded.
    pub(crate) columns: &'static str,
    /// Columns that are read as exact costs.
    pub(crate) costs: &'static [&'static str],
    /// The column of the bill's own money, the one of the kind of a row, and why a cost may differ from the money, if it may.
    pub(crate) money: (&'static str, &'static str, Option<&'static str>),
    /// How a name of the header is compared.
    pub(crate) fold: fn(&str) -> String,
    /// Sets what the table does not: both costs and the category at least.
    pub(crate) map: fn(&TableFormat, &RawBatch, &mut ChargeDraft),
}

/// A header of such a format.
pub(crate) struct TableFormat {
    spec: &'static TableSpec,
    header: Vec<String>,
    pub(crate) folded: Vec<String>,
    cells: Vec<CellType>,
    table: Vec<(Column, Vec<&'static str>)>,
}

impl TableSpec {
    /// The format of a header that has what every row needs.
    pub(crate) fn recognize(&'static self, header: &[String]) -> Result<Box<dyn Format>, MissingColumns> {
        let folded: Vec<String> = header.iter().map(|h| (self.fold)(h)).collect();
        let has = |name: &str| folded.iter().any(|h| h == name);
        let missing: Vec<String> =
            self.required.iter().filter(|n| !n.iter().any(|n| has(n))).map(|n| n.join(" or ")).collect();
        let typical = self.typical.is_empty() || self.typical.iter().any(|n| has(n));
        if !missing.is_empty() || !typical {
            let found = if typical { self.required.len() - missing.len() } else { 0 };
            return Err(MissingColumns { format: self.name, found, columns: missing, twice: None });
        }
        let table = columns(self.columns);
        let mut types: HashMap<&str, CellType> = HashMap::new();
        for (column, names) in &table {
            names.iter().for_each(|name| {
                types.entry(name).or_insert(cell_type(*column));
            });
        }
        self.costs.iter().for_each(|name| {
            types.insert(name, CellType::Cost);
        });
        refuse_twice(header, |at| folded.get(at).filter(|h| types.contains_key(h.as_str())).cloned())?;
        let cells = folded.iter().map(|h| types.get(h.as_str()).copied().unwrap_or(CellType::Text)).collect();
        Ok(Box::new(TableFormat { spec: self, header: header.to_vec(), folded, cells, table }))
    }
}

impl TableFormat {
    /// The place of a column.
    pub(crate) fn at(&self, name: &str) -> Option<usize> {
        self.folded.iter().position(|h| h == name)
    }

    /// A column of text.
    pub(crate) fn text<'a>(&self, raw: &'a RawBatch, name: &str) -> Option<&'a TextColumn> {
        raw.text(self.at(name))
    }

    /// The header as the file has it.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }
}

impl Format for TableFormat {
    fn name(&self) -> String {
        self.spec.name.to_owned()
    }

    fn cells(&self) -> &[CellType] {
        &self.cells
    }

    fn money_columns(&self) -> Vec<MoneyColumn> {
        let Some(index) = self.at(self.spec.money.0) else { return Vec::new() };
        let name = || self.header.get(index).cloned().unwrap_or_default();
        [Basis::Billed, Basis::Effective].map(|against| MoneyColumn { index, name: name(), against }).into()
    }

    fn kind_columns(&self) -> Vec<usize> {
        self.at(self.spec.money.1).into_iter().collect()
    }

    fn difference_reason(&self, _: &MoneyColumn, _: &[&str]) -> Option<&'static str> {
        self.spec.money.2
    }

    fn map(&self, mut raw: RawBatch) -> ChargeDraft {
        let mut draft = std::mem::take(&mut raw.draft);
        draft.name_columns(|i| self.header.get(i).cloned().unwrap_or_default());
        take_columns(&raw, &mut draft, &self.table, |name| self.at(name));
        (self.spec.map)(self, &raw, &mut draft);
        let taken: Vec<&str> = self.table.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        for (index, (name, folded)) in self.header.iter().zip(&self.folded).enumerate() {
            if taken.contains(&folded.as_str()) {
                continue;
            }
            // Empty columns are kept too, so that every chunk of a file has the same columns.
            if let Some(RawColumn::Text(values)) = raw.take(index) {
                draft.charges.set_extra(format!("x_{name}"), values);
            }
        }
        draft
    }
}

/// A name in lower case, without marks between its words.
pub(crate) fn without_marks(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A name in lower case, with underscores between its parts: `service.description` as `service_description`.
pub(crate) fn with_underscores(name: &str) -> String {
    name.trim().chars().map(|c| if matches!(c, '.' | '/' | ' ') { '_' } else { c.to_ascii_lowercase() }).collect()
}
