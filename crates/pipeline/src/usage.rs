//! Usage: how much resources used of each meter, for the estimates of pull requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_lake::ScanBatch;
use tollgate_model::period::DayRange;
use tollgate_model::{BillingPeriod, ChargeCategory, Column, Day, Quantity, Revision};

use crate::charges::{charge_days, starting_days};
use crate::{Context, PipelineError, current_parts};

/// How much one resource used of one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MeterUse {
    /// The resource, as charges name it.
    pub resource: String,
    /// The meter.
    pub meter: String,
    /// In the meter's own unit.
    pub quantity: Quantity,
    /// The first day of use.
    pub since: Day,
}

/// Use of meters over some days, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsageOfMeters {
    /// The first day.
    pub from: Day,
    /// The day after the last.
    pub to: Day,
    /// By resource and meter.
    pub rows: Vec<MeterUse>,
}

const COLUMNS: [Column; 8] = [
    Column::ProviderName,
    Column::ChargeCategory,
    Column::ResourceId,
    Column::SkuMeter,
    Column::ConsumedQuantity,
    Column::ChargePeriodEnd,
    Column::BillingPeriodStart,
    Column::BillingPeriodEnd,
];

/// Sums what resources of AWS used over the last whole days: the newest day may not be whole and is left out. `None` where no
/// charge names a resource, a meter and a quantity. Meters of AWS are those that estimates understand.
///
/// # Errors
///
/// When the ledger or the lake fails.
pub async fn usage_of_meters(context: &Context, days: u32) -> Result<Option<UsageOfMeters>, PipelineError> {
    let parts = current_parts(&context.state, |_| true).await?;
    let Some(to) = newest_day(context, &parts).await? else { return Ok(None) };
    let from = to.plus(-i32::try_from(days).unwrap_or(i32::MAX));
    let mut found: BTreeMap<(String, String), (Quantity, Day)> = BTreeMap::new();
    let days = DayRange { start: from, end: to };
    let mut add = |used: UseOfDay<'_>| {
        let UseOfDay { resource, meter, quantity, day, .. } = used;
        let (sum, since) = found.entry((resource.to_owned(), meter.to_owned())).or_insert((Quantity::ZERO, day));
        *sum = sum.saturating_add(quantity);
        *since = day.min(*since);
    };
    let read = |batch: &ScanBatch| each_use(batch, Some(days), &mut add);
    context.lake.scan(&parts, &COLUMNS, Some(starting_days(days)), read).await?;
    let rows = found
        .into_iter()
        .map(|((resource, meter), (quantity, since))| MeterUse { resource, meter, quantity, since })
        .collect();
    Ok(Some(UsageOfMeters { from, to, rows }))
}

/// The newest day with use, month by month from the newest. Use of a whole month does not make the month's last day complete: where
/// there is use of single days, they name the newest.
async fn newest_day(context: &Context, parts: &[(Revision, Vec<String>)]) -> Result<Option<Day>, PipelineError> {
    let months: BTreeSet<BillingPeriod> = parts.iter().map(|(revision, _)| revision.period).collect();
    for month in months.into_iter().rev() {
        let of_month: Vec<_> = parts.iter().filter(|(revision, _)| revision.period == month).cloned().collect();
        let (mut newest, mut newest_spread) = (None, None);
        let mut add = |used: UseOfDay<'_>| {
            let of = if used.is_whole { &mut newest } else { &mut newest_spread };
            *of = (*of).max(Some(used.day));
        };
        context.lake.scan(&of_month, &COLUMNS, None, |batch| each_use(batch, None, &mut add)).await?;
        if let Some(day) = newest.or(newest_spread) {
            return Ok(Some(day));
        }
    }
    Ok(None)
}

/// What a resource used of a meter on one day.
struct UseOfDay<'b> {
    resource: &'b str,
    meter: &'b str,
    quantity: Quantity,
    day: Day,
    /// Whether it is the use of this day only, and not a day's share of a longer time.
    is_whole: bool,
}

/// Hands each use of a meter to `add`.
fn each_use(
    batch: &ScanBatch,
    days: Option<DayRange>,
    add: &mut impl FnMut(UseOfDay<'_>),
) -> Result<(), PipelineError> {
    let (providers, categories) = (batch.text(Column::ProviderName), batch.text(Column::ChargeCategory));
    let (resources, meters) = (batch.text(Column::ResourceId), batch.text(Column::SkuMeter));
    let quantities = batch.decimals(Column::ConsumedQuantity);
    for at in charge_days(batch, days) {
        let row = at.row;
        if providers.get(row) != Some("AWS") || categories.get(row) != Some(ChargeCategory::Usage.as_str()) {
            continue;
        }
        let (Some(resource), Some(meter)) = (resources.get(row), meters.get(row)) else { continue };
        if let Some(quantity) = at.quantity(quantities).filter(|q| *q > Quantity::ZERO) {
            add(UseOfDay { resource, meter, quantity, day: at.day, is_whole: at.is_whole() });
        }
    }
    Ok(())
}
