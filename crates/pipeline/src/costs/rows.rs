//! Rows: cells as the answer to a query, largest first, with the groups beyond the listed ones as a row.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tollgate_model::period::format_second;
use tollgate_model::query::{
    AnswerPeriod, AnswerSource, CostAnswer, CostOrder, CostRow, CostTotal, Granularity, GroupValue, TimeBucket,
    UNKNOWN_HOUR,
};
use tollgate_model::{Amount, Currency, Day, DayRange};

use super::cells::{Cells, Group, Window, WindowName, amount, without_hour};
use super::conversion::Part;
use super::plan::CostPlan;
use crate::PipelineError;

/// The buckets of an answer.
struct Buckets {
    /// The first second of each; none for the whole period.
    starts: Vec<i64>,
    /// The first day of the period, and the number of its days, where buckets are hours and some charges cover more than an hour.
    days_without_hours: Option<(Day, usize)>,
}

/// The sum of a bucket, and whether it has a charge.
#[derive(Clone, Copy, Debug, Default)]
struct BucketSum {
    units: i128,
    is_charged: bool,
}

impl BucketSum {
    fn add(&mut self, units: i128, is_charged: bool) {
        self.units = self.units.saturating_add(units);
        self.is_charged |= is_charged;
    }
}

/// Sums of a group, or of all groups of a currency.
#[derive(Clone, Debug)]
struct Sums {
    now: i128,
    before: i128,
    buckets: Vec<BucketSum>,
    /// By day, the charges that cover more than an hour, where buckets are hours.
    without_hour: Vec<BucketSum>,
}

impl Sums {
    fn new(buckets: &Buckets) -> Self {
        let days = buckets.days_without_hours.map_or(0, |(_, days)| days);
        let sums = |count| vec![BucketSum::default(); count];
        Self { now: 0, before: 0, buckets: sums(buckets.starts.len()), without_hour: sums(days) }
    }

    /// The cost of each bucket. That of an hour without a charge of its own is unknown on a day with charges that cover more than an
    /// hour: these are the last bucket.
    fn amounts(&self) -> Result<Vec<Option<Amount>>, PipelineError> {
        let is_known = |number: usize, sum: &BucketSum| {
            let day = self.without_hour.get(number / HOURS);
            sum.is_charged || !day.is_some_and(|day| day.is_charged)
        };
        let numbered = self.buckets.iter().enumerate();
        let hours = numbered.map(|(number, sum)| is_known(number, sum).then(|| amount(sum.units)).transpose());
        let unknown = self.without_hour.iter().fold(0i128, |sum, day| sum.saturating_add(day.units));
        let last = (!self.without_hour.is_empty()).then(|| amount(unknown).map(Some));
        hours.chain(last).collect()
    }

    fn add(&mut self, other: &Self) {
        // The units of all charges together are far from the end of an i128; a total out of range is an error when it becomes an amount.
        self.now = self.now.saturating_add(other.now);
        self.before = self.before.saturating_add(other.before);
        let pairs = self.buckets.iter_mut().zip(&other.buckets);
        for (sum, more) in pairs.chain(self.without_hour.iter_mut().zip(&other.without_hour)) {
            sum.add(more.units, more.is_charged);
        }
    }
}

/// Hours of a day.
const HOURS: usize = 24;

/// The answer of a plan.
pub(super) fn answer(plan: &CostPlan, cells: Cells, source: AnswerSource) -> Result<CostAnswer, PipelineError> {
    let (parts, conversion) = plan.convert(&cells)?;
    let buckets = plan.buckets(&parts);
    let groups = by_group(&parts, &buckets);
    let mut by_currency: BTreeMap<Currency, Vec<(Group, Sums)>> = BTreeMap::new();
    for ((currency, group), sums) in groups {
        by_currency.entry(currency).or_default().push((group, sums));
    }
    let mut blocks: Vec<(CostTotal, Vec<CostRow>)> = Vec::new();
    for (currency, groups) in by_currency {
        blocks.push(plan.currency_rows(currency, groups, &buckets)?);
    }
    blocks.sort_by_key(|(total, _)| Reverse(total.amount));
    let (totals, rows): (Vec<CostTotal>, Vec<Vec<CostRow>>) = blocks.into_iter().unzip();
    Ok(CostAnswer {
        query: plan.query.clone(),
        source,
        period: plan.answer_period(&plan.now, plan.query.period.to_string()),
        compared_with: plan.before.as_ref().map(|window| {
            let name = plan.query.compare.as_ref().map_or(String::new(), ToString::to_string);
            plan.answer_period(window, name)
        }),
        buckets: plan.time_buckets(&buckets),
        rows: rows.into_iter().flatten().collect(),
        totals,
        left_out: cells.left_out,
        conversion,
    })
}

/// The sums of each group.
fn by_group(parts: &[Part], buckets: &Buckets) -> BTreeMap<(Currency, Group), Sums> {
    let mut groups: BTreeMap<(Currency, Group), Sums> = BTreeMap::new();
    for part in parts {
        let sums = groups.entry((part.currency, part.group.clone())).or_insert_with(|| Sums::new(buckets));
        match part.window {
            WindowName::Before => sums.before = sums.before.saturating_add(part.units),
            WindowName::Now => {
                sums.now = sums.now.saturating_add(part.units);
                let sum = match buckets.starts.binary_search(&part.bucket) {
                    Ok(number) => sums.buckets.get_mut(number),
                    Err(_) => buckets.day_without_hour(part.bucket).and_then(|day| sums.without_hour.get_mut(day)),
                };
                if let Some(sum) = sum {
                    sum.add(part.units, true);
                }
            }
        }
    }
    groups
}

impl Buckets {
    /// The number of the day of charges that cover more than an hour.
    fn day_without_hour(&self, bucket: i64) -> Option<usize> {
        let (first, _) = self.days_without_hours?;
        let day = Day::of_second(bucket);
        (bucket == without_hour(day)).then(|| usize::try_from(day - first).ok()).flatten()
    }
}

impl CostPlan {
    fn buckets(&self, parts: &[Part]) -> Buckets {
        let starts = match self.query.granularity {
            Granularity::Total => Vec::new(),
            Granularity::Hour => {
                let (start, end) = (self.now.days.start.first_second(), self.now.days.end.first_second());
                (start..end).step_by(3600).collect()
            }
            _ => self.now.buckets(),
        };
        let is_without_hour =
            |part: &Part| part.window == WindowName::Now && part.bucket == without_hour(Day::of_second(part.bucket));
        let some = self.query.granularity == Granularity::Hour && parts.iter().any(is_without_hour);
        let days = usize::try_from(self.now.days.len()).unwrap_or(0);
        Buckets { starts, days_without_hours: some.then_some((self.now.days.start, days)) }
    }

    fn time_buckets(&self, buckets: &Buckets) -> Vec<TimeBucket> {
        let DayRange { start, end } = self.now.days;
        let unknown = TimeBucket { name: UNKNOWN_HOUR.to_owned(), first_day: start, last_day: end.plus(-1) };
        let last = buckets.days_without_hours.map(|_| unknown);
        buckets.starts.iter().map(|start| self.time_bucket(*start)).chain(last).collect()
    }

    fn time_bucket(&self, start: i64) -> TimeBucket {
        let first = Day::of_second(start);
        let (granularity, fiscal_start) = (self.query.granularity, self.calendar.fiscal_start);
        let days = granularity.bucket(first, fiscal_start).unwrap_or(DayRange { start: first, end: first.plus(1) });
        TimeBucket {
            name: match granularity {
                Granularity::Hour => format_second(start),
                _ => granularity.bucket_name(days.start, fiscal_start),
            },
            first_day: days.start.max(self.now.days.start),
            last_day: days.end.min(self.now.days.end).plus(-1),
        }
    }

    pub(super) fn answer_period(&self, window: &Window, name: String) -> AnswerPeriod {
        let DayRange { start, end } = window.days;
        let (first, newest) = (self.calendar.first, self.calendar.newest);
        AnswerPeriod {
            name,
            first_day: start,
            last_day: end.plus(-1),
            days: u32::try_from(window.days.len()).unwrap_or(0),
            complete_through: (newest < end.plus(-1)).then_some(newest),
            charges_since: (first > start).then_some(first),
        }
    }

    /// The total of a currency and its rows.
    fn currency_rows(
        &self,
        currency: Currency,
        mut groups: Vec<(Group, Sums)>,
        buckets: &Buckets,
    ) -> Result<(CostTotal, Vec<CostRow>), PipelineError> {
        let mut total = Sums::new(buckets);
        groups.iter().for_each(|(_, sums)| total.add(sums));
        let change = |sums: &Sums| sums.now.saturating_sub(sums.before).saturating_abs();
        match (self.query.order, self.before.is_some()) {
            (CostOrder::Name, _) => groups.sort_by(|(a, _), (b, _)| a.cmp(b)),
            (CostOrder::Change, true) => groups.sort_by_key(|(_, sums)| Reverse(change(sums))),
            (CostOrder::Amount | CostOrder::Change, _) => {
                groups.sort_by_key(|(_, sums)| (Reverse(sums.now), Reverse(sums.before)))
            }
        }
        let count = groups.len();
        let listed = self.query.top.map_or(count, |top| usize::try_from(top).unwrap_or(usize::MAX)).min(count);
        let others = groups.split_off(listed);
        let mut rows = Vec::with_capacity(groups.len() + 1);
        for (group, sums) in groups {
            rows.push(self.row(self.group_values(group), None, currency, &sums)?);
        }
        if !others.is_empty() {
            let mut sums = Sums::new(buckets);
            others.iter().for_each(|(_, other)| sums.add(other));
            rows.push(self.row(Vec::new(), Some(u32::try_from(others.len()).unwrap_or(u32::MAX)), currency, &sums)?);
        }
        let CostRow { amount, before, change, buckets, .. } = self.row(Vec::new(), None, currency, &total)?;
        let groups = u32::try_from(count).unwrap_or(u32::MAX);
        Ok((CostTotal { currency, amount, before, change, buckets, groups }, rows))
    }

    fn row(
        &self,
        group: Vec<GroupValue>,
        other: Option<u32>,
        currency: Currency,
        sums: &Sums,
    ) -> Result<CostRow, PipelineError> {
        let before = match &self.before {
            // Before the first charge of the store, cost is unknown, not zero.
            Some(window) if window.days.end <= self.calendar.first => None,
            Some(_) => Some(amount(sums.before)?),
            None => None,
        };
        let now = amount(sums.now)?;
        Ok(CostRow {
            group,
            other,
            currency,
            amount: now,
            before,
            change: before.and_then(|before| now.checked_sub(before)),
            buckets: sums.amounts()?,
        })
    }

    pub(super) fn group_values(&self, group: Group) -> Vec<GroupValue> {
        let values = self.query.group_by.iter().zip(group);
        values
            .map(|(field, value)| {
                let name = self.name_of(field, value.as_deref()).map(str::to_owned);
                GroupValue { field: field.clone(), value, name }
            })
            .collect()
    }
}
