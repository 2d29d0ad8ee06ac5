//! `policy-gate findings`: the list of finding ids.

use std::process::ExitCode;

use serde_json::json;
use tollgate_policy_gate::finding::FindingId;

use super::options::PlainFormat;
use super::{print_document, print_text};

pub(super) fn run(format: PlainFormat) -> anyhow::Result<ExitCode> {
    if format == PlainFormat::Json {
        let all: Vec<_> = FindingId::ALL
            .iter()
            .map(|id| json!({"id": id, "severity": id.meta().severity, "about": id.meta().about, "summary": id.meta().summary, "docs": id.docs()}))
            .collect();
        print_document(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    for id in FindingId::ALL {
        print_text(&format!("{:<18} {:<7} {}\n", id.as_str(), id.meta().severity.as_str(), id.meta().summary));
    }
    Ok(ExitCode::SUCCESS)
}
