//! Coverage: the accounts, days and lines of a delivery, small enough to keep for ever.
//!
//! Two deliveries of one month are compared by it: whether one holds the other's charges, restates them, or lies beside it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::hash::{spread, value_hash};
use crate::provider::{canonical_billing_account, canonical_provider, canonical_sub_account};
use crate::{BillingPeriod, ChargeBatch, Column, Day, TextColumn};

/// Hashes that a sample keeps: about 60 a day of a month, enough for shares of a day.
const SAMPLED: usize = 2048;
/// The bits of a hash that hold the day of the month; 0 for a day of another month.
const DAY_BITS: u64 = 31;

/// The smallest hashes of a set of lines, each with its day. Samples of two sets hold the same lines up to the lower of their
/// thresholds, so shares of them estimate the shares of the sets; a set that fits is held whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WrittenSample", try_from = "WrittenSample")]
pub struct LineSample {
    hashes: BTreeSet<u64>,
    truncated: bool,
}

/// A sample as it is written: hashes of 16 hexadecimal digits, one after another.
#[derive(Serialize, Deserialize)]
struct WrittenSample {
    hashes: String,
    truncated: bool,
}

impl From<LineSample> for WrittenSample {
    fn from(sample: LineSample) -> Self {
        let hashes = sample.hashes.iter().map(|hash| format!("{hash:016x}")).collect();
        Self { hashes, truncated: sample.truncated }
    }
}

impl TryFrom<WrittenSample> for LineSample {
    type Error = String;
    fn try_from(written: WrittenSample) -> Result<Self, String> {
        let digits = written.hashes.as_bytes().chunks(16);
        let hash = |digits: &[u8]| {
            let text = std::str::from_utf8(digits).map_err(|e| e.to_string())?;
            u64::from_str_radix(text, 16).map_err(|e| e.to_string())
        };
        Ok(Self { hashes: digits.map(hash).collect::<Result<_, _>>()?, truncated: written.truncated })
    }
}

/// Lines that two samples have on one day of the month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayOverlap {
    /// Lines of the first.
    pub ours: u64,
    /// Lines of the second.
    pub theirs: u64,
    /// Lines of both.
    pub shared: u64,
}

impl LineSample {
    fn insert(&mut self, hash: u64) {
        if self.truncated && hash > self.threshold() {
            return;
        }
        self.hashes.insert(hash);
        self.shrink();
    }

    fn merge(&mut self, other: &Self) {
        let threshold = self.threshold().min(other.threshold());
        self.truncated |= other.truncated;
        self.hashes.extend(&other.hashes);
        self.hashes.retain(|hash| *hash <= threshold);
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.hashes.len() > SAMPLED {
            self.hashes.pop_last();
            self.truncated = true;
        }
    }

    /// The largest hash that would be in the sample.
    fn threshold(&self) -> u64 {
        if self.truncated { self.hashes.last().copied().unwrap_or(0) } else { u64::MAX }
    }

    /// Distinct lines: exact while the sample holds all of them, estimated above.
    pub fn lines(&self) -> u64 {
        let sampled = self.hashes.len() as u64;
        if !self.truncated {
            return sampled;
        }
        let scaled = u128::from(sampled) * u128::from(u64::MAX) / u128::from(self.threshold().max(1));
        u64::try_from(scaled).unwrap_or(u64::MAX)
    }

    /// Whether the sample holds only some of the lines.
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// The lines of the sample.
    pub fn hashes(&self) -> impl Iterator<Item = u64> {
        self.hashes.iter().copied()
    }

    /// Whether the sample holds a line.
    pub fn contains(&self, hash: u64) -> bool {
        self.hashes.contains(&hash)
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The lines of both by day of the month, as far as the samples reach.
    pub fn overlap(&self, other: &Self) -> BTreeMap<u32, DayOverlap> {
        let threshold = self.threshold().min(other.threshold());
        let mut days: BTreeMap<u32, DayOverlap> = BTreeMap::new();
        let day_of = |hash: u64| u32::try_from(hash & DAY_BITS).unwrap_or(0);
        for hash in self.hashes.range(..=threshold) {
            let day = days.entry(day_of(*hash)).or_default();
            day.ours += 1;
            day.shared += u64::from(other.hashes.contains(hash));
        }
        for hash in other.hashes.range(..=threshold) {
            days.entry(day_of(*hash)).or_default().theirs += 1;
        }
        days
    }
}

/// What an Azure export shows of commitments: their purchase, or their use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CostView {
    /// Purchases with their price, use at no cost.
    Actual,
    /// Use with its share of the price, no purchases.
    Amortized,
}

/// The accounts, days and lines of a delivery in one month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Days with costs by sub account, in one spelling; an empty name for charges of none. Bit 1 to 31 is a day of the month,
    /// bit 0 any day of another month.
    pub accounts: BTreeMap<String, u32>,
    /// Lines with their amounts: the same charge in two deliveries is one.
    pub charges: LineSample,
    /// Lines without their amounts: a restated charge is the same line.
    pub lines: LineSample,
    /// Rows that buy a commitment, or use one at no cost.
    #[serde(default)]
    pub actual_rows: u64,
    /// Rows that use a commitment, billed at nothing, at a cost.
    #[serde(default)]
    pub amortized_rows: u64,
    /// Whether it is the purchases of an actual export alone, which lie beside the amortized costs of the same bill.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_purchases: bool,
}

/// Columns that name a line: none of them changes when a provider restates an amount, an invoice or a tag.
const LINE: [Column; 12] = [
    Column::ProviderName,
    Column::BillingAccountId,
    Column::SubAccountId,
    Column::ServiceName,
    Column::ResourceId,
    Column::RegionId,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::SkuId,
    Column::ChargeDescription,
    Column::CommitmentDiscountId,
    Column::BillingCurrency,
];
/// Columns that make a line a charge.
const AMOUNTS: [Column; 3] = [Column::BilledCost, Column::EffectiveCost, Column::ConsumedQuantity];

/// The text of a column as comparisons use it.
fn canonical(column: Column, value: &str) -> String {
    match column {
        Column::ProviderName => canonical_provider(value).to_owned(),
        Column::BillingAccountId => canonical_billing_account(value).to_lowercase(),
        Column::SubAccountId => canonical_sub_account(value),
        _ => value.to_lowercase(),
    }
}

/// The columns that a charge is known by, for readers of single rows.
pub fn charge_columns() -> Vec<Column> {
    LINE.into_iter().chain(AMOUNTS).collect()
}

/// The hash that stands for a charge in [`Coverage::charges`]: of the text and units of its columns and the start of its charge period.
pub fn charge_hash<'a>(
    text: impl Fn(Column) -> Option<&'a str>,
    units: impl Fn(Column) -> Option<i128>,
    start: i64,
    period: BillingPeriod,
) -> u64 {
    let mut row = spread(u128::from(start.cast_unsigned()));
    for column in LINE {
        let hash = text(column).map_or(0, |v| value_hash(column.name(), canonical(column, v).as_bytes()));
        row = row.wrapping_add(hash);
    }
    for column in AMOUNTS {
        let salt = value_hash(column.name(), b"");
        row = row.wrapping_add(units(column).map_or(0, |units| spread(salt ^ units.cast_unsigned())));
    }
    sample_hash(row, day_number(start, period))
}

impl Coverage {
    /// Adds the charges of a batch of one billing period.
    pub fn add(&mut self, batch: &ChargeBatch, period: BillingPeriod) {
        let days = day_bits(batch, period);
        self.add_accounts(batch, &days);
        self.add_views(batch);
        let mut rows = vec![0u128; batch.rows()];
        for column in LINE {
            let Some(values) = batch.text(column) else { continue };
            let hashes = values.per_value(|v| value_hash(column.name(), canonical(column, v).as_bytes()));
            for (row, key) in rows.iter_mut().zip(values.keys()) {
                *row = row.wrapping_add(hashes.get(*key as usize).copied().unwrap_or(0));
            }
        }
        for (row, second) in rows.iter_mut().zip(batch.times(Column::ChargePeriodStart).unwrap_or_default()) {
            *row = row.wrapping_add(spread(u128::from(second.cast_unsigned())));
        }
        for (hash, day) in rows.iter().zip(&days) {
            self.lines.insert(sample_hash(*hash, *day));
        }
        for column in AMOUNTS {
            let Some(values) = batch.decimals(column) else { continue };
            let salt = value_hash(column.name(), b"");
            for ((row, units), known) in rows.iter_mut().zip(values.units()).zip(values.known()) {
                if *known {
                    *row = row.wrapping_add(spread(salt ^ units.cast_unsigned()));
                }
            }
        }
        for (hash, day) in rows.iter().zip(&days) {
            self.charges.insert(sample_hash(*hash, *day));
        }
    }

    fn add_accounts(&mut self, batch: &ChargeBatch, days: &[u32]) {
        let nulls = TextColumn::nulls(batch.rows());
        let accounts = batch.text(Column::SubAccountId).unwrap_or(&nulls);
        let costs = [Column::BilledCost, Column::EffectiveCost].map(|c| batch.decimals(c));
        let mut bits: Vec<u32> = vec![0; accounts.distinct() + 1];
        let none = accounts.distinct();
        for (row, (key, day)) in accounts.keys().iter().zip(days).enumerate() {
            let costs_something = costs.iter().flatten().any(|c| c.units().get(row).is_some_and(|units| *units != 0));
            if costs_something {
                bits[(*key as usize).min(none)] |= 1 << *day;
            }
        }
        let names = accounts.per_value(canonical_sub_account).into_iter().chain([String::new()]);
        for (name, days) in names.zip(bits).filter(|(_, days)| *days != 0) {
            *self.accounts.entry(name).or_default() |= days;
        }
    }

    fn add_views(&mut self, batch: &ChargeBatch) {
        let nulls = TextColumn::nulls(batch.rows());
        let text = |column| batch.text(column).unwrap_or(&nulls);
        let (categories, pricing) = (text(Column::ChargeCategory), text(Column::PricingCategory));
        let (ids, status) = (text(Column::CommitmentDiscountId), text(Column::CommitmentDiscountStatus));
        let zero =
            |column, row: usize| batch.decimals(column).and_then(|d| d.units().get(row).copied()).unwrap_or(0) == 0;
        for row in 0..batch.rows() {
            let committed =
                pricing.get(row) == Some("Committed") || ids.get(row).is_some() || status.get(row).is_some();
            if !committed {
                continue;
            }
            let (billed, effective) = (!zero(Column::BilledCost, row), !zero(Column::EffectiveCost, row));
            match categories.get(row) {
                Some("Usage") if billed => {}
                Some("Usage") if effective => self.amortized_rows += 1,
                Some("Usage") => self.actual_rows += 1,
                Some("Purchase") if billed => self.actual_rows += 1,
                _ => {}
            }
        }
    }

    /// Adds another part of the same delivery.
    pub fn merge(&mut self, other: &Self) {
        for (account, days) in &other.accounts {
            *self.accounts.entry(account.clone()).or_default() |= days;
        }
        self.charges.merge(&other.charges);
        self.lines.merge(&other.lines);
        self.actual_rows += other.actual_rows;
        self.amortized_rows += other.amortized_rows;
        self.only_purchases |= other.only_purchases;
    }

    /// Every day with costs, as bits.
    pub fn days(&self) -> u32 {
        self.accounts.values().fold(0, |all, days| all | days)
    }

    /// The view of commitments, where the delivery shows only one.
    pub fn view(&self) -> Option<CostView> {
        match (self.actual_rows, self.amortized_rows) {
            (1.., 0) => Some(CostView::Actual),
            (0, 1..) => Some(CostView::Amortized),
            _ => None,
        }
    }
}

/// The number of each row's day in the month; 0 for a day of another month.
fn day_bits(batch: &ChargeBatch, period: BillingPeriod) -> Vec<u32> {
    let starts = batch.times(Column::ChargePeriodStart).unwrap_or_default();
    starts.iter().map(|start| day_number(*start, period)).collect()
}

fn day_number(start: i64, period: BillingPeriod) -> u32 {
    let day = Day::of_second(start);
    if day.month() == period { u32::try_from(day - period.first_day()).unwrap_or(0) + 1 } else { 0 }
}

fn sample_hash(row: u128, day: u32) -> u64 {
    let hash = spread(row);
    let folded = (hash >> 64) as u64 ^ hash as u64;
    (folded & !DAY_BITS) | (u64::from(day) & DAY_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Amount, Charge, ChargeCategory, ChargePeriod, Currency, Money};

    fn charge(day: u32, resource: u32, amount: i64) -> Charge {
        let day = ChargePeriod::of_day(format!("2026-10-{day:02}").parse().unwrap());
        Charge::new(ChargeCategory::Usage, Money::new(Amount::whole(amount), Currency::USD), day, day)
            .with(Column::ResourceId, format!("r{resource}"))
            .with(Column::SubAccountId, "s1")
    }

    fn coverage(charges: &[Charge]) -> Coverage {
        let mut out = Coverage::default();
        out.add(&ChargeBatch::from_charges(charges), "2026-10".parse().unwrap());
        out
    }

    #[test]
    fn shares_are_exact_while_the_lines_fit_and_close_when_they_do_not() {
        let lines = |from: u32, to: u32| (from..to).map(|r| charge(1 + r % 28, r, 1)).collect::<Vec<_>>();
        for (size, slack) in [(900, 0), (20_000, 600)] {
            let (a, b) = (coverage(&lines(0, size)), coverage(&lines(size / 2, size + size / 2)));
            let all = a.charges.overlap(&b.charges);
            let sum = |f: fn(&DayOverlap) -> u64| all.values().map(f).sum::<u64>();
            let (ours, shared) = (sum(|d| d.ours), sum(|d| d.shared));
            assert!(
                (ours as i64 - 2 * shared as i64).abs() <= ours as i64 / 8 + i64::from(slack > 0),
                "{ours} {shared}"
            );
            assert!(a.charges.lines().abs_diff(u64::from(size)) <= slack * 2, "{}", a.charges.lines());
        }
    }

    #[test]
    fn the_hash_of_a_row_is_that_of_its_batch() {
        let charge = charge(7, 3, 5).with(Column::ProviderName, "Amazon Web Services");
        let whole = coverage(std::slice::from_ref(&charge));
        let units = |column| (column != Column::ConsumedQuantity).then(|| charge.billed_cost.units());
        let text = |column| match column {
            Column::ChargeCategory => Some("Usage"),
            Column::BillingCurrency => Some("USD"),
            _ => charge.text(column),
        };
        let hash = charge_hash(text, units, charge.charge_period.start, "2026-10".parse().unwrap());
        assert!(whole.charges.contains(hash));
    }

    #[test]
    fn a_restated_amount_is_the_same_line_and_another_charge() {
        let (a, b) = (coverage(&[charge(1, 1, 5)]), coverage(&[charge(1, 1, 6)]));
        assert_eq!(a.lines, b.lines);
        assert_ne!(a.charges, b.charges);
        assert_eq!(a.accounts, [("s1".to_owned(), 1 << 1)].into());
    }

    #[test]
    fn parts_add_up_to_the_whole_in_any_order_and_are_read_back() {
        let all: Vec<Charge> = (0..6000).map(|r| charge(1 + r % 30, r, 1)).collect();
        let mut parts = coverage(&all[4000..]);
        parts.merge(&coverage(&all[..4000]));
        assert_eq!(parts, coverage(&all));
        let written = serde_json::to_string(&parts).unwrap();
        assert_eq!(serde_json::from_str::<Coverage>(&written).unwrap(), parts);
    }
}
