//! Bills in every format: what their rows mean, to the last digit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod archives;
mod cases;
mod formats;
mod generated;
mod nested;
mod notation;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tollgate_model::{Amount, Charge, Column, Day};
use tollgate_sources::{Note, ReadOptions, SourceError, open_file};

/// A bill that was read to its end.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    pub(crate) format: String,
    pub(crate) charges: Vec<Charge>,
    pub(crate) rows_read: u64,
    pub(crate) rows_rejected: u64,
    pub(crate) rows_added: u64,
    pub(crate) rejections: Vec<String>,
    pub(crate) notes: BTreeMap<Note, u64>,
    /// The sums that the reader states for all rows.
    pub(crate) billed_read: Amount,
}

impl Bill {
    pub(crate) fn billed(&self) -> Amount {
        sum(self.charges.iter().map(|c| c.billed_cost))
    }

    pub(crate) fn effective(&self) -> Amount {
        sum(self.charges.iter().map(|c| c.effective_cost))
    }

    /// Both sums as text.
    pub(crate) fn sums(&self) -> (String, String) {
        (self.billed().to_string(), self.effective().to_string())
    }

    /// EffectiveCost by a tag.
    pub(crate) fn by_tag(&self, key: &str) -> BTreeMap<String, String> {
        let mut out: BTreeMap<String, Amount> = BTreeMap::new();
        for charge in &self.charges {
            let tags = charge.text(Column::Tags).unwrap_or("{}");
            let tags: BTreeMap<String, String> = serde_json::from_str(tags).unwrap();
            let value = tags.get(key).cloned().unwrap_or_else(|| "none".to_owned());
            let cost = out.entry(value).or_default();
            *cost = cost.checked_add(charge.effective_cost).unwrap();
        }
        out.into_iter().map(|(key, cost)| (key, cost.to_string())).collect()
    }

    /// The distinct values of a column.
    pub(crate) fn values(&self, column: Column) -> Vec<&str> {
        let mut out: Vec<&str> = match column {
            Column::ChargeCategory => self.charges.iter().map(|c| c.category.as_str()).collect(),
            Column::BillingCurrency => self.charges.iter().map(|c| c.currency.as_str()).collect(),
            _ => self.charges.iter().filter_map(|c| c.text(column)).collect(),
        };
        out.sort_unstable();
        out.dedup();
        out
    }

    /// The distinct days of charges.
    pub(crate) fn days(&self) -> Vec<String> {
        let mut days: Vec<Day> = self.charges.iter().map(|c| c.charge_period.day()).collect();
        days.sort_unstable();
        days.dedup();
        days.iter().map(Day::to_string).collect()
    }

    /// The distinct months of billing periods.
    pub(crate) fn months(&self) -> Vec<String> {
        let mut months: Vec<_> = self.charges.iter().map(|c| c.billing_period.day().month()).collect();
        months.sort_unstable();
        months.dedup();
        months.iter().map(ToString::to_string).collect()
    }

    pub(crate) fn has_note(&self, note: &Note) -> bool {
        self.notes.contains_key(note)
    }
}

pub(crate) fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    amounts.fold(Amount::ZERO, |sum, amount| sum.checked_add(amount).unwrap())
}

/// Reads files of one call.
pub(crate) fn read_call(paths: &[PathBuf]) -> Result<Bill, SourceError> {
    let options = ReadOptions::default();
    let sources = paths.iter().map(|path| open_file(path, &options)).collect::<Result<Vec<_>, _>>()?;
    let mut bill = Bill::default();
    for mut source in sources {
        bill.format = source.describe();
        while let Some(chunk) = source.next_chunk()? {
            let parsed = chunk.parse()?;
            bill.charges.extend((0..parsed.charges.rows()).map(|row| parsed.charges.charge(row).unwrap()));
            bill.rows_read += parsed.rows_read;
            bill.rows_rejected += parsed.rows_rejected;
            bill.rows_added += parsed.rows_added;
            let named = parsed
                .rejections
                .iter()
                .map(|r| format!("{} {} {}", r.line, r.column.as_deref().unwrap_or("-"), r.reason));
            bill.rejections.extend(named);
            parsed.notes.into_iter().for_each(|(note, count)| *bill.notes.entry(note).or_default() += count);
            bill.billed_read =
                parsed.read.billed.iter().fold(bill.billed_read, |sum, m| sum.checked_add(m.amount).unwrap());
        }
    }
    assert_eq!(bill.rows_read + bill.rows_added, bill.charges.len() as u64 + bill.rows_rejected, "a row is lost");
    Ok(bill)
}

pub(crate) fn read(path: &Path) -> Bill {
    read_call(&[path.to_owned()]).unwrap_or_else(|error| panic!("{error}"))
}

/// Reads a text as a file.
pub(crate) fn try_text(text: impl AsRef<[u8]>) -> Result<Bill, SourceError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    read_call(&[file.path().to_owned()])
}

pub(crate) fn read_text(text: impl AsRef<[u8]>) -> Bill {
    try_text(text).unwrap_or_else(|error| panic!("{error}"))
}
