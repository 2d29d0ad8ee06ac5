//! Edits of HCL text that keep everything else as it is.

use hcl_edit::Span;
use hcl_edit::expr::{Expression, Object};
use hcl_edit::structure::Block;
use tollgate_terraform::SourceFile;

use crate::finding::Edit;
use crate::hcl_text::quoted;
use crate::places::key_text;

/// Adds entries to the map of an expression: to its last literal, or with `merge`.
pub(super) fn add_entries(
    file: &SourceFile,
    expression: &Expression,
    entries: &[(String, String)],
) -> Option<Vec<Edit>> {
    match expression {
        Expression::Object(object) => add_to_object(file, object, entries),
        Expression::Parenthesis(inner) => add_entries(file, inner.inner(), entries),
        Expression::FuncCall(call) if call.name.name.as_str() == "merge" && !call.args.expand_final() => {
            if let Some(Expression::Object(object)) = call.args.iter().last() {
                return add_to_object(file, object, entries);
            }
            let end = call.args.iter().last()?.span()?.end;
            Some(vec![Edit::new(file, end, end, format!(", {}", inline(entries)))])
        }
        other => {
            let span = other.span()?;
            Some(vec![
                Edit::new(file, span.start, span.start, "merge(".to_owned()),
                Edit::new(file, span.end, span.end, format!(", {})", inline(entries))),
            ])
        }
    }
}

fn add_to_object(file: &SourceFile, object: &Object, entries: &[(String, String)]) -> Option<Vec<Edit>> {
    let span = object.span()?;
    let whole = file.text.get(span.clone())?;
    let Some((last_key, last)) = object.iter().last() else {
        return Some(vec![Edit::new(file, span.start, span.end, format!("{{ {} }}", joined(entries)))]);
    };
    let end = last.expr().span()?.end;
    let after = file.text.get(end..span.end)?;
    if !whole.contains('\n') || !after.contains('\n') {
        let comma = if after.trim_start().starts_with(',') { "" } else { "," };
        return Some(vec![Edit::new(file, end, end, format!("{comma} {}", joined(entries)))]);
    }
    // Behind the line of the last entry, with its comment.
    let line_end = end + after.find('\n')?;
    let line_end = if file.text[..line_end].ends_with('\r') { line_end - 1 } else { line_end };
    let comma = if after.trim_start().starts_with(',') { "," } else { "" };
    let key_start = last_key.span()?.start;
    let line_start = file.text[..key_start].rfind('\n').map_or(0, |at| at + 1);
    let indent: String = file.text[line_start..key_start].chars().take_while(|c| c.is_whitespace()).collect();
    let (width, mut edits) = align(file, object, entries);
    let mut text = String::new();
    for (key, value) in entries {
        let key = key_of(key);
        // A width of the formatter has 16 bits; a key may be longer.
        let pad = " ".repeat(width.saturating_sub(key.chars().count()));
        text += &format!("\n{indent}{key}{pad} = {}{comma}", quoted(value));
    }
    edits.push(Edit::new(file, line_end, line_end, text));
    Some(edits)
}

/// Returns the width of keys that aligns every `=` as `fmt` does, with the edits that are needed.
fn align(file: &SourceFile, object: &Object, entries: &[(String, String)]) -> (usize, Vec<Edit>) {
    let mut keys: Vec<(std::ops::Range<usize>, usize)> = Vec::new();
    for (key, _) in object.iter() {
        let Some(span) = key.span() else { continue };
        let Some(gap) = file.text.get(span.end..).and_then(|rest| rest.find(|c: char| c != ' ')) else { continue };
        // Only `=` is aligned, and a key in brackets is left as it stands.
        if file.text[span.end + gap..].starts_with('=') {
            keys.push((span, gap));
        }
    }
    let length =
        |span: &std::ops::Range<usize>| file.text.get(span.clone()).map_or(0, |t| t.trim_end().chars().count());
    let new = entries.iter().map(|(key, _)| key_of(key).chars().count()).max().unwrap_or_default();
    let width = keys.iter().map(|(span, _)| length(span)).max().unwrap_or_default().max(new);
    let edits = keys.iter().filter_map(|(span, gap)| {
        let start = span.start + file.text.get(span.clone())?.trim_end().len();
        let wanted = width - length(span) + 1;
        let is = span.end + gap - start;
        (is != wanted).then(|| Edit::new(file, start, span.end + gap, " ".repeat(wanted)))
    });
    (width, edits.collect())
}

/// Adds an attribute or a block to the end of a block's body. `lines` have no indentation.
pub(super) fn add_to_block(file: &SourceFile, block: &Block, lines: &[String]) -> Option<Edit> {
    let span = block.span()?;
    let text = file.text.get(span.clone())?;
    let close = span.start + text.rfind('}')?;
    let line_start = file.text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let indent: String = file.text[line_start..span.start].chars().take_while(|c| c.is_whitespace()).collect();
    let mut added = String::new();
    for line in lines {
        added += &if line.is_empty() { "\n".to_owned() } else { format!("{indent}  {line}\n") };
    }
    let before = file.text[..close].trim_end_matches([' ', '\t']);
    if before.ends_with('\n') {
        return Some(Edit::new(file, before.len(), before.len(), added));
    }
    // On one line a body may hold one attribute: it is opened.
    let head = block.labels.last().and_then(Span::span).or(block.ident.span())?.end;
    let open = head + file.text.get(head..close)?.find('{')? + 1;
    let inner = file.text.get(open..close)?.trim();
    let inner = if inner.is_empty() { String::new() } else { format!("{indent}  {inner}\n") };
    Some(Edit::new(file, open, close, format!("\n{inner}{added}{indent}")))
}

/// The lines of a new attribute that is a map.
pub(super) fn map_lines(name: &str, entries: &[(String, String)]) -> Vec<String> {
    let width = entries.iter().map(|(key, _)| key_of(key).len()).max().unwrap_or_default();
    let mut out = vec![format!("{name} = {{")];
    out.extend(entries.iter().map(|(key, value)| format!("  {:<width$} = {}", key_of(key), quoted(value))));
    out.push("}".to_owned());
    out
}

/// Removes an entry of a literal.
pub(super) fn remove_entry(file: &SourceFile, object: &Object, key: &str) -> Option<Edit> {
    let (name, value) = object.iter().find(|(name, _)| key_text(name) == Some(key))?;
    let (start, end) = (name.span()?.start, value.expr().span()?.end);
    let line_start = file.text[..start].rfind('\n').map_or(0, |at| at + 1);
    let rest = file.text.get(end..)?;
    let line = rest.split('\n').next().unwrap_or_default();
    let alone = file.text[line_start..start].trim().is_empty()
        && matches!(line.trim().trim_start_matches(',').trim().chars().next(), None | Some('#' | '/'));
    if alone && rest.contains('\n') {
        return Some(Edit::new(file, line_start, end + line.len() + 1, String::new()));
    }
    let (before, after) = (file.text[..start].trim_end(), rest.trim_start());
    if let Some(stripped) = after.strip_prefix(',') {
        let skipped = rest.len() - stripped.trim_start().len();
        return Some(Edit::new(file, start, end + skipped, String::new()));
    }
    let start = if before.ends_with(',') { before.len() - 1 } else { start };
    Some(Edit::new(file, start, end, String::new()))
}

/// `team` or `"cost:center"`.
pub(super) fn key_of(key: &str) -> String {
    let mut chars = key.chars();
    let plain = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    if plain { key.to_owned() } else { quoted(key) }
}

fn joined(entries: &[(String, String)]) -> String {
    entries.iter().map(|(key, value)| format!("{} = {}", key_of(key), quoted(value))).collect::<Vec<_>>().join(", ")
}

fn inline(entries: &[(String, String)]) -> String {
    format!("{{ {} }}", joined(entries))
}
