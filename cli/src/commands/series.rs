//! `tollgate series`: detector and forecaster on files of any regular series, without a store.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use tollgate_analysis::{
    CalendarPosition, PointFeedback, PointJudgement, SamplingInterval, SeriesBaseline, SeriesDetector, Tuning, parallel,
};
use tollgate_methods::Detector;
use tollgate_model::text::counted;
use tollgate_model::{Clock, Day};

use crate::args::{Args, DetectSeries, ForecastSeries, Format, SensitivityArg, SeriesInput};
use crate::exit::Exit;
use crate::output::{json, print_note};
use crate::print_line;
use crate::series::{Calendar, KnownCharges, Series, SeriesFile, interval_text, methods};
use crate::setup::SystemClock;

/// Series in memory at a time: bounds memory for files of any size.
const BATCH: usize = 4096;
/// Days at the end of daily and hourly cost that providers still restate.
const PROVISIONAL_DAYS: usize = 3;

/// An input file and its known charges.
struct Input {
    file: SeriesFile,
    known: KnownCharges,
    provisional: usize,
    threads: usize,
}

impl Input {
    fn open(input: &SeriesInput) -> anyhow::Result<Self> {
        let file = SeriesFile::open(&input.costs, Day::of(SystemClock.now()))?;
        let known = input.known.as_deref().map(KnownCharges::read).transpose()?.unwrap_or_default();
        let minutes = file.interval.minutes();
        let usual = if minutes == SamplingInterval::DAILY.minutes() || minutes == SamplingInterval::HOURLY.minutes() {
            PROVISIONAL_DAYS
        } else {
            0
        };
        let provisional = input.provisional.map_or(usual, usize::from) * file.interval.points_per_day();
        Ok(Self { file, known, provisional, threads: std::thread::available_parallelism().map_or(2, usize::from) })
    }

    fn batch(&mut self) -> anyhow::Result<Vec<Series>> {
        let mut batch = self.file.batch(BATCH)?;
        for series in &mut batch {
            self.known.subtract(series, self.file.interval);
        }
        Ok(batch)
    }
}

/// The positions of a batch's points: computed once where series share their calendar, as they nearly always do.
struct Positions {
    start: i64,
    positions: Vec<CalendarPosition>,
}

impl Positions {
    fn of(batch: &[Series], interval: SamplingInterval, more: usize) -> Self {
        let start = batch.first().map_or(0, |s| s.start);
        let count = batch.iter().filter(|s| s.start == start).map(|s| s.values.len()).max().unwrap_or(0) + more;
        Self { start, positions: positions(interval, start, count) }
    }

    fn get(
        &self,
        series: &Series,
        interval: SamplingInterval,
        more: usize,
    ) -> std::borrow::Cow<'_, [CalendarPosition]> {
        let count = series.values.len() + more;
        match self.positions.get(..count) {
            Some(shared) if series.start == self.start => shared.into(),
            _ => positions(interval, series.start, count).into(),
        }
    }
}

fn positions(interval: SamplingInterval, start: i64, count: usize) -> Vec<CalendarPosition> {
    let step = i64::from(interval.minutes());
    (0..count).map(|i| interval.position_at(start + step * i64::try_from(i).unwrap_or(0))).collect()
}

pub(crate) fn detect(args: &Args, what: &DetectSeries) -> anyhow::Result<Exit> {
    let other = methods::detector(what.method)?;
    let mut input = Input::open(&what.input)?;
    let interval = input.file.interval;
    let tuning = match what.sensitivity {
        SensitivityArg::Low => Tuning::LOW,
        SensitivityArg::Normal => Tuning::NORMAL,
        SensitivityArg::High => Tuning::HIGH,
    };
    let detector = SeriesDetector::new(interval, tuning);
    let detector = if what.all_scores { detector.with_every_score() } else { detector };
    let mut out = create_output(&what.out, &what.input)?;
    writeln!(out, "series_id,date,score,alert,actual,expected,low,high,pattern")?;
    let (mut count, mut alerts, mut alerting, mut unfit) = (0usize, 0usize, 0usize, 0usize);
    loop {
        let mut batch = input.batch()?;
        if batch.is_empty() {
            break;
        }
        batch.iter_mut().for_each(|series| input.file.extend_to_end(series));
        let shared = Positions::of(&batch, interval, 0);
        let provisional = input.provisional;
        let judged = parallel::map(&batch, input.threads, |series| {
            let judgements = match &other {
                None => tollgate_verdicts(&detector, series, &shared.get(series, interval, 0), provisional),
                Some(method) => library_verdicts(&**method, series, interval)?,
            };
            Some(verdict_lines(series, &judgements, input.file.calendar, interval, what.all_scores))
        });
        for text in judged {
            let Some((text, found)) = text else {
                unfit += 1;
                continue;
            };
            alerts += found;
            alerting += usize::from(found > 0);
            out.write_all(text.as_bytes())?;
        }
        count += batch.len();
    }
    finish_output(out, &what.out)?;
    print_uneven(&input.file);
    print_unfitted(unfit);
    match args.format {
        Format::Json => json(
            &serde_json::json!({ "series": count, "alerts": alerts, "alerting_series": alerting, "not_fitted": unfit }),
        )?,
        Format::Text | Format::Csv => {
            let alerts = counted(alerts, "alert", "alerts");
            print_line!("{count} series: {alerts} in {alerting} of them, written to {}", what.out.display())
        }
    }
    Ok(Exit::Success)
}

/// Compares every point with those before it. Provisional points do not update the baseline, and only increases alert.
fn tollgate_verdicts(
    detector: &SeriesDetector,
    series: &Series,
    positions: &[CalendarPosition],
    provisional: usize,
) -> Vec<PointJudgement> {
    let mut baseline = SeriesBaseline::default();
    let complete = series.values.len().saturating_sub(provisional);
    let points = series.values.iter().zip(positions).enumerate();
    points
        .map(|(i, (value, position))| {
            if i < complete {
                detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None)
            } else {
                detector.judge_incomplete(&baseline, *value, *position)
            }
        })
        .collect()
}

fn library_verdicts(method: &dyn Detector, series: &Series, interval: SamplingInterval) -> Option<Vec<PointJudgement>> {
    let scores = method.scores(&series.values, interval, series.start)?;
    Some(scores.into_iter().map(PointJudgement::of_score).collect())
}

fn verdict_lines(
    series: &Series,
    judgements: &[PointJudgement],
    calendar: Calendar,
    interval: SamplingInterval,
    every: bool,
) -> (String, usize) {
    use std::fmt::Write as _;
    let mut text = String::new();
    let step = i64::from(interval.minutes());
    let mut alerts = 0;
    let mut at = series.start;
    let id = quoted(&series.id);
    for (i, (judgement, value)) in judgements.iter().zip(&series.values).enumerate() {
        if judgement.alert || (every && value.is_finite()) {
            let date = series.dates.get(&i).cloned().unwrap_or_else(|| calendar.write(at));
            let alert = u8::from(judgement.alert);
            // A row that is missing has no cost to write.
            let actual = if value.is_nan() { String::new() } else { format!("{value:.4}") };
            let _ = write!(text, "{id},{date},{:.4},{alert},{actual}", judgement.score);
            match judgement.band() {
                Some((low, high)) => {
                    let _ =
                        writeln!(text, ",{:.4},{low:.4},{high:.4},{}", judgement.expected, judgement.pattern.as_str());
                }
                None => text.push_str(",,,,\n"),
            }
        }
        alerts += usize::from(judgement.alert);
        at += step;
    }
    (text, alerts)
}

pub(crate) fn forecast(args: &Args, what: &ForecastSeries) -> anyhow::Result<Exit> {
    let other = methods::forecaster(what.method)?;
    let mut input = Input::open(&what.input)?;
    let interval = input.file.interval;
    let horizon = usize::from(what.horizon);
    let mut out = create_output(&what.out, &what.input)?;
    writeln!(out, "series_id,date,mean,lo90,hi90")?;
    let (mut count, mut unfit) = (0usize, 0usize);
    loop {
        let batch = input.batch()?;
        if batch.is_empty() {
            break;
        }
        let shared = Positions::of(&batch, interval, horizon);
        let provisional = input.provisional;
        let made = parallel::map(&batch, input.threads, |series| {
            let complete = series.values.len().saturating_sub(provisional);
            let ahead = match &other {
                None => tollgate_forecast(series, &shared.get(series, interval, horizon), complete, interval, horizon)?,
                Some(method) => {
                    let skipped = series.values.len() - complete;
                    let all = method.forecast(&series.values[..complete], interval, series.start, skipped + horizon)?;
                    all[skipped..].iter().map(|a| (a.mean, a.low, a.high)).collect()
                }
            };
            (!ahead.is_empty()).then(|| forecast_lines(series, &ahead, input.file.calendar, interval))
        });
        for text in made {
            match text {
                Some(text) => out.write_all(text.as_bytes())?,
                None => unfit += 1,
            }
        }
        count += batch.len();
    }
    finish_output(out, &what.out)?;
    print_uneven(&input.file);
    print_unfitted(unfit);
    match args.format {
        Format::Json => json(&serde_json::json!({ "series": count, "points_ahead": horizon, "not_fitted": unfit }))?,
        Format::Text | Format::Csv => {
            print_line!("{} series: forecast {horizon} points ahead, written to {}", count - unfit, what.out.display())
        }
    }
    Ok(Exit::Success)
}

/// The default method on the complete points of a series, from the point after the last row on.
fn tollgate_forecast(
    series: &Series,
    positions: &[CalendarPosition],
    complete: usize,
    interval: SamplingInterval,
    horizon: usize,
) -> Option<Vec<(f64, f64, f64)>> {
    let skipped = series.values.len() - complete;
    let all = tollgate_methods::combine(&series.values[..complete], positions, interval, skipped + horizon)?;
    Some(all[skipped..].iter().map(|a| (a.mean, a.low, a.high)).collect())
}

fn forecast_lines(
    series: &Series,
    ahead: &[(f64, f64, f64)],
    calendar: Calendar,
    interval: SamplingInterval,
) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let step = i64::from(interval.minutes());
    let mut at = series.start + step * i64::try_from(series.values.len()).unwrap_or(0);
    let id = quoted(&series.id);
    for (mean, low, high) in ahead {
        let _ = writeln!(text, "{id},{},{mean:.4},{low:.4},{high:.4}", calendar.write(at));
        at += step;
    }
    text
}

/// An id as a CSV cell.
fn quoted(id: &str) -> std::borrow::Cow<'_, str> {
    if id.contains([',', '"', '\n', '\r']) { format!("\"{}\"", id.replace('"', "\"\"")).into() } else { id.into() }
}

/// Creates the result file, which must not be an input file.
fn create_output(path: &Path, input: &SeriesInput) -> anyhow::Result<BufWriter<File>> {
    let resolved = |path: &Path| path.canonicalize().ok();
    let there = resolved(path);
    ensure!(
        there.is_none() || std::iter::once(&input.costs).chain(&input.known).all(|read| resolved(read) != there),
        "{}: is an input file and would be overwritten\nhint: name another file with --out",
        path.display()
    );
    let file = File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

fn finish_output(mut out: BufWriter<File>, path: &Path) -> anyhow::Result<()> {
    out.flush().with_context(|| format!("{}: cannot be written", path.display()))
}

/// Says how rows were read that are no regular series.
fn print_uneven(file: &SeriesFile) {
    if file.repeated > 0 {
        let rows = counted(file.repeated, "row has", "rows have");
        print_note(&format!("{rows} the time of the row before; the last row of a time counts"));
    }
    if file.between > 0 {
        print_note(&format!(
            "{} between two points of the interval of {}; each counts for the nearest point",
            counted(file.between, "row is", "rows are"),
            interval_text(file.interval.minutes())
        ));
    }
}

fn print_unfitted(unfit: usize) {
    if unfit > 0 {
        print_note(&format!("{unfit} series skipped: the method could not fit them"));
    }
}
