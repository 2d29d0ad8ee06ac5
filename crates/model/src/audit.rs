//! The audit log: who did what. Each entry holds the hash of the entry before it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::sha256;

/// What happened, before it has its number in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// The person, by the policy file or as `slack:U012AB3CD`; or `tollgate`.
    pub actor: String,
    /// What they did: `approved`, `acknowledged`, `refused`.
    pub action: String,
    /// The id of the plan or incident that it is about.
    pub subject: String,
    /// The hash of the plan, where it is about a plan.
    pub plan_hash: Option<String>,
    /// The way of the request: `slack`, `command line`.
    pub via: String,
    /// Reasons and amounts, for people.
    pub note: String,
    /// The run or request that it belongs to.
    pub run: String,
}

/// One entry of the log. Changing, removing or moving an entry breaks the chain of hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub number: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// The hash of the entry before it; [`BEGINNING`] in the first.
    pub before: String,
}

impl AuditEntry {
    /// The hash that the next entry holds in `before`.
    ///
    /// # Errors
    ///
    /// Never for an entry that was read or written as JSON.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        sha256(self)
    }
}

/// `before` of the first entry.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_bound() {
        let entry = AuditEntry {
            number: 1,
            event: AuditEvent {
                at: "2026-11-21T00:00:00Z".parse().unwrap(),
                actor: "jane".to_owned(),
                action: "approved".to_owned(),
                subject: "p-1".to_owned(),
                plan_hash: None,
                via: "slack".to_owned(),
                note: String::new(),
                run: "r".to_owned(),
            },
            before: BEGINNING.to_owned(),
        };
        let hash = entry.hash().unwrap();
        assert_eq!(hash.len(), 64);
        let json = serde_json::to_value(&entry).unwrap();
        assert_eq!(json["at"], "2026-11-21T00:00:00Z");
        for (key, value) in json.as_object().unwrap() {
            let mut other = json.clone();
            other[key] = match (key.as_str(), value) {
                ("at", _) => "2026-11-21T00:00:01Z".into(),
                (_, serde_json::Value::Number(_)) => 2.into(),
                _ => "other".into(),
            };
            let other: AuditEntry = serde_json::from_value(other).unwrap();
            assert_ne!(other.hash().unwrap(), hash, "{key}");
        }
    }
}
