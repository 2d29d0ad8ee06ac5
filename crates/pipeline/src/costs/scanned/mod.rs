//! Costs from the charges of the lake without a SQL engine: the files are scanned, and rows with equal values are summed by their numbers.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tollgate_model::batch::NULL;
use tollgate_model::focus::ColumnType;
use tollgate_model::query::{CostField, CostFilter, Granularity};
use tollgate_model::{
    Amount, ChargeBatch, ChargeCategory, ChargeClass, ChargeKind, Column, Currency, Day, DecimalColumn, MoneyError,
    Quantity, TextColumn,
};
use tollgate_policy::{Dimension, DimensionEvaluator};

use super::cells::{Group, Place, Window, WindowName, too_many_cells};
use super::parts::{GroupParts, Summed};
use super::plan::CostPlan;
use super::tags::tag_value;
use crate::spread::{daily_units, spread_over};
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
    context.lake.scan_with(&plan.files, &columns, &extras, None, each).await?;
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
    places: FxHashMap<Place, (i128, Option<i128>)>,
    unknown: (u64, Amount),
}

impl Sums {
    fn add(&mut self, place: Place, units: i128, quantity: Option<i128>) -> Result<(), PipelineError> {
        let too_large = || MoneyError::TooLarge("a sum of charges".to_owned());
        let sum = self.places.entry(place).or_insert((0, Some(0)));
        sum.0 = sum.0.checked_add(units).ok_or_else(too_large)?;
        sum.1 = sum.1.zip(quantity).and_then(|(sum, more)| sum.checked_add(more));
        Ok(())
    }

    fn parts(self, group: Group, currency: Currency) -> GroupParts {
        let parts = self.places.into_iter().map(|(place, (units, quantity))| (place, units, quantity)).collect();
        GroupParts { group, currency, parts, unknown: self.unknown }
    }
}

struct Scan<'p> {
    plan: &'p CostPlan,
    window: &'p Window,
    summed: &'p Summed<'p>,
    groups: FxHashMap<(Group, Currency), Sums>,
}

/// Columns that every scan reads.
const ALWAYS: [Column; 10] = [
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
        let mut columns: BTreeSet<Column> = ALWAYS.into_iter().chain([self.summed.amount]).collect();
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
        let mut known: FxHashMap<Vec<u32>, Sums> = FxHashMap::default();
        let mut number = Vec::new();
        let mut first_rows: FxHashMap<Vec<u32>, usize> = FxHashMap::default();
        for row in (0..batch.rows()).filter(|row| values.keeps(*row)) {
            let start = values.times.start(row);
            let over = values.times.over(row);
            if !self.touches(start, over) {
                continue;
            }
            values.number(row, &mut number);
            if !known.contains_key(&number) {
                known.insert(number.clone(), Sums::default());
                first_rows.insert(number.clone(), row);
            }
            let Some(sums) = known.get_mut(&number) else { continue };
            match amounts.and_then(|amounts| amounts.get::<24>(row)) {
                Some(amount) => self.add_row(sums, start, over, amount, values.quantity(row))?,
                None => {
                    let cost = effective.and_then(|costs| costs.get::<24>(row)).unwrap_or_default();
                    sums.unknown = (sums.unknown.0 + 1, sums.unknown.1.saturating_add(cost));
                }
            }
        }
        for (number, sums) in known {
            let Some(row) = first_rows.get(&number) else { continue };
            let all = self.groups.entry((values.group(*row), values.currency(*row))).or_default();
            for (place, (units, quantity)) in sums.places {
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
        start: i64,
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
            let hour = start.div_euclid(3600) * 3600;
            let Some(place) = place(Day::of_second(start), hour) else { return Ok(()) };
            return sums.add(place, amount.units(), quantity.map(Quantity::units));
        };
        let mut quantities = quantity.map(|quantity| daily_units(quantity.units(), over));
        for (day, units) in daily_units(amount.units(), over) {
            let quantity = quantities.as_mut().and_then(Iterator::next).map(|(_, units)| units);
            let Some(place) = place(day, day.first_second()) else { continue };
            sums.add(place, units, quantity)?;
        }
        Ok(())
    }
}

/// The times of a batch's rows.
struct Times<'b> {
    columns: [&'b [i64]; 4],
}

impl<'b> Times<'b> {
    fn of(batch: &'b ChargeBatch) -> Self {
        let columns =
            [Column::ChargePeriodStart, Column::ChargePeriodEnd, Column::BillingPeriodStart, Column::BillingPeriodEnd];
        Self { columns: columns.map(|column| batch.times(column).unwrap_or_default()) }
    }

    fn start(&self, row: usize) -> i64 {
        self.columns[0].get(row).copied().unwrap_or_default()
    }

    fn over(&self, row: usize) -> Option<(i64, i64)> {
        let start = self.start(row);
        let time = |number: usize| self.columns.get(number).and_then(|c| c.get(row)).copied().unwrap_or(start);
        spread_over((start, time(1)), (time(2), time(3)))
    }
}

/// The values of a batch's rows that groups and conditions are made of, each as a column of text.
struct RowValues<'b> {
    times: Times<'b>,
    currency: TextColumn,
    group: Vec<TextColumn>,
    /// For each condition: its column, whether it keeps each distinct value, and whether it keeps rows without one.
    conditions: Vec<(TextColumn, Vec<bool>, bool)>,
    quantities: Option<[Option<&'b DecimalColumn>; 2]>,
}

impl<'b> RowValues<'b> {
    fn of(scan: &Scan<'_>, batch: &'b ChargeBatch, conditions: &[&CostFilter]) -> Self {
        let times = Times::of(batch);
        let column = |field: &CostField| field_column(scan, batch, &times, field);
        let mut group: Vec<TextColumn> = scan.summed.fields.iter().map(column).collect();
        if scan.summed.measured {
            group.extend([meter(batch), unit(batch)]);
        }
        let conditions = conditions.iter().map(|filter| {
            let values = column(&filter.field);
            let kept = values.per_value(|value| scan.plan.keeps(filter, Some(value)));
            (values, kept, scan.plan.keeps(filter, None))
        });
        let conditions = conditions.collect();
        let quantities = [Column::PricingQuantity, Column::ConsumedQuantity].map(|column| batch.decimals(column));
        Self {
            conditions,
            currency: text(batch, Column::BillingCurrency),
            group,
            quantities: scan.summed.measured.then_some(quantities),
            times,
        }
    }

    fn keeps(&self, row: usize) -> bool {
        self.conditions.iter().all(|(values, kept, keeps_none)| match values.keys().get(row) {
            Some(key) if *key != NULL => kept.get(*key as usize).copied().unwrap_or(false),
            _ => *keeps_none,
        })
    }

    /// Writes the numbers of a row's values: rows with equal numbers belong to one group.
    fn number(&self, row: usize, number: &mut Vec<u32>) {
        number.clear();
        let columns = self.group.iter().chain([&self.currency]);
        number.extend(columns.map(|values| values.keys().get(row).copied().unwrap_or(NULL)));
    }

    fn group(&self, row: usize) -> Group {
        self.group.iter().map(|values| values.get(row).map(str::to_owned)).collect()
    }

    fn currency(&self, row: usize) -> Currency {
        self.currency.get(row).and_then(|code| code.parse().ok()).unwrap_or(Currency::UNKNOWN)
    }

    fn quantity(&self, row: usize) -> Option<Quantity> {
        self.quantities?.into_iter().flatten().find_map(|column| column.get::<18>(row))
    }
}

fn text(batch: &ChargeBatch, column: Column) -> TextColumn {
    batch.text(column).cloned().unwrap_or_else(|| TextColumn::nulls(batch.rows()))
}

fn field_column(scan: &Scan<'_>, batch: &ChargeBatch, times: &Times<'_>, field: &CostField) -> TextColumn {
    match field {
        CostField::Facet(_) | CostField::Column(_) => match field.column() {
            Some(column) if column.column_type() == ColumnType::Text => text(batch, column),
            _ => TextColumn::nulls(batch.rows()),
        },
        CostField::Tag(key) => text(batch, Column::Tags).map(|json| tag_value(json, key)),
        CostField::Dimension(name) => match scan.dimension(name) {
            Some(dimension) => {
                let values = DimensionEvaluator::new(std::slice::from_ref(dimension)).evaluate(batch);
                values.into_iter().next().unwrap_or_else(|| TextColumn::nulls(batch.rows()))
            }
            None => TextColumn::nulls(batch.rows()),
        },
        CostField::Kind => kinds(batch, times),
    }
}

fn kinds(batch: &ChargeBatch, times: &Times<'_>) -> TextColumn {
    let category = text(batch, Column::ChargeCategory);
    let class = text(batch, Column::ChargeClass);
    let status = text(batch, Column::CommitmentDiscountStatus);
    let billed = batch.decimals(Column::BilledCost);
    let mut out = TextColumn::default();
    for row in 0..batch.rows() {
        let of_category = category.get(row).and_then(|text| text.parse::<ChargeCategory>().ok());
        let of_class = class.get(row).and_then(|text| text.parse::<ChargeClass>().ok());
        let cost: Amount = billed.and_then(|costs| costs.get(row)).unwrap_or_default();
        let kind = of_category.map(|c| ChargeKind::of(c, of_class, cost, status.get(row) == Some("Unused")));
        let kind = match kind {
            Some(ChargeKind::Usage) if times.over(row).is_some() => Some(ChargeKind::Periodic),
            kind => kind,
        };
        out.push(kind.map(ChargeKind::as_str));
    }
    out
}

fn meter(batch: &ChargeBatch) -> TextColumn {
    let columns = [Column::SkuMeter, Column::SkuId, Column::ChargeDescription].map(|column| batch.text(column));
    let mut out = TextColumn::default();
    for row in 0..batch.rows() {
        out.push(columns.iter().flatten().find_map(|column| column.get(row)));
    }
    out
}

fn unit(batch: &ChargeBatch) -> TextColumn {
    let priced = batch.decimals(Column::PricingQuantity);
    let (pricing, consumed) = (batch.text(Column::PricingUnit), batch.text(Column::ConsumedUnit));
    let mut out = TextColumn::default();
    for row in 0..batch.rows() {
        let is_priced = priced.is_some_and(|column| column.get::<18>(row).is_some());
        let units = if is_priced { pricing } else { consumed };
        out.push(units.and_then(|units| units.get(row)));
    }
    out
}
