//! Text for a terminal: each finding with its source line, then the verdict.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use tollgate_model::text::counted;

use super::group::groups;
use super::{Texts, verdict};
use crate::report::Report;

pub(super) fn render(report: &Report, texts: &Texts<'_>, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut out = String::new();
    for group in groups(report.open()) {
        let finding = group.first;
        let level = if finding.outcome.blocks() { Level::ERROR } else { Level::WARNING };
        let resources = group.resources().unwrap_or_default();
        let plan = finding.plan.clone().unwrap_or_default();
        let mut shown: Vec<String> = Vec::new();
        let title = level.primary_title(finding.message.as_str()).id(finding.id.as_str());
        let mut body = match &finding.place {
            Some(place) => match texts.get(place.file.as_str()).filter(|text| place.end <= text.len()) {
                Some(text) => {
                    let span = AnnotationKind::Primary.span(place.start..place.end.max(place.start)).label(resources);
                    title.element(Snippet::source(*text).path(place.file.as_str()).fold(true).annotation(span))
                }
                None => {
                    shown.push(resources);
                    title.element(Origin::path(place.file.as_str()).line(place.line).char_column(place.column))
                }
            },
            None => {
                shown.push(resources);
                if plan.is_empty() { Group::with_title(title) } else { title.element(Origin::path(plan.as_str())) }
            }
        };
        shown.retain(|text| !text.is_empty());
        for text in shown {
            body = body.element(Level::NOTE.with_name(Some("on")).message(text));
        }
        if let Some(note) = group.note() {
            body = body.element(Level::NOTE.message(note));
        }
        if let Some(hint) = &finding.hint {
            body = body.element(Level::HELP.message(hint.as_str()));
        }
        if let Some(fix) = &finding.fix {
            body = body.element(Level::HELP.with_name(Some("fix")).message(fix.title.as_str()));
        }
        out += &renderer.render(&[body]);
        out += "\n\n";
    }
    for plan in &report.plans {
        for source in &plan.unreadable_sources {
            out += &format!("note: {source}; findings there have no line\n");
        }
    }
    let mut fixes: Vec<&str> = report.open().filter_map(|f| f.fix.as_ref()).map(|f| f.title.as_str()).collect();
    fixes.sort_unstable();
    fixes.dedup();
    if !fixes.is_empty() {
        let is = counted(fixes.len(), "change fixes", "changes fix");
        out += &format!("{is} tag findings: `policy-gate fix` shows the changes, `--write` writes them\n");
    }
    out += &super::cost::line(report).map_or(String::new(), |line| format!("cost: {line}\n"));
    out += &verdict(report);
    out += "\n";
    out
}
