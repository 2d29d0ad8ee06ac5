//! Formats of single values in bills: nulls and instants.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};

/// Whether a cell is null. Real exports contain `NULL` and `null` as well as empty cells.
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "NULL" | "null" | "\\N")
}

/// The order of day and month in dates with slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlashOrder {
    MonthFirst,
    DayFirst,
}

/// The first two numbers of a date with slashes whose year is last: the order of day and month is open.
pub(crate) fn slash_parts(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().splitn(3, '/');
    let (first, second, _) = (parts.next()?, parts.next()?, parts.next()?);
    Some((first.parse().ok().filter(|_| first.len() <= 2)?, second.parse().ok()?))
}

/// An instant as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970 UTC.
    pub(crate) utc: i64,
    /// Seconds that the written time is ahead of UTC.
    pub(crate) offset: i64,
}

impl Moment {
    /// Whether it is written as the start of a day of a time zone other than UTC.
    pub(crate) fn is_local_midnight(self) -> bool {
        self.offset != 0 && self.local().rem_euclid(86_400) == 0
    }

    /// The written time as if it were UTC.
    pub(crate) fn local(self) -> i64 {
        self.utc.saturating_add(self.offset)
    }
}

/// Parses an instant: `2026-11-21T00:00:00Z`, with or without fraction, zone, seconds or time; `11/21/2026` or `11/21/26` in either
/// order; `2026/11/21` and `21.11.2026`.
pub(crate) fn moment(text: &str, order: SlashOrder) -> Option<Moment> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let at_utc = |utc| Moment { utc, offset: 0 };
    if text.contains('/') {
        return slashed(text, order).map(at_utc);
    }
    if let Ok(date) = text.parse::<Date>()
        && text.len() == 10
    {
        return second_of(date.to_datetime(Time::midnight())).map(at_utc);
    }
    // Snowflake writes a space before the offset: `2026-11-01 00:00:00.000 -0800`.
    let joined;
    let text = match text.rsplit_once(' ') {
        Some((time, zone)) if zone == "Z" || zone.len() > 2 && zone.starts_with(['+', '-']) => {
            joined = format!("{time}{zone}");
            joined.as_str()
        }
        _ => text,
    };
    if let Ok(t) = text.parse::<Timestamp>() {
        return Some(Moment { utc: t.as_second(), offset: offset(text, t.as_second()) });
    }
    if let Some(second) = dotted(text) {
        return Some(at_utc(second));
    }
    // jiff does not parse `2026-11-21T00:00Z`, which has a zone but no seconds.
    let naive = text.strip_suffix('Z').unwrap_or(text);
    naive.parse::<DateTime>().ok().and_then(second_of).map(at_utc)
}

/// Parses an instant, in seconds since 1970 UTC.
#[cfg(test)]
pub(crate) fn instant(text: &str, order: SlashOrder) -> Option<i64> {
    moment(text, order).map(|m| m.utc)
}

/// The offset that a timestamp is written with.
fn offset(text: &str, utc: i64) -> i64 {
    let Some(at) = text.rfind(['+', '-']).filter(|at| *at > 10) else { return 0 };
    let local = text.get(..at).and_then(|t| t.parse::<DateTime>().ok()).and_then(second_of);
    local.map_or(0, |local| local.saturating_sub(utc))
}

fn slashed(text: &str, order: SlashOrder) -> Option<i64> {
    let (date, time) = text.split_once([' ', 'T']).map_or((text, None), |(d, t)| (d, Some(t)));
    let mut parts = date.split('/');
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = match order {
        _ if first.len() == 4 => (first, second, third),
        SlashOrder::MonthFirst => (third, first, second),
        SlashOrder::DayFirst => (third, second, first),
    };
    date_and_time(year, month, day, time)
}

/// German and Nordic notation: `21.11.2026`.
fn dotted(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ').map_or((text, None), |(d, t)| (d, Some(t)));
    let mut parts = date.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || day.len() > 2 {
        return None;
    }
    date_and_time(year, month, day, time)
}

fn date_and_time(year: &str, month: &str, day: &str, time: Option<&str>) -> Option<i64> {
    let year = match year.len() {
        4 => year.parse::<i16>().ok()?,
        2 => 2000 + year.parse::<i16>().ok()?,
        _ => return None,
    };
    let date = Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
    let time = match time {
        None => Time::midnight(),
        Some(t) => time_of_day(t.trim().trim_end_matches('Z'))?,
    };
    second_of(date.to_datetime(time))
}

/// `0:00`, `14:30:05`, `2:30 PM`.
fn time_of_day(text: &str) -> Option<Time> {
    let upper = text.to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim(), Some(0)),
        (_, Some(clock)) => (clock.trim(), Some(12)),
        _ => (upper.as_str(), None),
    };
    let mut parts = clock.split(':');
    let hour: i8 = parts.next()?.parse().ok()?;
    let minute: i8 = parts.next()?.parse().ok()?;
    let second: i8 = parts.next().map_or(Some(0), |s| s.split('.').next()?.parse().ok())?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn second_of(civil: DateTime) -> Option<i64> {
    jiff::tz::TimeZone::UTC.to_timestamp(civil).ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            "2024-08-31 17:00:00.000 -0700",
            "2024-09-01 00:00:00.000 Z",
            "2024-09-01 00:00:00+00",
            "9/1/2024 0:00",
            "9/1/2024 12:00:00 AM",
            "2024/09/01",
            "1.9.2024",
            "01.09.2024 00:00:00",
        ] {
            assert_eq!(instant(text, SlashOrder::MonthFirst), Some(day), "{text}");
        }
        for text in ["2023-02-01T30:00:00Z", "13/1/24", "1/2", "", "1725148800", "2024-9-1", "1.5", "9/1/2024 13:00 PM"]
        {
            assert_eq!(instant(text, SlashOrder::MonthFirst), None, "{text}");
        }
        assert_eq!(instant("1/9/24", SlashOrder::DayFirst), Some(day));
        let moment = moment("2024-09-01T00:00:00+02:00", SlashOrder::MonthFirst).unwrap();
        assert!(moment.is_local_midnight() && moment.local() == day, "{moment:?}");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_reader_panic(text in ".{0,24}") {
            let _ = instant(&text, SlashOrder::DayFirst);
            let _ = slash_parts(&text);
        }
    }
}
