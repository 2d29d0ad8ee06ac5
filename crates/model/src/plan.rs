//! A change plan: the steps of a change, and their approvals.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hash::sha256;
use crate::untrusted::has_content;
use crate::{Change, Money, Rollout};

/// The risk of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing is lost, and a rollback takes minutes.
    Low,
    /// Something is interrupted, or a rollback takes time.
    Medium,
    /// Something may be lost, or production is affected.
    High,
}

impl Risk {
    /// Every class, lowest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl FromStr for Risk {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|r| r.as_str() == s)
            .ok_or_else(|| format!("`{s}` is not a risk class: low, medium or high"))
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanStep {
    /// The kind of change. A person does a `manual` step.
    pub kind: String,
    /// What the step does, for people.
    pub what: String,
    /// The change that Tollgate makes; `None` in a manual step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
}

impl PlanStep {
    /// A manual step.
    pub fn manual(what: &str) -> Self {
        Self { kind: "manual".to_owned(), what: what.to_owned(), change: None }
    }
}

/// The content of a plan. It never changes: a different plan has a different hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    /// Its short id: `p-3f9a2c10`.
    pub id: String,
    /// What it does, in one line.
    pub title: String,
    /// The reason.
    pub why: String,
    /// The id of the incident that it fixes, if any.
    pub incident: Option<String>,
    /// Its risk.
    pub risk: Risk,
    /// The requester.
    pub requester: String,
    /// The steps, in order.
    pub steps: Vec<PlanStep>,
    /// Its monthly saving; `None` where it is unknown.
    pub saving_per_month: Option<Money>,
    /// How Tollgate executes it; `None` for a plan of manual steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// When it was created.
    pub created_at: Timestamp,
    /// From this instant on it cannot be approved.
    pub expires_at: Timestamp,
}

impl ChangePlan {
    /// The hash that an approval is bound to: SHA-256 of the plan and of its approval requirement, as canonical JSON.
    ///
    /// # Errors
    ///
    /// Never for a plan that was read or written as JSON.
    pub fn hash(&self, needs: usize, needs_outside_chat: bool) -> Result<String, serde_json::Error> {
        sha256(&(self, needs, needs_outside_chat))
    }
}

/// The state of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// It waits for approval.
    Proposed,
    /// It has all approvals.
    Approved,
    /// It is being executed.
    Running,
    /// Every step is applied or skipped.
    Done,
    /// It was rolled back. What could not be restored is recorded.
    RolledBack,
    /// It is halted: a person stopped it, or it cannot continue.
    Halted,
    /// A person declined it.
    Declined,
    /// It expired without a decision.
    Expired,
}

impl PlanState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Proposed,
        Self::Approved,
        Self::Running,
        Self::Done,
        Self::RolledBack,
        Self::Halted,
        Self::Declined,
        Self::Expired,
    ];

    /// The spelling in JSON and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
            Self::Halted => "halted",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for PlanState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::RolledBack => "rolled back",
            other => other.as_str(),
        })
    }
}

/// The decision of one person on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The person.
    pub who: String,
    /// Whether they approve.
    pub approves: bool,
    /// Whether the decision came from a chat, where a stolen session is enough.
    pub in_chat: bool,
    /// When.
    pub at: Timestamp,
}

/// A plan with its state and decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// The plan.
    pub plan: ChangePlan,
    /// Its hash when it was proposed.
    pub hash: String,
    /// Its state.
    pub state: PlanState,
    /// The number of required approvals.
    pub needs: usize,
    /// Whether one of them must come from outside of a chat.
    pub needs_outside_chat: bool,
    /// The decisions, oldest first.
    pub decisions: Vec<Decision>,
    /// The progress of its execution, one line each, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<String>,
    /// What a rollback could not restore.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_restored: Vec<String>,
}

/// Whether two names mean the same person. Case, surrounding blanks, zero-width characters and the encoding of accents make no
/// difference.
pub fn same_person(one: &str, other: &str) -> bool {
    folded_name(one) == folded_name(other)
}

/// A name in the form in which names are compared.
fn folded_name(name: &str) -> String {
    let name = ComposingNormalizerBorrowed::new_nfkc().normalize(name);
    let seen =
        name.chars().filter(|c| !c.is_control() && has_content(&c.to_string()) || matches!(c, ' ' | '-' | '_' | '.'));
    let text: String = seen.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl PlanRecord {
    /// The hash of the current content, to compare with [`hash`](Self::hash), which was shown and approved.
    ///
    /// # Errors
    ///
    /// Never for a record that was read or written as JSON.
    pub fn computed_hash(&self) -> Result<String, serde_json::Error> {
        self.plan.hash(self.needs, self.needs_outside_chat)
    }

    /// The missing approvals, for people; `None` when it has all of them.
    pub fn missing(&self) -> Option<String> {
        let yes = self.decisions.iter().filter(|d| d.approves);
        let people = yes.clone().map(|d| folded_name(&d.who)).collect::<std::collections::BTreeSet<_>>().len();
        let outside = yes.clone().any(|d| !d.in_chat);
        let more = self.needs.saturating_sub(people);
        match (more, self.needs_outside_chat && !outside) {
            (0, false) => None,
            (0, true) => Some("one approval outside of the chat: `tollgate plans approve`".to_owned()),
            (_, false) => Some(format!("{more} of {} approvals", self.needs)),
            (_, true) => Some(format!("{more} of {} approvals, one of them by `tollgate plans approve`", self.needs)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(needs: usize, needs_outside_chat: bool, said: &[(&str, bool)]) -> PlanRecord {
        let plan = ChangePlan {
            id: "p-1".to_owned(),
            title: "t".to_owned(),
            why: String::new(),
            incident: None,
            risk: Risk::High,
            requester: "jane".to_owned(),
            steps: vec![PlanStep::manual("w")],
            saving_per_month: None,
            rollout: None,
            created_at: "2026-11-21T00:00:00Z".parse().unwrap(),
            expires_at: "2026-11-22T00:00:00Z".parse().unwrap(),
        };
        let decision = |(who, in_chat): &(&str, bool)| Decision {
            who: (*who).to_owned(),
            approves: true,
            in_chat: *in_chat,
            at: "2026-11-21T00:00:00Z".parse().unwrap(),
        };
        let hash = plan.hash(needs, needs_outside_chat).unwrap();
        let decisions = said.iter().map(decision).collect();
        PlanRecord {
            plan,
            hash,
            state: PlanState::Proposed,
            needs,
            needs_outside_chat,
            decisions,
            progress: Vec::new(),
            not_restored: Vec::new(),
        }
    }

    #[test]
    fn enough_people_and_one_outside_of_the_chat() {
        assert_eq!(record(1, false, &[("a", true)]).missing(), None);
        assert_eq!(record(2, false, &[("a", true)]).missing().unwrap(), "1 of 2 approvals");
        assert!(record(2, true, &[("a", true), ("b", true)]).missing().unwrap().contains("outside"));
        assert_eq!(record(2, true, &[("a", true), ("b", false)]).missing(), None);
    }

    #[test]
    fn another_plan_has_another_hash() {
        let one = record(1, false, &[]).plan;
        let other = ChangePlan { risk: Risk::Low, ..one.clone() };
        assert_ne!(one.hash(1, false).unwrap(), other.hash(1, false).unwrap());
        // The approval requirement is part of the hash.
        assert_ne!(one.hash(2, false).unwrap(), one.hash(1, false).unwrap());
        assert_ne!(one.hash(1, true).unwrap(), one.hash(1, false).unwrap());
        let again: ChangePlan = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(again.hash(1, false).unwrap(), one.hash(1, false).unwrap());
    }

    #[test]
    fn a_hash_is_of_this_text() {
        let plan = record(1, false, &[]).plan;
        let text = concat!(
            r#"[{"created_at":"2026-11-21T00:00:00Z","expires_at":"2026-11-22T00:00:00Z","id":"p-1","incident":null,"#,
            r#""requester":"jane","risk":"high","saving_per_month":null,"steps":[{"kind":"manual","what":"w"}],"#,
            r#""title":"t","why":""},1,false]"#,
        );
        assert_eq!(plan.hash(1, false).unwrap(), crate::hash::sha256_of(text.as_bytes()));
        // Fractions of a second are kept as they were written.
        let late = ChangePlan { created_at: "2026-11-21T00:00:00.25Z".parse().unwrap(), ..plan };
        assert!(serde_json::to_string(&late).unwrap().contains(r#""created_at":"2026-11-21T00:00:00.25Z""#));
    }

    #[test]
    fn one_person_counts_once_however_the_name_is_written() {
        for other in ["Jane", "jane ", " JANE", "ja\u{200b}ne", "jane\t"] {
            assert!(same_person("jane", other), "{other:?}");
            assert!(record(2, false, &[("jane", true), (other, false)]).missing().is_some(), "{other:?}");
        }
        assert!(same_person("Jos\u{e9}", "jose\u{301}") && same_person("ｊａｎｅ", "jane"));
        assert!(!same_person("jane", "jan") && !same_person("a b", "ab"));
    }
}
