//! A change plan: what is to be done, and who said that it may.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::hash::sha256;

/// How much can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Risk {
    /// Nothing is lost and it is undone in minutes.
    Low,
    /// Something is interrupted, or it takes time to undo.
    Medium,
    /// Something may be lost, or production is touched.
    High,
}

impl Risk {
    /// Every class, least first.
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
            .ok_or_else(|| format!("`{s}` is no risk class: low, medium or high"))
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
    /// The kind of change: `manual` is done by a person.
    pub kind: String,
    /// What is done, for people.
    pub what: String,
}

/// What is to be done. It never changes: another plan has another hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangePlan {
    /// Its short name: `p-3f9a2c10`.
    pub id: String,
    /// What it does, in a line.
    pub title: String,
    /// Why.
    pub why: String,
    /// The incident that it mends, where it is one.
    pub incident: Option<String>,
    /// How much can go wrong.
    pub risk: Risk,
    /// Who asks for it.
    pub requester: String,
    /// What is done, in order.
    pub steps: Vec<PlanStep>,
    /// What it saves a month; `None` where nobody knows.
    pub saving_a_month: Option<Money>,
    /// When it was made, as an RFC 3339 instant.
    pub created_at: String,
    /// From when on it can no longer be approved, as an RFC 3339 instant.
    pub expires_at: String,
}

impl ChangePlan {
    /// What an approval is bound to: SHA-256 of the plan as canonical JSON.
    ///
    /// # Errors
    ///
    /// Never for a plan that was read or written as JSON.
    pub fn hash(&self) -> Result<String, serde_json::Error> {
        sha256(self)
    }
}

/// Where a plan is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlanState {
    /// It waits for decisions.
    Proposed,
    /// Enough people said yes.
    Approved,
    /// Somebody said no.
    Declined,
    /// Nobody decided in time.
    Expired,
}

impl PlanState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Approved, Self::Declined, Self::Expired];

    /// For people, and in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for PlanState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What somebody said of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub who: String,
    /// Yes or no.
    pub approves: bool,
    /// Whether it was said in a chat, where a stolen session is enough.
    pub in_chat: bool,
    /// When, as an RFC 3339 instant.
    pub at: String,
}

/// A plan and what was said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRecord {
    /// The plan.
    pub plan: ChangePlan,
    /// Its hash when it was proposed.
    pub hash: String,
    /// Where it is in its life.
    pub state: PlanState,
    /// How many people must approve it.
    pub needs: usize,
    /// Whether one of them must do so outside of a chat.
    pub needs_outside_chat: bool,
    /// What was said, oldest first.
    pub decisions: Vec<Decision>,
}

impl PlanRecord {
    /// What is missing before it is approved, for people; `None` when nothing is.
    pub fn missing(&self) -> Option<String> {
        let yes = self.decisions.iter().filter(|d| d.approves);
        let people = yes.clone().count();
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
            steps: vec![PlanStep { kind: "manual".to_owned(), what: "w".to_owned() }],
            saving_a_month: None,
            created_at: "2026-11-21T00:00:00Z".to_owned(),
            expires_at: "2026-11-22T00:00:00Z".to_owned(),
        };
        let decision = |(who, in_chat): &(&str, bool)| Decision {
            who: (*who).to_owned(),
            approves: true,
            in_chat: *in_chat,
            at: "2026-11-21T00:00:00Z".to_owned(),
        };
        let hash = plan.hash().unwrap();
        let decisions = said.iter().map(decision).collect();
        PlanRecord { plan, hash, state: PlanState::Proposed, needs, needs_outside_chat, decisions }
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
        assert_ne!(one.hash().unwrap(), other.hash().unwrap());
        let again: ChangePlan = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(again.hash().unwrap(), one.hash().unwrap());
    }
}
