//! Resources and commitments.

use clap::Subcommand;
use tollgate_model::BillingPeriod;

#[derive(Subcommand, Debug)]
pub(crate) enum ResourcesCommand {
    /// Show one resource: cost by day, tags, owner, incidents and recommendations
    ///
    /// The resource is named as charges name it: by its id or ARN, by the last part of either, or by its name.
    #[command(after_long_help = "Example:\n  tollgate resources show i-0a1b2c3d4e5f67890 --days 14")]
    Show {
        /// Id or ARN of the resource, the last part of it, or its name
        #[arg(value_name = "RESOURCE")]
        resource: String,
        /// Number of days up to the newest day of charges
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
    },
}

/// Show commitments of a month: utilization, coverage, savings and end
///
/// Utilization is the used part of a commitment. Coverage is the covered part of the use that a commitment could have covered: of the
/// charges that the provider states as eligible (FOCUS 1.4) where it does, and of the services that commitments cover elsewhere. The
/// effective savings rate is what commitments saved, after their unused part, over what the eligible use would have cost without them.
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate commitments --period 2026-10")]
pub(crate) struct Commitments {
    /// Month, as 2026-10 [default: the newest with charges]
    #[arg(long)]
    pub(crate) period: Option<BillingPeriod>,
}
