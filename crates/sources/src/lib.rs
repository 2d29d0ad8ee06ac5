//! Sources of charges: one file for each source.
//!
//! A source returns [`Chunk`]s in order, which is cheap; parsing a chunk is expensive and works on any thread.
//! Every row of a chunk is accounted for: rows read = rows kept + rows rejected, and the sums of both costs cover
//! all rows read, as they are in the input.

mod aws_cur;
#[cfg(feature = "aws-data-export")]
pub mod aws_data_export;
#[cfg(feature = "aws-organization")]
pub mod aws_organization;
mod azure_export;
mod charge_draft;
#[cfg(feature = "cost-explorer")]
pub mod cost_explorer;
mod csv_file;
pub mod demo;
mod error;
mod file;
mod focus_file;
mod format;
mod mapping;
mod parquet_file;
mod parquet_pages;
mod stated;
mod value;

use tollgate_model::{ChargeBatch, Currency, Totals};

pub use error::{Rejection, SourceError};
pub use file::open_file;
pub use stated::StatedPart;

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

/// A deviation from the format that the reader accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// A row names no currency.
    NoCurrency,
    /// An amount has a currency sign, thousands separators or spaces.
    DecoratedAmount,
    /// A date has slashes and was read as month/day/year.
    MonthFirstDate,
    /// A date has slashes and was read as day/month/year.
    DayFirstDate,
    /// A quantity has more than 18 decimal places and was rounded to them.
    RoundedQuantity,
    /// A quantity or further price could not be read and is kept as unknown.
    UnreadableQuantity,
    /// Tags are not a JSON object; they are kept as `x_Tags`.
    UnreadableTags,
    /// A vocabulary value differs from FOCUS in its letters' case only.
    OddCase,
}

impl Note {
    /// A message for users.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoCurrency => "rows without a currency are kept as XXX; set it with --currency",
            Self::DecoratedAmount => "amounts have currency signs, separators or spaces, which were removed",
            Self::MonthFirstDate => "dates with slashes were read as month/day/year",
            Self::DayFirstDate => "dates with slashes were read as day/month/year",
            Self::RoundedQuantity => "quantities have more than 18 decimal places and were rounded; costs never are",
            Self::UnreadableQuantity => "quantities or unit prices could not be read and are kept as unknown",
            Self::UnreadableTags => "tags are not a JSON object and are kept as x_Tags",
            Self::OddCase => "values differ from FOCUS only in case and were corrected",
        }
    }
}
