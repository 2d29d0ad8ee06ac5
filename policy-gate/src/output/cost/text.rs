//! Cost for a terminal: the resources of each plan with their components, groups and projects.

use tollgate_model::limits::TEXT_WIDTH;
use tollgate_model::untrusted::shortened;
use tollgate_prices::Span;

use super::{
    PROJECT_COLUMNS, ProjectCost, group_columns, group_rows, in_sums, line_of, listed, notes, project_rows, shown, sum,
};
use crate::cost::{PlanCost, ResourceCost, change, range};

pub(super) fn render(projects: &[ProjectCost], all: bool) -> String {
    let mut out = String::new();
    for project in projects {
        out += &breakdown(project, all);
    }
    if projects.len() > 1 {
        let named: Vec<(&str, &PlanCost)> = projects.iter().map(|p| (p.plan.as_str(), &p.cost)).collect();
        out += &table(&PROJECT_COLUMNS.map(str::to_owned), &project_rows(&named), "");
        out.push('\n');
    }
    let line = line_of(&sum(projects.iter().map(|p| &p.cost))).unwrap_or_else(|| "no cost changes".to_owned());
    out += &format!("{line}\n");
    for note in notes(projects) {
        out += &format!("note: {note}\n");
    }
    out
}

/// Formats a table. The first column is text, the others are numbers.
fn table(columns: &[String], rows: &[Vec<String>], indent: &str) -> String {
    let cut = |text: &String| shortened(text, TEXT_WIDTH.size()).into_owned();
    let all: Vec<Vec<String>> = std::iter::once(columns.iter().map(cut).collect())
        .chain(rows.iter().map(|row| row.iter().map(cut).collect()))
        .collect();
    let width = |n: usize| all.iter().filter_map(|row| row.get(n)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut out = String::new();
    for row in &all {
        let mut line = indent.to_owned();
        for (n, (cell, width)) in row.iter().zip(&widths).enumerate() {
            line += &if n == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// Lists the resources of a plan with their components.
fn breakdown(project: &ProjectCost, all: bool) -> String {
    let cost = &project.cost;
    let chosen = listed(cost, all);
    let groups = project.groups.as_ref().filter(|groups| !groups.groups.is_empty());
    if chosen.is_empty() && groups.is_none() {
        return String::new();
    }
    let mut out = format!("{}\n", project.plan);
    for r in chosen {
        out += &resource(r, cost);
    }
    if let Some(groups) = groups {
        out += &table(&group_columns(groups), &group_rows(groups, cost.currency), "  ");
    }
    let (before, after) = (range(cost.before, cost.currency), range(cost.after, cost.currency));
    out + &format!("  {before} -> {after} a month{}\n\n", in_sums(cost))
}

fn resource(r: &ResourceCost, cost: &PlanCost) -> String {
    let place = r.region.as_ref().map_or(String::new(), |region| format!(", {region}"));
    let delta = r.change.map_or("?".to_owned(), |c| change(c, cost.currency));
    let mut out = format!("  {} ({}{place}): {delta} a month\n", r.name(), r.action);
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
    out
}
