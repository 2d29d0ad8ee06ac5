//! Output formats, one file each. Each is a pure function of the report.

mod codequality;
pub mod cost;
mod fold;
mod github;
mod group;
mod json;
mod junit;
mod markdown;
mod sarif;
mod text;

use std::collections::BTreeMap;

use tollgate_model::text::counted;

use crate::report::Report;

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with the source line.
    Text,
    /// The report itself.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands, which GitHub shows beside the line.
    Github,
    /// For a comment or a job's summary.
    Markdown,
    /// For tools that show test results.
    Junit,
    /// GitLab's code quality report.
    CodeQuality,
}

/// Where a text is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Whether it has color.
    pub color: bool,
    /// Its width; source lines are cut to it. `None` for a file or a pipe.
    pub columns: Option<usize>,
}

/// How much a text shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The verdict and the cost.
    Quiet,
    /// Findings, with what repeats folded, ten blocks at most.
    #[default]
    Summary,
    /// Every finding at its location.
    Full,
}

/// The texts of source files by path, for excerpts.
pub type Texts<'t> = BTreeMap<&'t str, &'t str>;

/// Formats a report. `color` applies to text only.
pub fn render(report: &Report, format: Format, texts: &Texts<'_>, color: bool) -> String {
    match format {
        Format::Text => text(report, texts, Terminal { color, columns: None }, Detail::Summary),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report),
        Format::Github => github::render(report),
        Format::Markdown => markdown::render(report, markdown::ROOM),
        Format::Junit => junit::render(report),
        Format::CodeQuality => codequality::render(report),
    }
}

/// Formats a report as text.
pub fn text(report: &Report, texts: &Texts<'_>, terminal: Terminal, detail: Detail) -> String {
    text::render(report, texts, terminal, detail)
}

/// An annotation beside a line, in a check run or a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// Whether it blocks.
    pub blocks: bool,
    /// The file, as the run sees it.
    pub file: String,
    /// The first line, from 1.
    pub line: usize,
    /// The last.
    pub end_line: usize,
    /// The first column, from 1.
    pub column: usize,
    /// The column after the last.
    pub end_column: usize,
    /// The id of the finding.
    pub title: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Returns annotations for the findings with a location, blocking ones first.
pub fn annotations(report: &Report) -> Vec<Annotation> {
    let (mut blocks, mut warns) = (Vec::new(), Vec::new());
    for group in group::groups(report.open()) {
        let Some(place) = &group.first.place else { continue };
        let blocking = group.first.outcome.blocks();
        let annotation = Annotation {
            blocks: blocking,
            file: place.file.clone(),
            line: place.line,
            end_line: place.end_line,
            column: place.column,
            end_column: place.end_column,
            title: group.first.id.as_str().to_owned(),
            message: group.message(),
        };
        if blocking { blocks.push(annotation) } else { warns.push(annotation) }
    }
    blocks.append(&mut warns);
    blocks
}

/// Returns the title and the summary of a check run. `left` is the number of annotations that did not fit.
pub fn check(report: &Report, left: usize) -> (String, String) {
    let mut summary = markdown::render(report, markdown::ROOM);
    if left > 0 {
        summary += &format!("\n{} not fit here.\n", counted(left, "more annotation does", "more annotations do"));
    }
    let money = cost::line(report).map_or(String::new(), |line| format!("; {line}"));
    (format!("{}{money}", verdict(report)), summary)
}

/// The length of a comment in bytes that leaves room for what is added to it.
pub const COMMENT_ROOM: usize = markdown::ROOM;

/// Formats the report in Markdown, within a limit of bytes. The rest is counted.
pub fn markdown(report: &Report, limit: usize) -> String {
    markdown::render(report, limit)
}

/// Escapes text for Markdown.
pub fn plain(text: &str) -> String {
    tollgate_model::untrusted::markdown(text)
}

/// The verdict in one line.
fn verdict(report: &Report) -> String {
    let c = report.counts;
    let all = [
        (c.blocks, "blocks", "block"),
        (c.warns, "warns", "warn"),
        (c.waived, "is waived", "are waived"),
        (c.existing, "existed before", "existed before"),
    ];
    let mut parts: Vec<String> = Vec::new();
    for (n, one, many) in all.into_iter().filter(|(n, ..)| *n > 0) {
        parts.push(match parts.is_empty() {
            true => counted(n, &format!("finding {one}"), &format!("findings {many}")),
            false => counted(n, one, many),
        });
    }
    let resources: usize = report.plans.iter().map(|p| p.resources).sum();
    let taggable: usize = report.plans.iter().map(|p| p.taggable).sum();
    let looked = format!(
        "{} in {}, {taggable} that take tags",
        counted(resources, "resource", "resources"),
        counted(report.plans.len(), "plan", "plans"),
    );
    let verdict = if c.blocks == 0 { "passed" } else { "blocked" };
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    format!("{verdict}{parts} ({looked})")
}
