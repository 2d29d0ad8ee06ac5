//! Budgets.

use std::path::PathBuf;

use clap::Subcommand;
use tollgate_model::BillingPeriod;

#[derive(Subcommand, Debug)]
pub(crate) enum BudgetCommand {
    /// Show one budget: spend, forecast, variance by cost driver, and a suggested amount
    #[command(after_long_help = "Example:\n  tollgate budgets show platform")]
    Show {
        /// Name of the budget
        name: String,
    },
    /// Show which cost of a month is under a budget, and which is under none
    #[command(after_long_help = "Example:\n  tollgate budgets coverage --period 2026-10")]
    Coverage {
        /// Month, as 2026-10 [default: the newest month that has ended]
        #[arg(long)]
        period: Option<BillingPeriod>,
    },
    /// Export the status of all budgets as JSON, for policy-gate and other programs
    #[command(after_long_help = "Example:\n  tollgate budgets export --output budgets.json")]
    Export {
        /// File to write [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}
