//! `tag-propagation`: what a resource creates will lack a required tag although the resource has it.

use tollgate_policy::{TagPolicy, TagViolationKind};

use crate::finding::{About, Confidence, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::resource::Resource;
use crate::tags::EffectiveTags;

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-propagation",
    Severity::Medium,
    About::Resource,
    "A resource has a required tag, but what it creates, such as the volumes of an instance, will lack the tag.",
)
.with_details(&[
    "The gate checks the volumes of instances, the instances of groups and launch templates, and the tasks of services. The finding warns;\n\
     with `propagation = \"block\"` it follows the enforcement of the policy.",
]);

/// Returns one finding for each kind of created thing that lacks a tag.
pub(crate) fn judge(resource: &Resource<'_>, effective: &EffectiveTags, policy: &TagPolicy) -> Vec<FindingBuilder> {
    let mut out = Vec::new();
    let own = policy.judge(&effective.tags, effective.ignores_case);
    for made in &effective.creates {
        let what = made.what;
        let (mut lacking, mut unknown) = (Vec::new(), None);
        for fault in policy.judge(&made.tags, effective.ignores_case) {
            // A tag that the resource itself lacks is reported once, on the resource.
            if own.iter().any(|f| f.key == fault.key) {
                continue;
            }
            match fault.kind {
                TagViolationKind::Missing | TagViolationKind::Empty => lacking.push(format!("`{}`", fault.key)),
                TagViolationKind::UnknownKey(blame) => unknown = Some(blame),
                _ => {}
            }
        }
        let place = made.place.clone().or_else(|| resource.block.map(|b| b.head()));
        let finding = match (lacking.as_slice(), unknown) {
            ([], None) => continue,
            ([], Some(blame)) => FindingBuilder::new(
                FindingId::TagPropagation,
                format!("whether the {what} that it creates have the required tags depends on `{blame}`"),
            )
            .confidence(Confidence::Low),
            (keys, _) => FindingBuilder::new(
                FindingId::TagPropagation,
                format!("the {what} that it creates will lack {}, which the resource has", keys.join(", ")),
            )
            .hint(made.remedy),
        };
        out.push(finding.place(place));
    }
    out
}
