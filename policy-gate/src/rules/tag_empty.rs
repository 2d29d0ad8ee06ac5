//! `tag-empty`: a required tag will be there with nothing in it.

use crate::finding::{FindingBuilder, FindingId};
use crate::places;
use crate::rules::TagSubject;

pub(super) fn find(subject: &TagSubject<'_>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let out = FindingBuilder::new(FindingId::TagEmpty, format!("required {noun} `{key}` is empty"))
        .place(places::locate_key(subject.resource, subject.effective, key));
    match subject.allowed() {
        Some(values) => out.hint(format!("write one of {values}")),
        None => out.hint("write a value, or set `empty = true` in the policy"),
    }
}
