//! Stores that fail for a while: each ends an import with a clear error, the current month stays, and it works again afterwards.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tollgate_lake::{Lake, S3Place};
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{DynamoTable, Ledger, SqliteTable};
use tollgate_pipeline::{Context, IngestReport, PipelineError, State, check_store, ingest, open_files, sql};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;

use crate::aws::{Fault, Proxy, create_table, dynamodb};
use crate::recorder::pass;
use crate::servers::{Server, moto};
use crate::support::{NOW, Store, focus, options};

/// What a server between the lake and S3 does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    Nothing,
    /// Writes are throttled.
    Writes,
    /// Lists end in the middle of their text.
    Lists,
    /// Objects end after half of their bytes, and the connection with them.
    Reads,
}

struct FailingS3 {
    url: String,
    outage: Arc<Mutex<Outage>>,
}

impl FailingS3 {
    async fn start(target: &str) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let outage = Arc::new(Mutex::new(Outage::Nothing));
        let (known, target, client) = (Arc::clone(&outage), target.to_owned(), reqwest::Client::new());
        let app = axum::Router::new().fallback(move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let (known, target, client) = (Arc::clone(&known), target.clone(), client.clone());
            async move {
                let outage = *known.lock().unwrap();
                let is_list = uri.query().is_some_and(|q| q.contains("list-type"));
                if outage == Outage::Writes && (method == Method::PUT || method == Method::POST) {
                    let text =
                        "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
                    return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
                }
                let cut = match outage {
                    Outage::Lists => is_list,
                    Outage::Reads => method == Method::GET && !is_list,
                    Outage::Nothing | Outage::Writes => false,
                };
                let answer = pass(&client, &target, method, &uri, &headers, body).await;
                if cut { half(answer, is_list).await } else { answer }
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, outage }
    }

    fn set(&self, outage: Outage) {
        *self.outage.lock().unwrap() = outage;
    }
}

/// The first half of an answer: as if it were all, or with the connection cut in the middle.
async fn half(answer: Response, as_if_all: bool) -> Response {
    let (mut parts, body) = answer.into_parts();
    let whole = to_bytes(body, usize::MAX).await.unwrap();
    let first = whole.slice(..whole.len() / 2);
    parts.headers.remove("content-length");
    if as_if_all {
        return Response::from_parts(parts, Body::from(first));
    }
    parts.headers.insert("content-length", whole.len().into());
    let cut = [Ok(first), Err(std::io::Error::other("cut"))];
    Response::from_parts(parts, Body::from_stream(futures::stream::iter(cut)))
}

async fn bucket(server: &Server, name: &str) {
    reqwest::Client::new().put(format!("{}/{name}", server.url)).send().await.unwrap().error_for_status().unwrap();
}

/// A context over a table and a bucket, each by the address that is given.
fn over(table: &str, s3: &str, name: &str) -> Context {
    let clock = TestClock::at(NOW);
    let ledger = Ledger::new(Arc::new(DynamoTable::new(dynamodb(table), name, clock.clone(), "test")), "test");
    let policy = Arc::new(Policy::parse("test.hcl", "").unwrap());
    let place = S3Place {
        bucket: name.to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(s3.to_owned()),
        credentials: ("test".to_owned(), "test".to_owned(), None),
        rotating: None,
    };
    Context { state: State { ledger, policy, clock, run: "test".into() }, lake: Lake::s3(&place).unwrap() }
}

async fn import(context: &Context, cost: &str) -> Result<IngestReport, PipelineError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, focus(&[("2026-10-01", "EC2", cost, "Usage"), ("2026-10-02", "S3", "2", "Usage")])).unwrap();
    ingest(context, open_files(&[path], &ReadOptions::default())?, &options(), Arc::new(|_, _, _| {})).await
}

async fn total(context: &Context) -> Result<String, PipelineError> {
    let answer = sql(context, "select cast(sum(BilledCost) as bigint) from charges").await?;
    Ok(format!("{:?}", answer.rows[0][0]))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_bucket_that_fails_changes_nothing() {
    let server = moto();
    bucket(&server, "outage").await;
    create_table(&dynamodb(&server.url), "outage").await;
    let s3 = FailingS3::start(&server.url).await;
    let context = over(&server.url, &s3.url, "outage");
    import(&context, "1").await.unwrap();
    let before = total(&context).await.unwrap();

    s3.set(Outage::Writes);
    let error = import(&context, "5").await.unwrap_err().to_string();
    assert!(error.contains("SlowDown") || error.contains("503"), "{error}");
    assert_eq!(total(&context).await.unwrap(), before);

    s3.set(Outage::Reads);
    assert!(total(&context).await.is_err());

    s3.set(Outage::Lists);
    assert!(check_store(&context, true).await.is_err(), "half a list is no list");

    s3.set(Outage::Nothing);
    assert_eq!(total(&context).await.unwrap(), before);
    assert!(check_store(&context, true).await.unwrap().is_intact());
    import(&context, "5").await.unwrap();
    assert_ne!(total(&context).await.unwrap(), before);
    let check = check_store(&context, false).await.unwrap();
    assert!(check.is_intact(), "{check:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs moto: run `cargo xtask test`"]
async fn a_table_that_throttles_changes_nothing() {
    let server = moto();
    bucket(&server, "throttled").await;
    create_table(&dynamodb(&server.url), "throttled").await;
    let context = over(&server.url, &server.url, "throttled");
    import(&context, "1").await.unwrap();
    let before = total(&context).await.unwrap();
    // Now and then: it is tried again. Always: it is an error that names the store as busy.
    let now_and_then = Proxy::start(&server.url, Fault::Throttles).await;
    import(&over(&now_and_then.url, &server.url, "throttled"), "1").await.unwrap();
    let always = Proxy::start(&server.url, Fault::Never).await;
    let error = import(&over(&always.url, &server.url, "throttled"), "5").await.unwrap_err();
    assert!(error.retryable() && error.to_string().contains("busy"), "{error}");
    assert_eq!(total(&context).await.unwrap(), before);
    import(&context, "5").await.unwrap();
    assert_ne!(total(&context).await.unwrap(), before);
}

/// The last import decides, whatever the clock of its machine; no current content counts as old.
#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_lose_nothing() {
    let store = Store::new();
    let with_clock = |seconds: i64| {
        let clock = TestClock::at(NOW + seconds);
        let table = SqliteTable::open(&store.folder.path().join("ledger.db"), clock.clone()).unwrap();
        let state = State { ledger: Ledger::new(Arc::new(table), "test"), clock, ..store.context.state.clone() };
        Context { state, lake: Lake::folder(&store.folder.path().join("lake")).unwrap() }
    };
    import(&store.context, "1").await.unwrap();
    for (seconds, cost, sum) in [(-3_600, "5", "7"), (30 * 86_400, "6", "8"), (-86_400, "7", "9"), (0, "6", "8")] {
        let context = with_clock(seconds);
        import(&context, cost).await.unwrap();
        assert_eq!(total(&context).await.unwrap(), format!("Number({sum:?})"), "{seconds}");
        assert!(check_store(&context, true).await.unwrap().is_intact(), "{seconds}");
    }
    assert!(check_store(&store.context, false).await.unwrap().is_intact());
}

/// Another process holds the file for longer than is waited: the error says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_locked_changes_nothing() {
    let store = Store::new();
    import(&store.context, "1").await.unwrap();
    let other = rusqlite::Connection::open(store.folder.path().join("ledger.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = import(&store.context, "5").await.unwrap_err();
    assert!(error.retryable() && error.to_string().contains("busy"), "{error}");
    assert_eq!(total(&store.context).await.unwrap(), "Number(\"3\")");
    // A short lock is waited for.
    let unlocks = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        other.execute_batch("COMMIT").unwrap();
    });
    import(&store.context, "5").await.unwrap();
    unlocks.join().unwrap();
    assert_eq!(total(&store.context).await.unwrap(), "Number(\"7\")");
}
