//! Health checks: CloudWatch alarms and metrics, and addresses. A check without a result counts as unhealthy.
//!
//! Source: Amazon CloudWatch API reference, `DescribeAlarms`, `GetMetricStatistics`. Read 2026-11-22.

use std::time::Duration;

use aws_sdk_cloudwatch::types::{Dimension, StateValue, Statistic};
use jiff::{SignedDuration, Timestamp};
use tollgate_model::HealthCheck;

use super::Clients;
use super::error::cloud_error;
use crate::Health;

/// How far back a metric is read.
const BACK: SignedDuration = SignedDuration::from_mins(10);
/// An address that does not answer in this time is unhealthy.
const ANSWER: Duration = Duration::from_secs(10);

pub(super) async fn check(clients: &Clients, http: &reqwest::Client, check: &HealthCheck, now: Timestamp) -> Health {
    let result = match check {
        HealthCheck::Alarm { name, .. } => alarm(clients, name).await,
        HealthCheck::Metric { namespace, metric, dimensions, statistic, least, most } => {
            let dimensions = dimensions.iter().map(|(k, v)| Dimension::builder().name(k).value(v).build()).collect();
            match average(clients, namespace, metric, dimensions, statistic, now).await {
                Ok(Some(value)) => within(value, least.as_deref(), most.as_deref()),
                Ok(None) => Err("there is no data of the last ten minutes".to_owned()),
                Err(error) => Err(error),
            }
        }
        HealthCheck::Url { url } => answers(http, url).await,
    };
    match result {
        Ok(()) => Health::Healthy,
        Err(why) => Health::Unhealthy(format!("{check}: {why}")),
    }
}

async fn alarm(clients: &Clients, name: &str) -> Result<(), String> {
    let operation = "cloudwatch:DescribeAlarms";
    clients.count(operation).map_err(|e| e.to_string())?;
    let answer = clients.cloudwatch.describe_alarms().alarm_names(name).send().await;
    let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e).to_string())?;
    let metric = answer.metric_alarms.unwrap_or_default().into_iter().next().and_then(|a| a.state_value);
    let composite = answer.composite_alarms.unwrap_or_default().into_iter().next().and_then(|a| a.state_value);
    match metric.or(composite) {
        Some(StateValue::Ok) => Ok(()),
        Some(state) => Err(format!("it is {}", state.as_str())),
        None => Err("there is no such alarm".to_owned()),
    }
}

async fn average(
    clients: &Clients,
    namespace: &str,
    metric: &str,
    dimensions: Vec<Dimension>,
    statistic: &str,
    now: Timestamp,
) -> Result<Option<f64>, String> {
    let operation = "cloudwatch:GetMetricStatistics";
    clients.count(operation).map_err(|e| e.to_string())?;
    let instant = |t: Timestamp| aws_sdk_cloudwatch::primitives::DateTime::from_secs(t.as_second());
    let request = clients.cloudwatch.get_metric_statistics().namespace(namespace).metric_name(metric);
    let request = request.set_dimensions(Some(dimensions)).statistics(Statistic::from(statistic)).period(60);
    let answer = request.start_time(instant(now - BACK)).end_time(instant(now)).send().await;
    let answer = answer.map_err(|e| cloud_error(operation, &clients.place, &e).to_string())?;
    let of =
        |p: &aws_sdk_cloudwatch::types::Datapoint| p.average.or(p.maximum).or(p.minimum).or(p.sum).or(p.sample_count);
    let points: Vec<f64> = answer.datapoints.unwrap_or_default().iter().filter_map(of).collect();
    Ok((!points.is_empty()).then(|| points.iter().sum::<f64>() / points.len() as f64))
}

fn within(value: f64, least: Option<&str>, most: Option<&str>) -> Result<(), String> {
    // A bound that is no number can be checked by nothing, so the check fails.
    let bound = |text: Option<&str>, usual: f64| {
        text.map_or(Ok(usual), |t| t.parse().map_err(|_| format!("`{t}` is no number")))
    };
    let (least, most) = (bound(least, f64::NEG_INFINITY)?, bound(most, f64::INFINITY)?);
    if value.is_nan() || value < least || value > most { Err(format!("it is {value:.2}")) } else { Ok(()) }
}

async fn answers(http: &reqwest::Client, url: &str) -> Result<(), String> {
    match http.get(url).timeout(ANSWER).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status())),
        // The error contains the whole address, which may have a token in its query.
        Err(error) => Err(if error.is_timeout() { "no answer in time" } else { "no connection" }.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_that_is_no_number_does_not_pass() {
        assert!(within(5.0, Some("1"), Some("10")).is_ok());
        assert!(within(5.0, None, None).is_ok());
        for (least, most) in [(Some("6"), None), (None, Some("4.9")), (Some("few"), None)] {
            assert!(within(5.0, least, most).is_err());
        }
        assert!(within(f64::NAN, None, None).is_err());
    }
}
