//! A Cost Explorer of our own, after its API reference: groups, filters, pages, exclusive ends, estimates. It can also fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tollgate_model::{Amount, Day};

/// What one account paid for one thing on one day.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    pub(crate) day: Day,
    pub(crate) account: &'static str,
    pub(crate) service: &'static str,
    pub(crate) record_type: &'static str,
    pub(crate) usage_type: &'static str,
    pub(crate) team: &'static str,
    pub(crate) unblended: Amount,
    pub(crate) amortized: Amount,
}

/// How it fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fails {
    #[default]
    Never,
    /// Every third request is throttled, with the status 400 that Cost Explorer has for it.
    Throttles,
    /// Every third request is answered by half a page.
    CutsOff,
    /// Every request ends in an error of the server.
    Always,
    /// The role may not ask.
    Denies,
    /// The first request is refused, and none after it.
    DeniesOnce,
    /// A day is restated after each request.
    Restates,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) costs: Vec<Cost>,
    pub(crate) fails: Fails,
    pub(crate) requests: usize,
    /// The first day that is still estimated.
    pub(crate) estimated_from: Option<Day>,
}

pub(crate) struct FakeCostExplorer {
    pub(crate) url: String,
    pub(crate) state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for FakeCostExplorer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Groups on a page.
const PAGE: usize = 40;

impl FakeCostExplorer {
    pub(crate) async fn start(costs: Vec<Cost>) -> Self {
        let state = Arc::new(Mutex::new(State { costs, ..State::default() }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        let app = axum::Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let shared = shared.clone();
            async move { answer(&mut shared.lock().unwrap(), &headers, &body) }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, state, task }
    }

    pub(crate) fn client(&self) -> aws_sdk_costexplorer::Client {
        use aws_sdk_costexplorer::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_costexplorer::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(&self.url)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        aws_sdk_costexplorer::Client::from_conf(config)
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.lock().unwrap().requests
    }

    pub(crate) fn fail(&self, fails: Fails) {
        self.state.lock().unwrap().fails = fails;
    }
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    let text = json!({ "__type": code, "message": message }).to_string();
    (status, [("content-type", "application/x-amz-json-1.1")], text).into_response()
}

fn answer(state: &mut State, headers: &HeaderMap, body: &Bytes) -> Response {
    state.requests += 1;
    let third = state.requests % 3 == 2;
    assert_eq!(headers["x-amz-target"], "AWSInsightsIndexService.GetCostAndUsage");
    assert!(headers["authorization"].to_str().unwrap().starts_with("AWS4-HMAC-SHA256 "));
    match state.fails {
        Fails::Throttles if third => return error(StatusCode::BAD_REQUEST, "LimitExceededException", "Rate exceeded"),
        Fails::Always => return error(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError", "try again"),
        Fails::Denies | Fails::DeniesOnce => {
            if state.fails == Fails::DeniesOnce {
                state.fails = Fails::Never;
            }
            return error(
                StatusCode::BAD_REQUEST,
                "AccessDeniedException",
                "not authorized to perform: ce:GetCostAndUsage",
            );
        }
        _ => {}
    }
    let request: Value = serde_json::from_slice(body).unwrap();
    let day = |name: &str| request["TimePeriod"][name].as_str().unwrap().parse::<Day>().unwrap();
    let (start, end) = (day("Start"), day("End"));
    if start >= end {
        return error(
            StatusCode::BAD_REQUEST,
            "ValidationException",
            "Start date (and hour) should be before end date",
        );
    }
    let keys: Vec<&str> = request["GroupBy"].as_array().unwrap().iter().map(|g| g["Key"].as_str().unwrap()).collect();
    assert!(keys.len() <= 2, "Cost Explorer groups by two keys at most");
    let mut groups: BTreeMap<(Day, Vec<String>), (Amount, Amount)> = BTreeMap::new();
    for cost in state.costs.iter().filter(|c| start <= c.day && c.day < end && matches(&request["Filter"], c)) {
        let key = keys.iter().map(|key| of(cost, key)).collect();
        let sum = groups.entry((cost.day, key)).or_default();
        *sum = (sum.0.saturating_add(cost.unblended), sum.1.saturating_add(cost.amortized));
    }
    // A token is the place where the next page begins, and good for the same request only.
    let mut bare = request.clone();
    bare.as_object_mut().unwrap().remove("NextPageToken");
    let bare = bare.to_string();
    let from = match request["NextPageToken"].as_str() {
        None => 0,
        Some(token) => {
            let (place, of) = token.split_once('|').unwrap();
            if of != bare {
                return error(StatusCode::BAD_REQUEST, "RequestChangedException", "the request changed between pages");
            }
            place.parse().unwrap()
        }
    };
    let page: Vec<_> = groups.iter().skip(from).take(PAGE).collect();
    let metric = |amount: Amount| json!({ "Amount": amount.to_string(), "Unit": "USD" });
    let mut by_time = Vec::new();
    for day in (0..end - start).map(|i| start.plus(i)) {
        let of_day: Vec<Value> = page
            .iter()
            .filter(|((d, _), _)| *d == day)
            .map(|((_, keys), (unblended, amortized))| {
                json!({ "Keys": keys, "Metrics": { "UnblendedCost": metric(*unblended), "AmortizedCost": metric(*amortized) } })
            })
            .collect();
        by_time.push(json!({
            "TimePeriod": { "Start": day.to_string(), "End": day.plus(1).to_string() },
            "Estimated": state.estimated_from.is_some_and(|from| day >= from), "Groups": of_day, "Total": {},
        }));
    }
    let accounts: BTreeSet<&str> = state.costs.iter().map(|c| c.account).collect();
    let names: Vec<Value> = accounts
        .into_iter()
        .map(|a| json!({ "Value": a, "Attributes": { "description": format!("account {a}") } }))
        .collect();
    let mut out =
        json!({ "ResultsByTime": by_time, "DimensionValueAttributes": names, "GroupDefinitions": request["GroupBy"] });
    if from + PAGE < groups.len() {
        out["NextPageToken"] = format!("{}|{bare}", from + PAGE).into();
    }
    if state.fails == Fails::Restates {
        let cost = &mut state.costs[0];
        cost.unblended = cost.unblended.saturating_add(Amount::whole(5));
    }
    let mut text = out.to_string();
    if state.fails == Fails::CutsOff && third {
        text.truncate(text.len() / 2);
    }
    (StatusCode::OK, [("content-type", "application/x-amz-json-1.1")], text).into_response()
}

fn of(cost: &Cost, key: &str) -> String {
    match key {
        "LINKED_ACCOUNT" => cost.account.to_owned(),
        "SERVICE" => cost.service.to_owned(),
        "RECORD_TYPE" => cost.record_type.to_owned(),
        "USAGE_TYPE" => cost.usage_type.to_owned(),
        "team" => format!("team${}", cost.team),
        other => panic!("a test asks for {other}"),
    }
}

fn matches(filter: &Value, cost: &Cost) -> bool {
    if filter.is_null() {
        return true;
    }
    if let Some(all) = filter["And"].as_array() {
        return all.iter().all(|f| matches(f, cost));
    }
    let wanted = filter["Dimensions"]["Values"].as_array().unwrap();
    wanted.iter().any(|v| *v == of(cost, filter["Dimensions"]["Key"].as_str().unwrap()))
}
