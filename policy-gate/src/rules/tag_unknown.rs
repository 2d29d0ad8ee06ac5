//! `tag-unknown`: whether a required tag will be there, or what will stand in it, is known after apply only.

use tollgate_expression::Blame;

use crate::finding::{Confidence, FindingBuilder, FindingId};
use crate::places;
use crate::rules::TagSubject;

pub(super) fn key(subject: &TagSubject<'_>, blame: &Blame) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let message = format!("whether required {noun} `{key}` is present is known after apply: it depends on `{blame}`");
    FindingBuilder::new(FindingId::TagUnknown, message)
        .confidence(Confidence::Low)
        .place(places::locate_tags(subject.resource, subject.effective))
        .hint(format!("write `{key}` in the source as a literal, so that it does not depend on an unknown value"))
}

pub(super) fn value(subject: &TagSubject<'_>, blame: &Blame) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let message = format!("the value of {noun} `{key}` is known after apply: it depends on `{blame}`");
    FindingBuilder::new(FindingId::TagUnknown, message).confidence(Confidence::Low).place(places::locate_key(
        subject.resource,
        subject.effective,
        key,
    ))
}
