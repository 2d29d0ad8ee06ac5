//! The audit log: who decided what, each entry bound to the one before by its hash.

use serde::{Deserialize, Serialize};

use crate::hash::sha256;

/// One entry. Changing, removing or moving it breaks the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its place, from 1.
    pub number: u64,
    /// When, as an RFC 3339 instant.
    pub at: String,
    /// Who: a person of the policy file, or `slack:U012AB3CD`.
    pub who: String,
    /// What was done: `approved`, `acknowledged`, `refused`.
    pub what: String,
    /// To what: a plan's or an incident's id.
    pub subject: String,
    /// The hash of the plan that it was said of, where it was one.
    pub plan_hash: Option<String>,
    /// By which way it came: `slack`, `command line`.
    pub via: String,
    /// Reasons and amounts, for people.
    pub note: String,
    /// The run or request that it belongs to.
    pub run: String,
    /// The hash of the entry before; of nothing for the first.
    pub before: String,
}

impl AuditEntry {
    /// What the entry after it holds in `before`.
    ///
    /// # Errors
    ///
    /// Never for an entry that was read or written as JSON.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        sha256(self)
    }
}

/// What the first entry holds in `before`.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_bound() {
        let entry = AuditEntry {
            number: 1,
            at: "2026-11-21T00:00:00Z".to_owned(),
            who: "jane".to_owned(),
            what: "approved".to_owned(),
            subject: "p-1".to_owned(),
            plan_hash: None,
            via: "slack".to_owned(),
            note: String::new(),
            run: "r".to_owned(),
            before: BEGINNING.to_owned(),
        };
        let hash = entry.hash().unwrap();
        assert_eq!(hash.len(), 64);
        let json = serde_json::to_value(&entry).unwrap();
        for (key, value) in json.as_object().unwrap() {
            let mut other = json.clone();
            other[key] = match value {
                serde_json::Value::Number(_) => 2.into(),
                _ => "other".into(),
            };
            let other: AuditEntry = serde_json::from_value(other).unwrap();
            assert_ne!(other.hash().unwrap(), hash, "{key}");
        }
    }
}
