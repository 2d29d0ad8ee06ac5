//! `tag-unknown`: whether a required tag will be present, or its value, is known only after apply.

use tollgate_expression::UnknownReason;
use tollgate_policy::TagViolationKind;

use crate::finding::{About, Confidence, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-unknown",
    Severity::Low,
    About::Tag,
    "Whether a required tag will be present, or its value, is known only after apply. The message names the expression that makes it unknown.",
)
.with_details(&[
    "It warns unless the policy has `unknown = \"block\"` or `\"ignore\"`. A key that the source writes as a literal, also inside `merge()`, is known\n\
     even when the plan does not know the map.",
]);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match &subject.fault.kind {
    TagViolationKind::UnknownKey(blame) => Some(key(subject, blame)),
    TagViolationKind::UnknownValue(blame) => Some(value(subject, blame)),
    _ => None,
});

fn key(subject: &TagSubject<'_>, blame: &UnknownReason) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let message = format!("whether required {noun} `{key}` is present is known after apply: it depends on `{blame}`");
    FindingBuilder::new(FindingId::TagUnknown, message)
        .confidence(Confidence::Low)
        .place(places::locate_tags(subject.resource, subject.effective))
        .hint(format!("write `{key}` in the source as a literal, so that it does not depend on an unknown value"))
}

fn value(subject: &TagSubject<'_>, blame: &UnknownReason) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let message = format!("the value of {noun} `{key}` is known after apply: it depends on `{blame}`");
    FindingBuilder::new(FindingId::TagUnknown, message).confidence(Confidence::Low).place(places::locate_key(
        subject.resource,
        subject.effective,
        key,
    ))
}
