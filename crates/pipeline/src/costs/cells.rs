//! Cells: exact sums by group, currency, window and bucket. Both ways to read costs end here.

use rustc_hash::FxHashMap;
use tollgate_model::limits::COST_CELLS;
use tollgate_model::query::LeftOut;
use tollgate_model::{Amount, Currency, Day, DayRange, MoneyError};

use crate::PipelineError;

/// The period of a query, or the one with which it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum WindowName {
    Now,
    Before,
}

/// The days of a window, each with its place in the answer.
#[derive(Clone, Debug)]
pub(super) struct Window {
    pub(super) name: WindowName,
    pub(super) days: DayRange,
    /// Of each day: the first second of its bucket, and the day from which its exchange rates apply.
    places: Vec<(i64, Day)>,
}

impl Window {
    pub(super) fn new(
        name: WindowName,
        days: DayRange,
        bucket: impl Fn(Day) -> i64,
        rates_since: impl Fn(Day) -> Day,
    ) -> Self {
        let places = days.days().map(|day| (bucket(day), rates_since(day))).collect();
        Self { name, days, places }
    }

    /// The place of a day of the window.
    pub(super) fn place(&self, day: Day) -> Option<(i64, Day)> {
        usize::try_from(day - self.days.start).ok().and_then(|number| self.places.get(number)).copied()
    }

    /// Whether exchange rates differ between the days.
    #[cfg(feature = "sql")]
    pub(super) fn has_several_rates(&self) -> bool {
        self.places.first().zip(self.places.last()).is_some_and(|((_, first), (_, last))| first != last)
    }

    /// The first second of each bucket, oldest first.
    pub(super) fn buckets(&self) -> Vec<i64> {
        let mut out: Vec<i64> = self.places.iter().map(|(bucket, _)| *bucket).collect();
        out.dedup();
        out
    }
}

/// The bucket of a day's charges that cover more than an hour, where buckets are hours: no hour begins at this second.
pub(super) fn without_hour(day: Day) -> i64 {
    day.first_second() + 1
}

/// The values of a group, in the order of the groupings.
pub(super) type Group = Vec<Option<String>>;

/// The place of a cell within its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Place {
    pub(super) window: WindowName,
    /// The first second of the bucket; 0 for the whole period; [`without_hour`] for charges that cover more than an hour.
    pub(super) bucket: i64,
    /// The day from which the exchange rates of the cell apply.
    pub(super) rates_since: Day,
}

/// Sums by group and place, in the smallest unit of [`Amount`].
#[derive(Debug, Default)]
pub(super) struct Cells {
    groups: Vec<(Group, Currency)>,
    numbers: FxHashMap<(Group, Currency), usize>,
    sums: FxHashMap<(usize, Place), i128>,
    /// Charges without the cost that is asked for.
    pub(super) left_out: Vec<LeftOut>,
}

impl Cells {
    /// The number of a group, which is new or known.
    pub(super) fn group(&mut self, group: Group, currency: Currency) -> usize {
        let key = (group, currency);
        if let Some(number) = self.numbers.get(&key) {
            return *number;
        }
        let number = self.groups.len();
        self.groups.push(key.clone());
        self.numbers.insert(key, number);
        number
    }

    /// Adds to a cell.
    pub(super) fn add(&mut self, group: usize, place: Place, units: i128) -> Result<(), PipelineError> {
        let count = self.sums.len();
        let sum = self.sums.entry((group, place)).or_default();
        *sum = sum.checked_add(units).ok_or_else(|| MoneyError::TooLarge("a sum of charges".to_owned()))?;
        if count >= COST_CELLS.size() {
            return Err(too_many_cells());
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }

    /// The cells in a fixed order: by currency, group and place.
    pub(super) fn sorted(&self) -> Vec<(Currency, &Group, Place, i128)> {
        let cell = |((group, place), units): (&(usize, Place), &i128)| {
            let (group, currency) = &self.groups[*group];
            (*currency, group, *place, *units)
        };
        let mut out: Vec<(Currency, &Group, Place, i128)> = self.sums.iter().map(cell).collect();
        out.sort_unstable();
        out
    }
}

/// The error of an answer with too many cells.
pub(super) fn too_many_cells() -> PipelineError {
    PipelineError::Refused(format!(
        "the answer has more groups and buckets than {COST_CELLS}\nhint: ask for a coarser granularity, fewer groupings, or a filter"
    ))
}

/// An amount of units, if it is in range.
pub(super) fn amount(units: i128) -> Result<Amount, PipelineError> {
    Amount::from_units(units).ok_or_else(|| MoneyError::TooLarge("a sum of charges".to_owned()).into())
}
