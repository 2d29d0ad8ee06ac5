//! Unit economics: imports of business figures, and unit costs from them and the series of the ledger.

mod budget;
mod costs;
mod import;
mod incidents;
mod report;
#[cfg(feature = "sql")]
mod sql_figures;

pub use budget::unit_budget_statuses;
pub use import::{CsvFigures, MetricImport, import_figures, import_metric};
pub(crate) use incidents::detect_unit_costs;
pub use report::{UnitQuestion, UnitReport, read_units};
#[cfg(feature = "sql")]
pub use sql_figures::SqlFigures;
