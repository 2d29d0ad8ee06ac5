//! Where charges come from: one file a source.
//!
//! A source hands out [`Chunk`]s, cheaply and in order; parsing one is the expensive part and can be done on any thread.
//! Whatever a chunk holds is accounted for: rows read = rows kept + rows rejected, and the sums of both costs are told
//! for all rows read, as they stood in the input.

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
mod value;

use tollgate_model::{ChargeBatch, Currency, Totals};

pub use error::{Rejection, SourceError};
pub use file::open_file;
pub use format::KNOWN_FORMATS;

/// A port: where charges come from.
///
/// Implementations are read once, from beginning to end. An error ends the import: nothing of it becomes current.
pub trait CostSource: Send {
    /// What is read, for people: `FOCUS 1.2, CSV`.
    fn describe(&self) -> String;

    /// How far reading is, in bytes, and the size of the whole where it is known.
    fn progress(&self) -> (u64, Option<u64>);

    /// How many rows the input states that it has, where its format has such a count. The import compares it with the rows read.
    fn stated_rows(&self) -> Option<u64> {
        None
    }

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the input cannot be read on: an I/O error, a truncated file, a record beyond the limit.
    fn next_chunk(&mut self) -> Result<Option<Box<dyn Chunk>>, SourceError>;
}

/// A piece of a source that can be parsed on any thread.
pub trait Chunk: Send {
    /// Parses and maps to FOCUS.
    ///
    /// # Errors
    ///
    /// Only what makes the whole input doubtful. A bad row is no error: it is counted in [`Parsed::rows_rejected`].
    fn parse(self: Box<Self>) -> Result<Parsed, SourceError>;
}

/// What a reader is told.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The currency of rows that name none. Without it they get `XXX`.
    pub currency: Option<Currency>,
}

/// What a chunk held.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The rows kept, as FOCUS.
    pub charges: ChargeBatch,
    /// How many rows there were.
    pub rows_read: u64,
    /// How many rows were not kept.
    pub rows_rejected: u64,
    /// The first of them, each with its place and reason: at most [`NAMED_REJECTIONS`](tollgate_model::limits::NAMED_REJECTIONS).
    pub rejections: Vec<Rejection>,
    /// Sums of all rows read, rejected ones included where their amounts could be read.
    pub read: CostTotals,
    /// Sums of the rejected rows whose amounts could be read.
    pub rejected: CostTotals,
    /// Rejected rows of which a cost could not be read: they are in none of the sums.
    pub unknown_costs: u64,
    /// What was understood that is not written as the format says, and how often.
    pub notes: Vec<(Note, u64)>,
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
    /// Adds every sum of another.
    ///
    /// # Errors
    ///
    /// When a sum leaves the range.
    pub fn merge(&mut self, other: &Self) -> Result<(), tollgate_model::MoneyError> {
        self.billed.merge(&other.billed)?;
        self.effective.merge(&other.effective)
    }
}

/// Something that was understood although it isn't written as the format says.
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
    /// For people.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoCurrency => "rows name no currency and are kept as XXX; say which with --currency",
            Self::DecoratedAmount => "amounts have currency signs, separators or spaces, which were dropped",
            Self::MonthFirstDate => "dates with slashes were read as month/day/year",
            Self::DayFirstDate => "dates with slashes were read as day/month/year",
            Self::RoundedQuantity => "quantities have more than 18 decimal places and were rounded; costs never are",
            Self::UnreadableQuantity => "quantities or unit prices could not be read and are kept as unknown",
            Self::UnreadableTags => "tags are not a JSON object and are kept as x_Tags",
            Self::OddCase => "values were spelled as FOCUS spells them",
        }
    }
}
