//! Dates in series files: `2026-11-21`, `2026-11-21T13:05:00Z`, `2026-11-21 13:05:00`.

use tollgate_model::{BillingPeriod, Day};

/// The date format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Days alone.
    Day,
    /// Date and time, with their separator and suffix. Every point of the file has the same seconds.
    Time { between: char, seconds: u8, zulu: bool },
}

/// Reads and writes the dates of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Calendar {
    pub(crate) style: Style,
}

impl Calendar {
    /// The calendar of a date, and the date in minutes from 1970-01-01.
    pub(crate) fn read(text: &str) -> Option<(Self, i64)> {
        let (date, time) = text.split_at_checked(10).unwrap_or((text, ""));
        let day = day(date)?;
        let midnight = i64::from(day.epoch_days()) * 1440;
        let Some(between) = time.chars().next() else { return Some((Self { style: Style::Day }, midnight)) };
        if between != 'T' && between != ' ' {
            return None;
        }
        let clock = time[1..].strip_suffix('Z').or_else(|| time[1..].strip_suffix("+00:00"));
        let zulu = clock.is_some();
        let mut parts = clock.unwrap_or(&time[1..]).split(':');
        let part = |text: &str, limit: i64| text.parse::<i64>().ok().filter(|n| (0..limit).contains(n));
        let (hour, minute) = (part(parts.next()?, 24)?, part(parts.next()?, 60)?);
        let seconds = parts.next().unwrap_or("00");
        let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
        let seconds = u8::try_from(part(seconds, 60)?).ok()?;
        let whole = parts.next().is_none() && fraction.bytes().all(|b| b == b'0');
        whole.then_some((Self { style: Style::Time { between, seconds, zulu } }, midnight + hour * 60 + minute))
    }

    /// The seconds that every point of the file has.
    pub(crate) fn seconds(self) -> u8 {
        match self.style {
            Style::Day => 0,
            Style::Time { seconds, .. } => seconds,
        }
    }

    /// A point in the format of the file.
    pub(crate) fn write(self, minutes: i64) -> String {
        let day = Day::from_epoch_days(i32::try_from(minutes.div_euclid(1440)).unwrap_or(0));
        match self.style {
            Style::Day => day.to_string(),
            Style::Time { between, seconds, zulu } => {
                let (hour, minute) = (minutes.rem_euclid(1440) / 60, minutes.rem_euclid(60));
                format!("{day}{between}{hour:02}:{minute:02}:{seconds:02}{}", if zulu { "Z" } else { "" })
            }
        }
    }
}

/// `2026-11-21`, fast: millions of them are read.
fn day(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| {
        bytes[from..to].iter().try_fold(0i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')))
    };
    let (year, month, of_month) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let month = BillingPeriod::new(year, i8::try_from(month).ok()?)?;
    let day = i32::from(of_month);
    (day >= 1 && day <= month.len()).then(|| month.first_day().plus(day - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_they_were_read() {
        for text in
            ["2026-02-28", "2026-11-21T13:05:00Z", "2014-04-03 00:05:00", "1969-12-31T23:00:00Z", "2011-07-01 00:00:01"]
        {
            let (calendar, minutes) = Calendar::read(text).unwrap();
            assert_eq!(calendar.write(minutes), text);
        }
        for text in [
            "2026-02-29",
            "2026-13-01",
            "26-01-01",
            "2026-01-01T24:00:00Z",
            "2026-01-01T10:00:00.5Z",
            "2026-01-01T10:00:60Z",
            "",
            "2026-01-01x",
            "ä026-01-01",
        ] {
            assert!(Calendar::read(text).is_none(), "{text}");
        }
    }
}
