//! `policy-gate findings`: what can be found.

use std::process::ExitCode;

use serde_json::json;
use tollgate_policy_gate::finding::FindingId;

use super::args::PlainFormat;
use super::say;

pub(super) fn run(format: PlainFormat) -> anyhow::Result<ExitCode> {
    if format == PlainFormat::Json {
        let all: Vec<_> = FindingId::ALL
            .iter()
            .map(|id| json!({"id": id, "severity": id.severity(), "about": id.about(), "summary": id.summary(), "docs": id.docs()}))
            .collect();
        say(&(serde_json::to_string_pretty(&all)? + "\n"));
        return Ok(ExitCode::SUCCESS);
    }
    for id in FindingId::ALL {
        say(&format!("{:<18} {:<7} {}\n", id.as_str(), id.severity().as_str(), id.summary()));
    }
    Ok(ExitCode::SUCCESS)
}
