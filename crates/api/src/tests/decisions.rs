//! Decisions: the rules are those of the chat, and the audit log names the caller and the way.

use serde_json::{Value, json};
use tollgate_model::budget::BudgetExport;
use tollgate_model::hash::sha256_of;

use super::support::{GATE_TOKEN, Served};

async fn propose(served: &Served, caller: &str, risk: &str, title: &str) -> (String, String) {
    let body = json!({ "title": title, "steps": ["do it"], "risk": risk }).to_string();
    let got = served.post("/v1/plans", caller, &body).await;
    assert_eq!(got.status, 201, "{got:?}");
    let plan = got.json();
    let id = plan["plan"]["id"].as_str().unwrap().to_owned();
    assert_eq!(got.header("location"), format!("/v1/plans/{id}"));
    (id, plan["hash"].as_str().unwrap().to_owned())
}

async fn decide(served: &Served, caller: &str, id: &str, hash: &str) -> (u16, Value) {
    let got = served.post(&format!("/v1/plans/{id}/approve"), caller, &json!({ "hash": hash }).to_string()).await;
    (got.status, got.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_counts_for_the_plan_that_was_read_and_not_by_its_requester() {
    let served = Served::start().await;
    let (id, hash) = propose(&served, "alpha/approver/bob", "medium", "Smaller database").await;
    let (status, body) = decide(&served, "alpha/approver/bob", &id, &hash).await;
    assert!(status == 409 && body["detail"].as_str().unwrap().contains("you requested it"), "{body}");
    let (status, body) = decide(&served, "alpha/approver/ann", &id, &"0".repeat(64)).await;
    assert!(status == 409 && body["detail"].as_str().unwrap().contains("the hash is not that of"), "{body}");
    let (status, body) = decide(&served, "alpha/approver/eve", &id, &hash).await;
    assert!(
        status == 409 && body["detail"].as_str().unwrap().contains("eve is not a person of tollgate.hcl"),
        "{body}"
    );
    let (status, body) = decide(&served, "alpha/approver/ann", &id, &hash).await;
    assert_eq!((status, &body["is"]), (200, &json!("approved")));
    // The plan of one tenant is none of the other.
    assert_eq!(decide(&served, "beta/approver/ann", &id, &hash).await.0, 404);
    let log = served.read("/v1/audit?limit=1").await;
    let entry = &log["items"][0];
    assert_eq!(
        (&entry["actor"], &entry["action"], &entry["via"]),
        (&json!("ann"), &json!("approved"), &json!("API, key k1"))
    );
    assert!(entry["run"].as_str().unwrap().starts_with("r-"), "the entry has the id of its request: {entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn high_risk_needs_two_people() {
    let served = Served::start().await;
    let (id, hash) = propose(&served, "alpha/engineer/carl", "high", "Delete the archive").await;
    let (status, body) = decide(&served, "alpha/approver/ann", &id, &hash).await;
    assert_eq!((status, &body["is"]), (200, &json!("endorsed")));
    let (status, body) = decide(&served, "alpha/admin/ann", &id, &hash).await;
    assert!(status == 409 && body["detail"].as_str().unwrap().contains("already approved"), "{body}");
    let (status, body) = decide(&served, "alpha/approver/bob", &id, &hash).await;
    assert_eq!((status, &body["is"]), (200, &json!("approved")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_twice_makes_one_plan() {
    let served = Served::start().await;
    let send = async |key: &str| {
        let headers = [("x-caller", "alpha/engineer"), ("content-type", "application/json"), ("idempotency-key", key)];
        let body = r#"{"title": "Once", "steps": ["do it"], "risk": "low"}"#;
        served.send("POST", "/v1/plans", &headers, body).await.json()["plan"]["id"].clone()
    };
    assert_eq!(send("k-1").await, send("k-1").await);
    assert_ne!(send("k-1").await, send("k-2").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_is_pushed_is_in_the_audit_log_with_its_hash() {
    let served = Served::start().await;
    let text = "defaults {\n  currency = \"EUR\"\n}\n";
    let put = async |text: &str| {
        let headers = [("x-caller", "alpha/admin/ann"), ("content-type", "application/json")];
        served.send("PUT", "/v1/policy", &headers, &json!({ "text": text }).to_string()).await
    };
    let wrong = put("budget \"x\" {}").await;
    assert!(wrong.status == 422 && wrong.text.contains("tollgate.hcl:1:1"), "{wrong:?}");
    let hash = sha256_of(text.as_bytes());
    assert_eq!(put(text).await.json()["hash"], hash);
    let entry = &served.read("/v1/audit?limit=1").await["items"][0];
    assert_eq!((&entry["subject"], &entry["note"]), (&json!("policy"), &json!(format!("SHA-256 {hash}"))));
    let versions = served.read("/v1/policy/versions").await;
    assert_eq!((&versions["items"][0]["hash"], &versions["items"][0]["by"]), (&json!(hash), &json!("ann")));
}

/// The contract of `policy-gate`: its token reads the signed status of budgets and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_the_gate_reads_the_signed_budgets_and_nothing_else() {
    let served = Served::start().await;
    let bearer = format!("Bearer {GATE_TOKEN}");
    let got = served.send("GET", "/v1/budgets", &[("authorization", &bearer)], "").await;
    assert_eq!(got.status, 200);
    let export: BudgetExport = serde_json::from_str(&got.text).unwrap();
    let signature = export.signature.clone().unwrap();
    assert_eq!(BudgetExport { signature: None, ..export }.signed(b"a budgets key").unwrap().signature, Some(signature));
    for wrong in ["Bearer canary", "Bearer canary-gate-token2", "canary-gate-token", "Bearer "] {
        let got = served.send("GET", "/v1/budgets", &[("authorization", wrong)], "").await;
        assert!(got.status == 401 && got.text.contains("TOLLGATE_BUDGETS_TOKEN"), "{wrong}: {got:?}");
        assert!(!got.text.contains("canary"), "{got:?}");
    }
    for path in ["/v1/budgets/platform", "/v1/costs", "/v1/me"] {
        assert_eq!(served.send("GET", path, &[("authorization", &bearer)], "").await.status, 401, "{path}");
    }
    assert!(!format!("{:?}", served.log.0.lock().unwrap()).contains("canary"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_imported_once_and_rolled_back() {
    let served = Served::start().await;
    let headers = [("x-caller", "alpha/admin"), ("content-type", "text/csv")];
    let wrong = served.send("POST", "/v1/imports/check?name=bad.csv", &headers, "a,b\n1,2\n").await;
    assert!(wrong.status == 422 && wrong.text.contains("bad.csv") && !wrong.text.contains("/tmp"), "{wrong:?}");
    for name in ["../x.csv", ".hidden", "a%2Fb.csv", "a%20b.csv"] {
        let got = served.send("POST", &format!("/v1/imports/check?name={name}"), &headers, "a,b\n").await;
        assert_eq!(got.status, 400, "{name}: {got:?}");
    }
    assert_eq!(served.send("POST", "/v1/imports/check", &headers, "").await.status, 400);
}
