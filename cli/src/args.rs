//! The command line.

use std::path::PathBuf;

use crate::change_args::{Advise, GoOn, Plan, Remediate, StopAll};
use clap::{Parser, Subcommand, ValueEnum};
use tollgate_model::{Amount, BillingPeriod, Currency, Day, IncidentChange, IncidentState, Risk, SourceId};

const AFTER: &str = "\
Exit codes:
  0  done
  1  failed; the message says why and what to do
  2  the command line is wrong
  3  done, and found what must not be: rejected rows, or a reconciliation beyond its tolerance

Start with `tollgate demo`, or with `tollgate init` and `tollgate ingest FILE…`.";

/// Watches what your clouds cost: ingests bills as FOCUS, finds incidents, judges budgets, forecasts.
#[derive(Parser, Debug)]
#[command(name = "tollgate", version, after_help = AFTER, max_term_width = 110)]
pub(crate) struct Args {
    /// Folder that holds charges and state, or aws://TABLE/BUCKET of a deployment, with keys in the environment
    #[arg(
        long,
        global = true,
        env = "TOLLGATE_STORE",
        hide_env_values = true,
        value_name = "STORE",
        default_value = ".tollgate"
    )]
    pub(crate) store: PathBuf,
    /// Policy file; without it, tollgate.hcl in the store's folder, then in this folder
    #[arg(long, global = true, env = "TOLLGATE_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for people
    Text,
    /// JSON for programs
    Json,
    /// CSV, for `sql` alone
    Csv,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Makes a year of a company on three clouds, runs everything over it and shows what it found
    Demo(Demo),
    /// Writes a commented tollgate.hcl to start from
    Init {
        /// Where to
        #[arg(default_value = "tollgate.hcl")]
        path: PathBuf,
    },
    /// Reads billing files, proves that nothing was lost, and makes them current
    Ingest(Ingest),
    /// Detects, judges budgets and prints the summary; with files, ingests them first
    Run {
        #[command(flatten)]
        ingest: OptionalFiles,
    },
    /// Lists incidents, or shows one
    Incidents {
        /// Only those of a state: open, acknowledged, resolved, expected
        #[arg(long)]
        state: Option<IncidentState>,
        #[command(subcommand)]
        command: Option<IncidentCommand>,
    },
    /// Shows how budgets stand
    Budgets {
        #[command(subcommand)]
        command: Option<BudgetCommand>,
    },
    /// Sends what is due to the channels of the policy file, once: for a schedule
    Notify,
    /// Sends what is due again and again, and takes presses and commands from Slack
    #[command(after_help = SERVE_AFTER)]
    Serve(Serve),
    /// Says who would hear of what
    Routes {
        #[command(subcommand)]
        command: Routes,
    },
    /// Lists what was sent where, what waits, and what failed
    Deliveries(Deliveries),
    /// Looks for what could be paid less for: what is there, how it is used, and what it costs
    #[command(after_help = ADVISE_AFTER)]
    Advise(Advise),
    /// Plans what advice says: the exact calls, what takes each back, and what is asked approval for
    #[command(after_help = ADVISE_AFTER)]
    Plan(Plan),
    /// Executes approved plans, a stage at a time, and takes them back when health falls
    #[command(after_help = ADVISE_AFTER)]
    Remediate(Remediate),
    /// Stops everything that is being executed, at once, and says what was under way
    StopAll(StopAll),
    /// Lets plans go on that were stopped
    GoOn(GoOn),
    /// Shows what changes promised, what they really saved, and what was taken back
    Savings,
    /// Lists change plans, or shows, proposes and decides one
    Plans {
        #[command(subcommand)]
        command: Option<Plans>,
    },
    /// Shows who decided what, and whether the log is what was written
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// Forecasts to the end of the month and 30, 60 and 90 days ahead
    Forecast {
        /// What to tell apart
        #[arg(long, value_enum, default_value_t = By::Provider)]
        by: By,
    },
    /// Compares the lake with its inputs, the ledger, invoices, other exports and Cost Explorer
    Reconcile(Reconcile),
    /// Writes how much each resource was used, for the estimates of `policy-gate --measured`
    Usage {
        /// Days, up to the newest day of charges, which is left out as it may not be whole
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
    },
    /// Shows how a deployment is doing: runs, freshness of charges, messages that wait
    Status,
    /// Answers SQL over the view `charges`, whose columns are FOCUS 1.2's
    Sql {
        /// The query, such as "select ServiceName, sum(EffectiveCost) from charges group by 1"
        query: String,
        /// Write text in CSV exactly; without it, text that a spreadsheet would take for a formula begins with '
        #[arg(long)]
        raw: bool,
    },
    /// Writes charges for other tools
    Export {
        #[command(subcommand)]
        command: Export,
    },
    /// Draws daily cost, in the terminal or as SVG
    Chart(Chart),
    /// Shows the policy in effect
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Shows what the store holds
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Judges or forecasts a file of series: cost or anything else that is regular, without a store
    #[command(after_help = SERIES_AFTER)]
    Series {
        #[command(subcommand)]
        command: SeriesCommand,
    },
    /// Prints a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Writes man pages
    Man {
        /// Folder to write to
        dir: PathBuf,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum BudgetCommand {
    /// Shows one: what makes the difference to its plan, and what its history recommends
    Show {
        /// Its name
        name: String,
    },
    /// Writes how all stand as JSON, for policy-gate and other programs
    Export {
        /// File to write; without it, standard output
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}

const ADVISE_AFTER: &str = "\
AWS is asked as AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN say; `aws configure
export-credentials --format env` prints them. Other accounts are asked by the role that TOLLGATE_ACTION_ROLE names. Where
advice is looked for, and what may be changed at all, stands in advice and remediation of tollgate.hcl.";

const SERVE_AFTER: &str = "\
Tokens are read from the environment, by the names that channels of tollgate.hcl give them (SLACK_TOKEN and
SLACK_SIGNING_SECRET by custom). Slack's interactivity URL and its slash command's both point to /slack of an address that
reaches this machine; docs/guides/alerts.md makes the app.";

#[derive(clap::Args, Debug)]
pub(crate) struct Serve {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:8787")]
    pub(crate) listen: String,
    /// Makes plans that were asked for, and executes approved ones
    #[arg(long)]
    pub(crate) remediate: bool,
    /// Seconds between two rounds
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) every: u32,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Routes {
    /// Says who would hear of an incident, where, when and why; nothing is sent
    Test {
        /// Its id, or the start of it
        incident: String,
        /// What happens to it: opened, raised, reopened, resolved, unanswered
        #[arg(long, default_value = "opened", value_parser = crate::commands::routes::change)]
        change: IncidentChange,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct Deliveries {
    /// At most so many, of this month and the last
    #[arg(long, default_value_t = 40)]
    pub(crate) limit: usize,
    /// Only those that failed; exit code 3 when there are any
    #[arg(long)]
    pub(crate) failed: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Plans {
    /// Shows one: its steps, its hash, and what was said of it
    Show {
        /// Its id
        id: String,
    },
    /// Proposes one that people carry out
    Propose {
        /// What it does, in a line
        #[arg(long)]
        title: String,
        /// Why
        #[arg(long)]
        why: Option<String>,
        /// A step; may be repeated
        #[arg(long = "step", value_name = "WHAT", required = true)]
        steps: Vec<String>,
        /// How much can go wrong: low, medium, high
        #[arg(long)]
        risk: Risk,
        /// What it saves a month
        #[arg(long, value_name = "CUR:AMOUNT", value_parser = crate::commands::plans::money)]
        saving: Option<(Currency, Amount)>,
        /// The incident that it mends
        #[arg(long)]
        incident: Option<String>,
        /// Who asks for it
        #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
        by: String,
    },
    /// Approves one: exactly what has this hash
    Approve {
        /// Its id
        id: String,
        /// Its hash, or the first sixteen digits
        hash: String,
        /// Who approves
        #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
        by: String,
    },
    /// Declines one
    Decline {
        /// Its id
        id: String,
        /// Its hash, or the first sixteen digits
        hash: String,
        /// Who declines
        #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
        by: String,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Audit {
    /// Lists decisions, newest first
    Log {
        /// At most so many
        #[arg(long, default_value_t = 40)]
        limit: usize,
    },
    /// Finds entries that were changed, removed or moved; exit code 3 when there are any
    Verify {
        /// A hash that somebody kept, from a heartbeat: it must still be in the log
        #[arg(long, value_name = "HASH")]
        head: Option<String>,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct Reconcile {
    /// Only one month, as 2026-11
    #[arg(long)]
    pub(crate) period: Option<BillingPeriod>,
    /// An invoice to compare with, as 2026-10=USD:12345.67; may be repeated
    #[arg(long, value_name = "MONTH=CUR:AMOUNT", value_parser = crate::commands::reconcile::invoice)]
    pub(crate) invoice: Vec<tollgate_pipeline::Invoice>,
    /// Another export of the same charges to compare with, by account and service; may be repeated for its files
    #[arg(long, value_name = "FILE", conflicts_with = "cost_explorer")]
    pub(crate) against: Vec<PathBuf>,
    /// The account that AWS bills, to compare with its Cost Explorer, by account and service; USD 0.01 a request
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) cost_explorer: Option<String>,
    /// The most requests to Cost Explorer
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) paid_calls: u32,
    /// Percent that an invoice, another export or Cost Explorer may differ
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(crate) tolerance: u32,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Demo {
    /// Folder for the demo
    #[arg(default_value = "tollgate-demo")]
    pub(crate) dir: PathBuf,
    /// Another seed is another company with the same habits
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Resources where one would stand: 10 makes about a million charges
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) size: u32,
    /// The first day
    #[arg(long, default_value = "2025-11-16")]
    pub(crate) start: Day,
    /// How many days
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i32).range(120..=1100))]
    pub(crate) days: i32,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Ingest {
    /// Billing files: FOCUS, AWS CUR or Azure exports, as CSV, CSV.gz or Parquet. All files of one billing period of one
    /// source belong in one call: together they take the place of what was there
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: ReadArgs,
}

#[derive(clap::Args, Debug)]
pub(crate) struct OptionalFiles {
    /// Billing files to ingest first
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: ReadArgs,
}

#[derive(clap::Args, Debug, Clone)]
pub(crate) struct ReadArgs {
    /// Name of the feed; without it, provider and billing account name it
    #[arg(long)]
    pub(crate) source: Option<SourceId>,
    /// Currency of rows that name none
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// Change nothing when any row is rejected
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum IncidentCommand {
    /// Shows one incident: its causes and its life
    Show {
        /// Its id, or the start of it
        id: String,
    },
    /// Says that somebody looks at one
    Ack {
        /// Its id, or the start of it
        id: String,
        #[command(flatten)]
        who: Who,
    },
    /// Says that one is as planned: no alert until a day, and nothing to learn from
    Expect {
        /// Its id, or the start of it
        id: String,
        /// The last day that it is expected for
        #[arg(long, value_name = "DAY")]
        until: Day,
        #[command(flatten)]
        who: Who,
    },
    /// Says that nobody wants to hear of one for a while
    Snooze {
        /// Its id, or the start of it
        id: String,
        /// How long
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: u32,
        #[command(flatten)]
        who: Who,
    },
    /// Says who looks at one
    Assign {
        /// Its id, or the start of it
        id: String,
        /// Who
        #[arg(long)]
        to: String,
        #[command(flatten)]
        who: Who,
    },
    /// Says that one is no anomaly: changes as large are usual from now on
    Dismiss {
        /// Its id, or the start of it
        id: String,
        #[command(flatten)]
        who: Who,
    },
}

const SERIES_AFTER: &str = "\
The file has a row a point, the points of a series beside each other and oldest first:

  series_id,date,cost
  web,2026-11-20,41.20
  web,2026-11-21,43.75

Points are 5, 15 or 60 minutes, a day or a week apart, or any other part or multiple of a day. Within a day the date is
written 2026-11-21T13:05:00Z or 2026-11-21 13:05:00. An empty cost, or a missing row, is a gap.";

#[derive(Subcommand, Debug)]
pub(crate) enum SeriesCommand {
    /// Writes the points that do not fit, each judged by the points before it
    Detect(DetectSeries),
    /// Writes the points to come, each with its 90 % interval
    Forecast(ForecastSeries),
}

#[derive(clap::Args, Debug)]
pub(crate) struct SeriesInput {
    /// The series: series_id,date,cost
    pub(crate) costs: PathBuf,
    /// Purchases and credits that are known as such, to be taken off: series_id,date,amount
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// Days at the end that are not complete yet: 3 for daily and hourly series, 0 for others
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u8).range(0..=31))]
    pub(crate) provisional: Option<u8>,
}

#[derive(clap::Args, Debug)]
pub(crate) struct DetectSeries {
    #[command(flatten)]
    pub(crate) input: SeriesInput,
    /// Where alerts are written: series_id,date,score and what was expected
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// A row for every point: a score above 1 is an alert
    #[arg(long)]
    pub(crate) all_scores: bool,
    /// How far from the usual a point must be
    #[arg(long, value_enum, default_value_t = SensitivityArg::Normal)]
    pub(crate) sensitivity: SensitivityArg,
    /// Another method, from a general library
    #[arg(long, value_enum, default_value_t = DetectMethod::Tollgate)]
    pub(crate) method: DetectMethod,
}

#[derive(clap::Args, Debug)]
pub(crate) struct ForecastSeries {
    #[command(flatten)]
    pub(crate) input: SeriesInput,
    /// Where forecasts are written: series_id,date,mean,lo90,hi90
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Points ahead, from the point after the last row
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) horizon: u16,
    /// Another method, from a general library
    #[arg(long, value_enum, default_value_t = ForecastMethod::Tollgate)]
    pub(crate) method: ForecastMethod,
}

/// How far from the usual a point must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SensitivityArg {
    /// Only what stands far out
    Low,
    /// What is best on labelled series
    Normal,
    /// Smaller changes too, with more false alarms
    High,
}

/// How points are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DetectMethod {
    /// The habits of cost
    Tollgate,
    /// Isolation Forest over a point beside its neighbours
    IsolationForest,
    /// Seasonal decomposition, refitted weekly
    Mstl,
    /// Prophet, refitted weekly
    Prophet,
    /// Seasonal ARIMA, refitted every four weeks
    Arima,
}

/// How points are forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForecastMethod {
    /// The habits of cost
    Tollgate,
    /// The last season again
    Naive,
    /// Exponential smoothing, without seasons
    Ets,
    /// Seasonal decomposition
    Mstl,
    /// Prophet
    Prophet,
    /// Seasonal ARIMA
    Arima,
}

#[derive(clap::Args, Debug)]
pub(crate) struct Who {
    /// Who says so
    #[arg(long, env = "USER", hide_env_values = true, hide_env = true, default_value = "somebody")]
    pub(crate) by: String,
    /// Why
    #[arg(long)]
    pub(crate) note: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Export {
    /// FOCUS 1.2 as CSV
    Focus {
        /// Only one month, as 2026-11
        #[arg(long)]
        period: Option<BillingPeriod>,
        /// File to write; without it, standard output
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Write text exactly; without it, text that a spreadsheet would take for a formula begins with '
        #[arg(long)]
        raw: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Config {
    /// Shows every setting in effect
    Show {
        /// With where it comes from
        #[arg(long)]
        origin: bool,
    },
    /// Checks a policy file and puts it into effect for a deployment
    Push {
        /// The file
        #[arg(default_value = "tollgate.hcl")]
        file: PathBuf,
        /// Who does; without it, the user of this machine
        #[arg(long, env = "USER", hide_env_values = true, default_value = "unknown")]
        by: String,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum StoreCommand {
    /// What is kept, since when, and how much room it takes
    Info,
    /// Check that every file that counts is there and whole, and list files that do not count
    ///
    /// The exit code is 3 when a file is missing or damaged, or sums differ.
    Check {
        /// Remove files that do not count and are older than two days
        #[arg(long)]
        remove_orphans: bool,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct Chart {
    /// An incident's id: draws what it is about, and marks its days
    pub(crate) incident: Option<String>,
    /// What to tell apart in an SVG; the terminal draws the sum
    #[arg(long, value_enum, default_value_t = By::Provider)]
    pub(crate) by: By,
    /// Currency to draw; without it, the one with most charges
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// How many days back
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(7..=1100))]
    pub(crate) days: u16,
    /// How many days to forecast, in an SVG
    #[arg(long, value_name = "DAYS", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=366))]
    pub(crate) ahead: u16,
    /// Write an SVG file instead
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

/// What to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// Nothing: the sum
    Total,
    /// Clouds
    Provider,
    /// Accounts, subscriptions, projects
    Account,
    /// Services
    Service,
    /// Regions
    Region,
}

impl By {
    pub(crate) fn facets(self) -> &'static [tollgate_model::series::Facet] {
        use tollgate_model::series::Facet;
        match self {
            Self::Total => &[],
            Self::Provider => &[Facet::Provider],
            Self::Account => &[Facet::Provider, Facet::SubAccount],
            Self::Service => &[Facet::Provider, Facet::Service],
            Self::Region => &[Facet::Provider, Facet::Region],
        }
    }
}
