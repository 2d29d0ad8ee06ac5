//! The progress of a plan's execution. It is saved before and after each call, so that a killed process leaves no unknown state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The state of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// No call was made.
    #[default]
    Waiting,
    /// The resource is tagged for deletion.
    Marked,
    /// Some calls were made.
    Applying,
    /// All calls were made, and their effects were verified.
    Applied,
    /// It was skipped: the resource differs from what was approved, or its owner objected.
    Skipped,
    /// It is being rolled back.
    RollingBack,
    /// It was rolled back, and the effect was verified.
    RolledBack,
    /// It could not be rolled back completely.
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

/// The progress of one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecord {
    /// When the call was about to be made: saved before the call.
    pub began: Option<Timestamp>,
    /// When the provider accepted the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Timestamp>,
    /// When its effect was verified.
    pub ended: Option<Timestamp>,
    /// The id of the resource that it created, where it created one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// The number of runs in which the provider did not answer.
    #[serde(default)]
    pub tries: u32,
    /// The number of times that its effect was checked and not present yet.
    #[serde(default)]
    pub looked: u32,
}

/// The progress of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its state.
    pub state: StepState,
    /// The reason for the state, where it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Its calls, by name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub calls: std::collections::BTreeMap<String, CallRecord>,
    /// What a rollback did not restore, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<String>,
}

impl StepRecord {
    /// Ids of created resources, by the names of the actions.
    pub fn made(&self) -> Map<String, Value> {
        let made = |(name, call): (&String, &CallRecord)| Some((name.clone(), Value::from(call.made.clone()?)));
        self.calls.iter().filter_map(made).collect()
    }
}

/// The next phase of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Resources are tagged for deletion, and their owners may object.
    #[default]
    Mark,
    /// The steps of a stage are applied.
    Apply,
    /// Health is checked for the soak time of the stage.
    Soak,
    /// Applied steps are rolled back.
    RollBack,
    /// The execution has ended.
    Over,
}

/// The exclusive right of one run to work on a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The run.
    pub run: String,
    /// The end of the right.
    pub until: Timestamp,
}

/// The progress of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The next phase.
    pub phase: Phase,
    /// The stage, from 0.
    pub stage: usize,
    /// The execution continues at this instant, not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// The run that works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}
