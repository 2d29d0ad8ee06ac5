//! Notes: what a reader understood although the format does not say it.

use std::borrow::Cow;

use tollgate_model::Column;

/// A deviation from the format that the reader accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// A row names no currency.
    NoCurrency,
    /// An amount has a currency sign, thousands separators or spaces.
    DecoratedAmount,
    /// An amount has a decimal comma.
    DecimalComma,
    /// A date has slashes and was read as month/day/year, which other dates prove.
    MonthFirstDate,
    /// A date has slashes and was read as day/month/year, which other dates prove.
    DayFirstDate,
    /// A date has slashes and was read as month/day/year, which no date proves.
    AssumedMonthFirst,
    /// A quantity has more than 18 decimal places and was rounded to them.
    RoundedQuantity,
    /// A cost has more than 24 decimal places: a residue of floating point, which was rounded.
    RoundedCost,
    /// A quantity, further price or cost that the row does not need could not be read and is kept as unknown.
    UnreadableQuantity,
    /// Tags are in no known notation; they are kept as `x_Tags`.
    UnreadableTags,
    /// Tags are in no known notation; they stay as text.
    TagsAsText,
    /// A vocabulary value differs from FOCUS in its letters' case only.
    OddCase,
    /// A row has no billing period: it is the month of its charge period.
    DerivedBillingPeriod,
    /// A row has no end of its charge period: it is a day or an hour after the start.
    DerivedChargeEnd,
    /// A period is written in a time zone other than UTC: its days are kept as written.
    LocalPeriod,
    /// A kind of row that the format's documentation does not have: its cost is kept as billed.
    UnknownKind(String),
    /// A column that the file lacks, and what stands for it.
    Absent(Column, &'static str),
    /// A commitment's fee without the amounts that its unused part is computed from.
    UnstatedUnused,
    /// The header stands in the middle of the file: the file is several files, joined.
    RepeatedHeader,
    /// An account is a number that a spreadsheet shortened.
    ShortenedId(Column),
    /// What a format leaves out, in a sentence of its own.
    Other(&'static str),
}

impl Note {
    /// A message for users.
    pub fn message(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NoCurrency => "rows without a currency are kept as XXX; set it with --currency",
            Self::DecoratedAmount => "amounts have currency signs, separators or spaces, which were removed",
            Self::DecimalComma => "amounts have decimal commas, which other amounts of the file prove",
            Self::MonthFirstDate => "dates with slashes were read as month/day/year",
            Self::DayFirstDate => "dates with slashes were read as day/month/year",
            Self::AssumedMonthFirst => {
                "dates with slashes were read as month/day/year; no date shows the order, so check the days"
            }
            Self::RoundedQuantity => "quantities have more than 18 decimal places and were rounded",
            Self::RoundedCost => "costs have more than 24 decimal places, residues of floating point, and were rounded",
            Self::UnreadableQuantity => "cells that their rows do not need could not be read and are kept as unknown",
            Self::UnreadableTags => "tags are in no known notation and are kept as x_Tags",
            Self::TagsAsText => "tags are in no known notation and stay as text; rules on tags do not see them",
            Self::OddCase => "values differ from FOCUS only in case and were corrected",
            Self::DerivedBillingPeriod => "rows have no billing period and count in the month of their charge period",
            Self::DerivedChargeEnd => "rows have no end of their charge period, which is taken as one day or hour",
            Self::LocalPeriod => "periods have an offset from UTC; their days and months were kept as written",
            Self::UnstatedUnused => {
                "fees of commitments lack the amounts that their unused part is computed from; it is not shown"
            }
            Self::RepeatedHeader => "lines repeat the header, as in joined files, and are no rows",
            Self::Other(text) => *text,
            Self::UnknownKind(kind) => {
                return Cow::Owned(format!("rows of the unknown kind `{kind}` are kept as billed, as adjustments"));
            }
            Self::ShortenedId(column) => {
                return Cow::Owned(format!(
                    "rows have a {} that a spreadsheet shortened to a number; export the bill again",
                    column.name()
                ));
            }
            Self::Absent(column, stand_in) => {
                return Cow::Owned(format!("rows have no {}, which the file lacks: {stand_in}", column.name()));
            }
        })
    }
}
