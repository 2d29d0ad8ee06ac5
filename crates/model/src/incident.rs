//! An incident: what people hear about.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::series::Scope;
use crate::{Amount, Currency, Day, Direction};

/// How much it matters, by the money that it adds to a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a line in a digest.
    Low,
    /// Worth a look this week.
    Medium,
    /// Worth a look today.
    High,
    /// Worth waking somebody.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

/// Where an incident is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// Nobody has said anything yet.
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// The cost is back, or the new level has become usual.
    Resolved,
    /// Somebody said that it is as it should be.
    Expected,
}

impl IncidentState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Acknowledged, Self::Resolved, Self::Expected];

    /// The spelling used in keys and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Expected => "expected",
        }
    }
}

impl FromStr for IncidentState {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == s)
            .ok_or_else(|| format!("`{s}` is not a state: open, acknowledged, resolved or expected"))
    }
}

impl fmt::Display for IncidentState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The shape of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Some days, then back.
    Spike,
    /// A level that stays.
    LevelShift,
    /// A cost where there was none.
    NewCost,
    /// A cost that stopped.
    Stopped,
}

impl IncidentKind {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::LevelShift => "level shift",
            Self::NewCost => "new cost",
            Self::Stopped => "stopped",
        }
    }
}

/// One part of the change, and how much of it it explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// What kind of thing: `account`, `service`, `region`, `usage type`, `resource`, `tag team`.
    pub dimension: String,
    /// Which one, or `None` when the charges that moved don't say.
    pub value: Option<String>,
    /// Its cost a day in the days before.
    pub before: Amount,
    /// Its cost a day in the days of the incident.
    pub during: Amount,
    /// The share of the whole change that it explains, in percent. Above 100 when others moved the other way.
    pub share_percent: i64,
}

/// Something that happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEvent {
    /// When Tollgate learned of it, as an RFC 3339 instant.
    pub at: String,
    /// What happened, for people.
    pub what: String,
}

/// Related anomalies with one cause: what people hear about, in one thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its short name, the same on every run: `i-3f9a2c10`.
    pub id: String,
    /// What moved.
    pub scope: Scope,
    /// The finer scopes that moved together, the largest change first.
    pub parts: Vec<Scope>,
    /// The shape of what happened.
    pub kind: IncidentKind,
    /// Which way.
    pub direction: Direction,
    /// How much it matters.
    pub severity: Severity,
    /// Where it is in its life.
    pub state: IncidentState,
    /// The first day that did not fit.
    pub start: Day,
    /// The last day that did not fit.
    pub last: Day,
    /// The currency of every amount.
    pub currency: Currency,
    /// Actual minus expected, over all its days so far.
    pub impact: Amount,
    /// Actual minus expected on an average day of it.
    pub impact_a_day: Amount,
    /// What was usual, on an average day of it.
    pub expected_a_day: Amount,
    /// What it cost, on an average day of it.
    pub actual_a_day: Amount,
    /// The most that a day stood out, in units of the series' own noise.
    pub score: f64,
    /// What explains the change, the best explanation first.
    pub causes: Vec<Cause>,
    /// Its life so far, oldest first.
    pub events: Vec<IncidentEvent>,
}

impl Incident {
    /// What it adds to a month of thirty days if it goes on.
    pub fn impact_a_month(&self) -> Amount {
        (0..30).fold(Amount::ZERO, |sum, _| sum.saturating_add(self.impact_a_day))
    }

    /// Whether somebody still has to hear or do something.
    pub fn is_live(&self) -> bool {
        match self.state {
            IncidentState::Open | IncidentState::Acknowledged => true,
            IncidentState::Resolved | IncidentState::Expected => false,
        }
    }
}
