//! Cost in Markdown: for a comment, within a limit, and for `policy-gate cost`.

use tollgate_model::text::counted;
use tollgate_model::untrusted::{markdown_code as code, markdown_sentence as escape};
use tollgate_model::{Amount, Currency};
use tollgate_prices::Span;

use super::{
    PROJECT_COLUMNS, ProjectCost, age, group_columns, group_rows, line, line_of, listed, moving, notes, project_rows,
    shown, sum,
};
use crate::cost::{BudgetImpact, ComponentChange, PlanCost, ResourceCost, amount, change, range};
use crate::report::Report;

/// Formats the cost of plans.
pub(super) fn render(projects: &[ProjectCost], all: bool) -> String {
    let sum = sum(projects.iter().map(|p| &p.cost));
    let line = line_of(&sum).unwrap_or_else(|| "no cost changes".to_owned());
    let mut out = format!("**Cost:** {}\n", escape(&line));
    if projects.len() > 1 {
        let named: Vec<(&str, &PlanCost)> = projects.iter().map(|p| (p.plan.as_str(), &p.cost)).collect();
        out += &table(&PROJECT_COLUMNS.map(str::to_owned), &project_rows(&named));
    }
    for project in projects {
        let currency = project.cost.currency;
        if let Some(groups) = &project.groups {
            out += &format!("\n**{}**\n", escape(&project.plan));
            out += &table(&group_columns(groups), &group_rows(groups, currency));
        }
        let rows: Vec<&ResourceCost> = listed(&project.cost, all);
        if rows.is_empty() {
            continue;
        }
        let count = counted(rows.len(), "resource", "resources");
        out += &format!("\n<details><summary>{}: {count}</summary>\n\n{RESOURCES}", escape(&project.plan));
        for resource in rows {
            out += &resource_rows(resource, currency, Components::All);
        }
        out += "\n</details>\n";
    }
    for note in age(projects).into_iter().chain(notes(projects)) {
        out += &format!("\n{}\n", escape(&note));
    }
    out
}

/// Formats a table. The first column is text, the others are numbers.
fn table(columns: &[String], rows: &[Vec<String>]) -> String {
    let cells = |row: &[String]| format!("| {} |\n", row.iter().map(|c| escape(c)).collect::<Vec<_>>().join(" | "));
    let rule = format!("|---|{}\n", "--:|".repeat(columns.len().saturating_sub(1)));
    let rows: String = rows.iter().map(|row| cells(row)).collect();
    format!("\n{}{rule}{rows}", cells(columns))
}

/// Formats the table of projects within a limit of bytes: the sum and the last projects, the rest counted.
fn project_table(projects: &[(&str, &PlanCost)], limit: usize) -> String {
    let rows = project_rows(projects);
    let mut left = 0;
    loop {
        let text = table(&PROJECT_COLUMNS.map(str::to_owned), rows.get(left..).unwrap_or_default());
        if text.len() <= limit || left + 1 >= rows.len() {
            let more = format!("\n{}\n", counted(left, "more project", "more projects"));
            return if left == 0 { text } else { text + &more };
        }
        // Half of what is left, so that thousands of projects take few rounds.
        left += (rows.len() - left).div_ceil(2).min(rows.len() - 1 - left);
    }
}

/// The head of a table of resources.
const RESOURCES: &str = "| Resource | | Before | After | Change |\n|---|---|--:|--:|--:|\n";

/// The resources whose components a comment lists, the largest changes first.
const DETAILED: usize = 10;

/// Which components of a resource are listed.
#[derive(Clone, Copy)]
enum Components {
    All,
    Changed,
    None,
}

/// The rows of a resource: its sums, then its components.
fn resource_rows(r: &ResourceCost, currency: Option<Currency>, components: Components) -> String {
    let shown = |span| shown(span, currency);
    let mut row = format!(
        "| {} | {} | {} | {} | {} |\n",
        code(&r.name()),
        r.action,
        shown(r.before),
        shown(r.after),
        r.change.map_or_else(|| escape(r.unpriced_reason.as_deref().unwrap_or("?")), |c| change(c, currency)),
    );
    let is_listed = |c: &&ComponentChange| match components {
        Components::All => true,
        Components::Changed => c.before != c.after || c.unpriced_reason.is_some(),
        Components::None => false,
    };
    for c in r.components.iter().filter(is_listed) {
        let money = |span: Option<Span<Amount>>| span.map_or(String::new(), |s| range(s, currency));
        let why = c.unpriced_reason.as_deref().map_or(String::new(), |why| format!(" ({})", escape(why)));
        row += &format!(
            "| ↳ {}{why} | {} | {} | {} | |\n",
            escape(&c.name),
            escape(&c.quantity),
            money(c.before),
            money(c.after)
        );
    }
    row
}

/// Formats a table of the resources that change in cost, within a limit of bytes. The rest is counted.
pub(in crate::output) fn comment(report: &Report, limit: usize) -> String {
    let Some(line) = line(report) else { return String::new() };
    let mut out = format!("\n**Cost:** {}\n", escape(&line));
    if report.plans.len() > 1 {
        let projects: Vec<(&str, &PlanCost)> = report.plans.iter().map(|p| (p.plan.as_str(), &p.cost)).collect();
        out += &project_table(&projects, limit / 3);
    }
    out += &budgets(&report.budgets);
    let rows: Vec<(Option<Currency>, &ResourceCost)> =
        report.plans.iter().flat_map(|p| moving(&p.cost).into_iter().map(move |r| (p.cost.currency, r))).collect();
    if rows.is_empty() {
        return out;
    }
    let summary = counted(rows.len(), "resource changes in cost", "resources change in cost");
    out += &format!("\n<details><summary>{summary}</summary>\n\n{RESOURCES}");
    for (n, (currency, r)) in rows.iter().enumerate() {
        let components = if n < DETAILED { Components::Changed } else { Components::None };
        let row = resource_rows(r, *currency, components);
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
