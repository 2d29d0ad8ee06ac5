//! Tables: on a terminal they fit its width, elsewhere they are complete.

use std::io::IsTerminal;
use std::sync::OnceLock;

use comfy_table::{CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use super::{dim, write_line};
use crate::setup::variable;

/// The width of tables; `None` without a limit.
static WIDTH: OnceLock<Option<usize>> = OnceLock::new();

/// Chooses the width of tables: that of the terminal, unless `wide`. In a pipe, COLUMNS sets it.
pub(crate) fn choose_width(wide: bool) {
    let terminal = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
    let columns = || variable("COLUMNS").and_then(|text| text.parse().ok());
    let width = match (wide, std::io::stdout().is_terminal()) {
        (true, _) => None,
        (false, true) => terminal().or_else(columns),
        (false, false) => columns(),
    };
    let _ = WIDTH.set(width);
}

/// The width of tables; `None` without a limit.
pub(crate) fn width() -> Option<usize> {
    WIDTH.get().copied().flatten()
}

/// Prints a table. A column whose header starts with `>` is aligned to the right. One whose header starts with `?` is left out where the
/// terminal is too narrow.
pub(crate) fn table(headers: &[&str], rows: Vec<Vec<String>>) {
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    match width() {
        Some(width) => fit(headers, rows, width).iter().for_each(|line| write_line(line)),
        None => draw(&headers, &rows).iter().for_each(|line| write_line(line)),
    }
}

/// The name of a column without its marks.
fn name(header: &str) -> &str {
    header.trim_start_matches(['?', '>'])
}

fn is_number(header: &str) -> bool {
    header.trim_start_matches('?').starts_with('>')
}

/// The lines of a table at its natural width.
fn draw(headers: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    let top: Vec<String> = headers.iter().map(|h| dim(name(h))).collect();
    for row in std::iter::once(&top).chain(rows) {
        let cells: Vec<comfy_table::Cell> = row
            .iter()
            .zip(headers)
            .map(|(text, header)| {
                let side = if is_number(header) { CellAlignment::Right } else { CellAlignment::Left };
                comfy_table::Cell::new(text).set_alignment(side)
            })
            .collect();
        table.add_row(cells);
    }
    table.to_string().lines().map(|text| format!(" {}", text.trim_end())).collect()
}

/// The least width of a column that is shortened.
const LEAST: usize = 12;

/// The lines of a table within a width: text is shortened, then columns are left out and named. Where that is not enough, each row becomes
/// a block of lines with every column.
fn fit(mut headers: Vec<String>, mut rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    let whole = (headers.clone(), rows.clone());
    let mut left_out: Vec<String> = Vec::new();
    loop {
        let widths = column_widths(&headers, &rows);
        let excess = (widths.iter().sum::<usize>() + 2 * widths.len()).saturating_sub(width);
        if let Some(widths) = shortened(&headers, widths, excess) {
            for row in &mut rows {
                for (cell, width) in row.iter_mut().zip(&widths) {
                    shorten(cell, *width);
                }
            }
            let mut lines = draw(&headers, &rows);
            if !left_out.is_empty() {
                left_out.reverse();
                lines.push(format!("  {}", dim(format!("left out: {}; --wide shows all", left_out.join(", ")))));
            }
            return lines;
        }
        let Some(at) = headers.iter().rposition(|h| h.starts_with('?')) else {
            return records(&whole.0, &whole.1, width);
        };
        let header = name(&headers.remove(at)).to_owned();
        if !left_out.contains(&header) {
            left_out.push(header);
        }
        for row in rows.iter_mut().filter(|row| at < row.len()) {
            row.remove(at);
        }
    }
}

fn column_widths(headers: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let cell = |row: &Vec<String>, at: usize| row.get(at).map_or(0, |text| visible_width(text));
    let of = |(at, header): (usize, &String)| {
        rows.iter().map(|row| cell(row, at)).max().unwrap_or(0).max(name(header).width())
    };
    headers.iter().enumerate().map(of).collect()
}

/// The widths of columns after the widest texts gave up `excess`; `None` where that is not enough. The first column, which names a row, and
/// numbers stay whole.
fn shortened(headers: &[String], mut widths: Vec<usize>, mut excess: usize) -> Option<Vec<usize>> {
    let least = |at: usize| LEAST.max(name(&headers[at]).width());
    while excess > 0 {
        let texts = (1..widths.len()).filter(|at| !is_number(&headers[*at]) && widths[*at] > least(*at));
        let widest = texts.max_by_key(|at| widths[*at])?;
        widths[widest] -= 1;
        excess -= 1;
    }
    Some(widths)
}

/// The width of text on a terminal, without its styles.
fn visible_width(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

/// Shortens text to a width. The end of a path of names stays, because that is where names differ.
fn shorten(cell: &mut String, width: usize) {
    if visible_width(cell) <= width {
        return;
    }
    let plain = anstream::adapter::strip_str(cell).to_string();
    let keep = width.saturating_sub(1);
    let is_path = plain.contains(" / ");
    let mut used = 0;
    let mut fits = |c: &char| {
        used += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
        used <= keep
    };
    *cell = if is_path {
        let end: Vec<char> = plain.chars().rev().take_while(|c| fits(c)).collect();
        std::iter::once('…').chain(end.into_iter().rev()).collect()
    } else {
        plain.chars().take_while(|c| fits(c)).chain(['…']).collect()
    };
}

/// Each row as a block of lines, one a column.
fn records(headers: &[String], rows: &[Vec<String>], width: usize) -> Vec<String> {
    let label = headers.iter().map(|h| name(h).width()).max().unwrap_or(0).min(width / 2);
    let mut out = Vec::new();
    for row in rows {
        if !out.is_empty() {
            out.push(String::new());
        }
        for (header, cell) in headers.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let mut header = name(header).to_owned();
            shorten(&mut header, label);
            let pad = " ".repeat(label.saturating_sub(header.width()));
            let mut cell = cell.clone();
            shorten(&mut cell, width.saturating_sub(label + 4).max(LEAST));
            out.push(format!(" {}{pad}  {cell}", dim(header)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[String]) -> Vec<String> {
        lines.iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect()
    }

    fn example() -> (Vec<String>, Vec<Vec<String>>) {
        let headers = ["incident", "severity", "scope", ">daily change", "?main cause"];
        let row = |id: &str, scope: &str, cost: &str, cause: &str| {
            [id, "medium", scope, cost, cause].map(str::to_owned).to_vec()
        };
        let rows = vec![
            row(
                "i-805711dc",
                "AWS / larkspur-prod / Amazon CloudWatch",
                "+163.25 USD",
                "usage type CW:Requests (99 %)",
            ),
            row("i-1a2b3c4d", "Microsoft / research / Azure OpenAI", "+1,204.00 EUR", "resource gpt (80 %)"),
        ];
        (headers.map(str::to_owned).to_vec(), rows)
    }

    #[test]
    fn a_table_fits_every_width_and_says_what_it_leaves_out() {
        for width in [40, 60, 80, 100, 120, 200] {
            let (headers, rows) = example();
            let lines = plain(&fit(headers, rows, width));
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:#?}");
            let text = lines.join("\n");
            for needed in ["i-805711dc", "+163.25 USD", "+1,204.00 EUR"] {
                assert!(text.contains(needed), "{width}: {text}");
            }
            assert_eq!(
                text.contains("left out: main cause"),
                !text.contains("CW:") && !text.contains("usage"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_keeps_its_end_and_a_sentence_its_start() {
        let mut path = "AWS / larkspur-prod / Amazon CloudWatch".to_owned();
        shorten(&mut path, 20);
        assert_eq!(path, "…/ Amazon CloudWatch");
        let mut sentence = dim("the provider corrected past days");
        shorten(&mut sentence, 12);
        assert_eq!(sentence, "the provide…");
        let mut short = dim("x");
        shorten(&mut short, 12);
        assert_eq!(short, dim("x"));
    }

    #[test]
    fn a_row_of_many_columns_becomes_a_block_of_lines() {
        let headers: Vec<String> = (0..40).map(|n| format!("Column{n}")).collect();
        let rows = vec![(0..40).map(|n| n.to_string()).collect(); 2];
        let lines = plain(&fit(headers, rows, 60));
        assert_eq!(lines.len(), 81);
        assert_eq!(lines[1], " Column1   1");
    }
}
