//! `tag-forbidden`: a tag that must not be there will be.

use crate::finding::{FindingBuilder, FindingId};
use crate::places;
use crate::rules::TagSubject;

pub(super) fn find(subject: &TagSubject<'_>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let shown = subject.effective.shown(key);
    let from = subject.effective.origin(key).map(|layer| layer.origin.shown()).unwrap_or_default();
    FindingBuilder::new(FindingId::TagForbidden, format!("{noun} `{shown}` is forbidden"))
        .place(places::locate_key(subject.resource, subject.effective, key))
        .hint(format!("remove it; it comes from {from}"))
}
