//! Lambda `api`: the JSON API, as a function URL or an HTTP API calls it.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tollgate_api::{
    AccessEntry, AccessLog, Api, PlainRequest, Problem, Router, StoreRefusals, TenantStore, Tenants, respond_plain,
};
use tollgate_identity::{HttpIssuers, Identity};
use tollgate_wiring::http::{HttpEvent, http_response, whole_response};
use tollgate_wiring::http_client::http_client;
use tollgate_wiring::metrics::{Counts, Metric};
use tollgate_wiring::{Aws, Handler, WiringError, serve};

/// What a function with a public address has no permission for.
const REFUSALS: StoreRefusals = StoreRefusals {
    push_policy: Some(
        "this function may not replace the policy\nhint: `tollgate config push` with the credentials of the deployment",
    ),
    stop_changes: Some(
        "this function may not stop or resume changes\nhint: `tollgate stop-all` with the credentials of the deployment",
    ),
};

struct Function {
    aws: Arc<Aws>,
    /// The router under the policy of a version. It holds the keys of identity providers, so it is kept.
    router: Mutex<Option<(String, Router)>>,
}

impl Function {
    /// The router under the policy in effect now.
    async fn router(&self, run: &str) -> Result<Router, WiringError> {
        let version = self.aws.policy_version().await?;
        let mut known = self.router.lock().await;
        if let Some((_, router)) = known.as_ref().filter(|(of, _)| *of == version) {
            return Ok(router.clone());
        }
        let state = self.aws.state(run).await?;
        let tenant = self.aws.settings.tenant.clone();
        let http = http_client().map_err(|error| WiringError::Http(error.to_string()))?;
        let mut identity = Identity::new(state.ledger, &tenant, state.policy, Arc::clone(&self.aws.clock))
            .with_http(Arc::new(HttpIssuers::new(http)));
        // Without the secret of a client, nobody signs in with it; keys and tokens do not need it.
        for name in identity.secret_names() {
            if let Some(secret) = self.aws.secret(&name).await? {
                identity = identity.with_secret(&name, &secret);
            }
        }
        // A cursor chooses where a page begins, in a list that the caller may read. Every instance signs with the same key.
        let own_key = format!("{}|{}|{tenant}", self.aws.settings.stage, self.aws.settings.table);
        let key = self.aws.secret("TOLLGATE_CURSOR_KEY").await?.unwrap_or(own_key);
        let router = tollgate_api::router(Api {
            identity: Arc::new(identity),
            tenants: Arc::new(Deployment { aws: Arc::clone(&self.aws), version: version.clone() }),
            clock: Arc::clone(&self.aws.clock),
            cursor_key: key.into_bytes(),
            budgets_key: self.aws.secret("TOLLGATE_BUDGETS_KEY").await?.map(String::into_bytes),
            budgets_token: None,
            origins: Vec::new(),
            log: Arc::new(Lines),
            requests: AtomicU64::new(0),
        });
        *known = Some((version, router.clone()));
        Ok(router)
    }
}

#[async_trait]
impl Handler for Function {
    type Event = Value;
    const NAME: &'static str = "api";

    fn run_of(_: &Value) -> Option<String> {
        None
    }

    async fn handle(&self, event: Value, run: &str, counts: &mut Counts) -> Result<Value, WiringError> {
        let Some(HttpEvent { method, target, headers, body }) = HttpEvent::read(&event) else {
            return Ok(http_response(400, &json!({ "detail": "the event is no HTTP request" })));
        };
        let router = self.router(run).await?;
        let answered = respond_plain(router, PlainRequest { method, target, headers, body }).await;
        counts.add(Metric::Requests, 1);
        Ok(whole_response(answered.status, &answered.headers, &answered.cookies, &answered.body))
    }
}

/// The one tenant of a deployment.
struct Deployment {
    aws: Arc<Aws>,
    version: String,
}

#[async_trait]
impl Tenants for Deployment {
    async fn store(&self, tenant: &str, request: &str) -> Result<TenantStore, Problem> {
        if tenant != self.aws.settings.tenant {
            return Err(Problem::not_found("this deployment has no store of your tenant"));
        }
        let context = self.aws.context(request).await.map_err(|error| Problem::unavailable(error.to_string()))?;
        Ok(TenantStore { context, policy_version: self.version.clone(), refusals: REFUSALS })
    }

    async fn check(&self) -> Result<(), Problem> {
        let answered = self.aws.ledger.audit_head().await;
        answered.map(|_| ()).map_err(|error| Problem::unavailable(error.to_string()))
    }
}

/// The access log, as fields of log lines.
struct Lines;

impl AccessLog for Lines {
    fn answered(&self, entry: &AccessEntry) {
        let AccessEntry { request, method, route, status, milliseconds, caller, tenant, way, problem } = entry;
        tracing::info!(%request, %method, route, status, milliseconds, ?caller, ?tenant, ?way, ?problem, "answered");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(|aws| Ok(Function { aws, router: Mutex::new(None) })).await
}
