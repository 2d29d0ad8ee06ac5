//! The periods of a draft: instants as text become seconds, and what the file leaves open is derived.

use std::collections::BTreeMap;

use tollgate_model::{Column, Day, TextColumn};

use crate::charge_draft::{ChargeDraft, INSTANTS};
use crate::survey::FileContext;
use crate::value::{Moment, SlashOrder, moment, slash_parts};
use crate::{Note, SourceError};

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// A cell of a period.
#[derive(Clone, Copy)]
enum Cell {
    Known(Moment),
    Empty,
    Unreadable,
}

impl ChargeDraft {
    /// Reads the four instants of every row.
    pub(crate) fn read_periods(&mut self, context: &FileContext) -> Result<(), SourceError> {
        let order = self.slash_order(context)?;
        let texts: BTreeMap<Column, TextColumn> = INSTANTS
            .map(|c| (c, self.times.remove(&c).unwrap_or_else(|| TextColumn::nulls(self.charges.rows()))))
            .into();
        let cells: Vec<Vec<Cell>> = INSTANTS.iter().map(|c| self.cells(*c, &texts[c], order)).collect();
        let [starts, ends, charge_starts, charge_ends] = cells.as_slice() else { return Ok(()) };
        let has_hours = charge_starts.iter().any(|c| matches!(c, Cell::Known(m) if m.local().rem_euclid(DAY) != 0));
        let rows = self.charges.rows();
        let mut out: [Vec<i64>; 4] = std::array::from_fn(|_| Vec::with_capacity(rows));
        for row in 0..rows {
            let (charge_start, charge_end) = self.charge_period(charge_starts[row], charge_ends[row], has_hours);
            let (start, end) = self.billing_period(starts[row], ends[row], charge_start);
            for (column, second) in out.iter_mut().zip([start, end, charge_start, charge_end]) {
                column.push(second);
            }
            if start > end {
                self.reject_row(row, Some(Column::BillingPeriodEnd.name()), "is before BillingPeriodStart".to_owned());
            }
        }
        for (column, seconds) in INSTANTS.into_iter().zip(out) {
            self.charges.set_times(column, seconds);
        }
        Ok(())
    }

    /// The order of day and month, if a date needs it.
    fn slash_order(&mut self, context: &FileContext) -> Result<SlashOrder, SourceError> {
        if !self.times.values().flat_map(TextColumn::values).any(|v| slash_parts(v).is_some()) {
            return Ok(SlashOrder::MonthFirst);
        }
        let (order, proven) = context.order()?;
        let note = match order {
            SlashOrder::DayFirst => Note::DayFirstDate,
            SlashOrder::MonthFirst if proven => Note::MonthFirstDate,
            SlashOrder::MonthFirst => Note::AssumedMonthFirst,
        };
        self.count_note(note, self.charges.rows() as u64);
        Ok(order)
    }

    /// The cells of a column. An unreadable one rejects its row, as does an empty start of a charge.
    fn cells(&mut self, column: Column, text: &TextColumn, order: SlashOrder) -> Vec<Cell> {
        let last_day = self.last_days.contains(&column);
        let values: Vec<Option<Moment>> = text.per_value(|v| {
            let read = moment(v, order)?;
            Some(if last_day { Moment { utc: read.utc.saturating_add(DAY), ..read } } else { read })
        });
        let mut out = Vec::with_capacity(text.len());
        for (row, key) in text.keys().iter().enumerate() {
            out.push(match values.get(*key as usize) {
                Some(Some(moment)) => Cell::Known(*moment),
                Some(None) => {
                    let value: String = text.value(*key).unwrap_or_default().chars().take(60).collect();
                    self.reject_row(row, Some(column.name()), format!("`{value}` is not a date and time"));
                    Cell::Unreadable
                }
                None => {
                    if column == Column::ChargePeriodStart {
                        self.reject_row(row, Some(column.name()), "is empty".to_owned());
                    }
                    Cell::Empty
                }
            });
        }
        out
    }

    fn charge_period(&mut self, start: Cell, end: Cell, has_hours: bool) -> (i64, i64) {
        let Cell::Known(start) = start else { return (0, 0) };
        match end {
            // Days of another time zone stay days.
            Cell::Known(end) if start.is_local_midnight() && end.is_local_midnight() => {
                self.count_note(Note::LocalPeriod, 1);
                (start.local(), end.local())
            }
            Cell::Known(end) => (start.utc, end.utc),
            Cell::Empty | Cell::Unreadable => {
                if matches!(end, Cell::Empty) {
                    self.count_note(Note::DerivedChargeEnd, 1);
                }
                let first = if start.is_local_midnight() && !has_hours { start.local() } else { start.utc };
                (first, first.saturating_add(if has_hours { HOUR } else { DAY }))
            }
        }
    }

    fn billing_period(&mut self, start: Cell, end: Cell, charge_start: i64) -> (i64, i64) {
        let written = |cell: Cell| match cell {
            Cell::Known(moment) if moment.is_local_midnight() => Some((moment.local(), true)),
            Cell::Known(moment) => Some((moment.utc, false)),
            Cell::Empty | Cell::Unreadable => None,
        };
        let (start_written, end_written) = (written(start), written(end));
        if [start_written, end_written].into_iter().flatten().any(|(_, is_local)| is_local) {
            self.count_note(Note::LocalPeriod, 1);
        }
        if matches!(start, Cell::Empty) {
            self.count_note(Note::DerivedBillingPeriod, 1);
        }
        let start = start_written.map_or_else(|| month_around(charge_start).0, |(second, _)| second);
        (start, end_written.map_or_else(|| month_around(start).1, |(second, _)| second))
    }
}

/// The first second of the month of an instant, and of the next month.
fn month_around(second: i64) -> (i64, i64) {
    let month = Day::of_second(second).month();
    (month.first_day().first_second(), month.next().first_day().first_second())
}
