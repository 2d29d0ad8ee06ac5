//! The store, the policy file, and tools.

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_model::{BillingPeriod, Currency, Day, FocusVersion, SourceId};

use super::ActorArgs;

/// Generate a sample company's year on three clouds, analyze it, and print the results
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate demo\n  tollgate demo --reset")]
pub(crate) struct Demo {
    /// Folder for the demo
    #[arg(default_value = "tollgate-demo")]
    pub(crate) dir: PathBuf,
    /// Write the demo again if it was used: decisions in it and changes of its files are lost
    #[arg(long)]
    pub(crate) reset: bool,
    /// Seed of the generator; another seed gives another company with the same cost patterns
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Factor for the number of resources; 10 gives about a million charges
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) size: u32,
    /// First day
    #[arg(long, default_value = "2025-11-16")]
    pub(crate) start: Day,
    /// Number of days
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i32).range(120..=1100))]
    pub(crate) days: i32,
}

/// Write a short tollgate.hcl to start from
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate init\n  tollgate init --full tollgate.full.hcl")]
pub(crate) struct Init {
    /// File to write
    #[arg(default_value = "tollgate.hcl")]
    pub(crate) path: PathBuf,
    /// Write every setting, with its meaning and its default
    #[arg(long)]
    pub(crate) full: bool,
}

/// Import billing files, verify that no charge was lost, and make them current
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate ingest exports/2026-10/*.csv.gz")]
pub(crate) struct Ingest {
    /// Billing files: FOCUS, AWS CUR or Azure exports, as CSV, CSV.gz or Parquet. Pass all files of one export in one call:
    /// together they replace the earlier delivery of the same accounts and month
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Show the verification of every file and month, to the last digit
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Show what would be read, kept, replaced and rejected, and change nothing
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) options: ReadArgs,
}

#[derive(Subcommand, Debug)]
pub(crate) enum ImportsCommand {
    /// Roll an import back: what it replaced counts again
    #[command(after_long_help = "Example:\n  tollgate imports rollback imp-3f9a2c10")]
    Rollback {
        /// The import, as `tollgate imports` lists it
        import: String,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

/// Import files if given, detect incidents, evaluate budgets, and print a summary
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate run exports/2026-10/*.csv.gz")]
pub(crate) struct Run {
    /// Billing files to import first
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: ReadArgs,
}

#[derive(clap::Args, Debug, Clone)]
pub(crate) struct ReadArgs {
    /// Name of the source [default: from provider and billing account]
    #[arg(long)]
    pub(crate) source: Option<SourceId>,
    /// Currency of rows without a currency
    #[arg(long)]
    pub(crate) currency: Option<Currency>,
    /// Change nothing when any row is rejected
    #[arg(long)]
    pub(crate) strict: bool,
    /// Replace earlier deliveries even when days, accounts or much of the cost of them would be lost
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Export {
    /// Export charges as FOCUS 1.2, 1.3 or 1.4
    ///
    /// Writes CSV, or with `--format parquet` Parquet, which keeps every decimal and instant exact.
    #[command(after_long_help = "Example:\n  tollgate export focus --period 2026-10 --output october.csv\n  \
                           tollgate export focus --version 1.4 --format parquet --output charges.parquet")]
    Focus {
        /// Only this month, as 2026-11
        #[arg(long)]
        period: Option<BillingPeriod>,
        /// Version of FOCUS: 1.2, 1.3 or 1.4
        #[arg(long, default_value_t = FocusVersion::V1_2)]
        version: FocusVersion,
        /// File to write [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Write text of CSV exactly; by default a ' is put before text that a spreadsheet would run as a formula
        #[arg(long)]
        raw: bool,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum Config {
    /// Show every setting in effect
    #[command(after_long_help = "Example:\n  tollgate config show --origin")]
    Show {
        /// Show the file and line of each setting
        #[arg(long)]
        origin: bool,
    },
    /// Check a policy file and put it into effect for a deployment
    #[command(after_long_help = "Example:\n  tollgate --store aws://TABLE/BUCKET config push tollgate.hcl")]
    Push {
        /// Policy file
        #[arg(default_value = "tollgate.hcl")]
        file: PathBuf,
        #[command(flatten)]
        actor: ActorArgs,
    },
}

#[derive(Subcommand, Debug)]
pub(crate) enum StoreCommand {
    /// Show billing periods, revisions and sizes
    #[command(after_long_help = "Example:\n  tollgate store info")]
    Info,
    /// Check that every current file is present and intact, and list unused files
    ///
    /// The exit code is 3 when a file is missing or damaged, or when sums differ.
    #[command(after_long_help = "Example:\n  tollgate store check --remove-orphans")]
    Check {
        /// Remove unused files that are older than two days
        #[arg(long)]
        remove_orphans: bool,
    },
}

/// Print a shell completion script
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate completions bash > /etc/bash_completion.d/tollgate")]
pub(crate) struct Completions {
    /// Shell
    pub(crate) shell: clap_complete::Shell,
}

/// Write man pages to a folder
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate man ./man")]
pub(crate) struct Man {
    /// Folder to write to
    pub(crate) dir: PathBuf,
}
