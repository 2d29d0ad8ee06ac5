//! What the API is made of: the ports that a binary connects.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use async_trait::async_trait;
use axum::http::{HeaderMap, Method};
use serde::Serialize;
use tollgate_identity::{Caller, Identity, RateLimit, Refused, SignInStart, SignedIn};
use tollgate_model::Clock;

use crate::tenants::Tenants;

/// The port of identity.
#[async_trait]
pub trait Identify: Send + Sync {
    /// The caller of a request, from its key, token or session.
    ///
    /// # Errors
    ///
    /// 401 without a valid identity, 403 for a request of another site, 503 when a store or an issuer does not answer.
    async fn authenticate(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refused>;

    /// Counts a request of a caller.
    ///
    /// # Errors
    ///
    /// 429 over the limit of the caller.
    async fn count_request(&self, caller: &Caller) -> Result<RateLimit, Refused>;

    /// Starts a sign-in with a provider.
    ///
    /// # Errors
    ///
    /// 400 for an unknown provider, 503 when it does not answer.
    async fn start_sign_in(&self, provider: Option<&str>, return_to: &str) -> Result<SignInStart, Refused>;

    /// Completes a sign-in.
    ///
    /// # Errors
    ///
    /// 401 when any check fails.
    async fn finish_sign_in(&self, headers: &HeaderMap, query: &str) -> Result<SignedIn, Refused>;

    /// Ends the session of a request. Returns the cookie that removes it.
    ///
    /// # Errors
    ///
    /// 401 without a session, 403 for a request of another site.
    async fn sign_out(&self, method: &Method, headers: &HeaderMap) -> Result<String, Refused>;

    /// Opens the one-time link of `tollgate serve`.
    ///
    /// # Errors
    ///
    /// 401 when it is unknown, expired or used.
    async fn open_local_link(&self, secret: &str) -> Result<SignedIn, Refused>;
}

#[async_trait]
impl Identify for Identity {
    async fn authenticate(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refused> {
        Self::authenticate(self, method, headers).await
    }

    async fn count_request(&self, caller: &Caller) -> Result<RateLimit, Refused> {
        Self::count_request(self, caller).await
    }

    async fn start_sign_in(&self, provider: Option<&str>, return_to: &str) -> Result<SignInStart, Refused> {
        Self::start_sign_in(self, provider, return_to).await
    }

    async fn finish_sign_in(&self, headers: &HeaderMap, query: &str) -> Result<SignedIn, Refused> {
        Self::finish_sign_in(self, headers, query).await
    }

    async fn sign_out(&self, method: &Method, headers: &HeaderMap) -> Result<String, Refused> {
        Self::sign_out(self, method, headers).await
    }

    async fn open_local_link(&self, secret: &str) -> Result<SignedIn, Refused> {
        Self::open_local_link(self, secret).await
    }
}

/// The API, connected to its ports.
pub struct Api {
    /// Who calls.
    pub identity: Arc<dyn Identify>,
    /// The stores.
    pub tenants: Arc<dyn Tenants>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// Signs cursors. Processes that answer the same clients have the same.
    pub cursor_key: Vec<u8>,
    /// Signs the status of budgets, where it is set.
    pub budgets_key: Option<Vec<u8>>,
    /// The token of `policy-gate`, which reads the status of budgets and nothing else.
    pub budgets_token: Option<GateToken>,
    /// The sites whose pages may call, as `https://finops.example.com`.
    pub origins: Vec<String>,
    /// Takes each request that was answered.
    pub log: Arc<dyn AccessLog>,
    /// How many requests this process has named.
    pub requests: AtomicU64,
}

/// The token of `policy-gate`.
#[derive(Clone)]
pub struct GateToken {
    /// The secret.
    pub secret: String,
    /// The tenant whose budgets it reads.
    pub tenant: String,
}

impl fmt::Debug for GateToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateToken").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// A request that was answered. It has no header, no parameter of a query and no body: none of them gets into a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessEntry {
    /// The id of the request.
    pub request: String,
    /// The method.
    pub method: String,
    /// The path of the route, with names of parameters; `-` for one that does not exist.
    pub route: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took, in milliseconds.
    pub milliseconds: u64,
    /// The caller, where one was identified.
    pub caller: Option<String>,
    /// The tenant of the caller.
    pub tenant: Option<String>,
    /// How the caller was identified.
    pub way: Option<String>,
    /// Why the request failed, for people who may read the log.
    pub problem: Option<String>,
}

/// The port of the access log.
pub trait AccessLog: Send + Sync {
    /// Takes a request that was answered.
    fn answered(&self, entry: &AccessEntry);
}
