//! Costs from the charges of the lake, through the port of SQL.

use std::collections::BTreeSet;

use tollgate_lake::{Cell, ChargeView};
use tollgate_model::limits::COST_CELLS;
use tollgate_model::query::{CostField, Granularity};
use tollgate_model::{Amount, Currency, Day, MoneyError, Quantity};

use super::cells::{Group, Place, Window, WindowName, too_many_cells};
use super::parts::{GroupParts, Summed};
use super::plan::CostPlan;
use super::sql_text;
use crate::spread::daily_units;
use crate::{Context, PipelineError};

/// Sums of charges with equal values.
struct ChargeSums {
    group: Group,
    currency: Currency,
    /// The first second of the unit of time; `None` for the whole period.
    bucket: Option<i64>,
    /// The seconds over which each charge is spread, with its amount and quantity.
    spread: Option<((i64, i64), Amount, Option<Quantity>)>,
    charges: u64,
    amount: Option<Amount>,
    quantity: Option<Quantity>,
    unknown: u64,
    unknown_effective: Amount,
}

/// The sums of a window.
pub(super) async fn group_parts(
    context: &Context,
    plan: &CostPlan,
    window: &Window,
    summed: &Summed<'_>,
) -> Result<Vec<GroupParts>, PipelineError> {
    let fields = || summed.fields.iter().chain(plan.conditions().map(|filter| &filter.field));
    let columns = sql_text::computed(plan, fields());
    let files = plan.files_of(window);
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let view = ChargeView::new(&files, &columns);
    let by_day = window.has_several_rates();
    let short = sql_text::short_sums(plan, window.days, summed, by_day);
    let long = sql_text::long_sums(plan, window.days, summed, by_day);
    let most = COST_CELLS.size();
    let (short, long) = tokio::try_join!(context.lake.ask(view, &short, most), context.lake.ask(view, &long, most))?;
    if short.truncated || long.truncated {
        return Err(too_many_cells());
    }
    let parts = |row| ChargeSums::read(row, summed.values())?.into_parts(plan, window);
    short.rows.into_iter().chain(long.rows).map(parts).collect()
}

/// The different values of a field.
pub(super) async fn values(
    context: &Context,
    plan: &CostPlan,
    field: &CostField,
) -> Result<BTreeSet<String>, PipelineError> {
    let fields = plan.row_filter.iter().map(|filter| &filter.field).chain([field]);
    let columns = sql_text::computed(plan, fields);
    let view = ChargeView::new(&plan.files, &columns);
    let answer = context.lake.ask(view, &sql_text::values(plan, field, MOST_VALUES), MOST_VALUES).await?;
    Ok(answer.rows.into_iter().filter_map(|row| text(row.into_iter().next()?)).collect())
}

/// Values among which the nearest is sought.
const MOST_VALUES: usize = 10_000;

impl ChargeSums {
    fn read(row: Vec<Cell>, values: usize) -> Result<Self, PipelineError> {
        let mut cells = row.into_iter();
        let group: Group = cells.by_ref().take(values).map(text).collect();
        let mut next = || cells.next().unwrap_or(Cell::Null);
        let currency = text(next()).and_then(|code| code.parse().ok()).unwrap_or(Currency::UNKNOWN);
        let (bucket, low, high) = (second(next())?, second(next())?, second(next())?);
        let (one, one_quantity) = (number::<Amount>(next())?, number::<Quantity>(next())?);
        let charges = number::<u64>(next())?.unwrap_or(0);
        let (amount, quantity) = (number::<Amount>(next())?, number::<Quantity>(next())?);
        let (unknown, unknown_effective) = (number::<u64>(next())?.unwrap_or(0), number::<Amount>(next())?);
        let spread = low.zip(high).zip(one).map(|(over, one)| (over, one, one_quantity));
        let unknown_effective = unknown_effective.unwrap_or_default();
        Ok(Self { group, currency, bucket, spread, charges, amount, quantity, unknown, unknown_effective })
    }

    fn into_parts(self, plan: &CostPlan, window: &Window) -> Result<GroupParts, PipelineError> {
        let parts = self.parts(plan, window)?;
        Ok(GroupParts {
            group: self.group,
            currency: self.currency,
            parts,
            unknown: (self.unknown, self.unknown_effective),
        })
    }

    /// The parts of the sums by place, in units of amount and of quantity.
    fn parts(&self, plan: &CostPlan, window: &Window) -> Result<Vec<(Place, i128, Option<i128>)>, PipelineError> {
        // An hour is finer than the days of a window. What is spread over days has none.
        let by_hour = plan.query.granularity == Granularity::Hour && window.name == WindowName::Now;
        let place_of = |day: Day, hour: Option<i64>| {
            let (bucket, rates_since) = window.place(day)?;
            let bucket = hour.filter(|_| by_hour).unwrap_or(bucket);
            Some(Place { window: window.name, bucket, rates_since })
        };
        let Some((over, one, one_quantity)) = self.spread else {
            let Some(sum) = self.amount else { return Ok(Vec::new()) };
            // A week or month may begin before the window.
            let day = self.bucket.map_or(window.days.start, Day::of_second).max(window.days.start);
            let place = place_of(day, self.bucket);
            return Ok(place
                .map(|place| (place, sum.units(), self.quantity.map(Quantity::units)))
                .into_iter()
                .collect());
        };
        let times = |units: i128| {
            let product = units.checked_mul(i128::from(self.charges));
            product.ok_or_else(|| PipelineError::from(MoneyError::TooLarge("a sum of charges".to_owned())))
        };
        let quantities: Vec<i128> = one_quantity
            .map(|quantity| daily_units(quantity.units(), over).map(|(_, units)| units).collect())
            .unwrap_or_default();
        let mut out = Vec::new();
        for (number, (day, units)) in daily_units(one.units(), over).enumerate() {
            let Some(place) = place_of(day, None) else { continue };
            let quantity = quantities.get(number).map(|units| times(*units)).transpose()?;
            out.push((place, times(units)?, quantity));
        }
        Ok(out)
    }
}

fn text(cell: Cell) -> Option<String> {
    match cell {
        Cell::Null => None,
        Cell::Text(text) | Cell::Number(text) => Some(text),
        Cell::Bool(flag) => Some(flag.to_string()),
    }
}

fn unreadable(text: &str) -> PipelineError {
    PipelineError::Refused(format!("the query engine answered `{text}`, which cannot be read\nhint: please report it"))
}

fn number<T: std::str::FromStr>(cell: Cell) -> Result<Option<T>, PipelineError> {
    text(cell).map(|text| text.parse().map_err(|_| unreadable(&text))).transpose()
}

/// An instant in the form of either engine: `2026-10-01T00:00:00Z`, `2026-10-01 00:00:00.000`. A number is no instant.
fn second(cell: Cell) -> Result<Option<i64>, PipelineError> {
    let Some(text) = text(cell).filter(|text| text != "0") else { return Ok(None) };
    let civil = text.get(..19).map(|text| text.replace(' ', "T"));
    let civil = civil.and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    let second = civil.map(|civil| {
        let in_day = (i64::from(civil.hour()) * 60 + i64::from(civil.minute())) * 60 + i64::from(civil.second());
        Day::from_date(civil.date()).first_second() + in_day
    });
    second.map(Some).ok_or_else(|| unreadable(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_both_engines_are_read() {
        for text in
            ["2026-10-01T05:00:00Z", "2026-10-01 05:00:00.000", "2026-10-01 05:00:00.000 UTC", "2026-10-01T05:00:00"]
        {
            assert_eq!(second(Cell::Text(text.into())).unwrap(), Some(1_790_830_800), "{text}");
        }
        assert_eq!(second(Cell::Null).unwrap(), None);
        assert_eq!(second(Cell::Number("0".into())).unwrap(), None);
        assert!(second(Cell::Text("yesterday".into())).is_err());
    }
}
