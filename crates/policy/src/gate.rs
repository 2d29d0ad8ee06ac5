//! `gate { … }` and `environment "prod" { … }`: settings of the pull request gate.

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;
use crate::enforcement::{OnUnknown, UNKNOWNS};

/// Settings of the pull request gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateSettings {
    /// How policies treat values that are known after apply, unless they set it themselves.
    pub unknown: OnUnknown,
    /// The folder of Rego policies, relative to the policy file.
    pub rego: String,
    /// The Rego packages to evaluate; all of them when empty.
    pub namespaces: Vec<String>,
    /// How long the Rego policies may take for a plan, in milliseconds.
    pub rego_milliseconds: u64,
    /// The file of existing findings, relative to the policy file.
    pub baseline: String,
    /// Days before the end of a waiver from which a finding reports it.
    pub expiring_days: u64,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            unknown: OnUnknown::Warn,
            rego: "policies".to_owned(),
            namespaces: Vec::new(),
            rego_milliseconds: 5_000,
            baseline: "tollgate.baseline.json".to_owned(),
            expiring_days: 14,
        }
    }
}

impl GateSettings {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let Self { unknown, rego, rego_milliseconds, baseline, expiring_days, .. } = Self::default();
        Self {
            unknown: block.word_or("unknown", UNKNOWNS, unknown, document),
            rego: block.path_or("rego", rego, document),
            namespaces: block.list("namespaces", document),
            rego_milliseconds: block.whole_or("rego_milliseconds", 10..=60_000, rego_milliseconds, document),
            baseline: block.path_or("baseline", baseline, document),
            expiring_days: block.whole_or("expiring_days", 0..=365, expiring_days, document),
        }
    }
}

/// An environment: where its plans are, and which accounts it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Environment {
    /// Its name, unique in the file.
    pub name: String,
    /// Patterns of plan files and source folders: `envs/prod/**`.
    pub plans: Vec<String>,
    /// Cloud accounts.
    pub accounts: Vec<String>,
}

impl Environment {
    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let (plans, accounts) = (block.list("plans", document), block.list("accounts", document));
        if plans.is_empty() && accounts.is_empty() {
            let hint = Some("add plans = [\"envs/prod/**\"] or accounts = [\"123456789012\"]".to_owned());
            document.report(block.at.clone(), format!("{} has neither plans nor accounts", block.title), hint);
        }
        Self { name, plans, accounts }
    }

    /// Returns whether a plan belongs to this environment, by its path or the folder of its sources.
    pub fn has_plan(&self, path: &str) -> bool {
        // `**` and `*` both cross folders: people write either and mean everything below.
        self.plans.iter().any(|pattern| tollgate_model::pattern::wildcard_matches(&pattern.replace("**", "*"), path))
    }
}
