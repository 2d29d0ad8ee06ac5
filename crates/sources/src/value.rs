//! Formats of single values in bills: nulls, amounts, instants.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use tollgate_model::{Fixed, MoneyError};

/// Whether a cell is null. Real exports contain `NULL` and `null` as well as empty cells.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "NULL" | "null" | "\\N")
}

/// Parses an amount with decoration: `$10,000.00 `, `(5.00)`, `1 234.50`.
pub(crate) fn decorated<const S: u32>(text: &str) -> Result<Fixed<S>, MoneyError> {
    let bad = || MoneyError::NotANumber(text.chars().take(60).collect());
    let trimmed = text.trim();
    let (negative, body) = match trimmed.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, trimmed),
    };
    let (minus, body) = body.strip_prefix('-').map_or((false, body), |b| (true, b));
    let body = body.trim_start_matches(['$', '€', '£', '¥']).trim();
    let (minus, body) = body.strip_prefix('-').map_or((minus, body), |b| (true, b));
    let (whole, fraction) = body.split_once('.').map_or((body, None), |(w, f)| (w, Some(f)));
    let groups: Vec<&str> = whole.split(',').collect();
    let grouped_by_three =
        groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3));
    if !grouped_by_three {
        return Err(bad());
    }
    let mut plain = String::with_capacity(text.len());
    if negative != minus {
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

/// The order of day and month in dates with slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlashOrder {
    MonthFirst,
    DayFirst,
}

/// The order that the values of a column prove. Month first, as in English exports of Azure, if none proves it.
pub(crate) fn slash_order<'a>(values: impl Iterator<Item = &'a str>) -> SlashOrder {
    let day_first =
        values.filter_map(|v| v.split_once('/')).any(|(first, _)| first.parse::<u8>().is_ok_and(|n| n > 12 && n <= 31));
    if day_first { SlashOrder::DayFirst } else { SlashOrder::MonthFirst }
}

/// Parses an instant, in seconds since 1970 UTC: `2026-11-21T00:00:00Z`, with or without fraction, zone, seconds or time, and
/// `11/21/2026` or `11/21/26`. Zones other than UTC are converted.
pub(crate) fn instant(text: &str, order: SlashOrder) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    if text.contains('/') {
        return slashed(text, order);
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return second_of(date.to_datetime(Time::midnight()));
    }
    if let Ok(t) = text.parse::<Timestamp>() {
        return Some(t.as_second());
    }
    // jiff does not parse `2026-11-21T00:00Z`, which has a zone but no seconds.
    let naive = text.strip_suffix('Z').unwrap_or(text);
    naive.parse::<DateTime>().ok().and_then(second_of)
}

fn slashed(text: &str, order: SlashOrder) -> Option<i64> {
    let (date, time) = text.split_once(' ').map_or((text, None), |(d, t)| (d, Some(t)));
    let mut parts = date.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (month, day) = match order {
        SlashOrder::MonthFirst => (first, second),
        SlashOrder::DayFirst => (second, first),
    };
    let year = match year.len() {
        4 => year.parse::<i16>().ok()?,
        2 => 2000 + year.parse::<i16>().ok()?,
        _ => return None,
    };
    let date = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
    let time = match time {
        None => Time::midnight(),
        Some(t) => t.parse().ok()?,
    };
    second_of(date.to_datetime(time))
}

fn second_of(civil: DateTime) -> Option<i64> {
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tollgate_model::Amount;

    #[test]
    fn instants_of_the_corpus_read() {
        let day = 1_725_148_800;
        for text in [
            "2024-09-01 00:00:00",
            "2024-09-01T00:00:00Z",
            "2024-09-01T00:00:00.000Z",
            "2024-09-01T00:00Z",
            "2024-09-01",
            "9/1/24",
            "09/01/2024",
            "2024-09-01 00:00:00 UTC",
            "2024-09-01T02:00:00+02:00",
        ] {
            assert_eq!(instant(text, SlashOrder::MonthFirst), Some(day), "{text}");
        }
        for text in ["2023-02-01T30:00:00Z", "13/1/24", "1/2", "", "1725148800", "2024-9-1"] {
            assert_eq!(instant(text, SlashOrder::MonthFirst), None, "{text}");
        }
        assert_eq!(slash_order(["1/2/24", "13/2/24"].into_iter()), SlashOrder::DayFirst);
    }

    #[test]
    fn amounts_with_decoration_read() {
        for (text, shown) in
            [("$10,000.00 ", "10000"), ("(5.00)", "-5"), ("-$1,234.5", "-1234.5"), ("€ 3", "3"), (" 7 ", "7")]
        {
            assert_eq!(decorated::<24>(text).map(|a| a.to_string()), Ok(shown.to_owned()));
        }
        for text in ["1,5", "12,50", "10,0000", "abc", "1,,000", ""] {
            assert!(decorated::<24>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in ".{0,24}") {
            let _ = instant(&text, SlashOrder::DayFirst);
            let _: Result<Amount, _> = decorated(&text);
        }
    }
}
