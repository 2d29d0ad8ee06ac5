//! What if, and efficiency figures.

use clap::ArgGroup;
use tollgate_model::query::{CostFilter, CostPeriod};
use tollgate_model::{Amount, BillingPeriod, Currency};
use tollgate_pipeline::whatif::Move;

use crate::values;

/// Compare the cost of past days with what they would have cost under other conditions
#[derive(clap::Args, Debug)]
#[command(
    override_usage = "tollgate what-if [OPTIONS] CHANGE…",
    group = ArgGroup::new("change").required(true).multiple(true)
        .args(["price", "usage", "region", "family", "end_commitment", "buy_commitment"]),
    after_long_help = "Example:\n  tollgate what-if --usage +20% --filter team=checkout\n\n\
    The charges are those of the bill; the answer is a range, and says what it assumes. Several changes apply together, in this\n\
    order: commitments that end, use, prices, regions and families, commitments that are bought. Charges whose other price is\n\
    unknown keep their cost and are listed."
)]
pub(crate) struct WhatIf {
    /// Period of the charges, as 2026-10 or last-3-months [default: the last complete month]
    #[arg(long)]
    pub(crate) period: Option<CostPeriod>,
    /// Only charges that meet the condition, as team=checkout, service=Amazon* or region!=us-east-1; repeatable
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) filter: Vec<CostFilter>,
    /// Prices of on-demand use higher or lower by this much, as -10%
    #[arg(long, value_name = "PERCENT", value_parser = values::percent_change, allow_hyphen_values = true)]
    pub(crate) price: Option<i64>,
    /// Use higher or lower by this much, as +20%
    #[arg(long, value_name = "PERCENT", value_parser = values::percent_change, allow_hyphen_values = true)]
    pub(crate) usage: Option<i64>,
    /// Move use from a region to another, as us-east-1=eu-central-1; repeatable
    #[arg(long, value_name = "FROM=TO", value_parser = values::region_move)]
    pub(crate) region: Vec<Move>,
    /// Move instances from a family to another of the same sizes, as m5=m7g; repeatable
    #[arg(long, value_name = "FROM=TO", value_parser = values::family_move)]
    pub(crate) family: Vec<Move>,
    /// End a commitment, by its id or the end of its id; repeatable
    #[arg(long, value_name = "ID")]
    pub(crate) end_commitment: Vec<String>,
    /// Buy a commitment of this amount an hour, as USD:10
    #[arg(long, value_name = "CUR:AMOUNT", value_parser = values::money)]
    pub(crate) buy_commitment: Option<(Currency, Amount)>,
    /// What the bought commitment saves of on-demand prices, as 28% [default: what the present ones save]
    #[arg(long, value_name = "PERCENT", value_parser = values::saving, requires = "buy_commitment")]
    pub(crate) saving: Option<i64>,
}

/// Show efficiency figures of a month with their definitions and levels of maturity
#[derive(clap::Args, Debug)]
#[command(after_long_help = "Example:\n  tollgate efficiency --month 2026-10\n\n\
    Levels are those of the FinOps maturity model: crawl, walk, run. A figure without published values has no level.")]
pub(crate) struct Efficiency {
    /// Month, as 2026-10 [default: the last complete month]
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<BillingPeriod>,
    /// Show the definition and source of each figure
    #[arg(long, short)]
    pub(crate) verbose: bool,
}
