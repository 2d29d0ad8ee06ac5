//! SARIF 2.1.0, as GitHub's code scanning reads it.

use serde_json::{Value, json};

use crate::finding::Fix;
use crate::finding::{Finding, FindingId, Severity};
use crate::outcome::Outcome;
use crate::report::Report;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://github.com/tollgate-finops/tollgate";

pub(super) fn render(report: &Report) -> String {
    let rules: Vec<Value> = FindingId::ALL.iter().map(|id| rule(*id)).collect();
    let results: Vec<Value> = report.findings.iter().map(result).collect();
    let sarif = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "policy-gate",
                "informationUri": HOME,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_string_pretty(&sarif).unwrap_or_default() + "\n"
}

fn rule(id: FindingId) -> Value {
    // GitHub sorts by this score.
    let score = match id.meta().severity {
        Severity::High => "7.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
    };
    json!({
        "id": id.as_str(),
        "shortDescription": {"text": id.meta().summary},
        "fullDescription": {"text": id.meta().summary},
        "helpUri": id.docs(),
        "help": {"text": id.meta().summary, "markdown": format!("{} [More]({})", id.meta().summary, id.docs())},
        "defaultConfiguration": {"level": if id.meta().severity == Severity::Low { "warning" } else { "error" }},
        "properties": {"tags": ["finops"], "security-severity": score},
    })
}

fn result(finding: &Finding) -> Value {
    let level = match finding.outcome {
        Outcome::Blocks => "error",
        Outcome::Warns => "warning",
        _ => "note",
    };
    let mut text = finding.message.clone();
    if let Some(address) = &finding.address {
        text = format!("{address}: {text}");
    }
    if let Some(hint) = &finding.hint {
        text += &format!(" ({hint})");
    }
    let mut out = json!({
        "ruleId": finding.id.as_str(),
        "ruleIndex": FindingId::ALL.iter().position(|id| *id == finding.id),
        "level": level,
        "message": {"text": text},
        "locations": [location(finding)],
        "partialFingerprints": {"tollgate/v1": finding.fingerprint},
        "properties": {
            "confidence": finding.confidence,
            "policy": finding.policy,
            "plan": finding.plan,
            "outcome": finding.outcome.shown(),
        },
    });
    if !finding.outcome.is_open() {
        out["suppressions"] = json!([{"kind": "external", "justification": finding.outcome.shown()}]);
    }
    if let Some(fix) = &finding.fix {
        out["fixes"] = json!([changes(fix)]);
    }
    out
}

fn location(finding: &Finding) -> Value {
    let physical = match &finding.place {
        Some(place) => json!({
            "artifactLocation": {"uri": uri(&place.file)},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column.max(1),
            },
        }),
        // Code scanning wants a file; the plan is one.
        None => json!({
            "artifactLocation": {"uri": uri(finding.plan.as_deref().unwrap_or("tollgate.hcl"))},
            "region": {"startLine": 1},
        }),
    };
    let mut out = json!({"physicalLocation": physical});
    if let Some(address) = &finding.address {
        out["logicalLocations"] = json!([{"fullyQualifiedName": address, "kind": "resource"}]);
    }
    out
}

/// A fix as SARIF writes it.
fn changes(fix: &Fix) -> Value {
    let replacements = fix.edits.iter().map(|e| {
        json!({
            "deletedRegion": {
                "startLine": e.line, "startColumn": e.column, "endLine": e.end_line, "endColumn": e.end_column,
            },
            "insertedContent": {"text": e.text},
        })
    });
    json!({
        "description": {"text": fix.title},
        "artifactChanges": [{
            "artifactLocation": {"uri": uri(&fix.file)},
            "replacements": replacements.collect::<Vec<_>>(),
        }],
    })
}

/// Escapes a path as a relative reference. A colon would make its first part a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out += &format!("%{other:02X}"),
        }
    }
    if out.is_empty() { "plan.json".to_owned() } else { out }
}
