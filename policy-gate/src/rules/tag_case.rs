//! `tag-case`: a tag's key or value has the wrong case.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-case",
    Severity::Medium,
    About::Tag,
    "The key or value of a tag has the wrong case. Clouds and bills treat `Team` and `team` as two tags.",
);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match &subject.fault.kind {
    TagViolationKind::KeyCase { found, meant } => Some(key(subject, found, meant.as_deref())),
    TagViolationKind::ValueCase { found, case, meant } => Some(value(subject, found, case, meant.as_deref())),
    _ => None,
});

fn key(subject: &TagSubject<'_>, found: &str, meant: Option<&str>) -> FindingBuilder {
    let (noun, shown) = (subject.noun(), subject.effective.shown(found));
    // How a hidden key should be spelt would give it away, unless the policy names it.
    let meant = meant.filter(|meant| shown == found || subject.policy.tag(meant).is_some());
    let message = match (subject.policy.key_case, meant) {
        (_, Some(meant)) => format!("{noun} `{shown}` must be written `{meant}`"),
        (Some(case), None) => format!("{noun} `{shown}` must be written in {} case", case.as_str()),
        (None, None) => format!("{noun} `{shown}` has the wrong case"),
    };
    FindingBuilder::new(FindingId::TagCase, message)
        .place(places::locate_key(subject.resource, subject.effective, found))
        .hint("bills and reports treat different case as different tags")
}

fn value(subject: &TagSubject<'_>, found: &str, case: &str, meant: Option<&str>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let out =
        FindingBuilder::new(FindingId::TagCase, format!("{noun} `{key}` is `{found}`, which is not in {case} case"))
            .place(places::locate_key(subject.resource, subject.effective, key));
    match meant {
        Some(meant) => out.hint(format!("write `{meant}`")),
        None => out,
    }
}
