//! Prometheus: the value of a query at the end of each day or hour.
//!
//! Source: Prometheus HTTP API, `query_range` (at most 11,000 points a series; values are text, `NaN` and `+Inf` among them). Read
//! 2026-11-28.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value};
use tollgate_model::business_metric::{MetricFigures, MetricInterval, MetricTime};
use tollgate_model::untrusted;

use super::{FigureCollector, MetricHttp, MetricRequest, MetricSource, MetricSourceError, quantity_of};

/// Points of one request: below the limit of Prometheus.
const POINTS: i64 = 10_000;

/// A query of a Prometheus server.
#[derive(Clone, Debug)]
pub struct PrometheusFigures {
    /// The client.
    pub http: MetricHttp,
    /// The address of the server.
    pub url: String,
    /// The query.
    pub query: String,
    /// The label whose values are those of the metric's `by`.
    pub by: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    status: String,
    #[serde(default)]
    error: String,
    data: Option<Matrix>,
}

#[derive(Deserialize)]
struct Matrix {
    #[serde(rename = "resultType")]
    kind: String,
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    metric: Map<String, Value>,
    #[serde(default)]
    values: Vec<(f64, String)>,
}

#[async_trait]
impl MetricSource for PrometheusFigures {
    fn origin(&self) -> String {
        self.url.split(['?', '#']).next().unwrap_or_default().to_owned()
    }

    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError> {
        let origin = self.origin();
        let step: i64 = match request.interval {
            MetricInterval::Day => 86_400,
            MetricInterval::Hour => 3_600,
        };
        let mut collector = FigureCollector::new(&origin, request.interval);
        let (mut start, end) = (request.days.start.first_second() + step, request.days.end.first_second());
        let url = format!("{}/api/v1/query_range", self.url);
        while start <= end {
            let last = end.min(start + (POINTS - 1) * step);
            let query = [
                ("query", self.query.clone()),
                ("start", start.to_string()),
                ("end", last.to_string()),
                ("step", step.to_string()),
            ];
            let body = self.http.get(&origin, &url, &query).await?;
            self.collect(&mut collector, &body, step)?;
            start = last + step;
        }
        Ok(collector.finish())
    }
}

impl PrometheusFigures {
    fn collect(&self, collector: &mut FigureCollector, body: &[u8], step: i64) -> Result<(), MetricSourceError> {
        let hint = "check url and query: the address is that of the server, without /api/v1";
        let answer: Answer = serde_json::from_slice(body)
            .map_err(|error| collector.error("", format!("is no answer of Prometheus: {error}"), hint))?;
        let matrix = match answer.data {
            Some(matrix) if answer.status == "success" && matrix.kind == "matrix" => matrix,
            _ => return Err(collector.error("", format!("no result: {}", untrusted::line(&answer.error)), hint)),
        };
        if self.by.is_none() && matrix.result.len() > 1 {
            let message = format!("the query has {} series, and a time has one figure", matrix.result.len());
            let hint = "write sum(…), or by = \"LABEL\" into the metric and its feed";
            return Err(collector.error("", message, hint));
        }
        for series in &matrix.result {
            let key = match &self.by {
                Some(label) => series.metric.get(label).and_then(Value::as_str).ok_or_else(|| {
                    let hint = "write sum by (LABEL) (…) with the label of the feed's `by`";
                    collector.error("", format!("a series has no label `{label}`"), hint)
                })?,
                None => "",
            };
            for (second, text) in &series.values {
                // The value of a query without samples is no number: the figure is unknown.
                let Ok(value) = quantity_of(text) else { continue };
                // The range that ends at midnight is that of the day before.
                let begins = *second as i64 - step;
                let interval = if step == 86_400 { MetricInterval::Day } else { MetricInterval::Hour };
                let place = format!(" {key}");
                collector.insert(place.trim_end(), MetricTime::of_second(begins, interval), key, value)?;
            }
        }
        Ok(())
    }
}
