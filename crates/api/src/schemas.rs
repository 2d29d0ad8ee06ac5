//! The shapes of answers: the schemas of docs/reference/json, which the command line is tested against.

use serde_json::{Map, Value, json};

macro_rules! schemas {
    ($($name:literal),* $(,)?) => {
        /// Each schema by its name.
        const SCHEMAS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../docs/reference/json/", $name, ".schema.json")))),*];
    };
}

schemas![
    "advice",
    "advise-list",
    "allocation",
    "allocation-check",
    "allocation-close",
    "allocation-diff",
    "allocation-heatmap",
    "audit-log",
    "audit-verify",
    "budget",
    "budgets",
    "budgets-coverage",
    "budgets-export",
    "commitments",
    "config-show",
    "costs",
    "costs-untagged",
    "costs-why",
    "deliveries",
    "deliveries-retry",
    "efficiency",
    "forecast",
    "forecast-accuracy",
    "imports",
    "incident",
    "incidents",
    "ingest",
    "ingest-check",
    "plan",
    "plans",
    "resource",
    "resume",
    "savings",
    "statement",
    "statements",
    "status",
    "stop-all",
    "unit",
    "units",
    "usage",
];

/// A schema by its name, for the document of the API.
pub(crate) fn schema(name: &str) -> Option<Value> {
    let (_, text) = SCHEMAS.iter().find(|(known, _)| *known == name)?;
    let mut schema: Value = serde_json::from_str(text).ok()?;
    let root = schema.as_object_mut()?;
    root.remove("$schema");
    root.insert("title".to_owned(), name.into());
    let required = root.remove("required");
    loosen(root, true);
    if let Some(required) = required {
        root.insert("required".to_owned(), required);
    }
    Some(schema)
}

/// A schema is made from what the demo prints. What was there each time need not be there always: below the first level, each field may
/// be null or absent, and one that was always null may be anything.
fn loosen(schema: &mut Map<String, Value>, is_root: bool) {
    schema.remove("required");
    if !is_root && let Some(types) = schema.get("type").and_then(Value::as_array).cloned() {
        let known: Vec<&Value> = types.iter().filter(|kind| *kind != "null").collect();
        match known.as_slice() {
            [] => {
                schema.remove("type");
            }
            known => {
                let mut types: Vec<Value> = known.iter().map(|kind| (*kind).clone()).collect();
                types.push("null".into());
                schema.insert("type".to_owned(), types.into());
            }
        }
    }
    for (name, value) in schema.iter_mut() {
        match (name.as_str(), value) {
            ("properties", Value::Object(fields)) => {
                fields.values_mut().filter_map(Value::as_object_mut).for_each(|field| loosen(field, false));
            }
            ("items" | "additionalProperties", Value::Object(of)) => loosen(of, false),
            _ => {}
        }
    }
}

/// The schema of a problem.
pub(crate) fn problem_schema() -> Value {
    json!({
        "title": "Problem",
        "description": "An error, after RFC 9457.",
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": { "type": "string", "description": "urn:tollgate:problem: with the code." },
            "title": { "type": "string", "description": "The name of the status." },
            "status": { "type": "integer" },
            "detail": { "type": "string", "description": "What happened." },
            "instance": { "type": "string", "description": "urn:tollgate:request: with the id of the request." },
            "code": { "type": "string", "description": "A word for programs." },
            "hint": { "type": ["string", "null"], "description": "What to do." },
            "errors": {
                "type": "array",
                "description": "Every error, where there are several.",
                "items": {
                    "type": "object",
                    "required": ["message"],
                    "properties": { "message": { "type": "string" }, "hint": { "type": ["string", "null"] } }
                }
            }
        }
    })
}
