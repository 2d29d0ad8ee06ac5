//! The cost of a change: one line, tables of projects, resources and groups, in text, Markdown, HTML, CSV and JSON.

mod csv;
mod html;
mod markdown;
mod text;

use serde::Serialize;
use tollgate_model::text::counted;
use tollgate_model::{Amount, Currency};
use tollgate_prices::Span;

use crate::cost::group::CostGroups;
use crate::cost::{PlanCost, ResourceCost, change, range};
use crate::report::Report;

pub(super) use markdown::comment;

/// A format of `policy-gate cost`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CostFormat {
    /// For a terminal.
    Text,
    /// The projects themselves. docs/reference/cost.schema.json is its schema.
    Json,
    /// A row for each component, or for each group.
    Csv,
    /// For a comment or a job's summary.
    Markdown,
    /// A page without references to other files.
    Html,
}

/// The cost of a plan, with its groups.
#[derive(Clone, Debug, Serialize)]
pub struct ProjectCost {
    /// The version of the JSON.
    pub version: u64,
    /// The plan.
    pub plan: String,
    /// Its cost.
    pub cost: PlanCost,
    /// Its resources in groups; `None` when the caller asks for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<CostGroups>,
}

/// Formats the cost of plans. `all` includes resources that do not change.
pub fn render(projects: &[ProjectCost], format: CostFormat, all: bool) -> String {
    match format {
        CostFormat::Text => text::render(projects, all),
        // Maps have text for keys and floats are not used, so there is nothing that could fail.
        CostFormat::Json => serde_json::to_string_pretty(projects).unwrap_or_default() + "\n",
        CostFormat::Csv => csv::render(projects, all),
        CostFormat::Markdown => markdown::render(projects, all),
        CostFormat::Html => html::render(projects, all),
    }
}

/// The sum over several plans.
pub(super) struct Sum {
    pub(super) currency: Option<Currency>,
    pub(super) before: Span<Amount>,
    pub(super) after: Span<Amount>,
    pub(super) change: Span<Amount>,
    pub(super) changing: usize,
    pub(super) priced: usize,
}

pub(super) fn sum<'c>(costs: impl Iterator<Item = &'c PlanCost>) -> Sum {
    let none = Span::default();
    let mut out = Sum { currency: None, before: none, after: none, change: none, changing: 0, priced: 0 };
    for cost in costs {
        out.currency = out.currency.or(cost.currency);
        out.before = out.before.plus(cost.before);
        out.after = out.after.plus(cost.after);
        out.change = out.change.plus(cost.change);
        out.changing += cost.changing;
        out.priced += cost.priced;
    }
    out
}

/// `+$412 to +$530 a month, 14 of 15 resources priced (93 %), 1 unpriced`; `None` when no cost changes.
pub(super) fn line(report: &Report) -> Option<String> {
    line_of(&sum(report.plans.iter().map(|p| &p.cost)))
}

fn line_of(sum: &Sum) -> Option<String> {
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

/// Returns the resources to list.
fn listed(cost: &PlanCost, all: bool) -> Vec<&ResourceCost> {
    if all { cost.resources.iter().collect() } else { moving(cost) }
}

/// Formats a change: `?` when it is unknown, `no change` when there is none.
fn changed(change_of: Option<Span<Amount>>, currency: Option<Currency>) -> String {
    match change_of {
        None => "?".to_owned(),
        Some(span) if span == Span::default() => "no change".to_owned(),
        Some(span) => change(span, currency),
    }
}

/// `14 of 15`: the changing resources that are priced.
fn coverage(cost: &PlanCost) -> String {
    if cost.changing == 0 { "-".to_owned() } else { format!("{} of {}", cost.priced, cost.changing) }
}

/// The columns of the table of projects.
const PROJECT_COLUMNS: [&str; 5] = ["Project", "Before", "After", "Change", "Priced"];

/// The table of projects, with their sum in the last row.
fn project_rows(projects: &[(&str, &PlanCost)]) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = projects
        .iter()
        .map(|(name, cost)| {
            let (before, after) = (range(cost.before, cost.currency), range(cost.after, cost.currency));
            vec![(*name).to_owned(), before, after, changed(Some(cost.change), cost.currency), coverage(cost)]
        })
        .collect();
    let sum = sum(projects.iter().map(|(_, cost)| *cost));
    let priced = if sum.changing == 0 { "-".to_owned() } else { format!("{} of {}", sum.priced, sum.changing) };
    let (before, after) = (range(sum.before, sum.currency), range(sum.after, sum.currency));
    rows.push(vec!["All projects".to_owned(), before, after, changed(Some(sum.change), sum.currency), priced]);
    rows
}

/// The columns of a table of groups.
fn group_columns(groups: &CostGroups) -> Vec<String> {
    [groups.by.as_str(), "Before", "After", "Change", "Resources", "Unpriced"].map(str::to_owned).to_vec()
}

fn group_rows(groups: &CostGroups, currency: Option<Currency>) -> Vec<Vec<String>> {
    let row = |group: &crate::cost::group::CostGroup| {
        vec![
            group.name.clone(),
            range(group.before, currency),
            range(group.after, currency),
            changed(Some(group.change), currency),
            group.resources.to_string(),
            group.unpriced.to_string(),
        ]
    };
    groups.groups.iter().map(row).collect()
}

/// The age of the prices, for reports that stand alone.
fn age(projects: &[ProjectCost]) -> Option<String> {
    let oldest = projects.iter().filter_map(|p| p.cost.oldest_price).min();
    oldest.map(|oldest| format!("the oldest price is of {oldest}"))
}

/// Returns which resources the sums of a plan contain, where they do not contain all.
fn in_sums(cost: &PlanCost) -> &'static str {
    if cost.is_fully_priced() { "" } else { ", fully priced resources only" }
}

/// Notes below the tables: what a plan leaves out, unknown regions, and the figures of the usage file that no estimate reads.
fn notes(projects: &[ProjectCost]) -> Vec<String> {
    let mut unread: Vec<String> = projects
        .iter()
        .flat_map(|p| &p.cost.usage_not_read)
        .map(|unread| format!("usage file, {}: the estimate does not read `{}`", unread.entry, unread.figure))
        .collect();
    unread.sort();
    unread.dedup();
    let of_plan = |p: &ProjectCost| -> Vec<String> {
        let name = |note: &String| if projects.len() > 1 { format!("{}: {note}", p.plan) } else { note.clone() };
        p.cost.notes.iter().map(name).collect()
    };
    projects.iter().flat_map(of_plan).chain(unread).collect()
}
