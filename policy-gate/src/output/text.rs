//! Text for a terminal: each finding with its source line, then the verdict. What repeats is folded.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use tollgate_model::text::counted;

use super::fold::{Block, folded};
use super::group::groups;
use super::{Detail, Terminal, Texts, verdict};
use crate::fix::PLAN_IS_OLDER;
use crate::report::{PlanReport, Report};

/// The blocks that a summary shows.
const SHOWN: usize = 10;

pub(super) fn render(report: &Report, texts: &Texts<'_>, terminal: Terminal, detail: Detail) -> String {
    let renderer = if terminal.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = terminal.columns.map_or(renderer.clone(), |columns| renderer.term_width(columns));
    let mut out = String::new();
    let blocks = match detail {
        Detail::Quiet => Vec::new(),
        Detail::Summary => folded(groups(report.open())),
        Detail::Full => groups(report.open()).into_iter().map(Block::of).collect(),
    };
    let shown = if detail == Detail::Full { blocks.len() } else { SHOWN.min(blocks.len()) };
    for block in &blocks[..shown] {
        out += &renderer.render(&[snippet(block, texts)]);
        out += "\n\n";
    }
    let hidden: usize = blocks[shown..].iter().map(|block| block.findings).sum();
    if hidden > 0 {
        out += &format!("and {}; -v shows all\n\n", counted(hidden, "more finding", "more findings"));
    }
    if detail != Detail::Quiet {
        for plan in &report.plans {
            out += &unknown_inputs(plan, detail);
            for source in &plan.unreadable_sources {
                out += &format!("note: {source}; findings there have no line\n");
            }
        }
        out += &fixes(report);
    }
    if report.open().any(|f| f.hint.as_ref().is_some_and(|hint| hint.ends_with(PLAN_IS_OLDER))) {
        out += &format!("note: {PLAN_IS_OLDER}, then check again\n");
    }
    out += &super::cost::line(report).map_or(String::new(), |line| format!("cost: {line}\n"));
    out += &verdict(report);
    out += "\n";
    out
}

/// What is unknown because there is no plan.
fn unknown_inputs(plan: &PlanReport, detail: Detail) -> String {
    let Some(all) = &plan.unknown_inputs else { return String::new() };
    if all.is_empty() {
        return format!("note: {}: evaluated from its sources, without a plan; every value is known\n", plan.plan);
    }
    let what = counted(all.len(), "value is", "values are");
    let mut out = format!("note: {}: evaluated from its sources, without a plan; {what} unknown:\n", plan.plan);
    let shown = if detail == Detail::Full { all.len() } else { SHOWN.min(all.len()) };
    for value in &all[..shown] {
        let place = value.place.as_deref().unwrap_or_default();
        out += &format!("  {}  {place}\n", value.name);
    }
    if shown < all.len() {
        out += &format!("  and {} more; -v shows all\n", all.len() - shown);
    }
    out
}

/// How many changes fix tag findings.
fn fixes(report: &Report) -> String {
    let mut fixes: Vec<&str> = report.open().filter_map(|f| f.fix.as_ref()).map(|f| f.title.as_str()).collect();
    fixes.sort_unstable();
    fixes.dedup();
    if fixes.is_empty() {
        return String::new();
    }
    let is = counted(fixes.len(), "change fixes", "changes fix");
    format!("{is} tag findings: `policy-gate fix` shows the changes, `--write` writes them\n")
}

fn snippet<'b>(block: &'b Block<'_>, texts: &Texts<'b>) -> Group<'b> {
    let finding = block.first;
    let level = if finding.outcome.blocks() { Level::ERROR } else { Level::WARNING };
    let resources = block.resources().unwrap_or_default();
    let mut shown: Vec<String> = Vec::new();
    let title = level.primary_title(block.title()).id(finding.id.as_str());
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
            match finding.plan.as_deref() {
                None | Some("") => Group::with_title(title),
                Some(plan) => title.element(Origin::path(plan)),
            }
        }
    };
    shown.retain(|text| !text.is_empty());
    for text in shown {
        body = body.element(Level::NOTE.with_name(Some("on")).message(text));
    }
    if let Some(others) = block.others() {
        body = body.element(Level::NOTE.with_name(Some("also on")).message(others));
    }
    if let Some(note) = block.note() {
        body = body.element(Level::NOTE.message(note));
    }
    for hint in &block.hints {
        body = body.element(Level::HELP.message(*hint));
    }
    for fix in &block.fixes {
        body = body.element(Level::HELP.with_name(Some("fix")).message(*fix));
    }
    body
}
