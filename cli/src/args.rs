//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use tollgate_model::{BillingPeriod, Currency, Day, IncidentState, SourceId};

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
    /// Folder that holds charges and state
    #[arg(
        long,
        global = true,
        env = "TOLLGATE_STORE",
        hide_env_values = true,
        value_name = "DIR",
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
    Budgets,
    /// Forecasts to the end of the month and 30, 60 and 90 days ahead
    Forecast {
        /// What to tell apart
        #[arg(long, value_enum, default_value_t = By::Provider)]
        by: By,
    },
    /// Compares the lake with its inputs, the ledger and invoices
    Reconcile {
        /// Only one month, as 2026-11
        #[arg(long)]
        period: Option<BillingPeriod>,
        /// An invoice to compare with, as 2026-10=USD:12345.67; may be repeated
        #[arg(long, value_name = "MONTH=CUR:AMOUNT", value_parser = crate::commands::reconcile::invoice)]
        invoice: Vec<tollgate_pipeline::Invoice>,
        /// Percent that an invoice may differ
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
        tolerance: u32,
    },
    /// Answers SQL over the view `charges`, whose columns are FOCUS 1.2's
    Sql {
        /// The query, such as "select ServiceName, sum(EffectiveCost) from charges group by 1"
        query: String,
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
        command: Store,
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
}

#[derive(Subcommand, Debug)]
pub(crate) enum Store {
    /// What is kept, since when, and how much room it takes
    Info,
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
