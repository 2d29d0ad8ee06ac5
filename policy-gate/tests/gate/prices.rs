//! A newer price book, from servers that break off, throttle and page; and the status of budgets over HTTPS.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use crate::github::fixture;
use crate::support::gate_with;

const EC2: &[u8] = include_bytes!("../../../crates/prices/src/refresh/samples/aws-ec2-eu-central-1.csv");
const AZURE: &str = include_str!("../../../crates/prices/src/refresh/samples/azure-page.json");

/// What was asked, in order: path, range and authorization.
type Asked = Arc<Mutex<Vec<(String, Option<String>, Option<String>)>>>;

fn serve() -> (String, Asked) {
    let asked: Asked = Arc::default();
    let shared = Arc::clone(&asked);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            sender.send(format!("http://{address}")).unwrap();
            let app = Router::new().fallback(answer).with_state((shared, format!("http://{address}")));
            axum::serve(listener, app).await.unwrap();
        });
    });
    (receiver.recv().unwrap(), asked)
}

async fn answer(State((asked, own)): State<(Asked, String)>, uri: Uri, headers: HeaderMap) -> Response {
    let header = |name: &str| headers.get(name).map(|v| v.to_str().unwrap().to_owned());
    let before = {
        let mut asked = asked.lock().unwrap();
        asked.push((uri.to_string(), header("range"), header("authorization")));
        asked.iter().filter(|(path, ..)| *path == uri.to_string()).count()
    };
    match (uri.path(), before) {
        // It throttles, stops in the middle of a response, and continues.
        ("/offers/v1.0/aws/AmazonEC2/current/eu-central-1/index.csv", 1) => {
            (StatusCode::TOO_MANY_REQUESTS, "slow down").into_response()
        }
        ("/offers/v1.0/aws/AmazonEC2/current/eu-central-1/index.csv", 2) => {
            let half: Vec<u8> = EC2[..EC2.len() / 2].to_vec();
            // What was sent has to arrive before the connection goes.
            let pieces =
                futures::stream::iter(vec![Ok(half), Err(std::io::Error::other("gone"))]).then(async |piece| {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    piece
                });
            Response::builder().header("etag", "\"1\"").body(Body::from_stream(pieces)).unwrap()
        }
        ("/offers/v1.0/aws/AmazonEC2/current/eu-central-1/index.csv", _) => {
            let from = header("range").and_then(|r| r.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
            match from {
                Some(from) => (StatusCode::PARTIAL_CONTENT, [("etag", "\"1\"")], EC2[from..].to_vec()).into_response(),
                None => EC2.to_vec().into_response(),
            }
        }
        ("/api/retail/prices", _) if uri.query().unwrap().contains("skip") => {
            AZURE.replace("\"https://prices.azure.com/api/retail/prices?$skip=100\"", "null").into_response()
        }
        ("/api/retail/prices", _) => AZURE.replace("https://prices.azure.com", &own).into_response(),
        ("/v1/budgets", 1) => (StatusCode::BAD_GATEWAY, "").into_response(),
        ("/v1/budgets", _) => std::fs::read(fixture("budgets.json")).unwrap().into_response(),
        ("/token", _) => "{\"value\":\"signed-for-tollgate\"}".into_response(),
        _ => (StatusCode::FORBIDDEN, "").into_response(),
    }
}

#[test]
fn a_book_is_made_although_lists_break_off_and_is_used_by_the_policy() {
    let dir = tempfile::tempdir().unwrap();
    let (url, asked) = serve();
    let variables =
        [("TOLLGATE_AWS_PRICES", url.as_str()), ("TOLLGATE_AZURE_PRICES", &url), ("TOLLGATE_RETRY_MILLISECONDS", "1")];
    let refresh = |service: &str, region: &str| {
        gate_with(dir.path(), &["prices", "refresh", "--region", region, "--service", service], &variables, None)
    };
    let run = refresh("AmazonEC2,Virtual Machines", "eu-central-1,eastus");
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("refresh", run.stderr);
    let ranges: Vec<Option<String>> = asked.lock().unwrap().iter().map(|(_, range, _)| range.clone()).collect();
    assert_eq!(ranges[2], Some(format!("bytes={}-", EC2.len() / 2)));
    // Again: what was read today is not asked for again.
    let before = asked.lock().unwrap().len();
    assert!(refresh("AmazonEC2,Virtual Machines", "eu-central-1,eastus").stderr.contains("read before"));
    assert_eq!(asked.lock().unwrap().len(), before);
    // The policy file names it, and a newer price holds.
    std::fs::write(dir.path().join("tollgate.hcl"), "prices {\n book = \"prices.tsv.gz\"\n}\n").unwrap();
    let arguments = ["prices", "show", "aws/nat_gateway/nat-gateway", "--region", "eu-central-1"];
    let shown = gate_with(dir.path(), &arguments, &[], None);
    assert_eq!(shown.stdout, "aws/nat_gateway/nat-gateway  0.052  hours  2026-11-20\n", "{}", shown.stderr);
    // A service that is not understood, and a list that is not there.
    assert!(refresh("AmazonS4", "eu-central-1").stderr.contains("is not understood"));
    let gone = refresh("AmazonEKS", "eu-central-1");
    assert_eq!((gone.code, gone.stderr.contains("answered 403")), (2, true), "{}", gone.stderr);
}

#[test]
fn budgets_are_asked_for_with_proof_and_never_guessed() {
    let (url, asked) = serve();
    let check = |path: &str, auth: &str, more: &[(&str, &str)]| {
        let address = format!("{url}{path}");
        let arguments =
            ["check", "plan.json", "--config", "../tollgate.hcl", "--budgets", &address, "--budgets-auth", auth];
        let variables =
            [&[("TOLLGATE_RETRY_MILLISECONDS", "1"), ("TOLLGATE_NOW", "2026-11-22T06:00:00Z")], more].concat();
        gate_with(&fixture("after"), &arguments, &variables, None)
    };
    assert_eq!(check("/v1/budgets", "none", &[]).code, 0);
    let token = format!("{url}/token?x=1");
    let oidc = [("ACTIONS_ID_TOKEN_REQUEST_URL", token.as_str()), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-secret")];
    assert_eq!(check("/v1/budgets", "oidc", &oidc).code, 0);
    let last = asked.lock().unwrap().clone();
    let of_token = last.iter().find(|(path, ..)| path.starts_with("/token")).unwrap();
    assert!(of_token.0.contains("audience=http") && of_token.2.as_deref() == Some("Bearer request-secret"), "{last:?}");
    assert_eq!(last.last().unwrap().2.as_deref(), Some("Bearer signed-for-tollgate"));
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "wJalr"), ("AWS_REGION", "us-east-1")];
    assert_eq!(check("/v1/budgets", "iam", &keys).code, 0);
    let signed = asked.lock().unwrap().last().unwrap().2.clone().unwrap();
    let begin = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date";
    assert!(signed.starts_with(begin), "{signed}");
    // Who is refused, or lacks what proves them, has no verdict.
    for (path, auth, more) in [("/other", "none", &[][..]), ("/v1/budgets", "oidc", &[]), ("/v1/budgets", "iam", &[])] {
        let run = check(path, auth, more);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(!run.stderr.contains("secret"), "{}", run.stderr);
    }
    let plain = gate_with(
        &fixture("after"),
        &["check", "plan.json", "--config", "../tollgate.hcl", "--budgets", "http://example.com/x"],
        &[],
        None,
    );
    assert!(plain.code == 2 && plain.stderr.contains("is not an https:// address"), "{}", plain.stderr);
}
