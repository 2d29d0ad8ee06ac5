//! `baseline-stale`: an entry of the baseline matches no finding.

use crate::baseline::BaselineEntry;
use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};

pub(crate) const META: FindingMeta = FindingMeta::always_warns(
    "baseline-stale",
    Severity::Low,
    About::Policy,
    "An entry of the baseline matches no finding any more and can be removed.",
);

/// The finding for an entry.
pub(crate) fn find(entry: &BaselineEntry) -> FindingBuilder {
    let what = entry.tag.as_ref().map_or(entry.id.clone(), |tag| format!("{} of `{tag}`", entry.id));
    let value = entry.value.as_ref().map_or(String::new(), |value| format!(" ({value})"));
    let subject = match (&entry.address, &entry.policy) {
        (Some(address), _) => format!("on {address}"),
        (None, Some(policy)) => format!("by \"{policy}\""),
        (None, None) => "on the plan".to_owned(),
    };
    let message = format!("the baseline lists {what}{value} {subject}, which is not found any more");
    FindingBuilder::new(FindingId::BaselineStale, message)
        .hint("write the baseline again with `policy-gate check --write-baseline`")
}
