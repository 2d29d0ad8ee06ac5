//! Cost as a page without references to other files.

use tollgate_model::Currency;
use tollgate_model::text::counted;
use tollgate_model::untrusted::html as escape;

use super::{
    PROJECT_COLUMNS, ProjectCost, age, changed, group_columns, group_rows, in_sums, line_of, listed, notes,
    project_rows, shown, sum,
};
use crate::cost::{PlanCost, ResourceCost, range};

const STYLE: &str = "\
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: #1f2328; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; }
th, td { border-bottom: 1px solid #d1d9e0; padding: 4px 10px; text-align: left; vertical-align: top; }
th:nth-child(n+2), td:nth-child(n+2) { text-align: right; white-space: nowrap; }
table.resources td:nth-child(2), table.resources th:nth-child(2) { text-align: left; white-space: normal; }
tr.part td { color: #59636e; border-bottom: 0; }
tr.part td:first-child { padding-left: 2rem; }
tr:last-child.sum td { font-weight: 600; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
";

pub(super) fn render(projects: &[ProjectCost], all: bool) -> String {
    let line = line_of(&sum(projects.iter().map(|p| &p.cost))).unwrap_or_else(|| "no cost changes".to_owned());
    let mut body = format!("<h1>Cost</h1>\n<p>{}</p>\n", escape(&line));
    if projects.len() > 1 {
        let named: Vec<(&str, &PlanCost)> = projects.iter().map(|p| (p.plan.as_str(), &p.cost)).collect();
        body += &table(&PROJECT_COLUMNS.map(str::to_owned), &project_rows(&named), true);
    }
    for project in projects {
        body += &section(project, all);
    }
    let all: Vec<String> = age(projects).into_iter().chain(notes(projects)).collect();
    let notes: String = all.iter().map(|note| format!("<li>{}</li>\n", escape(note))).collect();
    if !notes.is_empty() {
        body += &format!("<ul>\n{notes}</ul>\n");
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>Cost</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

fn section(project: &ProjectCost, all: bool) -> String {
    let cost = &project.cost;
    let chosen = listed(cost, all);
    let mut out = format!("<h2>{}</h2>\n", escape(&project.plan));
    let (before, after) = (range(cost.before, cost.currency), range(cost.after, cost.currency));
    out += &format!("<p>{} → {} a month{}</p>\n", escape(&before), escape(&after), in_sums(cost));
    if let Some(groups) = &project.groups {
        out += &table(&group_columns(groups), &group_rows(groups, cost.currency), false);
    }
    if chosen.is_empty() {
        return out;
    }
    out += &format!("<p>{}</p>\n", counted(chosen.len(), "resource", "resources"));
    out += "<table class=\"resources\">\n<tr><th>Resource</th><th></th><th>Before</th><th>After</th><th>Change</th></tr>\n";
    for resource in chosen {
        out += &rows(resource, cost.currency);
    }
    out + "</table>\n"
}

fn rows(r: &ResourceCost, currency: Option<Currency>) -> String {
    let why = r.unpriced_reason.as_deref().unwrap_or("?");
    let change = r.change.map_or(why.to_owned(), |c| changed(Some(c), currency));
    let mut out = format!(
        "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        escape(&r.name()),
        escape(r.action),
        escape(&shown(r.before, currency)),
        escape(&shown(r.after, currency)),
        escape(&change),
    );
    for c in &r.components {
        let money = |span: Option<_>| span.map_or(String::new(), |s| escape(&range(s, currency)));
        out += &format!(
            "<tr class=\"part\"><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&c.name),
            escape(&c.quantity),
            money(c.before),
            money(c.after),
            escape(c.unpriced_reason.as_deref().unwrap_or_default()),
        );
    }
    out
}

fn table(columns: &[String], rows: &[Vec<String>], has_sum: bool) -> String {
    let cells = |tag: &str, row: &[String]| -> String {
        row.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect()
    };
    let class = if has_sum { " class=\"sum\"" } else { "" };
    let rows: String = rows.iter().map(|row| format!("<tr{class}>{}</tr>\n", cells("td", row))).collect();
    format!("<table>\n<tr>{}</tr>\n{rows}</table>\n", cells("th", columns))
}
