//! Amazon CloudWatch: one metric by day or hour.
//!
//! Source: Amazon CloudWatch API reference, `GetMetricData` (100,800 points a request; hourly values are kept for 455 days; USD 0.01 per
//! 1,000 metrics requested). Read 2026-11-28.

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::config::Region;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat, StatusCode};
use aws_types::SdkConfig;
use tollgate_model::business_metric::{MetricFigures, MetricInterval, MetricTime};
use tollgate_model::limits::METRIC_PAGES;
use tollgate_model::text::causes;

use super::{FigureCollector, MetricRequest, MetricSource, MetricSourceError, quantity_of};

/// A metric of CloudWatch.
#[derive(Clone, Debug)]
pub struct CloudWatchFigures {
    client: Client,
    namespace: String,
    metric: String,
    statistic: String,
    dimensions: BTreeMap<String, String>,
}

impl CloudWatchFigures {
    /// A metric of the caller's account, in a region or in the caller's own.
    pub fn new(
        config: &SdkConfig,
        region: Option<&str>,
        namespace: &str,
        metric: &str,
        statistic: &str,
        dimensions: BTreeMap<String, String>,
    ) -> Self {
        let mut own = aws_sdk_cloudwatch::config::Builder::from(config);
        if let Some(region) = region {
            own = own.region(Region::new(region.to_owned()));
        }
        Self {
            client: Client::from_conf(own.build()),
            namespace: namespace.to_owned(),
            metric: metric.to_owned(),
            statistic: statistic.to_owned(),
            dimensions,
        }
    }

    fn query(&self, period: i32) -> MetricDataQuery {
        let dimensions =
            self.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
        let metric = Metric::builder()
            .namespace(&self.namespace)
            .metric_name(&self.metric)
            .set_dimensions(Some(dimensions.collect()))
            .build();
        let stat = MetricStat::builder().metric(metric).period(period).stat(&self.statistic).build();
        MetricDataQuery::builder().id("figures").metric_stat(stat).build()
    }
}

#[async_trait]
impl MetricSource for CloudWatchFigures {
    fn origin(&self) -> String {
        format!("cloudwatch {} {}", self.namespace, self.metric)
    }

    async fn read(&self, request: &MetricRequest) -> Result<MetricFigures, MetricSourceError> {
        let origin = self.origin();
        let period = match request.interval {
            MetricInterval::Day => 86_400,
            MetricInterval::Hour => 3_600,
        };
        let mut collector = FigureCollector::new(&origin, request.interval);
        let mut next = None;
        for page in 1u64.. {
            if page > METRIC_PAGES.value {
                return Err(MetricSourceError::Limit { origin, limit: &METRIC_PAGES });
            }
            let call = self
                .client
                .get_metric_data()
                .metric_data_queries(self.query(period))
                .start_time(DateTime::from_secs(request.days.start.first_second()))
                .end_time(DateTime::from_secs(request.days.end.first_second()))
                .set_next_token(next);
            let answer = call.send().await.map_err(|error| cloudwatch_error(&origin, &error))?;
            for result in answer.metric_data_results.unwrap_or_default() {
                let status = result.status_code.unwrap_or(StatusCode::Complete);
                if !matches!(status, StatusCode::Complete | StatusCode::PartialData) {
                    let message = format!("the metric is {}: a missing value is not zero", status.as_str());
                    return Err(MetricSourceError::Unavailable { origin, message });
                }
                let times = result.timestamps.unwrap_or_default();
                for (at, value) in times.iter().zip(result.values.unwrap_or_default()) {
                    let Ok(value) = quantity_of(&format!("{value:e}")) else { continue };
                    collector.insert("", MetricTime::of_second(at.secs(), request.interval), "", value)?;
                }
            }
            next = answer.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break;
            }
        }
        Ok(collector.finish())
    }
}

/// An error with what to do. The SDK has tried again by itself.
fn cloudwatch_error<E, R>(origin: &str, error: &aws_sdk_cloudwatch::error::SdkError<E, R>) -> MetricSourceError
where
    E: aws_sdk_cloudwatch::error::ProvideErrorMetadata + std::error::Error + 'static,
    R: std::fmt::Debug + 'static,
{
    let refused = error.as_service_error().and_then(|e| e.code()).is_some_and(|code| {
        ["AccessDenied", "AccessDeniedException", "InvalidParameterValue", "InvalidParameterCombination"]
            .contains(&code)
            || code.contains("Token")
            || code.contains("Credentials")
    });
    let (origin, message) = (origin.to_owned(), causes(error));
    if refused {
        let hint = "the caller needs cloudwatch:GetMetricData, and the feed the names of an existing metric".to_owned();
        return MetricSourceError::Refused { origin, message, hint };
    }
    MetricSourceError::Unavailable { origin, message }
}
