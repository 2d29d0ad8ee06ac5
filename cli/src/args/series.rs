//! Files of time series.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// The end of the long help of both commands, after their example.
macro_rules! with_file_help {
    ($example:literal) => {
        concat!(
            "Example:\n  ",
            $example,
            "\n\n",
            "The file has one row per point. The rows of a series are together, oldest first:\n\n",
            "  series_id,date,cost\n  web,2026-11-20,41.20\n  web,2026-11-21,43.75\n\n",
            "The interval between points is 5, 15 or 60 minutes, a day, a week, or any other part or multiple of a day. ",
            "Times within a day are written 2026-11-21T13:05:00Z or 2026-11-21 13:05:00. An empty cost or a missing row ",
            "is a gap. Of two rows with one time the last counts. A date more than a year after today is an error."
        )
    };
}

/// What the columns of the alerts mean.
const ALERT_HELP: &str = concat!(
    with_file_help!("tollgate series detect cost.csv --out alerts.csv"),
    "\n\n",
    "Each point is judged once, by the points before it. The first 28 days, 14 days of hours or 13 weeks are learned and not ",
    "judged. The output has one row per alert:\n\n",
    "  score     above 1 is an alert; 1 is the threshold of the series' own noise\n",
    "  actual    the cost, less known charges\n",
    "  expected  the cost by level, weekday, hour and calendar rules; low and high are the usual range\n",
    "  pattern   what was broken:\n",
    "            level      the cost of the point\n",
    "            weekday    the point would fit another weekday\n",
    "            month      a day of the month or a calendar rule, as a fee that is missing\n",
    "            sustained  a change over several points, or growth\n",
    "            silence    cost that begins, stops or returns\n",
    "            amount     a job that is larger, longer or more frequent than usual\n\n",
    "A change that lasts two weeks becomes the level. docs/concepts/anomalies.md describes the method and its accuracy."
);

#[derive(Subcommand, Debug)]
pub(crate) enum SeriesCommand {
    Detect(DetectSeries),
    Forecast(ForecastSeries),
}

#[derive(clap::Args, Debug)]
pub(crate) struct SeriesInput {
    /// CSV file of the series: series_id,date,cost
    pub(crate) costs: PathBuf,
    /// CSV file of known purchases and credits to subtract first: series_id,date,amount
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// Number of incomplete days at the end [default: 3 for daily and hourly series, 0 for others]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u8).range(0..=31))]
    pub(crate) provisional: Option<u8>,
}

/// Detect anomalies; each point is compared with the points before it
#[derive(clap::Args, Debug)]
#[command(after_long_help = ALERT_HELP)]
pub(crate) struct DetectSeries {
    #[command(flatten)]
    pub(crate) input: SeriesInput,
    /// CSV file of alerts to write: series_id,date,score and the expected range
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write a row for every point; a score above 1 is an alert
    #[arg(long)]
    pub(crate) all_scores: bool,
    /// Sensitivity of the detector
    #[arg(long, value_enum, default_value_t = SensitivityArg::Normal)]
    pub(crate) sensitivity: SensitivityArg,
    /// Detection method; methods other than `tollgate` are from general libraries, to compare with
    #[arg(long, value_enum, default_value_t = DetectMethod::Tollgate)]
    pub(crate) method: DetectMethod,
}

/// Forecast the next points, each with its 90 % interval
#[derive(clap::Args, Debug)]
#[command(after_long_help = with_file_help!("tollgate series forecast cost.csv --horizon 30 --out forecast.csv"))]
pub(crate) struct ForecastSeries {
    #[command(flatten)]
    pub(crate) input: SeriesInput,
    /// CSV file of forecasts to write: series_id,date,mean,lo90,hi90
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Number of points to forecast, from the point after the last row
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) horizon: u16,
    /// Forecasting method; `tollgate` is a choice or a combination of methods by back-tests on each series
    #[arg(long, value_enum, default_value_t = ForecastMethod::Tollgate)]
    pub(crate) method: ForecastMethod,
}

/// Sensitivity of the detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SensitivityArg {
    /// Only large deviations
    Low,
    /// Best result on labeled series
    Normal,
    /// Smaller deviations too, with more false alarms
    High,
}

/// Method of detection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DetectMethod {
    /// Tollgate's baseline with seasonal patterns
    Tollgate,
    /// Isolation Forest over a point and its neighbors
    IsolationForest,
    /// Seasonal decomposition, refitted weekly
    Mstl,
    /// Prophet, refitted weekly
    Prophet,
    /// Seasonal ARIMA, refitted every four weeks
    Arima,
}

/// Method of forecasting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForecastMethod {
    /// Tollgate's baseline, combined with other methods where back-tests favor them
    Tollgate,
    /// Tollgate's baseline with seasonal patterns alone
    Baseline,
    /// Repetition of the last season
    Naive,
    /// Theta: exponential smoothing with half the linear trend
    Theta,
    /// Exponential smoothing with a damped trend
    DampedTrend,
    /// Autoregression of the changes from season to season
    SeasonalAr,
    /// Exponential smoothing, without seasons
    Ets,
    /// Seasonal decomposition
    Mstl,
    /// Prophet
    Prophet,
    /// Seasonal ARIMA
    Arima,
}
