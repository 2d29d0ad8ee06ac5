//! Parents and children among budgets: no circles, and children together within their parent's amount.

use std::ops::Range;

use tollgate_model::money::grouped;
use tollgate_model::{Amount, BudgetPeriod, Day, ExchangeRates};

use crate::Budget;
use crate::diagnostic::suggest;
use crate::document::Document;

/// Returns where a budget is in the file.
pub(crate) type BudgetPlaces<'p> = dyn Fn(&str) -> Range<usize> + 'p;

/// Refuses parents that do not exist, circles, and children whose amounts together exceed their parent's. Amounts are compared
/// for a year, in the parent's currency, on every day on which one of them changes.
pub(crate) fn check_hierarchy(
    budgets: &[Budget],
    rates: &ExchangeRates,
    at: &BudgetPlaces<'_>,
    document: &mut Document<'_>,
) {
    if has_circle(budgets, at, document) {
        return;
    }
    for budget in budgets {
        check_parent(budget, budgets, at, document);
    }
    for parent in budgets {
        check_children(parent, budgets, rates, at, document);
    }
}

/// Reports a budget that is its own ancestor.
fn has_circle(budgets: &[Budget], at: &BudgetPlaces<'_>, document: &mut Document<'_>) -> bool {
    for budget in budgets {
        let mut seen = vec![budget.name.as_str()];
        let mut above = budget.parent.as_deref();
        while let Some(name) = above {
            if seen.contains(&name) {
                let message = format!("budget \"{}\" is its own ancestor: {} > {name}", budget.name, seen.join(" > "));
                document.report(at(&budget.name), message, None);
                return true;
            }
            seen.push(name);
            above = find(budgets, name).and_then(|b| b.parent.as_deref());
        }
    }
    false
}

fn find<'b>(budgets: &'b [Budget], name: &str) -> Option<&'b Budget> {
    budgets.iter().find(|b| b.name == name)
}

fn check_parent(budget: &Budget, budgets: &[Budget], at: &BudgetPlaces<'_>, document: &mut Document<'_>) {
    let Some(parent) = &budget.parent else { return };
    match find(budgets, parent) {
        None => {
            let message = format!("budget \"{}\" names the parent `{parent}`, which is no budget", budget.name);
            document.report(at(&budget.name), message, suggest(parent, budgets.iter().map(|b| b.name.as_str())));
        }
        Some(above) if above.basis != budget.basis => {
            let message = format!("budget \"{}\" and its parent count different costs", budget.name);
            document.report(at(&budget.name), message, Some(format!("add basis = \"{}\"", above.basis)));
        }
        Some(_) => {}
    }
}

/// Reports the first day on which the children of a budget exceed it.
fn check_children(
    parent: &Budget,
    budgets: &[Budget],
    rates: &ExchangeRates,
    at: &BudgetPlaces<'_>,
    document: &mut Document<'_>,
) {
    let children: Vec<&Budget> = budgets.iter().filter(|b| b.parent.as_ref() == Some(&parent.name)).collect();
    let changes = children.iter().chain([&parent]).flat_map(|b| b.amendments.iter().map(|a| a.on));
    let mut days: Vec<Day> = changes.chain(rates.iter().map(|r| r.since)).chain([Day::EPOCH]).collect();
    days.sort_unstable();
    days.dedup();
    for day in days {
        let mut sum = Amount::ZERO;
        for child in &children {
            let Some(amount) = yearly_amount(child, parent, rates, day) else {
                let message =
                    format!("no rate converts {} of budget \"{}\" to {}", child.currency, child.name, parent.currency);
                let hint = format!("add rates \"2026-01-01\" {{ base = \"{}\" … }}", parent.currency);
                document.report(at(&child.name), message, Some(hint));
                return;
            };
            sum = sum.saturating_add(amount);
        }
        let limit = yearly_amount(parent, parent, rates, day).unwrap_or_default();
        // Custom periods count as parts of 365 days, so a little is rounding.
        let by_days = children.iter().chain([&parent]).any(|b| b.period == BudgetPeriod::Custom);
        let most = if by_days { limit.ratio(1001, 1000).unwrap_or(limit) } else { limit };
        if sum > most {
            let since = if day == Day::EPOCH { String::new() } else { format!(" from {day} on") };
            let message = format!(
                "the budgets below \"{}\" may spend {} {} a year together{since}; its amount is {}",
                parent.name,
                grouped(sum, 0),
                parent.currency,
                grouped(limit, 0)
            );
            let names = children.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", ");
            document.report(at(&parent.name), message, Some(format!("lower one of {names}")));
            return;
        }
    }
}

/// Returns the amount of a year from a day on, in the currency of `parent`; with the newest rate where that day has none.
fn yearly_amount(budget: &Budget, parent: &Budget, rates: &ExchangeRates, day: Day) -> Option<Amount> {
    let (times, of) = budget.calendar.periods_per_year();
    let newest = rates.iter().map(|r| r.since).max().unwrap_or(day).max(day);
    let convert = |on| rates.convert(budget.amount_on(day), budget.currency, parent.currency, on);
    convert(day).or_else(|| convert(newest))?.ratio(times, of)
}
