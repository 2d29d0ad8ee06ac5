//! Sessions of people in browsers: opaque ids in cookies, kept in the ledger as hashes, with an idle and an absolute limit.

use std::sync::atomic::Ordering;

use http::{HeaderMap, Method};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use tollgate_ledger::SessionRecord;
use tollgate_model::limits::{LINK_SECONDS, Limit, SESSION_IDLE, SESSION_SECONDS};
use tollgate_pipeline::RowFilter;
use tollgate_policy::Role;

use crate::Refused;
use crate::caller::{Caller, CallerKind, Way};
use crate::cookie::{Cookie, Site};
use crate::identity::{Identity, SignedIn, caller_of};
use crate::origin::check_origin;
use crate::roles::SignedIdentity;
use crate::secret::{random_token, sha256_hex};

/// The last use of a session is saved at most this often.
const SAVED_EVERY: SignedDuration = SignedDuration::from_secs(60);

pub(crate) fn span(limit: &Limit) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(limit.value).unwrap_or(0))
}

/// When a session ends unless it is used: the earlier of its two limits.
fn end_of(session: &SessionRecord) -> Timestamp {
    (session.created_at + span(&SESSION_SECONDS)).min(session.last_used + span(&SESSION_IDLE))
}

impl Identity {
    /// The caller of a request with the cookie of a session.
    pub(crate) async fn by_session(
        &self,
        site: &Site,
        id: &str,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Caller, Refused> {
        let ended = || Refused::unauthenticated("session_ended", "the session has ended").hint("sign in again");
        check_origin(Some(site.address()), method, headers)?;
        let found = self.ledger.session(&sha256_hex(id)).await.map_err(|e| Refused::by_store(&e))?;
        let (mut session, version) = found.ok_or_else(ended)?;
        let now = self.clock.now();
        if now >= end_of(&session) {
            return Err(ended());
        }
        let caller = self.caller_of_session(&session).ok_or_else(ended)??;
        if now.duration_since(session.last_used) >= SAVED_EVERY {
            session.last_used = now;
            match self.ledger.put_session(&session, end_of(&session), Some(version)).await {
                // A different request saved it, or it was revoked: the next request finds out.
                Ok(()) | Err(tollgate_ledger::LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(Refused::by_store(&error)),
            }
        }
        Ok(caller)
    }

    /// The caller of a session by the policy as it is now; `None` when its tenant or its provider is gone.
    fn caller_of_session(&self, session: &SessionRecord) -> Option<Result<Caller, Refused>> {
        let policy = self.policy_of(&session.tenant)?;
        let Some(provider) = &session.provider else {
            let is_local = self.local.load(Ordering::Relaxed);
            return is_local.then(|| Ok(local_owner(&session.tenant, &session.name)));
        };
        policy.identities.iter().find(|known| known.name == *provider && known.client_id.is_some())?;
        let claims: &Map<String, Value> = session.claims.as_object()?;
        let admission = SignedIdentity { provider, claims, signed_in: true }.admit(&policy);
        Some(admission.map(|admission| caller_of(&session.tenant, admission, Way::Session(provider.clone()))))
    }

    /// Starts a session for a person whose identity was just verified. A new sign-in always gets a new id.
    pub(crate) async fn start_session(
        &self,
        site: &Site,
        caller: Caller,
        (provider, claims): (Option<&str>, Value),
        return_to: String,
    ) -> Result<SignedIn, Refused> {
        let id = random_token(&*self.randomness)?;
        let now = self.clock.now();
        let session = SessionRecord {
            hash: sha256_hex(&id),
            tenant: caller.tenant.clone(),
            name: caller.name.clone(),
            provider: provider.map(str::to_owned),
            claims,
            created_at: now,
            last_used: now,
        };
        self.ledger.put_session(&session, end_of(&session), None).await.map_err(|e| Refused::by_store(&e))?;
        let cookies = vec![site.set(Cookie::Session, &id, SESSION_SECONDS.value), site.set(Cookie::SignIn, "", 0)];
        Ok(SignedIn { caller, cookies, return_to })
    }

    /// Ends the session of a request. Returns the value of `Set-Cookie` that removes the cookie.
    ///
    /// # Errors
    ///
    /// 403 for a request of a different site, 503 when the ledger does not answer.
    pub async fn sign_out(&self, method: &Method, headers: &HeaderMap) -> Result<String, Refused> {
        let site = self.site()?;
        // A link or an image of a different site must not sign anybody out.
        let method = if *method == Method::GET { Method::POST } else { method.clone() };
        check_origin(Some(site.address()), &method, headers)?;
        if let Some(id) = site.read(Cookie::Session, headers) {
            self.ledger.end_sessions(&[&sha256_hex(id)]).await.map_err(|e| Refused::by_store(&e))?;
        }
        Ok(site.set(Cookie::Session, "", 0))
    }

    /// Ends all sessions of a person in a tenant. Returns their number.
    ///
    /// # Errors
    ///
    /// 503 when the ledger does not answer.
    pub async fn end_sessions_of(&self, tenant: &str, name: &str) -> Result<usize, Refused> {
        let sessions = self.ledger.sessions().await.map_err(|e| Refused::by_store(&e))?;
        let of_person = sessions.iter().filter(|session| session.tenant == tenant && session.name == name);
        let hashes: Vec<&str> = of_person.map(|session| session.hash.as_str()).collect();
        self.ledger.end_sessions(&hashes).await.map_err(|e| Refused::by_store(&e))?;
        Ok(hashes.len())
    }

    /// Creates the one-time link of `tollgate serve`: the secret part of its address, valid for minutes and for one use.
    ///
    /// # Errors
    ///
    /// 503 when the ledger does not answer.
    pub async fn create_local_link(&self, owner: &str) -> Result<String, Refused> {
        let secret = random_token(&*self.randomness)?;
        let expires = self.clock.now() + span(&LINK_SECONDS);
        let saved = self.ledger.put_local_link(&sha256_hex(&secret), owner, expires).await;
        saved.map_err(|e| Refused::by_store(&e))?;
        self.local.store(true, Ordering::Relaxed);
        Ok(secret)
    }

    /// Opens the one-time link of `tollgate serve`: a session of the user of the machine.
    ///
    /// # Errors
    ///
    /// 401 when the link is unknown, expired or already used, 503 when the ledger does not answer.
    pub async fn open_local_link(&self, secret: &str) -> Result<SignedIn, Refused> {
        let invalid = || {
            Refused::unauthenticated("link_invalid", "the link is unknown, expired or already used")
                .hint("run `tollgate serve` again for a new link")
        };
        if !self.local.load(Ordering::Relaxed) {
            return Err(invalid());
        }
        let owner = self.ledger.take_local_link(&sha256_hex(secret)).await.map_err(|e| Refused::by_store(&e))?;
        let owner = owner.ok_or_else(invalid)?;
        let tenant = self.only_tenant().ok_or_else(invalid)?;
        let caller = local_owner(&tenant, &owner);
        self.start_session(self.site()?, caller, (None, Value::Null), "/".to_owned()).await
    }
}

/// The user of the machine has the store's files, and so may do everything.
fn local_owner(tenant: &str, name: &str) -> Caller {
    Caller {
        tenant: tenant.to_owned(),
        name: name.to_owned(),
        kind: CallerKind::LocalOwner,
        role: Role::Admin,
        scopes: None,
        filter: RowFilter::everything(),
        way: Way::LocalLink,
    }
}
