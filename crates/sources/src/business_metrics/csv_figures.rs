//! CSV files of business figures: one row a time, or one a time and key.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use tollgate_model::business_metric::{MetricFigures, MetricInterval};
use tollgate_model::limits::METRIC_BYTES;

use super::{FigureCollector, FigureColumns, MetricSourceError};

/// Reads a file with a header. Fields are separated by commas, semicolons or tabs; other columns are ignored.
///
/// # Errors
///
/// With the line, when a column or a figure is missing or wrong.
pub fn read_csv(
    path: &Path,
    columns: &FigureColumns,
    interval: MetricInterval,
) -> Result<MetricFigures, MetricSourceError> {
    let origin = path.display().to_string();
    let unreadable = |error: std::io::Error| MetricSourceError::File {
        origin: origin.clone(),
        message: format!("the file cannot be read: {error}"),
    };
    let file = File::open(path).map_err(unreadable)?;
    if !file.metadata().map_err(unreadable)?.is_file() {
        return Err(MetricSourceError::File { origin, message: "is no file".to_owned() });
    }
    let mut bytes = Vec::new();
    file.take(METRIC_BYTES.value + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > METRIC_BYTES.size() {
        return Err(MetricSourceError::Limit { origin, limit: &METRIC_BYTES });
    }
    read_text(&origin, &bytes, columns, interval)
}

fn read_text(
    origin: &str,
    bytes: &[u8],
    columns: &FigureColumns,
    interval: MetricInterval,
) -> Result<MetricFigures, MetricSourceError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut collector = FigureCollector::new(origin, interval);
    let mut rows = csv::ReaderBuilder::new().delimiter(delimiter(bytes)).from_reader(bytes);
    let broken = |collector: &FigureCollector, error: &csv::Error| {
        let place = error.position().map_or(String::new(), |p| format!(":{}", p.line()));
        collector.error(&place, format!("is no row of CSV: {error}"), "every row has as many fields as the header")
    };
    let headers = rows.headers().map_err(|e| broken(&collector, &e))?.clone();
    let find = |name: &str| headers.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let column = |name: &str| {
        let found = headers.iter().map(str::trim).collect::<Vec<_>>().join(", ");
        let hint = format!("the columns are {found}; name them in the feed of the metric: date, value, by");
        find(name).ok_or_else(|| collector.error(":1", format!("there is no column `{name}`"), &hint))
    };
    let (date, value) = (column(&columns.date)?, column(&columns.value)?);
    let by = columns.by.as_deref().map(column).transpose()?;
    let mut record = csv::StringRecord::new();
    while rows.read_record(&mut record).map_err(|e| broken(&collector, &e))? {
        let place = format!(":{}", record.position().map_or(0, csv::Position::line));
        let cell = |at: usize| record.get(at).unwrap_or_default();
        collector.add(&place, cell(date), by.map(cell), cell(value))?;
    }
    Ok(collector.finish())
}

/// The separator that the header uses most.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let count = |separator: u8| header.iter().filter(|b| **b == separator).count();
    // Of equal ones the last is taken: a comma where there is none.
    [b'\t', b';', b','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, by: Option<&str>) -> Result<MetricFigures, String> {
        let columns = FigureColumns { date: "date".into(), value: "orders".into(), by: by.map(str::to_owned) };
        read_text("orders.csv", text.as_bytes(), &columns, MetricInterval::Day).map_err(|e| e.to_string())
    }

    fn total(figures: &MetricFigures, day: &str) -> Option<String> {
        figures.total(day.parse().unwrap()).map(|q| q.to_string())
    }

    #[test]
    fn files_of_spreadsheets_are_read() {
        for text in [
            "date,orders,note\n2026-10-01,5,x\n2026-10-02,,y\n",
            "\u{feff}Date;Orders;Note\r\n2026-10-01;5;x\r\n2026-10-02;;y\r\n",
            "orders\tdate\tnote\n5\t2026-10-01\t\"a\nb\"\n",
        ] {
            let figures = read(text, None).unwrap();
            assert_eq!(total(&figures, "2026-10-01").as_deref(), Some("5"), "{text}");
            // An empty cell is unknown, not zero.
            assert_eq!(total(&figures, "2026-10-02"), None, "{text}");
        }
    }

    #[test]
    fn customers_have_a_figure_each() {
        let figures = read("date,customer,orders\n2026-10-01,a,5\n2026-10-01,b,2.5\n", Some("customer")).unwrap();
        assert_eq!(total(&figures, "2026-10-01").as_deref(), Some("7.5"));
    }

    #[test]
    fn an_error_has_its_line_and_what_to_do() {
        for (text, expected) in [
            ("day,orders\n", "orders.csv:1: there is no column `date`\nhint: the columns are day, orders"),
            ("date,orders\n2026-10-01,5\nsoon,5\n", "orders.csv:3: `soon` is no day"),
            ("date,orders\n2026-10-01,five\n", "orders.csv:2: `five` is not a number"),
            ("date,orders\n2026-10-01,5\n2026-10-01,6\n", "orders.csv:3: 2026-10-01 has a second figure"),
            ("date,orders\n2026-10-01,5,6\n", "orders.csv:2: is no row of CSV"),
            ("", "there is no column `date`"),
        ] {
            let error = read(text, None).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_folder_is_no_file() {
        let columns = FigureColumns { date: "date".into(), value: "orders".into(), by: None };
        assert!(read_csv(Path::new("/"), &columns, MetricInterval::Day).is_err());
    }
}
