//! `gate { … }` and `environment "prod" { … }`: what the gate of pull requests needs to know.

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;
use crate::enforcement::{OnUnknown, UNKNOWNS};

/// Settings of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// What policies do about what isn't known, where they don't say.
    pub unknown: OnUnknown,
    /// The folder of Rego policies, beside the file.
    pub rego: String,
    /// Packages of Rego that are asked; every one when empty.
    pub namespaces: Vec<String>,
    /// How long all of Rego may take for a plan, in milliseconds.
    pub rego_milliseconds: u64,
    /// The file of old findings, beside the file.
    pub baseline: String,
    /// Days before the end of a waiver from which it is told.
    pub expiring_days: u64,
}

impl Default for Gate {
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

impl Gate {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let usual = Self::default();
        Self {
            rego: block.path("rego", document).unwrap_or(usual.rego),
            baseline: block.path("baseline", document).unwrap_or(usual.baseline),
            unknown: block.word("unknown", UNKNOWNS, document).unwrap_or(usual.unknown),
            namespaces: block.texts("namespaces", document).into_iter().map(|(text, _)| text).collect(),
            rego_milliseconds: block
                .whole("rego_milliseconds", 10..=60_000, document)
                .unwrap_or(usual.rego_milliseconds),
            expiring_days: block.whole("expiring_days", 0..=365, document).unwrap_or(usual.expiring_days),
        }
    }
}

/// Where plans of an environment are, and which accounts it has.
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
        let mut list = |field, document: &mut Document<'_>| {
            block.texts(field, document).into_iter().map(|(text, _)| text).collect::<Vec<String>>()
        };
        let (plans, accounts) = (list("plans", document), list("accounts", document));
        if plans.is_empty() && accounts.is_empty() {
            let hint = Some("add plans = [\"envs/prod/**\"] or accounts = [\"123456789012\"]".to_owned());
            document.report(block.at.clone(), format!("{} cannot be told from others", block.title), hint);
        }
        Self { name, plans, accounts }
    }

    /// Whether a plan is one of this environment, by its path or the folder of its sources.
    pub fn has_plan(&self, path: &str) -> bool {
        self.plans.iter().any(|pattern| {
            // `**` and `*` alike cross folders: people write either and mean below.
            crate::pattern::NamePattern(pattern.replace("**", "*")).matches(path)
        })
    }
}
