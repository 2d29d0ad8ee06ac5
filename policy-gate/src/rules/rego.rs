//! `rego-deny`, `rego-warn`: what a Rego policy says about a plan or a resource.

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::rego::RegoFinding;

pub(crate) const DENY: FindingMeta = FindingMeta::of_policy(
    "rego-deny",
    Severity::High,
    About::Plan,
    "A Rego policy denies the plan.",
)
.with_details(&[
    "The gate reads the rules `deny` and `violation`, with or without a suffix, as conftest does. Sensitive values in the input are masked.",
]);

pub(crate) const WARN: FindingMeta =
    FindingMeta::of_policy("rego-warn", Severity::Low, About::Plan, "A Rego policy warns about the plan.");

/// The finding for an answer of a Rego rule.
pub(crate) fn find(answer: &RegoFinding) -> FindingBuilder {
    let id = if answer.denies { FindingId::RegoDeny } else { FindingId::RegoWarn };
    FindingBuilder::new(id, answer.message.clone())
}
