//! Two tenants with charges, an incident, a budget and a plan each, in one SQLite file; and callers by a header.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tollgate_identity::{Caller, CallerKind, RateLimit, Refused, Role, SignInStart, SignedIn, Way};
use tollgate_lake::Lake;
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Ledger, SqliteTable};
use tollgate_model::{AdviceRecord, Clock, Day, PlanStep, Risk};
use tollgate_pipeline::{
    Actor, Context, IngestOptions, Proposal, RowFilter, State, detect, ingest, judge_budgets, open_files, propose,
};
use tollgate_policy::Policy;
use tollgate_sources::ReadOptions;

use crate::api::{AccessEntry, AccessLog, Api, GateToken, Identify};
use crate::problem::Problem;
use crate::tenants::{StoreRefusals, TenantStore, Tenants};

/// 2026-11-21T06:00:00Z.
const NOW: i64 = 1_795_240_800;

pub(super) const TENANTS: [&str; 2] = ["alpha", "beta"];

/// The token of `policy-gate` for the budgets of alpha.
pub(super) const GATE_TOKEN: &str = "canary-gate-token";

const POLICY: &str = r#"
defaults {
  currency = "USD"
}
dimension "team" {
  value   = charge.tags.team
  default = "unallocated"
}
person "ann" {
  email = "ann@example.com"
}
person "bob" {
  email = "bob@example.com"
}
budget "platform" {
  amount   = 3100
  currency = "USD"
}
detection {
  provisional_days = 0
}
view "by-team" {
  by = ["team"]
}
"#;

/// The API over the stores of two tenants.
pub(super) struct Served {
    pub(super) router: Router,
    pub(super) log: Arc<Lines>,
    contexts: BTreeMap<&'static str, Context>,
    _folder: tempfile::TempDir,
}

/// The access log of a test.
#[derive(Default)]
pub(super) struct Lines(pub(super) Mutex<Vec<AccessEntry>>);

impl AccessLog for Lines {
    fn answered(&self, entry: &AccessEntry) {
        self.0.lock().unwrap().push(entry.clone());
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Got {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The charges of a tenant: every name in them has the name of the tenant.
fn charges(tenant: &str) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,\
         ChargePeriodEnd,ChargeCategory,ProviderName,ServiceName,SubAccountId,RegionId,ResourceId,SkuMeter,PricingQuantity,\
         PricingUnit,Tags\n",
    );
    let (first, end): (Day, Day) = ("2026-09-01".parse().unwrap(), "2026-11-21".parse().unwrap());
    for number in 0..end - first {
        let day = first.plus(number);
        let cost = if number >= 77 { 400 } else { 100 };
        for (service, cost, team) in [("compute", cost, "checkout"), ("storage", 10, "search"), ("network", 5, "")] {
            let month = day.month();
            let tags = if team.is_empty() { String::new() } else { format!("\"{{\"\"team\"\":\"\"{team}\"\"}}\"") };
            let _ = writeln!(
                text,
                "{cost},{cost},{tenant}-payer,USD,{},{},{day},{},Usage,AWS,{tenant}-{service},{tenant}-{team}-account,\
                 eu-central-1,{tenant}-{service}-1,{tenant}-{service}-hours,{cost},Hours,{tags}",
                month.first_day(),
                month.next().first_day(),
                day.plus(1)
            );
        }
    }
    text
}

/// A recommendation about a volume of a tenant.
fn recommendation(tenant: &str) -> AdviceRecord {
    serde_json::from_value(json!({
        "advice": {
            "id": format!("a-{tenant}"),
            "kind": "unattached_volume",
            "action_type": "Delete",
            "subject": {
                "resource_type": "volume",
                "id": format!("vol-{tenant}"),
                "account": format!("{tenant}-account"),
                "region": "eu-central-1",
                "name": format!("{tenant} volume"),
            },
            "what": format!("delete the volume of {tenant}"),
            "evidence": [{ "what": "attached", "value": "no" }],
            "saving": { "between": ["10", "12"], "currency": "USD", "basis": "list" },
            "cost_per_month": null,
            "confidence_percent": 90,
            "implementation_effort": "Low",
            "restart_needed": false,
            "rollback_possible": true,
            "risk": "low",
            "source": "tollgate",
            "suggested_change": null,
            "score": 900,
        },
        "state": "open",
        "since": "2026-11-20",
        "last": "2026-11-20",
        "events": [],
    }))
    .unwrap()
}

async fn fill(tenant: &str, table: &Arc<SqliteTable>, clock: &Arc<TestClock>, folder: &std::path::Path) -> Context {
    let state = State {
        ledger: Ledger::new(Arc::<SqliteTable>::clone(table), tenant),
        policy: Arc::new(Policy::parse("tollgate.hcl", POLICY).unwrap()),
        clock: Arc::<TestClock>::clone(clock),
        run: "setup".into(),
    };
    let context = Context { state, lake: Lake::folder(&folder.join(tenant)).unwrap() };
    let path = folder.join(format!("{tenant}.csv"));
    std::fs::write(&path, charges(tenant)).unwrap();
    let inputs = open_files(&[path], &ReadOptions::default()).unwrap();
    let options = IngestOptions { workers: 1, ..IngestOptions::default() };
    ingest(&context, inputs, &options, Arc::new(|_, _, _| {})).await.unwrap();
    Box::pin(detect(&context)).await.unwrap();
    judge_budgets(&context.state).await.unwrap();
    let proposal = Proposal {
        title: format!("{tenant} deletes old exports"),
        why: String::new(),
        steps: vec![PlanStep::manual(&format!("empty the bucket of {tenant}"))],
        risk: Risk::Low,
        saving_per_month: None,
        incident: None,
        rollout: None,
        request: format!("setup of {tenant}"),
    };
    propose(&context.state, &Actor::on_command_line("ann"), proposal).await.unwrap();
    context.state.ledger.put_advice(&recommendation(tenant), None).await.unwrap();
    context
}

impl Served {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::at(NOW);
        let table =
            SqliteTable::open(&folder.path().join("ledger.db"), Arc::<TestClock>::clone(&clock) as Arc<dyn Clock>);
        let table = Arc::new(table.unwrap());
        let mut contexts = BTreeMap::new();
        for tenant in TENANTS {
            contexts.insert(tenant, fill(tenant, &table, &clock, folder.path()).await);
        }
        let log = Arc::new(Lines::default());
        let api = Api {
            identity: Arc::new(ByHeader),
            tenants: Arc::new(Both(contexts.clone())),
            clock,
            cursor_key: b"a key of this test".to_vec(),
            budgets_key: Some(b"a budgets key".to_vec()),
            budgets_token: Some(GateToken { secret: GATE_TOKEN.to_owned(), tenant: "alpha".to_owned() }),
            origins: vec!["https://finops.example.com".to_owned()],
            log: Arc::<Lines>::clone(&log),
            requests: AtomicU64::new(0),
        };
        Self { router: crate::router(api), log, contexts, _folder: folder }
    }

    /// The store of a tenant.
    pub(super) fn context(&self, tenant: &str) -> &Context {
        &self.contexts[tenant]
    }

    /// Sends a request with some headers.
    pub(super) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = crate::respond(self.router.clone(), request).await;
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Got { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// Reads as a caller: `alpha/viewer`.
    pub(super) async fn get(&self, path: &str, caller: &str) -> Got {
        self.send("GET", path, &[("x-caller", caller)], "").await
    }

    /// Sends JSON as a caller.
    pub(super) async fn post(&self, path: &str, caller: &str, body: &str) -> Got {
        self.send("POST", path, &[("x-caller", caller), ("content-type", "application/json")], body).await
    }

    /// Reads a document as a caller who may.
    pub(super) async fn read(&self, path: &str) -> Value {
        let got = self.get(path, "alpha/admin").await;
        assert_eq!(got.status, 200, "{path}: {got:?}");
        got.json()
    }
}

/// The stores of both tenants.
struct Both(BTreeMap<&'static str, Context>);

#[async_trait]
impl Tenants for Both {
    async fn store(&self, tenant: &str, request: &str) -> Result<TenantStore, Problem> {
        let context = self.0.get(tenant).ok_or_else(|| Problem::not_found("no such tenant"))?;
        let state = State { run: request.into(), ..context.state.clone() };
        Ok(TenantStore {
            context: Context { state, ..context.clone() },
            policy_version: "1".to_owned(),
            refusals: StoreRefusals::default(),
        })
    }

    async fn check(&self) -> Result<(), Problem> {
        Ok(())
    }
}

/// Callers by the header `x-caller`: `TENANT/ROLE[/NAME[/FILTER]]`. A name that begins with `svc-` is a service account.
struct ByHeader;

/// The caller of a header.
fn caller_of(text: &str) -> Option<Caller> {
    let mut parts = text.split('/');
    let (tenant, role) = (parts.next()?, parts.next()?);
    let name = parts.next().unwrap_or("bob");
    let filter = parts.next().map(|filter| filter.parse().unwrap());
    Some(Caller {
        tenant: tenant.to_owned(),
        name: name.to_owned(),
        kind: if name.starts_with("svc-") { CallerKind::ServiceAccount } else { CallerKind::Person },
        role: Role::ALL.into_iter().find(|known| known.as_str() == role)?,
        scopes: None,
        filter: RowFilter::of(filter.into_iter().collect()),
        way: Way::Key("k1".to_owned()),
    })
}

fn unauthenticated() -> Refused {
    Refused::new(StatusCode::UNAUTHORIZED, "no_identity", "the request has no API key, token or session")
}

#[async_trait]
impl Identify for ByHeader {
    async fn authenticate(&self, _: &Method, headers: &HeaderMap) -> Result<Caller, Refused> {
        let text = headers.get("x-caller").and_then(|value| value.to_str().ok());
        text.and_then(caller_of).ok_or_else(unauthenticated)
    }

    async fn count_request(&self, caller: &Caller) -> Result<RateLimit, Refused> {
        if caller.name == "busy" {
            return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, "too_many", "too many requests in this minute"));
        }
        Ok(RateLimit { limit: 600, remaining: 599, reset: 60 })
    }

    async fn start_sign_in(&self, _: Option<&str>, _: &str) -> Result<SignInStart, Refused> {
        Ok(SignInStart { location: "https://issuer.example.com/".to_owned(), cookie: "__Host-a=b".to_owned() })
    }

    async fn finish_sign_in(&self, _: &HeaderMap, _: &str) -> Result<SignedIn, Refused> {
        Err(unauthenticated())
    }

    async fn sign_out(&self, _: &Method, _: &HeaderMap) -> Result<String, Refused> {
        Err(unauthenticated())
    }

    async fn open_local_link(&self, _: &str) -> Result<SignedIn, Refused> {
        Err(unauthenticated())
    }
}
