//! A server between a function and AWS: it notes which permissions each request needs, and sends Cost Explorer's to a fake.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// What one function asked for.
#[derive(Clone)]
pub(crate) struct Recorder {
    pub(crate) url: String,
    seen: Arc<Mutex<BTreeSet<String>>>,
    written: Arc<Mutex<BTreeSet<String>>>,
    failing: Arc<Mutex<Option<String>>>,
}

impl Recorder {
    /// Between a function, `moto`, and a Cost Explorer where there is one.
    pub(crate) async fn start(moto: &str, cost_explorer: Option<&str>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let recorder = Self { url, seen: Default::default(), written: Default::default(), failing: Default::default() };
        let (own, moto, costs) = (recorder.clone(), moto.to_owned(), cost_explorer.map(str::to_owned));
        let client = reqwest::Client::new();
        let app = axum::Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (own, moto, costs, client) = (own.clone(), moto.clone(), costs.clone(), client.clone());
            async move {
                let needed = permissions(&method, &uri, &headers, &body);
                own.seen.lock().unwrap().extend(needed.iter().cloned());
                own.written.lock().unwrap().extend(written(&headers, &body));
                if own.failing.lock().unwrap().as_ref().is_some_and(|f| needed.contains(f)) {
                    return (StatusCode::INTERNAL_SERVER_ERROR, "").into_response();
                }
                let target = match &costs {
                    Some(costs) if needed.iter().any(|p| p.starts_with("ce:")) => costs,
                    _ => &moto,
                };
                pass(&client, target, method, &uri, &headers, body).await
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        recorder
    }

    /// From now on every request that needs a permission ends in an error of the server; `None` ends that.
    pub(crate) fn fail(&self, permission: Option<&str>) {
        *self.failing.lock().unwrap() = permission.map(str::to_owned);
    }

    /// Partition keys of items that were written so far.
    pub(crate) fn written(&self) -> BTreeSet<String> {
        self.written.lock().unwrap().clone()
    }

    /// Permissions that were needed so far.
    pub(crate) fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().clone()
    }
}

pub(crate) async fn pass(
    client: &reqwest::Client,
    target: &str,
    method: Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path_and_query().map_or("/", |p| p.as_str());
    let method = reqwest::Method::from_bytes(method.as_str().as_bytes()).unwrap();
    let mut request = client.request(method.clone(), format!("{target}{path}"));
    for (name, value) in headers {
        if name != "host" && name != "content-length" {
            request = request.header(name.as_str(), value.as_bytes());
        }
    }
    // moto waits for a form when a body has no type.
    if !headers.contains_key("content-type") {
        request = request.header("content-type", "application/octet-stream");
    }
    let answer = request.body(body).send().await.unwrap();
    let mut response = Response::builder().status(answer.status().as_u16());
    for (name, value) in answer.headers() {
        let hop = ["transfer-encoding", "connection"].contains(&name.as_str());
        // For HEAD, only the header has the length of the body.
        if !hop && (name != "content-length" || method == reqwest::Method::HEAD) {
            response = response.header(name.as_str(), value.as_bytes());
        }
    }
    response.body(axum::body::Body::from(answer.bytes().await.unwrap())).unwrap()
}

/// What IAM asks for a request. Source: Service Authorization Reference, and for S3 "Required permissions for Amazon S3 API
/// operations".
fn permissions(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Vec<String> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let scope = text("authorization").split("Credential=").nth(1).unwrap_or_default();
    let service = scope.split('/').nth(3).unwrap_or_default();
    let operation = text("x-amz-target").rsplit('.').next().unwrap_or_default();
    let body_text = String::from_utf8_lossy(body);
    let one = |name: &str| vec![name.to_owned()];
    match service {
        "dynamodb" if operation == "TransactWriteItems" => {
            let actions = [
                ("Put", "PutItem"),
                ("Update", "UpdateItem"),
                ("Delete", "DeleteItem"),
                ("ConditionCheck", "ConditionCheckItem"),
            ];
            let used = actions.iter().filter(|(key, _)| body_text.contains(&format!("{{\"{key}\":")));
            used.map(|(_, action)| format!("dynamodb:{action}")).collect()
        }
        "s3" => s3(method, uri, text("x-amz-copy-source")),
        "sns" | "sts" => {
            let action = body_text.split('&').find_map(|p| p.strip_prefix("Action=")).unwrap_or_default();
            vec![format!("{service}:{action}")]
        }
        "ses" => one("ses:SendEmail"),
        "ec2"
        | "rds"
        | "elasticloadbalancing"
        | "monitoring"
        | "lambda"
        | "scheduler"
        | "compute-optimizer"
        | "cost-optimization-hub" => {
            let name = crate::gateway::operation(method, uri, headers, body);
            vec![name.replace("monitoring:", "cloudwatch:").replace("lambda:GET functions", "lambda:ListFunctions")]
        }
        "tagging" => vec![format!("tag:{operation}")],
        "" => panic!("a request that is not signed: {method} {uri}"),
        _ => one(&format!("{service}:{operation}")),
    }
}

/// The partition keys of what a request writes to a table.
fn written(headers: &HeaderMap, body: &Bytes) -> BTreeSet<String> {
    let target = headers.get("x-amz-target").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mut out = BTreeSet::new();
    if target.starts_with("DynamoDB_")
        && !["GetItem", "Query", "BatchGetItem"].iter().any(|read| target.ends_with(&format!(".{read}")))
    {
        keys(&serde_json::from_slice(body).unwrap_or_default(), &mut out);
    }
    out
}

/// Every `Key` and `Item` of a request, however deep.
fn keys(value: &serde_json::Value, out: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            for (name, member) in members {
                if matches!(name.as_str(), "Key" | "Item") {
                    out.extend(member["pk"]["S"].as_str().map(str::to_owned));
                }
                keys(member, out);
            }
        }
        serde_json::Value::Array(all) => all.iter().for_each(|v| keys(v, out)),
        _ => {}
    }
}

fn s3(method: &Method, uri: &Uri, copied: &str) -> Vec<String> {
    let query = uri.query().unwrap_or_default();
    let names: &[&str] = match method.as_str() {
        "GET" if query.starts_with("lifecycle") => &["s3:GetLifecycleConfiguration"],
        "GET" if query.starts_with("versioning") => &["s3:GetBucketVersioning"],
        "GET" if query.starts_with("tagging") => &["s3:GetBucketTagging"],
        "GET" if query.starts_with("uploads") => &["s3:ListBucketMultipartUploads"],
        "GET" if query.contains("bucket-region") => &["s3:ListAllMyBuckets"],
        "GET" if query.contains("list-type") => &["s3:ListBucket"],
        "GET" | "HEAD" => &["s3:GetObject"],
        "DELETE" if query.contains("uploadId") => &["s3:AbortMultipartUpload"],
        "DELETE" => &["s3:DeleteObject"],
        "POST" if query.contains("delete") => &["s3:DeleteObject"],
        "PUT" if !copied.is_empty() => &["s3:GetObject", "s3:PutObject"],
        _ => &["s3:PutObject"],
    };
    names.iter().map(|n| (*n).to_owned()).collect()
}
