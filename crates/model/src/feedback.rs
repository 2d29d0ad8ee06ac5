//! Feedback of people on incidents. The next run takes it into account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::DayRange;
use crate::series::Scope;

/// The kind of feedback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// The cost is expected for some days: no alert, and the baseline does not learn from them.
    Expected,
    /// Not an anomaly: from now on the baseline accepts changes of this size.
    NotAnAnomaly,
}

/// The feedback of one person on a scope, for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// The scope, with everything inside it.
    pub scope: Scope,
    /// The days it applies to.
    pub days: DayRange,
    /// The kind of feedback.
    pub opinion: Opinion,
    /// The id of the incident.
    pub incident: String,
    /// The person.
    pub by: String,
    /// When it was given.
    pub at: Timestamp,
    /// The reason, in the words of the person.
    pub note: Option<String>,
}

impl Feedback {
    /// For people: `expected through 2026-12-01, by jane: load test`.
    pub fn summary(&self) -> String {
        let last = self.days.end.plus(-1);
        let what = match self.opinion {
            Opinion::Expected => format!("expected through {last}"),
            Opinion::NotAnAnomaly => "not an anomaly".to_owned(),
        };
        let why = self.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        format!("{what}, by {}{why}", self.by)
    }
}
