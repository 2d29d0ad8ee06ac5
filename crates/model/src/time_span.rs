//! Lengths of time as people write them: `30m`, `4h`, `2d`.

use std::time::Duration;

/// The units, the longest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("ms", 1), ("s", 1_000)];

/// Reads a whole number with a unit: `ms`, `s`, `m`, `h` or `d`. Returns `None` for anything else, and when the length is out of
/// range. Callers check their own bounds.
pub fn parse_time_span(text: &str) -> Option<Duration> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (_, unit) = UNITS.iter().find(|(name, _)| *name == &text[digits.len()..])?;
    // `parse` would take a sign.
    let count = Some(digits).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<u64>().ok()?;
    count.checked_mul(*unit).map(Duration::from_millis)
}

/// Reads a length of whole seconds; see [`parse_time_span`].
pub fn parse_seconds(text: &str) -> Option<u64> {
    parse_time_span(text).filter(|span| span.subsec_nanos() == 0).map(|span| span.as_secs())
}

/// Writes seconds in the largest unit that needs no fraction: `90s`, `30m`, `24h`, `7d`. One day is `24h`.
pub fn format_time_span(seconds: u64) -> String {
    match seconds {
        s if s > 86_400 && s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s > 0 && s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s > 0 && s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_is_a_whole_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800), ("0s", 0)] {
            assert_eq!(parse_time_span(text), Some(Duration::from_secs(seconds)), "{text}");
            assert_eq!(format_time_span(seconds), text);
        }
        assert_eq!(parse_time_span("200ms"), Some(Duration::from_millis(200)));
        assert_eq!((parse_seconds("200ms"), parse_seconds("2d")), (None, Some(172_800)));
        for text in [
            "",
            "h",
            "4",
            "4 h",
            "-4h",
            "+4h",
            "1.5h",
            "4w",
            "4hh",
            "99999999999999999999d",
            "9223372036854775807d",
            "é",
        ] {
            assert_eq!(parse_time_span(text), None, "{text}");
        }
    }
}
