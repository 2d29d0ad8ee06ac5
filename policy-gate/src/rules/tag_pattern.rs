//! `tag-pattern`: the value of a tag does not match a pattern.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-pattern",
    Severity::Medium,
    About::Tag,
    "The value of a tag does not match the pattern of the policy.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match &subject.fault.kind {
    TagViolationKind::Pattern { found, pattern } => Some(find(subject, found, pattern)),
    _ => None,
});

fn find(subject: &TagSubject<'_>, found: &str, pattern: &str) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    FindingBuilder::new(FindingId::TagPattern, format!("{noun} `{key}` is `{found}`, which does not match `{pattern}`"))
        .place(places::locate_key(subject.resource, subject.effective, key))
        .hint(format!("the whole value must match `{pattern}`"))
}
