//! How far a plan has been executed: kept before and after each call, so that whoever is killed leaves nothing half known.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Nothing was done.
    #[default]
    Waiting,
    /// What is to be deleted was marked.
    Marked,
    /// Some of its calls were made.
    Applying,
    /// All of its calls were made, and what they bring about was seen.
    Applied,
    /// It was left out: the resource is not what was approved, or its owner said no.
    Skipped,
    /// It is being taken back.
    RollingBack,
    /// It was taken back, and that was seen.
    RolledBack,
    /// It could not be taken back, or not whole.
    NotRestored,
}

impl StepState {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Marked => "marked",
            Self::Applying => "applying",
            Self::Applied => "applied",
            Self::Skipped => "skipped",
            Self::RollingBack => "rolling back",
            Self::RolledBack => "rolled back",
            Self::NotRestored => "not restored",
        }
    }
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// When it was about to be made, as an RFC 3339 instant: written before the call.
    pub began: Option<String>,
    /// When the provider took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// When what it brings about was seen.
    pub ended: Option<String>,
    /// The id of what it made, where it made something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// In how many runs nobody answered.
    #[serde(default)]
    pub tries: u32,
    /// How often its effect was looked for and was not there yet.
    #[serde(default)]
    pub looked: u32,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Where it is.
    pub state: StepState,
    /// Why, where that needs a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its calls, by name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub calls: std::collections::BTreeMap<String, CallRecord>,
    /// What is not restored, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

impl StepRecord {
    /// Ids of what its actions made, by the actions' names.
    pub fn made(&self) -> Map<String, Value> {
        let made = |(name, call): (&String, &CallRecord)| Some((name.clone(), Value::from(call.made.clone()?)));
        self.calls.iter().filter_map(made).collect()
    }
}

/// What is done next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// What is to be deleted is marked, and its owners may object.
    #[default]
    Mark,
    /// The steps of a stage are done.
    Apply,
    /// Health is watched.
    Soak,
    /// What was done is taken back.
    RollBack,
    /// Nothing: it is over.
    Over,
}

/// Who works on a plan, and until when nobody else does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The run.
    pub run: String,
    /// Until when, as an RFC 3339 instant.
    pub until: String,
}

/// How far a plan is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// What is done next.
    pub phase: Phase,
    /// The stage, from 0.
    pub stage: usize,
    /// Not before this, as an RFC 3339 instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}
