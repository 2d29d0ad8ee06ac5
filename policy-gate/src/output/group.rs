//! Groups findings with the same message at the same location, for example one for each instance of a resource.

use crate::finding::{About, Finding};

/// Findings that are reported together.
pub(super) struct Group<'f> {
    /// The first of them.
    pub(super) first: &'f Finding,
    /// The addresses of all of them.
    pub(super) addresses: Vec<&'f str>,
}

/// The number of addresses that are listed.
const NAMED: usize = 4;

/// Groups findings, in their order.
pub(super) fn groups<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Group<'f>> {
    let mut out: Vec<Group<'f>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for finding in findings {
        let place = finding.place.as_ref().map(|p| (p.file.as_str(), p.start, p.end));
        let key = (
            (finding.id, &finding.policy, &finding.tag, &finding.message),
            (place, &finding.plan, finding.outcome.shown()),
        );
        let at = *known.entry(key).or_insert_with(|| {
            out.push(Group { first: finding, addresses: Vec::new() });
            out.len() - 1
        });
        out[at].addresses.extend(finding.address.as_deref());
    }
    out
}

impl Group<'_> {
    /// Lists its resources, a few by name.
    pub(super) fn resources(&self) -> Option<String> {
        listed(&self.addresses)
    }

    /// Returns the message, the resources, the note and the hint, one line each.
    pub(super) fn message(&self) -> String {
        let resources = self.resources().map(|r| format!("on {r}"));
        let lines = [Some(self.first.message.clone()), resources, self.note(), self.first.hint.clone()];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    /// Returns the policy with its message and link.
    pub(super) fn note(&self) -> Option<String> {
        note(self.first)
    }
}

/// Returns the policy of a finding with its message and link.
pub(super) fn note(finding: &Finding) -> Option<String> {
    // What is wrong with a waiver names it by itself.
    let policy = finding.policy.as_ref().filter(|_| finding.id.meta().about != About::Policy)?;
    let note = finding.note.as_ref().map_or(String::new(), |n| format!(": {n}"));
    let link = finding.link.as_ref().map_or(String::new(), |l| format!(" ({l})"));
    Some(format!("policy \"{policy}\"{note}{link}"))
}

/// Lists names, a few of many; `None` of none.
pub(super) fn listed(names: &[&str]) -> Option<String> {
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        n if n <= NAMED => Some(named),
        n => Some(format!("{named} and {} more", n - NAMED)),
    }
}
