//! CloudWatch against a server that speaks its protocol, "Smithy RPC v2 CBOR".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_cloudwatch::config::{Credentials, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::sdk_config::RetryConfig;
use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ciborium::Value as Cbor;
use tollgate_model::Quantity;
use tollgate_model::business_metric::MetricInterval;

use super::{request, total};
use crate::business_metrics::MetricSource;
use crate::business_metrics::cloudwatch::CloudWatchFigures;

fn map(pairs: Vec<(&str, Cbor)>) -> Cbor {
    Cbor::Map(pairs.into_iter().map(|(key, value)| (Cbor::Text(key.to_owned()), value)).collect())
}

fn field<'c>(value: &'c Cbor, name: &str) -> Option<&'c Cbor> {
    value.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

/// An answer with some values, and perhaps a further page.
fn page(status: &str, values: &[(i64, f64)], next: Option<&str>) -> Cbor {
    let time = |second: i64| Cbor::Tag(1, Box::new(Cbor::Integer(second.into())));
    let result = map(vec![
        ("Id", Cbor::Text("figures".into())),
        ("StatusCode", Cbor::Text(status.into())),
        ("Timestamps", Cbor::Array(values.iter().map(|(at, _)| time(*at)).collect())),
        ("Values", Cbor::Array(values.iter().map(|(_, value)| Cbor::Float(*value)).collect())),
    ]);
    let mut out = vec![("MetricDataResults", Cbor::Array(vec![result]))];
    out.extend(next.map(|token| ("NextToken", Cbor::Text(token.into()))));
    map(out)
}

type Asked = Arc<Mutex<Vec<Cbor>>>;

/// A server that gives answers in turn, and what it was asked.
async fn start(answers: Vec<(u16, Cbor)>) -> (SdkConfig, Asked) {
    let asked: Asked = Arc::default();
    let kept = Arc::clone(&asked);
    let answer = move |body: Bytes| {
        let mut asked = kept.lock().unwrap();
        asked.push(ciborium::from_reader(body.as_ref()).unwrap());
        let (status, answer) = &answers[(asked.len() - 1).min(answers.len() - 1)];
        let mut out = Vec::new();
        ciborium::into_writer(answer, &mut out).unwrap();
        let headers = [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")];
        let response: Response = (StatusCode::from_u16(*status).unwrap(), headers, out).into_response();
        async move { response }
    };
    let app = Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let config = SdkConfig::builder()
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "key",
            "secret-canary",
            None,
            None,
            "test",
        )))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .behavior_version(aws_sdk_cloudwatch::config::BehaviorVersion::latest())
        .build();
    (config, asked)
}

fn source(config: &SdkConfig) -> CloudWatchFigures {
    let dimensions = BTreeMap::from([("LoadBalancer".to_owned(), "app/checkout".to_owned())]);
    CloudWatchFigures::new(config, None, "AWS/ApplicationELB", "RequestCount", "Sum", dimensions)
}

#[tokio::test]
async fn the_days_of_a_metric_are_read_page_by_page() {
    let first = page("PartialData", &[(1_790_812_800, 1250.0)], Some("next"));
    let second = page("Complete", &[(1_790_899_200, 1300.5)], None);
    let (config, asked) = start(vec![(200, first), (200, second)]).await;
    let figures = source(&config).read(&request(MetricInterval::Day)).await.unwrap();
    assert_eq!(total(&figures, "2026-10-01"), Some(Quantity::whole(1250)));
    assert_eq!(total(&figures, "2026-10-02"), Some("1300.5".parse().unwrap()));
    assert_eq!(figures.count(), 2);
    let asked = asked.lock().unwrap();
    let query = field(&asked[0], "MetricDataQueries").and_then(Cbor::as_array).unwrap();
    let stat = field(&query[0], "MetricStat").unwrap();
    assert_eq!(field(stat, "Period"), Some(&Cbor::Integer(86_400.into())));
    assert_eq!(field(stat, "Stat").and_then(Cbor::as_text), Some("Sum"));
    assert_eq!(field(&asked[1], "NextToken").and_then(Cbor::as_text), Some("next"));
}

#[tokio::test]
async fn a_metric_that_cannot_be_read_is_an_error_and_no_zero() {
    let (config, _) = start(vec![(200, page("InternalError", &[], None))]).await;
    let error = source(&config).read(&request(MetricInterval::Day)).await.unwrap_err();
    assert!(error.retryable() && error.to_string().contains("a missing value is not zero"), "{error}");

    let denied = map(vec![
        ("__type", Cbor::Text("com.amazonaws.cloudwatch#AccessDenied".into())),
        ("message", Cbor::Text("not authorized".into())),
    ]);
    let (config, _) = start(vec![(403, denied)]).await;
    let error = source(&config).read(&request(MetricInterval::Day)).await.unwrap_err();
    assert!(!error.retryable() && error.to_string().contains("cloudwatch:GetMetricData"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
}
