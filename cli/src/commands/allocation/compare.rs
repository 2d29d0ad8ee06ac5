//! `tollgate allocation diff` and `backtest`: two allocations of a month, by team.

use std::path::Path;

use anyhow::{Context as _, bail};
use tollgate_model::BillingPeriod;
use tollgate_model::allocation::AllocationPlan;
use tollgate_pipeline::{Context, MonthComparison, compare_closed};

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{bold, change, csv, json, money, table};
use crate::print_line;
use crate::setup::parse_policy;

pub(super) async fn diff(
    args: &Args,
    context: &Context,
    period: BillingPeriod,
    plan: &AllocationPlan,
) -> anyhow::Result<Exit> {
    let comparison = compare_closed(context, period, plan).await?;
    let title = format!("{period}, {}, against the charges and rules of today", comparison.state);
    print(args, &comparison, &title)?;
    Ok(Exit::with_findings(!comparison.differences.is_empty()))
}

pub(super) async fn backtest(
    args: &Args,
    context: &Context,
    months: &[BillingPeriod],
    plan: &AllocationPlan,
    rules: &Path,
) -> anyhow::Result<Exit> {
    let text = std::fs::read_to_string(rules)
        .with_context(|| format!("{}: the policy file cannot be read", rules.display()))?;
    let policy = parse_policy(rules, &text)?;
    let Some(other) = policy.allocation_plan(&plan.dimension) else {
        bail!("{}: has no dimension `{}`\nhint: copy it from the policy in effect", rules.display(), plan.dimension);
    };
    let comparison = tollgate_pipeline::backtest(context, months, plan, &other).await?;
    let span = match months {
        [first, .., last] => format!("{first} to {last}"),
        months => months.iter().map(ToString::to_string).collect(),
    };
    print(args, &comparison, &format!("{span} under the rules of {}", rules.display()))?;
    Ok(Exit::Success)
}

fn print(args: &Args, comparison: &MonthComparison, title: &str) -> anyhow::Result<()> {
    match args.format {
        Format::Json => json(comparison)?,
        Format::Csv => csv(&comparison.differences)?,
        Format::Text => {
            print_line!("{}  {title}", bold("Difference"));
            let same = tollgate_model::text::counted(comparison.same as u64, "value is", "values are");
            if comparison.differences.is_empty() {
                print_line!("no difference: {same} the same");
                return Ok(());
            }
            let rows = comparison.differences.iter().map(|d| {
                vec![
                    d.value.clone(),
                    money(d.billed_before, d.currency),
                    money(d.billed_after, d.currency),
                    change(d.billed(), d.currency),
                    change(d.billed_by_charges, d.currency),
                    change(d.billed_by_rules, d.currency),
                    change(d.effective(), d.currency),
                ]
            });
            let headers = [
                comparison.dimension.as_str(),
                ">billed before",
                ">after",
                ">difference",
                "?>restated",
                "?>rules",
                "?>effective",
            ];
            table(&headers, rows.collect());
            print_line!("{same} the same");
        }
    }
    Ok(())
}
