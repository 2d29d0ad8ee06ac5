//! Amounts and quantities as text: decimal points and commas, decoration, and digits below the last place.

use tollgate_model::{Fixed, MoneyError};

use crate::value::is_null;

/// The character before the decimals of a file's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
    /// No number of the file shows it: a number with one comma before three digits has two meanings.
    Unknown,
}

/// What a number shows about the decimal mark of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkEvidence {
    Point,
    Comma,
    None,
}

/// Whether a number needs the decimal mark of its file: it has a comma, or a point that may separate thousands.
pub(crate) fn needs_mark(text: &str) -> bool {
    text.contains(',')
}

/// What a number shows about the decimal mark of its file.
pub(crate) fn mark_evidence(text: &str) -> MarkEvidence {
    let Some((_, body)) = undecorate(text) else { return MarkEvidence::None };
    if body.is_empty()
        || !body.bytes().all(|c| c.is_ascii_digit() || matches!(c, b',' | b'.' | b'e' | b'E' | b'-' | b'+'))
    {
        return MarkEvidence::None;
    }
    let (commas, points) = (body.matches(',').count(), body.matches('.').count());
    let shows = |mark: char, one: MarkEvidence, many: MarkEvidence| {
        if body.matches(mark).count() > 1 {
            return many;
        }
        let (whole, fraction) = body.split_once(mark).unwrap_or((body.as_str(), ""));
        let thousands = fraction.len() == 3
            && fraction.bytes().all(|c| c.is_ascii_digit())
            && (1..=3).contains(&whole.len())
            && !whole.starts_with('0');
        if thousands { MarkEvidence::None } else { one }
    };
    match (commas, points) {
        (0, 0) => MarkEvidence::None,
        (0, _) => shows('.', MarkEvidence::Point, MarkEvidence::Comma),
        (_, 0) => shows(',', MarkEvidence::Comma, MarkEvidence::Point),
        _ if body.rfind(',') > body.rfind('.') => MarkEvidence::Comma,
        _ => MarkEvidence::Point,
    }
}

/// Removes currency signs, spaces, a sign and accounting parentheses: whether it is negative, and the rest.
fn undecorate(text: &str) -> Option<(bool, String)> {
    let trimmed = text.trim_matches(is_decoration);
    let (negative, body) = match trimmed.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, trimmed),
    };
    let body = body.trim_matches(is_decoration);
    let (minus, body) = body.strip_prefix(is_minus).map_or((false, body), |b| (true, b));
    let body = body.trim_start_matches(is_decoration);
    let (minus, body) = body.strip_prefix(is_minus).map_or((minus, body), |b| (true, b));
    // SAP and some spreadsheets write the sign last: `2.50-`.
    let (minus, body) = match body.strip_suffix(is_minus) {
        Some(rest) if !minus => (true, rest.trim_end_matches(is_decoration)),
        Some(_) => return None,
        None => (minus, body),
    };
    // `(-5.00)` is minus five to some and five to others.
    if negative && minus {
        return None;
    }
    // Spaces and apostrophes separate thousands in French, Swiss and Nordic notation.
    let mut plain = String::with_capacity(body.len());
    for (at, c) in body.char_indices() {
        match c {
            ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’' => {
                let digits = body[at + c.len_utf8()..].bytes().take_while(u8::is_ascii_digit).count();
                if digits != 3 || !plain.ends_with(|c: char| c.is_ascii_digit()) {
                    return None;
                }
            }
            c => plain.push(c),
        }
    }
    Some((negative || minus, plain))
}

/// A hyphen, or the minus sign that typeset tables use.
fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}')
}

fn is_decoration(c: char) -> bool {
    c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥')
}

/// Parses a number that is not plain: `$10,000.00 `, `(5.00)`, `1 234.50`, and `1.234,50` in a file with decimal commas.
pub(crate) fn decorated<const S: u32>(text: &str, mark: DecimalMark) -> Result<Fixed<S>, MoneyError> {
    let bad = || MoneyError::NotANumber(text.chars().take(60).collect());
    let (negative, body) = undecorate(text).ok_or_else(bad)?;
    let mark = match mark_evidence(&body) {
        MarkEvidence::None => mark,
        MarkEvidence::Point => DecimalMark::Point,
        MarkEvidence::Comma if mark == DecimalMark::Comma => DecimalMark::Comma,
        MarkEvidence::Comma => return Err(bad()),
    };
    let (point, separator) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
        DecimalMark::Unknown if needs_mark(&body) => return Err(bad()),
        DecimalMark::Unknown => ('.', ','),
    };
    let (whole, fraction) = body.split_once(point).map_or((body.as_str(), None), |(w, f)| (w, Some(f)));
    let groups: Vec<&str> = whole.split(separator).collect();
    let grouped_by_three =
        groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3));
    if !grouped_by_three {
        return Err(bad());
    }
    let mut plain = String::with_capacity(text.len());
    if negative {
        plain.push('-');
    }
    groups.iter().for_each(|g| plain.push_str(g));
    if let Some(fraction) = fraction {
        plain.push('.');
        plain.push_str(fraction);
    }
    plain.parse().map_err(|e| match e {
        MoneyError::NotANumber(_) => bad(),
        other => other,
    })
}

/// A number whose digits below the last place are rounded half away from zero. `None` when it is no number or too large.
pub(crate) fn rounded<const S: u32>(text: &str) -> Option<Fixed<S>> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (digits, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // The number of digits down to the last place that is kept.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(S);
    let mut units: i128 = 0;
    for at in 0..kept.clamp(0, 4096) {
        let digit = usize::try_from(at).ok().and_then(|at| all.get(at)).map_or(0, |c| i128::from(c - b'0'));
        units = units.checked_mul(10)?.checked_add(digit)?;
    }
    let next = usize::try_from(kept).ok().and_then(|at| all.get(at)).is_some_and(|c| *c >= b'5');
    let units = units.checked_add(i128::from(next))?;
    Fixed::from_units(if negative { -units } else { units })
}

/// What reading a number found.
pub(crate) struct Number<const S: u32> {
    /// Its value; `None` when the cell is null or unreadable.
    pub(crate) value: Option<Fixed<S>>,
    /// What was unusual.
    pub(crate) oddity: Option<Oddity>,
}

/// What is unusual about a number.
pub(crate) enum Oddity {
    Decorated,
    Rounded,
    Unreadable(String),
}

/// Reads a number; `mark` is asked for only where the notation needs it.
pub(crate) fn number<const S: u32>(
    text: &str,
    decimal_comma: bool,
    mark: impl FnOnce() -> Result<DecimalMark, String>,
) -> Number<S> {
    if is_null(text) {
        return Number { value: None, oddity: None };
    }
    let plain = if decimal_comma && text.contains('.') { None } else { Some(Fixed::<S>::parse(text.as_bytes())) };
    let (value, oddity) = match plain {
        Some(Ok(value)) => (Some(value), None),
        Some(Err(MoneyError::TooPrecise(..))) => match rounded(text) {
            Some(value) => (Some(value), Some(Oddity::Rounded)),
            None => (
                None,
                Some(Oddity::Unreadable(format!("`{}` is not a number", text.chars().take(60).collect::<String>()))),
            ),
        },
        Some(Err(error @ MoneyError::TooLarge(_))) => (None, Some(Oddity::Unreadable(error.to_string()))),
        _ => read_decorated(text, mark),
    };
    Number { value, oddity }
}

fn read_decorated<const S: u32>(
    text: &str,
    mark: impl FnOnce() -> Result<DecimalMark, String>,
) -> (Option<Fixed<S>>, Option<Oddity>) {
    let needs = needs_mark(text) || text.contains('.');
    let mark = match if needs { mark() } else { Ok(DecimalMark::Unknown) } {
        Ok(mark) => mark,
        Err(reason) => return (None, Some(Oddity::Unreadable(reason))),
    };
    match decorated(text, mark) {
        Ok(value) => (Some(value), Some(Oddity::Decorated)),
        Err(MoneyError::NotANumber(shown)) if mark == DecimalMark::Unknown && has_two_meanings(text) => {
            let reason = format!(
                "`{shown}` may have a decimal comma or separated thousands, and no amount of the file shows which"
            );
            (None, Some(Oddity::Unreadable(reason)))
        }
        Err(MoneyError::TooPrecise(..)) => {
            let plain = text.trim().replace('.', "").replace(',', ".");
            match if mark == DecimalMark::Comma { rounded(&plain) } else { None } {
                Some(value) => (Some(value), Some(Oddity::Rounded)),
                None => (
                    None,
                    Some(Oddity::Unreadable(format!(
                        "`{}` has too many decimal places",
                        text.chars().take(60).collect::<String>()
                    ))),
                ),
            }
        }
        Err(error) => (None, Some(Oddity::Unreadable(error.to_string()))),
    }
}

fn has_two_meanings(text: &str) -> bool {
    undecorate(text).is_some_and(|(_, body)| {
        body.matches(',').count() == 1 && !body.contains('.') && mark_evidence(&body) == MarkEvidence::None
    }) && text.bytes().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tollgate_model::Amount;

    #[test]
    fn amounts_with_decoration_read() {
        for (text, shown) in [
            ("$10,000.00 ", "10000"),
            ("(5.00)", "-5"),
            ("-$1,234.5", "-1234.5"),
            ("€ 3", "3"),
            (" 7 ", "7"),
            ("1 234.50", "1234.5"),
            ("1,234,567", "1234567"),
            ("3 €", "3"),
            ("2.50-", "-2.5"),
            ("1,234.50 €-", "-1234.5"),
            ("2.50- €", "-2.5"),
            ("\u{2212}2.50", "-2.5"),
            ("(5.00) €", "-5"),
            ("$(5.00)", "-5"),
        ] {
            assert_eq!(
                decorated::<24>(text, DecimalMark::Point).map(|a| a.to_string()),
                Ok(shown.to_owned()),
                "{text}"
            );
        }
        for text in ["1,5", "12,50", "10,0000", "abc", "1,,000", "", "1 5", "- 1 2", "-5-", "(-5.00)", "(5-)", "-"] {
            assert!(decorated::<24>(text, DecimalMark::Point).is_err(), "{text}");
        }
    }

    #[test]
    fn decimal_commas_are_read_only_where_the_file_shows_them() {
        for (text, shown) in
            [("0,125", "0.125"), ("1,500", "1.5"), ("1.234,5", "1234.5"), ("-2,00 €", "-2"), ("1.234", "1234")]
        {
            let read = number::<24>(text, true, || Ok(DecimalMark::Comma));
            assert_eq!(read.value.map(|v| v.to_string()), Some(shown.to_owned()), "{text}");
        }
        for text in ["1,500", "$1,500"] {
            let read = number::<24>(text, false, || Ok(DecimalMark::Unknown));
            assert!(
                matches!(read.oddity, Some(Oddity::Unreadable(reason)) if reason.contains("decimal comma")),
                "{text}"
            );
        }
        let read = number::<24>("1,500", false, || Ok(DecimalMark::Point));
        assert_eq!(read.value.map(|v| v.to_string()), Some("1500".to_owned()));
    }

    #[test]
    fn a_number_shows_the_mark_of_its_file_or_nothing() {
        for (text, shows) in [
            ("0,125", MarkEvidence::Comma),
            ("12,50", MarkEvidence::Comma),
            ("1.234,5", MarkEvidence::Comma),
            ("1.234.567", MarkEvidence::Comma),
            ("1234,567", MarkEvidence::Comma),
            ("1,5E-05", MarkEvidence::Comma),
            ("1,234.5", MarkEvidence::Point),
            ("1,234,567", MarkEvidence::Point),
            ("0.125", MarkEvidence::Point),
            ("$2.40", MarkEvidence::Point),
            ("1,500", MarkEvidence::None),
            ("1.500", MarkEvidence::None),
            ("15", MarkEvidence::None),
            ("n/a", MarkEvidence::None),
            ("a, b", MarkEvidence::None),
        ] {
            assert_eq!(mark_evidence(text), shows, "{text}");
        }
    }

    #[test]
    fn residues_below_the_last_place_are_rounded() {
        for (text, shown) in [
            ("1.3877787807814457E-17", "0.000000000000000013877788"),
            ("-1e-30", "0"),
            ("5E-25", "0.000000000000000000000001"),
            ("0.1000000000000000055511151231257827", "0.100000000000000005551115"),
            ("12.3456789012345678901234567890", "12.345678901234567890123457"),
        ] {
            assert_eq!(rounded::<24>(text).map(|v| v.to_string()).as_deref(), Some(shown), "{text}");
        }
        for text in ["", "x", "1e", "--1", "1.2.3"] {
            assert!(rounded::<24>(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_number_panic(text in ".{0,24}") {
            let _: Result<Amount, _> = decorated(&text, DecimalMark::Comma);
            let _: Option<Amount> = rounded(&text);
            let _ = number::<24>(&text, true, || Ok(DecimalMark::Comma));
        }

        #[test]
        fn rounding_keeps_what_can_be_kept(units in -1_000_000_000_000i64..1_000_000_000_000) {
            let text = format!("{units}E-24");
            prop_assert_eq!(rounded::<24>(&text).map(Fixed::units), Some(i128::from(units)));
        }
    }
}
