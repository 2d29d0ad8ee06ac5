//! `tollgate series`: detector and forecaster on files of any regular series, without a store.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, ensure};
use tollgate_analysis::{Cadence, Habit, Place, Told, Tuning, Verdict, Watch, parallel};
use tollgate_methods::{AutoArima, ByForecast, Detect, Ets, Forecast, IsolationForest, Mstl, Prophet, SeasonalNaive};

use crate::args::{
    Args, DetectMethod, DetectSeries, ForecastMethod, ForecastSeries, Format, SensitivityArg, SeriesInput,
};
use crate::exit::Exit;
use crate::output::{json, print_note};
use crate::print_line;
use crate::series::{Calendar, KnownCharges, Series, SeriesFile};

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
        let file = SeriesFile::open(&input.costs)?;
        let known = input.known.as_deref().map(KnownCharges::read).transpose()?.unwrap_or_default();
        let minutes = file.cadence.minutes();
        let usual = if minutes == Cadence::DAILY.minutes() || minutes == Cadence::HOURLY.minutes() {
            PROVISIONAL_DAYS
        } else {
            0
        };
        let provisional = input.provisional.map_or(usual, usize::from) * file.cadence.points_a_day();
        Ok(Self { file, known, provisional, threads: std::thread::available_parallelism().map_or(2, usize::from) })
    }

    fn batch(&mut self) -> anyhow::Result<Vec<Series>> {
        let mut batch = self.file.batch(BATCH)?;
        for series in &mut batch {
            self.known.subtract(series, self.file.cadence);
        }
        Ok(batch)
    }
}

/// The places of a batch's points: computed once where series share their calendar, as they nearly always do.
struct Places {
    start: i64,
    places: Vec<Place>,
}

impl Places {
    fn of(batch: &[Series], cadence: Cadence, more: usize) -> Self {
        let start = batch.first().map_or(0, |s| s.start);
        let count = batch.iter().filter(|s| s.start == start).map(|s| s.values.len()).max().unwrap_or(0) + more;
        Self { start, places: places(cadence, start, count) }
    }

    fn get(&self, series: &Series, cadence: Cadence, more: usize) -> std::borrow::Cow<'_, [Place]> {
        let count = series.values.len() + more;
        match self.places.get(..count) {
            Some(shared) if series.start == self.start => shared.into(),
            _ => places(cadence, series.start, count).into(),
        }
    }
}

fn places(cadence: Cadence, start: i64, count: usize) -> Vec<Place> {
    let step = i64::from(cadence.minutes());
    (0..count).map(|i| cadence.place(start + step * i64::try_from(i).unwrap_or(0))).collect()
}

pub(crate) fn detect(args: &Args, what: &DetectSeries) -> anyhow::Result<Exit> {
    let mut input = Input::open(&what.input)?;
    let cadence = input.file.cadence;
    let tuning = match what.sensitivity {
        SensitivityArg::Low => Tuning::LOW,
        SensitivityArg::Normal => Tuning::NORMAL,
        SensitivityArg::High => Tuning::HIGH,
    };
    let watch = Watch::new(cadence, tuning);
    let watch = if what.all_scores { watch.with_every_score() } else { watch };
    let mut out = create_output(&what.out, &what.input)?;
    writeln!(out, "series_id,date,score,alert,actual,expected,low,high,pattern")?;
    let (mut count, mut alerts, mut alerting, mut unfit) = (0usize, 0usize, 0usize, 0usize);
    loop {
        let batch = input.batch()?;
        if batch.is_empty() {
            break;
        }
        let shared = Places::of(&batch, cadence, 0);
        let provisional = input.provisional;
        let judged = parallel::map(&batch, input.threads, |series| {
            let verdicts = match library_detector(what.method) {
                None => tollgate_verdicts(&watch, series, &shared.get(series, cadence, 0), provisional),
                Some(method) => library_verdicts(&*method, series, cadence)?,
            };
            Some(verdict_lines(series, &verdicts, input.file.calendar, cadence, what.all_scores))
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
    print_unfitted(unfit);
    match args.format {
        Format::Json => json(
            &serde_json::json!({ "series": count, "alerts": alerts, "alerting_series": alerting, "not_fitted": unfit }),
        )?,
        Format::Text | Format::Csv => {
            print_line!("{count} series: {alerts} alerts in {alerting} of them, written to {}", what.out.display())
        }
    }
    Ok(Exit::Success)
}

/// Compares every point with those before it. Provisional points do not update the baseline, and only increases alert.
fn tollgate_verdicts(watch: &Watch, series: &Series, places: &[Place], provisional: usize) -> Vec<Verdict> {
    let mut habit = Habit::default();
    let complete = series.values.len().saturating_sub(provisional);
    let points = series.values.iter().zip(places).enumerate();
    points
        .map(|(i, (value, place))| {
            if i < complete {
                watch.observe(&mut habit, *value, *place, Told::Nothing)
            } else {
                watch.glance(&habit, *value, *place)
            }
        })
        .collect()
}

fn library_detector(method: DetectMethod) -> Option<Box<dyn Detect>> {
    const WEEK: usize = 7;
    Some(match method {
        DetectMethod::Tollgate => return None,
        DetectMethod::IsolationForest => Box::new(IsolationForest),
        DetectMethod::Mstl => Box::new(ByForecast { method: Mstl, every: WEEK }),
        DetectMethod::Prophet => Box::new(ByForecast { method: Prophet, every: WEEK }),
        DetectMethod::Arima => Box::new(ByForecast { method: AutoArima, every: 4 * WEEK }),
    })
}

fn library_verdicts(method: &dyn Detect, series: &Series, cadence: Cadence) -> Option<Vec<Verdict>> {
    let scores = method.scores(&series.values, cadence, series.start)?;
    Some(scores.into_iter().map(Verdict::of_score).collect())
}

fn verdict_lines(
    series: &Series,
    verdicts: &[Verdict],
    calendar: Calendar,
    cadence: Cadence,
    every: bool,
) -> (String, usize) {
    use std::fmt::Write as _;
    let mut text = String::new();
    let step = i64::from(cadence.minutes());
    let mut alerts = 0;
    let mut at = series.start;
    let id = quoted(&series.id);
    for (verdict, value) in verdicts.iter().zip(&series.values) {
        if verdict.alert || (every && value.is_finite()) {
            let date = calendar.write(at);
            let alert = u8::from(verdict.alert);
            let _ = write!(text, "{id},{date},{:.4},{alert},{value:.4}", verdict.score);
            match verdict.band() {
                Some((low, high)) => {
                    let _ = writeln!(text, ",{:.4},{low:.4},{high:.4},{}", verdict.expected, verdict.habit.as_str());
                }
                None => text.push_str(",,,,\n"),
            }
        }
        alerts += usize::from(verdict.alert);
        at += step;
    }
    (text, alerts)
}

pub(crate) fn forecast(args: &Args, what: &ForecastSeries) -> anyhow::Result<Exit> {
    let mut input = Input::open(&what.input)?;
    let cadence = input.file.cadence;
    let horizon = usize::from(what.horizon);
    let watch = Watch::new(cadence, Tuning::NORMAL);
    let mut out = create_output(&what.out, &what.input)?;
    writeln!(out, "series_id,date,mean,lo90,hi90")?;
    let (mut count, mut unfit) = (0usize, 0usize);
    loop {
        let batch = input.batch()?;
        if batch.is_empty() {
            break;
        }
        let shared = Places::of(&batch, cadence, horizon);
        let provisional = input.provisional;
        let made = parallel::map(&batch, input.threads, |series| {
            let complete = series.values.len().saturating_sub(provisional);
            let ahead = match library_forecaster(what.method) {
                None => tollgate_forecast(&watch, series, &shared.get(series, cadence, horizon), complete, cadence),
                Some(method) => {
                    let skipped = series.values.len() - complete;
                    let all = method.forecast(&series.values[..complete], cadence, series.start, skipped + horizon)?;
                    all[skipped..].iter().map(|a| (a.mean, a.low, a.high)).collect()
                }
            };
            (!ahead.is_empty()).then(|| forecast_lines(series, &ahead, input.file.calendar, cadence))
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
    print_unfitted(unfit);
    match args.format {
        Format::Json => json(&serde_json::json!({ "series": count, "points_ahead": horizon, "not_fitted": unfit }))?,
        Format::Text | Format::Csv => {
            print_line!("{} series: forecast {horizon} points ahead, written to {}", count - unfit, what.out.display())
        }
    }
    Ok(Exit::Success)
}

fn tollgate_forecast(
    watch: &Watch,
    series: &Series,
    places: &[Place],
    complete: usize,
    cadence: Cadence,
) -> Vec<(f64, f64, f64)> {
    let mut habit = Habit::default();
    let (past, future) = places.split_at(series.values.len());
    for (value, place) in series.values[..complete].iter().zip(past) {
        watch.observe(&mut habit, *value, *place, Told::Nothing);
    }
    let ahead = habit.outlook(cadence, future, series.values.len() - complete);
    if ahead.is_empty() && series.values[..complete].iter().any(|value| value.is_finite()) {
        // All known values are zero: the forecast is zero. A series without values has no forecast.
        return vec![(0.0, 0.0, 0.0); future.len()];
    }
    ahead.iter().map(|o| (o.mean, o.low, o.high)).collect()
}

fn library_forecaster(method: ForecastMethod) -> Option<Box<dyn Forecast>> {
    Some(match method {
        ForecastMethod::Tollgate => return None,
        ForecastMethod::Naive => Box::new(SeasonalNaive),
        ForecastMethod::Ets => Box::new(Ets),
        ForecastMethod::Mstl => Box::new(Mstl),
        ForecastMethod::Prophet => Box::new(Prophet),
        ForecastMethod::Arima => Box::new(AutoArima),
    })
}

fn forecast_lines(series: &Series, ahead: &[(f64, f64, f64)], calendar: Calendar, cadence: Cadence) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let step = i64::from(cadence.minutes());
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
    let place = |path: &Path| path.canonicalize().ok();
    let there = place(path);
    ensure!(
        there.is_none() || std::iter::once(&input.costs).chain(&input.known).all(|read| place(read) != there),
        "{}: is an input file and would be overwritten\nhint: name another file with --out",
        path.display()
    );
    let file = File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

fn finish_output(mut out: BufWriter<File>, path: &Path) -> anyhow::Result<()> {
    out.flush().with_context(|| format!("{}: cannot be written", path.display()))
}

fn print_unfitted(unfit: usize) {
    if unfit > 0 {
        print_note(&format!("{unfit} series skipped: the method could not fit them"));
    }
}
