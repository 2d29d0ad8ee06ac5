//! `tag-propagation`: what a resource makes will lack a required tag although the resource has it.

use tollgate_policy::{TagFaultKind, TagPolicy};

use crate::finding::{Confidence, FindingBuilder, Id};
use crate::resource::Resource;
use crate::tags::Effective;

/// One finding for each kind of thing that is made and lacks something.
pub(crate) fn judge(resource: &Resource<'_>, effective: &Effective, policy: &TagPolicy) -> Vec<FindingBuilder> {
    let mut out = Vec::new();
    let own = policy.judge(&effective.tags, effective.folds);
    for made in &effective.makes {
        let what = made.what;
        let (mut lacking, mut unknown) = (Vec::new(), None);
        for fault in policy.judge(&made.tags, effective.folds) {
            // What the resource itself lacks is told once, of the resource.
            if own.iter().any(|f| f.key == fault.key) {
                continue;
            }
            match fault.kind {
                TagFaultKind::Missing | TagFaultKind::Empty => lacking.push(format!("`{}`", fault.key)),
                TagFaultKind::UnknownKey(blame) => unknown = Some(blame),
                _ => {}
            }
        }
        let place = made.place.clone().or_else(|| resource.block.map(|b| b.head()));
        let finding = match (lacking.as_slice(), unknown) {
            ([], None) => continue,
            ([], Some(blame)) => FindingBuilder::new(
                Id::TagPropagation,
                format!("whether the {what} that it makes have the required tags depends on `{blame}`"),
            )
            .confidence(Confidence::Low),
            (keys, _) => FindingBuilder::new(
                Id::TagPropagation,
                format!("the {what} that it makes will lack {}, which it has itself", keys.join(", ")),
            )
            .hint(made.remedy),
        };
        out.push(finding.place(place));
    }
    out
}
