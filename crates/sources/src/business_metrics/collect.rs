//! Collects rows of text into figures: times of the metric's interval, exact numbers, one figure a time and key.

use tollgate_model::business_metric::{MetricFigures, MetricInterval, MetricTime};
use tollgate_model::limits::METRIC_FIGURES;
use tollgate_model::{MoneyError, Quantity, untrusted};

use super::MetricSourceError;

/// Characters of a key: a name or an id.
const KEY: usize = 200;
/// Characters of a text in a message.
const SHOWN: usize = 60;

/// Figures that are being read.
#[derive(Debug)]
pub struct FigureCollector {
    origin: String,
    interval: MetricInterval,
    figures: MetricFigures,
    count: usize,
}

impl FigureCollector {
    /// Collects figures of an interval. `origin` is the file or address, for messages.
    pub fn new(origin: &str, interval: MetricInterval) -> Self {
        Self { origin: origin.to_owned(), interval, figures: MetricFigures::default(), count: 0 }
    }

    /// Adds a row. `place` is where it stands, such as `:12` or ` row 12`. An empty value is unknown and adds nothing.
    ///
    /// # Errors
    ///
    /// When the time or the value is none, or the time has a figure for the key already.
    pub fn add(&mut self, place: &str, date: &str, key: Option<&str>, value: &str) -> Result<(), MetricSourceError> {
        let Some(at) = MetricTime::read(date, self.interval) else {
            let hint = match self.interval {
                MetricInterval::Day => "write 2026-11-21; times of a day count for their day, UTC",
                MetricInterval::Hour => "write 2026-11-21T13:00:00Z, or interval = \"day\" in the metric",
            };
            let what = match self.interval {
                MetricInterval::Day => "day",
                MetricInterval::Hour => "hour of a day",
            };
            return Err(self.error(place, format!("`{}` is no {what}", shown(date)), hint));
        };
        if value.trim().is_empty() {
            return Ok(());
        }
        let value = match quantity_of(value.trim()) {
            Ok(value) => value,
            Err(error) => {
                let hint = "write a plain number such as 1234.5, without separators, or leave the cell empty where the figure is unknown";
                return Err(self.error(place, error.to_string(), hint));
            }
        };
        let key = key.unwrap_or_default().trim();
        if key.chars().count() > KEY {
            let message = format!("`{}` is longer than {KEY} characters", shown(key));
            return Err(self.error(place, message, "divide the metric by ids or names"));
        }
        self.insert(place, at, key, value)
    }

    /// Adds a figure.
    ///
    /// # Errors
    ///
    /// When the time has a figure for the key already, or there are too many.
    pub fn insert(&mut self, place: &str, at: MetricTime, key: &str, value: Quantity) -> Result<(), MetricSourceError> {
        self.count += 1;
        if self.count > METRIC_FIGURES.size() {
            return Err(MetricSourceError::Limit { origin: self.origin.clone(), limit: &METRIC_FIGURES });
        }
        if !self.figures.insert(at, key, value) {
            let of = if key.is_empty() { String::new() } else { format!(" of `{}`", shown(key)) };
            let hint = "a time has one figure, or one for each value of the metric's `by`: add them up at the source";
            return Err(self.error(place, format!("{at}{of} has a second figure"), hint));
        }
        Ok(())
    }

    /// An error at a place.
    pub fn error(&self, place: &str, message: String, hint: &str) -> MetricSourceError {
        MetricSourceError::Figure {
            origin: self.origin.clone(),
            place: place.to_owned(),
            message,
            hint: hint.to_owned(),
        }
    }

    /// The figures.
    pub fn finish(self) -> MetricFigures {
        self.figures
    }
}

/// The start of a text of others, on one line.
fn shown(text: &str) -> String {
    let line = untrusted::line(text);
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &line[..cut]),
        None => line,
    }
}

/// The number of a text. One with more decimal places than can be kept is a measurement: it is rounded.
///
/// # Errors
///
/// When the text is no number, or one out of range.
pub fn quantity_of(text: &str) -> Result<Quantity, MoneyError> {
    match text.parse::<Quantity>() {
        Err(MoneyError::TooPrecise(..)) => {
            let float: f64 = text.parse().map_err(|_| MoneyError::NotANumber(shown(text)))?;
            format!("{float:.18}").parse()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_rounded_and_a_word_is_refused() {
        assert_eq!(quantity_of("1.5").unwrap().to_string(), "1.5");
        assert_eq!(quantity_of("0.3333333333333333333333333").unwrap().to_string(), "0.333333333333333315");
        assert_eq!(quantity_of("1e3").unwrap(), Quantity::whole(1000));
        for text in ["NaN", "inf", "1,000", "twelve", ""] {
            assert!(quantity_of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_second_figure_of_a_time_is_refused_with_its_place() {
        let mut collector = FigureCollector::new("orders.csv", MetricInterval::Day);
        collector.add(":2", "2026-10-01", Some("acme"), "5").unwrap();
        collector.add(":3", "2026-10-01", Some("zenith"), "").unwrap();
        let error = collector.add(":4", "2026-10-01T08:00:00Z", Some("acme"), "5").unwrap_err().to_string();
        assert!(error.starts_with("orders.csv:4: 2026-10-01 of `acme` has a second figure"), "{error}");
        assert_eq!(collector.finish().count(), 1);
    }

    #[test]
    fn more_figures_than_the_limit_are_refused() {
        let mut collector = FigureCollector::new("orders.csv", MetricInterval::Day);
        collector.count = METRIC_FIGURES.size() - 1;
        collector.add(":2", "2026-10-01", None, "5").unwrap();
        let error = collector.add(":3", "2026-10-02", None, "5").unwrap_err().to_string();
        assert!(error.contains(METRIC_FIGURES.id), "{error}");
    }
}
