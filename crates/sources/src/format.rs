//! Formats: detected from the column names in the header, never from the file name.

use std::path::Path;

use tollgate_model::limits::INPUT_COLUMNS;
use tollgate_model::{Column, DecimalColumn, TextColumn};

use crate::SourceError;
use crate::charge_draft::ChargeDraft;
use crate::stated::{MoneyColumn, StatedDraft};

/// Reads a header: the format, or the columns that it lacks.
type Recognize = fn(&[String]) -> Result<Box<dyn Format>, MissingColumns>;

/// Every format: its versions, for messages, and the function that recognizes its header.
const FORMATS: &[(&str, Recognize)] = &[
    ("FOCUS 1.0 to 1.4", crate::focus_file::recognize),
    ("AWS CUR (legacy), AWS CUR 2.0", crate::aws_cur::recognize),
    ("Azure cost details (EA, MCA, pay-as-you-go)", crate::azure_export::recognize),
    ("Google Cloud billing export (standard, detailed)", |header| crate::google_export::SPEC.recognize(header)),
    ("OCI cost reports", |header| crate::oci_report::SPEC.recognize(header)),
    ("Alibaba Cloud instance bills", |header| crate::alibaba_bill::SPEC.recognize(header)),
    ("Vultr invoice items", |header| crate::vultr_invoice::SPEC.recognize(header)),
    ("OpenCost and Kubecost allocations", |header| crate::kubernetes_allocation::SPEC.recognize(header)),
];

/// Lists the known formats, for messages.
pub(crate) fn known_formats() -> String {
    FORMATS.iter().map(|(versions, _)| *versions).collect::<Vec<_>>().join(", ")
}

/// What a column of the input is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CellType {
    /// Interned text.
    Text,
    /// An instant.
    Time,
    /// The start of a billing period.
    PeriodStart,
    /// Nothing: the column is not needed.
    Skip,
    /// An exact cost: an invalid cell rejects a row that needs it.
    Cost,
    /// Another amount or a unit price: an invalid cell is unknown.
    Price,
    /// A quantity: an invalid cell is unknown, and values are rounded to the lake's precision.
    Quantity,
}

/// One column of the input as it was read.
#[derive(Clone, Debug)]
pub(crate) enum RawColumn {
    Text(TextColumn),
    Decimal(DecimalColumn),
}

impl RawColumn {
    pub(crate) fn new(cell: CellType) -> Self {
        match cell {
            CellType::Text | CellType::Time | CellType::PeriodStart | CellType::Skip => {
                Self::Text(TextColumn::default())
            }
            CellType::Cost | CellType::Price | CellType::Quantity => Self::Decimal(DecimalColumn::default()),
        }
    }
}

/// Rows of the input, column by column in the header's order.
#[derive(Debug, Default)]
pub(crate) struct RawBatch {
    pub(crate) rows: usize,
    pub(crate) columns: Vec<RawColumn>,
    /// Lines, row errors and notes so far; the charges are still empty.
    pub(crate) draft: ChargeDraft,
}

impl RawBatch {
    pub(crate) fn text(&self, index: Option<usize>) -> Option<&TextColumn> {
        match self.columns.get(index?)? {
            RawColumn::Text(t) => Some(t),
            RawColumn::Decimal(_) => None,
        }
    }

    pub(crate) fn decimal(&self, index: Option<usize>) -> Option<&DecimalColumn> {
        match self.columns.get(index?)? {
            RawColumn::Decimal(d) => Some(d),
            RawColumn::Text(_) => None,
        }
    }

    /// Moves a column out and leaves an empty text column.
    pub(crate) fn take(&mut self, index: usize) -> Option<RawColumn> {
        self.columns.get_mut(index).map(|c| std::mem::replace(c, RawColumn::new(CellType::Text)))
    }
}

/// A format: how its cells are read and what they mean in FOCUS.
pub(crate) trait Format: Send + Sync {
    /// The name: `FOCUS 1.2`.
    fn name(&self) -> String;

    /// The cell type of each column of the header.
    fn cells(&self) -> &[CellType];

    /// Maps the rows to FOCUS.
    fn map(&self, raw: RawBatch) -> ChargeDraft;

    /// The columns that state money, and the costs that they are compared with.
    fn money_columns(&self) -> Vec<MoneyColumn> {
        Vec::new()
    }

    /// The columns that name the kind of a row.
    fn kind_columns(&self) -> Vec<usize> {
        Vec::new()
    }

    /// Why the cost of a kind of row may differ from a money column; `None` where it must not.
    fn difference_reason(&self, _column: &MoneyColumn, _kind: &[&str]) -> Option<&'static str> {
        None
    }
}

/// Maps rows to FOCUS, and keeps the file's own money columns to compare the costs with.
pub(crate) fn map_rows(format: &dyn Format, raw: RawBatch) -> ChargeDraft {
    let stated = StatedDraft::of(format, &raw);
    let mut draft = format.map(raw);
    draft.stated = stated;
    draft
}

/// Finds the format of a header.
pub(crate) fn recognize(path: &Path, header: &[String]) -> Result<Box<dyn Format>, SourceError> {
    if header.len() > INPUT_COLUMNS.size() {
        let what = format!("{} columns", header.len());
        return Err(SourceError::Limit { path: path.to_owned(), what, limit: &INPUT_COLUMNS });
    }
    let mut seen = std::collections::BTreeSet::new();
    for column in header {
        if !column.trim().is_empty() && !seen.insert(column.trim()) {
            return Err(SourceError::DuplicateColumn { path: path.to_owned(), column: column.clone() });
        }
    }
    let unknown = |nearest: String| SourceError::UnknownFormat { path: path.to_owned(), nearest };
    let mut nearest: Option<MissingColumns> = None;
    for (_, recognize) in FORMATS {
        match recognize(header) {
            Ok(format) => return Ok(format),
            Err(MissingColumns { twice: Some(column), .. }) => {
                return Err(SourceError::DuplicateColumn { path: path.to_owned(), column });
            }
            Err(missing) if nearest.as_ref().is_none_or(|n| missing.found > n.found) => nearest = Some(missing),
            Err(_) => {}
        }
    }
    let shown: Vec<&str> = header.iter().take(6).map(String::as_str).collect();
    Err(unknown(match nearest.filter(|m| m.found > 0) {
        Some(m) => format!("it looks like {}, but lacks {}", m.format, m.columns.join(", ")),
        None if shown.iter().any(|cell| cell.chars().any(is_binary)) => "its first bytes are not text".to_owned(),
        None => format!("its first line starts with: {}", shown.join(", ").chars().take(200).collect::<String>()),
    }))
}

/// Whether a character is a sign of bytes that are no text.
fn is_binary(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || (c.is_control() && !c.is_whitespace())
}

/// The columns that a header lacks for a format.
pub(crate) struct MissingColumns {
    pub(crate) format: &'static str,
    pub(crate) found: usize,
    pub(crate) columns: Vec<String>,
    /// A column that the header has twice, in two spellings.
    pub(crate) twice: Option<String>,
}

/// Checks that a header has every required column of a format.
pub(crate) fn require(
    format: &'static str,
    columns: &[&'static str],
    has: impl Fn(&str) -> bool,
) -> Result<(), MissingColumns> {
    let (there, missing): (Vec<&str>, Vec<&str>) = columns.iter().partition(|c| has(c));
    if missing.is_empty() {
        return Ok(());
    }
    let columns = missing.into_iter().map(str::to_owned).collect();
    Err(MissingColumns { format, found: there.len(), columns, twice: None })
}

/// Refuses a header in which two columns have one meaning; `meaning` is that of a place, if it matters there.
pub(crate) fn refuse_twice(header: &[String], meaning: impl Fn(usize) -> Option<String>) -> Result<(), MissingColumns> {
    let mut seen = std::collections::BTreeSet::new();
    match header.iter().enumerate().find(|(at, _)| meaning(*at).is_some_and(|m| !seen.insert(m))) {
        None => Ok(()),
        Some((_, column)) => {
            Err(MissingColumns { format: "", found: 0, columns: Vec::new(), twice: Some(column.clone()) })
        }
    }
}

/// The cell type of a FOCUS column.
pub(crate) fn cell_type(column: Column) -> CellType {
    use tollgate_model::focus::ColumnType;
    match (column, column.column_type()) {
        (Column::BilledCost | Column::EffectiveCost, _) => CellType::Cost,
        (_, ColumnType::Amount) => CellType::Price,
        (_, ColumnType::Quantity) => CellType::Quantity,
        (Column::BillingPeriodStart, _) => CellType::PeriodStart,
        (_, ColumnType::Time) => CellType::Time,
        (_, ColumnType::Text) => CellType::Text,
    }
}
