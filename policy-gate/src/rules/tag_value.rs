//! `tag-value`: the value of a tag is not allowed.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-value",
    Severity::Medium,
    About::Tag,
    "The value of a tag is none of the values that the policy allows.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match &subject.fault.kind {
    TagViolationKind::Value { found, meant } => Some(find(subject, found, meant.as_deref())),
    _ => None,
});

fn find(subject: &TagSubject<'_>, found: &str, meant: Option<&str>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let message = match subject.allowed() {
        Some(values) => format!("{noun} `{key}` is `{found}`, which is none of {values}"),
        None => format!("{noun} `{key}` is `{found}`, which is not allowed"),
    };
    let out = FindingBuilder::new(FindingId::TagValue, message).place(places::locate_key(
        subject.resource,
        subject.effective,
        key,
    ));
    match meant {
        Some(meant) => out.hint(format!("did you mean `{meant}`?")),
        None => out,
    }
}
