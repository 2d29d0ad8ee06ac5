//! What a tag policy says of tags: those of a planned resource, or those of a charge.

use tollgate_expression::{Blame, Object, Value};
use tollgate_model::untrusted::has_content;

use crate::tag_policy::{Case, TagPolicy, TagRule};

/// What is wrong with a tag, or not known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagFault {
    /// The key that it is about, as the policy spells it where it does.
    pub key: String,
    /// What it is.
    pub kind: TagFaultKind,
}

/// What is wrong with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagFaultKind {
    /// It must be there and is not.
    Missing,
    /// It is there with nothing in it.
    Empty,
    /// It must not be there.
    Forbidden,
    /// What stands in it is not allowed. Shown as it may be shown.
    Value {
        /// What stands in it.
        found: String,
        /// What is meant, where that is near.
        meant: Option<String>,
    },
    /// What stands in it does not fit a pattern.
    Pattern {
        /// What stands in it.
        found: String,
        /// The pattern.
        pattern: String,
    },
    /// The key is spelt otherwise.
    KeyCase {
        /// How it is spelt.
        found: String,
        /// How it should be, where that takes no guess.
        meant: Option<String>,
    },
    /// What stands in it is spelt otherwise.
    ValueCase {
        /// What stands in it.
        found: String,
        /// How it should be spelt.
        case: &'static str,
        /// How it should be, where that takes no guess.
        meant: Option<String>,
    },
    /// Whether it will be there is known after apply only.
    UnknownKey(Blame),
    /// What will stand in it is known after apply only.
    UnknownValue(Blame),
}

impl TagPolicy {
    /// What is wrong with tags, and what cannot be told. `folds` where the cloud does not tell capital letters of keys apart.
    pub fn judge(&self, tags: &Object, folds: bool) -> Vec<TagFault> {
        let mut out = Vec::new();
        for rule in &self.tags {
            let found = tags.entries.iter().find(|(key, value)| **key == rule.key && !value.is_null());
            let mut alike = tags
                .entries
                .iter()
                .filter(|(key, value)| key.to_lowercase() == rule.key.to_lowercase() && !value.is_null());
            let mut fault = |kind| out.push(TagFault { key: rule.key.clone(), kind });
            match (found.or(if folds { alike.next() } else { None }), alike.next(), &tags.open) {
                (Some((_, value)), _, _) => rule.judge(value).into_iter().for_each(fault),
                (None, Some((spelt, _)), open) if open.is_none() || !rule.required => {
                    fault(TagFaultKind::KeyCase { found: spelt.clone(), meant: Some(rule.key.clone()) });
                }
                (None, _, Some(blame)) if rule.required => fault(TagFaultKind::UnknownKey(blame.clone())),
                (None, None, None) if rule.required => fault(TagFaultKind::Missing),
                _ => {}
            }
        }
        for (key, value) in &tags.entries {
            if value.is_null() {
                continue;
            }
            let told = out.iter().any(|f| matches!(&f.kind, TagFaultKind::KeyCase { found, .. } if found == key));
            if self.forbidden.iter().any(|f| f.matches(key)) {
                out.push(TagFault { key: key.clone(), kind: TagFaultKind::Forbidden });
            } else if let Some(case) = self.key_case
                && !told
                && !folds
                && self.tag(key).is_none()
                && !case.fits(key)
            {
                let kind = TagFaultKind::KeyCase { found: key.clone(), meant: case.apply(key) };
                out.push(TagFault { key: key.clone(), kind });
            }
        }
        out
    }
}

impl TagRule {
    fn judge(&self, value: &Value) -> Vec<TagFaultKind> {
        let text = match value.expose().0 {
            Value::Unknown(blame) => {
                let asks = !self.values.is_empty() || !self.patterns.is_empty() || self.case.is_some();
                return if asks { vec![TagFaultKind::UnknownValue(blame.clone())] } else { Vec::new() };
            }
            Value::Text(text) => text.clone(),
            other => other.shown(),
        };
        let found = value.shown();
        let hidden = value.is_sensitive();
        // Blanks, marks without width and dashes name nobody, unless the policy names them as values.
        if !has_content(&text) && !self.values.iter().any(|value| value.0 == text) {
            return if self.empty && text.is_empty() { Vec::new() } else { vec![TagFaultKind::Empty] };
        }
        if !self.allows(&text) {
            let meant = if hidden { None } else { self.nearest(&text) };
            return vec![TagFaultKind::Value { found, meant }];
        }
        let mut out = Vec::new();
        for pattern in self.patterns.iter().filter(|p| !p.matches(&text)) {
            out.push(TagFaultKind::Pattern { found: found.clone(), pattern: pattern.source.clone() });
        }
        if let Some(case) = self.case.filter(|c| !c.fits(&text)) {
            let meant = if hidden { None } else { Case::apply(case, &text) };
            out.push(TagFaultKind::ValueCase { found, case: case.as_str(), meant });
        }
        out
    }

    /// The allowed value that somebody meant: one spelt otherwise, or with a typing error.
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
