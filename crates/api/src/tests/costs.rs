//! Costs: the same question as parameters and as a body, the same document as on the command line, and no question asked twice.

use serde_json::{Value, json};
use tollgate_model::document::document;
use tollgate_pipeline::{CostOptions, RowFilter, answer_costs};

use super::support::Served;

const VIEWER: &str = "alpha/viewer";

#[tokio::test(flavor = "multi_thread")]
async fn costs_are_the_document_of_the_command_line() {
    let served = Served::start().await;
    let got = served.read("/v1/costs?period=2026-10&by=team,service&compare=previous&granularity=week&top=2").await;
    let context = served.context("alpha");
    let options = CostOptions {
        period: Some("2026-10".parse().unwrap()),
        by: Some("team,service".parse().unwrap()),
        compare: Some("previous".parse().unwrap()),
        granularity: Some("week".parse().unwrap()),
        top: Some(2),
        ..CostOptions::default()
    };
    let query = options.query(&context.state.policy).unwrap();
    let answer = answer_costs(context, &query, &RowFilter::everything()).await.unwrap();
    let mut wanted = document(&answer).unwrap();
    wanted.insert("truncated".to_owned(), true.into());
    assert_eq!(got, Value::Object(wanted));
    assert_eq!(got["totals"][0]["amount"], "3565");
    let body = json!({ "period": "2026-10", "group_by": ["team", "service"], "compare": "previous", "granularity": "week", "top": 2 });
    assert_eq!(served.post("/v1/costs", VIEWER, &body.to_string()).await.json(), got);
    let whole = served.read("/v1/costs?period=2026-10&by=service").await;
    assert_eq!((&whole["truncated"], whole["rows"].as_array().unwrap().len()), (&json!(false), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_sees_the_charges_of_their_filter() {
    let served = Served::start().await;
    for (caller, total) in
        [(VIEWER, "3565"), ("alpha/viewer/cat/team=search", "310"), ("alpha/viewer/cat/team=nobody", "")]
    {
        let got = served.get("/v1/costs?period=2026-10&by=service", caller).await.json();
        assert_eq!(got["totals"][0]["amount"].as_str().unwrap_or_default(), total, "{caller}: {got}");
    }
    // A filter of the question cannot widen that of the caller.
    let got = served.get("/v1/costs?period=2026-10&filter=team=checkout", "alpha/viewer/cat/team=search").await.json();
    assert!(!got.to_string().contains("alpha-compute"), "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_an_answer_does_not_get_it_again() {
    let served = Served::start().await;
    let path = "/v1/costs?period=2026-10&by=service";
    let first = served.get(path, VIEWER).await;
    let tag = first.header("etag").to_owned();
    assert!(first.status == 200 && tag.len() == 34, "{first:?}");
    let again = async |path: &str, caller: &str| {
        served.send("GET", path, &[("x-caller", caller), ("if-none-match", &format!("\"x\", W/{tag}"))], "").await
    };
    let same = again("/v1/costs?by=service&period=2026-10", VIEWER).await;
    assert_eq!((same.status, same.text.as_str(), same.header("etag")), (304, "", tag.as_str()));
    // Another question, another caller's charges or another tenant is another answer.
    for (path, caller) in
        [("/v1/costs?period=2026-09&by=service", VIEWER), (path, "alpha/viewer/cat/team=search"), (path, "beta/viewer")]
    {
        assert_eq!(again(path, caller).await.status, 200, "{path} {caller}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_explained_and_untagged_cost_is_found() {
    let served = Served::start().await;
    let why = served.read("/v1/costs/why?period=2026-11&compare=2026-10&by=service").await;
    assert_eq!((&why["period"]["name"], &why["compared_with"]["name"]), (&json!("2026-11"), &json!("2026-10")));
    assert!(why["drivers"].as_array().unwrap().iter().any(|driver| driver["meter"] == "alpha-compute-hours"), "{why}");
    let untagged = served.read("/v1/costs/untagged?period=2026-10&of=team&by=service").await;
    assert_eq!(untagged["fields"][0]["untagged"], "155", "{untagged}");
    let by_tag = served.read("/v1/costs?period=2026-10&by=tag:team&metric=billed").await;
    assert_eq!((&by_tag["source"], by_tag["rows"].as_array().unwrap().len()), (&json!("lake"), 3));
}
