//! The JSON of every command: it has a version, and its shape is the schema of docs/reference/json. `TOLLGATE_WRITE_DOCS=1` writes them.
//!
//! A schema is generated from what the demo prints: the types of each field, and the fields that every document has. Amounts are
//! decimal text, days are 2026-11-21, instants are RFC 3339.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::support::{binary, gate_binary};

/// Each document: the name of its schema, and the commands that print it.
const TOLLGATE: &[(&str, &[&[&str]])] = &[
    ("demo", &[&["demo"]]),
    ("run", &[&["run"]]),
    ("incidents", &[&["incidents"]]),
    ("incident", &[&["incidents", "show", "i-805711dc"]]),
    (
        "detect-compare",
        &[&["detect", "compare", "--sensitivity", "high"], &["detect", "compare", "--method", "isolation-forest"]],
    ),
    ("forecast", &[&["forecast"], &["forecast", "--by", "service"]]),
    ("forecast-accuracy", &[&["forecast", "accuracy"], &["forecast", "accuracy", "--by", "service"]]),
    ("chart", &[&["chart"]]),
    (
        "costs",
        &[
            &["costs", "--period", "2026-10"],
            &["costs", "--period", "2026-10-01", "--by", "total", "--granularity", "hour"],
            &["costs", "--period", "2026-10", "--by", "account,team", "--compare", "previous", "--granularity", "week"],
            &["costs", "--period", "month-to-date", "--by", "tag:owner", "--metric", "list", "--top", "2"],
            &["costs", "--period", "2026-10", "--by", "total", "--filter", "team=checkout", "--currency", "keep"],
            &["costs", "top", "resources", "--period", "2026-10", "--top", "3"],
        ],
    ),
    ("costs-why", &[&["costs", "why", "--period", "2026-10", "--top", "3"]]),
    ("costs-untagged", &[&["costs", "untagged", "--period", "2026-10", "--top", "3"]]),
    ("reconcile", &[&["reconcile"], &["reconcile", "--invoice", "2026-10=USD:105262.34"]]),
    ("usage", &[&["usage"]]),
    ("commitments", &[&["commitments"]]),
    ("resource", &[&["resources", "show", "955daa87"], &["resources", "show", "vol-0a51c07be3d2f4861"]]),
    ("budgets", &[&["budgets"]]),
    ("budget", &[&["budgets", "show", "checkout"], &["budgets", "show", "all-eur"]]),
    ("metrics-import", &[&["metrics", "import"]]),
    ("metrics", &[&["metrics"]]),
    ("metric", &[&["metrics", "show", "orders"]]),
    ("units", &[&["units"]]),
    ("unit", &[&["units", "cost-per-order"], &["units", "cost-per-order", "--period", "2026-10"]]),
    ("what-if", &[&["what-if", "--usage", "+20%"], &["what-if", "--region", "us-east-1=eu-central-1"]]),
    ("efficiency", &[&["efficiency"]]),
    ("budgets-coverage", &[&["budgets", "coverage"]]),
    ("allocation", &[&["allocation", "show"], &["allocation", "show", "--of", "checkout"]]),
    ("allocation-check", &[&["allocation", "check"]]),
    ("allocation-backtest", &[&["allocation", "backtest", "tollgate-demo/tollgate.hcl"]]),
    ("allocation-heatmap", &[&["allocation", "heatmap"]]),
    ("statement", &[&["statement", "--team", "checkout"]]),
    ("statements", &[&["statement", "--all"]]),
    ("statement-journal", &[&["statement", "--all", "--journal"]]),
    ("allocation-close", &[&["allocation", "close", "--by", "jane"]]),
    ("allocation-diff", &[&["allocation", "diff"]]),
    ("budgets-export", &[&["budgets", "export"]]),
    ("advise", &[&["advise"]]),
    ("advise-list", &[&["advise", "list"]]),
    ("advice", &[&["advise", "show", "a-934e5e89"]]),
    ("advise-kinds", &[&["advise", "kinds"]]),
    ("plans", &[&["plans"]]),
    ("plan", &[&["plans", "show", "p-f84796b1"]]),
    ("plan-built", &[&["plan", "a-934e5e89"]]),
    ("remediate", &[&["remediate"]]),
    ("stop-all", &[&["stop-all", "--reason", "a test", "--by", "jane"]]),
    ("resume", &[&["resume", "--by", "jane"]]),
    ("savings", &[&["savings"]]),
    ("audit-log", &[&["audit", "log"]]),
    ("audit-verify", &[&["audit", "verify"]]),
    ("routes-test", &[&["routes", "test", "i-805711dc"]]),
    ("notify", &[&["notify"]]),
    ("deliveries", &[&["deliveries"]]),
    ("deliveries-retry", &[&["deliveries", "retry", "--failed"]]),
    ("imports", &[&["imports"]]),
    (
        "key-created",
        &[
            &["keys", "create", "exporter", "--scope", "costs:read", "--by", "jane"],
            &["keys", "create", "exporter", "--by", "jane"],
        ],
    ),
    ("keys", &[&["keys"]]),
    ("ingest-check", &[&["ingest", "--check", "tollgate-demo/exports/aws-2026-09-as-of-2026-11-15.csv.gz"]]),
    ("ingest", &[&["ingest", "tollgate-demo/exports/aws-2026-09-as-of-2026-11-15.csv.gz"]]),
    ("store-info", &[&["store", "info"]]),
    ("store-check", &[&["store", "check"]]),
    ("status", &[&["status"]]),
    ("config-show", &[&["config", "show"]]),
    // Last, as it changes what other commands print.
    (
        "incident-updated",
        &[
            &["incidents", "ack", "i-805711dc", "--by", "jane"],
            &["incidents", "assign", "i-805711dc", "--to", "ann", "--by", "jane"],
            &["incidents", "snooze", "i-805711dc", "--by", "jane"],
        ],
    ),
];

const GATE: &[(&str, &[&[&str]])] = &[
    ("gate-cost", &[&["cost", "plan.json"]]),
    ("gate-explain", &[&["explain", "aws_instance.training", "plan.json"]]),
    ("gate-simulate", &[&["simulate", "plan.json", "--from", "../tollgate.hcl"]]),
    ("gate-prices-show", &[&["prices", "show"]]),
    ("gate-prices", &[&["prices", "show", "aws/nat_gateway"]]),
    ("gate-findings", &[&["findings"]]),
];

/// Fields of maps whose keys are data: every key has the same shape.
const MAPS: [&str; 15] = [
    "calls",
    "scope",
    "tags",
    "not_counted",
    "counts",
    "parameters",
    "dimensions",
    "effects",
    "account_names",
    "settings",
    "requires",
    "series_totals",
    "effective",
    "billed",
    "changed",
];

fn folder() -> PathBuf {
    crate::template::root().join("docs/reference/json")
}

/// Adds a value to a schema: each schema allows what it was given.
fn widen(schema: &mut Map<String, Value>, name: &str, value: &Value) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = schema.entry("type").or_insert_with(|| json!([])).as_array_mut().unwrap();
    if !types.iter().any(|known| known == kind) {
        types.push(kind.into());
        types.sort_by_key(ToString::to_string);
    }
    match value {
        Value::Array(items) => {
            let of = schema.entry("items").or_insert_with(|| json!({}));
            items.iter().for_each(|item| widen(of.as_object_mut().unwrap(), name, item));
        }
        Value::Object(fields) if MAPS.contains(&name) => {
            let of = schema.entry("additionalProperties").or_insert_with(|| json!({}));
            fields.values().for_each(|value| widen(of.as_object_mut().unwrap(), "", value));
        }
        Value::Object(fields) => {
            let names: Vec<Value> = fields.keys().map(|name| name.as_str().into()).collect();
            let required = schema.entry("required").or_insert_with(|| names.clone().into()).as_array_mut().unwrap();
            required.retain(|name| names.contains(name));
            let of = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut().unwrap();
            for (name, value) in fields {
                widen(of.entry(name.as_str()).or_insert_with(|| json!({})).as_object_mut().unwrap(), name, value);
            }
        }
        _ => {}
    }
}

fn schema_of(name: &str, commands: &[String], documents: &[Value]) -> Value {
    let mut out = Map::new();
    out.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    out.insert("title".to_owned(), format!("{}, version 1", commands[0]).into());
    for document in documents {
        widen(&mut out, name, document);
    }
    if let Some(version) = out.get_mut("properties").and_then(|p| p.get_mut("version")) {
        *version = json!({ "const": 1 });
    }
    Value::Object(out)
}

fn run(program: &Path, folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Value {
    let out = Command::new(program)
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap())
        .env("TOLLGATE_NOW", "2026-11-21T06:00:00Z")
        .env("USER", "jane")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{arguments:?}: {error}: {text}{}", String::from_utf8_lossy(&out.stderr));
    })
}

#[test]
fn every_command_prints_json_with_a_version_by_its_schema() {
    let there = tempfile::tempdir().unwrap();
    let terraform = there.path().join("tollgate-demo/terraform");
    let mut found: BTreeMap<&str, Value> = BTreeMap::new();
    for (name, commands) in TOLLGATE {
        let said: Vec<Value> = commands
            .iter()
            .map(|command| run(&binary(), there.path(), command, &[("TOLLGATE_STORE", "tollgate-demo")]))
            .collect();
        assert!(said.iter().all(|document| document["version"] == 1), "{name}: {said:?}");
        let shown: Vec<String> = commands.iter().map(|c| format!("tollgate {} --format json", c.join(" "))).collect();
        found.insert(name, schema_of(name, &shown, &said));
    }
    for (name, commands) in GATE {
        let said: Vec<Value> = commands
            .iter()
            .map(|command| run(&gate_binary(), &terraform, command, &[("TOLLGATE_CONFIG", "../tollgate.hcl")]))
            .collect();
        let versioned = |document: &Value| match document {
            Value::Array(items) => items.iter().all(|item| item["version"] == 1),
            one => one["version"] == 1,
        };
        assert!(said.iter().all(versioned), "{name}: {said:?}");
        let shown: Vec<String> =
            commands.iter().map(|c| format!("policy-gate {} --format json", c.join(" "))).collect();
        found.insert(name, schema_of(name, &shown, &said));
    }
    let mut wrong = Vec::new();
    for (name, schema) in &found {
        let path = folder().join(format!("{name}.schema.json"));
        let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
        if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "these differ from what is printed; run with TOLLGATE_WRITE_DOCS=1: {wrong:#?}");
    let files = std::fs::read_dir(folder()).unwrap().flatten();
    let schemas = files.filter(|file| file.file_name().to_string_lossy().ends_with(".schema.json")).count();
    assert_eq!(schemas, found.len(), "a schema without a command");
}

/// Under `--format json`, errors are JSON too: the message, and what to do.
#[test]
fn errors_are_json_under_format_json() {
    let there = tempfile::tempdir().unwrap();
    for (program, arguments, part, code) in [
        (binary(), &["budgets", "--format", "json"][..], "there is no store here", 1),
        (binary(), &["ingest", "no-such.csv", "--format", "json"], "no-such.csv", 1),
        (gate_binary(), &["check", "no-such.json", "--format", "json"], "tollgate.hcl", 2),
        (gate_binary(), &["cost", "no-such.json", "--format", "json"], "no-such.json", 2),
    ] {
        let out = Command::new(&program)
            .args(arguments)
            .current_dir(there.path())
            .env("TOLLGATE_STORE", "none")
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(code), "{arguments:?}");
        assert!(out.stdout.is_empty());
        let text = String::from_utf8_lossy(&out.stderr);
        let error: Value = serde_json::from_str(text.trim()).unwrap_or_else(|e| panic!("{arguments:?}: {e}: {text}"));
        assert_eq!(error["version"], 1);
        assert!(error["errors"][0]["message"].as_str().unwrap().contains(part), "{error}");
        assert!(!error["errors"][0]["message"].as_str().unwrap().contains("hint:"), "{error}");
    }
}
