//! The adapters against servers that fail, page, throttle and answer wrongly.

#[cfg(feature = "cloudwatch")]
mod cloudwatch;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tollgate_model::business_metric::{MetricFigures, MetricInterval};
use tollgate_model::limits::{METRIC_BYTES, METRIC_PAGES, METRIC_SECONDS};
use tollgate_model::{DayRange, Quantity};

use super::{
    FigureColumns, JsonFigures, MetricHttp, MetricRequest, MetricSource, MetricSourceError, PrometheusFigures,
    read_within,
};

type Parameters = BTreeMap<String, String>;
type Handler = Arc<dyn Fn(usize, &Parameters, &HeaderMap) -> (u16, String) + Send + Sync>;

/// A server whose answers depend on the number of the request; it lives as long as the test.
struct Fake {
    url: String,
    requests: Arc<AtomicUsize>,
}

async fn answer(
    State((requests, handler)): State<(Arc<AtomicUsize>, Handler)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let number = requests.fetch_add(1, Ordering::SeqCst) + 1;
    let whole = reqwest::Url::parse(&format!("http://fake{uri}")).unwrap();
    let parameters: Parameters = whole.query_pairs().into_owned().collect();
    let (status, body) = handler(number, &parameters, &headers);
    let status = StatusCode::from_u16(status).unwrap();
    if status.is_redirection() {
        return (status, [("location", body)]).into_response();
    }
    (status, body).into_response()
}

impl Fake {
    async fn start(handler: impl Fn(usize, &Parameters, &HeaderMap) -> (u16, String) + Send + Sync + 'static) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let handler: Handler = Arc::new(handler);
        let app = Router::new().route("/{*path}", get(answer)).with_state((Arc::clone(&requests), handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn http(&self) -> MetricHttp {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        MetricHttp::new(client).impatient()
    }

    fn json(&self, path: &str) -> JsonFigures {
        JsonFigures {
            http: self.http().with_secret("Authorization", "secret-canary"),
            url: format!("{}{path}", self.url),
            items: "data.rows".to_owned(),
            next: Some("data.next".to_owned()),
            columns: FigureColumns { date: "day".into(), value: "total".into(), by: Some("customer".into()) },
        }
    }

    fn prometheus(&self, by: Option<&str>) -> PrometheusFigures {
        let (http, url) = (self.http(), self.url.clone());
        PrometheusFigures { http, url, query: "sum(orders)".to_owned(), by: by.map(str::to_owned) }
    }
}

fn request(interval: MetricInterval) -> MetricRequest {
    let start = "2026-10-01".parse().unwrap();
    MetricRequest { days: DayRange { start, end: "2026-10-04".parse().unwrap() }, interval }
}

const DAYS: MetricInterval = MetricInterval::Day;

fn total(figures: &MetricFigures, at: &str) -> Option<Quantity> {
    figures.total(at.parse().unwrap())
}

#[tokio::test]
async fn pages_are_read_to_the_end_and_each_carries_the_token() {
    let fake = Fake::start(|_, parameters, headers| {
        assert_eq!(headers["authorization"], "Bearer secret-canary");
        let page = parameters.get("page").map_or("1", String::as_str);
        let next = match page {
            "1" => "\"/orders?page=2\"",
            "2" => "\"?page=3\"",
            _ => "null",
        };
        let row = format!(r#"{{"day":"2026-10-0{page}","customer":7,"total":"1{page}.5"}}"#);
        (200, format!(r#"{{"data":{{"rows":[{row}],"next":{next}}}}}"#))
    })
    .await;
    let figures = fake.json("/orders?from={from}&to={to}").read(&request(DAYS)).await.unwrap();
    assert_eq!(fake.requests(), 3);
    for (day, value) in [("2026-10-01", "11.5"), ("2026-10-02", "12.5"), ("2026-10-03", "13.5")] {
        assert_eq!(total(&figures, day), Some(value.parse().unwrap()));
    }
}

#[tokio::test]
async fn the_days_of_the_request_are_in_the_address() {
    let fake = Fake::start(|_, parameters, _| {
        assert_eq!((parameters["from"].as_str(), parameters["to"].as_str()), ("2026-10-01", "2026-10-03"));
        (200, r#"{"data":{"rows":[{"day":1759363200000,"customer":"a","total":5},{"day":1759276800,"customer":"a","total":null}]}}"#.to_owned())
    })
    .await;
    let figures = fake.json("/orders?from={from}&to={to}").read(&request(DAYS)).await.unwrap();
    // Milliseconds since 1970. A null is unknown.
    assert_eq!((figures.count(), total(&figures, "2025-10-02")), (1, Some(Quantity::whole(5))));
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_and_one_that_refuses_is_not() {
    let fake = Fake::start(|number, _, _| match number {
        1 => (503, "starting".to_owned()),
        2 => (429, "slow down".to_owned()),
        _ => (200, r#"{"data":{"rows":[]}}"#.to_owned()),
    })
    .await;
    assert!(fake.json("/x").read(&request(DAYS)).await.unwrap().is_empty());
    assert_eq!(fake.requests(), 3);

    let down = Fake::start(|_, _, _| (500, "boom".to_owned())).await;
    let error = down.json("/x?key=secret-canary").read(&request(DAYS)).await.unwrap_err();
    assert!(error.retryable() && error.to_string().contains("500 boom (4 attempts)"), "{error}");
    assert!(!error.to_string().contains("canary"), "{error}");
    assert_eq!(down.requests(), 4);

    let closed = Fake::start(|_, _, _| (401, "who are you".to_owned())).await;
    let error = closed.json("/x").read(&request(DAYS)).await.unwrap_err();
    assert!(!error.retryable() && error.to_string().contains("hint: set the secret"), "{error}");
    assert_eq!(closed.requests(), 1);
}

#[tokio::test]
async fn a_token_follows_no_redirect_and_no_page_of_another_server() {
    let fake = Fake::start(|_, _, _| (302, "http://127.0.0.1:1/".to_owned())).await;
    let error = fake.json("/x").read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains("hint: name the address that it redirects to"), "{error}");
    for (next, expected) in [("https://evil.example/", "is on another server"), ("/x", "is that of this page")] {
        let fake = Fake::start(move |_, _, _| (200, format!(r#"{{"data":{{"rows":[],"next":"{next}"}}}}"#))).await;
        let error = fake.json("/x").read(&request(DAYS)).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{next}: {error}");
        assert_eq!(fake.requests(), 1);
    }
}

#[tokio::test]
async fn answers_that_are_no_figures_are_refused_with_their_row() {
    for (body, expected) in [
        ("<html>", "the answer is no JSON"),
        (r#"{"rows":[]}"#, "data.rows is no list"),
        (r#"{"data":{"rows":[{"customer":"a","total":5}]}}"#, "row 1: there is no `day`"),
        (r#"{"data":{"rows":[{"day":"2026-10-01","customer":"a"}]}}"#, "row 1: there is no `total`"),
        (r#"{"data":{"rows":[{"day":"2026-10-01","total":5}]}}"#, "row 1: there is no `customer`"),
        (r#"{"data":{"rows":[{"day":"2026-10-01","customer":"a","total":true}]}}"#, "row 1: there is no `total`"),
        (r#"{"data":{"rows":[{"day":"soon","customer":"a","total":1}]}}"#, "row 1: `soon` is no day"),
    ] {
        let fake = Fake::start(move |_, _, _| (200, body.to_owned())).await;
        let error = fake.json("/x").read(&request(DAYS)).await.unwrap_err().to_string();
        assert!(error.contains(expected), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let nobody = Fake { url: "http://127.0.0.1:1".to_owned(), requests: Arc::default() };
    let error = nobody.json("/x").read(&request(DAYS)).await.unwrap_err();
    assert!(matches!(error, MetricSourceError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn the_value_of_a_query_belongs_to_the_time_that_it_ends() {
    let fake = Fake::start(|_, parameters, _| {
        // The first value is that of the end of the first day.
        assert_eq!((parameters["start"].as_str(), parameters["end"].as_str()), ("1790899200", "1791072000"));
        assert_eq!(parameters["step"], "86400");
        let series = |tenant: &str, value: &str| {
            format!(r#"{{"metric":{{"tenant":"{tenant}"}},"values":[[1790899200,"{value}"],[1790985600,"NaN"]]}}"#)
        };
        let all = [series("a", "12.25"), series("b", "3e2")].join(",");
        (200, format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{all}]}}}}"#))
    })
    .await;
    let figures = fake.prometheus(Some("tenant")).read(&request(DAYS)).await.unwrap();
    assert_eq!(total(&figures, "2026-10-01"), Some("312.25".parse().unwrap()));
    assert_eq!(total(&figures, "2026-10-02"), None);
    let error = fake.prometheus(None).read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains("the query has 2 series"), "{error}");
    let error = fake.prometheus(Some("customer")).read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains("a series has no label `customer`"), "{error}");
}

#[tokio::test]
async fn a_long_time_is_read_in_requests_that_prometheus_accepts() {
    let fake = Fake::start(|_, parameters, _| {
        let second = |name: &str| parameters[name].parse::<i64>().unwrap();
        assert!((second("end") - second("start")) / 3600 < 11_000);
        (200, r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#.to_owned())
    })
    .await;
    let days = DayRange { start: "2024-10-01".parse().unwrap(), end: "2026-10-01".parse().unwrap() };
    let hourly = MetricRequest { days, interval: MetricInterval::Hour };
    assert!(fake.prometheus(None).read(&hourly).await.unwrap().is_empty());
    assert_eq!(fake.requests(), 2);
}

#[tokio::test]
async fn a_query_that_prometheus_refuses_is_shown() {
    let fake = Fake::start(|_, _, _| (400, r#"{"status":"error","error":"parse error"}"#.to_owned())).await;
    let error = fake.prometheus(None).read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains("parse error") && error.contains("hint: check the url, and the query"), "{error}");
    let odd = Fake::start(|_, _, _| (200, r#"{"status":"error","error":"too many samples"}"#.to_owned())).await;
    let error = odd.prometheus(None).read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains("no result: too many samples"), "{error}");
}

#[tokio::test]
async fn a_source_without_a_last_page_or_without_an_end_meets_its_limit() {
    let endless =
        Fake::start(|number, _, _| (200, format!(r#"{{"data":{{"rows":[],"next":"/x?page={number}"}}}}"#))).await;
    let error = endless.json("/x").read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains(METRIC_PAGES.id), "{error}");
    assert_eq!(endless.requests(), METRIC_PAGES.size());

    let slow = Fake::start(|_, _, _| {
        std::thread::sleep(Duration::from_millis(200));
        (200, r#"{"data":{"rows":[]}}"#.to_owned())
    })
    .await;
    let error = read_within(&slow.json("/x"), &request(DAYS), Duration::from_millis(20)).await.unwrap_err();
    assert!(error.to_string().contains(METRIC_SECONDS.id), "{error}");
}

#[tokio::test]
async fn an_answer_larger_than_its_limit_is_not_read_to_its_end() {
    let large = Fake::start(|_, _, _| (200, " ".repeat(METRIC_BYTES.size() + 1))).await;
    let error = large.json("/x").read(&request(DAYS)).await.unwrap_err().to_string();
    assert!(error.contains(METRIC_BYTES.id), "{error}");
}
