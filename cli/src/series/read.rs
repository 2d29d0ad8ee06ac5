//! Reads files of series: the rows of a series are together, oldest first, so that a file may be larger than memory.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use tollgate_analysis::SamplingInterval;
use tollgate_model::Day;

use super::{Calendar, Series};

/// The most points that one series may have, gaps counted: ten years of five minutes.
const MOST_POINTS: i64 = 1_100_000;
/// Days after today from which a date is an error, in minutes: every series is extended to the last date of its file. Planned cost of
/// the next year is read.
const FAR_AHEAD: i64 = 366 * 1440;

/// A file of series that is being read.
pub(crate) struct SeriesFile {
    path: PathBuf,
    rows: csv::Reader<File>,
    columns: [usize; 3],
    record: csv::StringRecord,
    /// The row that begins the next series.
    pending: Option<Row>,
    seen: HashSet<u64>,
    /// The last point of the file, in minutes from 1970-01-01.
    last: i64,
    today: Day,
    /// Rows with the time of the row before; the last one counts.
    pub(crate) repeated: usize,
    /// Rows between two points of the interval; each counts for the nearest point.
    pub(crate) between: usize,
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
    /// The date as it is written.
    fn date(&self) -> String {
        self.calendar.write(self.minutes)
    }
}

impl SeriesFile {
    /// Opens a file and takes the interval between points from its first series. A date far after `today` is an error.
    pub(crate) fn open(path: &Path, today: Day) -> anyhow::Result<Self> {
        let (calendar, interval) = first_series(path)?;
        let last = last_point(path)?;
        if let Some(last) = &last {
            check_date(path, last, today)?;
        }
        let (rows, columns) = reader(path, ["series_id", "date", "cost"])?;
        let mut file = Self {
            path: path.to_owned(),
            rows,
            columns,
            record: csv::StringRecord::new(),
            pending: None,
            seen: HashSet::new(),
            last: last.map_or(i64::MIN, |row| row.minutes),
            today,
            repeated: 0,
            between: 0,
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
        let mut series =
            Series { id: first.id, start: first.minutes, values: vec![first.value], dates: HashMap::new() };
        let mut before = first.minutes;
        while let Some(row) = self.row()? {
            if row.id != series.id {
                self.pending = Some(row);
                break;
            }
            let position = || format!("{}:{}", self.path.display(), row.line);
            ensure!(
                row.minutes >= before,
                "{}: `{}` of series `{}` is before the row above it\nhint: sort the file by series_id and date",
                position(),
                row.date(),
                series.id
            );
            self.repeated += usize::from(row.minutes == before);
            before = row.minutes;
            let point = (row.minutes - series.start + step / 2).div_euclid(step);
            ensure!(
                point < MOST_POINTS,
                "{}: series `{}` has more than {MOST_POINTS} points\nhint: shorten it to the years of interest",
                position(),
                series.id
            );
            let point = usize::try_from(point).unwrap_or(0);
            if series.values.len() <= point {
                series.values.resize(point + 1, f64::NAN);
            }
            // Of two rows for one point the last one counts: it is the restated one.
            series.values[point] = row.value;
            let exact = (row.minutes - series.start) % step == 0 && row.calendar.seconds() == self.calendar.seconds();
            if !exact {
                self.between += 1;
                series.dates.insert(point, row.date());
            }
        }
        Ok(Some(series))
    }

    /// Appends missing points to a series whose rows end before those of the file: its cost may have ended.
    pub(crate) fn extend_to_end(&self, series: &mut Series) {
        let points = self.last.saturating_sub(series.start).div_euclid(i64::from(self.interval.minutes())) + 1;
        let points = usize::try_from(points.min(MOST_POINTS)).unwrap_or(0);
        if series.values.len() < points {
            series.values.resize(points, f64::NAN);
        }
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
        let row = Row { id: text(0).to_owned(), calendar, minutes, value: number(&self.path, line, text(2))?, line };
        check_date(&self.path, &row, self.today)?;
        Ok(Some(row))
    }
}

/// The calendar and the interval of a file's first series with two points or more.
fn first_series(path: &Path) -> anyhow::Result<(Calendar, SamplingInterval)> {
    let (mut rows, columns) = reader(path, ["series_id", "date", "cost"])?;
    let mut calendar = None;
    let mut last: Option<(String, i64)> = None;
    let mut distances: Vec<i64> = Vec::new();
    for record in rows.records() {
        let record = record.with_context(|| format!("{}: cannot be read", path.display()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let (id, text) = (record.get(columns[0]).unwrap_or_default(), record.get(columns[1]).unwrap_or_default());
        let (written, minutes) = date(path, line, text)?;
        calendar.get_or_insert(written);
        match &last {
            Some((before, at)) if before == id => distances.extend(Some(minutes - at).filter(|d| *d > 0)),
            Some(_) if !distances.is_empty() => break,
            _ => {}
        }
        last = Some((id.to_owned(), minutes));
    }
    let Some(calendar) = calendar else {
        bail!("{}: has no rows\nhint: the columns are series_id,date,cost", path.display())
    };
    Ok((calendar, interval_of(distances)))
}

/// The interval of a series by the distances between its rows: the least one if all are multiples of it, as where rows are missing.
/// Where rows are uneven it is the most frequent one, one that is nearly as long as most, or the longest regular one that is no
/// longer than most distances.
fn interval_of(mut distances: Vec<i64>) -> SamplingInterval {
    let regular = |minutes: i64| u32::try_from(minutes).ok().and_then(SamplingInterval::from_minutes);
    distances.sort_unstable();
    let Some(least) = distances.first().copied() else { return SamplingInterval::DAILY };
    if let Some(interval) = regular(least).filter(|_| distances.iter().all(|d| d % least == 0)) {
        return interval;
    }
    let runs = distances.chunk_by(|a, b| a == b);
    let most = runs.max_by_key(|run| run.len()).filter(|run| 2 * run.len() > distances.len());
    if let Some(interval) = most.and_then(|run| regular(run[0])) {
        return interval;
    }
    let middle = distances[distances.len() / 2];
    if let Some(interval) = regular(least).filter(|_| 2 * least >= middle) {
        return interval;
    }
    let day = i64::from(SamplingInterval::DAILY.minutes());
    let longest = if middle >= day { Some(SamplingInterval::DAILY) } else { (1..=middle).rev().find_map(regular) };
    longest.unwrap_or(SamplingInterval::DAILY)
}

/// The row with the last point of a file, without its value. Dates of one format are compared as text: this is the first of two
/// passes over all rows.
fn last_point(path: &Path) -> anyhow::Result<Option<Row>> {
    let (mut rows, columns) = reader(path, ["series_id", "date", "cost"])?;
    let mut record = csv::ByteRecord::new();
    let (mut last, mut id, mut line): (Vec<u8>, Vec<u8>, u64) = (Vec::new(), Vec::new(), 0);
    // A row that cannot be read is reported by the second pass, with its line.
    while let Ok(true) = rows.read_byte_record(&mut record) {
        if let Some(text) = record.get(columns[1]).filter(|text| *text > last.as_slice()) {
            last.clear();
            last.extend_from_slice(text);
            id.clear();
            id.extend_from_slice(record.get(columns[0]).unwrap_or_default());
            line = record.position().map_or(0, csv::Position::line);
        }
    }
    let read = std::str::from_utf8(&last).ok().and_then(Calendar::read);
    let row = |(calendar, minutes)| Row {
        id: String::from_utf8_lossy(&id).into_owned(),
        calendar,
        minutes,
        value: f64::NAN,
        line,
    };
    Ok(read.map(row))
}

/// Refuses a date far after today: a wrong digit in one year would extend every series by thousands of points.
fn check_date(path: &Path, row: &Row, today: Day) -> anyhow::Result<()> {
    ensure!(
        row.minutes <= i64::from(today.epoch_days()) * 1440 + FAR_AHEAD,
        "{}:{}: `{}` of series `{}` is more than a year after today, {today}\nhint: correct the date, or remove the row",
        path.display(),
        row.line,
        row.date(),
        row.id
    );
    Ok(())
}

/// An interval for people.
pub(crate) fn interval_text(minutes: u32) -> String {
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
