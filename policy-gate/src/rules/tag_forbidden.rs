//! `tag-forbidden`: a forbidden tag will be present.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-forbidden",
    Severity::Medium,
    About::Tag,
    "A tag that a policy forbids will be present.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match subject.fault.kind {
    TagViolationKind::Forbidden => Some(find(subject)),
    _ => None,
});

fn find(subject: &TagSubject<'_>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let shown = subject.effective.shown(key);
    let from = subject.effective.origin(key).map(|layer| layer.origin.shown()).unwrap_or_default();
    FindingBuilder::new(FindingId::TagForbidden, format!("{noun} `{shown}` is forbidden"))
        .place(places::locate_key(subject.resource, subject.effective, key))
        .hint(format!("remove it; it comes from {from}"))
}
