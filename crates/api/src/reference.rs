//! The reference of the API, made of the table of routes. docs/reference/api.md is this page; a test compares both.

use std::fmt::Write as _;

use crate::parameter::{Kind, Parameter};
use crate::route::{Body, Route};
use crate::routes;

const HEAD: &str = "# Routes of the API

[openapi.json](openapi.json) has the same routes for tools, with the shapes of their answers. [The guide](../guides/api.md) shows the first
request. The permission of a route is also the scope of an API key. *People* are routes that service accounts may not use. *Narrowed* are
routes whose answers have only the charges that the caller may see; the others are refused to callers who see only some.
";

/// The reference page.
pub(crate) fn reference() -> String {
    let mut out = HEAD.to_owned();
    let mut subject = "";
    for (of, route) in routes::by_subject() {
        // Writing to a String cannot fail.
        if of != subject {
            subject = of;
            let _ = write!(out, "\n## {subject}\n");
        }
        write_route(&mut out, route);
    }
    out
}

fn write_route(out: &mut String, route: &Route) {
    let _ = write!(out, "\n### `{} {}`\n\n{}.", route.method.as_str(), route.path, route.summary);
    let needs = match (route.permission(), route.is_open()) {
        (_, true) => "For everybody".to_owned(),
        (None, false) => "For every caller".to_owned(),
        (Some(permission), false) => {
            let row = permission.row();
            let people = if row.people_only { ", people" } else { "" };
            let narrowed = if row.narrows { ", narrowed" } else { "" };
            format!("Needs `{}`, role {}{people}{narrowed}", row.scope, row.role.as_str())
        }
    };
    let _ = writeln!(out, " {needs}.");
    let body: &[Parameter] = if let Body::Json(fields, _) = route.body { fields } else { &[] };
    if !route.parameters.is_empty() || !body.is_empty() {
        let _ = writeln!(out, "\n| parameter | value | meaning |\n|---|---|---|");
    }
    for parameter in route.parameters {
        let _ = writeln!(out, "| `{}` | {} | {} |", parameter.name, value_text(parameter), cell(parameter.about));
    }
    for field in body {
        let _ = writeln!(out, "| `{}` (body) | {} | {} |", field.name, value_text(field), cell(field.about));
    }
    if let Body::Json(fields, example) = route.body
        && !fields.is_empty()
    {
        let _ = writeln!(out, "\n```json\n{example}\n```");
    }
}

fn value_text(parameter: &Parameter) -> String {
    let kind = match parameter.kind {
        Kind::Text => "text".to_owned(),
        Kind::Number(least, most) => format!("{least} to {most}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Day => "day".to_owned(),
        Kind::Month => "month".to_owned(),
        Kind::Choice(words) => words.join(", "),
    };
    let repeats = if parameter.repeats { "; several" } else { "" };
    let required = if parameter.required { "; required" } else { "" };
    format!("{kind}{repeats}{required}")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
