//! Figures from an HTTP address that answers JSON: a list of rows, on one page or several.

use async_trait::async_trait;
use reqwest::Url;
use serde_json::Value;
use tollgate_model::business_metric::MetricFigures;
use tollgate_model::limits::METRIC_PAGES;
use tollgate_model::period::format_second;

use super::{FigureCollector, FigureColumns, MetricHttp, MetricRequest, MetricSource, MetricSourceError};

/// Numbers above this are milliseconds since 1970, below it seconds: it is the year 5138 in seconds.
const MILLISECONDS: i64 = 100_000_000_000;

/// An address that answers JSON.
#[derive(Clone, Debug)]
pub struct JsonFigures {
    /// The client.
    pub http: MetricHttp,
    /// The address. `{from}` and `{to}` become the first and the last day.
    pub url: String,
    /// The path of the list of rows: `data.rows`; the answer itself when empty.
    pub items: String,
    /// The path of the next page's address.
    pub next: Option<String>,
    /// The fields of a row.
    pub columns: FigureColumns,
}

#[async_trait]
impl MetricSource for JsonFigures {
    fn origin(&self) -> String {
        // The query of an address may hold a secret.
        self.url.split(['?', '#']).next().unwrap_or_default().to_owned()
    }

    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError> {
        let origin = self.origin();
        let mut collector = FigureCollector::new(&origin, request.interval);
        let last = request.days.end.plus(-1);
        let mut url = self.url.replace("{from}", &request.days.start.to_string()).replace("{to}", &last.to_string());
        let mut row = 0usize;
        for page in 1u64.. {
            if page > METRIC_PAGES.value {
                return Err(MetricSourceError::Limit { origin, limit: &METRIC_PAGES });
            }
            let body = self.http.get(&origin, &url, &[]).await?;
            let answer: Value = serde_json::from_slice(&body).map_err(|error| {
                collector.error(" ", format!("the answer is no JSON: {error}"), "check the url with a browser or curl")
            })?;
            for item in self.rows(&collector, &answer)? {
                row += 1;
                self.add(&mut collector, &format!(" row {row}"), item)?;
            }
            match self.next_page(&collector, &url, &answer)? {
                Some(next) => url = next,
                None => break,
            }
        }
        Ok(collector.finish())
    }
}

impl JsonFigures {
    fn rows<'a>(&self, collector: &FigureCollector, answer: &'a Value) -> Result<&'a Vec<Value>, MetricSourceError> {
        at_path(answer, &self.items).and_then(Value::as_array).ok_or_else(|| {
            let hint = "set `items` to the path of the list of rows, such as data.rows";
            let name = if self.items.is_empty() { "the answer" } else { self.items.as_str() };
            collector.error("", format!("{name} is no list"), hint)
        })
    }

    fn add(&self, collector: &mut FigureCollector, place: &str, row: &Value) -> Result<(), MetricSourceError> {
        let missing = |collector: &FigureCollector, name: &str| {
            collector.error(place, format!("there is no `{name}`"), "set date, value and by to the names of the fields")
        };
        let field = |name: &str| at_path(row, name).filter(|value| !value.is_null());
        let date =
            field(&self.columns.date).and_then(time_text).ok_or_else(|| missing(collector, &self.columns.date))?;
        // A null is an unknown figure; a field that no row has is a mistake.
        let value = match at_path(row, &self.columns.value) {
            Some(value) => plain_text(value).ok_or_else(|| missing(collector, &self.columns.value))?,
            None => return Err(missing(collector, &self.columns.value)),
        };
        let key = match &self.columns.by {
            Some(name) => Some(field(name).and_then(plain_text).ok_or_else(|| missing(collector, name))?),
            None => None,
        };
        collector.add(place, &date, key.as_deref(), &value)
    }

    /// The address of the next page. It must be on the same server: the token is for that one.
    fn next_page(
        &self,
        collector: &FigureCollector,
        url: &str,
        answer: &Value,
    ) -> Result<Option<String>, MetricSourceError> {
        let found = self.next.as_deref().and_then(|path| at_path(answer, path)).and_then(Value::as_str);
        let Some(found) = found.filter(|next| !next.is_empty()) else { return Ok(None) };
        let hint = "`next` is the path of the next page's address, or of nothing on the last page";
        let bad = |what: &str| collector.error("", format!("the address of the next page {what}"), hint);
        let base = Url::parse(url).map_err(|_| bad("cannot be read"))?;
        let next = base.join(found).map_err(|_| bad("cannot be read"))?;
        if next.origin() != base.origin() {
            return Err(bad("is on another server"));
        }
        if next == base {
            return Err(bad("is that of this page"));
        }
        Ok(Some(next.into()))
    }
}

/// The value at a path of fields and positions: `data.rows.0`.
fn at_path<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |value, part| match value {
        Value::Array(list) => list.get(part.parse::<usize>().ok()?),
        other => other.get(part),
    })
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A time: text, or seconds or milliseconds since 1970.
fn time_text(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let number = number.as_i64()?;
            Some(format_second(if number > MILLISECONDS { number.div_euclid(1000) } else { number }))
        }
        other => plain_text(other),
    }
}
