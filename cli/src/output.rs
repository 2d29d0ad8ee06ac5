//! What is printed, and how: data on standard output, everything else on standard error.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table};
use serde::Serialize;
use tollgate_model::money::grouped;
use tollgate_model::{Amount, Currency, Severity, untrusted};

use crate::args::Color;

/// The exit code of "done, and found what must not be".
pub(crate) const FOUND: u8 = 3;

pub(crate) fn choose_colour(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Prints a line of results. A reader that has gone away (`| head`) is no fault.
#[macro_export]
macro_rules! say {
    ($($arg:tt)*) => {
        $crate::output::line(&format!($($arg)*))
    };
}

pub(crate) fn line(text: &str) {
    let mut out = anstream::stdout().lock();
    if writeln!(out, "{}", harmless(text)).is_err() {
        std::process::exit(0);
    }
}

/// The styles that this program uses; no other control sequence reaches a terminal.
const OURS: [&str; 5] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[33m"];

/// Bills are other people's text: what in it would steer a terminal becomes a replacement character.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let next = OURS.iter().filter_map(|style| Some((rest.find(style)?, *style))).min();
        let Some((at, style)) = next else { break };
        out += &untrusted::terminal(&rest[..at]);
        out += style;
        rest = &rest[at + style.len()..];
    }
    out + &untrusted::terminal(rest)
}

/// Panics of threads that read inputs become errors of the command; their own message would only disturb.
pub(crate) fn quiet_readers() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(tollgate_pipeline::READER) {
            usual(panic);
        }
    }));
}

/// Says something about the work on standard error.
pub(crate) fn note(text: &str) {
    let mut err = anstream::stderr().lock();
    // There is nowhere left to tell that standard error cannot be written.
    let _ = writeln!(err, "{}", harmless(text));
}

pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let text = error.chain().map(ToString::to_string).fold(String::new(), |all, one| match all {
        _ if all.is_empty() => one,
        // An outer message often ends with the inner one.
        _ if all.contains(&one) => all,
        _ => format!("{all}: {one}"),
    });
    note(&format!("{red}error{red:#}: {text}"));
    ExitCode::from(1)
}

pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

pub(crate) fn bold(text: impl std::fmt::Display) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

pub(crate) fn dim(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    if text.is_empty() {
        // Codes around nothing would keep the blanks before them from being trimmed.
        return text;
    }
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

pub(crate) fn tinted(text: impl std::fmt::Display, color: AnsiColor) -> String {
    let style = Style::new().fg_color(Some(color.into()));
    format!("{style}{text}{style:#}")
}

pub(crate) fn severity(severity: Severity) -> String {
    match severity {
        Severity::Critical => tinted(severity, AnsiColor::Red),
        Severity::High => tinted(severity, AnsiColor::Red),
        Severity::Medium => tinted(severity, AnsiColor::Yellow),
        Severity::Low => severity.to_string(),
    }
}

/// `1,234.50 USD`.
pub(crate) fn money(amount: Amount, currency: Currency) -> String {
    format!("{} {currency}", grouped(amount, currency.minor_places()))
}

/// `+1,234.50 USD`.
pub(crate) fn change(amount: Amount, currency: Currency) -> String {
    let sign = if amount > Amount::ZERO { "+" } else { "" };
    format!("{sign}{}", money(amount, currency))
}

/// A table: columns whose header starts with `>` stand to the right.
pub(crate) fn table(headers: &[&str], rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(comfy_table::TableStyle::new());
    table.set_content_arrangement(ContentArrangement::Disabled);
    for row in std::iter::once(headers.iter().map(|h| dim(h.trim_start_matches('>'))).collect()).chain(rows) {
        let cells: Vec<comfy_table::Cell> = row
            .into_iter()
            .zip(headers)
            .map(|(text, header)| {
                let side = if header.starts_with('>') { CellAlignment::Right } else { CellAlignment::Left };
                comfy_table::Cell::new(text).set_alignment(side)
            })
            .collect();
        table.add_row(cells);
    }
    for text in table.to_string().lines() {
        line(&format!(" {}", text.trim_end()));
    }
}

/// Whether a person watches standard error.
pub(crate) fn watched() -> bool {
    std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_cannot_steer_the_terminal() {
        assert_eq!(
            harmless("A\u{1b}]0;title\u{7}B\u{1b}[8mC\u{9b}2J\r"),
            "A\u{fffd}]0;title\u{fffd}B\u{fffd}[8mC\u{fffd}2J\u{fffd}"
        );
        let ours = [bold("x"), dim("y"), tinted("z", AnsiColor::Red), tinted("z", AnsiColor::Yellow)];
        ours.iter().for_each(|text| assert_eq!(harmless(text), *text));
    }
}
