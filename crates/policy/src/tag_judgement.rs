//! Compares tags with a tag policy: the tags of a planned resource, or of a charge.

use tollgate_expression::{Object, UnknownReason, Value};
use tollgate_model::untrusted::has_content;

use crate::tag_policy::{Case, TagPolicy, TagRule};

/// A tag that violates a policy, or whose value is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagViolation {
    /// The key, in the spelling of the policy if it names the key.
    pub key: String,
    /// The kind of violation.
    pub kind: TagViolationKind,
}

/// The kinds of violations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagViolationKind {
    /// A required tag is not set.
    Missing,
    /// The value is empty.
    Empty,
    /// The tag must not be set.
    Forbidden,
    /// The value is not allowed. A sensitive value is masked.
    Value {
        /// The value.
        found: String,
        /// The nearest allowed value, if any is close.
        meant: Option<String>,
    },
    /// The value does not match a pattern.
    Pattern {
        /// The value.
        found: String,
        /// The pattern.
        pattern: String,
    },
    /// The key has a different case.
    KeyCase {
        /// The key as it is spelled.
        found: String,
        /// The correct spelling, when it is unambiguous.
        meant: Option<String>,
    },
    /// The value has a different case.
    ValueCase {
        /// The value.
        found: String,
        /// The required case.
        case: &'static str,
        /// The correct spelling, when it is unambiguous.
        meant: Option<String>,
    },
    /// Whether the key will be set is known after apply.
    UnknownKey(UnknownReason),
    /// The value is known after apply.
    UnknownValue(UnknownReason),
}

impl TagPolicy {
    /// Returns the violations of tags. `folds` is set when the cloud ignores the case of keys.
    pub fn judge(&self, tags: &Object, folds: bool) -> Vec<TagViolation> {
        let mut out = Vec::new();
        for rule in &self.tags {
            let found = tags.entries.iter().find(|(key, value)| **key == rule.key && !value.is_null());
            let mut alike = tags
                .entries
                .iter()
                .filter(|(key, value)| key.to_lowercase() == rule.key.to_lowercase() && !value.is_null());
            let mut add = |kind| out.push(TagViolation { key: rule.key.clone(), kind });
            match (found.or(if folds { alike.next() } else { None }), alike.next(), &tags.open) {
                (Some((_, value)), _, _) => rule.judge(value).into_iter().for_each(add),
                (None, Some((spelled, _)), open) if open.is_none() || !rule.required => {
                    add(TagViolationKind::KeyCase { found: spelled.clone(), meant: Some(rule.key.clone()) });
                }
                (None, _, Some(reason)) if rule.required => add(TagViolationKind::UnknownKey(reason.clone())),
                (None, None, None) if rule.required => add(TagViolationKind::Missing),
                _ => {}
            }
        }
        for (key, value) in &tags.entries {
            if value.is_null() {
                continue;
            }
            let reported =
                out.iter().any(|f| matches!(&f.kind, TagViolationKind::KeyCase { found, .. } if found == key));
            if self.forbidden.iter().any(|f| f.matches(key)) {
                out.push(TagViolation { key: key.clone(), kind: TagViolationKind::Forbidden });
            } else if let Some(case) = self.key_case
                && !reported
                && !folds
                && self.tag(key).is_none()
                && !case.fits(key)
            {
                let kind = TagViolationKind::KeyCase { found: key.clone(), meant: case.apply(key) };
                out.push(TagViolation { key: key.clone(), kind });
            }
        }
        out
    }
}

impl TagRule {
    fn judge(&self, value: &Value) -> Vec<TagViolationKind> {
        let text = match value.expose().0 {
            Value::Unknown(reason) => {
                let restricts = !self.values.is_empty() || !self.patterns.is_empty() || self.case.is_some();
                return if restricts { vec![TagViolationKind::UnknownValue(reason.clone())] } else { Vec::new() };
            }
            Value::Text(text) => text.clone(),
            other => other.shown(),
        };
        let found = value.shown();
        let hidden = value.is_sensitive();
        // Blanks, zero-width characters and dashes are no content, unless the policy lists them as values.
        if !has_content(&text) && !self.values.iter().any(|value| value.0 == text) {
            return if self.empty && text.is_empty() { Vec::new() } else { vec![TagViolationKind::Empty] };
        }
        if !self.allows(&text) {
            let meant = if hidden { None } else { self.nearest(&text) };
            return vec![TagViolationKind::Value { found, meant }];
        }
        let mut out = Vec::new();
        for pattern in self.patterns.iter().filter(|p| !p.matches(&text)) {
            out.push(TagViolationKind::Pattern { found: found.clone(), pattern: pattern.source.clone() });
        }
        if let Some(case) = self.case.filter(|c| !c.fits(&text)) {
            let meant = if hidden { None } else { Case::apply(case, &text) };
            out.push(TagViolationKind::ValueCase { found, case: case.as_str(), meant });
        }
        out
    }

    /// Returns the allowed value that was probably meant: one with a different case, or a typing error.
    fn nearest(&self, text: &str) -> Option<String> {
        let folded = text.to_lowercase();
        let plain = || self.values.iter().map(|v| v.0.as_str()).filter(|v| !v.contains('*'));
        let begins: Vec<&str> =
            plain().filter(|v| folded.len() >= 3 && v.to_lowercase().starts_with(&folded)).collect();
        let longer: Vec<&str> = plain().filter(|v| v.len() >= 3 && folded.starts_with(&v.to_lowercase())).collect();
        plain()
            .map(|v| (strsim::damerau_levenshtein(&folded, &v.to_lowercase()), v))
            .min()
            .filter(|(distance, v)| *distance <= v.len() / 3)
            .map(|(_, v)| v)
            // `prod` for `production`, and `production` for `prod`.
            .or(if begins.len() == 1 { begins.first().copied() } else { None })
            .or(if longer.len() == 1 { longer.first().copied() } else { None })
            .map(str::to_owned)
    }
}
