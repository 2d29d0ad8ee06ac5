//! `tag-pattern`: the value of a tag does not match a pattern.

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::TagSubject;

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-pattern",
    Severity::Medium,
    About::Tag,
    "The value of a tag does not match the pattern of the policy.",
);

pub(super) fn find(subject: &TagSubject<'_>, found: &str, pattern: &str) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    FindingBuilder::new(FindingId::TagPattern, format!("{noun} `{key}` is `{found}`, which does not match `{pattern}`"))
        .place(places::locate_key(subject.resource, subject.effective, key))
        .hint(format!("the whole value must match `{pattern}`"))
}
