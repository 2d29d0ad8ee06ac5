//! `scope-unknown`: whether a policy applies to a plan is unknown.

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const META: FindingMeta = FindingMeta::always_warns(
    "scope-unknown",
    Severity::Low,
    About::Plan,
    "A policy applies to certain accounts or environments, and those of the plan are unknown.",
);

/// The finding for a policy and what is unknown: `account` or `environment`.
pub(crate) fn find(policy: &str, what: &str) -> FindingBuilder {
    let message = format!("\"{policy}\" applies to certain {what}s, and the {what} of this plan is unknown");
    let hint = format!("set --{what} NAME, or define it with `environment` blocks in the policy file");
    FindingBuilder::new(FindingId::ScopeUnknown, message).hint(hint).policy(policy, None, None)
}
