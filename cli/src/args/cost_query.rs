//! `tollgate costs`: questions about cost.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use tollgate_model::query::{
    Comparison, CostField, CostFilter, CostGroupings, CostMetric, CostOrder, CostPeriod, CurrencyChoice, Granularity,
};

/// Show costs of a period by anything, explain a change, or list what is untagged
#[derive(clap::Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Example:\n  tollgate costs --by team,service --period 2026-10 --compare previous --top 10

More questions:
  tollgate costs --by service --granularity month --period last-6-months
  tollgate costs --by tag:owner --filter 'account=prod-*' --filter 'kind!=tax'
  tollgate costs --filter team=checkout --by resource --metric billed --top 20
  tollgate costs --view by-team --period last-quarter

Periods: 2026-10, 2026-10-05, 2026-Q3, FY2026-Q3, 2026, 2026-W42, a range such as 2026-08..2026-10,
last-month, last-30-days, last-3-months, last-fiscal-quarter, month-to-date, year-to-date, all.

Filters: FIELD=VALUE, FIELD!=VALUE; `*` stands for any text, commas separate values, and no value
selects charges without one (tag:owner=). All filters must hold.

Billed and effective cost by provider, account, service, region, kind or a dimension come from the
daily series, everything else from the charges. Both give the same numbers."
)]
pub(crate) struct Costs {
    #[command(flatten)]
    pub(crate) question: Question,
    /// Period to compare with: previous, previous-year, or a period
    #[arg(long, value_name = "PERIOD")]
    pub(crate) compare: Option<Comparison>,
    /// Buckets of time: hour, day, week, month, quarter, year, fiscal-quarter, fiscal-year, total
    #[arg(long, value_name = "UNIT")]
    pub(crate) granularity: Option<Granularity>,
    /// Order of the groups: amount, change (the largest first), name
    #[arg(long)]
    pub(crate) order: Option<CostOrder>,
    /// SVG file to write instead of the table: a line for each of the largest groups
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Workbook (XLSX) to write instead of the table: amounts are numbers, sums are formulas
    #[arg(long, value_name = "FILE", conflicts_with = "svg")]
    pub(crate) xlsx: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<CostsCommand>,
}

/// What every question about cost has.
#[derive(clap::Args, Debug)]
pub(crate) struct Question {
    /// At most three groupings: provider, billing_account, account, service, region, kind, a dimension of tollgate.hcl, tag:KEY, resource, meter, or a text column of FOCUS
    #[arg(long, value_name = "FIELDS")]
    pub(crate) by: Option<CostGroupings>,
    /// Period: 2026-10, 2026-Q3, last-month, last-30-days, month-to-date, 2026-08..2026-10… [default: month-to-date]
    #[arg(long, value_name = "PERIOD")]
    pub(crate) period: Option<CostPeriod>,
    /// Condition such as account=prod, service=Amazon*, team!=research or tag:owner=; repeatable
    #[arg(long, value_name = "CONDITION")]
    pub(crate) filter: Vec<CostFilter>,
    /// Cost to sum: effective (amortized), billed, list, contracted [default: effective]
    #[arg(long)]
    pub(crate) metric: Option<CostMetric>,
    /// Number of groups to list; the others are one row [default: 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) top: Option<u32>,
    /// Currency to convert into by the exchange rates of tollgate.hcl, or `keep` [default: defaults.currency]
    #[arg(long)]
    pub(crate) currency: Option<CurrencyChoice>,
    /// View of tollgate.hcl to start from; options replace its settings, filters are added
    #[arg(long, value_name = "NAME")]
    pub(crate) view: Option<String>,
}

#[derive(Subcommand, Debug)]
pub(crate) enum CostsCommand {
    /// Explain a change of cost: new, gone, usage, mix and price, which add up to it
    #[command(after_long_help = "Example:\n  tollgate costs why --period 2026-10 --compare 2026-09 --by service

New and gone are meters that only one of the periods has. For the others, usage is the change of
the quantity at earlier prices, mix the shift between meters of different price, and price the
change of the price itself. Charges without a quantity are unmeasured.")]
    Why {
        #[command(flatten)]
        question: Question,
        /// Earlier period: previous, previous-year, or a period [default: previous]
        #[arg(long, value_name = "PERIOD")]
        compare: Option<Comparison>,
    },
    /// List the largest resources, services, accounts or movers, with their change
    #[command(after_long_help = "Example:\n  tollgate costs top resources --period last-month --top 10")]
    Top {
        /// What to list
        #[arg(value_enum, default_value_t = TopOf::Services)]
        what: TopOf,
        #[command(flatten)]
        question: Question,
        /// Period to compare with: previous, previous-year, or a period [default: previous]
        #[arg(long, value_name = "PERIOD")]
        compare: Option<Comparison>,
    },
    /// List cost without a value of a dimension or tag, and where it is
    #[command(
        after_long_help = "Example:\n  tollgate costs untagged --of tag:owner --period last-month --by account,service"
    )]
    Untagged {
        /// Dimension or tag:KEY; repeatable [default: every dimension of tollgate.hcl]
        #[arg(long, value_name = "FIELD")]
        of: Vec<CostField>,
        #[command(flatten)]
        question: Question,
    },
}

/// What `costs top` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TopOf {
    /// Resources with their service
    Resources,
    /// Services
    Services,
    /// Accounts
    Accounts,
    /// Services by account whose cost changed most, up or down
    Movers,
}
