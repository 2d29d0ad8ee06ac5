//! `tag_policy "cost-allocation" { … }`: required and forbidden tags, and the values that they may have.

use std::collections::BTreeMap;
use std::ops::Range;

use regex::Regex;
use serde::Serialize;
use tollgate_model::pattern::Pattern;

use crate::block::Block;
use crate::document::Document;
use crate::enforcement::{EnforcementTerms, OnUnknown, UNKNOWNS};
use crate::selection::ResourceSelection;

/// Requirements for tags.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagPolicy {
    /// Its name, unique among policies and rules.
    pub name: String,
    /// The policy that it extends and makes stricter.
    pub extends: Option<String>,
    /// The resources that it applies to.
    #[serde(flatten)]
    pub selection: ResourceSelection,
    /// What it does when it is violated.
    #[serde(flatten)]
    pub terms: EnforcementTerms,
    /// The requirements for each key.
    pub tags: Vec<TagRule>,
    /// Keys that must not be set.
    pub forbidden: Vec<Pattern>,
    /// The case of keys.
    pub key_case: Option<Case>,
    /// What happens when a resource has a required tag, and the volumes, instances or tasks that it creates do not.
    pub propagation: OnUnknown,
}

/// The requirements for one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TagRule {
    /// The key.
    pub key: String,
    /// Whether it must be set.
    pub required: bool,
    /// Whether its value may be empty.
    pub empty: bool,
    /// The allowed values; any value when empty.
    pub values: Vec<Pattern>,
    /// The regular expressions that the value must match, each.
    pub patterns: Vec<TextPattern>,
    /// The case of its value.
    pub case: Option<Case>,
}

/// A regular expression that must match a whole text.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct TextPattern {
    /// As it was written.
    pub source: String,
    #[serde(skip)]
    regex: Regex,
}

impl PartialEq for TextPattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl TextPattern {
    fn read(source: &str) -> Option<Self> {
        let whole = format!("^(?:{source})$");
        let regex = regex::RegexBuilder::new(&whole).size_limit(1 << 20).build().ok()?;
        Some(Self { source: source.to_owned(), regex })
    }

    /// Returns whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The case of a key or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// `cost-center`.
    Lower,
    /// `COST-CENTER`.
    Upper,
    /// `CostCenter`.
    Pascal,
    /// `costCenter`.
    Camel,
    /// `cost_center`.
    Snake,
    /// `cost-center`, with `-` and nothing else between words.
    Kebab,
}

const CASES: &[(&str, Case)] = &[
    ("lower", Case::Lower),
    ("upper", Case::Upper),
    ("pascal", Case::Pascal),
    ("camel", Case::Camel),
    ("snake", Case::Snake),
    ("kebab", Case::Kebab),
];

impl Case {
    /// Returns the spelling of the file.
    pub fn as_str(self) -> &'static str {
        CASES.iter().find(|(_, c)| *c == self).map_or("", |(word, _)| word)
    }

    /// Returns whether a text has this case.
    pub fn fits(self, text: &str) -> bool {
        let words = |separator| {
            text.chars().all(|c| c.is_lowercase() || c.is_numeric() || c == separator)
                && text.split(separator).all(|word| !word.is_empty())
        };
        let joined = text.chars().all(char::is_alphanumeric);
        match self {
            Self::Lower => !text.chars().any(char::is_uppercase),
            Self::Upper => !text.chars().any(char::is_lowercase),
            Self::Pascal => joined && text.chars().next().is_some_and(|c| !c.is_lowercase()),
            Self::Camel => joined && text.chars().next().is_some_and(|c| !c.is_uppercase()),
            Self::Snake => words('_'),
            Self::Kebab => words('-'),
        }
    }

    /// Returns a text in this case, when the conversion is unambiguous.
    pub fn apply(self, text: &str) -> Option<String> {
        let out = match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Snake | Self::Kebab | Self::Camel | Self::Pascal => {
                let words = words(text);
                let capital = |word: &String| {
                    let mut chars = word.chars();
                    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
                };
                match self {
                    Self::Snake => words.join("_"),
                    Self::Kebab => words.join("-"),
                    Self::Pascal => words.iter().map(capital).collect(),
                    _ => words.iter().take(1).cloned().chain(words.iter().skip(1).map(capital)).collect(),
                }
            }
        };
        (out != text && self.fits(&out)).then_some(out)
    }
}

/// Returns the words of a name in lower case: `costCenter`, `cost-center` and `Cost_Center` have the same words.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut before_lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() {
            out.push(String::new());
            before_lower = false;
            continue;
        }
        if out.is_empty() || (c.is_uppercase() && before_lower) {
            out.push(String::new());
        }
        before_lower = !c.is_uppercase();
        if let Some(word) = out.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    out.retain(|word| !word.is_empty());
    out
}

impl TagPolicy {
    pub(crate) fn read(
        name: String,
        block: &mut Block<'_>,
        unknown: OnUnknown,
        environments: &[String],
        document: &mut Document<'_>,
    ) -> Self {
        let mut terms = EnforcementTerms::read(block, unknown, document);
        terms.message = block.text("message", document).map(|(text, _)| text.to_owned());
        let mut out = Self {
            name,
            extends: block.text("extends", document).map(|(text, _)| text.to_owned()),
            selection: ResourceSelection::read(block, environments, document),
            terms,
            tags: Vec::new(),
            forbidden: block.list("forbidden", document).into_iter().map(Pattern).collect(),
            key_case: block.word("key_case", CASES, document),
            propagation: block.word_or("propagation", UNKNOWNS, OnUnknown::default(), document),
        };
        for (key, at) in block.texts("required", document) {
            if key.trim().is_empty() {
                document.report(at, format!("a required tag of {} has no name", block.title), None);
            }
            out.tags.push(TagRule::of(key));
        }
        for (key, mut tag) in block.named_children("tag", document) {
            if out.tags.iter().any(|t| t.key == key) {
                let hint = Some("keep one".to_owned());
                document.report(tag.at.clone(), format!("{} has the tag `{key}` twice", block.title), hint);
            }
            out.tags.push(TagRule::read(key, &mut tag, document));
            tag.finish(document);
        }
        if out.tags.is_empty() && out.forbidden.is_empty() && out.key_case.is_none() && out.extends.is_none() {
            let hint = Some("add required = [\"team\"], or a `tag` block".to_owned());
            document.report(block.at.clone(), format!("{} has no requirement", block.title), hint);
        }
        for tag in out.tags.iter().filter(|t| t.required) {
            if out.forbidden.iter().any(|f| f.matches(&tag.key)) {
                let at = block.place("forbidden").unwrap_or(block.at.clone());
                document.report(at, format!("{} requires the tag `{}` and forbids it", block.title, tag.key), None);
            }
        }
        out
    }

    /// Returns the requirements for a key.
    pub fn tag(&self, key: &str) -> Option<&TagRule> {
        self.tags.iter().find(|t| t.key == key)
    }
}

impl TagRule {
    fn of(key: String) -> Self {
        Self { key, required: true, empty: false, values: Vec::new(), patterns: Vec::new(), case: None }
    }

    fn read(key: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let values: Vec<Pattern> = block.list("values", document).into_iter().map(Pattern).collect();
        let pattern = block.text("pattern", document).and_then(|(text, at)| {
            let read = TextPattern::read(text);
            if read.is_none() {
                let hint = Some("write a regular expression such as \"[a-z]{2,12}\"".to_owned());
                document.report(at, format!("`pattern` of {} cannot be read", block.title), hint);
            }
            read
        });
        let out = Self {
            key,
            required: block.flag_or("required", true, document),
            empty: block.flag_or("empty", false, document),
            values,
            patterns: pattern.into_iter().collect(),
            case: block.word("case", CASES, document),
        };
        for value in out.values.iter().filter(|v| !v.has_wildcard()) {
            let odd = out.patterns.iter().any(|p| !p.matches(&value.0)) || out.case.is_some_and(|c| !c.fits(&value.0));
            if odd {
                let at = block.place("values").unwrap_or(block.at.clone());
                let message = format!("{} allows `{}`, which its pattern or case does not", block.title, value.0);
                document.report(at, message, None);
            }
        }
        out
    }

    /// Returns whether a value is allowed.
    pub fn allows(&self, value: &str) -> bool {
        self.values.is_empty() || self.values.iter().any(|v| v.matches(value))
    }
}

/// Merges each policy with the one that it extends, and reports contradictions.
pub(crate) fn inherit(policies: &mut [TagPolicy], at: &dyn Fn(&str) -> Range<usize>, document: &mut Document<'_>) {
    let written: BTreeMap<String, TagPolicy> = policies.iter().map(|p| (p.name.clone(), p.clone())).collect();
    for policy in policies.iter_mut() {
        let mut seen = vec![policy.name.clone()];
        let mut above = policy.extends.clone();
        while let Some(name) = above {
            let Some(parent) = written.get(&name) else {
                let hint = crate::diagnostic::suggest(&name, written.keys().map(String::as_str));
                let message = format!("tag_policy \"{}\" extends `{name}`, which is no tag policy", policy.name);
                document.report(at(&policy.name), message, hint);
                break;
            };
            if seen.contains(&name) {
                document.report(at(&policy.name), format!("tag_policy \"{}\" extends itself", policy.name), None);
                break;
            }
            seen.push(name);
            for conflict in inherit_from(policy, parent) {
                let hint = Some("a policy may be stricter than the one it extends, not looser".to_owned());
                document.report(at(&policy.name), format!("tag_policy \"{}\" {conflict}", policy.name), hint);
            }
            above = parent.extends.clone();
        }
    }
    for (i, one) in policies.iter().enumerate() {
        for other in &policies[i + 1..] {
            for conflict in contradictions(one, other) {
                let hint = Some("narrow one of them with types, modules or environments".to_owned());
                let message = format!("tag_policy \"{}\" and \"{}\" {conflict}", other.name, one.name);
                document.report(at(&other.name), message, hint);
            }
        }
    }
}

/// Adds the requirements of a parent. Returns those that the child would weaken.
fn inherit_from(child: &mut TagPolicy, parent: &TagPolicy) -> Vec<String> {
    let mut conflicts = Vec::new();
    if child.terms.enforcement < parent.terms.enforcement {
        let (ours, theirs) = (child.terms.enforcement.as_str(), parent.terms.enforcement.as_str());
        conflicts.push(format!("is {ours}, but \"{}\", which it extends, is {theirs}", parent.name));
    }
    for wanted in &parent.tags {
        let Some(own) = child.tags.iter_mut().find(|t| t.key == wanted.key) else {
            child.tags.push(wanted.clone());
            continue;
        };
        if wanted.required && !own.required {
            conflicts.push(format!("lets the tag `{}` be left out, which \"{}\" requires", own.key, parent.name));
        }
        if own.values.is_empty() {
            own.values.clone_from(&wanted.values);
        } else if let Some(extra) = own.values.iter().find(|v| !wanted.allows(&v.0)) {
            conflicts.push(format!("allows `{}` as `{}`, which \"{}\" does not", extra.0, own.key, parent.name));
        }
        if own.empty && !wanted.empty {
            conflicts.push(format!("lets the tag `{}` be empty, which \"{}\" does not", own.key, parent.name));
        }
        own.patterns.extend(wanted.patterns.iter().filter(|p| !own.patterns.contains(p)).cloned().collect::<Vec<_>>());
        own.case = own.case.or(wanted.case);
    }
    for tag in child.tags.iter().filter(|t| t.required) {
        if parent.forbidden.iter().any(|f| f.matches(&tag.key)) {
            conflicts.push(format!("requires the tag `{}`, which \"{}\" forbids", tag.key, parent.name));
        }
    }
    child
        .forbidden
        .extend(parent.forbidden.iter().filter(|f| !child.forbidden.contains(f)).cloned().collect::<Vec<_>>());
    child.key_case = child.key_case.or(parent.key_case);
    conflicts
}

/// Returns the requirements of two policies that no resource can meet at once.
fn contradictions(one: &TagPolicy, other: &TagPolicy) -> Vec<String> {
    if !one.selection.may_overlap(&other.selection) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (a, b) in [(one, other), (other, one)] {
        for tag in a.tags.iter().filter(|t| t.required) {
            if b.forbidden.iter().any(|f| f.matches(&tag.key)) {
                out.push(format!("require and forbid the tag `{}`", tag.key));
            }
        }
    }
    for tag in one.tags.iter().filter(|t| t.required) {
        let Some(its) = other.tag(&tag.key) else { continue };
        let plain = |rule: &TagRule| !rule.values.is_empty() && rule.values.iter().all(|v| !v.has_wildcard());
        if plain(tag) && plain(its) && !tag.values.iter().any(|v| its.allows(&v.0)) {
            out.push(format!("allow no common value of the tag `{}`", tag.key));
        }
    }
    out
}
