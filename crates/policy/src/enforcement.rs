//! The enforcement of a policy, and its treatment of values that are known after apply.

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;

/// What a violated policy does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforcement {
    /// It reports a finding and does not block.
    Advisory,
    /// It blocks, unless a member of a named group overrides it.
    Soft,
    /// It blocks.
    #[default]
    Hard,
}

/// What a policy does when a value is known after apply only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// Nothing.
    Ignore,
    /// It warns and does not block.
    #[default]
    Warn,
    /// It blocks, as if the value violated the policy.
    Block,
}

/// What a violated policy does and shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnforcementTerms {
    /// Whether it blocks.
    pub enforcement: Enforcement,
    /// Groups that may override a soft policy.
    pub override_by: Vec<String>,
    /// What it does about values that are known after apply.
    pub unknown: OnUnknown,
    /// The message of its author.
    pub message: Option<String>,
    /// A page with more information.
    pub link: Option<String>,
}

const ENFORCEMENTS: &[(&str, Enforcement)] =
    &[("advisory", Enforcement::Advisory), ("soft", Enforcement::Soft), ("hard", Enforcement::Hard)];
pub(crate) const UNKNOWNS: &[(&str, OnUnknown)] =
    &[("ignore", OnUnknown::Ignore), ("warn", OnUnknown::Warn), ("block", OnUnknown::Block)];

impl Enforcement {
    /// Returns the spelling of the file.
    pub fn as_str(self) -> &'static str {
        ENFORCEMENTS.iter().find(|(_, e)| *e == self).map_or("", |(word, _)| word)
    }
}

impl OnUnknown {
    /// Returns the spelling of the file.
    pub fn as_str(self) -> &'static str {
        UNKNOWNS.iter().find(|(_, u)| *u == self).map_or("", |(word, _)| word)
    }
}

impl EnforcementTerms {
    /// Reads everything but the message, which a rule reads as a template. `unknown` is the default of `gate`.
    pub(crate) fn read(block: &mut Block<'_>, unknown: OnUnknown, document: &mut Document<'_>) -> Self {
        let out = Self {
            enforcement: block.word_or("enforcement", ENFORCEMENTS, Enforcement::default(), document),
            override_by: block.list("override", document),
            unknown: block.word_or("unknown", UNKNOWNS, unknown, document),
            message: None,
            link: block.text("link", document).map(|(t, _)| t.to_owned()),
        };
        let at = || block.place("enforcement").unwrap_or(block.at.clone());
        if out.enforcement == Enforcement::Soft && out.override_by.is_empty() {
            let hint = Some("add override = [\"platform-leads\"], or make it hard".to_owned());
            document.report(at(), format!("{} is soft, and no group may override it", block.title), hint);
        }
        if out.enforcement != Enforcement::Soft && !out.override_by.is_empty() {
            let hint = Some("write enforcement = \"soft\", or remove `override`".to_owned());
            document.report(at(), format!("{} has `override`, but is not soft", block.title), hint);
        }
        if let Some(link) = &out.link
            && !link.starts_with("https://")
        {
            let at = block.place("link").unwrap_or(block.at.clone());
            document.report(at, format!("`link` of {} must start with https://", block.title), None);
        }
        out
    }
}
