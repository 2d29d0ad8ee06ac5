//! Files of series: `series_id,date,cost`, read in batches, with any regular interval between points.

mod calendar;
pub(crate) mod methods;
mod read;

use std::collections::HashMap;

pub(crate) use calendar::{Calendar, Style};
pub(crate) use read::{KnownCharges, SeriesFile, interval_text};

/// One series of a file.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub(crate) id: String,
    /// Minutes from 1970-01-01 to its first point.
    pub(crate) start: i64,
    /// A value a point; a gap is not a number.
    pub(crate) values: Vec<f64>,
    /// The dates of points whose row is between two points of the interval, as they are written in the file.
    pub(crate) dates: HashMap<usize, String>,
}
