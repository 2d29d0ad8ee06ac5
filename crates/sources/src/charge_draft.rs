//! From mapped columns to charges: the checks that all formats share, and the count of every row.

use std::collections::BTreeMap;

use tollgate_model::limits::NAMED_REJECTIONS;
use tollgate_model::{
    Amount, ChargeBatch, ChargeCategory, ChargeClass, Column, Currency, DecimalColumn, Money, MoneyError, TextColumn,
    Totals,
};

use crate::stated::StatedDraft;
use crate::survey::FileContext;
use crate::{CostTotals, Note, Parsed, Rejection, SourceError};

/// Charges in the making: columns with FOCUS names whose values are still as in the input.
#[derive(Debug, Default)]
pub(crate) struct ChargeDraft {
    /// Text and decimals by column; instants are not here yet.
    pub(crate) charges: ChargeBatch,
    /// Instants as text.
    pub(crate) times: BTreeMap<Column, TextColumn>,
    /// The line of each row.
    pub(crate) lines: Vec<u64>,
    /// The first row errors: row, column and reason. A row has at most one.
    row_errors: Vec<(usize, Option<String>, String)>,
    /// Whether each row is rejected; it may be shorter than the number of rows.
    rejected: Vec<bool>,
    /// The first rows that could not be split into columns: they have a line number but no row here.
    unreadable: Vec<Rejection>,
    /// The number of such rows.
    unreadable_rows: u64,
    /// Accepted deviations from the format.
    pub(crate) notes: BTreeMap<Note, u64>,
    /// The file's own money columns.
    pub(crate) stated: StatedDraft,
    /// Costs that could not be read: row, column and reason. They reject the rows that need them.
    bad_costs: Vec<(usize, String, String)>,
    /// Columns of `times` that name the last day of a period, which FOCUS's ends exclude.
    pub(crate) last_days: Vec<Column>,
    /// The row of the input that each of the last rows was made from.
    added: Vec<usize>,
    /// Why the file cannot be read as a whole.
    refusal: Option<String>,
}

/// The four instants of a charge.
pub(crate) const INSTANTS: [Column; 4] =
    [Column::BillingPeriodStart, Column::BillingPeriodEnd, Column::ChargePeriodStart, Column::ChargePeriodEnd];

/// Unknown kinds of rows that a chunk names; the rest are counted together.
const UNKNOWN_KINDS: usize = 20;

impl ChargeDraft {
    /// A draft for rows with these line numbers.
    pub(crate) fn of_lines(lines: Vec<u64>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Checks every required value and removes the rows that lack one.
    pub(crate) fn finish(mut self, context: &FileContext) -> Result<Parsed, SourceError> {
        if let Some(what) = self.refusal.take() {
            return Err(SourceError::Ambiguous { path: context.path.clone(), what });
        }
        let rows = self.charges.rows();
        let currencies = self.fill_currencies(context.currency);
        self.check_category();
        self.normalize_spelling(Column::ChargeClass, |v| {
            ChargeClass::ALL.iter().map(|c| c.as_str()).find(|c| c.eq_ignore_ascii_case(v))
        });
        for (column, words) in VOCABULARIES {
            self.normalize_spelling(*column, |v| words.iter().copied().find(|w| w.eq_ignore_ascii_case(v)));
        }
        self.read_periods(context)?;
        self.note_shortened_ids();
        self.require_costs();

        let mut bad = std::mem::take(&mut self.rejected);
        bad.resize(rows, false);
        // A row that was made from another is kept or rejected with it, and is no row of the input.
        let of_input = rows - self.added.len();
        for (at, origin) in self.added.iter().enumerate() {
            let either = bad[of_input + at] || bad[*origin];
            (bad[of_input + at], bad[*origin]) = (either, either);
        }
        let mut rejections = std::mem::take(&mut self.unreadable);
        for (row, column, reason) in std::mem::take(&mut self.row_errors) {
            rejections.push(Rejection { line: self.lines.get(row).copied().unwrap_or(0), column, reason });
        }
        rejections.sort_by_key(|r| r.line);
        rejections.truncate(NAMED_REJECTIONS.size());

        let read = self.totals(&currencies, |_| true)?;
        let rejected =
            if bad.contains(&true) { self.totals(&currencies, |row| bad[row])? } else { CostTotals::default() };
        let unreadable = self.unreadable_rows;
        let rows_read = of_input as u64 + unreadable;
        let rows_rejected = unreadable + bad[..of_input].iter().filter(|b| **b).count() as u64;
        let rows_added = bad[of_input..].iter().filter(|b| !**b).count() as u64;
        let lacks = |row: usize, column| self.charges.decimals(column).is_none_or(|d| !d.known()[row]);
        let costless =
            |row: &usize| bad[*row] && [Column::BilledCost, Column::EffectiveCost].into_iter().any(|c| lacks(*row, c));
        let unknown_costs = unreadable + (0..of_input).filter(costless).count() as u64;
        let stated = self.stated.sum(&self.charges, &currencies, &bad)?;
        let charges = if bad.contains(&true) {
            let kept: Vec<usize> = (0..rows).filter(|row| !bad[*row]).collect();
            self.charges.take(&kept)
        } else {
            self.charges
        };
        let notes = self.notes.into_iter().collect();
        Ok(Parsed {
            charges,
            rows_read,
            rows_rejected,
            rows_added,
            rejections,
            read,
            rejected,
            unknown_costs,
            notes,
            stated,
        })
    }

    /// Counts accounts that a spreadsheet wrote as numbers: `1.11122E+11`. Different accounts become the same number.
    fn note_shortened_ids(&mut self) {
        let is_shortened = |id: &str| {
            let parts = id.split_once(['E', 'e']).and_then(|(number, power)| Some((number, power.strip_prefix('+')?)));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            parts.is_some_and(|(number, power)| digits(number) && digits(power))
        };
        for column in [Column::BillingAccountId, Column::SubAccountId] {
            let Some(ids) = self.charges.text(column) else { continue };
            let shortened = ids.per_value(is_shortened);
            let rows = ids.keys().iter().filter(|key| shortened.get(**key as usize) == Some(&true)).count();
            self.count_note(Note::ShortenedId(column), rows as u64);
        }
    }

    /// Rejects rows whose costs are unknown. A cost that could not be read is named; one that no row needs is a note.
    fn require_costs(&mut self) {
        let rows = self.charges.rows();
        let bad_costs = std::mem::take(&mut self.bad_costs);
        for column in [Column::BilledCost, Column::EffectiveCost] {
            let unknown: Vec<usize> = match self.charges.decimals(column) {
                Some(d) => d.known().iter().enumerate().filter(|(_, known)| !**known).map(|(row, _)| row).collect(),
                None => (0..rows).collect(),
            };
            for row in unknown {
                let first = bad_costs.partition_point(|(at, ..)| *at < row);
                match bad_costs.get(first).filter(|(at, ..)| *at == row) {
                    Some((_, name, reason)) => self.reject_row(row, Some(name), reason.clone()),
                    None => {
                        self.reject_row(row, Some(column.name()), "is empty; an unknown cost is not zero".to_owned());
                    }
                }
            }
        }
        let unused = bad_costs.iter().filter(|(row, ..)| self.rejected.get(*row) != Some(&true)).count();
        self.count_note(Note::UnreadableQuantity, unused as u64);
    }

    /// Appends copies of rows, as rows that the input does not have, and returns the number of the first.
    pub(crate) fn add_copies(&mut self, rows: &[usize]) -> usize {
        let count = self.charges.rows();
        let all: Vec<usize> = (0..count).chain(rows.iter().copied()).collect();
        self.charges = self.charges.take(&all);
        for values in self.times.values_mut() {
            *values = values.take(&all);
        }
        let lines: Vec<u64> = rows.iter().map(|row| self.lines.get(*row).copied().unwrap_or(0)).collect();
        self.lines.extend(lines);
        self.added.extend(rows);
        count
    }

    /// Refuses the whole file.
    pub(crate) fn refuse(&mut self, reason: String) {
        self.refusal.get_or_insert(reason);
    }

    /// Records a cost that could not be read. It rejects the row only if the row needs it.
    pub(crate) fn bad_cost(&mut self, row: usize, index: usize, reason: String) {
        self.bad_costs.push((row, format!("#{}", index + 1), reason));
    }

    /// Rejects a row. Only its first error is kept, and only for the first rejected rows.
    pub(crate) fn reject_row(&mut self, row: usize, column: Option<&str>, reason: String) {
        if self.rejected.len() <= row {
            self.rejected.resize(row + 1, false);
        }
        if !std::mem::replace(&mut self.rejected[row], true) && self.row_errors.len() < NAMED_REJECTIONS.size() {
            self.row_errors.push((row, column.map(str::to_owned), reason));
        }
    }

    /// Discards the errors of the last row, which could not be split into columns.
    pub(crate) fn discard_row(&mut self, row: usize) {
        self.rejected.truncate(row);
        while self.row_errors.last().is_some_and(|(at, ..)| *at == row) {
            self.row_errors.pop();
        }
        while self.bad_costs.last().is_some_and(|(at, ..)| *at == row) {
            self.bad_costs.pop();
        }
    }

    /// Rejects a row that could not be split into columns.
    pub(crate) fn reject_unreadable(&mut self, line: u64, reason: String) {
        self.unreadable_rows += 1;
        if self.unreadable.len() < NAMED_REJECTIONS.size() {
            self.unreadable.push(Rejection { line, column: None, reason });
        }
    }

    /// Replaces column numbers of unreadable costs with column names.
    pub(crate) fn name_columns(&mut self, name: impl Fn(usize) -> String) {
        // A Parquet file is read column by column.
        self.bad_costs.sort_by_key(|(row, ..)| *row);
        for (_, column, _) in &mut self.bad_costs {
            if let Some(index) = column.strip_prefix('#').and_then(|n| n.parse::<usize>().ok()) {
                *column = name(index.saturating_sub(1));
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn unreadable_rows(&self) -> &[Rejection] {
        &self.unreadable
    }

    #[cfg(test)]
    pub(crate) fn bad_costs(&self) -> &[(usize, String, String)] {
        &self.bad_costs
    }

    pub(crate) fn count_note(&mut self, note: Note, count: u64) {
        if count > 0 {
            *self.notes.entry(note).or_default() += count;
        }
    }

    /// Counts a row of a kind that its format does not document, by its name.
    pub(crate) fn count_unknown_kind(&mut self, kind: &str) {
        let shown: String = kind.chars().filter(|c| !c.is_control()).take(60).collect();
        let note = Note::UnknownKind(shown);
        let others = || self.notes.keys().filter(|n| matches!(n, Note::UnknownKind(_))).count();
        // A column of free text must not become a list of notes.
        let note = if self.notes.contains_key(&note) || others() < UNKNOWN_KINDS {
            note
        } else {
            Note::UnknownKind("…".to_owned())
        };
        self.count_note(note, 1);
    }

    /// Sets and returns the currency of each row; unknown if the input has none or an invalid one.
    fn fill_currencies(&mut self, stated: Option<Currency>) -> Vec<Currency> {
        let rows = self.charges.rows();
        let named = self.charges.text(Column::BillingCurrency).cloned().unwrap_or_else(|| TextColumn::nulls(rows));
        let fallback = stated.unwrap_or(Currency::UNKNOWN);
        let values: Vec<Result<Currency, MoneyError>> = named.per_value(|v| v.trim().to_ascii_uppercase().parse());
        let mut column = TextColumn::default();
        let mut out = Vec::with_capacity(rows);
        let mut unnamed = 0;
        for (row, key) in named.keys().iter().enumerate() {
            let currency = match values.get(*key as usize) {
                None => {
                    unnamed += 1;
                    fallback
                }
                Some(Ok(currency)) => *currency,
                Some(Err(error)) => {
                    self.reject_row(row, Some(Column::BillingCurrency.name()), error.to_string());
                    Currency::UNKNOWN
                }
            };
            column.push(Some(currency.as_str()));
            out.push(currency);
        }
        if stated.is_none() {
            self.count_note(Note::NoCurrency, unnamed);
        }
        self.charges.set_text(Column::BillingCurrency, column);
        out
    }

    fn check_category(&mut self) {
        let rows = self.charges.rows();
        let column = self.charges.text(Column::ChargeCategory).cloned().unwrap_or_else(|| TextColumn::nulls(rows));
        let known = column.per_value(|v| v.parse::<ChargeCategory>().is_ok());
        for (row, key) in column.keys().iter().enumerate() {
            let reason = match known.get(*key as usize) {
                Some(true) => continue,
                Some(false) => {
                    let value: String = column.value(*key).unwrap_or_default().chars().take(60).collect();
                    let words: Vec<&str> = ChargeCategory::ALL.iter().map(|c| c.as_str()).collect();
                    format!("`{value}` is none of {}", words.join(", "))
                }
                None => "is empty".to_owned(),
            };
            self.reject_row(row, Some(Column::ChargeCategory.name()), reason);
        }
        self.normalize_spelling(Column::ChargeCategory, |v| {
            v.parse::<ChargeCategory>().ok().map(ChargeCategory::as_str)
        });
    }

    /// Corrects values that differ from FOCUS only in case. Values that FOCUS does not define stay unchanged.
    fn normalize_spelling(&mut self, column: Column, spell: impl Fn(&str) -> Option<&'static str>) {
        let Some(values) = self.charges.text(column) else { return };
        let odd: Vec<bool> = values.per_value(|v| spell(v).is_some_and(|s| s != v));
        if !odd.contains(&true) {
            return;
        }
        let count = values.keys().iter().filter(|k| odd.get(**k as usize) == Some(&true)).count();
        let spelled = values.map(|v| Some(spell(v).unwrap_or(v).to_owned()));
        self.charges.set_text(column, spelled);
        self.count_note(Note::OddCase, count as u64);
    }

    fn totals(&self, currencies: &[Currency], counts: impl Fn(usize) -> bool) -> Result<CostTotals, SourceError> {
        let sum = |column| -> Result<Totals, MoneyError> {
            let Some(values) = self.charges.decimals(column) else { return Ok(Totals::default()) };
            sum_by_currency(values, currencies, &counts)
        };
        Ok(CostTotals { billed: sum(Column::BilledCost)?, effective: sum(Column::EffectiveCost)? })
    }
}

fn sum_by_currency(
    values: &DecimalColumn,
    currencies: &[Currency],
    counts: &impl Fn(usize) -> bool,
) -> Result<Totals, MoneyError> {
    let mut totals = Totals::default();
    let mut run: Option<(Currency, i128)> = None;
    let add = |totals: &mut Totals, (currency, units): (Currency, i128)| {
        let amount = Amount::from_units(units).ok_or_else(|| MoneyError::TooLarge(format!("a sum of {currency}")))?;
        totals.add(Money::new(amount, currency))
    };
    for (row, currency) in currencies.iter().enumerate() {
        let Some(amount) = values.get::<24>(row).filter(|_| counts(row)) else { continue };
        run = Some(match run {
            // Two in-range numbers cannot overflow an i128 together.
            Some((c, units)) if c == *currency && units.abs() < i128::MAX / 4 => (c, units + amount.units()),
            Some(done) => {
                add(&mut totals, done)?;
                (*currency, amount.units())
            }
            None => (*currency, amount.units()),
        });
    }
    if let Some(done) = run {
        add(&mut totals, done)?;
    }
    Ok(totals)
}

/// Closed vocabularies of FOCUS 1.2 whose spelling varies in real exports.
const VOCABULARIES: &[(Column, &[&str])] = &[
    (Column::ChargeFrequency, &["One-Time", "Recurring", "Usage-Based"]),
    (Column::PricingCategory, &["Standard", "Dynamic", "Committed", "Other"]),
    (Column::CommitmentDiscountCategory, &["Spend", "Usage"]),
    (Column::CommitmentDiscountStatus, &["Used", "Unused"]),
    (Column::CapacityReservationStatus, &["Used", "Unused"]),
];
