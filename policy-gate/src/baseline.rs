//! The baseline: blocking findings that are accepted until they are fixed, each listed once. It never lists more than was found.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingBuilder};
use crate::outcome::Outcome;
use crate::rules::baseline_stale;

/// Findings that are accepted and do not block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The version of the file.
    pub version: u32,
    /// The findings, in order.
    pub findings: Vec<BaselineEntry>,
}

/// An accepted finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BaselineEntry {
    /// Identifies it.
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
    /// The value that it holds for, where a value was judged: an amount of money, or what is unknown.
    #[serde(default)]
    pub value: Option<String>,
}

impl BaselineEntry {
    fn is_of(&self, finding: &Finding) -> bool {
        self.fingerprint == finding.fingerprint && self.value == finding.value
    }
}

/// What a run judged: the configurations, by folder, and the resources, by folder and address.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) configurations: BTreeSet<String>,
    pub(crate) resources: BTreeSet<(String, String)>,
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
            format!(
                "{}:{}: is not a baseline; write it again with `policy-gate check --write-baseline`",
                error.line(),
                error.column()
            )
        })?;
        if read.version != VERSION {
            return Err(format!("has version {}; this program reads version {VERSION}", read.version));
        }
        Ok(read)
    }

    /// Lists everything that blocks or is in the baseline already, except what no baseline lets pass.
    pub fn of(findings: &[Finding]) -> Self {
        let listed = |f: &&Finding| f.outcome.blocks() || f.outcome == Outcome::Baseline;
        let kept = findings.iter().filter(|f| listed(f) && f.id.meta().outcome.is_none());
        let entries: BTreeSet<BaselineEntry> = kept
            .map(|f| BaselineEntry {
                fingerprint: f.fingerprint.clone(),
                id: f.id.to_string(),
                stack: f.stack.clone(),
                policy: f.policy.clone(),
                address: f.address.clone(),
                tag: f.tag.clone(),
                value: f.value.clone(),
            })
            .collect();
        let mut findings: Vec<BaselineEntry> = entries.into_iter().collect();
        findings.sort_by(|a, b| {
            let rest = |e: &BaselineEntry| (e.tag.clone(), e.policy.clone(), e.value.clone());
            let key = |e: &BaselineEntry| (e.stack.clone(), e.address.clone(), e.id.clone(), rest(e));
            key(a).cmp(&key(b))
        });
        Self { version: VERSION, findings }
    }

    /// Whether a finding is listed, with the value that was judged.
    pub fn has(&self, finding: &Finding) -> bool {
        self.findings.iter().any(|e| e.is_of(finding))
    }

    /// Entries that match no finding any more: about resources of these plans, by configuration and address, or about one of
    /// these configurations as a whole.
    pub(crate) fn stale(&self, findings: &[Finding], judged: &Judged) -> Vec<FindingBuilder> {
        let gone = |e: &&BaselineEntry| {
            let seen = match &e.address {
                Some(address) => judged.resources.contains(&(e.stack.clone(), address.clone())),
                None => judged.configurations.contains(&e.stack),
            };
            seen && !findings.iter().any(|f| e.is_of(f))
        };
        self.findings.iter().filter(gone).map(baseline_stale::find).collect()
    }
}
