//! `tag-propagation`: what a resource makes will lack a required tag although the resource has it.

use tollgate_policy::{TagFaultKind, TagPolicy};

use crate::finding::{Confidence, FindingBuilder, Id};
use crate::resource::Resource;
use crate::tags::Effective;

/// One finding a kind of thing that is made and a key that it lacks.
pub(crate) fn judge(resource: &Resource<'_>, effective: &Effective, policy: &TagPolicy) -> Vec<(String, FindingBuilder)> {
    let mut out = Vec::new();
    let own = policy.judge(&effective.tags, effective.folds);
    for made in &effective.makes {
        for fault in policy.judge(&made.tags, effective.folds) {
            // What the resource itself lacks is told once, of the resource.
            if own.iter().any(|f| f.key == fault.key) {
                continue;
            }
            let (what, key) = (made.what, &fault.key);
            let finding = match &fault.kind {
                TagFaultKind::Missing | TagFaultKind::Empty => FindingBuilder::new(
                    Id::TagPropagation,
                    format!("the {what} that it makes will lack required tag `{key}`, which it has itself"),
                )
                .hint(made.remedy),
                TagFaultKind::UnknownKey(blame) => FindingBuilder::new(
                    Id::TagUnknown,
                    format!("whether the {what} that it makes have required tag `{key}` depends on `{blame}`"),
                )
                .confidence(Confidence::Low),
                _ => continue,
            };
            let place = made.place.clone().or_else(|| resource.block.map(|b| b.head()));
            out.push((key.clone(), finding.place(place)));
        }
    }
    out
}
