//! The life of API keys: create, rotate, revoke, list. Each change is in the audit log; the secret is returned once and never stored.

use std::sync::Arc;

use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use tollgate_ledger::{ApiKeyRecord, Ledger, LedgerError};
use tollgate_model::limits::{API_KEY_DAYS, API_KEYS};
use tollgate_model::{AuditEvent, Clock};
use tollgate_pipeline::Actor;
use tollgate_policy::{Policy, Role, nearest};

use crate::api_key::ApiKey;
use crate::secret::Randomness;
use crate::{Permission, Refused};

/// The keys of one tenant.
pub struct ApiKeys {
    /// The ledger that holds the keys.
    pub ledger: Ledger,
    /// The tenant.
    pub tenant: String,
    /// The policy file, which has the service accounts.
    pub policy: Arc<Policy>,
    /// The source of the current time.
    pub clock: Arc<dyn Clock>,
    /// The source of random bytes.
    pub randomness: Arc<dyn Randomness>,
}

/// A key that was just created.
pub struct CreatedKey {
    /// Its record.
    pub record: ApiKeyRecord,
    /// The key, shown once.
    pub key: ApiKey,
}

/// The state of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It is accepted.
    Active,
    /// It is accepted until its end, and a different key replaces it.
    Replaced,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// The state of a key at a time.
    pub fn of(key: &ApiKeyRecord, now: Timestamp) -> Self {
        match key {
            key if key.revoked.is_some() => Self::Revoked,
            key if now >= key.expires_at => Self::Expired,
            key if key.replaced_by.is_some() => Self::Replaced,
            _ => Self::Active,
        }
    }

    /// Returns the spelling in lists and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Replaced => "replaced",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl ApiKeys {
    /// Creates a key of a service account, valid for a number of days. Without scopes, it has all permissions of the account's role.
    ///
    /// # Errors
    ///
    /// 400 for an unknown account, a scope beyond its role or too many days; 403 when the actor is no admin; 503 when the ledger does not
    /// answer.
    pub async fn create(
        &self,
        actor: &Actor,
        account: &str,
        scopes: &[Permission],
        days: u32,
    ) -> Result<CreatedKey, Refused> {
        require_admin(actor)?;
        self.check_account(account, scopes)?;
        if days == 0 || u64::from(days) > API_KEY_DAYS.value {
            let message = format!("a key is valid for 1 to {}", API_KEY_DAYS.amount());
            return Err(invalid(message).hint("rotate the key before it ends: `tollgate keys rotate ID`"));
        }
        let known = self.list().await?;
        let now = self.clock.now();
        let live = known.iter().filter(|key| !matches!(KeyState::of(key, now), KeyState::Expired | KeyState::Revoked));
        if live.count() >= API_KEYS.size() {
            return Err(
                invalid(format!("there are {} already", API_KEYS.amount())).hint("revoke keys that nobody uses")
            );
        }
        let scopes = scopes.iter().map(|scope| scope.scope().to_owned()).collect();
        let created = self.new_key(actor, account, scopes, now + DAY * i32::try_from(days).unwrap_or(1))?;
        let note = format!("for {account}, until {}", created.record.expires_at);
        let event = self.event(actor, "created", &created.record.id, note);
        self.ledger.put_api_keys(&[(&created.record, None)], &event).await.map_err(|e| Refused::by_store(&e))?;
        Ok(created)
    }

    /// Creates a key that replaces another one, with the same account, scopes and number of days. The old key stays valid for the
    /// overlap, in which programs change to the new one.
    ///
    /// # Errors
    ///
    /// 404 for an unknown key; 400 for a key that is expired, revoked or replaced already; otherwise as [`create`](Self::create).
    pub async fn rotate(&self, actor: &Actor, id: &str, overlap: SignedDuration) -> Result<CreatedKey, Refused> {
        require_admin(actor)?;
        let (mut old, version) = self.find(id).await?;
        let now = self.clock.now();
        let state = KeyState::of(&old, now);
        if state != KeyState::Active {
            let hint = "create a new key: `tollgate keys create ACCOUNT`";
            return Err(invalid(format!("the key {id} is {} already", state.as_str())).hint(hint));
        }
        let scopes: Vec<Permission> = old.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
        if scopes.len() < old.scopes.len() {
            return Err(invalid(format!("the key {id} has scopes that this version does not know")));
        }
        self.check_account(&old.account, &scopes)?;
        let life = old.expires_at.duration_since(old.created_at);
        let created = self.new_key(actor, &old.account, old.scopes.clone(), now + life)?;
        old.expires_at = old.expires_at.min(now + overlap);
        old.replaced_by = Some(created.record.id.clone());
        let event =
            self.event(actor, "rotated", id, format!("replaced by {}, ends {}", created.record.id, old.expires_at));
        let saved = self.ledger.put_api_keys(&[(&created.record, None), (&old, Some(version))], &event).await;
        saved.map_err(|error| changed(&error, id))?;
        Ok(created)
    }

    /// Revokes a key: it is refused from now on. Revoking it again changes nothing.
    ///
    /// # Errors
    ///
    /// 404 for an unknown key, 403 when the actor is no admin, 503 when the ledger does not answer.
    pub async fn revoke(&self, actor: &Actor, id: &str) -> Result<ApiKeyRecord, Refused> {
        require_admin(actor)?;
        // A request that saves the last use of the key may come in between.
        for _ in 0..ATTEMPTS {
            let (mut key, version) = self.find(id).await?;
            if key.revoked.is_some() {
                return Ok(key);
            }
            key.revoked = Some((self.clock.now(), actor.name.clone()));
            let event = self.event(actor, "revoked", id, format!("of {}", key.account));
            match self.ledger.put_api_keys(&[(&key, Some(version))], &event).await {
                Ok(()) => return Ok(key),
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(Refused::by_store(&error)),
            }
        }
        Err(Refused::by_store(&LedgerError::Unavailable(format!("the key {id} is in use by many requests"))))
    }

    /// Every key of the tenant, without secrets, by account.
    ///
    /// # Errors
    ///
    /// 503 when the ledger does not answer.
    pub async fn list(&self) -> Result<Vec<ApiKeyRecord>, Refused> {
        let keys = self.ledger.api_keys().await.map_err(|e| Refused::by_store(&e))?;
        Ok(keys.into_iter().filter(|key| key.tenant == self.tenant).collect())
    }

    /// A key of this tenant. A key of a different tenant is an unknown one.
    async fn find(&self, id: &str) -> Result<(ApiKeyRecord, u64), Refused> {
        let found = self.ledger.api_key(id).await.map_err(|e| Refused::by_store(&e))?;
        found.filter(|(key, _)| key.tenant == self.tenant).ok_or_else(|| {
            Refused::new(StatusCode::NOT_FOUND, "key_unknown", format!("there is no key `{id}`"))
                .hint("`tollgate keys list` shows the keys")
        })
    }

    fn check_account(&self, account: &str, scopes: &[Permission]) -> Result<(), Refused> {
        let Some(known) = self.policy.service_accounts.iter().find(|known| known.name == account) else {
            let names = self.policy.service_accounts.iter().map(|known| known.name.as_str());
            let hint = match nearest(account, names) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("add service_account \"{account}\" {{ owner = \"jane\" }} to tollgate.hcl"),
            };
            return Err(invalid(format!("`{account}` is no service account of tollgate.hcl")).hint(hint));
        };
        let beyond = scopes.iter().map(|scope| scope.row()).find(|row| row.role > known.role || row.people_only);
        beyond.map_or(Ok(()), |row| {
            let why = if row.people_only { "is for people only" } else { "is beyond its role" };
            Err(invalid(format!("`{}` {why}: {account} is {}", row.scope, known.role.as_str()))
                .hint(format!("change the role of service_account \"{account}\", or leave the scope out")))
        })
    }

    fn new_key(
        &self,
        actor: &Actor,
        account: &str,
        scopes: Vec<String>,
        expires_at: Timestamp,
    ) -> Result<CreatedKey, Refused> {
        let key = ApiKey::create(&*self.randomness)?;
        let record = ApiKeyRecord {
            id: key.id().to_owned(),
            hash: key.hash(),
            tenant: self.tenant.clone(),
            account: account.to_owned(),
            scopes,
            created_by: actor.name.clone(),
            created_at: self.clock.now(),
            expires_at,
            last_used: None,
            revoked: None,
            replaced_by: None,
        };
        Ok(CreatedKey { record, key })
    }

    fn event(&self, actor: &Actor, what: &str, id: &str, note: String) -> AuditEvent {
        AuditEvent {
            at: self.clock.now(),
            actor: actor.name.clone(),
            action: what.to_owned(),
            subject: format!("key {id}"),
            plan_hash: None,
            via: actor.way(),
            note,
            run: String::new(),
        }
    }
}

/// Attempts to save a key while requests save its last use.
const ATTEMPTS: usize = 20;

fn require_admin(actor: &Actor) -> Result<(), Refused> {
    if actor.role == Role::Admin {
        return Ok(());
    }
    let message = format!("keys need the role admin; {} is {}", actor.name, actor.role.as_str());
    Err(Refused::new(StatusCode::FORBIDDEN, "role_too_low", message)
        .hint("role \"admin\" in tollgate.hcl names who has it"))
}

fn invalid(message: String) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, "key_request_invalid", message)
}

fn changed(error: &LedgerError, id: &str) -> Refused {
    match error {
        LedgerError::Conflict { .. } => {
            Refused::new(StatusCode::CONFLICT, "key_changed", format!("the key {id} was changed at the same time"))
                .hint("run the command again")
        }
        error => Refused::by_store(error),
    }
}
