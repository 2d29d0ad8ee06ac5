//! The OpenAPI document, made of the table of routes and the schemas of docs/reference/json.
//!
//! docs/reference/openapi.json is this document; a test compares both and writes it with `TOLLGATE_WRITE_DOCS=1`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use tollgate_model::limits::{API_BODY, API_PAGE, API_SECONDS, API_UPLOAD};

use crate::call::PAGE_PARAMETERS;
use crate::parameter::{Kind, Parameter};
use crate::route::{Body, Route, Validator};
use crate::routes;
use crate::schemas::{problem_schema, schema};

/// The version of the API. Fields, parameters and routes may be added to it; a change that breaks a client makes a new one.
const VERSION: &str = "1.0.0";

/// The OpenAPI 3.1 document of the API.
pub fn openapi() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    let mut subjects: Vec<&str> = Vec::new();
    for (subject, route) in routes::by_subject() {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.method.as_str().to_lowercase(), operation(subject, route));
        }
    }
    let tags: Vec<Value> = subjects.iter().map(|subject| json!({ "name": subject })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Tollgate",
            "version": VERSION,
            "description": description(),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8787", "description": "`tollgate serve` on this machine" }],
        "tags": tags,
        "security": [{ "bearer": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key (`tollgate keys create`), or a token of an identity provider of tollgate.hcl."
                },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-tollgate",
                    "description": "The session of a browser after its sign-in."
                },
            },
            "schemas": schemas(),
            "responses": {
                "Problem": {
                    "description": "An error, with what to do.",
                    "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
                },
            },
        },
    })
}

fn description() -> String {
    format!(
        "Costs, incidents, budgets, forecasts, recommendations and change plans. Answers are the documents that the command line prints \
         with `--format json`: amounts are decimal text with a currency beside them, days are 2026-11-21, instants are RFC 3339. \
         Errors are problems after RFC 9457 with a hint. A list has at most {} items a page and `next_cursor`, which is null on the last page. \
         An answer with an `ETag` is not sent again to a client that has it (`If-None-Match`). A body has at most {}, an uploaded file {}; \
         an answer takes at most {}. Each answer has `X-Request-Id`, which the log has too.",
        API_PAGE.amount(),
        API_BODY.amount(),
        API_UPLOAD.amount(),
        API_SECONDS.amount()
    )
}

fn schemas() -> Map<String, Value> {
    let names: BTreeSet<&str> = routes::all().filter_map(|route| route.schema).collect();
    let mut out: Map<String, Value> =
        names.into_iter().filter_map(|name| Some((name.to_owned(), schema(name)?))).collect();
    out.insert("Problem".to_owned(), problem_schema());
    out
}

fn operation(subject: &str, route: &Route) -> Value {
    let mut out = json!({
        "operationId": route.operation,
        "tags": [subject],
        "summary": route.summary,
        "description": permission_text(route),
        "parameters": parameters(route),
    });
    let Some(members) = out.as_object_mut() else { return out };
    if let Some(permission) = route.permission() {
        members.insert("x-permission".to_owned(), permission.scope().into());
    }
    if route.is_open() {
        members.insert("security".to_owned(), json!([]));
    }
    match route.body {
        Body::Empty => {}
        Body::Json(fields, example) => {
            let example: Value = serde_json::from_str(example).unwrap_or_default();
            let required = fields.iter().any(|field| field.required);
            let content = json!({ "application/json": { "schema": fields_schema(fields), "example": example } });
            members.insert("requestBody".to_owned(), json!({ "required": required, "content": content }));
        }
        Body::Message(example) => {
            let example: Value = serde_json::from_str(example).unwrap_or_default();
            let content = json!({ "application/json": { "schema": { "type": "object" }, "example": example } });
            members.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        }
        Body::File => {
            let content = json!({ "application/octet-stream": { "schema": {} } });
            members.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        }
    }
    members.insert("responses".to_owned(), responses(route).into());
    out
}

/// What a caller needs, in words.
fn permission_text(route: &Route) -> String {
    match (route.permission(), route.is_open()) {
        (_, true) => "Everybody may call it.".to_owned(),
        (None, false) => "Every caller may call it.".to_owned(),
        (Some(permission), false) => {
            let row = permission.row();
            let people = if row.people_only { "; not for service accounts" } else { "" };
            let narrows = match row.narrows {
                true => " The answer has the charges that the caller may see.",
                false => " Callers who see only some charges are refused.",
            };
            format!("Needs `{}`, which the role {} has{people}.{narrows}", row.scope, row.role.as_str())
        }
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let of_path = route.path_parameters().map(
        |name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }),
    );
    let pages: &[Parameter] = if route.pages { &PAGE_PARAMETERS } else { &[] };
    let of_query = route.parameters.iter().chain(pages).map(|parameter| {
        json!({
            "name": parameter.name,
            "in": "query",
            "required": parameter.required,
            "description": parameter.about,
            "schema": value_schema(parameter),
        })
    });
    of_path.chain(of_query).collect()
}

/// The schema of a value.
pub(crate) fn value_schema(parameter: &Parameter) -> Value {
    let one = match parameter.kind {
        Kind::Text => json!({ "type": "string", "minLength": 1 }),
        Kind::Number(least, most) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Month => json!({ "type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$" }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
    };
    if parameter.repeats { json!({ "type": "array", "items": one }) } else { one }
}

fn fields_schema(fields: &[Parameter]) -> Value {
    let mut properties: Map<String, Value> = Map::new();
    for field in fields {
        let mut of = value_schema(field);
        if let Some(members) = of.as_object_mut() {
            members.insert("description".to_owned(), field.about.into());
        }
        properties.insert(field.name.to_owned(), of);
    }
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties, "required": required })
}

fn responses(route: &Route) -> Map<String, Value> {
    let mut out = Map::new();
    let success = match route.status {
        303 => {
            json!({ "description": "The way to another address.", "headers": { "Location": { "schema": { "type": "string" } } } })
        }
        204 => json!({ "description": "Done." }),
        _ => {
            json!({ "description": route.summary, "content": { "application/json": { "schema": answer_schema(route) } } })
        }
    };
    out.insert(route.status.to_string(), success);
    if route.validator != Validator::None {
        out.insert("304".to_owned(), json!({ "description": "The client has this answer." }));
    }
    out.insert("default".to_owned(), json!({ "$ref": "#/components/responses/Problem" }));
    out
}

fn answer_schema(route: &Route) -> Value {
    let answer = match route.schema {
        Some(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
        None => json!({ "type": "object" }),
    };
    if !route.pages {
        return answer;
    }
    let page = json!({
        "type": "object",
        "required": ["items", "next_cursor"],
        "properties": { "next_cursor": { "type": ["string", "null"], "description": "The cursor of the next page." } },
    });
    json!({ "allOf": [answer, page] })
}
