//! `tag-missing`: a required tag will be missing.

use tollgate_policy::TagViolationKind;

use crate::finding::{About, FindingBuilder, FindingId, FindingMeta, Severity};
use crate::places;
use crate::rules::{RuleCheck, TagSubject};

pub(crate) const META: FindingMeta = FindingMeta::of_policy(
    "tag-missing",
    Severity::High,
    About::Tag,
    "A tag that a policy requires will be missing.",
)
.with_details(&[
    "It blocks when the change creates the resource or touches its tags or configuration. A resource that only moves, is imported, does not\n\
     change or returns to its configured state has the outcome `existing`.",
    "Fix it with `policy-gate fix --set KEY=VALUE`, or ask for a waiver.",
]);

pub(super) const CHECK: RuleCheck = RuleCheck::TagViolation(|subject| match subject.fault.kind {
    TagViolationKind::Missing => Some(find(subject)),
    _ => None,
});

fn find(subject: &TagSubject<'_>) -> FindingBuilder {
    let (key, noun) = (&subject.fault.key, subject.noun());
    let out = FindingBuilder::new(FindingId::TagMissing, format!("required {noun} `{key}` is missing"))
        .place(places::locate_tags(subject.resource, subject.effective));
    if let Some(near) = nearest(subject, key) {
        return out.hint(format!("did you mean `{key}` where it says `{near}`?"));
    }
    match subject.allowed() {
        Some(values) => out.hint(format!("add `{key}` with one of {values}")),
        None => out.hint(format!("add `{key}` to the resource's {noun}s or to the provider's defaults")),
    }
}

/// Finds a key that is similar to the missing one.
fn nearest<'a>(subject: &TagSubject<'a>, key: &str) -> Option<&'a str> {
    let folded = |text: &str| text.to_lowercase().replace(['-', '_', ':', ' '], "");
    let wanted = folded(key);
    let asked = |k: &str| subject.policy.tag(k).is_some();
    let keys = subject
        .effective
        .tags
        .entries
        .keys()
        .map(String::as_str)
        .filter(|k| !asked(k) && subject.effective.shown(k) == *k);
    keys.map(|k| (strsim::damerau_levenshtein(&folded(k), &wanted), k))
        .min()
        .filter(|(distance, k)| *distance <= wanted.len().min(k.len()) / 4)
        .map(|(_, k)| k)
}
