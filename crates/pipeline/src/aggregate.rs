//! Sums charges into daily series, and hashes the content that names a revision.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use tollgate_model::batch::NULL;
use tollgate_model::hash::ContentHash;
use tollgate_model::series::{DayCost, SeriesMonth};
use tollgate_model::{
    Amount, BillingPeriod, ChargeBatch, ChargeCategory, ChargeClass, ChargeKind, Column, Coverage, Currency, Day,
    Money, MoneyError, SeriesKey, SourceId, TextColumn, Totals,
};
use tollgate_policy::{Dimension, DimensionEvaluator};

use crate::spread::{daily_units, spread_over};

/// The columns of the facets, which every charge has.
pub(crate) const FACET_COLUMNS: [Column; 5] =
    [Column::ProviderName, Column::BillingAccountId, Column::SubAccountId, Column::ServiceName, Column::RegionId];

/// The columns of both costs, of their currency and kind, and of the days on which they count.
pub(crate) const COST_COLUMNS: [Column; 10] = [
    Column::BillingCurrency,
    Column::ChargeCategory,
    Column::ChargeClass,
    Column::CommitmentDiscountStatus,
    Column::BilledCost,
    Column::EffectiveCost,
    Column::ChargePeriodStart,
    Column::ChargePeriodEnd,
    Column::BillingPeriodStart,
    Column::BillingPeriodEnd,
];

/// The sums of one billing period of one source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aggregate {
    pub(crate) rows: u64,
    pub(crate) hash: ContentHash,
    pub(crate) billed: Totals,
    pub(crate) effective: Totals,
    pub(crate) series: BTreeMap<SeriesKey, BTreeMap<Day, DayCost>>,
    pub(crate) account_names: BTreeMap<String, String>,
    pub(crate) coverage: Coverage,
    /// The first and last day on which a charge of the period starts that covers one day only.
    daily: Option<(Day, Day)>,
}

impl Aggregate {
    pub(crate) fn merge(&mut self, other: Self) -> Result<(), MoneyError> {
        self.rows += other.rows;
        self.hash.merge(other.hash);
        self.billed.merge(&other.billed)?;
        self.effective.merge(&other.effective)?;
        self.account_names.extend(other.account_names);
        self.coverage.merge(&other.coverage);
        self.add_daily(other.daily);
        for (key, days) in other.series {
            let known = self.series.entry(key).or_default();
            for (day, cost) in days {
                let sum = known.entry(day).or_default();
                *sum =
                    DayCost { billed: add(sum.billed, cost.billed)?, effective: add(sum.effective, cost.effective)? };
            }
        }
        Ok(())
    }

    /// The first and last day that have charges of the period; corrections of earlier days do not count. A fee of the whole month
    /// does not make its last day complete: where there are charges of single days, they name the last day.
    pub(crate) fn days(&self, period: BillingPeriod) -> (Day, Day) {
        let days = || {
            let current = self.series.iter().filter(|(key, _)| key.kind != ChargeKind::Correction);
            current.flat_map(|(_, days)| days.keys().copied())
        };
        let first_of_month = period.first_day();
        let last = self.daily.map(|(_, last)| last).or_else(|| days().max());
        (days().min().unwrap_or(first_of_month), last.unwrap_or(first_of_month))
    }

    fn add_daily(&mut self, days: Option<(Day, Day)>) {
        self.daily = match (self.daily, days) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (known, new) => known.or(new),
        };
    }

    /// The provider and billing account of every series.
    pub(crate) fn accounts(&self) -> BTreeSet<(Option<String>, Option<String>)> {
        self.series.keys().map(|key| (key.provider.clone(), key.billing_account.clone())).collect()
    }

    pub(crate) fn months(&self) -> Vec<SeriesMonth> {
        self.series.iter().map(|(key, days)| SeriesMonth { key: key.clone(), days: days.clone() }).collect()
    }

    /// Both costs, summed over the series that the ledger keeps.
    pub(crate) fn series_totals(&self) -> Result<BTreeMap<String, Totals>, MoneyError> {
        let (mut billed, mut effective) = (Totals::default(), Totals::default());
        for (key, days) in &self.series {
            for cost in days.values() {
                billed.add(Money::new(cost.billed, key.currency))?;
                effective.add(Money::new(cost.effective, key.currency))?;
            }
        }
        Ok([("billed".to_owned(), billed), ("effective".to_owned(), effective)].into())
    }

    /// Adds the rows of a batch, all of one billing period of one source.
    pub(crate) fn add(&mut self, batch: &ChargeBatch, dimensions: &[Dimension]) -> Result<(), MoneyError> {
        self.rows += batch.rows() as u64;
        self.hash.merge(batch.content_hash());
        let nulls = TextColumn::nulls(batch.rows());
        let columns = KeyColumns::new(batch, &nulls, dimensions);
        let Some(groups) = group_rows(batch, &columns, &nulls) else { return Ok(()) };
        for group in groups {
            self.add_daily(group.daily);
            let key = columns.series_key(&group, dimensions);
            let currency = key.currency;
            let series = self.series.entry(key).or_default();
            for (day, (billed, effective)) in group.days {
                let cost = DayCost { billed: amount(billed)?, effective: amount(effective)? };
                self.billed.add(Money::new(cost.billed, currency))?;
                self.effective.add(Money::new(cost.effective, currency))?;
                let sum = series.entry(day).or_default();
                *sum =
                    DayCost { billed: add(sum.billed, cost.billed)?, effective: add(sum.effective, cost.effective)? };
            }
        }
        let text = |column| batch.text(column).unwrap_or(&nulls);
        self.add_names(text(Column::SubAccountId), text(Column::SubAccountName));
        Ok(())
    }

    fn add_names(&mut self, ids: &TextColumn, names: &TextColumn) {
        let mut seen: FxHashMap<u32, ()> = FxHashMap::default();
        for (row, key) in ids.keys().iter().enumerate() {
            if *key == NULL || seen.contains_key(key) {
                continue;
            }
            if let (Some(id), Some(name)) = (ids.get(row), names.get(row)) {
                seen.insert(*key, ());
                self.account_names.insert(id.to_owned(), name.to_owned());
            }
        }
    }
}

/// The columns of a batch that a series key is made of.
struct KeyColumns<'b> {
    /// Provider, billing account, sub account, service and region.
    facets: [&'b TextColumn; 5],
    currency: &'b TextColumn,
    /// The value of each dimension of the policy.
    dimensions: Vec<TextColumn>,
}

impl<'b> KeyColumns<'b> {
    fn new(batch: &'b ChargeBatch, nulls: &'b TextColumn, dimensions: &[Dimension]) -> Self {
        let text = |column| batch.text(column).unwrap_or(nulls);
        let facets = [
            Column::ProviderName,
            Column::BillingAccountId,
            Column::SubAccountId,
            Column::ServiceName,
            Column::RegionId,
        ];
        Self {
            facets: facets.map(text),
            currency: text(Column::BillingCurrency),
            dimensions: DimensionEvaluator::new(dimensions).evaluate(batch),
        }
    }

    /// Writes the numbers of a row's values into `place`: rows with equal numbers belong to one series.
    fn number(&self, row: usize, kind: ChargeKind, place: &mut Vec<u32>) {
        place.clear();
        place.extend(self.facets.iter().map(|f| f.keys()[row]));
        place.extend([self.currency.keys()[row], kind as u32]);
        place.extend(self.dimensions.iter().map(|v| v.keys()[row]));
    }

    fn series_key(&self, group: &RowGroup, dimensions: &[Dimension]) -> SeriesKey {
        let row = group.row;
        let owned = |i: usize| self.facets[i].get(row).map(str::to_owned);
        let values = dimensions.iter().zip(&self.dimensions);
        SeriesKey {
            provider: owned(0),
            billing_account: owned(1),
            sub_account: owned(2),
            service: owned(3),
            region: owned(4),
            kind: group.kind,
            currency: self.currency.get(row).and_then(|c| c.parse().ok()).unwrap_or(Currency::UNKNOWN),
            dimensions: values.map(|(d, v)| (d.name.clone(), v.get(row).unwrap_or(&d.default).to_owned())).collect(),
        }
    }
}

/// The rows of a batch that belong to one series.
struct RowGroup {
    /// One of the rows.
    row: usize,
    kind: ChargeKind,
    /// BilledCost and EffectiveCost by day, in units of [`Amount`].
    days: FxHashMap<Day, (i128, i128)>,
    /// The first and last day of charges that cover one day only; corrections have none.
    daily: Option<(Day, Day)>,
}

impl RowGroup {
    fn of(row: usize, kind: ChargeKind) -> Self {
        Self { row, kind, days: FxHashMap::default(), daily: None }
    }

    /// Adds the costs of a charge: to the day of its start, or to each day that it is spread over.
    fn add(&mut self, billed: i128, effective: i128, start: i64, over: Option<(i64, i64)>) {
        let mut add = |day, billed, effective| {
            // A batch has far fewer rows than in-range amounts would need to overflow an i128.
            let sum = self.days.entry(day).or_default();
            sum.0 += billed;
            sum.1 += effective;
        };
        let Some(over) = over else {
            let day = Day::of_second(start);
            add(day, billed, effective);
            if self.kind != ChargeKind::Correction {
                let (first, last) = self.daily.unwrap_or((day, day));
                self.daily = Some((first.min(day), last.max(day)));
            }
            return;
        };
        for ((day, billed), (_, effective)) in daily_units(billed, over).zip(daily_units(effective, over)) {
            add(day, billed, effective);
        }
    }
}

/// Groups rows by series and sums their costs by day. `None` when the batch lacks a cost or a time.
fn group_rows(batch: &ChargeBatch, columns: &KeyColumns<'_>, nulls: &TextColumn) -> Option<Vec<RowGroup>> {
    let text = |column| batch.text(column).unwrap_or(nulls);
    let (category, class) = (text(Column::ChargeCategory), text(Column::ChargeClass));
    let status = text(Column::CommitmentDiscountStatus);
    let categories = category.per_value(|v| v.parse::<ChargeCategory>().ok());
    let classes = class.per_value(|v| v.parse::<ChargeClass>().ok());
    let unused = status.per_value(|v| v == "Unused");
    let (billed, effective) = (batch.decimals(Column::BilledCost)?, batch.decimals(Column::EffectiveCost)?);
    let times = |column| batch.times(column).unwrap_or_default();
    let (starts, ends) = (batch.times(Column::ChargePeriodStart)?, times(Column::ChargePeriodEnd));
    let (billing_starts, billing_ends) = (times(Column::BillingPeriodStart), times(Column::BillingPeriodEnd));

    // Rows are compared by the numbers of their values; the values themselves are read once for each group.
    let mut known: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
    let mut groups: Vec<RowGroup> = Vec::new();
    let mut place = Vec::with_capacity(8 + columns.dimensions.len());
    for (row, start) in starts.iter().enumerate() {
        let cost: Amount = billed.get(row).unwrap_or_default();
        let Some(of_category) = categories.get(category.keys()[row] as usize).copied().flatten() else { continue };
        let of_class = classes.get(class.keys()[row] as usize).copied().flatten();
        let is_unused = unused.get(status.keys()[row] as usize).copied().unwrap_or_default();
        let time = |column: &[i64]| column.get(row).copied().unwrap_or(*start);
        let over = spread_over((*start, time(ends)), (time(billing_starts), time(billing_ends)));
        let kind = match ChargeKind::of(of_category, of_class, cost, is_unused) {
            ChargeKind::Usage if over.is_some() => ChargeKind::Periodic,
            kind => kind,
        };
        columns.number(row, kind, &mut place);
        let group = match known.get(&place) {
            Some(group) => *group,
            None => {
                known.insert(place.clone(), groups.len());
                groups.push(RowGroup::of(row, kind));
                groups.len() - 1
            }
        };
        let effective = effective.get::<24>(row).unwrap_or_default().units();
        groups[group].add(cost.units(), effective, *start, over);
    }
    Some(groups)
}

fn amount(units: i128) -> Result<Amount, MoneyError> {
    Amount::from_units(units).ok_or_else(|| MoneyError::TooLarge("a day's sum".to_owned()))
}

fn add(a: Amount, b: Amount) -> Result<Amount, MoneyError> {
    a.checked_add(b).ok_or_else(|| MoneyError::TooLarge(format!("{a} + {b}")))
}

/// The hash of the dimensions that series are divided by: the same content with different dimensions is a different revision. Zero
/// without dimensions.
pub(crate) fn dimensions_hash(dimensions: &[Dimension]) -> ContentHash {
    let mut hash = ContentHash::default();
    for d in dimensions {
        let definition = format!("{}\u{0}{}", d.source, d.default);
        hash.add_row(tollgate_model::hash::value_hash(&d.name, definition.as_bytes()));
    }
    hash
}

/// Divides the rows of a batch by source and billing period; `None` when there are more than `most` of these.
pub(crate) fn split(
    batch: ChargeBatch,
    name: &dyn Fn(Option<&str>, Option<&str>) -> SourceId,
    most: usize,
) -> Option<Vec<((SourceId, BillingPeriod), ChargeBatch)>> {
    let rows = batch.rows();
    let nulls = TextColumn::nulls(rows);
    let provider = batch.text(Column::ProviderName).unwrap_or(&nulls);
    let account = batch.text(Column::BillingAccountId).unwrap_or(&nulls);
    let starts = batch.times(Column::BillingPeriodStart).unwrap_or_default();
    let mut groups: Vec<((u32, u32, BillingPeriod), Vec<usize>)> = Vec::new();
    let mut known: FxHashMap<(u32, u32, BillingPeriod), usize> = FxHashMap::default();
    let mut last_start: Option<(i64, BillingPeriod)> = None;
    let mut current = 0;
    for row in 0..rows {
        let start = starts.get(row).copied().unwrap_or_default();
        let period = match last_start {
            Some((s, period)) if s == start => period,
            _ => Day::of_second(start).month(),
        };
        last_start = Some((start, period));
        let place = (provider.keys()[row], account.keys()[row], period);
        if groups.get(current).is_none_or(|(p, _)| *p != place) {
            current = *known.entry(place).or_insert_with(|| {
                groups.push((place, Vec::new()));
                groups.len() - 1
            });
        }
        groups[current].1.push(row);
    }
    let named = |(p, a, period): (u32, u32, BillingPeriod)| (name(provider.value(p), account.value(a)), period);
    // Several accounts may belong to one source.
    if groups.len() > most && groups.iter().map(|(place, _)| named(*place)).collect::<BTreeSet<_>>().len() > most {
        return None;
    }
    match groups.as_slice() {
        [(place, _)] => {
            let key = named(*place);
            Some(vec![(key, batch)])
        }
        _ => {
            let mut out: Vec<((SourceId, BillingPeriod), ChargeBatch)> = Vec::new();
            for (place, rows) in &groups {
                out.push((named(*place), batch.take(rows)));
            }
            Some(out)
        }
    }
}
