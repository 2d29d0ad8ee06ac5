//! Days and months as numbers: fast, for the many dates that calendar rules look at.

/// Monday is 0; 1970-01-01 was a Thursday.
pub(crate) fn weekday_of(day: i32) -> i32 {
    (day + 3).rem_euclid(7)
}

/// The first month of the table of month starts, and its length: from 1980 to 2080.
const TABLE: (i32, usize) = (12 * 1980, 1200);

/// The months of the table.
pub(crate) const KNOWN_MONTHS: std::ops::Range<i32> = TABLE.0..TABLE.0 + 1200;

/// The first days of the months that costs are from: a month start is looked up several times a point.
static STARTS: [i32; TABLE.1] = {
    let mut starts = [0; TABLE.1];
    let (mut at, mut month) = (0, TABLE.0);
    while at < TABLE.1 {
        starts[at] = computed_start(month);
        (at, month) = (at + 1, month + 1);
    }
    starts
};

/// The first day of a month that is counted from the year 0.
pub(crate) fn month_start(month: i32) -> i32 {
    let known = usize::try_from(month - TABLE.0).ok().and_then(|at| STARTS.get(at));
    known.copied().unwrap_or_else(|| computed_start(month))
}

/// Hinnant, "chrono-compatible low-level date algorithms", 2013.
const fn computed_start(month: i32) -> i32 {
    let (year, of_year) = (month.div_euclid(12), month.rem_euclid(12) + 1);
    let year = if of_year <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((of_year + 9) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The month of a day, counted from the year 0; from the same source.
pub(crate) fn month_of(day: i32) -> i32 {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_first = (5 * of_year + 2) / 153;
    // Years begin in March: January and February belong to the year before.
    12 * (year + 400 * era) + march_first + 2
}
