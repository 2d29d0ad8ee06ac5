//! GitHub's workflow commands: annotations beside the line. GitHub shows ten errors and ten warnings of a step; the rest
//! is counted here.

use super::group::{Group, groups};
use super::verdict;
use crate::report::Report;
use tollgate_model::text::counted;
use tollgate_model::untrusted::{workflow_log, workflow_message as data, workflow_property as property};

/// The number of annotations of one level that GitHub shows for a step.
const SHOWN: usize = 10;

pub(super) fn render(report: &Report) -> String {
    let all = groups(report.open());
    let (blocks, warns): (Vec<_>, Vec<_>) = all.iter().partition(|g| g.first.outcome.blocks());
    let mut out = String::new();
    for (level, list) in [("error", &blocks), ("warning", &warns)] {
        for group in list.iter().take(SHOWN) {
            out += &annotation(level, group);
        }
    }
    let left = blocks.len().saturating_sub(SHOWN) + warns.len().saturating_sub(SHOWN);
    if left > 0 {
        let more = counted(left, "more finding is", "more findings are");
        out += &format!("::notice title=policy-gate::{}\n", data(&format!("{more} in the full output")));
    }
    if let Some(line) = super::cost::line(report) {
        out += &format!("::notice title=policy-gate::{}\n", data(&format!("cost: {line}")));
    }
    let level = if report.counts.blocks > 0 { "error" } else { "notice" };
    // The verdict's own line takes none of the ten: it stands in the log.
    out += &match level {
        "error" => format!("{}\n", workflow_log(&verdict(report))),
        _ => format!("::notice title=policy-gate::{}\n", data(&verdict(report))),
    };
    out
}

fn annotation(level: &str, group: &Group<'_>) -> String {
    let finding = group.first;
    let mut properties = Vec::new();
    if let Some(place) = &finding.place {
        properties.push(format!("file={}", property(&place.file)));
        properties.push(format!("line={}", place.line));
        properties.push(format!("endLine={}", place.end_line));
        // Columns are only taken where both ends are on one line.
        if place.line == place.end_line {
            properties.push(format!("col={}", place.column));
            properties.push(format!("endColumn={}", place.end_column));
        }
    }
    properties.push(format!("title={}", property(finding.id.as_str())));
    format!("::{level} {}::{}\n", properties.join(","), data(&group.message()))
}
