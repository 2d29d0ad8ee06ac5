//! Allocation and statements.

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_model::BillingPeriod;
use tollgate_pipeline::StatementSection;

use super::ActorArgs;
use crate::values;

/// A month and a dimension.
#[derive(clap::Args, Debug)]
pub(crate) struct AllocationMonth {
    /// Month, as 2026-10 [default: the newest month that has ended]
    #[arg(long)]
    pub(crate) period: Option<BillingPeriod>,
    /// Dimension of the policy file [default: the first that has allocation rules]
    #[arg(long)]
    pub(crate) dimension: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum AllocationCommand {
    /// Show the direct and shared cost of each team, or the parts of one with their rules and ratios
    #[command(after_long_help = "Example:\n  tollgate allocation show --period 2026-10 --of checkout")]
    Show {
        #[command(flatten)]
        month: AllocationMonth,
        /// Only this value of the dimension: each part with its origin, rules and ratios
        #[arg(long, value_name = "VALUE")]
        of: Option<String>,
    },
    /// Check the rules against the charges: unknown values, rules without effect, and what stays unallocated
    ///
    /// The exit code is 3 when there is a finding.
    #[command(after_long_help = "Example:\n  tollgate allocation check --period 2026-10")]
    Check {
        #[command(flatten)]
        month: AllocationMonth,
    },
    /// Compare a closed month with the charges and rules of today, by team
    ///
    /// The exit code is 3 when a team has a difference.
    #[command(after_long_help = "Example:\n  tollgate allocation diff --period 2026-10")]
    Diff {
        #[command(flatten)]
        month: AllocationMonth,
    },
    /// Close a month: freeze its allocation and bind it by a hash
    #[command(after_long_help = "Example:\n  tollgate allocation close --period 2026-10 --by jane")]
    Close {
        #[command(flatten)]
        month: AllocationMonth,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Approve a closed month as a second person: it is locked
    #[command(after_long_help = "Example:\n  tollgate allocation approve 0f3a9c2d41b87e65 --period 2026-10 --by dana")]
    Approve {
        /// Hash of the closed month, or its first 16 digits
        hash: String,
        #[command(flatten)]
        month: AllocationMonth,
        #[command(flatten)]
        actor: ActorArgs,
    },
    /// Print the cost categories of AWS or the cost allocation rules of Azure as blocks of the policy file
    ///
    /// The exit code is 3 when something cannot be expressed; it is named.
    #[command(after_long_help = "Example:\n  tollgate allocation import category.json > rules.hcl")]
    Import {
        /// JSON of the provider
        file: PathBuf,
    },
    /// Compare months with what they would be under the rules of a different policy file, by team
    #[command(after_long_help = "Example:\n  tollgate allocation backtest other.hcl --period 2026-09 --months 3")]
    Backtest {
        /// Policy file with the other rules
        rules: PathBuf,
        /// Number of months up to the period
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=36))]
        months: u16,
        #[command(flatten)]
        month: AllocationMonth,
    },
    /// Draw the cost of each team by month as a heat map
    #[command(after_long_help = "Example:\n  tollgate allocation heatmap --months 12 --svg teams.svg")]
    Heatmap {
        /// Dimension of the policy file [default: the first that has allocation rules]
        #[arg(long)]
        dimension: Option<String>,
        /// Number of months
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=60))]
        months: u16,
        /// Write an SVG file
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
    },
    /// Export the charges of a month as FOCUS with Allocated columns: each divided charge as its parts
    #[command(after_long_help = "Example:\n  tollgate allocation export --period 2026-10 --output allocated.csv")]
    Export {
        #[command(flatten)]
        month: AllocationMonth,
        /// File to write [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// Write text exactly; by default a ' is put before text that a spreadsheet would run as a formula
        #[arg(long)]
        raw: bool,
    },
}

/// Write the statement of a team for a month, for showback or chargeback
#[derive(clap::Args, Debug)]
#[command(
    after_long_help = "Example:\n  tollgate statement --team checkout --period 2026-10\n  tollgate statement --all --journal --format csv"
)]
#[command(group(clap::ArgGroup::new("which").required(true).args(["team", "all"])))]
pub(crate) struct StatementArgs {
    /// Team, or another value of the dimension
    #[arg(long, value_name = "VALUE")]
    pub(crate) team: Option<String>,
    /// Include all teams below it in the hierarchy of the policy file
    #[arg(long, requires = "team")]
    pub(crate) with_children: bool,
    /// The statements of all teams, with the invoices that they sum to
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) month: AllocationMonth,
    /// Write Markdown
    #[arg(long, conflicts_with = "journal")]
    pub(crate) markdown: bool,
    /// Workbook (XLSX) to write instead of the text: amounts are numbers, sums are formulas
    #[arg(long, value_name = "FILE", conflicts_with_all = ["journal", "markdown"])]
    pub(crate) xlsx: Option<PathBuf>,
    /// Write journal lines for a general ledger, in whole cents; with --all they balance
    #[arg(long, requires = "all")]
    pub(crate) journal: bool,
    /// Account of a section in the journal, as direct=6100; repeatable
    #[arg(long = "account", value_name = "SECTION=ACCOUNT", value_parser = values::section_account, requires = "journal")]
    pub(crate) accounts: Vec<(StatementSection, String)>,
    /// Account that balances the journal [default: cloud-invoices]
    #[arg(long, value_name = "ACCOUNT", requires = "journal")]
    pub(crate) balance_account: Option<String>,
}
