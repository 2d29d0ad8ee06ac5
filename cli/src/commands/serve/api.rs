//! The API of `tollgate serve`: the store of this machine, and the people and keys of its policy file and ledger.

use std::hash::BuildHasher;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use anyhow::Context as _;
use axum::Router;
use tollgate_api::{AccessEntry, AccessLog, Api, GateToken, OneTenant, StoreRefusals, TenantStore};
use tollgate_identity::{HttpIssuers, Identity};
use tollgate_pipeline::{Context, State};

use crate::args::{Args, Serve};
use crate::output::print_note;
use crate::setup::{place, variable};

/// Why a policy cannot be pushed to a store in a folder.
const FILE_POLICY: &str =
    "a store in a folder reads its policy from a file\nhint: change tollgate.hcl and start `tollgate serve` again";

/// The API, and who identifies its callers.
pub(super) struct ServedApi {
    pub(super) router: Router,
    identity: Arc<Identity>,
    owner: String,
}

/// Connects the API to the store of a machine.
pub(super) fn connect(args: &Args, serve: &Serve, context: &Context) -> anyhow::Result<ServedApi> {
    let state = &context.state;
    let tenant = state.ledger.tenant().to_owned();
    let identity = Arc::new(identity_of(state, &tenant)?);
    let store = TenantStore {
        context: context.clone(),
        // The policy is read once, when the process starts.
        policy_version: state.run.to_string(),
        refusals: StoreRefusals { push_policy: place(args)?.is_none().then_some(FILE_POLICY), stop_changes: None },
    };
    let secret = |name: &str| variable(name).filter(|secret| !secret.is_empty());
    let api = Api {
        identity: Arc::<Identity>::clone(&identity),
        tenants: Arc::new(OneTenant::new(&tenant, store)),
        clock: Arc::clone(&state.clock),
        cursor_key: random_key(),
        budgets_key: secret("TOLLGATE_BUDGETS_KEY").map(String::into_bytes),
        budgets_token: secret("TOLLGATE_BUDGETS_TOKEN").map(|secret| GateToken { secret, tenant }),
        origins: serve.allow_origin.clone(),
        log: Arc::new(Lines),
        requests: AtomicU64::new(0),
    };
    let owner = variable("USER").filter(|user| !user.is_empty()).unwrap_or_else(|| "owner".to_owned());
    Ok(ServedApi { router: tollgate_api::router(api), identity, owner })
}

/// Who calls: the people, programs and identity providers of the policy file, and the keys and sessions of the ledger.
fn identity_of(state: &State, tenant: &str) -> anyhow::Result<Identity> {
    let http = tollgate_wiring::http_client::http_client().context("the HTTP client cannot be created")?;
    let identity = Identity::new(state.ledger.clone(), tenant, Arc::clone(&state.policy), Arc::clone(&state.clock));
    let identity = identity.with_http(Arc::new(HttpIssuers::new(http)));
    let names = identity.secret_names();
    Ok(names.iter().fold(identity, |identity, name| match variable(name).filter(|secret| !secret.is_empty()) {
        Some(secret) => identity.with_secret(name, &secret),
        None => {
            print_note(&format!("{name} is not set: nobody can sign in with the identity provider that needs it"));
            identity
        }
    }))
}

impl ServedApi {
    /// Prints where the API is, and the link that signs the user of this machine in.
    pub(super) async fn print_addresses(&self, address: SocketAddr) {
        print_note(&format!("the API is at http://{address}/v1; docs/guides/api.md shows the first request"));
        if self.identity.address().is_none()
            && let Err(refused) = self.identity.set_address(&format!("http://{address}"))
        {
            print_note(&format!("there is no link to sign in: {refused}"));
            return;
        }
        let site = self.identity.address().unwrap_or_default();
        match self.identity.create_local_link(&self.owner).await {
            Ok(secret) => print_note(&format!(
                "sign in as {} with this link, which works once: {site}/v1/sign-in/link?secret={secret}",
                self.owner
            )),
            Err(refused) => print_note(&format!("there is no link to sign in: {refused}")),
        }
    }
}

/// A key of this process. A cursor of the process before it is not of any list any more.
#[expect(clippy::disallowed_methods, reason = "the binary provides randomness")]
fn random_key() -> Vec<u8> {
    let word = |number: u8| std::collections::hash_map::RandomState::new().hash_one(number).to_be_bytes();
    (0..4).flat_map(word).collect()
}

/// The access log on standard error: a JSON object a line.
struct Lines;

impl AccessLog for Lines {
    fn answered(&self, entry: &AccessEntry) {
        match serde_json::to_string(entry) {
            Ok(line) => print_note(&line),
            Err(error) => print_note(&format!("error: {error}")),
        }
    }
}
