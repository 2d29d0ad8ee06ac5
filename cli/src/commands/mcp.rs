//! `tollgate mcp`: the Model Context Protocol over standard input and output, for an assistant on this machine. It reads and changes
//! nothing: its tools are the routes of the API that read.

use std::io::BufRead;
use std::sync::Arc;

use async_trait::async_trait;
use axum::http::{HeaderMap, Method};
use serde_json::{Value, json};
use tollgate_api::{
    AccessEntry, AccessLog, Identify, OneTenant, PlainRequest, Router, StoreRefusals, TenantStore, respond_plain,
};
use tollgate_identity::{Caller, CallerKind, RateLimit, Refused, Role, SignInStart, SignedIn, Way};
use tollgate_pipeline::{Context, RowFilter};

use crate::args::Args;
use crate::exit::Exit;
use crate::output::write_line;
use crate::setup::{open, variable};

/// What an error of JSON-RPC that no message has caused is.
const INVALID_REQUEST: i64 = -32_600;

pub(crate) async fn run(args: &Args) -> anyhow::Result<Exit> {
    let context = open(args).await?;
    let router = connect(&context);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if !line.trim().is_empty()
            && let Some(answer) = answer(&router, &line).await
        {
            write_line(&answer);
        }
    }
    Ok(Exit::Success)
}

/// The answer to a message; a notification has none.
async fn answer(router: &Router, message: &str) -> Option<String> {
    let headers = [("content-type".to_owned(), "application/json".to_owned())].into();
    let body = message.as_bytes().to_vec();
    let request = PlainRequest { method: "POST".to_owned(), target: "/mcp".to_owned(), headers, body };
    let answered = respond_plain(router.clone(), request).await;
    let text = String::from_utf8_lossy(&answered.body).into_owned();
    match answered.status {
        200 => Some(text),
        202 => None,
        _ => {
            let problem: Value = serde_json::from_str(&text).unwrap_or_default();
            let error = json!({ "code": INVALID_REQUEST, "message": problem["detail"] });
            Some(json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string())
        }
    }
}

fn connect(context: &Context) -> Router {
    let state = &context.state;
    let tenant = state.ledger.tenant().to_owned();
    let store = TenantStore {
        context: context.clone(),
        policy_version: state.run.to_string(),
        refusals: StoreRefusals::default(),
    };
    let name = variable("USER").filter(|user| !user.is_empty()).unwrap_or_else(|| "owner".to_owned());
    let api = tollgate_api::Api {
        identity: Arc::new(Owner { tenant: tenant.clone(), name }),
        tenants: Arc::new(OneTenant::new(&tenant, store)),
        clock: Arc::clone(&state.clock),
        cursor_key: state.run.as_bytes().to_vec(),
        budgets_key: None,
        budgets_token: None,
        origins: Vec::new(),
        log: Arc::new(NoLog),
        requests: std::sync::atomic::AtomicU64::new(0),
    };
    tollgate_api::router(api)
}

/// The user of this machine, who can read the store. An assistant acts for them and may only read.
struct Owner {
    tenant: String,
    name: String,
}

fn refused() -> Refused {
    Refused::new(axum::http::StatusCode::NOT_FOUND, "no_sign_in", "an assistant on this machine does not sign in")
}

#[async_trait]
impl Identify for Owner {
    async fn authenticate(&self, _: &Method, _: &HeaderMap) -> Result<Caller, Refused> {
        Ok(Caller {
            tenant: self.tenant.clone(),
            name: self.name.clone(),
            kind: CallerKind::LocalOwner,
            role: Role::Viewer,
            scopes: None,
            filter: RowFilter::everything(),
            way: Way::LocalLink,
        })
    }

    async fn count_request(&self, _: &Caller) -> Result<RateLimit, Refused> {
        Ok(RateLimit { limit: u64::MAX, remaining: u64::MAX, reset: 60 })
    }

    async fn start_sign_in(&self, _: Option<&str>, _: &str) -> Result<SignInStart, Refused> {
        Err(refused())
    }

    async fn finish_sign_in(&self, _: &HeaderMap, _: &str) -> Result<SignedIn, Refused> {
        Err(refused())
    }

    async fn sign_out(&self, _: &Method, _: &HeaderMap) -> Result<String, Refused> {
        Err(refused())
    }

    async fn open_local_link(&self, _: &str) -> Result<SignedIn, Refused> {
        Err(refused())
    }
}

/// An assistant reads standard output, and its program shows standard error to people: requests are not logged there.
struct NoLog;

impl AccessLog for NoLog {
    fn answered(&self, _: &AccessEntry) {}
}
