//! Writes fixes as suggestions, on lines that the pull request shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::client::{GitHub, GitHubError};
use super::comment::Marker;
use super::event::PullRequest;
use crate::finding::Fix;
use crate::output::Texts;
use crate::report::Report;

/// Suggestions of a review at most. The comment has the rest.
const MOST: usize = 20;
/// Pages of files and of review comments, a hundred each.
const PAGES: u32 = 10;

/// Writes the fixes on lines of the pull request that were not suggested before. Returns how many were written, and how many
/// are on other lines.
///
/// # Errors
///
/// When GitHub does not take them.
pub async fn write_suggestions(
    github: &GitHub,
    marker: &Marker,
    pull: &PullRequest,
    report: &Report,
    texts: &Texts<'_>,
    prefix: &str,
) -> Result<(usize, usize), GitHubError> {
    let fixes: BTreeSet<&Fix> = report.open().filter_map(|f| f.fix.as_ref()).collect();
    if fixes.is_empty() {
        return Ok((0, 0));
    }
    let files = github.pages(&github.repo(&format!("pulls/{}/files", pull.number)), &[], PAGES).await?;
    let shown: BTreeMap<&str, BTreeSet<usize>> = files
        .iter()
        .filter_map(|f| Some((f["filename"].as_str()?, lines_shown(f["patch"].as_str().unwrap_or_default()))))
        .collect();
    let there = github.pages(&github.repo(&format!("pulls/{}/comments", pull.number)), &[], PAGES).await?;
    let ours: Vec<&str> = there
        .iter()
        .filter(|c| c["user"]["login"].as_str() == Some(&marker.author))
        .filter_map(|c| c["body"].as_str())
        .collect();
    let (mut comments, mut elsewhere) = (Vec::new(), 0);
    for fix in fixes {
        let path = format!("{prefix}{}", fix.file.trim_start_matches("./"));
        let lines = shown.get(path.as_str());
        let Some(text) = texts.get(fix.file.as_str()) else { continue };
        for suggestion in suggestions(fix, text) {
            if !(suggestion.first..=suggestion.last).all(|line| lines.is_some_and(|l| l.contains(&line))) {
                elsewhere += 1;
                continue;
            }
            let name = tollgate_model::hash::sha256(&(&path, &suggestion.text, suggestion.first)).unwrap_or_default();
            let hidden = format!("<!-- tollgate:fix {name} -->");
            if !ours.iter().any(|body| body.contains(&hidden)) {
                comments.push(comment(&path, &suggestion, &fix.title, &hidden));
            }
        }
    }
    elsewhere += comments.len().saturating_sub(MOST);
    comments.truncate(MOST);
    if comments.is_empty() {
        return Ok((0, elsewhere));
    }
    let count = comments.len();
    let body = json!({ "commit_id": pull.head, "event": "COMMENT", "comments": comments });
    github.post(&github.repo(&format!("pulls/{}/reviews", pull.number)), &body).await?;
    Ok((count, elsewhere))
}

/// Whole lines that replace whole lines.
struct Suggestion {
    first: usize,
    last: usize,
    text: String,
}

/// Turns a fix into suggestions, one for each run of lines that it touches.
fn suggestions(fix: &Fix, text: &str) -> Vec<Suggestion> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut starts = vec![0];
    for line in &lines {
        starts.push(starts.last().copied().unwrap_or(0) + line.len());
    }
    let mut runs: Vec<(usize, usize, Vec<crate::finding::Edit>)> = Vec::new();
    let mut edits: Vec<_> = fix.edits.iter().collect();
    edits.sort();
    for edit in edits {
        match runs.last_mut() {
            Some((_, last, list)) if edit.line <= *last => {
                *last = edit.end_line.max(*last);
                list.push(edit.clone());
            }
            _ => runs.push((edit.line, edit.end_line, vec![edit.clone()])),
        }
    }
    let made = |(first, last, edits): (usize, usize, Vec<crate::finding::Edit>)| {
        let (from, to) = (*starts.get(first.checked_sub(1)?)?, *starts.get(last)?);
        let moved =
            edits.into_iter().map(|e| crate::finding::Edit { start: e.start - from, end: e.end - from, ..e }).collect();
        let part = Fix { edits: moved, ..fix.clone() };
        let text = part.apply(text.get(from..to)?);
        Some(Suggestion { first, last, text: text.trim_end_matches(['\n', '\r']).to_owned() })
    };
    runs.into_iter().filter_map(made).collect()
}

fn comment(path: &str, suggestion: &Suggestion, title: &str, hidden: &str) -> Value {
    // A fence that the text does not hold.
    let longest = suggestion.text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let body = format!("{}\n\n{fence}suggestion\n{}\n{fence}\n{hidden}", crate::output::plain(title), suggestion.text);
    let mut out = json!({ "path": path, "line": suggestion.last, "side": "RIGHT", "body": body });
    if suggestion.first < suggestion.last {
        out["start_line"] = suggestion.first.into();
        out["start_side"] = "RIGHT".into();
    }
    out
}

/// Returns the lines of the new file that a patch shows.
fn lines_shown(patch: &str) -> BTreeSet<usize> {
    let mut out = BTreeSet::new();
    let mut at = 0;
    for line in patch.lines() {
        if let Some(rest) = line.strip_prefix("@@ ") {
            let new = rest.split(' ').find_map(|part| part.strip_prefix('+'));
            at = new.and_then(|n| n.split(',').next()?.parse().ok()).unwrap_or(0);
        } else if line.starts_with('+') || line.starts_with(' ') || line.is_empty() {
            if at > 0 {
                out.insert(at);
            }
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_shows_lines_of_the_new_file() {
        let patch = "@@ -1,3 +1,4 @@ resource\n a\n-b\n+B\n+C\n c\n@@ -10 +11 @@\n+x\n\\ No newline at end of file";
        assert_eq!(lines_shown(patch).into_iter().collect::<Vec<_>>(), [1, 2, 3, 4, 11]);
    }

    #[test]
    fn a_fix_becomes_whole_lines() {
        let text = "a {\n  tags = {\n  }\n}\n";
        let at = text.find("{\n  }").unwrap() + 1;
        let edit = crate::finding::Edit {
            start: at,
            end: at,
            line: 2,
            column: 11,
            end_line: 2,
            end_column: 11,
            text: "\n    team = \"web\"".to_owned(),
        };
        let fix = Fix { title: "add team".to_owned(), file: "main.tf".to_owned(), edits: vec![edit] };
        let made = suggestions(&fix, text);
        assert_eq!((made[0].first, made[0].last), (2, 2));
        assert_eq!(made[0].text, "  tags = {\n    team = \"web\"");
    }
}
