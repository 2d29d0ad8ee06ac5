//! Rules: one file each. A tag rule turns a fault that the policy found into a finding with a place and what to do.

pub(crate) mod budget;
mod condition;
mod plan;
mod tag_case;
mod tag_empty;
mod tag_forbidden;
mod tag_missing;
mod tag_pattern;
mod tag_propagation;
mod tag_unknown;
mod tag_value;
mod waivers;

use tollgate_policy::{TagFault, TagFaultKind, TagPolicy, TagRule};

pub(crate) use condition::{Monthly, ResourceScope, judge as condition};
pub(crate) use plan::judge as plan;
pub(crate) use tag_propagation::judge as propagation;
pub(crate) use waivers::{WaiverUse, judge as waivers};

use crate::finding::FindingBuilder;
use crate::resource::Resource;
use crate::tags::EffectiveTags;

/// A fault of a tag, and what it was found on.
pub(crate) struct TagSubject<'a> {
    /// The resource.
    pub(crate) resource: &'a Resource<'a>,
    /// Its tags.
    pub(crate) effective: &'a EffectiveTags,
    /// The policy.
    pub(crate) policy: &'a TagPolicy,
    /// What is asked of the key.
    pub(crate) rule: Option<&'a TagRule>,
    /// The fault.
    pub(crate) fault: &'a TagFault,
}

impl TagSubject<'_> {
    /// What the attribute is called: a tag, or a label.
    pub(crate) fn noun(&self) -> &'static str {
        if self.effective.written.name().ends_with("labels") { "label" } else { "tag" }
    }

    /// The values that are allowed, for people.
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

/// The finding that a fault is.
pub(crate) fn tag(subject: &TagSubject<'_>) -> FindingBuilder {
    match &subject.fault.kind {
        TagFaultKind::Missing => tag_missing::find(subject),
        TagFaultKind::Empty => tag_empty::find(subject),
        TagFaultKind::Forbidden => tag_forbidden::find(subject),
        TagFaultKind::Value { found, meant } => tag_value::find(subject, found, meant.as_deref()),
        TagFaultKind::Pattern { found, pattern } => tag_pattern::find(subject, found, pattern),
        TagFaultKind::KeyCase { found, meant } => tag_case::key(subject, found, meant.as_deref()),
        TagFaultKind::ValueCase { found, case, meant } => tag_case::value(subject, found, case, meant.as_deref()),
        TagFaultKind::UnknownKey(blame) => tag_unknown::key(subject, blame),
        TagFaultKind::UnknownValue(blame) => tag_unknown::value(subject, blame),
    }
}
