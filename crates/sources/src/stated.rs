//! The bill's own money columns, summed as the file states them, before any mapping.
//!
//! A cost that differs from the column is explained by the kind of its row. The format says which kinds may differ, and why; any other
//! difference stays without a reason, and the import is not proved.

use std::collections::BTreeMap;

use tollgate_model::{
    Amount, Basis, BillingPeriod, ChargeBatch, Column, Currency, Day, DecimalColumn, Money, MoneyError, StatedCost,
    StatedDifference, TextColumn,
};

use crate::format::{Format, RawBatch};

/// Differences of one row below this are the rounding of digits behind the last place that a bill means: 10^-12.
const ROUNDING: i128 = 1_000_000_000_000;
/// Kinds of rows that a sum names; the rest are counted together.
const NAMED_KINDS: usize = 40;

/// A money column of a format, and the cost that it is compared with.
#[derive(Clone, Debug)]
pub(crate) struct MoneyColumn {
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) against: Basis,
}

/// The money columns of a chunk as the file states them.
#[derive(Debug, Default)]
pub(crate) struct StatedDraft {
    columns: Vec<(MoneyColumn, DecimalColumn)>,
    /// The number of each row's kind.
    kinds: Vec<usize>,
    /// Each kind by name, with the reason for which each column's cost may differ.
    names: Vec<(String, Vec<Option<&'static str>>)>,
}

/// The stated sums of one provider, billing account and month in a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedPart {
    /// ProviderName.
    pub provider: Option<String>,
    /// BillingAccountId.
    pub billing_account: Option<String>,
    /// The month; `None` for rejected rows.
    pub period: Option<BillingPeriod>,
    /// A sum for each money column and cost.
    pub costs: Vec<StatedCost>,
}

impl StatedDraft {
    /// Takes the money columns of rows that are not mapped yet.
    pub(crate) fn of(format: &dyn Format, raw: &RawBatch) -> Self {
        let columns: Vec<(MoneyColumn, DecimalColumn)> = format
            .money_columns()
            .into_iter()
            .filter_map(|column| Some((column.clone(), amounts_of(raw, column.index)?)))
            .collect();
        if columns.is_empty() {
            return Self::default();
        }
        let texts: Vec<&TextColumn> = format.kind_columns().iter().filter_map(|i| raw.text(Some(*i))).collect();
        let mut known: BTreeMap<Vec<u32>, usize> = BTreeMap::new();
        let (mut kinds, mut names) = (Vec::with_capacity(raw.rows), Vec::new());
        for row in 0..raw.rows {
            let keys: Vec<u32> = texts.iter().map(|t| t.keys()[row]).collect();
            let number = *known.entry(keys).or_insert_with(|| {
                let words: Vec<&str> = texts.iter().filter_map(|t| t.get(row)).collect();
                let reasons = columns.iter().map(|(c, _)| format.difference_reason(c, &words)).collect();
                let name = words.join(", ");
                names.push((if name.is_empty() { "rows".to_owned() } else { name }, reasons));
                names.len() - 1
            });
            kinds.push(number);
        }
        Self { columns, kinds, names }
    }

    /// Sums the columns and their differences to the costs of the mapped rows. `rejected` are rows that are not kept. Rows behind those
    /// of the file were added by its format, and are differences as a whole.
    pub(crate) fn sum(
        &self,
        charges: &ChargeBatch,
        currencies: &[Currency],
        rejected: &[bool],
    ) -> Result<Vec<StatedPart>, MoneyError> {
        let mut sums: BTreeMap<Place, Vec<Sums>> = BTreeMap::new();
        if self.columns.is_empty() {
            return Ok(Vec::new());
        }
        let places = Places::of(charges);
        for (row, currency) in currencies.iter().enumerate() {
            let is_rejected = rejected.get(row).copied().unwrap_or(false);
            let place = if is_rejected { Place::Rejected } else { places.of_row(row) };
            let sums = sums.entry(place).or_insert_with(|| vec![Sums::default(); self.columns.len()]);
            for (number, (sum, (column, values))) in sums.iter_mut().zip(&self.columns).enumerate() {
                let stated: Amount = values.get(row).unwrap_or_default();
                let cost = if is_rejected { Amount::ZERO } else { cost_of(charges, column.against, row) };
                let kind = self.kind(row, number, is_rejected, cost.saturating_sub(stated));
                sum.add(*currency, stated, cost, kind)?;
            }
        }
        let part = |(place, sums): (Place, Vec<Sums>)| -> Result<StatedPart, MoneyError> {
            let (provider, billing_account, period) = places.names(&place);
            let costs = sums.into_iter().zip(&self.columns).map(|(sum, (column, _))| sum.finish(column));
            Ok(StatedPart { provider, billing_account, period, costs: costs.collect::<Result<_, _>>()? })
        };
        sums.into_iter().map(part).collect()
    }

    /// The name of a row's kind and the reason of a difference.
    fn kind(&self, row: usize, column: usize, is_rejected: bool, difference: Amount) -> (String, Option<&'static str>) {
        if is_rejected {
            return ("rejected rows".to_owned(), Some("rejected"));
        }
        let Some((name, reasons)) = self.kinds.get(row).and_then(|kind| self.names.get(*kind)) else {
            let why = "the unused part of a commitment, a row of its own";
            return ("unused commitments".to_owned(), Some(why));
        };
        let reason = reasons.get(column).copied().flatten();
        match reason {
            None if difference.units().abs() < ROUNDING => (name.clone(), Some("rounded")),
            reason => (name.clone(), reason),
        }
    }
}

/// The amounts of a money column. One that no cost is made of is text; what is no number there counts as nothing.
fn amounts_of(raw: &RawBatch, index: usize) -> Option<DecimalColumn> {
    if let Some(values) = raw.decimal(Some(index)) {
        return Some(values.clone());
    }
    let text = raw.text(Some(index))?;
    let amounts: Vec<Option<Amount>> = text.per_value(|value| value.trim().parse().ok());
    let mut out = DecimalColumn::default();
    text.keys().iter().for_each(|key| out.push(amounts.get(*key as usize).copied().flatten()));
    Some(out)
}

fn cost_of(charges: &ChargeBatch, against: Basis, row: usize) -> Amount {
    let column = match against {
        Basis::Billed => Column::BilledCost,
        Basis::Effective => Column::EffectiveCost,
    };
    charges.decimals(column).and_then(|d| d.get(row)).unwrap_or_default()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Rejected,
    Of(u32, u32, BillingPeriod),
}

/// Provider, billing account and month of each row.
struct Places<'a> {
    provider: Option<&'a TextColumn>,
    account: Option<&'a TextColumn>,
    starts: &'a [i64],
}

impl<'a> Places<'a> {
    fn of(charges: &'a ChargeBatch) -> Self {
        Self {
            provider: charges.text(Column::ProviderName),
            account: charges.text(Column::BillingAccountId),
            starts: charges.times(Column::BillingPeriodStart).unwrap_or_default(),
        }
    }

    fn of_row(&self, row: usize) -> Place {
        let key = |column: Option<&TextColumn>| {
            column.and_then(|c| c.keys().get(row)).copied().unwrap_or(tollgate_model::batch::NULL)
        };
        let start = self.starts.get(row).copied().unwrap_or_default();
        Place::Of(key(self.provider), key(self.account), Day::of_second(start).month())
    }

    fn names(&self, place: &Place) -> (Option<String>, Option<String>, Option<BillingPeriod>) {
        let Place::Of(provider, account, period) = place else { return (None, None, None) };
        let name = |column: Option<&TextColumn>, key| column.and_then(|c| c.value(key)).map(str::to_owned);
        (name(self.provider, *provider), name(self.account, *account), Some(*period))
    }
}

/// A kind of row with the reason why its cost differs.
type KindReason = (String, Option<&'static str>);

#[derive(Clone, Debug, Default)]
struct Sums {
    stated: BTreeMap<Currency, i128>,
    cost: BTreeMap<Currency, i128>,
    differences: BTreeMap<KindReason, (u64, BTreeMap<Currency, i128>)>,
}

impl Sums {
    fn add(&mut self, currency: Currency, stated: Amount, cost: Amount, kind: KindReason) -> Result<(), MoneyError> {
        add(&mut self.stated, currency, stated.units())?;
        add(&mut self.cost, currency, cost.units())?;
        let difference = cost.units().saturating_sub(stated.units());
        if difference == 0 {
            return Ok(());
        }
        let kind = match self.differences.contains_key(&kind) || self.differences.len() < NAMED_KINDS {
            true => kind,
            false => ("other kinds of rows".to_owned(), kind.1),
        };
        let (rows, sums) = self.differences.entry(kind).or_default();
        *rows += 1;
        add(sums, currency, difference)
    }

    fn finish(self, column: &MoneyColumn) -> Result<StatedCost, MoneyError> {
        let differences = self.differences.into_iter().map(|((kind, reason), (rows, sums))| {
            Ok(StatedDifference { kind, reason: reason.map(str::to_owned), rows, amount: totals(sums)? })
        });
        Ok(StatedCost {
            column: column.name.clone(),
            against: column.against,
            stated: totals(self.stated)?,
            cost: totals(self.cost)?,
            differences: differences.collect::<Result<_, MoneyError>>()?,
        })
    }
}

fn add(sums: &mut BTreeMap<Currency, i128>, currency: Currency, units: i128) -> Result<(), MoneyError> {
    let sum = sums.entry(currency).or_default();
    *sum = sum.checked_add(units).ok_or_else(|| MoneyError::TooLarge(format!("a sum of {currency}")))?;
    Ok(())
}

fn totals(sums: BTreeMap<Currency, i128>) -> Result<tollgate_model::Totals, MoneyError> {
    let mut out = tollgate_model::Totals::default();
    for (currency, units) in sums {
        let amount = Amount::from_units(units).ok_or_else(|| MoneyError::TooLarge(format!("a sum of {currency}")))?;
        out.add(Money::new(amount, currency))?;
    }
    Ok(out)
}
