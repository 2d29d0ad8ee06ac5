//! Unit costs and the business metrics below them.

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_model::Day;
use tollgate_model::query::CostPeriod;

/// Show what a unit costs: per order, customer, request or token
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate units cost-per-order --period 2026-10\n\n\
    A `unit` block of tollgate.hcl divides a cost by a metric; `tollgate metrics import` reads the figures of metrics.\n\
    A day without a figure has no unit cost: it is unknown, never zero. A period with such days has an interval.")]
pub(crate) struct Units {
    /// Name of the unit [default: all units]
    pub(crate) name: Option<String>,
    /// Period, as 2026-10, 2026-Q3, last-month or 2026-10-01..2026-10-15 [default: the last 30 complete days]
    #[arg(long)]
    pub(crate) period: Option<CostPeriod>,
    /// Number of customers, or other values of `by`, that are listed
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) top: u16,
    /// Draw the unit cost of each day
    #[arg(long, requires = "name")]
    pub(crate) chart: bool,
    /// SVG file to write with the unit cost of each day and its forecast
    #[arg(long, value_name = "FILE", requires = "name")]
    pub(crate) svg: Option<PathBuf>,
}

/// The commands on metrics.
#[derive(Subcommand, Debug)]
pub(crate) enum MetricsCommand {
    Import(ImportMetrics),
    /// Show the figures of a metric, and what was restated
    #[command(after_long_help = "Example:\n  tollgate metrics show orders --period 2026-10")]
    Show {
        /// Name of the metric
        name: String,
        /// Period, as 2026-10 or last-month [default: the last 30 days with figures]
        #[arg(long)]
        period: Option<CostPeriod>,
    },
}

/// Import the figures of metrics from their feeds or from a file
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate metrics import orders --file orders.csv\n\n\
    Importing the same figures again changes nothing. A day that was imported before and differs is restated.\n\
    Figures of today are left out: the day is not over.")]
pub(crate) struct ImportMetrics {
    /// Names of the metrics [default: every metric with a feed]
    pub(crate) names: Vec<String>,
    /// CSV file in place of the feed, for one metric; columns as in its csv block, or date, value and its `by`
    #[arg(long, value_name = "FILE", requires = "names")]
    pub(crate) file: Option<PathBuf>,
    /// First day to read [default: as the metric's `days` says]
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// Last day to read [default: yesterday]
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<Day>,
}
