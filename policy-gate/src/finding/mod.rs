//! Findings: what is wrong with which resource, where, with which confidence and which outcome.

mod fix;
mod id;

use serde::{Serialize, Serializer};
use tollgate_model::untrusted::{line, terminal};
use tollgate_terraform::SourceLocation;

pub(crate) use fix::apply_edits;
pub use fix::{Edit, Fix};
pub(crate) use id::rule_registry;
pub use id::{DOCS, FindingMeta};

pub use crate::rules::FindingId;

use crate::outcome::{Outcome, initial};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// A tag of a resource.
    Tag,
    /// A resource.
    Resource,
    /// A plan.
    Plan,
    /// What a plan costs, judged by a policy.
    Cost,
    /// The policy file, a waiver or the baseline.
    Policy,
}

/// The severity of a finding, which does not depend on its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Information.
    Low,
    /// It causes manual work.
    Medium,
    /// Cost cannot be allocated, or a rule is broken.
    High,
}

impl Severity {
    /// Returns the name that outputs use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The confidence in a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// It depends on something unknown.
    Low,
    /// The sources show it, the plan does not.
    Medium,
    /// The plan shows it.
    High,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What it is.
    pub id: FindingId,
    /// The severity.
    pub severity: Severity,
    /// The confidence.
    pub confidence: Confidence,
    /// The outcome.
    pub outcome: Outcome,
    /// The policy or rule that it breaks.
    pub policy: Option<String>,
    /// The plan that it was found in.
    pub plan: Option<String>,
    /// The folder of the configuration, relative to the policy file.
    pub stack: String,
    /// The resource.
    pub address: Option<String>,
    /// The tag's key.
    pub tag: Option<String>,
    /// The setting of a budget policy that it breaks: `max_increase`.
    pub setting: Option<&'static str>,
    /// The budget that it is about.
    pub budget: Option<String>,
    /// The value that was judged: an amount of money, or what is unknown. An entry of the baseline holds for this value only.
    pub value: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The message of the policy.
    pub note: Option<String>,
    /// The link of the policy.
    pub link: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The location in the sources.
    #[serde(serialize_with = "place")]
    pub place: Option<SourceLocation>,
    /// A change of the sources that fixes it.
    pub fix: Option<Fix>,
    /// Identifies the finding, independent of its location.
    pub fingerprint: String,
    /// The address of its explanation.
    pub docs: String,
}

fn place<S: Serializer>(place: &Option<SourceLocation>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Written<'p> {
        file: &'p str,
        line: usize,
        column: usize,
        end_line: usize,
        end_column: usize,
    }
    let written = place.as_ref().map(|p| Written {
        file: &p.file,
        line: p.line,
        column: p.column,
        end_line: p.end_line,
        end_column: p.end_column,
    });
    written.serialize(serializer)
}

/// Why a finding is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("finding `{id}`: {what}")]
pub struct InvalidFinding {
    /// The finding's id.
    pub id: FindingId,
    /// What is missing or wrong.
    pub what: &'static str,
}

/// Builds a finding and refuses an invalid one.
#[must_use]
#[derive(Clone)]
pub struct FindingBuilder(Finding);

impl FindingBuilder {
    /// Whether another finding has the same id, message, tag and confidence.
    pub(crate) fn has_same_terms_as(&self, other: &Self) -> bool {
        let said = |f: &Finding| (f.id, f.message.clone(), f.tag.clone(), f.confidence);
        said(&self.0) == said(&other.0)
    }

    /// Starts a finding with an id and a message, with high confidence.
    pub fn new(id: FindingId, message: impl Into<String>) -> Self {
        Self(Finding {
            id,
            severity: id.meta().severity,
            confidence: Confidence::High,
            outcome: initial(id),
            policy: None,
            plan: None,
            stack: String::new(),
            address: None,
            tag: None,
            setting: None,
            budget: None,
            value: None,
            message: message.into(),
            note: None,
            link: None,
            hint: None,
            place: None,
            fix: None,
            fingerprint: String::new(),
            docs: id.docs(),
        })
    }

    /// Sets the folder of the configuration, which is part of the fingerprint.
    pub fn stack(mut self, stack: &str) -> Self {
        stack.clone_into(&mut self.0.stack);
        self
    }

    /// Sets the policy or rule, with its message and link.
    pub fn policy(mut self, name: &str, note: Option<&str>, link: Option<&str>) -> Self {
        self.0.policy = Some(name.to_owned());
        self.0.note = note.map(str::to_owned);
        self.0.link = link.map(str::to_owned);
        self
    }

    /// The plan that it was found in.
    pub fn plan(mut self, plan: &str) -> Self {
        self.0.plan = Some(plan.to_owned());
        self
    }

    /// The resource.
    pub fn address(mut self, address: &str) -> Self {
        self.0.address = Some(address.to_owned());
        self
    }

    /// The tag's key.
    pub fn tag(mut self, key: &str) -> Self {
        self.0.tag = Some(key.to_owned());
        self
    }

    /// Where it is.
    pub fn place(mut self, place: Option<SourceLocation>) -> Self {
        self.0.place = place;
        self
    }

    /// What to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// The confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.0.confidence = confidence;
        self
    }

    /// Lowers the confidence to a maximum.
    pub fn confidence_at_most(mut self, confidence: Confidence) -> Self {
        self.0.confidence = self.0.confidence.min(confidence);
        self
    }

    /// The setting of a budget policy that it breaks, and the value that was judged by it.
    pub(crate) fn setting(mut self, setting: &'static str, value: impl Into<String>) -> Self {
        self.0.setting = Some(setting);
        self.0.value = Some(value.into());
        self
    }

    /// The budget that it is about.
    pub(crate) fn budget(mut self, name: &str) -> Self {
        self.0.budget = Some(name.to_owned());
        self
    }

    /// Binds the value that was judged to one change, so that a baseline accepts it for that change alone.
    pub(crate) fn of_change(mut self, id: &str) -> Self {
        self.0.value = self.0.value.map(|value| format!("{value}; {id}"));
        self
    }

    /// The value that was judged.
    pub(crate) fn value(mut self, value: impl Into<String>) -> Self {
        self.0.value = Some(value.into());
        self
    }

    /// The finding.
    ///
    /// # Errors
    ///
    /// When it has no message, misses what its id requires, or has an impossible location.
    pub fn build(self) -> Result<Finding, InvalidFinding> {
        let mut finding = self.0;
        let wrong = |what| Err(InvalidFinding { id: finding.id, what });
        if finding.message.trim().is_empty() {
            return wrong("it has no message");
        }
        match finding.id.meta().about {
            About::Tag if finding.tag.is_none() => return wrong("it names no tag"),
            About::Tag | About::Resource if finding.address.is_none() => return wrong("it names no resource"),
            About::Tag | About::Resource | About::Cost if finding.policy.is_none() => {
                return wrong("it names no policy");
            }
            About::Tag | About::Resource | About::Plan | About::Cost if finding.plan.is_none() => {
                return wrong("it names no plan");
            }
            _ => {}
        }
        if finding.place.as_ref().is_some_and(|p| p.line == 0 || p.column == 0 || p.end < p.start) {
            return wrong("its location is invalid");
        }
        if matches!(&finding.outcome, Outcome::Waived { waiver, .. } if waiver.is_empty()) {
            return wrong("its waiver has no name");
        }
        // What people wrote in Rego may have lines; a value in a message of ours has none of its own.
        let rego = matches!(finding.id, FindingId::RegoDeny | FindingId::RegoWarn);
        finding.message = if rego { terminal(&finding.message) } else { line(&finding.message) };
        let texts = [&mut finding.note, &mut finding.plan, &mut finding.address, &mut finding.tag, &mut finding.hint];
        for text in texts.into_iter().chain([&mut finding.budget, &mut finding.value]) {
            *text = text.as_deref().map(terminal);
        }
        finding.fingerprint = fingerprint(&finding);
        Ok(finding)
    }
}

/// What identifies a finding wherever its resource is written and whatever its amount is. Only the message distinguishes two
/// findings of one Rego rule; the setting and the budget distinguish two of one budget policy.
fn fingerprint(finding: &Finding) -> String {
    let named = (&finding.stack, finding.id.as_str(), &finding.policy, &finding.address, &finding.tag);
    let detail = match finding.id {
        FindingId::RegoDeny | FindingId::RegoWarn => Some(finding.message.clone()),
        _ if finding.setting.is_some() || finding.budget.is_some() => {
            let budget = finding.budget.as_deref().unwrap_or_default();
            Some(format!("{} {budget}", finding.setting.unwrap_or_default()))
        }
        _ => None,
    };
    let mut out = tollgate_model::hash::sha256(&(named, detail)).unwrap_or_default();
    out.truncate(32);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_reviewed() {
        let list: Vec<String> = FindingId::ALL
            .iter()
            .map(|id| format!("{id} ({}, {:?}): {}", id.meta().severity.as_str(), id.meta().about, id.meta().summary))
            .collect();
        insta::assert_snapshot!(list.join("\n"));
    }

    #[test]
    fn nonsense_is_refused() {
        let tag = || {
            FindingBuilder::new(FindingId::TagMissing, "m").plan("p").address("a.b").tag("team").policy("x", None, None)
        };
        tag().build().unwrap();
        assert_eq!(FindingBuilder::new(FindingId::TagMissing, " ").build().unwrap_err().what, "it has no message");
        assert!(FindingBuilder::new(FindingId::TagMissing, "m").build().is_err());
        assert!(FindingBuilder::new(FindingId::Rule, "m").plan("p").policy("x", None, None).build().is_err());
        let nowhere =
            SourceLocation { file: String::new(), line: 0, column: 1, end_line: 0, end_column: 0, start: 0, end: 0 };
        assert_eq!(tag().place(Some(nowhere)).build().unwrap_err().what, "its location is invalid");
        assert_eq!(tag().build().unwrap().fingerprint, tag().hint("else").build().unwrap().fingerprint);
        assert_eq!(
            FindingBuilder::new(FindingId::PlanErrored, "a\u{1b}[31mb").plan("p").build().unwrap().message,
            "a\u{fffd}[31mb"
        );
    }
}
