//! What stands between the command line and moto: CloudWatch, Compute Optimizer and Cost Optimization Hub, which moto lacks or speaks
//! another protocol for, and that kills the caller before or after any of its calls.
//!
//! Written from the API references of the three and from "Smithy RPC v2 CBOR protocol". Read 2026-11-22.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ciborium::Value as Cbor;
use serde_json::{Value, json};

use crate::recorder::pass;

/// What EC2 says to a call with `DryRun` that it would have made.
const WOULD: &str = "<Response><Errors><Error><Code>DryRunOperation</Code><Message>Request would have succeeded, but DryRun flag is \
                     set.</Message></Error></Errors><RequestID>1</RequestID></Response>";

/// When the caller is killed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Death {
    /// The call, from 0.
    pub(crate) call: usize,
    /// Before the provider has it, or after.
    pub(crate) after: bool,
}

#[derive(Default)]
struct Inside {
    /// Values by the hour since 1970, of metrics by name and the value of their dimension.
    metrics: BTreeMap<(String, String), BTreeMap<i64, f64>>,
    alarms: BTreeMap<String, String>,
    compute_optimizer: Option<Vec<Value>>,
    hub: Option<Vec<Value>>,
    calls: Vec<String>,
    victim: Option<(u32, Death)>,
    failing: Option<String>,
}

/// An account, as far as moto and this file go.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
}

impl Gateway {
    pub(crate) async fn start(moto: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let out = Self { url, inside: Arc::default() };
        let (own, moto, client) = (out.clone(), moto.to_owned(), reqwest::Client::new());
        let app = axum::Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (own, moto, client) = (own.clone(), moto.clone(), client.clone());
            async move { own.answer(&client, &moto, method, uri, headers, body).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        out
    }

    async fn answer(
        &self,
        client: &reqwest::Client,
        moto: &str,
        method: Method,
        uri: Uri,
        headers: HeaderMap,
        body: Bytes,
    ) -> Response {
        let mut name = operation(&method, &uri, &headers, &body);
        let asks = name.starts_with("ec2:") && String::from_utf8_lossy(&body).contains("DryRun=true");
        // moto does what it is only asked for here.
        let moto_would_do_it = name == "ec2:DeleteNatGateway";
        if asks {
            name += " (asked)";
        }
        let (dies, fails) = {
            let mut inside = self.inside.lock().unwrap();
            let number = inside.calls.len();
            let dies = inside.victim.filter(|(_, death)| death.call == number);
            if dies.is_some_and(|(_, death)| !death.after) {
                // It never arrives.
                inside.calls.push(format!("{name} (lost)"));
            } else {
                inside.calls.push(name.clone());
            }
            (dies, inside.failing.as_ref().is_some_and(|f| *f == name))
        };
        if let Some((process, death)) = dies
            && !death.after
        {
            kill(process);
            return StatusCode::BAD_GATEWAY.into_response();
        }
        let answer = match name.as_str() {
            _ if fails => (StatusCode::SERVICE_UNAVAILABLE, "").into_response(),
            _ if asks && moto_would_do_it => (StatusCode::PRECONDITION_FAILED, WOULD).into_response(),
            n if n.starts_with("monitoring:") => self.cloudwatch(n, &body),
            n if n.starts_with("compute-optimizer:") => self.compute_optimizer(&body),
            n if n.starts_with("cost-optimization-hub:") => self.hub(&body),
            _ => pass(client, moto, method, &uri, &headers, body).await,
        };
        if let Some((process, _)) = dies {
            kill(process);
        }
        answer
    }

    /// A metric of the hours from the first on.
    pub(crate) fn metric(&self, name: &str, of: &str, first_hour: i64, values: impl IntoIterator<Item = f64>) {
        let values = values.into_iter().enumerate().map(|(n, v)| (first_hour + i64::try_from(n).unwrap(), v)).collect();
        self.inside.lock().unwrap().metrics.insert((name.to_owned(), of.to_owned()), values);
    }

    pub(crate) fn alarm(&self, name: &str, state: &str) {
        self.inside.lock().unwrap().alarms.insert(name.to_owned(), state.to_owned());
    }

    /// What the two advise; `None`: they are not enabled.
    pub(crate) fn advises(&self, compute_optimizer: Option<Vec<Value>>, hub: Option<Vec<Value>>) {
        let mut inside = self.inside.lock().unwrap();
        (inside.compute_optimizer, inside.hub) = (compute_optimizer, hub);
    }

    /// From now on an operation is answered by an error of the server.
    pub(crate) fn fail(&self, operation: Option<&str>) {
        self.inside.lock().unwrap().failing = operation.map(str::to_owned);
    }

    /// Kills a process at one of the calls that are made from now on.
    pub(crate) fn kills(&self, process: u32, death: Death) {
        self.inside.lock().unwrap().victim = Some((process, death));
    }

    /// Calls since the last time, and nobody is killed any more.
    pub(crate) fn calls(&self) -> Vec<String> {
        let mut inside = self.inside.lock().unwrap();
        inside.victim = None;
        std::mem::take(&mut inside.calls)
    }

    fn cloudwatch(&self, name: &str, body: &Bytes) -> Response {
        let asked: Cbor = ciborium::from_reader(body.as_ref()).unwrap();
        let inside = self.inside.lock().unwrap();
        let text = |t: &str| Cbor::Text(t.to_owned());
        let map = |pairs: Vec<(&str, Cbor)>| Cbor::Map(pairs.into_iter().map(|(k, v)| (text(k), v)).collect());
        let answer = match name {
            "monitoring:GetMetricData" => {
                let queries = array(get(&asked, "MetricDataQueries"));
                assert!(queries.len() <= 500, "{} queries", queries.len());
                let (from, to) = (seconds(get(&asked, "StartTime")), seconds(get(&asked, "EndTime")));
                // Half of them a page, so that pages are followed.
                let start: usize = string(get(&asked, "NextToken")).parse().unwrap_or(0);
                let half = queries.len().div_ceil(2).max(1);
                let results = queries.iter().skip(start).take(half).map(|query| {
                    let metric = get(get(query, "MetricStat"), "Metric");
                    let of =
                        array(get(metric, "Dimensions")).first().map(|d| string(get(d, "Value"))).unwrap_or_default();
                    let known = inside.metrics.get(&(string(get(metric, "MetricName")), of));
                    let within = known.into_iter().flatten().filter(|(h, _)| (from..to).contains(&(**h * 3600)));
                    let (times, values): (Vec<Cbor>, Vec<Cbor>) = within
                        .map(|(h, v)| (Cbor::Tag(1, Box::new(Cbor::Integer((h * 3600).into()))), Cbor::Float(*v)))
                        .unzip();
                    map(vec![
                        ("Id", get(query, "Id").clone()),
                        ("Timestamps", Cbor::Array(times)),
                        ("Values", Cbor::Array(values)),
                        ("StatusCode", text("Complete")),
                    ])
                });
                let mut out = vec![("MetricDataResults", Cbor::Array(results.collect()))];
                if start + half < queries.len() {
                    out.push(("NextToken", text(&(start + half).to_string())));
                }
                map(out)
            }
            "monitoring:DescribeAlarms" => {
                let names = array(get(&asked, "AlarmNames")).iter().map(string).collect::<Vec<_>>();
                let found = inside.alarms.iter().filter(|(name, _)| names.contains(name));
                let alarm = |(n, s): (&String, &String)| map(vec![("AlarmName", text(n)), ("StateValue", text(s))]);
                map(vec![
                    ("MetricAlarms", Cbor::Array(found.map(alarm).collect())),
                    ("CompositeAlarms", Cbor::Array(vec![])),
                ])
            }
            "monitoring:GetMetricStatistics" => {
                let (from, to) = (seconds(get(&asked, "StartTime")), seconds(get(&asked, "EndTime")));
                let of = array(get(&asked, "Dimensions")).first().map(|d| string(get(d, "Value"))).unwrap_or_default();
                let known = inside.metrics.get(&(string(get(&asked, "MetricName")), of));
                let within = known.into_iter().flatten().filter(|(h, _)| (from..=to).contains(&(**h * 3600)));
                let points = within.map(|(_, v)| map(vec![("Sum", Cbor::Float(*v))]));
                map(vec![("Datapoints", Cbor::Array(points.collect()))])
            }
            other => panic!("no CloudWatch here does {other}"),
        };
        let mut out = Vec::new();
        ciborium::into_writer(&answer, &mut out).unwrap();
        ([("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], out).into_response()
    }

    fn compute_optimizer(&self, body: &Bytes) -> Response {
        let asked: Cbor = ciborium::from_reader(body.as_ref()).unwrap_or(Cbor::Null);
        let start: usize = string(get(&asked, "nextToken")).parse().unwrap_or(0);
        let (status, answer) = match &self.inside.lock().unwrap().compute_optimizer {
            Some(all) => (StatusCode::OK, a_page(all, start, "instanceRecommendations")),
            None => (StatusCode::BAD_REQUEST, json!({ "__type": "OptInRequiredException", "message": "opt in first" })),
        };
        let mut out = Vec::new();
        ciborium::into_writer(&answer, &mut out).unwrap();
        (status, [("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], out).into_response()
    }

    fn hub(&self, body: &Bytes) -> Response {
        match &self.inside.lock().unwrap().hub {
            Some(all) => {
                let asked: Value = serde_json::from_slice(body).unwrap();
                let start = asked["nextToken"].as_str().and_then(|t| t.parse().ok()).unwrap_or(0);
                let page = a_page(all, start, "items").to_string();
                ([("content-type", "application/x-amz-json-1.0")], page).into_response()
            }
            None => {
                let said = json!({
                    "__type": "AccessDeniedException",
                    "message": "AWS account is not enrolled for recommendations.",
                });
                (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], said.to_string())
                    .into_response()
            }
        }
    }
}

/// One thing a page, so that pages are followed.
fn a_page(all: &[Value], start: usize, name: &str) -> Value {
    let mut out = json!({ name: all.iter().skip(start).take(1).collect::<Vec<_>>() });
    if start + 1 < all.len() {
        out["nextToken"] = (start + 1).to_string().into();
    }
    out
}

fn kill(process: u32) {
    let status = std::process::Command::new("kill").args(["-9", &process.to_string()]).status();
    assert!(status.is_ok());
}

fn get<'v>(of: &'v Cbor, name: &str) -> &'v Cbor {
    const NOTHING: &Cbor = &Cbor::Null;
    let Cbor::Map(pairs) = of else { return NOTHING };
    pairs.iter().find(|(k, _)| k.as_text() == Some(name)).map_or(NOTHING, |(_, v)| v)
}

fn array(of: &Cbor) -> &[Cbor] {
    of.as_array().map_or(&[], Vec::as_slice)
}

fn string(of: &Cbor) -> String {
    of.as_text().unwrap_or_default().to_owned()
}

fn seconds(of: &Cbor) -> i64 {
    match of {
        Cbor::Tag(1, inner) => seconds(inner),
        Cbor::Integer(n) => i128::from(*n).try_into().unwrap(),
        Cbor::Float(f) => *f as i64,
        other => panic!("{other:?} is no instant"),
    }
}

/// `ec2:DeleteVolume` of a request, whatever the protocol.
pub(crate) fn operation(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> String {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let scope = text("authorization").split("Credential=").nth(1).unwrap_or_default();
    let service = scope.split('/').nth(3).unwrap_or_default();
    let target = text("x-amz-target").rsplit('.').next().unwrap_or_default();
    let path = uri.path();
    let query = uri.query().unwrap_or_default();
    let body = String::from_utf8_lossy(body);
    let action = || body.split('&').find_map(|p| p.strip_prefix("Action=")).unwrap_or_default().to_owned();
    let name = match (service, method.as_str()) {
        _ if path.contains("/operation/") => path.rsplit('/').next().unwrap_or_default().to_owned(),
        ("s3", "PUT") if query.contains("lifecycle") => "PutBucketLifecycleConfiguration".to_owned(),
        ("s3", "DELETE") if query.contains("lifecycle") => "DeleteBucketLifecycle".to_owned(),
        ("s3", _) => format!("{method}?{}", query.split(['=', '&']).next().unwrap_or_default()),
        ("lambda", "PUT") if path.ends_with("/configuration") => "UpdateFunctionConfiguration".to_owned(),
        ("lambda", _) => format!("{method} {}", path.rsplit('/').next().unwrap_or_default()),
        ("scheduler", "POST") => "CreateSchedule".to_owned(),
        ("scheduler", "DELETE") => "DeleteSchedule".to_owned(),
        ("scheduler", _) => "GetSchedule".to_owned(),
        _ if !target.is_empty() => target.to_owned(),
        _ => action(),
    };
    format!("{service}:{name}")
}
