//! The command line, as clap reads it: one file a group of commands.

mod alerts;
mod allocation;
mod budgets;
mod change;
mod cost_query;
mod costs;
mod groups;
mod keys;
#[cfg(test)]
mod reference;
mod resources;
mod series;
mod store;
mod units;
mod whatif;

use std::path::PathBuf;

pub(crate) use alerts::{Audit, Deliveries, DeliveryCommand, Routes, Serve};
pub(crate) use allocation::{AllocationCommand, AllocationMonth, StatementArgs};
pub(crate) use budgets::BudgetCommand;
pub(crate) use change::{Advise, AdviseCommand, Plan, PlanVersion, Plans, Remediate, Resume, StopAll};
pub(crate) use cost_query::{Costs, CostsCommand, Question, TopOf};
pub(crate) use costs::{
    Chart, CompareDetection, DetectCommand, Forecast, ForecastCommand, IncidentCommand, Incidents, Reconcile, Sql,
    Usage,
};
pub(crate) use groups::command;
pub(crate) use keys::KeysCommand;
pub(crate) use resources::{Commitments, ResourcesCommand};
pub(crate) use series::{
    DetectMethod, DetectSeries, ForecastMethod, ForecastSeries, SensitivityArg, SeriesCommand, SeriesInput,
};
pub(crate) use store::{
    Completions, Config, Demo, Export, ImportsCommand, Ingest, Init, Man, ReadArgs, Run, StoreCommand,
};

pub(crate) use units::{ImportMetrics, MetricsCommand, Units};
pub(crate) use whatif::{Efficiency, WhatIf};

use clap::{Parser, Subcommand, ValueEnum};

/// Watch cloud cost: import bills as FOCUS, find incidents, evaluate budgets, forecast, advise, change.
#[derive(Parser, Debug)]
#[command(name = "tollgate", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Store: a folder, or aws://TABLE/BUCKET of a deployment, with the AWS credentials of the SDK
    #[arg(
        long,
        global = true,
        env = "TOLLGATE_STORE",
        hide_env_values = true,
        value_name = "STORE",
        default_value = ".tollgate",
        help_heading = "Global options"
    )]
    pub(crate) store: PathBuf,
    /// Policy file [default: tollgate.hcl in the store's folder, then in the current folder]
    #[arg(
        long,
        global = true,
        env = "TOLLGATE_CONFIG",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Global options"
    )]
    pub(crate) config: Option<PathBuf>,
    /// Output format
    #[arg(
        long = "format",
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t = FileFormat::Text,
        help_heading = "Global options"
    )]
    pub(crate) file_format: FileFormat,
    /// The output format of commands that print, set by [`settle`](Self::settle).
    #[arg(skip)]
    pub(crate) format: Format,
    /// Color mode
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Global options")]
    pub(crate) color: Color,
    /// Complete tables, also where the terminal is narrower
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) wide: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Sets the format of commands that print by the one that was asked for.
    pub(crate) fn settle(mut self) -> Self {
        self.format = match self.file_format {
            FileFormat::Text | FileFormat::Parquet => Format::Text,
            FileFormat::Json => Format::Json,
            FileFormat::Csv => Format::Csv,
        };
        self
    }
}

/// Output format, as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Tables for people
    Text,
    /// JSON for programs
    Json,
    /// CSV for spreadsheets, of commands that list
    Csv,
    /// Parquet, of `export focus` alone
    #[value(hide = true)]
    Parquet,
}

/// Output format of a command that prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// Tables for people
    #[default]
    Text,
    /// JSON for programs
    Json,
    /// CSV for spreadsheets, of commands that list
    Csv,
}

/// Color mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Color on a terminal, unless NO_COLOR is set
    Auto,
    /// Color always
    Always,
    /// No color
    Never,
}

/// Every command. Its group in `tollgate --help` stands in `groups.rs`.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Run(Run),
    Costs(Costs),
    Incidents(Incidents),
    /// Compare methods of detection
    Detect {
        #[command(subcommand)]
        command: DetectCommand,
    },
    Forecast(Forecast),
    Chart(Chart),
    Sql(Sql),
    Reconcile(Reconcile),
    Usage(Usage),
    /// Show what is known of one resource
    Resources {
        #[command(subcommand)]
        command: ResourcesCommand,
    },
    Commitments(Commitments),
    /// Show the status of every budget, or details of one
    #[command(after_long_help = "Example:\n  tollgate budgets")]
    Budgets {
        #[command(subcommand)]
        command: Option<BudgetCommand>,
    },
    Units(Units),
    /// List business metrics, import their figures, or show one
    #[command(after_long_help = "Example:\n  tollgate metrics")]
    Metrics {
        #[command(subcommand)]
        command: Option<MetricsCommand>,
    },
    #[command(name = "what-if")]
    WhatIf(WhatIf),
    Efficiency(Efficiency),
    /// Divide shared cost among teams by the rules of the policy file
    Allocation {
        #[command(subcommand)]
        command: AllocationCommand,
    },
    Statement(StatementArgs),
    Advise(Advise),
    Plan(Plan),
    /// List change plans, or show, propose, approve or decline one
    #[command(after_long_help = "Example:\n  tollgate plans")]
    Plans {
        #[command(subcommand)]
        command: Option<Plans>,
    },
    Remediate(Remediate),
    StopAll(StopAll),
    Resume(Resume),
    /// Show promised and measured savings of changes, and rollbacks
    #[command(after_long_help = "Example:\n  tollgate savings")]
    Savings,
    /// Show or verify the audit log
    #[command(after_long_help = "Example:\n  tollgate audit")]
    Audit {
        #[command(subcommand)]
        command: Option<Audit>,
    },
    /// Send due messages to the channels of the policy file once, for use in a schedule
    #[command(after_long_help = "Example:\n  tollgate notify")]
    Notify,
    Serve(Serve),
    /// Answer an assistant by the Model Context Protocol; it reads and changes nothing
    #[command(after_long_help = "Example:\n  tollgate --store tollgate-demo mcp\n\n\
        Name this command in the settings of the assistant. It speaks over standard input and output. Its tools are the routes of the \
        API that read; docs/guides/api.md shows the settings.")]
    Mcp,
    /// Show who receives which message
    Routes {
        #[command(subcommand)]
        command: Routes,
    },
    Deliveries(Deliveries),
    Ingest(Ingest),
    /// List what counts and what it replaced, or roll an import back
    #[command(after_long_help = "Example:\n  tollgate imports")]
    Imports {
        #[command(subcommand)]
        command: Option<ImportsCommand>,
    },
    /// List API keys, or create, rotate or revoke one
    #[command(after_long_help = "Example:\n  tollgate keys")]
    Keys {
        #[command(subcommand)]
        command: Option<KeysCommand>,
    },
    /// Export charges for other tools
    Export {
        #[command(subcommand)]
        command: Export,
    },
    /// Show what the store holds, or check it
    Store {
        #[command(subcommand)]
        command: StoreCommand,
    },
    /// Show the health of a deployment: runs, freshness of charges, waiting messages
    #[command(after_long_help = "Example:\n  tollgate --store aws://TABLE/BUCKET status")]
    Status,
    Demo(Demo),
    Init(Init),
    /// Show the policy in effect, or replace it
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Detect anomalies in a file of time series, or forecast it; no store needed
    Series {
        #[command(subcommand)]
        command: SeriesCommand,
    },
    Completions(Completions),
    Man(Man),
}

/// The person who acts.
#[derive(clap::Args, Debug)]
pub(crate) struct ActorArgs {
    /// Name of the person, for the audit log [default: the AWS identity for a store on AWS, otherwise $USER]
    #[arg(long, value_name = "PERSON")]
    pub(crate) by: Option<String>,
}
