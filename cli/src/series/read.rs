//! Reads files of series: the rows of a series are together, oldest first, so that a file may be larger than memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use tollgate_analysis::SamplingInterval;

use super::{Calendar, Series};

/// The most points that one series may have, gaps counted: ten years of five minutes.
const MOST_POINTS: i64 = 1_100_000;

/// A file of series that is being read.
pub(crate) struct SeriesFile {
    path: PathBuf,
    rows: csv::Reader<File>,
    columns: [usize; 3],
    record: csv::StringRecord,
    /// The row that begins the next series.
    pending: Option<Row>,
    seen: HashSet<u64>,
    pub(crate) calendar: Calendar,
    pub(crate) interval: SamplingInterval,
}

struct Row {
    id: String,
    calendar: Calendar,
    minutes: i64,
    value: f64,
    line: u64,
}

impl Row {
    /// The date in the format of the file.
    fn date(&self) -> String {
        self.calendar.write(self.minutes)
    }
}

impl SeriesFile {
    /// Opens a file and takes the interval between points from its first series.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let (calendar, interval) = first_series(path)?;
        let (rows, columns) = reader(path, ["series_id", "date", "cost"])?;
        let mut file = Self {
            path: path.to_owned(),
            rows,
            columns,
            record: csv::StringRecord::new(),
            pending: None,
            seen: HashSet::new(),
            calendar,
            interval,
        };
        file.pending = file.row()?;
        Ok(file)
    }

    /// The next series, at most `count`; empty at the end.
    pub(crate) fn batch(&mut self, count: usize) -> anyhow::Result<Vec<Series>> {
        let mut out = Vec::new();
        while out.len() < count {
            let Some(series) = self.series()? else { break };
            out.push(series);
        }
        Ok(out)
    }

    fn series(&mut self) -> anyhow::Result<Option<Series>> {
        let Some(first) = self.pending.take() else { return Ok(None) };
        let known = xxhash_rust::xxh3::xxh3_64(first.id.as_bytes());
        ensure!(
            self.seen.insert(known),
            "{}:{}: series `{}` appears again after another series\nhint: sort the file by series_id and date, so that the rows of a series are together",
            self.path.display(),
            first.line,
            first.id
        );
        let step = i64::from(self.interval.minutes());
        let mut series = Series { id: first.id, start: first.minutes, values: vec![first.value] };
        while let Some(row) = self.row()? {
            if row.id != series.id {
                self.pending = Some(row);
                break;
            }
            let at = row.minutes - series.start;
            let next = i64::try_from(series.values.len()).unwrap_or(i64::MAX);
            let position = format!("{}:{}", self.path.display(), row.line);
            ensure!(
                at % step == 0 && row.calendar.seconds() == self.calendar.seconds(),
                "{position}: `{}` is not {}, or a multiple, after the points before\nhint: the interval between the points of a series must be constant",
                row.date(),
                interval_text(self.interval.minutes())
            );
            ensure!(
                at / step >= next,
                "{position}: `{}` of series `{}` is not after the row before\nhint: sort the file by series_id and date, one row a point",
                row.date(),
                series.id
            );
            ensure!(
                at / step < MOST_POINTS,
                "{position}: series `{}` has more than {MOST_POINTS} points\nhint: shorten it to the years of interest",
                series.id
            );
            series.values.extend((next..at / step).map(|_| f64::NAN));
            series.values.push(row.value);
        }
        Ok(Some(series))
    }

    fn row(&mut self) -> anyhow::Result<Option<Row>> {
        if !self
            .rows
            .read_record(&mut self.record)
            .with_context(|| format!("{}: cannot be read", self.path.display()))?
        {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let text = |i: usize| self.record.get(self.columns[i]).unwrap_or_default();
        let (calendar, minutes) = date(&self.path, line, text(1))?;
        Ok(Some(Row { id: text(0).to_owned(), calendar, minutes, value: number(&self.path, line, text(2))?, line }))
    }
}

/// The calendar and the interval of a file's first series with two points or more.
fn first_series(path: &Path) -> anyhow::Result<(Calendar, SamplingInterval)> {
    let (mut rows, columns) = reader(path, ["series_id", "date", "cost"])?;
    let mut calendar = None;
    let mut last: Option<(String, i64)> = None;
    let mut least = i64::MAX;
    for record in rows.records() {
        let record = record.with_context(|| format!("{}: cannot be read", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (id, text) = (record.get(columns[0]).unwrap_or_default(), record.get(columns[1]).unwrap_or_default());
        let (written, minutes) = date(path, line, text)?;
        calendar.get_or_insert(written);
        match &last {
            Some((before, at)) if before == id => least = least.min((minutes - at).abs().max(1)),
            Some(_) if least < i64::MAX => break,
            _ => {}
        }
        last = Some((id.to_owned(), minutes));
    }
    let Some(calendar) = calendar else {
        bail!("{}: has no rows\nhint: the columns are series_id,date,cost", path.display())
    };
    let interval = if least == i64::MAX {
        Some(SamplingInterval::DAILY)
    } else {
        u32::try_from(least).ok().and_then(SamplingInterval::from_minutes)
    };
    let interval = interval.with_context(|| {
        format!(
            "{}: the interval of {} does not divide a day\nhint: 5, 15 or 60 minutes, days and weeks do",
            path.display(),
            interval_text(u32::try_from(least).unwrap_or(u32::MAX))
        )
    })?;
    Ok((calendar, interval))
}

/// An interval for people.
fn interval_text(minutes: u32) -> String {
    match minutes {
        1440 => "1 day".to_owned(),
        _ if minutes.is_multiple_of(1440) => format!("{} days", minutes / 1440),
        1 => "1 minute".to_owned(),
        _ => format!("{minutes} minutes"),
    }
}

fn reader<const N: usize>(path: &Path, names: [&str; N]) -> anyhow::Result<(csv::Reader<File>, [usize; N])> {
    let mut rows =
        csv::ReaderBuilder::new().from_path(path).with_context(|| format!("{}: cannot be opened", path.display()))?;
    let headers = rows.headers().with_context(|| format!("{}: cannot be read", path.display()))?.clone();
    let mut columns = [0; N];
    for (column, name) in columns.iter_mut().zip(names) {
        *column = headers.iter().position(|h| h.trim_start_matches('\u{feff}') == name).with_context(|| {
            format!("{}:1: there is no column `{name}`\nhint: the columns are {}", path.display(), names.join(","))
        })?;
    }
    Ok((rows, columns))
}

fn date(path: &Path, line: u64, text: &str) -> anyhow::Result<(Calendar, i64)> {
    Calendar::read(text).with_context(|| {
        format!(
            "{}:{line}: `{text}` is not a date\nhint: write 2026-11-21, or 2026-11-21T13:05:00Z for points within a day",
            path.display()
        )
    })
}

/// A value; an empty cell is a gap.
fn number(path: &Path, line: u64, text: &str) -> anyhow::Result<f64> {
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    let value = text.parse::<f64>().ok().filter(|v| v.is_finite());
    value.with_context(|| {
        format!(
            "{}:{line}: `{text}` is not a number\nhint: write a plain number, or leave the cell empty for a gap",
            path.display()
        )
    })
}

/// Purchases and credits that an export identifies: they are subtracted before detection.
#[derive(Default)]
pub(crate) struct KnownCharges {
    by_series: HashMap<String, Vec<(i64, f64, bool)>>,
}

impl KnownCharges {
    /// Reads `series_id,date,amount` and ignores other columns.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let (mut rows, columns) = reader(path, ["series_id", "date", "amount"])?;
        let mut out = Self::default();
        for record in rows.records() {
            let record = record.with_context(|| format!("{}: cannot be read", path.display()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let text = |i: usize| record.get(columns[i]).unwrap_or_default();
            let (calendar, minutes) = date(path, line, text(1))?;
            let amount = number(path, line, text(2))?;
            ensure!(!amount.is_nan(), "{}:{line}: a known charge needs an amount", path.display());
            let whole_day = calendar.style == super::Style::Day;
            out.by_series.entry(text(0).to_owned()).or_default().push((minutes, amount, whole_day));
        }
        Ok(out)
    }

    /// Subtracts the known charges from a series. An amount of a whole day is distributed over its points by their shares.
    pub(crate) fn subtract(&self, series: &mut Series, interval: SamplingInterval) {
        for (minutes, amount, whole_day) in self.by_series.get(&series.id).into_iter().flatten() {
            let step = i64::from(interval.minutes());
            let Ok(first) = usize::try_from((minutes - series.start).div_euclid(step)) else { continue };
            let count = if *whole_day { interval.points_per_day() } else { 1 };
            let end = (first + count).min(series.values.len());
            let Some(points) = series.values.get_mut(first..end) else { continue };
            let total: f64 = points.iter().filter(|v| v.is_finite()).sum();
            for value in points {
                let share = if total == 0.0 || count == 1 { 1.0 } else { *value / total };
                *value -= amount * share;
            }
        }
    }
}
