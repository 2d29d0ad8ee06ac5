//! The baseline: findings that were there when the gate was brought in, each named once, to be worked off.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingBuilder, Id};

/// Old findings that do not block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The version of the file.
    pub version: u32,
    /// The findings, in order.
    pub findings: Vec<Entry>,
}

/// An old finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// What tells it from others.
    pub fingerprint: String,
    /// Its id.
    pub id: String,
    /// The folder of its configuration, from the policy file's.
    pub stack: String,
    /// Its policy.
    pub policy: Option<String>,
    /// Its resource.
    pub address: Option<String>,
    /// Its tag.
    pub tag: Option<String>,
}

const VERSION: u32 = 1;

impl Baseline {
    /// Reads a baseline.
    ///
    /// # Errors
    ///
    /// With what is wrong with the file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read: Self = serde_json::from_str(text).map_err(|error| {
            format!("{}:{}: it is no baseline; write it anew with --write-baseline", error.line(), error.column())
        })?;
        if read.version != VERSION {
            return Err(format!("it has version {}; this program reads {VERSION}", read.version));
        }
        Ok(read)
    }

    /// Of everything that blocks or is in the baseline already.
    pub fn of(findings: &[Finding]) -> Self {
        let kept = findings.iter().filter(|f| f.outcome.blocks() || f.outcome == crate::finding::Outcome::Baseline);
        let entries: BTreeSet<Entry> = kept
            .map(|f| Entry {
                fingerprint: f.fingerprint.clone(),
                id: f.id.to_string(),
                stack: f.stack.clone(),
                policy: f.policy.clone(),
                address: f.address.clone(),
                tag: f.tag.clone(),
            })
            .collect();
        let mut findings: Vec<Entry> = entries.into_iter().collect();
        findings.sort_by(|a, b| {
            let key = |e: &Entry| (e.stack.clone(), e.address.clone(), e.id.clone(), e.tag.clone(), e.policy.clone());
            key(a).cmp(&key(b))
        });
        Self { version: VERSION, findings }
    }

    /// Whether a finding is listed.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.findings.iter().any(|e| e.fingerprint == fingerprint)
    }

    /// Entries about resources of these plans, by configuration and address, that fit no finding any more.
    pub fn stale(&self, findings: &[Finding], resources: &BTreeSet<(String, String)>) -> Vec<FindingBuilder> {
        let there: BTreeSet<&str> = findings.iter().map(|f| f.fingerprint.as_str()).collect();
        let gone = |e: &&Entry| {
            let seen = e.address.as_ref().is_some_and(|a| resources.contains(&(e.stack.clone(), a.clone())));
            seen && !there.contains(e.fingerprint.as_str())
        };
        let told = |e: &Entry| {
            let what = e.tag.as_ref().map_or(e.id.clone(), |tag| format!("{} of `{tag}`", e.id));
            let address = e.address.as_deref().unwrap_or_default();
            FindingBuilder::new(Id::BaselineStale, format!("the baseline lists {what} on {address}, which is mended"))
                .hint("write it anew with --write-baseline")
        };
        self.findings.iter().filter(gone).map(told).collect()
    }
}
