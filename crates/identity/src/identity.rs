//! The one entry of all requests: from headers to a [`Caller`].

use std::sync::Arc;

use http::{HeaderMap, Method};
use tollgate_ledger::Ledger;
use tollgate_model::Clock;
use tollgate_policy::Policy;

use crate::{Caller, RateLimit, Refused};

/// Identifies callers.
pub struct Identity {
    /// Holds keys, sessions, sign-ins and counters.
    ledger: Ledger,
    clock: Arc<dyn Clock>,
    tenant: String,
    policy: Arc<Policy>,
}

/// A started sign-in: the browser is sent to the provider.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInStart {
    /// The address of the provider: a redirect.
    pub location: String,
    /// The value of `Set-Cookie`, which binds the sign-in to this browser.
    pub cookie: String,
}

/// A completed sign-in.
pub struct SignedIn {
    /// The person.
    pub caller: Caller,
    /// The values of `Set-Cookie`.
    pub cookies: Vec<String>,
    /// The path on this site that the person came for.
    pub return_to: String,
}

impl Identity {
    /// Identifies the callers of one tenant. `ledger` holds keys, sessions, sign-ins and counters.
    pub fn new(ledger: Ledger, tenant: &str, policy: Arc<Policy>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock, tenant: tenant.to_owned(), policy }
    }

    /// Identifies the caller of a request by its API key, bearer token or session, in this order. A request with a session that changes
    /// something must come from a page of this site.
    ///
    /// # Errors
    ///
    /// 401 without a valid identity, 403 for a request of a different site, 503 when the ledger or an issuer does not answer.
    pub async fn authenticate(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refused> {
        let _ = (method, headers, &self.ledger, &self.clock, &self.tenant, &self.policy);
        Err(Refused::unauthenticated("no_identity", "the request has no API key, token or session"))
    }

    /// Counts a request of a caller.
    ///
    /// # Errors
    ///
    /// 429 over the limit of the caller, 503 when the ledger does not answer.
    pub async fn count_request(&self, caller: &Caller) -> Result<RateLimit, Refused> {
        let _ = caller;
        Err(Refused::unauthenticated("no_identity", "the request has no API key, token or session"))
    }

    /// Starts a sign-in with a provider of the policy file; without a name, the only one. `return_to` is a path on this site.
    ///
    /// # Errors
    ///
    /// 400 for an unknown provider or a path of a different site, 503 when the provider or the ledger does not answer.
    pub async fn start_sign_in(&self, provider: Option<&str>, return_to: &str) -> Result<SignInStart, Refused> {
        let _ = (provider, return_to);
        Err(Refused::unauthenticated("no_provider", "tollgate.hcl has no identity provider"))
    }

    /// Completes a sign-in: the provider sent the browser back with this query. Each sign-in completes once.
    ///
    /// # Errors
    ///
    /// 401 when any check of the state, the browser, the code or the token fails, 503 when the provider or the ledger does not answer.
    pub async fn finish_sign_in(&self, headers: &HeaderMap, query: &str) -> Result<SignedIn, Refused> {
        let _ = (headers, query);
        Err(Refused::unauthenticated("sign_in_failed", "the sign-in is unknown, expired or already completed"))
    }

    /// Ends the session of a request. Returns the value of `Set-Cookie` that removes the cookie.
    ///
    /// # Errors
    ///
    /// 403 for a request of a different site, 503 when the ledger does not answer.
    pub async fn sign_out(&self, method: &Method, headers: &HeaderMap) -> Result<String, Refused> {
        let _ = (method, headers);
        Err(Refused::unauthenticated("no_identity", "the request has no session"))
    }

    /// Creates the one-time link of `tollgate serve`: the secret part of the address, valid for minutes and for one use.
    ///
    /// # Errors
    ///
    /// 503 when the ledger does not answer.
    pub async fn create_local_link(&self, owner: &str) -> Result<String, Refused> {
        let _ = owner;
        Err(Refused::unauthenticated("link_invalid", "the link is unknown, expired or already used"))
    }

    /// Opens the one-time link of `tollgate serve`: a session of the user of the machine.
    ///
    /// # Errors
    ///
    /// 401 when the link is unknown, expired or already used, 503 when the ledger does not answer.
    pub async fn open_local_link(&self, secret: &str) -> Result<SignedIn, Refused> {
        let _ = secret;
        Err(Refused::unauthenticated("link_invalid", "the link is unknown, expired or already used"))
    }
}
