//! The values of a batch's rows that groups and conditions are made of.

use tollgate_model::batch::NULL;
use tollgate_model::focus::ColumnType;
use tollgate_model::query::{CostField, CostFilter};
use tollgate_model::{
    Amount, ChargeBatch, ChargeCategory, ChargeClass, ChargeKind, Column, Currency, Day, DecimalColumn, Quantity,
    TextColumn,
};
use tollgate_policy::DimensionEvaluator;

use super::Scan;
use crate::costs::cells::{Group, without_hour};
use crate::costs::tags::tag_value;
use crate::spread::spread_over;

/// The times of a batch's rows.
pub(super) struct Times<'b> {
    columns: [&'b [i64]; 4],
}

impl<'b> Times<'b> {
    fn of(batch: &'b ChargeBatch) -> Self {
        let columns =
            [Column::ChargePeriodStart, Column::ChargePeriodEnd, Column::BillingPeriodStart, Column::BillingPeriodEnd];
        Self { columns: columns.map(|column| batch.times(column).unwrap_or_default()) }
    }

    pub(super) fn start(&self, row: usize) -> i64 {
        self.columns[0].get(row).copied().unwrap_or_default()
    }

    /// The time of a column; without one, the start.
    fn time(&self, row: usize, number: usize) -> i64 {
        self.columns.get(number).and_then(|c| c.get(row)).copied().unwrap_or_else(|| self.start(row))
    }

    pub(super) fn over(&self, row: usize) -> Option<(i64, i64)> {
        let time = |number| self.time(row, number);
        spread_over((self.start(row), time(1)), (time(2), time(3)))
    }

    /// The first second of the hour of a charge, or the bucket of those that cover more than an hour.
    pub(super) fn hour(&self, row: usize) -> i64 {
        let start = self.start(row);
        let is_hour = self.time(row, 1) - start <= 3600;
        if is_hour { start.div_euclid(3600) * 3600 } else { without_hour(Day::of_second(start)) }
    }
}

/// The values of a batch's rows that groups and conditions are made of, each as a column of text.
pub(super) struct RowValues<'b> {
    pub(super) times: Times<'b>,
    currency: TextColumn,
    group: Vec<TextColumn>,
    /// For each condition: its column, whether it keeps each distinct value, and whether it keeps rows without one.
    conditions: Vec<(TextColumn, Vec<bool>, bool)>,
    quantities: Option<[Option<&'b DecimalColumn>; 2]>,
}

impl<'b> RowValues<'b> {
    pub(super) fn of(scan: &Scan<'_>, batch: &'b ChargeBatch, conditions: &[&CostFilter]) -> Self {
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

    pub(super) fn keeps(&self, row: usize) -> bool {
        self.conditions.iter().all(|(values, kept, keeps_none)| match values.keys().get(row) {
            Some(key) if *key != NULL => kept.get(*key as usize).copied().unwrap_or(false),
            _ => *keeps_none,
        })
    }

    /// Writes the numbers of a row's values: rows with equal numbers belong to one group.
    pub(super) fn number(&self, row: usize, number: &mut Vec<u32>) {
        number.clear();
        let columns = self.group.iter().chain([&self.currency]);
        number.extend(columns.map(|values| values.keys().get(row).copied().unwrap_or(NULL)));
    }

    pub(super) fn group(&self, row: usize) -> Group {
        self.group.iter().map(|values| values.get(row).map(str::to_owned)).collect()
    }

    pub(super) fn currency(&self, row: usize) -> Currency {
        self.currency.get(row).and_then(|code| code.parse().ok()).unwrap_or(Currency::UNKNOWN)
    }

    pub(super) fn quantity(&self, row: usize) -> Option<Quantity> {
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
