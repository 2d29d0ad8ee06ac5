//! Budgets.

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Subcommand, Debug)]
pub(crate) enum BudgetCommand {
    /// Show one budget: spend, forecast, variance by cost driver, and a suggested amount
    #[command(after_long_help = "Example:\n  tollgate budgets show platform")]
    Show {
        /// Name of the budget
        name: String,
    },
    /// Export the status of all budgets as JSON, for policy-gate and other programs
    #[command(after_long_help = "Example:\n  tollgate budgets export --output budgets.json")]
    Export {
        /// File to write [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
    },
}
