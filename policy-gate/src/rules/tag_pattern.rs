//! `tag-pattern`: a tag's value does not fit a pattern.

use crate::finding::{FindingBuilder, FindingId};
use crate::places;
use crate::rules::TagSubject;

pub(super) fn find(subject: &TagSubject<'_>, found: &str, pattern: &str) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    FindingBuilder::new(FindingId::TagPattern, format!("{noun} `{key}` is `{found}`, which does not match `{pattern}`"))
        .place(places::locate_key(subject.resource, subject.effective, key))
        .hint(format!("the whole value must match `{pattern}`"))
}
