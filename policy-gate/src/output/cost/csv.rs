//! Cost as CSV (RFC 4180, with line feeds): a row for each component of a resource, or for each group.

use tollgate_model::untrusted::spreadsheet;
use tollgate_model::{Amount, Currency};
use tollgate_prices::Span;

use super::{ProjectCost, listed};
use crate::cost::ResourceCost;

const COMPONENTS: [&str; 17] = [
    "project",
    "address",
    "type",
    "module",
    "service",
    "region",
    "action",
    "component",
    "quantity",
    "currency",
    "before_low",
    "before",
    "before_high",
    "after_low",
    "after",
    "after_high",
    "unpriced_reason",
];

const GROUPS: [&str; 15] = [
    "project",
    "group_by",
    "group",
    "resources",
    "unpriced",
    "currency",
    "before_low",
    "before",
    "before_high",
    "after_low",
    "after",
    "after_high",
    "change_low",
    "change",
    "change_high",
];

pub(super) fn render(projects: &[ProjectCost], all: bool) -> String {
    let mut out = String::new();
    if projects.iter().any(|project| project.groups.is_some()) {
        row(&mut out, &GROUPS.map(str::to_owned));
        for project in projects {
            groups(&mut out, project);
        }
        return out;
    }
    row(&mut out, &COMPONENTS.map(str::to_owned));
    for project in projects {
        for resource in listed(&project.cost, all) {
            components(&mut out, project, resource);
        }
    }
    out
}

fn groups(out: &mut String, project: &ProjectCost) {
    let Some(of) = &project.groups else { return };
    for group in &of.groups {
        let counts = [group.resources.to_string(), group.unpriced.to_string()];
        let mut cells = vec![project.plan.clone(), of.by.clone(), group.name.clone()];
        cells.extend(counts);
        cells.push(currency(project.cost.currency));
        for span in [group.before, group.after, group.change] {
            cells.extend(amounts(Some(span)));
        }
        row(out, &cells);
    }
}

fn components(out: &mut String, project: &ProjectCost, r: &ResourceCost) {
    let start = [
        project.plan.clone(),
        r.name(),
        r.kind.clone(),
        r.module.clone(),
        r.service.clone(),
        r.region.clone().unwrap_or_default(),
        r.action.to_owned(),
    ];
    let mut add = |name: &str, quantity: &str, before, after, why: Option<&str>| {
        let mut cells = start.to_vec();
        cells.extend([name.to_owned(), quantity.to_owned(), currency(project.cost.currency)]);
        cells.extend(amounts(before));
        cells.extend(amounts(after));
        cells.push(why.unwrap_or_default().to_owned());
        row(out, &cells);
    };
    for c in &r.components {
        add(&c.name, &c.quantity, c.before, c.after, c.unpriced_reason.as_deref());
    }
    if r.components.is_empty() {
        add("", "", r.before, r.after, r.unpriced_reason.as_deref());
    }
}

fn currency(currency: Option<Currency>) -> String {
    currency.map(|c| c.to_string()).unwrap_or_default()
}

/// The bounds of an amount, exact; empty when it is unknown.
fn amounts(span: Option<Span<Amount>>) -> [String; 3] {
    match span {
        Some(Span { low, likely, high }) => [low.to_string(), likely.to_string(), high.to_string()],
        None => Default::default(),
    }
}

fn row(out: &mut String, cells: &[String]) {
    let quoted = |text: &String| {
        // An amount below zero is no formula.
        let is_number = text.parse::<Amount>().is_ok();
        let text = if is_number { text.as_str().into() } else { spreadsheet(text) };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.into_owned()
        }
    };
    *out += &cells.iter().map(quoted).collect::<Vec<_>>().join(",");
    out.push('\n');
}
