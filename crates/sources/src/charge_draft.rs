//! From mapped columns to charges: the checks that all formats share, and the count of every row.

use std::collections::BTreeMap;

use tollgate_model::limits::NAMED_REJECTIONS;
use tollgate_model::{
    Amount, ChargeBatch, ChargeCategory, ChargeClass, Column, Currency, DecimalColumn, Money, MoneyError, TextColumn,
    Totals,
};

use crate::stated::StatedDraft;
use crate::value::{SlashOrder, instant, slash_order};
use crate::{CostTotals, Note, Parsed, ReadOptions, Rejection, SourceError};

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
}

/// The four instants of a charge.
pub(crate) const INSTANTS: [Column; 4] =
    [Column::BillingPeriodStart, Column::BillingPeriodEnd, Column::ChargePeriodStart, Column::ChargePeriodEnd];

impl ChargeDraft {
    /// A draft for rows with these line numbers.
    pub(crate) fn of_lines(lines: Vec<u64>) -> Self {
        Self { lines, ..Self::default() }
    }

    /// Checks every required value and removes the rows that lack one.
    pub(crate) fn finish(mut self, options: &ReadOptions) -> Result<Parsed, SourceError> {
        let rows = self.charges.rows();
        let currencies = self.fill_currencies(options);
        self.check_category();
        self.normalize_spelling(Column::ChargeClass, |v| {
            ChargeClass::ALL.iter().map(|c| c.as_str()).find(|c| c.eq_ignore_ascii_case(v))
        });
        for (column, words) in VOCABULARIES {
            self.normalize_spelling(*column, |v| words.iter().copied().find(|w| w.eq_ignore_ascii_case(v)));
        }
        self.parse_instants();
        for column in [Column::BilledCost, Column::EffectiveCost] {
            let unknown: Vec<usize> = match self.charges.decimals(column) {
                Some(d) => d.known().iter().enumerate().filter(|(_, known)| !**known).map(|(row, _)| row).collect(),
                None => (0..rows).collect(),
            };
            for row in unknown {
                self.reject_row(row, Some(column.name()), "is empty; an unknown cost is not zero".to_owned());
            }
        }

        let mut bad = std::mem::take(&mut self.rejected);
        bad.resize(rows, false);
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
        let rows_read = rows as u64 + unreadable;
        let rows_rejected = unreadable + bad.iter().filter(|b| **b).count() as u64;
        let lacks = |row: usize, column| self.charges.decimals(column).is_none_or(|d| !d.known()[row]);
        let costless =
            |row: &usize| bad[*row] && [Column::BilledCost, Column::EffectiveCost].into_iter().any(|c| lacks(*row, c));
        let unknown_costs = unreadable + (0..rows).filter(costless).count() as u64;
        let stated = self.stated.sum(&self.charges, &currencies, &bad)?;
        let charges = if bad.contains(&true) {
            let kept: Vec<usize> = (0..rows).filter(|row| !bad[*row]).collect();
            self.charges.take(&kept)
        } else {
            self.charges
        };
        let notes = self.notes.into_iter().collect();
        Ok(Parsed { charges, rows_read, rows_rejected, rejections, read, rejected, unknown_costs, notes, stated })
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
    }

    /// Rejects a row that could not be split into columns.
    pub(crate) fn reject_unreadable(&mut self, line: u64, reason: String) {
        self.unreadable_rows += 1;
        if self.unreadable.len() < NAMED_REJECTIONS.size() {
            self.unreadable.push(Rejection { line, column: None, reason });
        }
    }

    /// Replaces column numbers in row errors with column names.
    pub(crate) fn name_columns(&mut self, name: impl Fn(usize) -> String) {
        for (_, column, _) in &mut self.row_errors {
            let index = column.as_deref().and_then(|c| c.strip_prefix('#')).and_then(|n| n.parse::<usize>().ok());
            if let Some(index) = index {
                *column = Some(name(index.saturating_sub(1)));
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn unreadable_rows(&self) -> &[Rejection] {
        &self.unreadable
    }

    #[cfg(test)]
    pub(crate) fn row_errors(&self) -> impl Iterator<Item = &(usize, Option<String>, String)> {
        self.row_errors.iter()
    }

    pub(crate) fn count_note(&mut self, note: Note, count: u64) {
        if count > 0 {
            *self.notes.entry(note).or_default() += count;
        }
    }

    /// Sets and returns the currency of each row; unknown if the input has none or an invalid one.
    fn fill_currencies(&mut self, options: &ReadOptions) -> Vec<Currency> {
        let rows = self.charges.rows();
        let named = self.charges.text(Column::BillingCurrency).cloned().unwrap_or_else(|| TextColumn::nulls(rows));
        let fallback = options.currency.unwrap_or(Currency::UNKNOWN);
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
        if options.currency.is_none() {
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

    fn parse_instants(&mut self) {
        let rows = self.charges.rows();
        let order = slash_order(self.times.values().flat_map(TextColumn::values));
        let slashed = self.times.values().flat_map(TextColumn::values).any(|v| v.contains('/'));
        if slashed {
            let note = match order {
                SlashOrder::MonthFirst => Note::MonthFirstDate,
                SlashOrder::DayFirst => Note::DayFirstDate,
            };
            self.count_note(note, rows as u64);
        }
        for column in INSTANTS {
            let text = self.times.remove(&column).unwrap_or_else(|| TextColumn::nulls(rows));
            let seconds = text.per_value(|v| instant(v, order));
            let mut out = Vec::with_capacity(rows);
            for (row, key) in text.keys().iter().enumerate() {
                let second = match seconds.get(*key as usize) {
                    Some(Some(second)) => *second,
                    Some(None) => {
                        let value: String = text.value(*key).unwrap_or_default().chars().take(60).collect();
                        self.reject_row(row, Some(column.name()), format!("`{value}` is not a date and time"));
                        0
                    }
                    None => {
                        self.reject_row(row, Some(column.name()), "is empty".to_owned());
                        0
                    }
                };
                out.push(second);
            }
            self.charges.set_times(column, out);
        }
        let (start, end) = (Column::BillingPeriodStart, Column::BillingPeriodEnd);
        let backwards: Vec<usize> = match (self.charges.times(start), self.charges.times(end)) {
            (Some(starts), Some(ends)) => (0..rows).filter(|row| starts[*row] > ends[*row]).collect(),
            _ => Vec::new(),
        };
        for row in backwards {
            self.reject_row(row, Some(end.name()), format!("is before {}", start.name()));
        }
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
