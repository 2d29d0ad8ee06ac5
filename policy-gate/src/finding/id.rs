//! What an id of a finding stands for. The registry of rules has a row for each id; the rule declares the rest, beside its code.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{About, Severity};
use crate::outcome::Outcome;
use crate::rules::FindingId;

/// The address of the reference of findings.
pub const DOCS: &str = "https://github.com/tollgate-finops/tollgate/blob/main/docs/reference/findings.md";

/// What an id stands for.
#[derive(Debug)]
pub struct FindingMeta {
    /// The id, as outputs write it.
    pub id: &'static str,
    /// The severity.
    pub severity: Severity,
    /// What it is about.
    pub about: About,
    /// The outcome, where it does not depend on a policy.
    pub outcome: Option<Outcome>,
    /// What it means, in one or two sentences.
    pub summary: &'static str,
    /// Further paragraphs of the reference.
    pub details: &'static [&'static str],
}

impl FindingMeta {
    const fn new(
        id: &'static str,
        severity: Severity,
        about: About,
        outcome: Option<Outcome>,
        summary: &'static str,
    ) -> Self {
        Self { id, severity, about, outcome, summary, details: &[] }
    }

    /// A finding of a policy, whose outcome depends on the policy, on waivers, overrides and the baseline.
    pub(crate) const fn of_policy(id: &'static str, severity: Severity, about: About, summary: &'static str) -> Self {
        Self::new(id, severity, about, None, summary)
    }

    /// A finding about the run itself that blocks, whatever the policy says.
    pub(crate) const fn always_blocks(
        id: &'static str,
        severity: Severity,
        about: About,
        summary: &'static str,
    ) -> Self {
        Self::new(id, severity, about, Some(Outcome::Blocks), summary)
    }

    /// A finding that informs and never blocks.
    pub(crate) const fn always_warns(
        id: &'static str,
        severity: Severity,
        about: About,
        summary: &'static str,
    ) -> Self {
        Self::new(id, severity, about, Some(Outcome::Warns), summary)
    }

    /// Adds paragraphs for the reference.
    pub(crate) const fn with_details(mut self, details: &'static [&'static str]) -> Self {
        self.details = details;
        self
    }
}

/// Defines the ids of findings and the checks of rules, from a row for each id.
macro_rules! rule_registry {
    ($($variant:ident => $meta:path $(, $check:path)?;)+) => {
        /// The id of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingId {
            $(#[doc = concat!("Declared by `", stringify!($meta), "`.")] $variant,)+
        }

        impl FindingId {
            /// Every id, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The declaration.
            pub const fn meta(self) -> &'static $crate::finding::FindingMeta {
                match self {
                    $(Self::$variant => {
                        static META: $crate::finding::FindingMeta = $meta;
                        &META
                    })+
                }
            }
        }

        /// The checks of all rules, in the order of the registry.
        pub(crate) const CHECKS: &[RuleCheck] = &[$($($check,)?)+];
    };
}
pub(crate) use rule_registry;

impl FindingId {
    /// The id, as outputs write it.
    pub const fn as_str(self) -> &'static str {
        self.meta().id
    }

    /// The address of the explanation in the reference.
    pub fn docs(self) -> String {
        format!("{DOCS}#{}", self.as_str())
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FindingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
