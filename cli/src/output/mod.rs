//! Printing: data on standard output, everything else on standard error.

mod csv;
mod table;

use std::io::{IsTerminal, Write};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use serde::Serialize;
use tollgate_model::document::{JSON_VERSION, document};
use tollgate_model::money::grouped;
use tollgate_model::text::error_entries;
use tollgate_model::{Amount, Currency, Severity, untrusted};

use crate::args::Color;
use crate::exit::Exit;
use crate::setup::variable;

pub(crate) use self::csv::csv;
pub(crate) use self::table::{choose_width, table, width};

pub(crate) fn choose_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

/// Prints a line of results. A closed reader (`| head`) is not an error.
#[macro_export]
macro_rules! print_line {
    ($($arg:tt)*) => {
        $crate::output::write_line(&format!($($arg)*))
    };
}

/// Set when the reader of the output has enough, as `head` has. The command does its work all the same: half of it would look like all.
static CLOSED: AtomicBool = AtomicBool::new(false);

pub(crate) fn write_line(text: &str) {
    let mut out = anstream::stdout().lock();
    let text = escape_controls(text);
    let text = if is_ascii_locale() { ascii(&text) } else { text };
    if !CLOSED.load(Ordering::Relaxed) && writeln!(out, "{text}").is_err() {
        CLOSED.store(true, Ordering::Relaxed);
    }
}

/// Whether the locale asks for ASCII: the first of LC_ALL, LC_CTYPE and LANG that is set is not of UTF-8. Without any, most terminals
/// still show UTF-8.
fn is_ascii_locale() -> bool {
    static ASCII: OnceLock<bool> = OnceLock::new();
    *ASCII.get_or_init(|| {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
        locale.is_some_and(|locale| !locale.to_lowercase().replace('-', "").contains("utf8"))
    })
}

/// The characters that this program draws with, in ASCII. Names of a bill stay as they are.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '│' => out.push('|'),
            '└' => out.push('+'),
            '─' | '–' => out.push('-'),
            '▁' | '▂' => out.push('.'),
            '▃' | '▄' | '▅' => out.push('='),
            '▆' | '▇' | '█' => out.push('#'),
            '…' => out.push_str("..."),
            '×' => out.push('x'),
            other => out.push(other),
        }
    }
    out
}

/// The styles that this program uses; no other control sequence reaches a terminal.
const STYLES: [&str; 5] = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[33m"];

/// Text of bills is untrusted: control characters become replacement characters.
fn escape_controls(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let next = STYLES.iter().filter_map(|style| Some((rest.find(style)?, *style))).min();
        let Some((at, style)) = next else { break };
        out += &untrusted::terminal(&rest[..at]);
        out += style;
        rest = &rest[at + style.len()..];
    }
    out + &untrusted::terminal(rest)
}

/// Suppresses the messages of panics in threads that read inputs: such panics become errors of the command.
pub(crate) fn silence_reader_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() != Some(tollgate_pipeline::READER_THREAD) {
            default(panic);
        }
    }));
}

/// Prints a note about the work on standard error.
pub(crate) fn print_note(text: &str) {
    let mut err = anstream::stderr().lock();
    // A failure to write to standard error cannot be reported.
    let _ = writeln!(err, "{}", escape_controls(text));
}

pub(crate) fn print_error(error: &anyhow::Error) -> Exit {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    print_note(&format!("{red}error{red:#}: {}", error_text(error)));
    Exit::Failure
}

/// Prints a JSON document: an object with its version first. A list is in `items`, anything else in `value`.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    write_line(&serde_json::to_string_pretty(&document(value)?)?);
    Ok(())
}

/// Prints errors as a JSON document on standard error, each with what to do where that is known.
pub(crate) fn print_json_error(error: &anyhow::Error) -> Exit {
    let errors = error_entries(&error_text(error));
    let document = serde_json::json!({ "version": JSON_VERSION, "errors": errors });
    print_note(&document.to_string());
    Exit::Failure
}

/// The messages of an error and of its causes, each once.
fn error_text(error: &anyhow::Error) -> String {
    error.chain().map(|cause| without_numbers(&cause.to_string())).fold(String::new(), |all, cause| match all {
        _ if all.is_empty() => cause,
        // An outer message often repeats the inner one.
        _ if all.contains(&cause) => all,
        _ => format!("{all}: {cause}"),
    })
}

/// A message without the number that an operating system has for it: `No such file or directory (os error 2)`.
fn without_numbers(message: &str) -> String {
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((before, after)) = rest.split_once(" (os error ") {
        let Some((number, after)) = after.split_once(')') else { break };
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            break;
        }
        out += before;
        rest = after;
    }
    out + rest
}

/// An instant to the minute, in UTC: `2026-11-21T06:30`.
pub(crate) fn to_minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M").to_string()
}

pub(crate) fn bold(text: impl std::fmt::Display) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

pub(crate) fn dim(text: impl std::fmt::Display) -> String {
    let text = text.to_string();
    if text.is_empty() {
        // Codes around an empty text would prevent the trimming of blanks before them.
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

/// `95,803`.
pub(crate) fn grouped_count(count: u64) -> String {
    let whole = i64::try_from(count).map_or(Amount::ZERO, Amount::whole);
    grouped(whole, 0)
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

/// Whether standard error is a terminal.
pub(crate) fn is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_utf8_gets_ascii_drawings() {
        assert_eq!(ascii(" 1k │▁▄█ └── Amazon… é"), " 1k |.=# +-- Amazon... é");
    }

    #[test]
    fn messages_have_no_numbers_of_the_operating_system() {
        for (message, shown) in [
            ("x.csv: No such file or directory (os error 2)", "x.csv: No such file or directory"),
            ("a (os error 13): b (os error 2), c", "a: b, c"),
            ("a (os error", "a (os error"),
            ("a (os error x) b", "a (os error x) b"),
        ] {
            assert_eq!(without_numbers(message), shown);
        }
    }

    #[test]
    fn text_of_a_bill_cannot_control_the_terminal() {
        assert_eq!(
            escape_controls("A\u{1b}]0;title\u{7}B\u{1b}[8mC\u{9b}2J\r"),
            "A\u{fffd}]0;title\u{fffd}B\u{fffd}[8mC\u{fffd}2J\u{fffd}"
        );
        let ours = [bold("x"), dim("y"), tinted("z", AnsiColor::Red), tinted("z", AnsiColor::Yellow)];
        ours.iter().for_each(|text| assert_eq!(escape_controls(text), *text));
    }
}
