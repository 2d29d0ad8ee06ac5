//! A change plan: what is to be done, and who said that it may.

use std::fmt;
use std::str::FromStr;

use icu_normalizer::ComposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::hash::sha256;
use crate::untrusted::has_content;
use crate::{Money, Resource, ResourceType};

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
    /// What Tollgate does; a person does it without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<Change>>,
}

impl PlanStep {
    /// What a person does.
    pub fn manual(what: &str) -> Self {
        Self { kind: "manual".to_owned(), what: what.to_owned(), change: None }
    }
}

/// One call of a provider's API, exactly as it is made. In texts of its parameters `${step}` stands for the name of plan and step,
/// and `${snapshot}` for the id of what the action `snapshot` of the same step has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiCall {
    /// `ec2`.
    pub service: String,
    /// `DeleteVolume`.
    pub operation: String,
    /// By the provider's names.
    pub parameters: Map<String, Value>,
}

impl fmt::Display for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} {}", self.service, self.operation, Value::Object(self.parameters.clone()))
    }
}

/// What a call brings about, and how it is seen: read before the call, so that nothing is done twice, and after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A fact of the resource is this. While it is one of `under_way`, the call was made and is not finished.
    Fact {
        /// Its name: `state`.
        name: String,
        /// What it is then.
        is: Value,
        /// What it is on the way there, where that can be seen.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        under_way: Vec<Fact>,
    },
    /// The resource has these tags.
    Tagged(Map<String, Value>),
    /// The resource is not there any more.
    Gone,
    /// Something new is there, found by the tag that names the step.
    Made {
        /// What kind of thing.
        what: ResourceType,
        /// Its `state` when it is ready.
        ready: String,
    },
    /// A schedule is there, or is not.
    Schedule {
        /// Its name.
        name: String,
        /// Whether it is there.
        there: bool,
    },
}

/// A fact of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name: `state`.
    pub name: String,
    /// What it is.
    pub is: Value,
}

/// A call, and what it brings about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedCall {
    /// Its name in the step: `snapshot`.
    pub name: String,
    /// The call.
    pub call: ApiCall,
    /// What it brings about.
    pub effect: Effect,
}

/// A call, and the calls that take it back, written down before it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What is done.
    #[serde(flatten)]
    pub apply: VerifiedCall,
    /// What takes it back, in order. Nothing is left to take back without.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rollback: Vec<VerifiedCall>,
    /// What no call brings back, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

/// A step that Tollgate does itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The advice that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// The kind of that advice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice_kind: Option<String>,
    /// The resource as it was seen.
    pub resource: Resource,
    /// Its fingerprint then. Another one at the time of execution is drift, and the step is left out.
    pub fingerprint: String,
    /// What else must hold just before, of the resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<Fact>,
    /// What is done, in order.
    pub actions: Vec<Action>,
    /// How much can go wrong.
    pub risk: Risk,
    /// Whether it deletes something.
    pub deletes: bool,
    /// Days between the mark on what is to be deleted and the deletion; nothing is marked at 0.
    pub wait_days: u32,
    /// What else is touched, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blast_radius: Vec<String>,
    /// What it saves a month, least and most; `None` where nobody knows.
    pub saving: Option<(Money, Money)>,
    /// What EC2 said to the calls with `DryRun`, or that nobody was asked.
    pub permission: String,
}

/// One stage of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name: `canary`, `10 %`.
    pub name: String,
    /// Steps that are done when it ends, counted from the first.
    pub through: usize,
    /// Seconds after it, in which health is watched.
    pub soak_seconds: u32,
}

/// How it is known that nothing is hurt. What cannot be told is not healthy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum HealthCheck {
    /// A CloudWatch alarm is not in `ALARM`, and has data.
    Alarm {
        /// Its name.
        name: String,
        /// Where it is, as account and region; where the step is without.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<crate::AccountRegion>,
    },
    /// A metric's average of the last ten minutes is within bounds.
    Metric {
        /// `AWS/ApplicationELB`.
        namespace: String,
        /// `HTTPCode_Target_5XX_Count`.
        metric: String,
        /// Its dimensions.
        dimensions: std::collections::BTreeMap<String, String>,
        /// `Average`, `Maximum`, `Sum`…
        statistic: String,
        /// The least that is healthy, as a decimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        least: Option<String>,
        /// The most that is healthy, as a decimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<String>,
    },
    /// An address answers with a status from 200 to 299.
    Url {
        /// The address.
        url: String,
    },
}

impl fmt::Display for HealthCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alarm { name, .. } => write!(f, "alarm {name}"),
            Self::Metric { namespace, metric, statistic, .. } => write!(f, "{statistic} of {namespace} {metric}"),
            // A query may have a token in it.
            Self::Url { url } => f.write_str(url.split('?').next().unwrap_or_default()),
        }
    }
}

/// Days and hours in which changes may be made, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Days of the week: `mon`.
    pub days: Vec<String>,
    /// The minute of the day at which it opens.
    pub from: u16,
    /// The minute of the day at which it closes; before `from` it is the next day's.
    pub to: u16,
}

/// How far an undo goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rollback {
    /// All that the plan has done.
    #[default]
    Plan,
    /// What the last stage has done; those before it were healthy.
    Stage,
}

/// How a plan is executed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Stages, in order.
    pub stages: Vec<Stage>,
    /// What is looked at after each.
    pub health: Vec<HealthCheck>,
    /// When changes may be made; at any time without.
    pub windows: Vec<Window>,
    /// Days on which none is made: `2026-12-24`.
    pub quiet_days: Vec<crate::Day>,
    /// How far an undo goes.
    pub rollback: Rollback,
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
    pub saving_per_month: Option<Money>,
    /// How Tollgate executes it; people do without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Rollout>,
    /// When it was made, as an RFC 3339 instant.
    pub created_at: String,
    /// From when on it can no longer be approved, as an RFC 3339 instant.
    pub expires_at: String,
}

impl ChangePlan {
    /// What an approval is bound to: SHA-256 of the plan and of what its approval takes, as canonical JSON.
    ///
    /// # Errors
    ///
    /// Never for a plan that was read or written as JSON.
    pub fn hash(&self, needs: usize, needs_outside_chat: bool) -> Result<String, serde_json::Error> {
        sha256(&(self, needs, needs_outside_chat))
    }
}

/// Where a plan is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanState {
    /// It waits for decisions.
    Proposed,
    /// Enough people said yes.
    Approved,
    /// It is being executed.
    Running,
    /// Everything that could be done is done.
    Done,
    /// It was undone; what could not be is named.
    RolledBack,
    /// It stands still: somebody stopped it, or it cannot go on.
    Halted,
    /// Somebody said no.
    Declined,
    /// Nobody decided in time.
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
    /// What was done, a line each, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub progress: Vec<String>,
    /// What an undo could not bring back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_restored: Vec<String>,
}

/// Whether two names mean one person: capital letters, blanks around a name, marks without width and the encoding of an accent tell
/// nobody apart.
pub fn same_person(one: &str, other: &str) -> bool {
    folded_name(one) == folded_name(other)
}

/// A name as it is compared.
fn folded_name(name: &str) -> String {
    let name = ComposingNormalizerBorrowed::new_nfkc().normalize(name);
    let seen =
        name.chars().filter(|c| !c.is_control() && has_content(&c.to_string()) || matches!(c, ' ' | '-' | '_' | '.'));
    let text: String = seen.flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl PlanRecord {
    /// The hash of what is in the record now, to be compared with [`hash`](Self::hash), which was shown and approved.
    ///
    /// # Errors
    ///
    /// Never for a record that was read or written as JSON.
    pub fn computed_hash(&self) -> Result<String, serde_json::Error> {
        self.plan.hash(self.needs, self.needs_outside_chat)
    }

    /// What is missing before it is approved, for people; `None` when nothing is.
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
            created_at: "2026-11-21T00:00:00Z".to_owned(),
            expires_at: "2026-11-22T00:00:00Z".to_owned(),
        };
        let decision = |(who, in_chat): &(&str, bool)| Decision {
            who: (*who).to_owned(),
            approves: true,
            in_chat: *in_chat,
            at: "2026-11-21T00:00:00Z".to_owned(),
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
        // What the approval takes is approved too.
        assert_ne!(one.hash(2, false).unwrap(), one.hash(1, false).unwrap());
        assert_ne!(one.hash(1, true).unwrap(), one.hash(1, false).unwrap());
        let again: ChangePlan = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        assert_eq!(again.hash(1, false).unwrap(), one.hash(1, false).unwrap());
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
