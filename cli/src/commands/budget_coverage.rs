//! `tollgate budgets coverage`: which cost of a month is under a budget, and which is under none.

use tollgate_model::{Amount, BillingPeriod};
use tollgate_pipeline::{Context, UncoveredCost, budget_coverage, newest_month};

use crate::args::{Args, Format};
use crate::exit::Exit;
use crate::output::{bold, csv, json, money, table};
use crate::print_line;

/// Rows of uncovered cost that text shows.
const SHOWN: usize = 20;

pub(crate) async fn run(args: &Args, context: &Context, period: Option<BillingPeriod>) -> anyhow::Result<Exit> {
    let period = newest_month(&context.state, period).await?;
    let coverage = budget_coverage(&context.state, period).await?;
    match args.format {
        Format::Json => json(&coverage)?,
        Format::Csv => csv(&coverage.uncovered)?,
        Format::Text => {
            print_line!("{}  {period}, {} cost", bold("Budget coverage"), coverage.basis);
            let rows = coverage.currencies.iter().map(|c| {
                let whole = c.covered.saturating_add(c.uncovered);
                vec![
                    c.currency.to_string(),
                    money(c.covered, c.currency),
                    money(c.uncovered, c.currency),
                    percent(c.covered, whole),
                ]
            });
            table(&["currency", ">under a budget", ">under none", ">covered"], rows.collect());
            print_uncovered(&coverage.uncovered);
        }
    }
    Ok(Exit::Success)
}

fn print_uncovered(uncovered: &[UncoveredCost]) {
    if uncovered.is_empty() {
        return;
    }
    print_line!("");
    print_line!("{}", bold("Under no budget"));
    let text = |text: &Option<String>, without: &str| text.clone().unwrap_or_else(|| without.to_owned());
    let rows = uncovered.iter().take(SHOWN).map(|cost| {
        let dimensions: Vec<String> = cost.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        vec![
            money(cost.amount, cost.currency),
            text(&cost.service, "no service"),
            text(&cost.account, "no account"),
            dimensions.join(", "),
        ]
    });
    table(&[">cost", "service", "account", "?dimensions"], rows.collect());
    if let Some(more) = uncovered.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        print_line!("and {more} more; --format csv lists all");
    }
}

/// The share in whole percent; a dash where there is no cost.
fn percent(part: Amount, whole: Amount) -> String {
    match tollgate_model::budget::percent(part, whole) {
        Some(percent) => format!("{percent} %"),
        None => "–".to_owned(),
    }
}
