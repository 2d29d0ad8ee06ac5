//! The whole way of requests, against an issuer that signs with keys of the test.

mod approvals;
mod issuer;
mod keys;
mod limits;
mod secrets;
mod sessions;
mod sign_in;
mod tenants;
mod tokens;

use std::sync::Arc;

use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{Ledger, MemoryTable};
use tollgate_model::Clock;
use tollgate_pipeline::Actor;
use tollgate_policy::Policy;

use self::issuer::FakeIssuer;
use crate::{ApiKey, ApiKeys, Caller, Identity, Permission, Refused, SystemRandomness};

const SITE: &str = "https://tollgate.example.com";
const AUDIENCE: &str = "https://tollgate.example.com/api";

const POLICY: &str = r#"
dimension "team" { value = charge.tags.team }
identity "company" {
  issuer        = "https://login.example.com"
  client_id     = "tollgate"
  client_secret = "OIDC_SECRET"
  audiences     = ["https://tollgate.example.com/api"]
}
person "jane" { subjects = ["company:jane-1"] }
person "jo" { email = "jo@example.com" }
service_account "ci" {
  role     = "engineer"
  owner    = "jane"
  subjects = ["company:ci-1"]
  sees     = ["team=payments"]
}
role "approver" { people = ["jane", "jo"] }
"#;

/// The secret of the client. It is in no answer, log line or `Debug` text.
const CLIENT_SECRET: &str = "canary-client:secret/1";

/// One process with an issuer.
struct Rig {
    clock: Arc<TestClock>,
    ledger: Ledger,
    policy: Arc<Policy>,
    issuer: Arc<FakeIssuer>,
    identity: Identity,
}

impl Rig {
    fn new() -> Self {
        Self::with_policy(POLICY)
    }

    fn with_policy(text: &str) -> Self {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let clock = TestClock::at(now.as_second());
        let ledger = Ledger::new(Arc::new(MemoryTable::new(clock.clone())), "t");
        let policy = Arc::new(Policy::parse("tollgate.hcl", text).unwrap());
        let issuer = Arc::new(FakeIssuer::new("https://login.example.com", clock.clone()));
        let identity = Self::process(&ledger, &policy, &clock, &issuer);
        Self { clock, ledger, policy, issuer, identity }
    }

    fn process(ledger: &Ledger, policy: &Arc<Policy>, clock: &Arc<TestClock>, issuer: &Arc<FakeIssuer>) -> Identity {
        let identity = Identity::new(ledger.clone(), "t", Arc::clone(policy), clock.clone());
        let identity = identity.with_http(issuer.clone()).with_secret("OIDC_SECRET", CLIENT_SECRET);
        identity.with_address(SITE).unwrap()
    }

    /// A further process over the same ledger.
    fn other_process(&self) -> Identity {
        Self::process(&self.ledger, &self.policy, &self.clock, &self.issuer)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    /// Claims of a bearer token that is accepted.
    fn claims(&self, subject: &str) -> Value {
        let now = self.now();
        json!({ "iss": "https://login.example.com", "aud": AUDIENCE, "sub": subject, "iat": now, "nbf": now, "exp": now + 600 })
    }

    fn keys(&self) -> ApiKeys {
        ApiKeys {
            ledger: self.ledger.clone(),
            tenant: "t".to_owned(),
            policy: Arc::clone(&self.policy),
            clock: self.clock.clone(),
            randomness: Arc::new(SystemRandomness::new()),
        }
    }

    async fn key(&self, scopes: &[Permission]) -> ApiKey {
        self.keys().create(&admin(), "ci", scopes, 90).await.unwrap().key
    }

    async fn call(&self, credentials: &str) -> Result<Caller, Refused> {
        self.identity.authenticate(&Method::GET, &bearer(credentials)).await
    }
}

fn admin() -> Actor {
    Actor::on_command_line("jane")
}

fn bearer(credentials: &str) -> HeaderMap {
    [(header::AUTHORIZATION, format!("Bearer {credentials}").parse().unwrap())].into_iter().collect()
}

/// The headers of a browser with the cookies of `Set-Cookie` values.
fn browser(cookies: &[&str]) -> HeaderMap {
    let pairs: Vec<&str> = cookies.iter().filter_map(|cookie| cookie.split(';').next()).collect();
    [(header::COOKIE, pairs.join("; ").parse().unwrap())].into_iter().collect()
}
