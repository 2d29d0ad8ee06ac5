//! Functions of text.

use std::fmt::Write as _;

use regex::{Captures, Regex, RegexBuilder};
use tollgate_expression::{EvaluationError, Object, Value};

use super::Answer;
use super::arguments::{Arguments, LONGEST};
use super::encoding::json_text;

/// The largest compiled pattern, in bytes.
const PATTERN: usize = 1 << 20;
/// The widest field of `format`.
const WIDEST: usize = 1_000;

pub(super) fn chomp(arguments: &Arguments<'_>) -> Answer {
    Ok(Value::text(arguments.text(0)?.trim_end_matches(['\n', '\r'])))
}

pub(super) fn strcontains(arguments: &Arguments<'_>) -> Answer {
    Ok(Value::Bool(arguments.text(0)?.contains(&arguments.text(1)?)))
}

pub(super) fn strrev(arguments: &Arguments<'_>) -> Answer {
    Ok(Value::Text(arguments.text(0)?.chars().rev().collect()))
}

pub(super) fn trim(arguments: &Arguments<'_>) -> Answer {
    let cut = arguments.text(1)?;
    Ok(Value::text(arguments.text(0)?.trim_matches(|c| cut.contains(c))))
}

pub(super) fn indent(arguments: &Arguments<'_>) -> Answer {
    let (spaces, text) = (arguments.size(0)?, arguments.text(1)?);
    let lines = text.matches('\n').count();
    if spaces.saturating_mul(lines.max(1)) > LONGEST {
        return Err(arguments.wrong(&format!("a result of at most {LONGEST} characters")));
    }
    Ok(Value::Text(text.replace('\n', &format!("\n{}", " ".repeat(spaces)))))
}

/// `replace`: a pattern between slashes is a regular expression.
pub(super) fn replace(arguments: &Arguments<'_>) -> Answer {
    let (text, part, by) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    match part.strip_prefix('/').and_then(|p| p.strip_suffix('/')).filter(|p| !p.is_empty()) {
        Some(pattern) => Ok(Value::Text(compiled(arguments, pattern)?.replace_all(&text, by.as_str()).into_owned())),
        None => Ok(Value::Text(text.replace(&part, &by))),
    }
}

pub(super) fn regex(arguments: &Arguments<'_>) -> Answer {
    let (pattern, text) = (compiled(arguments, &arguments.text(0)?)?, arguments.text(1)?);
    let found = pattern.captures(&text).ok_or_else(|| arguments.wrong("a text that the pattern is found in"))?;
    Ok(groups(&pattern, &found))
}

pub(super) fn regexall(arguments: &Arguments<'_>) -> Answer {
    let (pattern, text) = (compiled(arguments, &arguments.text(0)?)?, arguments.text(1)?);
    let found = pattern.captures_iter(&text).take(LONGEST + 1).map(|found| groups(&pattern, &found)).collect();
    arguments.bounded(found)
}

fn compiled(arguments: &Arguments<'_>, pattern: &str) -> Result<Regex, EvaluationError> {
    let pattern = RegexBuilder::new(pattern).size_limit(PATTERN).build();
    pattern.map_err(|_| arguments.wrong("a valid regular expression"))
}

/// The whole match without groups, an object of named groups, or a list of the groups.
fn groups(pattern: &Regex, found: &Captures<'_>) -> Value {
    let text = |group: Option<regex::Match<'_>>| group.map_or(Value::Null, |m| Value::text(m.as_str()));
    if pattern.captures_len() == 1 {
        return text(found.get(0));
    }
    let named: Vec<&str> = pattern.capture_names().flatten().collect();
    if named.is_empty() {
        return Value::List((1..pattern.captures_len()).map(|index| text(found.get(index))).collect());
    }
    let entries = named.into_iter().map(|name| (name.to_owned(), text(found.name(name)))).collect();
    Value::Object(Object { entries, open: None })
}

pub(super) fn format(arguments: &Arguments<'_>) -> Answer {
    let rest = arguments.values.get(1..).unwrap_or_default();
    Ok(Value::Text(formatted(arguments, &arguments.text(0)?, rest)?))
}

/// `formatlist`: one text for each item of the lists, which have the same length. Other arguments are repeated.
pub(super) fn formatlist(arguments: &Arguments<'_>) -> Answer {
    let (pattern, rest) = (arguments.text(0)?, arguments.values.get(1..).unwrap_or_default());
    let lengths: Vec<usize> = rest.iter().filter_map(Value::as_list).map(<[Value]>::len).collect();
    let length = lengths.first().copied().unwrap_or(1);
    if lengths.iter().any(|other| *other != length) {
        return Err(arguments.wrong("lists of the same length"));
    }
    let row = |at: usize| -> Result<Value, EvaluationError> {
        let values: Vec<Value> =
            rest.iter().map(|v| v.as_list().map_or_else(|| v.clone(), |l| l[at].clone())).collect();
        Ok(Value::Text(formatted(arguments, &pattern, &values)?))
    };
    Ok(Value::List((0..length).map(row).collect::<Result<_, _>>()?))
}

/// A verb of a pattern, taken apart: `%-05.2f`, `%[2]s`.
#[derive(Default)]
struct Verb {
    minus: bool,
    zero: bool,
    plus: bool,
    argument: Option<usize>,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

/// Reads a verb after its `%`; returns it with the text after it.
fn verb(text: &str) -> Option<(Verb, &str)> {
    let mut out = Verb::default();
    let mut rest = text;
    loop {
        match rest.chars().next()? {
            '-' => out.minus = true,
            '0' => out.zero = true,
            '+' => out.plus = true,
            ' ' | '#' => {}
            _ => break,
        }
        rest = &rest[1..];
    }
    let digits = |rest: &mut &str| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = rest[..end].parse().ok();
        *rest = &rest[end..];
        number
    };
    out.width = digits(&mut rest);
    if let Some(mut after) = rest.strip_prefix('.') {
        out.precision = Some(digits(&mut after).unwrap_or(0));
        rest = after;
    }
    if let Some(mut after) = rest.strip_prefix('[') {
        out.argument = digits(&mut after);
        rest = after.strip_prefix(']')?;
    }
    out.letter = rest.chars().next()?;
    let after = &rest[out.letter.len_utf8()..];
    Some((out, after))
}

fn formatted(arguments: &Arguments<'_>, pattern: &str, values: &[Value]) -> Result<String, EvaluationError> {
    let mut out = String::with_capacity(pattern.len());
    let mut next = 0;
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let (verb, left) = verb(after).ok_or_else(|| arguments.wrong("a valid pattern"))?;
        rest = left;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let at = verb.argument.map_or(Some(next), |n| n.checked_sub(1));
        let value = at.and_then(|at| values.get(at)).ok_or_else(|| arguments.wrong("a value for each verb"))?;
        next = at.map_or(next, |at| at + 1);
        out += &padded(arguments, &verb, shown(arguments, &verb, value)?)?;
    }
    Ok(out + rest)
}

fn shown(arguments: &Arguments<'_>, verb: &Verb, value: &Value) -> Result<String, EvaluationError> {
    let of_value = Arguments { name: arguments.name, values: std::slice::from_ref(value) };
    let text = |value: &Value| match value {
        Value::List(_) | Value::Object(_) => json_text(value),
        scalar => scalar.shown(),
    };
    Ok(match verb.letter {
        's' | 'v' => text(value),
        't' => match value {
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(arguments.wrong("true or false for `%t`")),
        },
        'q' => json_text(&Value::Text(text(value))),
        'd' => signed(verb, of_value.whole(0)?.to_string()),
        'x' => format!("{:x}", of_value.size(0)?),
        'X' => format!("{:X}", of_value.size(0)?),
        'o' => format!("{:o}", of_value.size(0)?),
        'b' => format!("{:b}", of_value.size(0)?),
        'f' => {
            let precision = verb.precision.unwrap_or(6).min(WIDEST);
            signed(verb, format!("{:.precision$}", of_value.number(0)?))
        }
        'g' | 'e' => of_value.number(0)?.to_string(),
        _ => return Err(arguments.wrong("a pattern of known verbs")),
    })
}

fn signed(verb: &Verb, number: String) -> String {
    if verb.plus && !number.starts_with('-') { format!("+{number}") } else { number }
}

/// Fills a text up to the width of its verb.
fn padded(arguments: &Arguments<'_>, verb: &Verb, text: String) -> Result<String, EvaluationError> {
    let width = verb.width.unwrap_or(0);
    if width > WIDEST {
        return Err(arguments.wrong(&format!("fields of at most {WIDEST} characters")));
    }
    let mut out = String::new();
    let written = match (verb.minus, verb.zero) {
        (true, _) => write!(out, "{text:<width$}"),
        (false, false) => write!(out, "{text:>width$}"),
        (false, true) => {
            let (sign, digits) = if text.starts_with(['-', '+']) { text.split_at(1) } else { ("", text.as_str()) };
            let width = width.saturating_sub(sign.len());
            write!(out, "{sign}{digits:0>width$}")
        }
    };
    written.map_err(|_| arguments.wrong("a valid pattern"))?;
    Ok(out)
}
