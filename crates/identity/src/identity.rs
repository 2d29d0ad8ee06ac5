//! The one entry of all requests: from headers to a [`Caller`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use http::{HeaderMap, Method, StatusCode, header};
use tollgate_ledger::{ApiKeyRecord, Ledger};
use tollgate_model::{Clock, Day};
use tollgate_policy::{IdentityProvider, Policy};

use crate::api_key::ApiKey;
use crate::caller::{Caller, Way};
use crate::cookie::{Cookie, Site};
use crate::issuer::{Issuer, IssuerHttp};
use crate::jwt::{Expected, ReadToken};
use crate::keys::KeyState;
use crate::rate_limit::REQUEST_LIMITS;
use crate::refused::unavailable_issuer;
use crate::roles::{Admission, SignedIdentity, admit_account};
use crate::secret::{Randomness, SystemRandomness, same_secret};
use crate::{Permission, Refused};

/// Identifies callers.
pub struct Identity {
    /// Holds keys, sessions, sign-ins and counters of all tenants.
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) randomness: Arc<dyn Randomness>,
    http: Option<Arc<dyn IssuerHttp>>,
    tenants: RwLock<BTreeMap<String, Arc<Policy>>>,
    /// Secrets of clients, by the name that the policy file has for them.
    pub(crate) secrets: BTreeMap<String, String>,
    site: OnceLock<Site>,
    /// Whether this process made a one-time link: only then are there sessions without a provider.
    pub(crate) local: AtomicBool,
    issuers: Mutex<BTreeMap<String, Arc<Issuer>>>,
    pub(crate) request_limits: (u64, u64),
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
    ///
    /// The address of the site is that of the first provider that has one; see [`set_address`](Self::set_address).
    pub fn new(ledger: Ledger, tenant: &str, policy: Arc<Policy>, clock: Arc<dyn Clock>) -> Self {
        let address = policy.identities.iter().find_map(|provider| provider.address.as_deref());
        // The policy file was verified when it was read.
        let site = address.and_then(|address| Site::parse(address).ok()).map_or_else(OnceLock::new, OnceLock::from);
        Self {
            ledger,
            clock,
            randomness: Arc::new(SystemRandomness::new()),
            http: None,
            tenants: RwLock::new(BTreeMap::from([(tenant.to_owned(), policy)])),
            secrets: BTreeMap::new(),
            site,
            local: AtomicBool::new(false),
            issuers: Mutex::new(BTreeMap::new()),
            request_limits: REQUEST_LIMITS,
        }
    }

    /// Also identifies the callers of a further tenant.
    #[must_use]
    pub fn with_tenant(self, tenant: &str, policy: Arc<Policy>) -> Self {
        self.set_policy(tenant, policy);
        self
    }

    /// Reads configurations and keys of identity providers. Without it, there are API keys and the one-time link only.
    #[must_use]
    pub fn with_http(mut self, http: Arc<dyn IssuerHttp>) -> Self {
        self.http = Some(http);
        self
    }

    /// Takes random bytes from this source instead of the system.
    #[must_use]
    pub fn with_randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = randomness;
        self
    }

    /// Sets the secret of a client, by the name that the policy file has for it.
    #[must_use]
    pub fn with_secret(mut self, name: &str, secret: &str) -> Self {
        self.secrets.insert(name.to_owned(), secret.to_owned());
        self
    }

    /// Returns the names of the secrets that the policies have for clients of identity providers.
    pub fn secret_names(&self) -> BTreeSet<String> {
        let tenants = self.tenants();
        let providers = tenants.values().flat_map(|policy| &policy.identities);
        providers.filter_map(|provider| provider.client_secret.clone()).collect()
    }

    /// Sets other limits than those of Tollgate: requests a minute of a key, and of a person.
    #[must_use]
    pub fn with_request_limits(mut self, of_keys: u64, of_people: u64) -> Self {
        self.request_limits = (of_keys, of_people);
        self
    }

    /// Returns the address of this site, if it has pages.
    pub fn address(&self) -> Option<&str> {
        self.site.get().map(Site::address)
    }

    /// Sets the address of this site, where the policy file has none. Sign-ins and sessions need it: `https://tollgate.example.com`, or `http://127.0.0.1:8080` on
    /// one machine.
    ///
    /// # Errors
    ///
    /// 400 when it is not the address of a site, or a site of a different machine without TLS.
    pub fn set_address(&self, address: &str) -> Result<(), Refused> {
        let site = Site::parse(address)?;
        // The first address counts: cookies and redirect addresses are those of one site.
        self.site.get_or_init(|| site);
        Ok(())
    }

    /// The same with an address; see [`set_address`](Self::set_address).
    ///
    /// # Errors
    ///
    /// As [`set_address`](Self::set_address).
    pub fn with_address(self, address: &str) -> Result<Self, Refused> {
        self.set_address(address)?;
        Ok(self)
    }

    /// Puts a policy of a tenant into effect: it decides about the next request.
    pub fn set_policy(&self, tenant: &str, policy: Arc<Policy>) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant.to_owned(), policy);
    }

    /// Removes a tenant: its keys, tokens and sessions are refused from the next request on.
    pub fn remove_tenant(&self, tenant: &str) {
        self.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(tenant);
    }

    /// Identifies the caller of a request by its API key, bearer token or session. A request with a session that changes something must
    /// come from a page of this site. A key or token that is not valid is refused, even beside a valid session.
    ///
    /// # Errors
    ///
    /// 401 without a valid identity, 403 for a request of a different site or an identity without access, 503 when the ledger or an
    /// issuer does not answer.
    pub async fn authenticate(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Refused> {
        let mut given = headers.get_all(header::AUTHORIZATION).iter();
        match (given.next(), given.next()) {
            (Some(_), Some(_)) => Err(Refused::new(
                StatusCode::BAD_REQUEST,
                "two_identities",
                "the request has two `Authorization` headers",
            )),
            (Some(value), None) => {
                let credentials = value.to_str().ok().and_then(bearer);
                let credentials = credentials.ok_or_else(|| {
                    Refused::unauthenticated("scheme_unknown", "the `Authorization` header has no bearer token")
                        .hint("send `Authorization: Bearer KEY`, with an API key or a token")
                })?;
                match ApiKey::is_meant(credentials) {
                    true => self.by_key(credentials).await,
                    false => self.by_token(credentials).await,
                }
            }
            (None, _) => match self.site.get().and_then(|site| Some((site, site.read(Cookie::Session, headers)?))) {
                Some((site, id)) => self.by_session(site, id, method, headers).await,
                None => Err(Refused::unauthenticated("no_identity", "the request has no API key, token or session")
                    .hint("send `Authorization: Bearer KEY`; `tollgate keys create` makes a key")),
            },
        }
    }

    async fn by_key(&self, text: &str) -> Result<Caller, Refused> {
        let invalid = |detail| {
            Refused::unauthenticated("key_invalid", "the API key is not valid")
                .hint("`tollgate keys list` shows the keys, `tollgate keys create` makes one")
                .detail(detail)
        };
        let key = ApiKey::parse(text).ok_or_else(|| invalid("it is mistyped or cut"))?;
        let found = self.ledger.api_key(key.id()).await.map_err(|e| Refused::by_store(&e))?;
        let (mut record, version) = found.ok_or_else(|| invalid("there is no such key"))?;
        if !same_secret(&record.hash, &key.hash()) {
            return Err(invalid("the secret is a different one"));
        }
        // From here on, the caller has proved that the key is theirs, and may know its state.
        let now = self.clock.now();
        match KeyState::of(&record, now) {
            KeyState::Active | KeyState::Replaced => {}
            KeyState::Expired => {
                let message = format!("the API key expired at {}", record.expires_at);
                return Err(
                    Refused::unauthenticated("key_expired", message).hint("create or rotate a key: `tollgate keys`")
                );
            }
            KeyState::Revoked => return Err(Refused::unauthenticated("key_revoked", "the API key was revoked")),
        }
        let policy = self.policy_of(&record.tenant).ok_or_else(|| invalid("its tenant is gone"))?;
        let account =
            policy.service_accounts.iter().find(|account| account.name == record.account).ok_or_else(|| {
                let message = format!("`{}` is no service account any more", record.account);
                Refused::new(StatusCode::FORBIDDEN, "account_unknown", message)
                    .hint(format!("service_account \"{}\" in tollgate.hcl declares it", record.account))
            })?;
        let caller = caller_of(&record.tenant, admit_account(account), Way::Key(record.id.clone()));
        let caller = Caller { scopes: scopes_of(&record), ..caller };
        let today = Day::of(now);
        if record.last_used != Some(today) {
            record.last_used = Some(today);
            self.ledger.record_key_use(&record, version).await.map_err(|e| Refused::by_store(&e))?;
        }
        Ok(caller)
    }

    async fn by_token(&self, text: &str) -> Result<Caller, Refused> {
        let invalid = |detail: &str| {
            Refused::unauthenticated("token_invalid", "the bearer token is not valid")
                .hint("send a token of an identity provider of tollgate.hcl, for one of its `audiences`")
                .detail(detail)
        };
        let token = ReadToken::parse(text).map_err(invalid)?;
        let (tenant, provider, policy) = self.token_provider(&token).map_err(invalid)?;
        let now = self.clock.now();
        let keys = self.issuer(&provider.issuer).keys(token.kid(), self.http()?, now).await?;
        let expected = Expected { issuer: &provider.issuer, audiences: &provider.audiences, now };
        let claims = token.verify(&keys, &expected).map_err(invalid)?;
        let identity = SignedIdentity { provider: &provider.name, claims: &claims.0, signed_in: false };
        Ok(caller_of(&tenant, identity.admit(&policy)?, Way::Token(provider.name.clone())))
    }

    /// The tenant and the provider that accept tokens of an issuer for an audience: exactly one, or the tenant would be a guess.
    fn token_provider(&self, token: &ReadToken<'_>) -> Result<(String, IdentityProvider, Arc<Policy>), &'static str> {
        let issuer = token.unverified_issuer().ok_or("it has no issuer")?;
        let audiences = token.unverified_audiences();
        let accepts = |provider: &&IdentityProvider| {
            provider.issuer == issuer && provider.audiences.iter().any(|wanted| audiences.contains(&wanted.as_str()))
        };
        let mut found = None;
        for (tenant, policy) in self.tenants() {
            if let Some(provider) = policy.identities.iter().find(accepts).cloned()
                && found.replace((tenant, provider, policy)).is_some()
            {
                return Err("it is for audiences of several tenants");
            }
        }
        found.ok_or("its issuer and audience are not those of an identity provider")
    }

    /// The policy of a tenant.
    pub(crate) fn policy_of(&self, tenant: &str) -> Option<Arc<Policy>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()
    }

    pub(crate) fn tenants(&self) -> BTreeMap<String, Arc<Policy>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The tenant of a process that has one.
    pub(crate) fn only_tenant(&self) -> Option<String> {
        let tenants = self.tenants();
        let mut names = tenants.into_keys();
        names.next().filter(|_| names.next().is_none())
    }

    pub(crate) fn site(&self) -> Result<&Site, Refused> {
        self.site.get().ok_or_else(|| {
            Refused::new(StatusCode::NOT_FOUND, "no_pages", "this process serves programs only, without sign-in")
        })
    }

    pub(crate) fn http(&self) -> Result<&dyn IssuerHttp, Refused> {
        self.http.as_deref().ok_or_else(|| unavailable_issuer("this process asks no identity provider"))
    }

    /// The kept configuration and keys of an issuer.
    pub(crate) fn issuer(&self, address: &str) -> Arc<Issuer> {
        let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(issuers.entry(address.to_owned()).or_insert_with(|| Arc::new(Issuer::new(address))))
    }
}

/// The credentials of the scheme `Bearer`.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, credentials) = value.split_once(' ')?;
    Some(credentials.trim()).filter(|text| scheme.eq_ignore_ascii_case("bearer") && !text.is_empty())
}

/// The permissions that a key is limited to. A scope that this version does not know is one that the key does not have.
fn scopes_of(key: &ApiKeyRecord) -> Option<BTreeSet<Permission>> {
    let known = key.scopes.iter().filter_map(|scope| scope.parse().ok());
    (!key.scopes.is_empty()).then(|| known.collect())
}

pub(crate) fn caller_of(tenant: &str, admission: Admission, way: Way) -> Caller {
    let Admission { name, kind, role, filter } = admission;
    Caller { tenant: tenant.to_owned(), name, kind, role, scopes: None, filter, way }
}
