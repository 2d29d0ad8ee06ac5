//! The text of a cost query as SQL over the view `charges`: one that DataFusion and Athena answer alike.
//!
//! A charge of one day counts at its start: one text sums these. A charge that covers many days counts on each of them (see `spread`):
//! where all its days are in one bucket, it is summed as a whole, otherwise its amount comes back with the number of equal charges, so
//! that each is spread exactly as the ledger's series spread it. These charges are few, and have a text of their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use tollgate_lake::ChargeColumn;
use tollgate_model::query::{CostField, CostFilter, Granularity};
use tollgate_model::series::Facet;
use tollgate_model::{ChargeKind, Column, Day, DayRange};

use super::columns::{TagColumn, dimension_column_name, dimension_columns};
use super::parts::Summed;
use super::plan::CostPlan;

/// A quoted name.
fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// The first instant of a day.
fn instant(day: Day) -> String {
    format!("timestamp '{day} 00:00:00'")
}

/// The expression of a field. Kinds depend on whether a charge is spread.
fn field(field: &CostField) -> String {
    match field {
        CostField::Kind => "kind".to_owned(),
        CostField::Dimension(dimension) => name(&dimension_column_name(dimension)),
        CostField::Tag(key) => name(&TagColumn::name_of(key)),
        CostField::Facet(_) | CostField::Column(_) => field.column().map_or("null".to_owned(), |c| name(c.name())),
    }
}

/// The computed columns that fields need.
pub(super) fn computed<'f>(plan: &CostPlan, fields: impl Iterator<Item = &'f CostField>) -> Vec<Arc<dyn ChargeColumn>> {
    let mut tags: BTreeMap<&str, Arc<dyn ChargeColumn>> = BTreeMap::new();
    let mut dimensions: Vec<&str> = Vec::new();
    for field in fields {
        match field {
            CostField::Tag(key) => {
                tags.entry(key).or_insert_with(|| Arc::new(TagColumn::new(key)));
            }
            CostField::Dimension(name) => dimensions.push(name),
            CostField::Facet(_) | CostField::Kind | CostField::Column(_) => {}
        }
    }
    let all = dimension_columns(&plan.dimensions).into_iter();
    all.filter(|column| column.dimension().is_some_and(|name| dimensions.contains(&name)))
        .chain(tags.into_values())
        .collect()
}

/// A condition that is never null.
fn condition(plan: &CostPlan, filter: &CostFilter) -> String {
    let column = field(&filter.field);
    let mut any: Vec<String> = Vec::new();
    let mut exact: Vec<String> = Vec::new();
    for value in &filter.values {
        match value.as_deref() {
            None => any.push(format!("{column} is null")),
            Some(pattern) if pattern.contains('*') => {
                let like = pattern.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_").replace('*', "%");
                any.push(format!("coalesce({column} like {} escape '\\', false)", text(&like)));
            }
            Some(value) => exact.push(text(value)),
        }
    }
    if filter.field == CostField::Facet(Facet::SubAccount) {
        let named = CostFilter { excludes: false, ..filter.clone() };
        let ids = plan.names.keys().filter(|id| plan.keeps(&named, Some(id.as_str())));
        exact.extend(ids.map(|id| text(id.as_str())));
    }
    if !exact.is_empty() {
        any.push(format!("coalesce({column} in ({}), false)", exact.join(", ")));
    }
    let any = if any.is_empty() { "false".to_owned() } else { format!("({})", any.join(" or ")) };
    if filter.excludes { format!("not {any}") } else { any }
}

/// The unit by which instants are grouped; `None` for the whole period. Buckets of the fiscal year are summed from months, and where
/// exchange rates differ between days, from days.
fn unit(plan: &CostPlan, by_day: bool) -> Option<&'static str> {
    if plan.query.granularity == Granularity::Hour {
        return Some("hour");
    }
    if by_day {
        return Some("day");
    }
    match plan.query.granularity {
        Granularity::Total => None,
        Granularity::Hour => Some("hour"),
        Granularity::Day => Some("day"),
        Granularity::Week => Some("week"),
        Granularity::Month
        | Granularity::Quarter
        | Granularity::Year
        | Granularity::FiscalQuarter
        | Granularity::FiscalYear => Some("month"),
    }
}

/// The kind of a charge, as [`ChargeKind::of`] and the series have it.
fn kind() -> String {
    let of = |kind: ChargeKind| text(kind.as_str());
    let is = |column: Column, value: &str| format!("upper({}) = {}", name(column.name()), text(value));
    let category = |value| is(Column::ChargeCategory, value);
    format!(
        "case when {correction} then {} when {usage} and {status} = 'Unused' then {} when {usage} and spread then {} \
         when {usage} then {} when {purchase} then {} when {tax} then {} when {credit} then {} \
         when {adjustment} and {billed} < 0 then {} when {adjustment} then {} end",
        of(ChargeKind::Correction),
        of(ChargeKind::Unused),
        of(ChargeKind::Periodic),
        of(ChargeKind::Usage),
        of(ChargeKind::Purchase),
        of(ChargeKind::Tax),
        of(ChargeKind::Credit),
        of(ChargeKind::Refund),
        of(ChargeKind::Adjustment),
        correction = is(Column::ChargeClass, "CORRECTION"),
        usage = category("USAGE"),
        status = name(Column::CommitmentDiscountStatus.name()),
        purchase = category("PURCHASE"),
        tax = category("TAX"),
        credit = category("CREDIT"),
        adjustment = category("ADJUSTMENT"),
        billed = name(Column::BilledCost.name()),
    )
}

/// The meter of an item, the unit of its quantity, and the quantity.
const METER: &str = r#"coalesce("SkuMeter", "SkuId", "ChargeDescription")"#;
const UNIT: &str = r#"case when "PricingQuantity" is not null then "PricingUnit" else "ConsumedUnit" end"#;
const QUANTITY: &str = r#"coalesce("PricingQuantity", "ConsumedQuantity")"#;

/// The parts of a query that both of its texts share.
struct Shared {
    /// The values of a group that a charge has, as `… as g0, `, and their names.
    values: String,
    carried: String,
    /// The names of all values of a group.
    groups: String,
    /// The columns that the kind of a charge is computed from, where the query needs it.
    raw_of_kind: String,
    /// The kind as a value of the group, and as the column that conditions compare.
    kind_columns: String,
    /// Conditions on the columns of charges, and on their kind.
    plain: String,
    kinds: String,
    start: String,
    end: String,
    /// Currency, amount, quantity and effective cost of a charge.
    money: String,
    /// The number of charges, sums of amount and quantity, and charges without the amount with their effective cost.
    sums: String,
    from: String,
    to: String,
}

impl Shared {
    fn new(plan: &CostPlan, days: DayRange, summed: &Summed<'_>) -> Self {
        let (kinds, plain): (Vec<&CostFilter>, Vec<&CostFilter>) =
            plan.conditions().partition(|filter| filter.field == CostField::Kind);
        let with = |filters: &[&CostFilter]| {
            filters.iter().map(|filter| format!(" and {}", condition(plan, filter))).collect::<String>()
        };
        let numbered = || summed.fields.iter().enumerate();
        // The kind needs what a first step computes; everything else is a value of the charge.
        let columns = numbered().filter(|(_, f)| **f != CostField::Kind).map(|(number, f)| (number, field(f)));
        let further: &[&str] = if summed.measured { &[METER, UNIT] } else { &[] };
        let further = further.iter().enumerate().map(|(n, sql)| (summed.fields.len() + n, (*sql).to_owned()));
        let columns: Vec<(usize, String)> = columns.chain(further).collect();
        let by_kind = numbered().filter(|(_, f)| **f == CostField::Kind);
        let mut kind_columns: String = by_kind.map(|(number, _)| format!("{} as g{number}, ", kind())).collect();
        if !kinds.is_empty() {
            kind_columns += &format!("{} as kind, ", kind());
        }
        let needed =
            [Column::ChargeCategory, Column::ChargeClass, Column::CommitmentDiscountStatus, Column::BilledCost];
        let raw_of_kind = match kind_columns.is_empty() {
            true => String::new(),
            false => needed.iter().map(|column| format!("{}, ", name(column.name()))).collect(),
        };
        let of = |column: Column| name(column.name());
        let quantity = if summed.measured { QUANTITY } else { "cast(null as bigint)" };
        Self {
            values: columns.iter().map(|(number, sql)| format!("{sql} as g{number}, ")).collect(),
            carried: columns.iter().map(|(number, _)| format!("g{number}, ")).collect(),
            groups: (0..summed.values()).map(|number| format!("g{number}, ")).collect(),
            raw_of_kind,
            kind_columns,
            plain: with(&plain),
            kinds: with(&kinds),
            start: of(Column::ChargePeriodStart),
            end: of(Column::ChargePeriodEnd),
            money: format!(
                "{} as currency, {} as amount, {quantity} as quantity, {} as effective",
                of(Column::BillingCurrency),
                of(summed.amount),
                of(Column::EffectiveCost)
            ),
            sums: sums(summed),
            from: instant(days.start),
            to: instant(days.end),
        }
    }
}

fn sums(summed: &Summed<'_>) -> String {
    let quantity = match summed.measured {
        true => "case when count(quantity) = count(*) then sum(quantity) end",
        false => "cast(null as bigint)",
    };
    // Billed and effective cost are always known.
    let unknown = match summed.amount {
        Column::BilledCost | Column::EffectiveCost => "0 as unknown, cast(null as bigint) as unknown_effective",
        _ => {
            "sum(case when amount is null then 1 else 0 end) as unknown, \
             sum(case when amount is null then effective end) as unknown_effective"
        }
    };
    format!("count(*) as charges, sum(amount) as amount, {quantity} as quantity, {unknown}")
}

fn truncated(plan: &CostPlan, by_day: bool, instant: &str) -> String {
    match unit(plan, by_day) {
        Some("hour") => without_hour(instant),
        Some(unit) => format!("date_trunc('{unit}', {instant})"),
        None => "0".to_owned(),
    }
}

/// The bucket of charges that cover more than an hour, as [`super::cells::without_hour`].
fn without_hour(instant: &str) -> String {
    format!("date_trunc('day', {instant}) + interval '1' second")
}

/// The charges of one day, which count at their start. The columns of the answer, after those of the fields: currency, bucket, first and
/// last instant of a spread charge, its amount and quantity, the number of charges, sums of amount and quantity, and charges without the
/// amount with their effective cost.
pub(super) fn short_sums(plan: &CostPlan, days: DayRange, summed: &Summed<'_>, by_day: bool) -> String {
    let Shared { values, carried, groups, raw_of_kind, kind_columns, plain, kinds, start, end, money, sums, from, to } =
        Shared::new(plan, days, summed);
    let bucket = match unit(plan, by_day) {
        Some("hour") => format!(
            "case when coalesce({end} <= {start} + interval '1' hour, true) then date_trunc('hour', {start}) else {} end",
            without_hour(&start)
        ),
        _ => truncated(plan, by_day, &start),
    };
    format!(
        "with a as (select {values}{raw_of_kind}{money}, {bucket} as bucket, false as spread \
         from charges where {start} >= {from} and {start} < {to} \
         and coalesce({end} <= {start} + interval '36' hour, true){plain}), \
         b as (select {carried}{kind_columns}currency, amount, quantity, effective, bucket from a) \
         select {groups}currency, bucket, cast(null as timestamp) as lo, cast(null as timestamp) as hi, \
         cast(null as bigint) as one, cast(null as bigint) as one_quantity, {sums} \
         from b where true{kinds} group by {groups}currency, bucket"
    )
}

/// The charges that cover many days, with the columns of [`short_sums`].
pub(super) fn long_sums(plan: &CostPlan, days: DayRange, summed: &Summed<'_>, by_day: bool) -> String {
    let Shared { values, carried, groups, raw_of_kind, kind_columns, plain, kinds, start, end, money, sums, from, to } =
        Shared::new(plan, days, summed);
    let [first, last] = [Column::BillingPeriodStart, Column::BillingPeriodEnd].map(|column| name(column.name()));
    let truncated = |instant: &str| truncated(plan, by_day, instant);
    let same_bucket = match unit(plan, by_day) {
        Some(_) => format!(" and {} = {}", truncated("lo"), truncated("(hi - interval '1' second)")),
        None => String::new(),
    };
    // Inside of the billing period, or, for a correction of an earlier one, the charge period itself.
    let inside = format!(
        "(case when {start} > {first} then {start} else {first} end < case when {end} < {last} then {end} else {last} end)"
    );
    let bucket = truncated(&format!("case when moment < {from} then {from} else moment end"));
    format!(
        "with a as (select {values}{raw_of_kind}{money}, {start} as s, \
         case when {inside} and {start} < {first} then {first} else {start} end as lo, \
         case when {inside} and {end} > {last} then {last} else {end} end as hi \
         from charges where {start} < {to} and {end} > {from} and {end} > {start} + interval '36' hour{plain}), \
         b as (select *, hi > lo + interval '36' hour and hi <= lo + interval '366' day as spread from a), \
         c as (select {carried}{kind_columns}currency, amount, quantity, effective, spread, lo, hi, \
         case when spread then lo else s end as moment from b), \
         d as (select *, not spread or amount is null or (lo >= {from} and hi <= {to}{same_bucket}) as whole from c \
         where case when spread then lo < {to} and hi > {from} else moment >= {from} and moment < {to} end{kinds}), \
         e as (select {groups}currency, case when whole then {bucket} end as bucket, \
         case when whole then null else lo end as lo, case when whole then null else hi end as hi, \
         case when whole then null else amount end as one, case when whole then null else quantity end as one_quantity, \
         amount, quantity, effective from d) \
         select {groups}currency, bucket, lo, hi, one, one_quantity, {sums} \
         from e group by {groups}currency, bucket, lo, hi, one, one_quantity"
    )
}

/// The different values of a field, under the conditions of a role.
pub(super) fn values(plan: &CostPlan, wanted: &CostField, limit: usize) -> String {
    let plain = plan.row_filter.iter().filter(|filter| filter.field != CostField::Kind);
    let conditions: String = plain.map(|filter| format!(" and {}", condition(plan, filter))).collect();
    let column = field(wanted);
    format!(
        "select distinct {column} as value from charges where {column} is not null{conditions} order by value limit {limit}"
    )
}
