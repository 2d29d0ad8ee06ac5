//! How hard a policy is, and what it does about what isn't known.

use serde::Serialize;

use crate::block::Block;
use crate::document::Document;

/// How hard a policy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Enforcement {
    /// It is told and stops nothing.
    Advisory,
    /// It stops, unless somebody of a named group lets it pass.
    Soft,
    /// It stops.
    #[default]
    Hard,
}

/// What becomes of what isn't known before apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OnUnknown {
    /// Nothing is said.
    Ignore,
    /// It is told and stops nothing.
    #[default]
    Warn,
    /// It stops as if it were wrong.
    Block,
}

/// What a policy does when it is broken, and says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Terms {
    /// How hard it is.
    pub enforcement: Enforcement,
    /// Groups that may let a soft one pass.
    pub override_by: Vec<String>,
    /// What becomes of what isn't known.
    pub unknown: OnUnknown,
    /// What its author says.
    pub message: Option<String>,
    /// Where there is more to read.
    pub link: Option<String>,
}

const ENFORCEMENTS: &[(&str, Enforcement)] =
    &[("advisory", Enforcement::Advisory), ("soft", Enforcement::Soft), ("hard", Enforcement::Hard)];
pub(crate) const UNKNOWNS: &[(&str, OnUnknown)] =
    &[("ignore", OnUnknown::Ignore), ("warn", OnUnknown::Warn), ("block", OnUnknown::Block)];

impl Enforcement {
    /// The spelling of the file.
    pub fn as_str(self) -> &'static str {
        ENFORCEMENTS.iter().find(|(_, e)| *e == self).map_or("", |(word, _)| word)
    }
}

impl OnUnknown {
    /// The spelling of the file.
    pub fn as_str(self) -> &'static str {
        UNKNOWNS.iter().find(|(_, u)| *u == self).map_or("", |(word, _)| word)
    }
}

impl Terms {
    /// Reads everything but the message, which a rule reads as a template. `usual` is what holds where the block is silent.
    pub(crate) fn read(block: &mut Block<'_>, usual: &Self, document: &mut Document<'_>) -> Self {
        let groups: Vec<String> = block.texts("override", document).into_iter().map(|(text, _)| text).collect();
        let out = Self {
            enforcement: block.word("enforcement", ENFORCEMENTS, document).unwrap_or(usual.enforcement),
            override_by: if groups.is_empty() { usual.override_by.clone() } else { groups },
            unknown: block.word("unknown", UNKNOWNS, document).unwrap_or(usual.unknown),
            message: usual.message.clone(),
            link: block.text("link", document).map(|(t, _)| t.to_owned()).or_else(|| usual.link.clone()),
        };
        let at = || block.place("enforcement").unwrap_or(block.at.clone());
        if out.enforcement == Enforcement::Soft && out.override_by.is_empty() {
            let hint = Some("add override = [\"platform-leads\"], or make it hard".to_owned());
            document.report(at(), format!("{} is soft, and nobody may let it pass", block.title), hint);
        }
        if out.enforcement != Enforcement::Soft && !out.override_by.is_empty() {
            let hint = Some("write enforcement = \"soft\", or take `override` away".to_owned());
            document.report(at(), format!("{} names who may override it, but is not soft", block.title), hint);
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
