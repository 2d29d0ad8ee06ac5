//! What people say of an anomaly, so that the next run knows.

use serde::{Deserialize, Serialize};

use crate::DayRange;
use crate::series::Scope;

/// What was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opinion {
    /// It is as planned, for some days: no alert, and nothing to learn from.
    Expected,
    /// It is no anomaly: changes as large are usual from now on.
    NotAnAnomaly,
}

/// What somebody said of a scope, for some days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    /// What it is said of, and everything below it.
    pub scope: Scope,
    /// The days.
    pub days: DayRange,
    /// What was said.
    pub opinion: Opinion,
    /// The incident that it was said of.
    pub incident: String,
    /// Who said it.
    pub by: String,
    /// When, as an RFC 3339 instant.
    pub at: String,
    /// Why, in their words.
    pub note: Option<String>,
}

impl Feedback {
    /// For people: `expected through 2026-12-01, said jane: load test`.
    pub fn summary(&self) -> String {
        let last = self.days.end.plus(-1);
        let what = match self.opinion {
            Opinion::Expected => format!("expected through {last}"),
            Opinion::NotAnAnomaly => "not an anomaly".to_owned(),
        };
        let why = self.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        format!("{what}, said {}{why}", self.by)
    }
}
