//! Plans: a query with its days, its filters and the series of the ledger, ready to be answered.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_analysis::{SourceSeries, coverage_of};
use tollgate_ledger::CurrentPeriod;
use tollgate_model::query::{
    Comparison, CostField, CostFilter, CostPeriod, CostQuery, CurrencyChoice, Granularity, PeriodCalendar, QueryError,
};
use tollgate_model::series::{Facet, SeriesMonth};
use tollgate_model::{Day, DayRange, ExchangeRates, SeriesKey};
use tollgate_policy::Dimension;

use super::RowFilter;
use super::cells::{Window, WindowName, without_hour};
use crate::aggregate::dimensions_hash;
use crate::cube::add_months;
use crate::{Context, PipelineError};

impl From<QueryError> for PipelineError {
    fn from(error: QueryError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// Revisions with their files.
pub(super) type RevisionFiles = Vec<(tollgate_model::Revision, Vec<String>)>;

/// A query, ready to be answered.
pub(super) struct CostPlan {
    pub(super) query: CostQuery,
    /// The conditions of the person's role.
    pub(super) row_filter: Vec<CostFilter>,
    pub(super) now: Window,
    pub(super) before: Option<Window>,
    pub(super) calendar: PeriodCalendar,
    /// Names of accounts, by id.
    pub(super) names: BTreeMap<String, String>,
    pub(super) dimensions: Vec<Dimension>,
    pub(super) rates: ExchangeRates,
    pub(super) default_currency: Option<tollgate_model::Currency>,
    /// The series of the ledger.
    pub(super) sources: Vec<SourceSeries>,
    /// The files that count.
    pub(super) files: RevisionFiles,
    /// Of each revision: the first day on which a charge counts, and the day after the last; `None` for one without charges.
    reaches: Vec<Option<DayRange>>,
    /// Whether all series are divided by the dimensions of the policy as it is now.
    divided: bool,
}

/// A source whose newest day is older than this has ended: it does not hold back the newest complete day.
const ENDED_DAYS: i32 = 7;

impl CostPlan {
    pub(super) async fn new(
        context: &Context,
        query: &CostQuery,
        row_filter: &RowFilter,
    ) -> Result<Self, PipelineError> {
        let state = &context.state;
        let dimensions = state.policy.dimensions.clone();
        let known: Vec<&str> = dimensions.iter().map(|d| d.name.as_str()).collect();
        query.check(&known)?;
        for filter in &row_filter.0 {
            filter.field.check(&known)?;
        }
        let query = query.resolved(&known);
        let row_filter = row_filter.0.iter().map(|filter| filter.resolved(&known)).collect();
        let periods = state.ledger.periods().await?;
        let mut sources = Vec::new();
        let mut reaches = Vec::with_capacity(periods.len());
        for current in &periods {
            let months = state.ledger.series(current).await?;
            reaches.push(reach(&months));
            add_months(state, &mut sources, current, months);
        }
        let today = Day::of(state.now());
        let fiscal_start = state.policy.defaults.fiscal_year_starts;
        let calendar = calendar(&sources, &periods, today, fiscal_start).ok_or(PipelineError::Empty)?;
        let rates = state.policy.rates.clone();
        let rate_days: Vec<Day> = rates.iter().map(|rate| rate.since).collect::<BTreeSet<_>>().into_iter().collect();
        let keeps_currencies = query.currency == CurrencyChoice::Keep;
        let rates_since = |day: Day| {
            if keeps_currencies {
                return Day::EPOCH;
            }
            let later = rate_days.partition_point(|since| *since <= day);
            later.checked_sub(1).and_then(|number| rate_days.get(number)).copied().unwrap_or(BEFORE_RATES)
        };
        let granularity = query.granularity;
        let bucket = |day: Day| match granularity {
            Granularity::Total => 0,
            Granularity::Hour => without_hour(day),
            _ => granularity.bucket(day, fiscal_start).map_or(0, |days| days.start.first_second()),
        };
        let days = query.period.days(calendar_for(&query.period, calendar, &sources))?;
        within_calendar(days)?;
        let compared = |with: &Comparison| {
            let period = if let Comparison::Period(other) = with { other } else { &query.period };
            query.period.compared_days(with, calendar_for(period, calendar, &sources))
        };
        let before = query.compare.as_ref().map(compared).transpose()?;
        before.map_or(Ok(()), within_calendar)?;
        let wanted = dimensions_hash(&dimensions);
        Ok(Self {
            row_filter,
            now: Window::new(WindowName::Now, days, bucket, rates_since),
            before: before.map(|days| Window::new(WindowName::Before, days, |_| 0, rates_since)),
            calendar,
            names: periods.iter().flat_map(|p| p.account_names.clone()).collect(),
            divided: periods.iter().all(|p| p.dimensions == wanted),
            files: periods.into_iter().map(|p| (p.revision, p.parts)).collect(),
            reaches,
            dimensions,
            rates,
            default_currency: state.policy.defaults.currency,
            sources,
            query,
        })
    }

    /// Whether the series of the ledger hold everything that the query needs.
    pub(super) fn suits_ledger(&self) -> bool {
        let holds = |field: &CostField| match field {
            CostField::Facet(_) | CostField::Kind => true,
            CostField::Dimension(_) => self.divided,
            CostField::Tag(_) | CostField::Column(_) => false,
        };
        self.query.metric.basis().is_some()
            && self.query.granularity != Granularity::Hour
            && self.query.fields().chain(self.row_filter.iter().map(|filter| &filter.field)).all(holds)
    }

    /// Every condition: of the query, and of the role.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &CostFilter> {
        self.query.filters.iter().chain(&self.row_filter)
    }

    /// Both windows.
    pub(super) fn windows(&self) -> impl Iterator<Item = &Window> {
        std::iter::once(&self.now).chain(&self.before)
    }

    /// The files with charges that count on a day of a window. The series have every day on which a charge counts, also one that costs
    /// nothing.
    pub(super) fn files_of(&self, window: &Window) -> RevisionFiles {
        let counts = |reach: &DayRange| reach.start < window.days.end && reach.end > window.days.start;
        let files = self.files.iter().zip(&self.reaches);
        files.filter(|(_, reach)| reach.as_ref().is_none_or(counts)).map(|(file, _)| file.clone()).collect()
    }

    /// The name of an account.
    pub(super) fn name_of(&self, field: &CostField, value: Option<&str>) -> Option<&str> {
        match field {
            CostField::Facet(Facet::SubAccount) => value.and_then(|id| self.names.get(id)).map(String::as_str),
            _ => None,
        }
    }

    /// Whether a condition keeps a value.
    pub(super) fn keeps(&self, filter: &CostFilter, value: Option<&str>) -> bool {
        filter.keeps(value, self.name_of(&filter.field, value))
    }
}

/// The days on which the charges of a revision count.
fn reach(months: &[SeriesMonth]) -> Option<DayRange> {
    let first = months.iter().filter_map(|month| month.days.keys().next()).min();
    let last = months.iter().filter_map(|month| month.days.keys().next_back()).max();
    first.zip(last).map(|(first, last)| DayRange { start: *first, end: last.plus(1) })
}

/// The day from which rates apply, for days before the first rate.
pub(super) const BEFORE_RATES: Day = Day::from_epoch_days(i32::MIN);

/// The most days of a period: a table of its days is kept in memory.
const MOST_DAYS: i32 = 36_600;

fn within_calendar(days: DayRange) -> Result<(), PipelineError> {
    if days.len() > MOST_DAYS {
        return Err(PipelineError::Refused(format!(
            "the period from {} to {} is longer than a century\nhint: name fewer years",
            days.start,
            days.end.plus(-1)
        )));
    }
    Ok(())
}

/// The value of a field in a series.
pub(super) fn value_in_series<'k>(field: &CostField, key: &'k SeriesKey) -> Option<&'k str> {
    match field {
        CostField::Facet(facet) => key.facet(*facet),
        CostField::Kind => Some(key.kind.as_str()),
        CostField::Dimension(name) => key.dimensions.get(name).map(String::as_str),
        CostField::Tag(_) | CostField::Column(_) => None,
    }
}

/// The days with charges, and the newest day that every source that still delivers has completed.
fn calendar(
    sources: &[SourceSeries],
    periods: &[CurrentPeriod],
    today: Day,
    fiscal_start: u8,
) -> Option<PeriodCalendar> {
    let covered: Vec<_> = sources.iter().filter_map(coverage_of).collect();
    let last = covered.iter().map(|c| c.last).max()?;
    let newest = covered.iter().filter(|c| last - c.last <= ENDED_DAYS).map(|c| c.watermark).min()?;
    let first = periods.iter().map(|p| p.first_day).min()?;
    Some(PeriodCalendar { today, first, newest: newest.max(first), fiscal_start })
}

/// The calendar of a period: one without an end, or of all days, holds every day with charges, also corrections of earlier days and days
/// that are not complete.
fn calendar_for(period: &CostPeriod, calendar: PeriodCalendar, sources: &[SourceSeries]) -> PeriodCalendar {
    if !matches!(period, CostPeriod::All | CostPeriod::Between(..)) {
        return calendar;
    }
    let days = || sources.iter().flat_map(|source| &source.months).map(|month| &month.days);
    let first = days().filter_map(|days| days.keys().next()).min();
    let newest = days().filter_map(|days| days.keys().next_back()).max();
    PeriodCalendar {
        first: first.copied().unwrap_or(calendar.first),
        newest: newest.copied().unwrap_or(calendar.newest),
        ..calendar
    }
}
