//! What holds of every request: its id, headers that protect, limits, and errors with what to do.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::Request;
use tollgate_model::limits::{API_BODY, API_REQUESTS, API_TARGET};

use super::support::Served;

const VIEWER: &str = "alpha/viewer";

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_has_the_id_of_its_request_and_headers_that_protect() {
    let served = Served::start().await;
    let given = served.send("GET", "/v1/me", &[("x-caller", VIEWER), ("x-request-id", "client-12345")], "").await;
    assert_eq!((given.status, given.header("x-request-id")), (200, "client-12345"));
    for wrong in ["short", "with blank and more", "x".repeat(65).as_str()] {
        let got = served.send("GET", "/v1/me", &[("x-request-id", wrong)], "").await;
        assert_eq!(got.status, 401);
        let id = got.header("x-request-id");
        assert!(id.starts_with("r-") && got.json()["instance"] == format!("urn:tollgate:request:{id}"), "{got:?}");
        assert_eq!(got.header("content-type"), "application/problem+json");
        assert_eq!(got.header("cache-control"), "no-store");
    }
    for (name, part) in [
        ("content-security-policy", "default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("strict-transport-security", "max-age=31536000"),
        ("x-frame-options", "DENY"),
        ("ratelimit", "\"minute\";r=599;t=60"),
        ("cache-control", "private, no-cache"),
    ] {
        assert!(given.header(name).starts_with(part), "{name}: {}", given.header(name));
    }
    let lines = served.log.0.lock().unwrap();
    let first = &lines[0];
    assert_eq!((first.request.as_str(), first.route, first.status), ("client-12345", "/v1/me", 200));
    assert_eq!(
        (first.caller.as_deref(), first.tenant.as_deref(), first.way.as_deref()),
        (Some("bob"), Some("alpha"), Some("API, key k1"))
    );
    let ids: std::collections::BTreeSet<&str> = lines.iter().map(|line| line.request.as_str()).collect();
    assert_eq!(ids.len(), lines.len(), "two requests have one id");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_names_what_is_wrong_and_what_to_do() {
    let served = Served::start().await;
    for (path, status, code, hint) in [
        ("/v1/costs?perod=2026-10", 400, "bad_request", "did you mean `period`?"),
        ("/v1/costs?metric=bild", 400, "bad_request", "did you mean `billed`?"),
        ("/v1/costs?period=last-mont", 400, "bad_request", "did you mean `last-month`?"),
        ("/v1/costs?by=teem", 400, "bad_request", "did you mean `team`?"),
        ("/v1/costs?by=service&top=0", 400, "bad_request", "write a whole number from 1 to 10000"),
        ("/v1/costs?view=by-tem", 422, "refused", "did you mean `by-team`?"),
    ] {
        let got = served.get(path, VIEWER).await;
        let body = got.json();
        assert_eq!(
            (got.status, body["code"].as_str(), body["hint"].as_str()),
            (status, Some(code), Some(hint)),
            "{path}: {body}"
        );
        assert_eq!(body["status"], status);
    }
    let got = served.post("/v1/costs", VIEWER, r#"{"perod": "2026-10"}"#).await;
    assert!(got.status == 400 && got.text.contains("unknown field `perod`"), "{got:?}");
    let got = served.post("/v1/costs", VIEWER, "{").await;
    assert!(got.status == 400 && got.text.contains("line 1 column"), "{got:?}");
    let got = served.send("POST", "/v1/costs", &[("x-caller", VIEWER), ("content-type", "text/plain")], "{}").await;
    assert_eq!((got.status, &got.json()["code"]), (415, &"not_json".into()));
    let got = served.send("DELETE", "/v1/costs", &[("x-caller", VIEWER)], "").await;
    assert_eq!(got.status, 405);
    assert_eq!(served.get("/v1/no-such-thing", VIEWER).await.status, 404);
    let got = served.get("/v1/budgets/%FF", VIEWER).await;
    assert_eq!((got.status, got.header("content-type")), (400, "application/problem+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_requests_are_refused() {
    let served = Served::start().await;
    let long = format!("/v1/costs?filter={}", "x".repeat(API_TARGET.size()));
    let got = served.get(&long, VIEWER).await;
    assert!(got.status == 414 && got.text.contains("the limit `api-target` of 8 KiB"), "{got:?}");
    let body = format!("{{\"filters\":[\"{}\"]}}", "x".repeat(API_BODY.size()));
    let got = served.post("/v1/costs", VIEWER, &body).await;
    assert!(got.status == 413 && got.text.contains("the limit `api-body` of 1 MiB"), "{got:?}");
    // A caller who is not identified does not get as far as a body.
    let got = served.send("POST", "/v1/costs", &[("content-type", "application/json")], &body).await;
    assert_eq!(got.status, 401);
    let got = served.get("/v1/costs", "alpha/viewer/busy").await;
    assert_eq!((got.status, &got.json()["code"]), (429, &"too_many".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_call_only_where_they_may() {
    let served = Served::start().await;
    let asked =
        |origin: &'static str| [("origin", origin), ("access-control-request-method", "GET"), ("x-caller", VIEWER)];
    let got = served.send("OPTIONS", "/v1/costs", &asked("https://finops.example.com"), "").await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (204, "https://finops.example.com"));
    let got = served.send("OPTIONS", "/v1/costs", &asked("https://evil.example.com"), "").await;
    assert_eq!((got.status, got.header("access-control-allow-origin")), (204, ""));
    let got = served.send("GET", "/v1/me", &asked("https://evil.example.com"), "").await;
    assert_eq!(got.header("access-control-allow-origin"), "");
}

/// A body that does not arrive holds its place for the time of a body, and no longer.
#[tokio::test(flavor = "multi_thread")]
async fn slow_requests_are_ended_and_more_than_the_limit_are_refused() {
    let served = Served::start().await;
    let slow = || {
        let body = Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let request = Request::builder().method("POST").uri("/v1/costs").header("x-caller", VIEWER).body(body).unwrap();
        let router = served.router.clone();
        tokio::spawn(async move { crate::respond(router, request).await.status().as_u16() })
    };
    let waiting: Vec<_> = (0..API_REQUESTS.size()).map(|_| slow()).collect();
    let mut got = served.get("/v1/me", VIEWER).await;
    for _ in 0..50 {
        if got.status == 503 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        got = served.get("/v1/me", VIEWER).await;
    }
    assert_eq!((got.status, got.header("retry-after"), &got.json()["code"]), (503, "1", &"busy".into()));
    for one in waiting {
        assert_eq!(one.await.unwrap(), 408);
    }
    assert_eq!(served.get("/v1/me", VIEWER).await.status, 200);
}
