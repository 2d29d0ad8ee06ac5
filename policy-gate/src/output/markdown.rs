//! Markdown for a comment or a job summary: a table, blocking findings first, cut with a count before it is too long.

use super::group::{Group, groups};
use super::verdict;
use crate::finding::Finding;
use crate::outcome::Outcome;
use crate::report::Report;
use tollgate_model::limits::COMMENT_CHARACTERS;
use tollgate_model::text::counted;
use tollgate_model::untrusted::{markdown_code as code, markdown_sentence as escape};

/// The length of a comment or summary in bytes at most. The rest of what GitHub takes is for the marker, the data of the change and
/// the hints of soft policies, which are added to it.
pub(super) const ROOM: usize = COMMENT_CHARACTERS.size() / 10 * 9;

pub(super) fn render(report: &Report, limit: usize) -> String {
    let icon = if report.counts.blocks > 0 { "❌" } else { "✅" };
    let mut out = format!("### {icon} policy-gate: {}\n", escape(&verdict(report)));
    out += &super::cost::comment(report, limit / 2);
    let tables = [
        ("Blocks", report.findings.iter().filter(|f| f.outcome.blocks()).collect::<Vec<&Finding>>()),
        ("Warns", report.findings.iter().filter(|f| f.outcome.warns()).collect()),
    ];
    for (title, findings) in tables {
        table(&mut out, title, groups(findings.into_iter()), limit);
    }
    let waived: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|f| matches!(f.outcome, Outcome::Waived { .. } | Outcome::Overridden { .. }))
        .collect();
    if !waived.is_empty() && out.len() < limit {
        out += &format!(
            "\n<details><summary>{}</summary>\n",
            counted(waived.len(), "finding is waived or overridden", "findings are waived or overridden")
        );
        table(&mut out, "Waived or overridden", groups(waived.into_iter()), limit);
        out += "\n</details>\n";
    }
    out
}

fn table(out: &mut String, title: &str, groups: Vec<Group<'_>>, limit: usize) {
    if groups.is_empty() {
        return;
    }
    *out += &format!("\n| {title} | Where | What | Do |\n|---|---|---|---|\n");
    for (n, group) in groups.iter().enumerate() {
        let row = row(group);
        if out.len() + row.len() + 200 > limit {
            *out += &format!("\n{}\n", counted(groups.len() - n, "more finding", "more findings"));
            return;
        }
        *out += &row;
    }
}

fn row(group: &Group<'_>) -> String {
    let finding = group.first;
    let place = finding.place.as_ref().map(|p| code(&format!("{}:{}", p.file, p.line)));
    let resources = group.resources().map(|r| code(&r));
    let place = [place, resources].into_iter().flatten().collect::<Vec<_>>().join("<br>");
    let mut what = escape(&finding.message);
    if let Some(note) = group.note() {
        what += &format!("<br>{}", escape(&note));
    }
    if !finding.outcome.is_open() {
        what += &format!("<br>{}", escape(&finding.outcome.shown()));
    }
    let fix = finding.fix.as_ref().map(|f| format!("**fix:** {}", escape(&f.title)));
    let todo = [finding.hint.as_deref().map(escape), fix].into_iter().flatten().collect::<Vec<_>>().join("<br>");
    format!("| [{id}]({docs}) | {place} | {what} | {todo} |\n", id = finding.id, docs = finding.docs)
}
