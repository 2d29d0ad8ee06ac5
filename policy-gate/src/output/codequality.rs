//! GitLab's code quality report: open findings at their lines, which a merge request shows beside the change.
//!
//! The format is documented at docs.gitlab.com/ci/testing/code_quality, section "Code Quality report format".

use serde_json::{Value, json};

use crate::finding::{Finding, Severity};
use crate::report::Report;

pub(super) fn render(report: &Report) -> String {
    let issues: Vec<Value> = report.open().map(issue).collect();
    serde_json::to_string_pretty(&issues).unwrap_or_default() + "\n"
}

fn issue(finding: &Finding) -> Value {
    let severity = match (finding.outcome.blocks(), finding.severity) {
        (true, _) => "blocker",
        (false, Severity::High) => "major",
        (false, Severity::Medium) => "minor",
        (false, Severity::Low) => "info",
    };
    // GitLab shows an issue without a line nowhere, so a finding without one is on the first line of its plan.
    let (path, line) = match &finding.place {
        Some(place) => (place.file.as_str(), place.line),
        None => (finding.plan.as_deref().unwrap_or("tollgate.hcl"), 1),
    };
    json!({
        "type": "issue",
        "check_name": finding.id.as_str(),
        "description": finding.message,
        "fingerprint": finding.fingerprint,
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
    })
}
