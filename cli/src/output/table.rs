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
/// terminal is too narrow, the last one first, and those of `??` after all others. One whose header starts with `~` is wrapped there.
pub(crate) fn table(headers: &[&str], rows: Vec<Vec<String>>) {
    let headers: Vec<String> = headers.iter().map(|h| (*h).to_owned()).collect();
    match width() {
        Some(width) => fit(headers, rows, width).iter().for_each(|line| write_line(line)),
        None => draw(&headers, &rows).iter().for_each(|line| write_line(line)),
    }
}

/// The name of a column without its marks.
fn name(header: &str) -> &str {
    header.trim_start_matches(['?', '>', '~'])
}

fn is_number(header: &str) -> bool {
    header.trim_start_matches('?').starts_with('>')
}

/// The lines of a table at its natural width.
fn draw(headers: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    let top: Vec<String> = headers.iter().map(|h| lines_of(name(h))).collect();
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

/// Dims each line of a text by itself: a style that spans lines would also cover the columns between them.
fn lines_of(text: &str) -> String {
    text.split('\n').map(dim).collect::<Vec<_>>().join("\n")
}

/// The least width of a column of text: comfortable, and where no column can be left out any more. Ids are shorter than these.
const COMFORTABLE: Least = Least { first: 24, path: 24, text: 16 };
const TIGHT: Least = Least { first: 16, path: 18, text: 12 };

/// The least widths of the first column, which names a row, of paths of names, and of other texts.
#[derive(Clone, Copy)]
struct Least {
    first: usize,
    path: usize,
    text: usize,
}

/// The lines of a table within a width: headers get several lines, text is shortened, then columns are left out and named. Where that is not
/// enough, each row becomes a block of lines with every column.
fn fit(mut headers: Vec<String>, mut rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    if total(&column_widths(&headers, &rows)) <= width {
        return draw(&headers, &rows);
    }
    let whole = (headers.clone(), rows.clone());
    let mut left_out: Vec<String> = Vec::new();
    loop {
        let wrapped = wrap_headers(&headers, &rows);
        let widths = column_widths(&wrapped, &rows);
        let last = |tier: &dyn Fn(&str) -> bool| headers.iter().rposition(|h| h.starts_with('?') && tier(h));
        let optional = last(&|h| !h.starts_with("??")).or_else(|| last(&|_| true));
        let fitting = shortened(&wrapped, &rows, &widths, width, COMFORTABLE);
        let fitting = match optional {
            Some(_) => fitting,
            None => fitting.or_else(|| shortened(&wrapped, &rows, &widths, width, TIGHT)),
        };
        if let Some(widths) = fitting {
            for row in &mut rows {
                for ((cell, width), header) in row.iter_mut().zip(&widths).zip(&wrapped) {
                    if header.starts_with('~') { wrap(cell, *width) } else { shorten(cell, *width) }
                }
            }
            let mut lines = draw(&wrapped, &rows);
            if !left_out.is_empty() {
                left_out.reverse();
                lines.push(format!("  {}", dim(format!("left out: {}; --wide shows all", left_out.join(", ")))));
            }
            return lines;
        }
        let Some(at) = optional else { return records(&whole.0, &whole.1, width) };
        let header = name(&headers.remove(at)).to_owned();
        if !header.is_empty() && !left_out.contains(&header) {
            left_out.push(header);
        }
        for row in rows.iter_mut().filter(|row| at < row.len()) {
            row.remove(at);
        }
    }
}

/// The width of a table with columns of these widths.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len()
}

/// Headers that are wider than their cells, in several lines. The last line is beside the cells.
fn wrap_headers(headers: &[String], rows: &[Vec<String>]) -> Vec<String> {
    let cells = cell_widths(headers.len(), rows);
    let mut wrapped: Vec<String> = headers.to_vec();
    for (header, cells) in wrapped.iter_mut().zip(cells) {
        let text = name(header).to_owned();
        let longest = text.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
        let marks = header[..header.len() - text.len()].to_owned();
        *header = marks + &wrap_words(&text, cells.max(longest));
    }
    let lines = |header: &String| header.split('\n').count();
    let height = wrapped.iter().map(lines).max().unwrap_or(1);
    for header in &mut wrapped {
        let missing = "\n".repeat(height - lines(header));
        let marks = header.len() - name(header).len();
        header.insert_str(marks, &missing);
    }
    wrapped
}

/// A text in lines of a width, broken between words.
fn wrap_words(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

fn cell_widths(columns: usize, rows: &[Vec<String>]) -> Vec<usize> {
    let cell = |row: &Vec<String>, at: usize| row.get(at).map_or(0, |text| visible_width(text));
    (0..columns).map(|at| rows.iter().map(|row| cell(row, at)).max().unwrap_or(0)).collect()
}

fn column_widths(headers: &[String], rows: &[Vec<String>]) -> Vec<usize> {
    let header = |header: &String| name(header).split('\n').map(UnicodeWidthStr::width).max().unwrap_or(0);
    cell_widths(headers.len(), rows).into_iter().zip(headers).map(|(cells, h)| cells.max(header(h))).collect()
}

/// The widths of columns within a width, after the widest texts gave up what is too much; `None` where that is not enough. Numbers, dates
/// and bars stay whole.
fn shortened(
    headers: &[String],
    rows: &[Vec<String>],
    widths: &[usize],
    width: usize,
    least: Least,
) -> Option<Vec<usize>> {
    let mut widths = widths.to_vec();
    let smallest: Vec<usize> = (0..widths.len())
        .map(|at| {
            let cells = || rows.iter().filter_map(|row| row.get(at));
            let least = match () {
                () if is_number(&headers[at]) || cells().any(|cell| is_date(cell) || is_bar(cell)) => widths[at],
                () if cells().any(|cell| cell.contains(" / ")) => least.path,
                () if at == 0 => least.first,
                () if headers[at].starts_with('~') => 2 * least.text,
                () => least.text,
            };
            least.min(widths[at])
        })
        .collect();
    while total(&widths) > width {
        let texts = (0..widths.len()).filter(|at| widths[*at] > smallest[*at]);
        let widest = texts.max_by_key(|at| widths[*at])?;
        widths[widest] -= 1;
    }
    Some(widths)
}

/// Whether a cell is a bar of blocks: cut bars would all be as long.
fn is_bar(cell: &str) -> bool {
    cell.starts_with('█')
}

/// Whether a cell begins with a date.
fn is_date(cell: &str) -> bool {
    let start = cell.as_bytes();
    start.len() >= 7 && start[..4].iter().all(u8::is_ascii_digit) && start[4] == b'-' && start[5].is_ascii_digit()
}

/// Wraps a text that is wider than its column.
fn wrap(cell: &mut String, width: usize) {
    if visible_width(cell) > width {
        *cell = wrap_words(&anstream::adapter::strip_str(cell).to_string(), width);
        let lines: Vec<String> = cell
            .split('\n')
            .map(|line| {
                let mut line = line.to_owned();
                shorten(&mut line, width);
                line
            })
            .collect();
        *cell = lines.join("\n");
    }
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
            shorten(&mut cell, width.saturating_sub(label + 4).max(TIGHT.text));
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
    fn headers_wrap_before_columns_are_left_out_and_dates_stay_whole() {
        let headers = ["scope", "currency", ">last 30 days", ">30 days before", ">change", "imported"];
        let row = ["AWS / Amazon Relational Database Service", "USD", "5,387", "5,357", "+1 %", "2026-11-21T06:00"];
        let lines = plain(&fit(headers.map(str::to_owned).to_vec(), vec![row.map(str::to_owned).to_vec()], 76));
        assert!(lines.iter().all(|line| line.width() <= 76), "{lines:#?}");
        let [top, .., row] = lines.as_slice() else { panic!("{lines:#?}") };
        assert!(top.trim_start().starts_with("last"), "the header stands on several lines: {lines:#?}");
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert_eq!(
            row.split_whitespace().collect::<Vec<_>>().join(" "),
            "…ional Database Service USD 5,387 5,357 +1 % 2026-11-21T06:00"
        );
    }

    #[test]
    fn a_text_that_may_be_wrapped_is_never_cut() {
        let headers = ["advice", ">saving a month", "~recommendation"];
        let row = ["a-71e597eb", "975.92 USD", "commit 1.85 USD an hour to Amazon Relational Database Service"];
        let lines = plain(&fit(headers.map(str::to_owned).to_vec(), vec![row.map(str::to_owned).to_vec()], 60));
        assert!(lines.iter().all(|line| line.width() <= 60 && !line.contains('…')), "{lines:#?}");
        let words = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.ends_with("Amazon Relational Database Service"), "{words}");
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
