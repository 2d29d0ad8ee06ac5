//! The feed of a metric: a CSV file, an HTTP address that answers JSON, Amazon CloudWatch, Prometheus, or SQL over the charges.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;

/// Where the figures of a metric come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum MetricFeed {
    /// A CSV file below the folder of the policy file.
    Csv {
        /// The file.
        path: String,
        /// Its columns.
        #[serde(flatten)]
        columns: FeedColumns,
    },
    /// An address that answers JSON.
    Http {
        /// The address. `{from}` and `{to}` become the first and the last day of the request.
        url: String,
        /// The name of the secret that is sent.
        token: Option<String>,
        /// The header that carries it.
        header: String,
        /// The path of the list of rows in the answer: `data.rows`; the answer itself when empty.
        items: String,
        /// The path of the next page's address; without it, an answer is whole.
        next: Option<String>,
        /// The fields of a row.
        #[serde(flatten)]
        columns: FeedColumns,
    },
    /// A metric of Amazon CloudWatch.
    CloudWatch {
        /// The region; the caller's own without.
        region: Option<String>,
        /// The namespace.
        namespace: String,
        /// The name.
        metric: String,
        /// The statistic: `Sum`, `Average`, `p99`.
        statistic: String,
        /// Its dimensions.
        dimensions: BTreeMap<String, String>,
    },
    /// A query of Prometheus, or of a server with the same interface.
    Prometheus {
        /// The address of the server.
        url: String,
        /// The query: its value at the end of each day or hour is the figure of it.
        query: String,
        /// The name of the secret that is sent as a bearer token.
        token: Option<String>,
        /// The label whose values are those of the metric's `by`.
        by: Option<String>,
    },
    /// A query over the charges of the lake.
    Sql {
        /// The query.
        query: String,
        /// The columns of its answer.
        #[serde(flatten)]
        columns: FeedColumns,
    },
}

/// The names of columns or fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FeedColumns {
    /// The time.
    pub date: String,
    /// The figure.
    pub value: String,
    /// The value of the metric's `by`.
    pub by: Option<String>,
}

const STATISTIC: &str = "Sum";

impl MetricFeed {
    /// Reads the one feed of a metric. `by` is what the metric is divided by.
    pub(crate) fn read(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        type Read = fn(Option<&str>, &mut Block<'_>, &mut Document<'_>) -> Option<MetricFeed>;
        let kinds: [(&'static str, Read); 5] = [
            ("csv", read_csv),
            ("http", read_http),
            ("cloudwatch", read_cloudwatch),
            ("prometheus", read_prometheus),
            ("sql", read_sql),
        ];
        let mut feed = None;
        let mut first: Option<&str> = None;
        for (kind, read) in kinds {
            let Some(mut inner) = block.child(kind, document) else { continue };
            if let Some(first) = first {
                let message = format!("{} has two feeds: `{first}` and `{kind}`", block.title);
                document.report(inner.at.clone(), message, Some("keep one, or write a second metric".to_owned()));
            }
            first.get_or_insert(kind);
            let found = read(by, &mut inner, document);
            inner.finish(document);
            feed = feed.or(found);
        }
        feed
    }

    /// The name of the secret that it needs.
    pub fn secret(&self) -> Option<&str> {
        match self {
            Self::Http { token, .. } | Self::Prometheus { token, .. } => token.as_deref(),
            Self::Csv { .. } | Self::CloudWatch { .. } | Self::Sql { .. } => None,
        }
    }

    /// Its type, as the file writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Csv { .. } => "csv",
            Self::Http { .. } => "http",
            Self::CloudWatch { .. } => "cloudwatch",
            Self::Prometheus { .. } => "prometheus",
            Self::Sql { .. } => "sql",
        }
    }
}

fn read_csv(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<MetricFeed> {
    let path = block.path("path", document);
    block.missing("path", "path = \"metrics/orders.csv\"", document);
    let columns = read_columns(by, block, document);
    Some(MetricFeed::Csv { path: path?, columns })
}

fn read_http(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<MetricFeed> {
    let url = read_url(block, document);
    let token = block.text("token", document).map(|(text, _)| text.to_owned());
    let header = block.text_or("header", "Authorization", document);
    if !header.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') || header.is_empty() {
        let at = block.place("header").unwrap_or(block.at.clone());
        let hint = Some("write a name such as \"X-Api-Key\"".to_owned());
        document.report(at, format!("`header` of {} is no name of an HTTP header", block.title), hint);
    }
    let items = block.text_or("items", "", document);
    let next = block.text("next", document).map(|(text, _)| text.to_owned());
    let columns = read_columns(by, block, document);
    Some(MetricFeed::Http { url: url?, token, header, items, next, columns })
}

fn read_cloudwatch(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<MetricFeed> {
    let region = block.text("region", document).map(|(text, _)| text.to_owned());
    let namespace = block.text("namespace", document).map(|(text, _)| text.to_owned());
    let metric = block.text("metric", document).map(|(text, _)| text.to_owned());
    block.missing("namespace", "namespace = \"AWS/ApplicationELB\"", document);
    block.missing("metric", "metric = \"RequestCount\"", document);
    let statistic = block.text_or("statistic", STATISTIC, document);
    let mut dimensions = BTreeMap::new();
    if let Some(mut inner) = block.child("dimensions", document) {
        for (key, value, at) in inner.others() {
            match value.as_str() {
                Some(value) => drop(dimensions.insert(key.to_owned(), value.to_owned())),
                None => document.report(at, format!("dimension `{key}` must be text"), None),
            }
        }
        inner.finish(document);
    }
    if by.is_some() {
        let hint = Some("write a metric for each value, or use another feed".to_owned());
        document.report(block.at.clone(), format!("{} has one figure a time: it has no `by`", block.title), hint);
    }
    Some(MetricFeed::CloudWatch { region, namespace: namespace?, metric: metric?, statistic, dimensions })
}

fn read_prometheus(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<MetricFeed> {
    let url = read_url(block, document);
    let query = block.text("query", document).map(|(text, _)| text.to_owned());
    block.missing("query", "query = \"sum(increase(orders_total[1d]))\"", document);
    let token = block.text("token", document).map(|(text, _)| text.to_owned());
    let label = block.text("by", document).map(|(text, _)| text.to_owned());
    if let Some(by) = by {
        block.set_default("by", format!("\"{by}\""));
    }
    let by = by.map(|by| label.unwrap_or_else(|| by.to_owned()));
    Some(MetricFeed::Prometheus { url: url?, query: query?, token, by })
}

fn read_sql(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> Option<MetricFeed> {
    let query = block.text("query", document).map(|(text, _)| text.to_owned());
    block.missing("query", "query = \"select …\", with the columns date and value", document);
    let columns = read_columns(by, block, document);
    Some(MetricFeed::Sql { query: query?, columns })
}

/// Reads the names of columns. The column of a metric's `by` has its name, unless the feed says otherwise.
fn read_columns(by: Option<&str>, block: &mut Block<'_>, document: &mut Document<'_>) -> FeedColumns {
    let date = block.text_or("date", "date", document);
    let value = block.text_or("value", "value", document);
    let column = block.text("by", document).map(|(text, _)| text.to_owned());
    if let Some(by) = by {
        block.set_default("by", format!("\"{by}\""));
    }
    if by.is_none() && column.is_some() {
        let at = block.place("by").unwrap_or(block.at.clone());
        let hint = Some("write by = \"customer\" into the metric too".to_owned());
        document.report(at, format!("{} has a `by`, and its metric has none", block.title), hint);
    }
    for (name, text) in [("date", &date), ("value", &value)] {
        if text.is_empty() {
            let at = block.place(name).unwrap_or(block.at.clone());
            document.report(at, format!("`{name}` of {} is empty", block.title), None);
        }
    }
    let by = by.map(|by| column.unwrap_or_else(|| by.to_owned()));
    FeedColumns { date, value, by }
}

/// Reads an address: encrypted, or of this machine.
fn read_url(block: &mut Block<'_>, document: &mut Document<'_>) -> Option<String> {
    let found = block.text("url", document);
    block.missing("url", "url = \"https://example.com\"", document);
    let (text, at) = found?;
    let local = ["http://127.0.0.1:", "http://localhost:"].iter().any(|start| text.starts_with(start));
    if !text.starts_with("https://") && !local {
        let hint = Some("a token must not be sent in the clear".to_owned());
        document.report(at, format!("`url` of {} must start with https://", block.title), hint);
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}
