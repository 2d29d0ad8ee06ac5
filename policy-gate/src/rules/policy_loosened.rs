//! `policy-loosened`: the change depends on a looser policy.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::text::counted;

use crate::finding::{About, Finding, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const META: FindingMeta = FindingMeta::always_blocks(
    "policy-loosened",
    Severity::High,
    About::Policy,
    "The change loosens a policy and depends on that: the policy of the base branch would block it.",
)
.with_details(&[
    "With a base branch, the gate checks a changed policy twice. This finding lists what the policy of the base branch blocks and the changed\n\
     policy lets pass. A change that does not depend on the looser policy may loosen it.",
]);

/// One finding for each policy of which the base branch blocks what the change lets pass. `before` are the findings by the policy of
/// the base branch.
pub fn find(findings: &[Finding], before: &[Finding]) -> Vec<FindingBuilder> {
    let blocked: BTreeSet<&str> =
        findings.iter().filter(|f| f.outcome.blocks()).map(|f| f.fingerprint.as_str()).collect();
    let mut loosened: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in before.iter().filter(|f| f.outcome.blocks() && !blocked.contains(f.fingerprint.as_str())) {
        *loosened.entry(finding.policy.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let report = |(policy, count): (&str, usize)| {
        let count = counted(count, "finding", "findings");
        let message =
            format!("this change loosens \"{policy}\" and depends on it: the policy of the base branch blocks {count}");
        FindingBuilder::new(FindingId::PolicyLoosened, message)
            .policy(policy, None, None)
            .hint("merge the change of the policy by itself first")
    };
    loosened.into_iter().map(report).collect()
}
