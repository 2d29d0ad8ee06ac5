//! Rules: one file each, with the declaration of its findings. A tag rule turns a violation into a finding with a location and a hint.

pub(crate) mod baseline_stale;
pub(crate) mod budget;
pub(crate) mod condition;
pub(crate) mod plan;
pub mod policy_loosened;
pub(crate) mod price_stale;
pub(crate) mod rego;
pub(crate) mod scope_unknown;
pub(crate) mod tag_case;
pub(crate) mod tag_empty;
pub(crate) mod tag_forbidden;
pub(crate) mod tag_missing;
pub(crate) mod tag_pattern;
pub(crate) mod tag_propagation;
pub(crate) mod tag_unknown;
pub(crate) mod tag_value;
pub(crate) mod waivers;

use tollgate_policy::{TagPolicy, TagRule, TagViolation, TagViolationKind};

use crate::finding::FindingBuilder;
use crate::resource::Resource;
use crate::tags::EffectiveTags;

/// A violation of a tag policy, with the resource.
pub(crate) struct TagSubject<'a> {
    /// The resource.
    pub(crate) resource: &'a Resource<'a>,
    /// Its tags.
    pub(crate) effective: &'a EffectiveTags,
    /// The policy.
    pub(crate) policy: &'a TagPolicy,
    /// The requirement for the key.
    pub(crate) rule: Option<&'a TagRule>,
    /// The fault.
    pub(crate) fault: &'a TagViolation,
}

impl TagSubject<'_> {
    /// What the provider calls it: a tag or a label.
    pub(crate) fn noun(&self) -> &'static str {
        if self.effective.written.name().ends_with("labels") { "label" } else { "tag" }
    }

    /// Lists the allowed values, for people.
    pub(crate) fn allowed(&self) -> Option<String> {
        let values = &self.rule?.values;
        let shown: Vec<String> = values.iter().take(8).map(|v| format!("`{}`", v.0)).collect();
        let more = if values.len() > shown.len() {
            format!(" and {} more", values.len() - shown.len())
        } else {
            String::new()
        };
        (!shown.is_empty()).then(|| shown.join(", ") + &more)
    }
}

/// Turns a violation into a finding.
pub(crate) fn tag(subject: &TagSubject<'_>) -> FindingBuilder {
    match &subject.fault.kind {
        TagViolationKind::Missing => tag_missing::find(subject),
        TagViolationKind::Empty => tag_empty::find(subject),
        TagViolationKind::Forbidden => tag_forbidden::find(subject),
        TagViolationKind::Value { found, meant } => tag_value::find(subject, found, meant.as_deref()),
        TagViolationKind::Pattern { found, pattern } => tag_pattern::find(subject, found, pattern),
        TagViolationKind::KeyCase { found, meant } => tag_case::key(subject, found, meant.as_deref()),
        TagViolationKind::ValueCase { found, case, meant } => tag_case::value(subject, found, case, meant.as_deref()),
        TagViolationKind::UnknownKey(blame) => tag_unknown::key(subject, blame),
        TagViolationKind::UnknownValue(blame) => tag_unknown::value(subject, blame),
    }
}
