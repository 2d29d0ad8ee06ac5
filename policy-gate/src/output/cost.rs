//! The cost of a change: one line, and a table of the resources that change in cost, in text and Markdown.

use tollgate_model::limits::TEXT_WIDTH;
use tollgate_model::text::counted;
use tollgate_model::untrusted::{markdown_code as code, markdown_sentence as escape, shortened};
use tollgate_model::{Amount, Currency};
use tollgate_prices::Span;

use crate::cost::{BudgetImpact, PlanCost, ResourceCost, amount, change, range};
use crate::report::{PlanReport, Report};

/// The resources whose components a comment lists, the largest changes first.
const DETAILED: usize = 10;

/// The sum over the plans of a run.
struct Sum {
    currency: Option<Currency>,
    change: Span<Amount>,
    changing: usize,
    priced: usize,
}

fn sum(plans: &[PlanReport]) -> Sum {
    let mut out = Sum { currency: None, change: Span::default(), changing: 0, priced: 0 };
    for cost in plans.iter().map(|p| &p.cost) {
        out.currency = out.currency.or(cost.currency);
        out.change = out.change.plus(cost.change);
        out.changing += cost.changing;
        out.priced += cost.priced;
    }
    out
}

/// `+$412 to +$530 a month, 14 of 15 resources priced (93 %), 1 unpriced`; `None` when no cost changes.
pub(super) fn line(report: &Report) -> Option<String> {
    let sum = sum(&report.plans);
    if sum.changing == 0 {
        return None;
    }
    let coverage = if sum.priced == sum.changing {
        format!("{} priced", counted(sum.changing, "resource", "resources"))
    } else {
        let percent = sum.priced * 100 / sum.changing;
        let unpriced = sum.changing - sum.priced;
        format!("{} of {} resources priced ({percent} %), {unpriced} unpriced", sum.priced, sum.changing)
    };
    if sum.priced == 0 {
        return Some(format!("the monthly cost of this change is unknown: {coverage}"));
    }
    let money = if sum.change == Span::default() { "no change".to_owned() } else { change(sum.change, sum.currency) };
    Some(format!("{money} a month, {coverage}"))
}

/// Returns the resources that change in cost, the largest change first, then the unpriced ones.
fn moving(cost: &PlanCost) -> Vec<&ResourceCost> {
    let mut out: Vec<&ResourceCost> =
        cost.resources.iter().filter(|r| r.changes() && r.change != Some(Span::default())).collect();
    out.sort_by_key(|r| (r.change.is_none(), std::cmp::Reverse(r.change.map(|c| c.likely.units().abs())), &r.address));
    out
}

fn shown(span: Option<Span<Amount>>, currency: Option<Currency>) -> String {
    span.map_or("?".to_owned(), |s| range(s, currency))
}

/// Lists the resources of each plan with their components, for a terminal.
pub(crate) fn breakdown(plans: &[PlanReport], all: bool) -> String {
    let mut out = String::new();
    for plan in plans {
        let cost = &plan.cost;
        let chosen: Vec<&ResourceCost> = if all { cost.resources.iter().collect() } else { moving(cost) };
        if chosen.is_empty() {
            continue;
        }
        out += &format!("{}\n", plan.plan);
        for r in chosen {
            let place = r.region.as_ref().map_or(String::new(), |region| format!(", {region}"));
            let delta = r.change.map_or("?".to_owned(), |c| change(c, cost.currency));
            out += &format!("  {} ({}{place}): {delta} a month\n", r.address, r.action);
            let parts: Vec<[String; 3]> = r
                .components
                .iter()
                .map(|c| {
                    let after = match (&c.unpriced_reason, c.after) {
                        (Some(why), None) => format!("? {why}"),
                        (_, after) => shown(after.or(Some(Span::default())), cost.currency),
                    };
                    let before = match c.before {
                        Some(before) if Some(before) != c.after => format!("{} -> ", range(before, cost.currency)),
                        _ => String::new(),
                    };
                    let cut = |text: &str| shortened(text, TEXT_WIDTH.size()).into_owned();
                    [cut(&c.name), cut(&c.quantity), before + &after]
                })
                .collect();
            let width = |n: usize| parts.iter().map(|p| p[n].chars().count()).max().unwrap_or(0);
            let (first, second) = (width(0), width(1));
            for [name, quantity, money] in &parts {
                out += &format!("      {name:<first$}  {quantity:<second$}  {money}\n");
            }
            if r.components.is_empty()
                && let Some(why) = &r.unpriced_reason
            {
                out += &format!("      {why}\n");
            }
        }
        let (before, after) = (range(cost.before, cost.currency), range(cost.after, cost.currency));
        out += &format!("  {before} -> {after} a month, priced parts only\n\n");
    }
    out
}

/// Formats a table of the resources that change in cost, within a limit of bytes. The rest is counted.
pub(super) fn markdown(report: &Report, limit: usize) -> String {
    let Some(line) = line(report) else { return String::new() };
    let mut out = format!("\n**Cost:** {}\n", escape(&line));
    out += &budgets(&report.budgets);
    let rows: Vec<(Option<Currency>, &ResourceCost)> =
        report.plans.iter().flat_map(|p| moving(&p.cost).into_iter().map(move |r| (p.cost.currency, r))).collect();
    if rows.is_empty() {
        return out;
    }
    let summary = counted(rows.len(), "resource changes in cost", "resources change in cost");
    out += &format!(
        "\n<details><summary>{summary}</summary>\n\n| Resource | | Before | After | Change |\n|---|---|--:|--:|--:|\n"
    );
    for (n, (currency, r)) in rows.iter().enumerate() {
        let shown = |span| shown(span, *currency);
        let mut row = format!(
            "| {} | {} | {} | {} | {} |\n",
            code(&r.address),
            r.action,
            shown(r.before),
            shown(r.after),
            r.change.map_or_else(|| escape(r.unpriced_reason.as_deref().unwrap_or("?")), |c| change(c, *currency)),
        );
        // Of many resources, the components of the largest changes are enough.
        let components = if n < DETAILED { r.components.as_slice() } else { &[] };
        for c in components.iter().filter(|c| c.before != c.after || c.unpriced_reason.is_some()) {
            let money = |span: Option<Span<Amount>>| span.map_or(String::new(), |s| range(s, *currency));
            let why = c.unpriced_reason.as_deref().map_or(String::new(), |why| format!(" ({})", escape(why)));
            row += &format!(
                "| ↳ {}{why} | {} | {} | {} | |\n",
                escape(&c.name),
                escape(&c.quantity),
                money(c.before),
                money(c.after)
            );
        }
        if out.len() + row.len() + 200 > limit {
            out += &format!("\n{}\n", counted(rows.len() - n, "more resource", "more resources"));
            break;
        }
        out += &row;
    }
    out + "\n</details>\n"
}

fn budgets(impacts: &[BudgetImpact]) -> String {
    if impacts.is_empty() {
        return String::new();
    }
    let mut out = "\n| Budget | Spent | Forecast | This change | Other open changes | Expected | Of |\n|---|--:|--:|--:|--:|--:|--:|\n".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    for s in impacts.iter().filter(|s| seen.insert((&s.name, s.change))) {
        let shown = |a: Amount| amount(a, Some(s.currency));
        let maybe = |a: Option<Amount>| a.map_or("?".to_owned(), shown);
        let over = if s.expected.is_some_and(|e| e > s.amount) { "**" } else { "" };
        let others =
            if s.other_changes == 0 { "-".to_owned() } else { format!("{} ({})", shown(s.others), s.other_changes) };
        out += &format!(
            "| {} | {} by {} | {} | {} | {others} | {over}{}{over} | {} |\n",
            escape(&s.name),
            shown(s.actual),
            s.as_of,
            maybe(s.forecast),
            shown(s.change),
            maybe(s.expected),
            shown(s.amount),
        );
    }
    out
}
