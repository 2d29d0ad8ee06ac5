//! Access to the API: keys of service accounts, sessions, sign-ins under way and counters of requests.
//!
//! A key, a session id and the state of a sign-in are stored as their SHA-256 only: a copy of the table opens nothing. They are random
//! values of 150 bits and more, so a slow hash would add nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::{AuditEvent, Day};

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRecord {
    /// The public part of the key.
    pub id: String,
    /// The SHA-256 of the whole key, in hexadecimal digits.
    pub hash: String,
    /// The tenant.
    pub tenant: String,
    /// The service account of the policy file.
    pub account: String,
    /// The permissions that it is limited to; empty for all permissions of the account's role.
    pub scopes: Vec<String>,
    /// The person who created it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// The last day on which it was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<Day>,
    /// When and by which person it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<(Timestamp, String)>,
    /// The id of the key that replaces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<String>,
}

/// A session of a person in a browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRecord {
    /// The SHA-256 of its id, in hexadecimal digits.
    pub hash: String,
    /// The tenant.
    pub tenant: String,
    /// The name of the person, for lists and for revocation. Their role is found anew with each request.
    pub name: String,
    /// The provider's name in the policy file; `None` for the one-time link of one machine.
    pub provider: Option<String>,
    /// What the provider signed, as far as people and roles of the policy file use it.
    pub claims: serde_json::Value,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// The last request, to the minute.
    pub last_used: Timestamp,
}

/// A sign-in that waits for the answer of the provider.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignInRecord {
    /// The tenant.
    pub tenant: String,
    /// The provider's name in the policy file.
    pub provider: String,
    /// The value that the token must repeat.
    pub nonce: String,
    /// The secret of PKCE, whose hash the provider has.
    pub verifier: String,
    /// The SHA-256 of the cookie of the browser that started it.
    pub browser: String,
    /// The path on this site that the person came for.
    pub return_to: String,
}

impl Ledger {
    fn api_key_item(&self, key: &ApiKeyRecord) -> Result<Item, LedgerError> {
        let index = Key::new(self.keys().api_keys_index(), format!("{}#{}", key.account, key.id));
        Ok(Item::new(self.keys().api_key(&key.id), encode(key)?).indexed(index))
    }

    /// An API key by its id, with the version of its record.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn api_key(&self, id: &str) -> Result<Option<(ApiKeyRecord, u64)>, LedgerError> {
        let item = self.table().get(&self.keys().api_key(id)).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }

    /// All API keys, by account.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyRecord>, LedgerError> {
        self.table().query_index_all(Query::partition(self.keys().api_keys_index())).await?.iter().map(decode).collect()
    }

    /// Saves API keys with an entry of the audit log, each if its record still has the version that was read (`None`: does not exist).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when one was changed since it was read.
    pub async fn put_api_keys(
        &self,
        keys: &[(&ApiKeyRecord, Option<u64>)],
        event: &AuditEvent,
    ) -> Result<(), LedgerError> {
        let write = |(key, version): &(&ApiKeyRecord, Option<u64>)| {
            Ok(Write::Put(self.api_key_item(key)?, version.map_or(Condition::Absent, Condition::Version)))
        };
        self.transact_audited(keys.iter().map(write).collect::<Result<_, LedgerError>>()?, event).await
    }

    /// Saves the last use of an API key, unless it was changed since it was read: then the next use saves it.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn record_key_use(&self, key: &ApiKeyRecord, read_version: u64) -> Result<(), LedgerError> {
        let write = Write::Put(self.api_key_item(key)?, Condition::Version(read_version));
        match self.table().transact(vec![write]).await {
            Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A session by the hash of its id, with the version of its record.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn session(&self, hash: &str) -> Result<Option<(SessionRecord, u64)>, LedgerError> {
        let item = self.table().get(&self.keys().session(hash)).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }

    /// Saves a session that is removed at `expires`, if its record still has the version that was read (`None`: does not exist).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when it was changed or revoked since it was read.
    pub async fn put_session(
        &self,
        session: &SessionRecord,
        expires: Timestamp,
        read_version: Option<u64>,
    ) -> Result<(), LedgerError> {
        let index = Key::new(self.keys().sessions_index(), format!("{}#{}", session.name, session.hash));
        let item = Item::new(self.keys().session(&session.hash), encode(session)?).indexed(index);
        let condition = read_version.map_or(Condition::Absent, Condition::Version);
        self.table().transact(vec![Write::Put(item.expiring(expires.as_second()), condition)]).await
    }

    /// Sessions that have not ended, by person.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn sessions(&self) -> Result<Vec<SessionRecord>, LedgerError> {
        self.table().query_index_all(Query::partition(self.keys().sessions_index())).await?.iter().map(decode).collect()
    }

    /// Ends sessions by the hashes of their ids.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn end_sessions(&self, hashes: &[&str]) -> Result<(), LedgerError> {
        self.table().delete_all(hashes.iter().map(|hash| self.keys().session(hash)).collect()).await
    }

    /// Saves a sign-in until it is completed or expires.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_sign_in(
        &self,
        state_hash: &str,
        sign_in: &SignInRecord,
        expires: Timestamp,
    ) -> Result<(), LedgerError> {
        let item = Item::new(self.keys().sign_in(state_hash), encode(sign_in)?).expiring(expires.as_second());
        self.table().transact(vec![Write::Put(item, Condition::Absent)]).await
    }

    /// Removes a sign-in and returns it, once: `None` when it is unknown, expired or already completed.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn take_sign_in(&self, state_hash: &str) -> Result<Option<SignInRecord>, LedgerError> {
        self.take(self.keys().sign_in(state_hash)).await
    }

    /// Saves a one-time link of an owner until it is opened or expires.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_local_link(&self, hash: &str, owner: &str, expires: Timestamp) -> Result<(), LedgerError> {
        let item = Item::new(self.keys().local_link(hash), encode(&owner)?).expiring(expires.as_second());
        self.table().transact(vec![Write::Put(item, Condition::Absent)]).await
    }

    /// Removes a one-time link and returns its owner, once: `None` when it is unknown, expired or already opened.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn take_local_link(&self, hash: &str) -> Result<Option<String>, LedgerError> {
        self.take(self.keys().local_link(hash)).await
    }

    /// Removes an item and returns what it held. Of concurrent callers, one gets it.
    async fn take<T: serde::de::DeserializeOwned>(&self, key: Key) -> Result<Option<T>, LedgerError> {
        let Some(item) = self.table().get(&key).await? else { return Ok(None) };
        match self.table().transact(vec![Write::Delete(key, Condition::Version(item.version))]).await {
            Ok(()) => decode(&item).map(Some),
            Err(LedgerError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Counts a request of a caller in a minute and returns the number of its requests in that minute.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count_request(&self, caller: &str, minute: i64) -> Result<u64, LedgerError> {
        // Kept for a further minute: clocks of several machines differ.
        self.table().count(&self.keys().requests_in_minute(caller, minute), (minute + 2) * 60).await
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::conformance::ledger_at;

    fn sign_in() -> SignInRecord {
        SignInRecord {
            tenant: "t".to_owned(),
            provider: "company".to_owned(),
            nonce: "n".to_owned(),
            verifier: "v".to_owned(),
            browser: "b".to_owned(),
            return_to: "/".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_sign_in_and_a_link_are_taken_once() {
        let (ledger, now) = ledger_at("2026-11-28T12:00:00Z");
        ledger.put_sign_in("s", &sign_in(), now + 10.minutes()).await.unwrap();
        assert_eq!(ledger.take_sign_in("s").await.unwrap().map(|s| s.nonce).as_deref(), Some("n"));
        assert!(ledger.take_sign_in("s").await.unwrap().is_none());
        ledger.put_local_link("l", "jane", now + 10.minutes()).await.unwrap();
        assert_eq!(ledger.take_local_link("l").await.unwrap().as_deref(), Some("jane"));
        assert!(ledger.take_local_link("l").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_ended_session_is_not_saved_again_by_its_last_request() {
        let (ledger, now) = ledger_at("2026-11-28T12:00:00Z");
        let session = SessionRecord {
            hash: "h".to_owned(),
            tenant: "t".to_owned(),
            name: "jane".to_owned(),
            provider: None,
            claims: serde_json::Value::Null,
            created_at: now,
            last_used: now,
        };
        ledger.put_session(&session, now + 1.hour(), None).await.unwrap();
        let (_, version) = ledger.session("h").await.unwrap().unwrap();
        assert_eq!(ledger.sessions().await.unwrap().len(), 1);
        ledger.end_sessions(&["h"]).await.unwrap();
        let again = ledger.put_session(&session, now + 1.hour(), Some(version)).await;
        assert!(matches!(again, Err(LedgerError::Conflict { .. })));
        assert!(ledger.session("h").await.unwrap().is_none() && ledger.sessions().await.unwrap().is_empty());
    }
}
