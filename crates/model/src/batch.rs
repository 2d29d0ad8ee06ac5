//! Charges by column: the same rows as [`Charge`], held so that a million of them cost little.
//!
//! Text is interned: each distinct value of a column is kept, checked, mapped and hashed once, and a row holds its
//! number. Values repeat in bills, so most work on text is done a few hundred times instead of a million.

use std::collections::BTreeMap;
use std::hash::Hasher;

use rustc_hash::{FxHashMap, FxHasher};

use crate::focus::ColumnType;
use crate::hash::{ContentHash, spread, value_hash};
use crate::{Charge, ChargeCategory, ChargeClass, ChargePeriod, Column, Currency, Fixed};

/// The number of "not known" in a [`TextColumn`].
pub const NULL: u32 = u32::MAX;

/// A column of interned text.
#[derive(Clone, Debug, Default)]
pub struct TextColumn {
    keys: Vec<u32>,
    buffer: String,
    ends: Vec<usize>,
    lookup: FxHashMap<u64, u32>,
    collided: FxHashMap<String, u32>,
    last: Option<u32>,
}

impl TextColumn {
    /// A column of `rows` unknown values.
    pub fn nulls(rows: usize) -> Self {
        Self { keys: vec![NULL; rows], ..Self::default() }
    }

    /// A column with the same value in every row.
    pub fn constant(value: &str, rows: usize) -> Self {
        let mut column = Self::default();
        let key = column.intern(value);
        column.keys = vec![key; rows];
        column
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of each row's value, [`NULL`] where it is unknown.
    pub fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// How many distinct values.
    pub fn distinct(&self) -> usize {
        self.ends.len()
    }

    /// The value with a number.
    pub fn value(&self, key: u32) -> Option<&str> {
        let i = key as usize;
        let end = *self.ends.get(i)?;
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        self.buffer.get(start..end)
    }

    /// The distinct values, by number.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|i| self.value(u32::try_from(i).unwrap_or(NULL)).unwrap_or_default())
    }

    /// The value of a row, if known.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.keys.get(row).and_then(|k| self.value(*k))
    }

    /// Appends a row.
    pub fn push(&mut self, value: Option<&str>) {
        let key = match value {
            None => NULL,
            Some(v) => match self.last {
                Some(last) if self.value(last) == Some(v) => last,
                _ => self.intern(v),
            },
        };
        if key != NULL {
            self.last = Some(key);
        }
        self.keys.push(key);
    }

    /// Appends a row by the number of its value, which must be [`NULL`] or come from [`TextColumn::intern`].
    pub fn push_key(&mut self, key: u32) {
        self.keys.push(key);
    }

    /// The number of a value, new or known.
    pub fn intern(&mut self, value: &str) -> u32 {
        let mut hasher = FxHasher::default();
        hasher.write(value.as_bytes());
        let hash = hasher.finish();
        if let Some(key) = self.lookup.get(&hash).copied() {
            if self.value(key) == Some(value) {
                return key;
            }
            // A different value has this hash: such values are rare and are looked up by themselves.
            if let Some(key) = self.collided.get(value) {
                return *key;
            }
            let key = self.append_value(value);
            self.collided.insert(value.to_owned(), key);
            return key;
        }
        let key = self.append_value(value);
        self.lookup.insert(hash, key);
        key
    }

    fn append_value(&mut self, value: &str) -> u32 {
        self.buffer.push_str(value);
        self.ends.push(self.buffer.len());
        u32::try_from(self.ends.len() - 1).unwrap_or(NULL)
    }

    /// Removes the last row.
    pub fn pop(&mut self) {
        self.keys.pop();
    }

    /// The same rows with each distinct value replaced; `None` makes it unknown.
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(&str) -> Option<String>) -> Self {
        let mut out = Self::default();
        let keys: Vec<u32> = self.values().map(|v| f(v).map_or(NULL, |m| out.intern(&m))).collect();
        out.keys = self.keys.iter().map(|k| keys.get(*k as usize).copied().unwrap_or(NULL)).collect();
        out
    }

    /// The result of `f` for each distinct value, by number.
    pub fn per_value<T>(&self, f: impl FnMut(&str) -> T) -> Vec<T> {
        self.values().map(f).collect()
    }

    /// Only the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let mut out = Self::default();
        let mut keys = vec![NULL; self.distinct()];
        for row in rows {
            let old = self.keys[*row];
            let key = match keys.get(old as usize).copied() {
                None => NULL,
                Some(NULL) => {
                    let new = out.intern(self.value(old).unwrap_or_default());
                    keys[old as usize] = new;
                    new
                }
                Some(new) => new,
            };
            out.keys.push(key);
        }
        out
    }

    /// The distinct values' bytes, one after another, and where each ends: Arrow's own layout.
    pub fn buffers(&self) -> (&str, &[usize]) {
        (&self.buffer, &self.ends)
    }
}

/// A column of fixed-point decimals, counted in the smallest unit of the column's type.
#[derive(Clone, Debug, Default)]
pub struct DecimalColumn {
    units: Vec<i128>,
    known: Vec<bool>,
}

impl DecimalColumn {
    /// How many rows.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Appends a row.
    pub fn push<const S: u32>(&mut self, value: Option<Fixed<S>>) {
        self.units.push(value.map_or(0, Fixed::units));
        self.known.push(value.is_some());
    }

    /// The value of a row, if known.
    pub fn get<const S: u32>(&self, row: usize) -> Option<Fixed<S>> {
        if !*self.known.get(row)? {
            return None;
        }
        Fixed::from_units(self.units[row])
    }

    /// The units of every row; zero where unknown.
    pub fn units(&self) -> &[i128] {
        &self.units
    }

    /// Whether each row is known.
    pub fn known(&self) -> &[bool] {
        &self.known
    }

    /// Removes the last row.
    pub fn pop(&mut self) {
        self.units.pop();
        self.known.pop();
    }

    fn take(&self, rows: &[usize]) -> Self {
        Self {
            units: rows.iter().map(|r| self.units[*r]).collect(),
            known: rows.iter().map(|r| self.known[*r]).collect(),
        }
    }
}

/// A column of instants, in seconds since 1970 UTC. The required columns have no unknown.
#[derive(Clone, Debug, Default)]
pub struct TimeColumn(pub Vec<i64>);

/// Charges by column.
///
/// # Valid values
///
/// Every column that is present has [`ChargeBatch::rows`] rows; an absent column is unknown in every row. The required
/// columns (both costs, the currency, the category and the four instants) are present and known in every row of a batch
/// that a source hands out.
#[derive(Clone, Debug, Default)]
pub struct ChargeBatch {
    rows: usize,
    text: BTreeMap<Column, TextColumn>,
    decimals: BTreeMap<Column, DecimalColumn>,
    times: BTreeMap<Column, TimeColumn>,
    extra: BTreeMap<String, TextColumn>,
}

impl ChargeBatch {
    /// A batch of `rows` rows without columns.
    pub fn new(rows: usize) -> Self {
        Self { rows, ..Self::default() }
    }

    /// From rows.
    pub fn from_charges<'a>(charges: impl IntoIterator<Item = &'a Charge>) -> Self {
        let charges: Vec<&Charge> = charges.into_iter().collect();
        let mut batch = Self::new(charges.len());
        for column in Column::ALL {
            match column.column_type() {
                ColumnType::Text => {
                    let mut out = TextColumn::default();
                    for c in &charges {
                        out.push(match column {
                            Column::BillingCurrency => Some(c.currency.as_str()),
                            Column::ChargeCategory => Some(c.category.as_str()),
                            Column::ChargeClass => c.class.map(ChargeClass::as_str),
                            _ => c.text(*column),
                        });
                    }
                    batch.set_text(*column, out);
                }
                ColumnType::Amount => {
                    let mut out = DecimalColumn::default();
                    for c in &charges {
                        out.push(match column {
                            Column::BilledCost => Some(c.billed_cost),
                            Column::EffectiveCost => Some(c.effective_cost),
                            _ => c.amounts.get(column).copied(),
                        });
                    }
                    batch.set_decimals(*column, out);
                }
                ColumnType::Quantity => {
                    let mut out = DecimalColumn::default();
                    for c in &charges {
                        out.push(c.quantities.get(column).copied());
                    }
                    batch.set_decimals(*column, out);
                }
                ColumnType::Time => batch.set_times(
                    *column,
                    charges
                        .iter()
                        .map(|c| match column {
                            Column::BillingPeriodStart => c.billing_period.start,
                            Column::BillingPeriodEnd => c.billing_period.end,
                            Column::ChargePeriodStart => c.charge_period.start,
                            _ => c.charge_period.end,
                        })
                        .collect(),
                ),
            }
        }
        let names: std::collections::BTreeSet<&String> = charges.iter().flat_map(|c| c.extra.keys()).collect();
        for name in names {
            let mut out = TextColumn::default();
            for c in &charges {
                out.push(c.extra.get(name).map(String::as_str));
            }
            batch.set_extra(name.clone(), out);
        }
        batch
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A text column, if present.
    pub fn text(&self, column: Column) -> Option<&TextColumn> {
        self.text.get(&column)
    }

    /// A column of amounts or quantities, if present.
    pub fn decimals(&self, column: Column) -> Option<&DecimalColumn> {
        self.decimals.get(&column)
    }

    /// A column of instants, if present.
    pub fn times(&self, column: Column) -> Option<&[i64]> {
        self.times.get(&column).map(|t| t.0.as_slice())
    }

    /// The provider's own columns, by name.
    pub fn extra(&self) -> &BTreeMap<String, TextColumn> {
        &self.extra
    }

    /// Sets a text column. A column of a different length is ignored in release builds.
    pub fn set_text(&mut self, column: Column, values: TextColumn) {
        debug_assert_eq!(values.len(), self.rows, "{}", column.name());
        if values.len() == self.rows {
            self.text.insert(column, values);
        }
    }

    /// Sets a column of amounts or quantities.
    pub fn set_decimals(&mut self, column: Column, values: DecimalColumn) {
        debug_assert_eq!(values.len(), self.rows, "{}", column.name());
        if values.len() == self.rows {
            self.decimals.insert(column, values);
        }
    }

    /// Sets a column of instants.
    pub fn set_times(&mut self, column: Column, values: Vec<i64>) {
        debug_assert_eq!(values.len(), self.rows, "{}", column.name());
        if values.len() == self.rows {
            self.times.insert(column, TimeColumn(values));
        }
    }

    /// Sets one of the provider's own columns.
    pub fn set_extra(&mut self, name: String, values: TextColumn) {
        debug_assert_eq!(values.len(), self.rows, "{name}");
        if values.len() == self.rows {
            self.extra.insert(name, values);
        }
    }

    /// Only the given rows, in the given order.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        Self {
            rows: rows.len(),
            text: self.text.iter().map(|(c, v)| (*c, v.take(rows))).collect(),
            decimals: self.decimals.iter().map(|(c, v)| (*c, v.take(rows))).collect(),
            times: self.times.iter().map(|(c, v)| (*c, TimeColumn(rows.iter().map(|r| v.0[*r]).collect()))).collect(),
            extra: self.extra.iter().map(|(n, v)| (n.clone(), v.take(rows))).collect(),
        }
    }

    /// One row. `None` when it is out of range or lacks a required column.
    pub fn charge(&self, row: usize) -> Option<Charge> {
        let time = |c| self.times(c).and_then(|t| t.get(row)).copied();
        let mut charge = Charge {
            billed_cost: self.decimals(Column::BilledCost)?.get(row)?,
            effective_cost: self.decimals(Column::EffectiveCost)?.get(row)?,
            currency: self.text(Column::BillingCurrency)?.get(row)?.parse::<Currency>().ok()?,
            category: self.text(Column::ChargeCategory)?.get(row)?.parse::<ChargeCategory>().ok()?,
            class: self.text(Column::ChargeClass).and_then(|c| c.get(row)).and_then(|c| c.parse().ok()),
            charge_period: ChargePeriod {
                start: time(Column::ChargePeriodStart)?,
                end: time(Column::ChargePeriodEnd)?,
            },
            billing_period: ChargePeriod {
                start: time(Column::BillingPeriodStart)?,
                end: time(Column::BillingPeriodEnd)?,
            },
            text: BTreeMap::new(),
            amounts: BTreeMap::new(),
            quantities: BTreeMap::new(),
            extra: self.extra.iter().filter_map(|(n, c)| Some((n.clone(), c.get(row)?.to_owned()))).collect(),
        };
        let typed = [Column::BillingCurrency, Column::ChargeCategory, Column::ChargeClass];
        for (column, values) in self.text.iter().filter(|(c, _)| !typed.contains(c)) {
            if let Some(v) = values.get(row) {
                charge.text.insert(*column, v.to_owned());
            }
        }
        for (column, values) in &self.decimals {
            match column {
                Column::BilledCost | Column::EffectiveCost => {}
                _ if column.column_type() == ColumnType::Amount => {
                    charge.amounts.extend(values.get(row).map(|v| (*column, v)));
                }
                _ => charge.quantities.extend(values.get(row).map(|v| (*column, v))),
            }
        }
        Some(charge)
    }

    /// The content hash of the rows: the same for the same rows in any order, and whether a column is absent or unknown
    /// in every row.
    pub fn content_hash(&self) -> ContentHash {
        let mut rows = vec![0u128; self.rows];
        let texts = self.text.iter().map(|(c, v)| (c.name(), v)).chain(self.extra.iter().map(|(n, v)| (n.as_str(), v)));
        for (name, values) in texts {
            let hashes = values.per_value(|v| value_hash(name, v.as_bytes()));
            for (row, key) in rows.iter_mut().zip(values.keys()) {
                *row = row.wrapping_add(hashes.get(*key as usize).copied().unwrap_or(0));
            }
        }
        for (column, values) in &self.decimals {
            let salt = value_hash(column.name(), b"");
            for ((row, units), known) in rows.iter_mut().zip(&values.units).zip(&values.known) {
                if *known {
                    *row = row.wrapping_add(spread(salt ^ units.cast_unsigned()));
                }
            }
        }
        for (column, values) in &self.times {
            let salt = value_hash(column.name(), b"");
            for (row, second) in rows.iter_mut().zip(&values.0) {
                *row = row.wrapping_add(spread(salt ^ u128::from(second.cast_unsigned())));
            }
        }
        let mut hash = ContentHash::default();
        rows.into_iter().for_each(|row| hash.add_row(row));
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Day, Money};
    use proptest::prelude::*;

    fn charge(service: &str, cents: i64) -> Charge {
        let day = ChargePeriod::of_day(Day::from_epoch_days(20_000));
        let billed = Money::new(Amount::from_units(i128::from(cents) * 10i128.pow(22)).unwrap(), Currency::USD);
        Charge::new(ChargeCategory::Usage, billed, day, day).with(Column::ServiceName, service)
    }

    #[test]
    fn a_batch_gives_its_rows_back() {
        let mut odd = charge("S3", -5);
        odd.class = Some(ChargeClass::Correction);
        odd.extra.insert("x_Note".into(), "ü".into());
        odd.amounts.insert(Column::ListCost, Amount::whole(3));
        let rows = vec![charge("EC2", 1), odd, charge("EC2", 2)];
        let batch = ChargeBatch::from_charges(&rows);
        let back: Vec<Charge> = (0..3).map(|r| batch.charge(r).unwrap()).collect();
        assert_eq!(back, rows);
        assert_eq!(batch.take(&[2, 1]).charge(1).unwrap(), rows[1]);
    }

    #[test]
    fn the_content_hash_distinguishes_swapped_values() {
        let one = ChargeBatch::from_charges(&[charge("EC2", 1), charge("S3", 2)]);
        let two = ChargeBatch::from_charges(&[charge("EC2", 2), charge("S3", 1)]);
        assert_ne!(one.content_hash(), two.content_hash());
    }

    proptest! {
        #[test]
        fn the_content_hash_ignores_order_and_cuts(cents in proptest::collection::vec(0i64..5, 1..12), cut in 0usize..12) {
            let rows: Vec<Charge> = cents.iter().map(|c| charge("EC2", *c)).collect();
            let whole = ChargeBatch::from_charges(&rows).content_hash();
            let reversed = ChargeBatch::from_charges(rows.iter().rev()).content_hash();
            prop_assert_eq!(whole, reversed);
            let cut = cut.min(rows.len());
            let mut parts = ChargeBatch::from_charges(&rows[..cut]).content_hash();
            parts.merge(ChargeBatch::from_charges(&rows[cut..]).content_hash());
            prop_assert_eq!(whole, parts);
        }

        #[test]
        fn interned_text_reads_back(values in proptest::collection::vec(proptest::option::of(".{0,6}"), 0..40)) {
            let mut column = TextColumn::default();
            values.iter().for_each(|v| column.push(v.as_deref()));
            for (i, v) in values.iter().enumerate() {
                prop_assert_eq!(column.get(i), v.as_deref());
            }
        }
    }
}
