//! The report as JSON. docs/reference/findings.schema.json is its schema.

use crate::report::Report;

pub(super) fn render(report: &Report) -> String {
    // Maps have text for keys and floats are not used, so there is nothing that could fail.
    serde_json::to_string_pretty(report).unwrap_or_default() + "\n"
}
