//! Forecasts of calendar periods: what a month or year will cost is what it has cost plus the forecast of its remaining days.

use serde::Serialize;
use tollgate_analysis::{ScopeSeries, forecast_cost};
use tollgate_model::budget::{BudgetCalendar, ForecastEnd};
use tollgate_model::{Amount, Basis, BillingPeriod, Currency, Day, DayRange, SeriesKey};

use super::{CostGroup, CostView};

/// Days of the last column without a longer horizon.
const AHEAD: i32 = 90;

/// How far a forecast reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForecastUntil {
    /// This month, the next two, and 90 days.
    #[default]
    Quarter,
    /// Through a day.
    Day(Day),
    /// The whole year, calendar or fiscal.
    Year,
}

/// What a period costs: the cost of its complete days plus the forecast of the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeriodForecast {
    /// For people: `November 2026`, `next 90 days`.
    pub label: String,
    /// Its first day.
    pub first_day: Day,
    /// Its last day.
    pub last_day: Day,
    /// The cost of its complete days.
    pub actual: Amount,
    /// Actual cost plus forecast; null with too little history.
    pub total: Option<ForecastEnd>,
}

/// The forecast of a group, or of all cost in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostForecast {
    /// The group; null for the total of the currency.
    pub group: Option<CostGroup>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The last day with complete cost.
    pub as_of: Day,
    /// The periods, in the order of the columns.
    pub periods: Vec<PeriodForecast>,
}

/// A column: its label and its days.
type Column = (String, DayRange);

impl CostView {
    /// The cost of calendar periods by group, largest first, and the total of each currency last. The groups of a currency add up to
    /// its total, whatever the grouping.
    pub fn forecast(&self, until: ForecastUntil) -> Vec<CostForecast> {
        let groups = self.groups();
        let Some(as_of) = groups.values().map(|s| s.range.end.plus(-1)).max() else { return Vec::new() };
        let columns = self.columns(as_of, until);
        let mut out: Vec<CostForecast> = Vec::new();
        for ((scope, _), series) in &groups {
            let counts = |key: &SeriesKey| self.is_within(scope, key);
            out.push(self.forecast_group(series, Some(self.group(scope)), &columns, &counts));
        }
        let last = |f: &CostForecast| f.periods.last().and_then(|p| p.total).map(|total| total.mean);
        out.sort_by_key(|f| std::cmp::Reverse(last(f)));
        let totals = self.cube.sums(&[], Basis::Effective, |_| true);
        out.extend(totals.iter().map(|total| self.forecast_group(total, None, &columns, &|_| true)));
        out
    }

    /// The first day of the charges, where it is after the first day of a column: then that column lacks days.
    pub fn first_day(&self) -> Option<Day> {
        self.cube.coverage().iter().map(|c| c.first).min()
    }

    fn columns(&self, as_of: Day, until: ForecastUntil) -> Vec<Column> {
        let first = as_of.plus(1).month();
        let month = |month: BillingPeriod| (month_name(month), month.days());
        match until {
            ForecastUntil::Quarter => {
                let next = DayRange { start: as_of.plus(1), end: as_of.plus(1 + AHEAD) };
                let months = [first, first.next(), first.next().next()].map(month);
                months.into_iter().chain([(format!("next {AHEAD} days"), next)]).collect()
            }
            ForecastUntil::Day(last) => {
                let whole = DayRange { start: first.first_day(), end: last.plus(1).max(first.first_day()) };
                let mut out = months_within(whole);
                if out.len() > 1 {
                    out.push((format!("{} to {last}", whole.start), whole));
                }
                out
            }
            ForecastUntil::Year => {
                let calendar = BudgetCalendar::Months { months: 12, fiscal_start: self.fiscal_year_starts };
                let year = calendar.around(as_of.plus(1));
                let mut out = months_within(DayRange { start: first.first_day(), end: year.end });
                let label = match self.fiscal_year_starts {
                    1 => year.start.to_string()[..4].to_owned(),
                    _ => format!("year to {}", year.end.plus(-1)),
                };
                out.push((label, year));
                out
            }
        }
    }

    fn forecast_group(
        &self,
        series: &ScopeSeries,
        group: Option<CostGroup>,
        columns: &[Column],
        counts: &(dyn Fn(&SeriesKey) -> bool + Sync),
    ) -> CostForecast {
        let as_of = series.range.end.plus(-1);
        let until = columns.iter().map(|(_, days)| days.end).max().unwrap_or(series.range.end);
        let ahead = forecast_cost(&self.cube, Basis::Effective, series.currency, until, counts);
        let period = |(label, days): &Column| {
            let known = series.sums.range(days.start..days.end.min(as_of.plus(1)).max(days.start));
            let actual = known.fold(Amount::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
            let rest = DayRange { start: days.start.max(as_of.plus(1)), end: days.end };
            let total = match rest.is_empty() {
                true => Some(ForecastEnd { mean: actual, low: actual, high: actual }),
                false => ahead.as_ref().and_then(|ahead| ahead.total(rest, String::new())).map(|ahead| {
                    let plus = |amount: Amount| actual.saturating_add(amount);
                    ForecastEnd { mean: plus(ahead.mean), low: plus(ahead.low), high: plus(ahead.high) }
                }),
            };
            PeriodForecast { label: label.clone(), first_day: days.start, last_day: days.end.plus(-1), actual, total }
        };
        CostForecast { group, currency: series.currency, as_of, periods: columns.iter().map(period).collect() }
    }
}

/// The months of some days, the last one perhaps in part.
fn months_within(days: DayRange) -> Vec<Column> {
    let mut out = Vec::new();
    let mut month = days.start.month();
    while month.first_day() < days.end {
        let of_month = month.days();
        out.push(match of_month.end <= days.end {
            true => (month_name(month), of_month),
            false => {
                let label = format!("{} to {}", month_name(month), days.end.plus(-1));
                (label, DayRange { start: of_month.start, end: days.end })
            }
        });
        month = month.next();
    }
    out
}

/// `November 2026`.
fn month_name(month: BillingPeriod) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let name = usize::try_from(month.month()).ok().and_then(|m| NAMES.get(m.saturating_sub(1))).copied();
    format!("{} {}", name.unwrap_or_default(), month.year())
}
