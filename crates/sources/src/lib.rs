//! Sources of charges: one file for each source.
//!
//! A source returns [`Chunk`]s in order, which is cheap; parsing a chunk is expensive and works on any thread.
//! Every row of a chunk is accounted for: rows read + rows added = rows kept + rows rejected, and the sums of both costs cover
//! all of them.

mod alibaba_bill;
mod aws_cur;
#[cfg(feature = "aws-data-export")]
pub mod aws_data_export;
#[cfg(feature = "aws-organization")]
pub mod aws_organization;
mod aws_tags;
mod aws_unused;
mod azure_charges;
mod azure_export;
mod azure_headers;
pub mod business_metrics;
mod cells;
mod charge_draft;
#[cfg(feature = "cost-explorer")]
pub mod cost_explorer;
mod csv_file;
mod csv_scan;
pub mod demo;
mod draft_periods;
mod error;
mod file;
mod focus_dataset;
mod focus_file;
mod format;
mod google_export;
mod json_file;
mod json_records;
mod json_text;
mod kubernetes_allocation;
mod mapping;
mod note;
mod number;
mod oci_report;
mod packed;
mod parquet_cells;
mod parquet_file;
mod parquet_pages;
mod parquet_scalars;
mod reader;
mod stated;
mod survey;
mod table_format;
mod tags;
mod value;
mod vultr_invoice;
mod zip_file;

use tollgate_model::{ChargeBatch, Currency, Totals};

pub use error::{Rejection, SourceError};
pub use file::{billing_files, open_file};
pub use focus_dataset::read_dataset;
pub use note::Note;
pub use stated::StatedPart;
pub use survey::Survey;

/// The port of a source of charges.
///
/// A source is read once, from beginning to end. An error ends the import, and none of its charges become current.
pub trait CostSource: Send {
    /// A description of the input: `FOCUS 1.2, CSV`.
    fn describe(&self) -> String;

    /// The bytes read so far, and the size of the input if it is known.
    fn progress(&self) -> (u64, Option<u64>);

    /// The number of rows that the input states, if its format has such a count. The import compares it with the rows read.
    fn stated_rows(&self) -> Option<u64> {
        None
    }

    /// The next chunk, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read: an I/O error, a truncated file, a record beyond the limit.
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError>;
}

/// A part of a source that can be parsed on any thread.
pub trait Chunk: Send {
    /// Parses the chunk and maps it to FOCUS.
    ///
    /// # Errors
    ///
    /// Only if the whole input is unusable. An invalid row is no error: it is counted in [`Parsed::rows_rejected`].
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError>;
}

/// Options of a reader.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The currency of rows without one. If it is not set they get `XXX`.
    pub currency: Option<Currency>,
    /// What the files of one call show about their notation: files that are opened with clones of these options share it.
    pub survey: Survey,
}

/// The content of a parsed chunk.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The rows kept, as FOCUS.
    pub charges: ChargeBatch,
    /// The number of rows read.
    pub rows_read: u64,
    /// The number of rows rejected.
    pub rows_rejected: u64,
    /// Rows of `charges` that the input does not have: the unused parts of commitments, which it states in the rows of their fees.
    pub rows_added: u64,
    /// The first rejected rows, each with its location and reason: at most [`NAMED_REJECTIONS`](tollgate_model::limits::NAMED_REJECTIONS).
    pub rejections: Vec<Rejection>,
    /// Sums of all rows read, including rejected rows whose amounts could be read.
    pub read: CostTotals,
    /// Sums of the rejected rows whose amounts could be read.
    pub rejected: CostTotals,
    /// Rejected rows with an unreadable cost: they are in none of the sums.
    pub unknown_costs: u64,
    /// Deviations from the format that the reader accepted, and how often.
    pub notes: Vec<(Note, u64)>,
    /// The input's own money columns, before any mapping, by provider, billing account and month.
    pub stated: Vec<StatedPart>,
}

/// Both costs, by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostTotals {
    /// Sums of BilledCost.
    pub billed: Totals,
    /// Sums of EffectiveCost.
    pub effective: Totals,
}

impl CostTotals {
    /// Adds every sum of `other`.
    ///
    /// # Errors
    ///
    /// When a sum is out of range.
    pub fn merge(&mut self, other: &Self) -> Result<(), tollgate_model::MoneyError> {
        self.billed.merge(&other.billed)?;
        self.effective.merge(&other.effective)
    }
}
