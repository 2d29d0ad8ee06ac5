//! Answers as files for people. A workbook holds the amounts of an answer as numbers, with sums that are live formulas.

mod costs;
mod workbook;

pub use costs::cost_sheet;
pub use workbook::{Cell, Sheet, WorkbookError, workbook};
