//! All series of all sources on one calendar, and the coverage of each source.

use std::collections::BTreeMap;

use tollgate_model::series::{DayCost, Facet, Scope, SeriesMonth};
use tollgate_model::{Amount, Basis, ChargeKind, Currency, Day, DayRange, SeriesKey, SourceId};

use crate::forecast::ForecastCache;
use crate::stats::median;

/// The series of one source over all its billing periods.
#[derive(Clone, Debug)]
pub struct SourceSeries {
    /// The feed.
    pub source: SourceId,
    /// Its series in any order. A series appears once for each billing period.
    pub months: Vec<SeriesMonth>,
    /// Days at the end that are not complete yet.
    pub provisional_days: u32,
    /// The last day with charges of one day, where charges that cover many days reach further: they do not make a day complete.
    pub last_day: Option<Day>,
}

/// The days that a source covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceCoverage {
    /// The feed.
    pub source: SourceId,
    /// The first day that has charges.
    pub first: Day,
    /// The last day that has charges.
    pub last: Day,
    /// The last day that is complete.
    pub watermark: Day,
    /// Days before the provisional ones that seem to lack most of their charges.
    pub late: Vec<Day>,
}

struct Entry {
    source: usize,
    key: SeriesKey,
    days: BTreeMap<Day, DayCost>,
}

/// All series on one calendar.
pub struct CostCube {
    entries: Vec<Entry>,
    coverage: Vec<SourceCoverage>,
    /// Every budget and every table reads the same forecasts, and they take long to compute.
    pub(crate) forecasts: ForecastCache,
}

/// If the newest day of a source has less than this share of its weekday's usual total, its charges are late.
const LATE_SHARE: f64 = 0.5;

impl CostCube {
    /// Merges the series of all sources.
    pub fn new(sources: Vec<SourceSeries>) -> Self {
        let mut entries = Vec::new();
        let mut coverage = Vec::new();
        for SourceSeries { source, months, provisional_days, last_day } in sources {
            let mut merged: BTreeMap<SeriesKey, BTreeMap<Day, DayCost>> = BTreeMap::new();
            for SeriesMonth { key, days } in months {
                let all = merged.entry(key).or_default();
                for (day, cost) in days {
                    let sum = all.entry(day).or_default();
                    sum.billed = sum.billed.saturating_add(cost.billed);
                    sum.effective = sum.effective.saturating_add(cost.effective);
                }
            }
            let Some(found) = source_coverage(source, merged.iter(), provisional_days, last_day) else { continue };
            let number = coverage.len();
            coverage.push(found);
            entries.extend(merged.into_iter().map(|(key, days)| Entry { source: number, key, days }));
        }
        Self { entries, coverage, forecasts: ForecastCache::default() }
    }

    /// The coverage of each source.
    pub fn coverage(&self) -> &[SourceCoverage] {
        &self.coverage
    }

    /// The latest complete day of any source; `None` without charges.
    pub fn watermark(&self) -> Option<Day> {
        self.coverage.iter().map(|c| c.watermark).max()
    }

    /// The keys of all series.
    pub fn keys(&self) -> impl Iterator<Item = &SeriesKey> {
        self.entries.iter().map(|e| &e.key)
    }

    /// Daily sums by scope and currency over the series for which `counts` holds, on a basis. Each runs from the first day of its
    /// sources to the last complete day. A day without charges in that range is zero: the series exists and cost nothing.
    pub fn sums(&self, facets: &[Facet], basis: Basis, counts: impl Fn(&SeriesKey) -> bool) -> Vec<ScopeSeries> {
        let found = self.sums_by(basis, |key| counts(key).then(|| (Scope::of(key, facets), key.currency)));
        found.into_iter().map(|((scope, _), series)| ScopeSeries { scope, ..series }).collect()
    }

    /// Daily sums like those of [`CostCube::sums`], by any part of a key. A part has one currency; a key without a part counts
    /// nowhere.
    pub fn sums_by<K: Ord>(&self, basis: Basis, part: impl Fn(&SeriesKey) -> Option<K>) -> BTreeMap<K, ScopeSeries> {
        let mut found: BTreeMap<K, ScopeSeries> = BTreeMap::new();
        for entry in &self.entries {
            let Some(part) = part(&entry.key) else { continue };
            let covered = &self.coverage[entry.source];
            let range = DayRange { start: covered.first, end: covered.watermark.plus(1) };
            let series = found.entry(part).or_insert_with(|| ScopeSeries {
                scope: Scope::default(),
                currency: entry.key.currency,
                range,
                sums: BTreeMap::new(),
                leaves: 0,
                common: entry.key.clone(),
            });
            series.common.keep_common(&entry.key);
            // If sources differ, the part is complete up to the last day that all of them cover.
            series.range.start = series.range.start.min(range.start);
            series.range.end = series.range.end.min(range.end);
            series.leaves += 1;
            for (day, cost) in &entry.days {
                let sum = series.sums.entry(*day).or_default();
                *sum = sum.saturating_add(cost.on(basis));
            }
        }
        found
    }

    /// The exact sum over days, by currency, of the series for which `counts` holds. Incomplete days count with what is known.
    pub fn total(
        &self,
        days: DayRange,
        basis: Basis,
        counts: impl Fn(&SeriesKey) -> bool,
    ) -> BTreeMap<Currency, Amount> {
        let mut out: BTreeMap<Currency, Amount> = BTreeMap::new();
        for entry in self.entries.iter().filter(|e| counts(&e.key)) {
            for (_, cost) in entry.days.range(days.start..days.end) {
                let sum = out.entry(entry.key.currency).or_default();
                *sum = sum.saturating_add(cost.on(basis));
            }
        }
        out
    }
}

/// Whether a key is usage, which trends are computed from.
pub(crate) fn is_usage(key: &SeriesKey) -> bool {
    key.kind == ChargeKind::Usage
}

/// Whether a key has a cost a day, used, unused or spread: forecasts extrapolate it.
pub(crate) fn is_daily(key: &SeriesKey) -> bool {
    matches!(key.kind, ChargeKind::Usage | ChargeKind::Unused | ChargeKind::Periodic)
}

/// One scope's daily sums.
#[derive(Clone, Debug)]
pub struct ScopeSeries {
    /// The scope of the sum.
    pub scope: Scope,
    /// The currency.
    pub currency: Currency,
    /// From the first day of its sources to the last complete one.
    pub range: DayRange,
    /// Exact sums of the days that have charges.
    pub sums: BTreeMap<Day, Amount>,
    /// The number of series summed.
    pub leaves: usize,
    /// The facets and dimensions that all summed series share.
    pub common: SeriesKey,
}

impl ScopeSeries {
    /// One value for each day of the range.
    pub(crate) fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; usize::try_from(self.range.len()).unwrap_or(0)];
        if self.range.start < self.range.end {
            for (day, sum) in self.sums.range(self.range.start..self.range.end) {
                let at = usize::try_from(*day - self.range.start).ok();
                if let Some(value) = at.and_then(|at| values.get_mut(at)) {
                    *value = sum.to_f64();
                }
            }
        }
        values
    }
}

/// The days that a source covers; `None` without charges.
pub fn coverage_of(source: &SourceSeries) -> Option<SourceCoverage> {
    let series = source.months.iter().map(|month| (&month.key, &month.days));
    source_coverage(source.source.clone(), series, source.provisional_days, source.last_day)
}

fn source_coverage<'a>(
    source: SourceId,
    series: impl Iterator<Item = (&'a SeriesKey, &'a BTreeMap<Day, DayCost>)> + Clone,
    provisional_days: u32,
    last_day: Option<Day>,
) -> Option<SourceCoverage> {
    let mut totals: BTreeMap<Day, Amount> = BTreeMap::new();
    for days in series.clone().filter(|(key, _)| is_usage(key)).map(|(_, days)| days) {
        for (day, cost) in days {
            let sum = totals.entry(*day).or_default();
            *sum = sum.saturating_add(cost.effective);
        }
    }
    let any_day = || series.clone().flat_map(|(_, days)| days.keys().copied());
    let first = totals.keys().next().copied().or_else(|| any_day().min())?;
    let last = totals.keys().next_back().copied().or_else(|| any_day().max())?;
    let last = last_day.map_or(last, |day| last.min(day)).max(first);
    let mut watermark = last.plus(-i32::try_from(provisional_days).unwrap_or(0));
    let mut late = Vec::new();
    // A source with less than half of its weekday's usual total has not delivered all charges yet.
    while watermark > first {
        let days = (1..=4).filter_map(|week| totals.get(&watermark.plus(-7 * week)));
        let usual: Vec<f64> = days.map(|total| total.to_f64()).collect();
        let usual = median(&usual);
        let delivered = totals.get(&watermark).map_or(0.0, |total| total.to_f64());
        if usual <= 0.0 || delivered >= LATE_SHARE * usual || late.len() == 3 {
            break;
        }
        late.push(watermark);
        watermark = watermark.plus(-1);
    }
    late.reverse();
    if late.len() == 3 {
        // Three such days are not a delay: the cost fell.
        watermark = watermark.plus(3);
        late.clear();
    }
    Some(SourceCoverage { source, first, last, watermark: watermark.max(first), late })
}
