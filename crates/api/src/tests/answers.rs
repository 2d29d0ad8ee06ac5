//! Each route over a real store: it answers, and its answer has the shape that the document gives it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Got, Served};
use crate::openapi::openapi;
use crate::routes;

const FILE: &str = "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
    ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName\n\
    7,7,other-payer,USD,2026-08-01,2026-09-01,2026-08-05,2026-08-06,Usage,AWS,EC2\n";

/// Requests in an order in which each can succeed: the operation, the path, the caller, the body and the status.
/// `{incident}`, `{plan}`, `{hash}`, `{closed}` and `{import}` stand for what earlier answers have.
const REQUESTS: &[(&str, &str, &str, &str, u16)] = &[
    ("getHealth", "/v1/health", "", "", 200),
    ("startSignIn", "/v1/sign-in?provider=entra&return_to=/", "", "", 303),
    ("finishSignIn", "/v1/sign-in/callback?state=a&code=b&any=c", "", "", 401),
    ("openLink", "/v1/sign-in/link?secret=wrong", "", "", 401),
    ("signOut", "/v1/sign-out", "", "", 401),
    ("getCaller", "/v1/me", "alpha/viewer", "", 200),
    ("getDocument", "/v1/openapi.json", "alpha/viewer", "", 200),
    ("getCosts", "/v1/costs?period=2026-10&by=account,team&compare=previous", "alpha/viewer", "", 200),
    (
        "getCosts",
        "/v1/costs?view=by-team&period=2026-10&filter=service!=alpha-network&order=name&currency=keep",
        "alpha/viewer",
        "",
        200,
    ),
    ("getCosts", "/v1/costs?period=2026-11-20&by=resource&granularity=hour&metric=billed", "alpha/viewer", "", 200),
    ("askCosts", "/v1/costs", "alpha/viewer", r#"{"period": "2026-10", "granularity": "month"}"#, 200),
    ("explainCosts", "/v1/costs/why?period=2026-11", "alpha/viewer", "", 200),
    ("findUntaggedCosts", "/v1/costs/untagged?period=2026-10&of=tag:team&of=team", "alpha/viewer", "", 200),
    ("listIncidents", "/v1/incidents?state=open&severity=low", "alpha/viewer", "", 200),
    ("getIncident", "/v1/incidents/{incident}", "alpha/viewer", "", 200),
    ("acknowledgeIncident", "/v1/incidents/{incident}/acknowledge", "alpha/engineer", "", 200),
    ("snoozeIncident", "/v1/incidents/{incident}/snooze", "alpha/engineer", r#"{"hours": 4}"#, 200),
    ("assignIncident", "/v1/incidents/{incident}/assign", "alpha/engineer", r#"{"person": "ann"}"#, 200),
    ("expectIncident", "/v1/incidents/{incident}/expect", "alpha/engineer", r#"{"until": "2026-12-01"}"#, 200),
    ("dismissIncident", "/v1/incidents/{incident}/dismiss", "alpha/engineer", r#"{"note": "new line"}"#, 200),
    ("exportBudgets", "/v1/budgets", "alpha/viewer", "", 200),
    ("getBudget", "/v1/budgets/platform", "alpha/viewer", "", 200),
    ("getBudgetHistory", "/v1/budgets/platform/history?limit=5", "alpha/viewer", "", 200),
    ("getBudgetCoverage", "/v1/budget-coverage?period=2026-10", "alpha/viewer", "", 200),
    ("getForecasts", "/v1/forecasts?by=service&to=2027-01-31", "alpha/viewer", "", 200),
    ("getForecasts", "/v1/forecasts?by=team&year=true", "alpha/viewer", "", 200),
    ("getForecastAccuracy", "/v1/forecasts/accuracy?by=service", "alpha/viewer", "", 200),
    ("listRecommendations", "/v1/recommendations?kind=unattached_volume", "alpha/viewer", "", 200),
    ("getRecommendation", "/v1/recommendations/a-alpha", "alpha/viewer", "", 200),
    ("requestPlan", "/v1/plan-requests", "alpha/engineer", r#"{"recommendations": ["a-alpha"]}"#, 202),
    (
        "dismissRecommendation",
        "/v1/recommendations/a-alpha/dismiss",
        "alpha/engineer",
        r#"{"reason": "needed", "wrong": true}"#,
        200,
    ),
    ("listPlans", "/v1/plans?state=proposed", "alpha/viewer", "", 200),
    ("getPlan", "/v1/plans/{plan}", "alpha/viewer", "", 200),
    (
        "proposePlan",
        "/v1/plans",
        "alpha/engineer",
        r#"{"title": "Old images", "steps": ["list", "delete"], "risk": "medium", "saving_per_month": "12.50", "currency": "USD"}"#,
        201,
    ),
    ("approvePlan", "/v1/plans/{plan}/approve", "alpha/approver", r#"{"hash": "{hash}"}"#, 200),
    ("declinePlan", "/v1/plans/{plan}/decline", "alpha/approver", r#"{"hash": "{hash}"}"#, 409),
    ("stopChanges", "/v1/changes/stop", "alpha/approver", r#"{"reason": "a test"}"#, 200),
    ("resumeChanges", "/v1/changes/resume", "alpha/approver", "", 200),
    ("getStatements", "/v1/statements?period=2026-10&dimension=team", "alpha/viewer", "", 200),
    ("getStatement", "/v1/statements/checkout?period=2026-10&dimension=team", "alpha/viewer", "", 200),
    ("getAllocation", "/v1/allocations?period=2026-10&dimension=team&of=search", "alpha/viewer", "", 200),
    ("checkAllocation", "/v1/allocations/check?period=2026-10&dimension=team", "alpha/viewer", "", 200),
    ("getHeatMap", "/v1/allocations/heat-map?dimension=team&months=2", "alpha/viewer", "", 200),
    ("closeMonth", "/v1/allocations/close", "alpha/engineer/ann", r#"{"period": "2026-10", "dimension": "team"}"#, 200),
    ("compareAllocation", "/v1/allocations/difference?period=2026-10&dimension=team", "alpha/viewer", "", 200),
    (
        "approveMonth",
        "/v1/allocations/approve",
        "alpha/approver/bob",
        r#"{"period": "2026-10", "dimension": "team", "hash": "{closed}"}"#,
        200,
    ),
    ("getResource", "/v1/resources/alpha-compute-1?days=10", "alpha/viewer", "", 200),
    ("getUsage", "/v1/usage?days=10", "alpha/viewer", "", 404),
    ("getCommitments", "/v1/commitments?period=2026-10", "alpha/viewer", "", 200),
    ("getSavings", "/v1/savings", "alpha/viewer", "", 200),
    ("listUnits", "/v1/units?period=2026-10", "alpha/viewer", "", 200),
    ("getUnit", "/v1/units/cost-per-order", "alpha/viewer", "", 404),
    ("getEfficiency", "/v1/efficiency?month=2026-10", "alpha/viewer", "", 200),
    ("checkFile", "/v1/imports/check?name=august.csv", "alpha/admin", FILE, 200),
    ("importFile", "/v1/imports?name=august.csv&strict=true", "alpha/admin", FILE, 200),
    ("listImports", "/v1/imports?limit=50", "alpha/viewer", "", 200),
    ("rollBackImport", "/v1/imports/{import}", "alpha/admin", "", 200),
    ("getStatus", "/v1/status", "alpha/viewer", "", 200),
    ("listRuns", "/v1/runs", "alpha/viewer", "", 200),
    ("listSources", "/v1/sources", "alpha/viewer", "", 200),
    ("listDeliveries", "/v1/deliveries?limit=5&failed=true", "alpha/viewer", "", 200),
    ("retryDeliveries", "/v1/deliveries/retry", "alpha/admin", "{}", 200),
    ("getAudit", "/v1/audit?limit=3", "alpha/approver", "", 200),
    ("verifyAudit", "/v1/audit/verify", "alpha/approver", "", 200),
    ("getPolicy", "/v1/policy", "alpha/engineer", "", 200),
    ("validatePolicy", "/v1/policy/validate", "alpha/engineer", r#"{"text": "budget \"x\" {}"}"#, 200),
    ("pushPolicy", "/v1/policy", "alpha/admin", r#"{"text": "defaults {\n  currency = \"USD\"\n}\n"}"#, 200),
    ("listPolicyVersions", "/v1/policy/versions", "alpha/engineer", "", 200),
    ("sendMessage", "/mcp", "alpha/viewer", r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}"#, 200),
    (
        "runSql",
        "/v1/sql",
        "alpha/engineer",
        r#"{"query": "select ServiceName, sum(BilledCost) as cost from charges group by 1"}"#,
        200,
    ),
];

/// What earlier answers have.
#[derive(Default)]
struct Known(Vec<(&'static str, String)>);

impl Known {
    fn keep(&mut self, operation: &str, got: &Value) {
        let mut keep = |name, value: &Value| {
            if let Some(text) = value.as_str() {
                self.0.push((name, text.to_owned()));
            }
        };
        match operation {
            "listIncidents" => keep("{incident}", &got["items"][0]["id"]),
            "listPlans" => {
                keep("{plan}", &got["items"][0]["plan"]["id"]);
                keep("{hash}", &got["items"][0]["hash"]);
            }
            "closeMonth" => keep("{closed}", &got["month"]["hash"]),
            "listImports" => {
                let items = got["items"].as_array().unwrap();
                let august = items.iter().find(|item| item["period"] == "2026-08").unwrap();
                keep("{import}", &august["import"]);
            }
            _ => {}
        }
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

/// What is wrong with an answer by the schema that the document has for it.
fn faults(document: &Value, operation: &Value, got: &Got) -> Vec<String> {
    let success = operation["responses"].get(got.status.to_string());
    let (kind, mut schema) = match success {
        Some(response) => ("application/json", response["content"]["application/json"]["schema"].clone()),
        None => ("application/problem+json", json!({ "$ref": "#/components/schemas/Problem" })),
    };
    if schema.is_null() {
        return Vec::new();
    }
    if got.header("content-type") != kind {
        return vec![format!("the content is {} and not {kind}", got.header("content-type"))];
    }
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = got.json();
    validator.iter_errors(&body).map(|error| format!("{} at {}", error, error.instance_path())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_answers_in_the_shape_of_the_document() {
    let (served, document) = (Served::start().await, openapi());
    let mut known = Known::default();
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for (name, path, caller, body, status) in REQUESTS {
        let route = routes::all().find(|route| route.operation == *name).unwrap_or_else(|| panic!("no route {name}"));
        let mut headers = vec![("content-type", "application/json")];
        if !caller.is_empty() {
            headers.push(("x-caller", caller));
        }
        let got = served.send(route.method.as_str(), &known.fill(path), &headers, &known.fill(body)).await;
        if got.status != *status {
            wrong.push(format!("{name} {path}: {} and not {status}: {}", got.status, got.text));
            continue;
        }
        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        wrong.extend(faults(&document, operation, &got).into_iter().map(|fault| format!("{name} {path}: {fault}")));
        if got.status == route.status && got.header("content-type") == "application/json" {
            known.keep(name, &got.json());
        }
        seen.insert(*name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let missing: Vec<&str> = routes::all().map(|route| route.operation).filter(|name| !seen.contains(name)).collect();
    assert!(missing.is_empty(), "routes without a request: {missing:?}");
}
