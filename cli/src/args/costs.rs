//! Costs and incidents.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::SignedDuration;
use tollgate_model::{BillingPeriod, Currency, Day, IncidentState};
use tollgate_pipeline::CostGrouping;

use super::{ActorArgs, DetectMethod, SensitivityArg};
use crate::values;

/// List incidents, or show or update one
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate incidents --state open")]
pub(crate) struct Incidents {
    /// State of the incidents: open, acknowledged, resolved, expected
    #[arg(long)]
    pub(crate) state: Option<IncidentState>,
    #[command(subcommand)]
    pub(crate) command: Option<IncidentCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum IncidentCommand {
    /// Show one incident: impact, cost drivers and history
    #[command(after_long_help = "Example:\n  tollgate incidents show i-1a2b3c4d")]
    Show {
        #[command(flatten)]
        incident: IncidentId,
    },
    /// Acknowledge an incident
    #[command(after_long_help = "Example:\n  tollgate incidents ack i-1a2b3c4d --note \"load test, ends today\"")]
    Ack {
        #[command(flatten)]
        incident: IncidentId,
        #[command(flatten)]
        actor: ActorNote,
    },
    /// Mark an incident as planned: no alerts until a day, and no effect on the baseline
    #[command(after_long_help = "Example:\n  tollgate incidents expect i-1a2b3c4d --until 2026-12-01")]
    Expect {
        #[command(flatten)]
        incident: IncidentId,
        /// Last day on which the cost is expected
        #[arg(long, value_name = "DAY", required_unless_present = "length")]
        until: Option<Day>,
        /// Length of time from now on: 14d, 36h
        #[arg(long = "for", id = "length", value_name = "TIME", conflicts_with = "until", value_parser = values::length_of_time)]
        length: Option<SignedDuration>,
        #[command(flatten)]
        actor: ActorNote,
    },
    /// Mute the alerts of an incident for some time
    #[command(after_long_help = "Example:\n  tollgate incidents snooze i-1a2b3c4d --for 4h")]
    Snooze {
        #[command(flatten)]
        incident: IncidentId,
        /// Length of time from now on: 4h, 2d; a number alone is hours
        #[arg(
            long = "for",
            id = "length",
            alias = "hours",
            value_name = "TIME",
            default_value = "24h",
            conflicts_with = "until",
            value_parser = values::length_of_time
        )]
        length: SignedDuration,
        /// Last day without alerts
        #[arg(long, value_name = "DAY")]
        until: Option<Day>,
        #[command(flatten)]
        actor: ActorNote,
    },
    /// Assign an incident to a person
    #[command(after_long_help = "Example:\n  tollgate incidents assign i-1a2b3c4d ann")]
    Assign {
        #[command(flatten)]
        incident: IncidentId,
        /// Person who works on the incident
        #[arg(value_name = "PERSON", required_unless_present = "to")]
        person: Option<String>,
        /// The same, as an option
        #[arg(long, value_name = "PERSON", conflicts_with = "person", hide = true)]
        to: Option<String>,
        #[command(flatten)]
        actor: ActorNote,
    },
    /// Dismiss an incident as a false positive; changes of this size count as normal from now on
    #[command(after_long_help = "Example:\n  tollgate incidents dismiss i-1a2b3c4d --note \"new product line\"")]
    Dismiss {
        #[command(flatten)]
        incident: IncidentId,
        #[command(flatten)]
        actor: ActorNote,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct IncidentId {
    /// Incident id, or a unique prefix of it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

/// The person who acts on an incident, with a comment.
#[derive(clap::Args, Debug)]
pub(crate) struct ActorNote {
    #[command(flatten)]
    pub(crate) actor: ActorArgs,
    /// Comment, kept with the incident
    #[arg(long, visible_alias = "reason")]
    pub(crate) note: Option<String>,
}

/// Forecast the cost of this month, the next months and the year
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate forecast --by team --year", args_conflicts_with_subcommands = true)]
pub(crate) struct Forecast {
    /// Grouping of the cost: total, provider, account, service, region, a dimension of tollgate.hcl, or tag:KEY
    #[arg(long, value_name = "GROUPING", default_value = "provider", value_parser = values::grouping)]
    pub(crate) by: CostGrouping,
    /// Last day of the forecast, within two years
    #[arg(long, value_name = "DAY", conflicts_with = "year")]
    pub(crate) to: Option<Day>,
    /// Forecast the whole year: calendar, or as defaults.fiscal_year_starts
    #[arg(long)]
    pub(crate) year: bool,
    /// Currency to convert into, by the exchange rates of tollgate.hcl [default: defaults.currency]
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    #[command(subcommand)]
    pub(crate) command: Option<ForecastCommand>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ForecastCommand {
    /// Show how accurate forecasts were: those of earlier runs against actual cost, and back-tests
    #[command(after_long_help = "Example:\n  tollgate forecast accuracy --by service")]
    Accuracy {
        /// Grouping of the cost: total, provider, account, service or region
        #[arg(long, value_name = "GROUPING", default_value = "provider", value_parser = values::facets)]
        by: values::FacetGrouping,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum DetectCommand {
    Compare(CompareDetection),
}

/// Compare another method or sensitivity with the one in effect; nothing is stored
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate detect compare --sensitivity high --days 60")]
pub(crate) struct CompareDetection {
    /// Sensitivity to compare with the one in effect
    #[arg(long, value_enum, required_unless_present = "method", conflicts_with = "method")]
    pub(crate) sensitivity: Option<SensitivityArg>,
    /// Method to compare with the one in effect
    #[arg(long, value_enum)]
    pub(crate) method: Option<DetectMethod>,
    /// Number of days to compare, up to the newest complete day
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=1100))]
    pub(crate) days: u16,
}

/// Draw daily cost in the terminal or as SVG
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate chart --by service --days 180 --svg cost.svg")]
pub(crate) struct Chart {
    /// Incident id: draw the cost of its scope and mark its days
    pub(crate) incident: Option<String>,
    /// Grouping of the lines in an SVG, as for `forecast`; the terminal draws the total
    #[arg(long, value_name = "GROUPING", default_value = "provider", value_parser = values::grouping)]
    pub(crate) by: CostGrouping,
    /// Currency to draw; others are converted by the exchange rates of tollgate.hcl [default: every currency]
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// Number of days, up to the newest complete day
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(7..=1100))]
    pub(crate) days: u16,
    /// Number of days to forecast, in an SVG
    #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=366))]
    pub(crate) ahead: u16,
    /// SVG file to write instead of drawing in the terminal
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// Query the view `charges` with SQL; its columns are those of FOCUS 1.2 to 1.4
#[derive(clap::Args, Debug)]
#[command(
    after_long_help = "Example:\n  tollgate sql \"select ServiceName, BillingCurrency, sum(EffectiveCost) from charges group by ServiceName, BillingCurrency\""
)]
pub(crate) struct Sql {
    /// SQL query, a single SELECT; `-` reads it from standard input
    #[arg(required_unless_present = "file")]
    pub(crate) query: Option<String>,
    /// File with the query
    #[arg(long, short = 'f', value_name = "FILE", conflicts_with = "query")]
    pub(crate) file: Option<PathBuf>,
    /// Write text exactly in CSV; by default a ' is put before text that a spreadsheet would run as a formula
    #[arg(long)]
    pub(crate) raw: bool,
}

/// Compare the lake with its inputs, the ledger, invoices, exports or Cost Explorer
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate reconcile --invoice 2026-10=USD:12345.67")]
pub(crate) struct Reconcile {
    /// Show every comparison, to the last digit; without it, exact ones are summarized
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Only this month, as 2026-11
    #[arg(long)]
    pub(crate) period: Option<BillingPeriod>,
    /// Invoice total to compare with, as 2026-10=USD:12345.67; repeatable
    #[arg(long, value_name = "MONTH=CUR:AMOUNT", value_parser = values::invoice)]
    pub(crate) invoice: Vec<tollgate_pipeline::Invoice>,
    /// Another export of the same charges, compared by account and service; repeatable
    #[arg(long, value_name = "FILE", conflicts_with = "cost_explorer")]
    pub(crate) against: Vec<PathBuf>,
    /// AWS billing account to compare with its Cost Explorer, by account and service; USD 0.01 a request
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) cost_explorer: Option<String>,
    /// Maximum number of requests to Cost Explorer
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) paid_calls: u32,
    /// Tolerance in percent for invoices, other exports and Cost Explorer
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) tolerance: u32,
}

/// Export the measured usage of each resource, for `policy-gate --measured`
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate usage --days 30 > usage.json")]
pub(crate) struct Usage {
    /// Number of days before the newest day of charges; that day is excluded because it may be incomplete
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    pub(crate) days: u32,
}
