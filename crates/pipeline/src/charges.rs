//! Charges of the lake, as use cases read them.

use tollgate_lake::{DecimalCells, ScanBatch};
use tollgate_model::period::DayRange;
use tollgate_model::{Amount, ChargeCategory, Column, Day, Quantity};

use crate::spread::{MOST_DAYS, days_over, spread_over, units_on};
use crate::{Context, PipelineError};

/// Columns that say which days a charge covers, beside the start of its charge period.
pub(crate) const DAY_COLUMNS: [Column; 3] =
    [Column::ChargePeriodEnd, Column::BillingPeriodStart, Column::BillingPeriodEnd];

/// Reads the chosen columns of the current charges of some days, UTC, and of charges that began before and may cover some of them:
/// [`charge_days`] has the days.
pub(crate) async fn scan(
    context: &Context,
    columns: &[Column],
    days: DayRange,
    each: impl FnMut(&ScanBatch) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    // A charge of many days ends with its month at the latest, after the last day that has charges of its own.
    let reaches = |last: Day, month: DayRange| last.max(month.end.plus(-1)) >= days.start;
    let parts = crate::current_parts(&context.state, |p| {
        p.first_day < days.end && reaches(p.last_day, p.revision.period.days())
    });
    let columns: Vec<Column> = columns.iter().copied().chain(DAY_COLUMNS).collect();
    context.lake.scan(&parts.await?, &columns, Some(starting_days(days)), each).await
}

/// The days on which charges start that may cover some of `days`.
pub(crate) fn starting_days(days: DayRange) -> DayRange {
    DayRange { start: days.start.plus(-i32::try_from(MOST_DAYS).unwrap_or(i32::MAX)), end: days.end }
}

/// A charge on one of the days that it covers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargeDay {
    /// The row of the charge.
    pub(crate) row: usize,
    /// The day.
    pub(crate) day: Day,
    /// The seconds that the charge is spread over; `None` for a charge of one day.
    over: Option<(i64, i64)>,
}

impl ChargeDay {
    /// The day's share of a cost; `None` where it is unknown.
    pub(crate) fn amount(self, costs: DecimalCells<'_>) -> Option<Amount> {
        self.share(costs).and_then(Amount::from_units)
    }

    /// The day's share of a quantity; `None` where it is unknown.
    pub(crate) fn quantity(self, quantities: DecimalCells<'_>) -> Option<Quantity> {
        self.share(quantities).and_then(Quantity::from_units)
    }

    /// Whether the charge is one of this day only.
    pub(crate) const fn is_whole(self) -> bool {
        self.over.is_none()
    }

    fn share(self, cells: DecimalCells<'_>) -> Option<i128> {
        let units = cells.units(self.row)?;
        Some(self.over.map_or(units, |over| units_on(self.day, units, over)))
    }
}

/// The charges of a batch on each of `days`, or on all days. A charge of many days is spread over them, as the series are. Needs
/// [`DAY_COLUMNS`].
pub(crate) fn charge_days(batch: &ScanBatch, days: Option<DayRange>) -> impl Iterator<Item = ChargeDay> {
    batch.rows().flat_map(move |(row, first)| {
        let time = |column| batch.second(column, row);
        let start = batch.start(row).unwrap_or_else(|| first.first_second());
        let charge = (start, time(Column::ChargePeriodEnd).unwrap_or(start));
        let billing =
            (time(Column::BillingPeriodStart).unwrap_or(start), time(Column::BillingPeriodEnd).unwrap_or(start));
        let over = spread_over(charge, billing);
        let covered = over.map_or(DayRange { start: first, end: first.plus(1) }, days_over);
        let covered = days
            .map_or(covered, |days| DayRange { start: covered.start.max(days.start), end: covered.end.min(days.end) });
        covered.days().map(move |day| ChargeDay { row, day, over })
    })
}

/// Reads the chosen columns of every current charge that may cover one of some days, whenever its period starts: a charge of a month
/// covers days after its first.
pub(crate) async fn scan_days(
    context: &Context,
    columns: &[Column],
    extras: &[String],
    days: DayRange,
    each: impl FnMut(&ScanBatch) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let month_of = |day: tollgate_model::Day| day.month();
    let covers = |period: tollgate_model::BillingPeriod| month_of(days.start) <= period && period <= month_of(days.end);
    let is_read = |p: &tollgate_ledger::CurrentPeriod| {
        covers(p.revision.period) || p.first_day < days.end && p.last_day >= days.start
    };
    let parts = crate::current_parts(&context.state, is_read).await?;
    context.lake.scan_with(&parts, columns, extras, None, each).await
}

/// Reads the given columns of the newest billing period of each source.
pub(crate) async fn scan_newest(
    context: &Context,
    columns: &[Column],
    each: impl FnMut(&ScanBatch) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let newest = context.state.ledger.periods().await?.iter().map(|p| p.revision.period).max();
    let parts = crate::current_parts(&context.state, |p| Some(p.revision.period) == newest).await?;
    context.lake.scan(&parts, columns, None, each).await
}

/// Whether a row is usage and no correction. Needs ChargeCategory and ChargeClass.
pub(crate) fn is_usage(batch: &ScanBatch) -> impl Fn(usize) -> bool + '_ {
    let (category, class) = (batch.text(Column::ChargeCategory), batch.text(Column::ChargeClass));
    move |row| category.get(row) == Some(ChargeCategory::Usage.as_str()) && class.get(row).is_none()
}

/// Whether a row is use that a commitment discount covers, or the part of one that was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommitmentUse {
    /// No commitment.
    OnDemand,
    /// Covered by the commitment.
    Used,
    /// Paid for and not used.
    Unused,
}

/// How a row relates to a commitment. Needs CommitmentDiscountId and CommitmentDiscountStatus.
pub(crate) fn commitment_use(batch: &ScanBatch) -> impl Fn(usize) -> CommitmentUse + '_ {
    let (id, status) = (batch.text(Column::CommitmentDiscountId), batch.text(Column::CommitmentDiscountStatus));
    move |row| match (id.get(row), status.get(row)) {
        (None, _) => CommitmentUse::OnDemand,
        (Some(_), Some("Unused")) => CommitmentUse::Unused,
        (Some(_), _) => CommitmentUse::Used,
    }
}

#[cfg(test)]
mod tests {
    use tollgate_lake::{Lake, LakeError, PartSchema};
    use tollgate_model::{Charge, ChargeBatch, ChargePeriod, Currency, Money};

    use super::*;

    fn charge(from: &str, to: &str, cost: i64) -> Charge {
        let second = |day: &str| day.parse::<Day>().unwrap().first_second();
        let month = ChargePeriod { start: second("2026-10-01"), end: second("2026-11-01") };
        let cost = Money::new(Amount::whole(cost), Currency::USD);
        let period = ChargePeriod { start: second(from), end: second(to) };
        Charge::new(ChargeCategory::Usage, cost, period, month)
    }

    /// Amounts by day, as the scan of some days reads them.
    async fn read(charges: &[Charge], days: Option<DayRange>) -> Vec<(String, String)> {
        let lake = Lake::in_memory();
        let batch = ChargeBatch::from_charges(charges);
        let schema = PartSchema::of(&batch);
        let mut encoder = schema.encoder().unwrap();
        encoder.write(&batch).unwrap();
        let mut writer = lake.begin_part("run", 1, &schema).await.unwrap();
        writer.append(encoder.finish().unwrap().unwrap()).await.unwrap();
        let parts = [writer.finish().await.unwrap()];
        let columns: Vec<Column> = [Column::EffectiveCost].into_iter().chain(DAY_COLUMNS).collect();
        let mut out = Vec::new();
        let each = |batch: &ScanBatch| {
            let costs = batch.decimals(Column::EffectiveCost);
            let amounts = charge_days(batch, days);
            out.extend(amounts.map(|at| (at.day.to_string(), at.amount(costs).unwrap().to_string())));
            Ok::<(), LakeError>(())
        };
        lake.scan_staged(&parts, &columns, days.map(starting_days), each).await.unwrap();
        out
    }

    #[tokio::test]
    async fn a_charge_of_a_month_is_on_each_of_its_days() {
        let days = |from: &str, to: &str| Some(DayRange { start: from.parse().unwrap(), end: to.parse().unwrap() });
        let month = charge("2026-10-01", "2026-11-01", 31);
        let all = read(std::slice::from_ref(&month), None).await;
        assert_eq!(all.len(), 31);
        assert!(all.iter().all(|(_, amount)| amount == "1"), "{all:?}");
        // It began before the days that are asked for.
        let day = charge("2026-10-30", "2026-10-31", 5);
        let last = read(&[month.clone(), day], days("2026-10-30", "2026-11-05")).await;
        let expected = [("2026-10-30", "1"), ("2026-10-31", "1"), ("2026-10-30", "5")];
        assert_eq!(last, expected.map(|(day, amount)| (day.to_owned(), amount.to_owned())));
        assert!(read(&[month], days("2026-11-01", "2026-11-05")).await.is_empty());
    }
}
