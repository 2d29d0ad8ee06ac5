//! The feeds of business metrics: each connected to the adapter of its type, with its secret by name.

use std::path::Path;

#[cfg(feature = "aws")]
use aws_types::SdkConfig;
#[cfg(feature = "aws")]
use tollgate_pipeline::State;
use tollgate_pipeline::units::CsvFigures;
#[cfg(feature = "aws")]
use tollgate_pipeline::units::{MetricImport, import_metric};
use tollgate_policy::{BusinessMetric, FeedColumns, MetricFeed};
#[cfg(feature = "aws")]
use tollgate_sources::business_metrics::cloudwatch::CloudWatchFigures;
use tollgate_sources::business_metrics::{FigureColumns, JsonFigures, MetricHttp, MetricSource, PrometheusFigures};

#[cfg(feature = "aws")]
use crate::WiringError;
#[cfg(feature = "aws")]
use crate::http_client::http_client;

/// What the adapters need.
pub struct FeedParts<'a> {
    /// The folder of the policy file, which paths are below.
    pub folder: &'a Path,
    /// Looks a secret up by its name.
    pub secrets: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The HTTP client.
    pub http: &'a reqwest::Client,
    /// The configuration of AWS, or why there is none.
    #[cfg(feature = "aws")]
    pub aws: Result<&'a SdkConfig, String>,
}

/// Connects the feed of a metric. `None` where it has no feed, or one over the charges, which the caller connects.
///
/// # Errors
///
/// When a secret or the configuration of AWS is missing, with what to do.
pub fn metric_source(metric: &BusinessMetric, parts: &FeedParts<'_>) -> Result<Option<Box<dyn MetricSource>>, String> {
    let Some(feed) = &metric.feed else { return Ok(None) };
    Ok(match feed {
        MetricFeed::Sql { .. } => None,
        MetricFeed::Csv { path, columns } => Some(Box::new(CsvFigures::new(parts.folder.join(path), columns))),
        MetricFeed::Http { url, token, header, items, next, columns } => Some(Box::new(JsonFigures {
            http: client(metric, parts, token.as_deref(), header)?,
            url: url.clone(),
            items: items.clone(),
            next: next.clone(),
            columns: figure_columns(columns),
        })),
        MetricFeed::Prometheus { url, query, token, by } => Some(Box::new(PrometheusFigures {
            http: client(metric, parts, token.as_deref(), "Authorization")?,
            url: url.clone(),
            query: query.clone(),
            by: by.clone(),
        })),
        MetricFeed::CloudWatch { .. } => Some(cloudwatch(metric, feed, parts)?),
    })
}

/// The names of columns of a feed.
pub fn figure_columns(columns: &FeedColumns) -> FigureColumns {
    let FeedColumns { date, value, by } = columns.clone();
    FigureColumns { date, value, by }
}

fn client(
    metric: &BusinessMetric,
    parts: &FeedParts<'_>,
    token: Option<&str>,
    header: &str,
) -> Result<MetricHttp, String> {
    let http = MetricHttp::new(parts.http.clone());
    let Some(name) = token else { return Ok(http) };
    match (parts.secrets)(name).filter(|secret| !secret.is_empty()) {
        Some(secret) => Ok(http.with_secret(header, &secret)),
        None => Err(format!("metric \"{}\": there is no {name}\nhint: set it in the environment", metric.name)),
    }
}

#[cfg(feature = "aws")]
fn cloudwatch(
    metric: &BusinessMetric,
    feed: &MetricFeed,
    parts: &FeedParts<'_>,
) -> Result<Box<dyn MetricSource>, String> {
    let config = parts.aws.as_ref().map_err(|why| format!("metric \"{}\": {why}", metric.name))?;
    let MetricFeed::CloudWatch { region, namespace, metric: name, statistic, dimensions } = feed else {
        return Err(format!("metric \"{}\" has no feed of CloudWatch", metric.name));
    };
    let source = CloudWatchFigures::new(config, region.as_deref(), namespace, name, statistic, dimensions.clone());
    Ok(Box::new(source))
}

#[cfg(not(feature = "aws"))]
fn cloudwatch(metric: &BusinessMetric, _: &MetricFeed, _: &FeedParts<'_>) -> Result<Box<dyn MetricSource>, String> {
    Err(format!(
        "metric \"{}\": this program was built without AWS\nhint: build it with `--features full`, or install a release",
        metric.name
    ))
}

/// The imports of metrics by name: what each did, or why it failed.
#[cfg(feature = "aws")]
pub type MetricImports = Vec<(String, Result<MetricImport, String>)>;

/// Imports every metric whose feed a function can read: one without a file, a query or a secret. One that fails does not stop the others.
///
/// # Errors
///
/// When the HTTP client cannot be created.
#[cfg(feature = "aws")]
pub async fn import_metrics(config: &SdkConfig, state: &State) -> Result<MetricImports, WiringError> {
    let http = http_client().map_err(|error| WiringError::Http(error.to_string()))?;
    let parts = FeedParts { folder: Path::new(""), secrets: &|_| None, http: &http, aws: Ok(config) };
    let mut out = Vec::new();
    for metric in &state.policy.metrics {
        let readable = metric.feed.as_ref().is_some_and(|feed| {
            feed.secret().is_none() && !matches!(feed, MetricFeed::Csv { .. } | MetricFeed::Sql { .. })
        });
        let Some(source) = metric_source(metric, &parts).ok().flatten().filter(|_| readable) else { continue };
        let import = import_metric(state, metric, source.as_ref(), None).await;
        out.push((metric.name.clone(), import.map_err(|error| error.to_string())));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use tollgate_policy::Policy;

    use super::*;

    #[test]
    fn a_missing_secret_is_named_and_never_shown() {
        let text = "metric \"m\" {\n prometheus {\n url = \"https://p.example.com\"\n query = \"up\"\n token = \"PROM\"\n }\n}\nmetric \"f\" {\n csv {\n path = \"m.csv\"\n }\n}\nmetric \"n\" {}\n";
        let policy = Policy::parse("t", text).unwrap();
        let http = reqwest::Client::new();
        let with = |secrets: &(dyn Fn(&str) -> Option<String> + Sync)| {
            let parts = FeedParts {
                folder: Path::new("/policies"),
                secrets,
                http: &http,
                #[cfg(feature = "aws")]
                aws: Err("no region".to_owned()),
            };
            let origin = |m: &BusinessMetric| metric_source(m, &parts).map(|s| s.map(|s| s.origin()));
            policy.metrics.iter().map(origin).collect::<Vec<_>>()
        };
        let without = with(&|_| None);
        assert_eq!(without[0], Err("metric \"m\": there is no PROM\nhint: set it in the environment".to_owned()));
        assert_eq!(without[1], Ok(Some("/policies/m.csv".to_owned())));
        assert_eq!(without[2], Ok(None));
        assert_eq!(with(&|_| Some("canary".to_owned()))[0], Ok(Some("https://p.example.com".to_owned())));
    }
}
