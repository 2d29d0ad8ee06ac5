//! AWS clients that speak to servers on this machine, and a proxy between them that fails as AWS does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType,
};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What all clients of a server share.
pub(crate) fn shared(url: &str) -> aws_types::SdkConfig {
    let keys = Credentials::new("test", "test", None, None, "tests");
    aws_types::SdkConfig::builder()
        .region(Region::new(REGION))
        .credentials_provider(aws_types::sdk_config::SharedCredentialsProvider::new(keys))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(url)
        .build()
}

/// The region of all tests.
pub(crate) const REGION: &str = "us-east-1";

pub(crate) fn dynamodb(url: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .endpoint_url(url)
        .retry_config(
            RetryConfig::standard().with_max_attempts(8).with_initial_backoff(std::time::Duration::from_millis(5)),
        )
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// The ledger's table, as infra/template.yaml has it.
pub(crate) async fn create_table(client: &Client, name: &str) {
    let element = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap();
    let text = |name: &str| {
        AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name(tollgate_ledger::dynamodb::INDEX)
        .key_schema(element("i1pk", KeyType::Hash))
        .key_schema(element("i1sk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::All).build())
        .build()
        .unwrap();
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "i1pk", "i1sk"].map(text).into()))
        .key_schema(element("pk", KeyType::Hash))
        .key_schema(element("sk", KeyType::Range))
        .global_secondary_indexes(index)
        .stream_specification(
            StreamSpecification::builder()
                .stream_enabled(true)
                .stream_view_type(StreamViewType::KeysOnly)
                .build()
                .unwrap(),
        )
        .send()
        .await
        .unwrap();
    for _ in 0..100 {
        let about = client.describe_table().table_name(name).send().await.unwrap();
        if about.table.and_then(|t| t.table_status).is_some_and(|s| s.as_str() == "ACTIVE") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the table {name} does not become active");
}

/// What a proxy does to requests, by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Every third request is throttled before it is done.
    Throttles,
    /// Every third request is done, and its answer lost.
    LosesAnswers,
    /// Of every batch of writes, the later half is not taken.
    TakesHalf,
    /// Every third transaction is in the way of another.
    Conflicts,
    /// Every request is throttled.
    Never,
}

/// A server between a client and DynamoDB that fails.
pub(crate) struct Proxy {
    pub(crate) url: String,
    failed: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    pub(crate) async fn start(target: &str, fault: Fault) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (failed, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (target, counter, client) = (target.to_owned(), failed.clone(), reqwest::Client::new());
        let app = axum::Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let (target, counter, seen, client) = (target.clone(), counter.clone(), seen.clone(), client.clone());
            async move {
                let number = seen.fetch_add(1, Ordering::SeqCst);
                answer(fault, number, &counter, &Passing { target, client }, headers, body).await
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, failed, task }
    }

    /// How many requests it made fail.
    pub(crate) fn failed(&self) -> usize {
        self.failed.load(Ordering::SeqCst)
    }
}

/// Where requests are passed on to.
struct Passing {
    target: String,
    client: reqwest::Client,
}

impl Passing {
    async fn on(&self, headers: &HeaderMap, body: Bytes) -> (StatusCode, Bytes) {
        let mut request = self.client.post(&self.target).body(body);
        for (name, value) in headers {
            if name != "host" && name != "content-length" {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.unwrap();
        (StatusCode::from_u16(answer.status().as_u16()).unwrap(), answer.bytes().await.unwrap())
    }
}

async fn answer(
    fault: Fault,
    number: usize,
    failed: &AtomicUsize,
    passing: &Passing,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let operation = headers.get("x-amz-target").map(|t| t.to_str().unwrap().to_owned()).unwrap_or_default();
    let third = number % 3 == 1;
    let error = |code: &str, more: Value| {
        failed.fetch_add(1, Ordering::SeqCst);
        let mut text = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "a test" });
        if let (Some(text), Value::Object(more)) = (text.as_object_mut(), more) {
            text.extend(more);
        }
        (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], text.to_string()).into_response()
    };
    match fault {
        Fault::Never => return error("ProvisionedThroughputExceededException", Value::Null),
        Fault::Throttles if third => return error("ProvisionedThroughputExceededException", Value::Null),
        Fault::Conflicts if operation.ends_with(".TransactWriteItems") && third => {
            let count = serde_json::from_slice::<Value>(&body).unwrap()["TransactItems"].as_array().unwrap().len();
            let reasons: Vec<Value> = (0..count).map(|_| json!({ "Code": "TransactionConflict" })).collect();
            return error("TransactionCanceledException", json!({ "CancellationReasons": reasons }));
        }
        Fault::TakesHalf if operation.ends_with(".BatchWriteItem") => {
            let mut request: Value = serde_json::from_slice(&body).unwrap();
            let mut left = serde_json::Map::new();
            for (table, writes) in request["RequestItems"].as_object_mut().unwrap() {
                let writes = writes.as_array_mut().unwrap();
                let rest = writes.split_off(writes.len().div_ceil(2));
                if !rest.is_empty() {
                    left.insert(table.clone(), rest.into());
                }
            }
            failed.fetch_add(usize::from(!left.is_empty()), Ordering::SeqCst);
            let (status, answer) = passing.on(&headers, request.to_string().into()).await;
            let mut answer: Value = serde_json::from_slice(&answer).unwrap();
            answer["UnprocessedItems"] = left.into();
            return (status, [("content-type", "application/x-amz-json-1.0")], answer.to_string()).into_response();
        }
        _ => {}
    }
    let (status, answer) = passing.on(&headers, body).await;
    if fault == Fault::LosesAnswers && third {
        failed.fetch_add(1, Ordering::SeqCst);
        return (StatusCode::INTERNAL_SERVER_ERROR, "").into_response();
    }
    (status, [("content-type", "application/x-amz-json-1.0")], answer).into_response()
}
