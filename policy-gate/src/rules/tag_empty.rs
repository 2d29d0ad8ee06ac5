//! `tag-empty`: a required tag will have an empty value.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta =
    FindingMeta::of_policy("tag-empty", Severity::High, About::Tag, "A required tag will have an empty value.");

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match subject.fault.kind {
    TagViolationKind::Empty => Some(find(subject)),
    _ => None,
});

fn find(subject: &TagSubject<'_>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let out = FindingBuilder::new(FindingId::TagEmpty, format!("required {noun} `{key}` is empty"))
        .place(places::locate_key(subject.resource, subject.effective, key));
    match subject.allowed() {
        Some(values) => out.hint(format!("write one of {values}")),
        None => out.hint("write a value, or set `empty = true` in the policy"),
    }
}
