//! Costs from the charges of the lake without a SQL engine: the files are scanned, and rows with equal values are summed by their numbers.

mod values;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tollgate_model::query::{CostField, CostFilter, Granularity};
use tollgate_model::{Amount, ChargeBatch, Column, Currency, Day, MoneyError, Quantity};
use tollgate_policy::Dimension;

use self::values::RowValues;
use super::cells::{Group, Place, Window, WindowName, too_many_cells, without_hour};
use super::parts::{GroupParts, Summed};
use super::plan::CostPlan;
use crate::aggregate::COST_COLUMNS;
use crate::spread::daily_units;
use crate::{Context, PipelineError};

/// The sums of a window.
pub(super) async fn group_parts(
    context: &Context,
    plan: &CostPlan,
    window: &Window,
    summed: &Summed<'_>,
) -> Result<Vec<GroupParts>, PipelineError> {
    let mut scan = Scan { plan, window, summed, groups: FxHashMap::default() };
    let (columns, extras) = scan.columns();
    let each = |batch: &tollgate_lake::ScanBatch| scan.add(&batch.charges(&columns, &extras));
    context.lake.scan_with(&plan.files_of(window), &columns, &extras, None, each).await?;
    Ok(scan.groups.into_iter().map(|((group, currency), sums)| sums.parts(group, currency)).collect())
}

/// The different values of a field, under the conditions of a role.
#[cfg(not(feature = "sql"))]
pub(super) async fn values(
    context: &Context,
    plan: &CostPlan,
    field: &CostField,
) -> Result<BTreeSet<String>, PipelineError> {
    let fields = [field.clone()];
    let summed = Summed { fields: &fields, amount: Column::BilledCost, measured: false };
    let mut out = BTreeSet::new();
    let scan = Scan { plan, window: &plan.now, summed: &summed, groups: FxHashMap::default() };
    let (columns, extras) = scan.columns();
    let each = |batch: &tollgate_lake::ScanBatch| {
        let batch = batch.charges(&columns, &extras);
        let rows = RowValues::of(&scan, &batch, &plan.row_filter.iter().collect::<Vec<_>>());
        for row in (0..batch.rows()).filter(|row| rows.keeps(*row)) {
            out.extend(rows.group(row).into_iter().flatten());
        }
        Ok::<(), PipelineError>(())
    };
    context.lake.scan_with(&plan.files, &columns, &extras, None, each).await?;
    Ok(out)
}

/// The sums of a group by place.
#[derive(Default)]
struct Sums {
    places: Vec<(Place, i128, Option<i128>)>,
    known: FxHashMap<Place, usize>,
    /// The place that was added to last: most charges are of the day of the charge before them.
    last: usize,
    unknown: (u64, Amount),
}

impl Sums {
    fn add(&mut self, place: Place, units: i128, quantity: Option<i128>) -> Result<(), PipelineError> {
        let too_large = || MoneyError::TooLarge("a sum of charges".to_owned());
        if self.places.get(self.last).is_none_or(|(last, ..)| *last != place) {
            let next = self.places.len();
            self.last = *self.known.entry(place).or_insert(next);
            if self.last == next {
                self.places.push((place, 0, Some(0)));
            }
        }
        if let Some((_, sum, quantities)) = self.places.get_mut(self.last) {
            *sum = sum.checked_add(units).ok_or_else(too_large)?;
            *quantities = quantities.zip(quantity).and_then(|(sum, more)| sum.checked_add(more));
        }
        Ok(())
    }

    fn parts(self, group: Group, currency: Currency) -> GroupParts {
        GroupParts { group, currency, parts: self.places, unknown: self.unknown }
    }
}

struct Scan<'p> {
    plan: &'p CostPlan,
    window: &'p Window,
    summed: &'p Summed<'p>,
    groups: FxHashMap<(Group, Currency), Sums>,
}

/// Columns of the meter, the unit and the quantity of a charge.
const MEASURED: [Column; 7] = [
    Column::SkuMeter,
    Column::SkuId,
    Column::ChargeDescription,
    Column::PricingQuantity,
    Column::PricingUnit,
    Column::ConsumedQuantity,
    Column::ConsumedUnit,
];

impl Scan<'_> {
    fn fields(&self) -> impl Iterator<Item = &CostField> {
        self.summed.fields.iter().chain(self.plan.conditions().map(|filter| &filter.field))
    }

    fn dimension(&self, name: &str) -> Option<&Dimension> {
        self.plan.dimensions.iter().find(|dimension| dimension.name == name)
    }

    /// The columns of FOCUS and of the provider that are read.
    fn columns(&self) -> (Vec<Column>, Vec<String>) {
        let mut columns: BTreeSet<Column> = COST_COLUMNS.into_iter().chain([self.summed.amount]).collect();
        let mut extras: BTreeSet<String> = BTreeSet::new();
        if self.summed.measured {
            columns.extend(MEASURED);
        }
        for field in self.fields() {
            columns.extend(field.column());
            match field {
                CostField::Tag(_) => {
                    columns.insert(Column::Tags);
                }
                CostField::Dimension(name) => {
                    let Some(dimension) = self.dimension(name) else { continue };
                    columns.extend(dimension.columns());
                    extras.extend(dimension.extras().map(str::to_owned));
                }
                CostField::Facet(_) | CostField::Kind | CostField::Column(_) => {}
            }
        }
        (columns.into_iter().collect(), extras.into_iter().collect())
    }

    fn add(&mut self, batch: &ChargeBatch) -> Result<(), PipelineError> {
        let conditions: Vec<&CostFilter> = self.plan.conditions().collect();
        let values = RowValues::of(self, batch, &conditions);
        let amounts = batch.decimals(self.summed.amount);
        let effective = batch.decimals(Column::EffectiveCost);
        // Rows are compared by the numbers of their values; the values themselves are read once for each group of the batch.
        let mut known: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        let mut found: Vec<(usize, Sums)> = Vec::new();
        let mut number = Vec::new();
        for row in (0..batch.rows()).filter(|row| values.keeps(*row)) {
            let start = values.times.start(row);
            let over = values.times.over(row);
            if !self.touches(start, over) {
                continue;
            }
            values.number(row, &mut number);
            let at = match known.get(&number) {
                Some(at) => *at,
                None => {
                    known.insert(number.clone(), found.len());
                    found.push((row, Sums::default()));
                    found.len() - 1
                }
            };
            let sums = &mut found[at].1;
            let hour = values.times.hour(row);
            match amounts.and_then(|amounts| amounts.get::<24>(row)) {
                Some(amount) => self.add_row(sums, (start, hour), over, amount, values.quantity(row))?,
                None => {
                    let cost = effective.and_then(|costs| costs.get::<24>(row)).unwrap_or_default();
                    sums.unknown = (sums.unknown.0 + 1, sums.unknown.1.saturating_add(cost));
                }
            }
        }
        for (row, sums) in found {
            let all = self.groups.entry((values.group(row), values.currency(row))).or_default();
            for (place, units, quantity) in sums.places {
                all.add(place, units, quantity)?;
            }
            all.unknown = (all.unknown.0 + sums.unknown.0, all.unknown.1.saturating_add(sums.unknown.1));
        }
        if self.groups.len() > tollgate_model::limits::COST_CELLS.size() {
            return Err(too_many_cells());
        }
        Ok(())
    }

    /// Whether a charge has a day in the window.
    fn touches(&self, start: i64, over: Option<(i64, i64)>) -> bool {
        let (from, to) = (self.window.days.start.first_second(), self.window.days.end.first_second());
        over.map_or(start >= from && start < to, |(low, high)| low < to && high > from)
    }

    fn add_row(
        &self,
        sums: &mut Sums,
        (start, hour): (i64, i64),
        over: Option<(i64, i64)>,
        amount: Amount,
        quantity: Option<Quantity>,
    ) -> Result<(), PipelineError> {
        let by_hour = self.plan.query.granularity == Granularity::Hour && self.window.name == WindowName::Now;
        let place = |day: Day, hour: i64| {
            let (bucket, rates_since) = self.window.place(day)?;
            let bucket = if by_hour { hour } else { bucket };
            Some(Place { window: self.window.name, bucket, rates_since })
        };
        let Some(over) = over else {
            let Some(place) = place(Day::of_second(start), hour) else { return Ok(()) };
            return sums.add(place, amount.units(), quantity.map(Quantity::units));
        };
        let mut quantities = quantity.map(|quantity| daily_units(quantity.units(), over));
        for (day, units) in daily_units(amount.units(), over) {
            let quantity = quantities.as_mut().and_then(Iterator::next).map(|(_, units)| units);
            let Some(place) = place(day, without_hour(day)) else { continue };
            sums.add(place, units, quantity)?;
        }
        Ok(())
    }
}
