//! An incident: what people hear about.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use serde::{Deserialize, Serialize};

use crate::anomaly::BrokenPattern;
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

impl Severity {
    /// Every severity, least first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
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
    /// A level that crept up or down over days.
    Drift,
    /// More of a commitment is paid for and not used.
    CommitmentUnused,
    /// Less of the use that a commitment could cover is covered.
    CoverageFell,
    /// A commitment ends soon, or has ended.
    CommitmentEnds,
}

impl IncidentKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Spike,
        Self::LevelShift,
        Self::NewCost,
        Self::Stopped,
        Self::Drift,
        Self::CommitmentUnused,
        Self::CoverageFell,
        Self::CommitmentEnds,
    ];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::LevelShift => "level_shift",
            Self::NewCost => "new_cost",
            Self::Stopped => "stopped",
            Self::Drift => "drift",
            Self::CommitmentUnused => "commitment_unused",
            Self::CoverageFell => "coverage_fell",
            Self::CommitmentEnds => "commitment_ends",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::LevelShift => "level shift",
            Self::NewCost => "new cost",
            Self::Stopped => "stopped",
            Self::Drift => "drift",
            Self::CommitmentUnused => "commitment unused",
            Self::CoverageFell => "coverage fell",
            Self::CommitmentEnds => "commitment ends",
        }
    }

    /// Whether it is about a commitment rather than about what was used.
    pub const fn is_of_commitment(self) -> bool {
        matches!(self, Self::CommitmentUnused | Self::CoverageFell | Self::CommitmentEnds)
    }

    /// What to look at, first things first, and which advice applies.
    pub const fn playbook(self) -> &'static [&'static str] {
        match self {
            Self::Spike => &[
                "find the resource or usage type that explains it, and who started it",
                "is it over? If not, stop or cap it: a runaway job, a retry loop, a log level, a backfill",
                "planned? `tollgate incidents expect ID --until DAY` keeps it quiet",
                "set a budget on the scope, so that the next one is told by its amount too",
            ],
            Self::LevelShift => &[
                "find what changed on its first day: a deployment, a new size, a second environment, a price",
                "compare usage with cost: the same use at a higher price is a lost discount or commitment",
                "too large for its use? Rightsize, or schedule what idles at night",
                "here to stay? Move the budget and the forecast with it, and consider a commitment after a month",
            ],
            Self::NewCost => &[
                "who owns it? Look for the tag, the account's owner and the change that made it",
                "not meant to be? Remove it before it has data that must be kept",
                "meant to be? Give it tags, a budget and an owner",
            ],
            Self::Stopped => &[
                "was it switched off on purpose? Then nothing is left to do",
                "an outage, a failed deployment or an export that is late looks the same: check the service",
                "check for what was left behind: volumes, snapshots, addresses, commitments",
            ],
            Self::Drift => &[
                "look at what grows: storage without a lifecycle, logs without an end, a table without a limit",
                "compare with the business: do customers or requests grow as fast?",
                "set retention, lifecycle rules or a limit, then watch the slope",
            ],
            Self::CommitmentUnused => &[
                "what it covered has stopped, moved to another region or family, or is covered by another commitment",
                "move matching use under it; exchange or sell what can be",
                "don't renew that part when it ends",
            ],
            Self::CoverageFell => &[
                "a commitment ended, or use grew beyond it",
                "look at the steady part of the use of the last month, and commit to that much",
            ],
            Self::CommitmentEnds => &[
                "its use goes on at on-demand prices from that day on",
                "look at its use over the last month, and renew what was used",
            ],
        }
    }
}

/// Where a change is going.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Each day about as far from the usual as the day before.
    #[default]
    Steady,
    /// The last days are farther away than the first.
    Growing,
    /// The last days are nearer than the first.
    Fading,
}

impl Trend {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Growing => "growing",
            Self::Fading => "fading",
        }
    }
}

/// An earlier incident that may tell something about this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Its id.
    pub id: String,
    /// Its first day.
    pub start: Day,
    /// What it was, and how it ended, for people.
    pub what: String,
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

/// What a scope cost a day, up to the last day that is known: what small charts are drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostHistory {
    /// The day of the first amount.
    pub first: Day,
    /// An amount a calendar day.
    pub amounts: Vec<Amount>,
}

/// Something that happened to an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEvent {
    /// When Tollgate learned of it, as an RFC 3339 instant.
    pub at: String,
    /// What happened, for people.
    pub what: String,
}

/// Opening again so often in a week is flapping: a habit that nobody has to hear of each time.
pub const FLAPPING: usize = 3;
/// The week.
const FLAPS_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

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
    pub impact_per_day: Amount,
    /// What was usual, on an average day of it.
    pub expected_per_day: Amount,
    /// What it cost, on an average day of it.
    pub actual_per_day: Amount,
    /// The most that a day stood out, in units of the series' own noise.
    pub score: f64,
    /// Which habit was broken first.
    #[serde(default)]
    pub pattern: BrokenPattern,
    /// What would have been usual on an average day of it: from, to.
    #[serde(default)]
    pub usual_per_day: Option<(Amount, Amount)>,
    /// Where it is going.
    #[serde(default)]
    pub trend: Trend,
    /// What explains the change, the best explanation first.
    pub causes: Vec<Cause>,
    /// Earlier incidents of the same scope or parts of it, newest first.
    #[serde(default)]
    pub related: Vec<Related>,
    /// What people said of it, oldest first.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Its life so far, oldest first.
    pub events: Vec<IncidentEvent>,
    /// For each dimension of the policy file, the value that moved most, where one explains half of the change.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// What its scope cost in the weeks before and since.
    #[serde(default)]
    pub cost_history: Option<CostHistory>,
    /// Who looks at it, or is to.
    #[serde(default)]
    pub assignee: Option<String>,
    /// Until when nobody wants to hear of it, as an RFC 3339 instant.
    #[serde(default)]
    pub snoozed_until: Option<String>,
    /// When it opened again, as RFC 3339 instants, oldest first; and when others of its scope did shortly before it.
    #[serde(default)]
    pub reopened: Vec<String>,
}

impl Incident {
    /// Why it is one, in a sentence: expected, usual, actual, the habit it broke, since when, what it adds to a month, and
    /// what was said of it.
    pub fn explanation(&self) -> String {
        use crate::money::grouped;
        let places = self.currency.minor_places();
        let usual = self.usual_per_day.map_or(String::new(), |(low, high)| {
            format!(", usually {} to {}", grouped(low, places), grouped(high, places))
        });
        let (expected, actual) = (grouped(self.expected_per_day, places), grouped(self.actual_per_day, places));
        let broke = match self.kind.is_of_commitment() {
            true => format!("{actual} a day instead of {expected} since {}", self.start),
            false => {
                format!(
                    "expected {expected} a day{usual}, was {actual}; broke {} on {}",
                    self.pattern.label(),
                    self.start
                )
            }
        };
        let month = self.impact_per_month();
        let adds = if month.is_negative() { "saves" } else { "adds" };
        let mut out = format!("{broke}; {adds} {} {} a month if it goes on", grouped(month.abs(), 0), self.currency);
        for note in &self.notes {
            out += "; ";
            out += note;
        }
        out
    }

    /// What it adds to a month of thirty days if it goes on.
    pub fn impact_per_month(&self) -> Amount {
        (0..30).fold(Amount::ZERO, |sum, _| sum.saturating_add(self.impact_per_day))
    }

    /// How often it opened again in the week before an instant.
    pub fn flaps(&self, now: Timestamp) -> usize {
        let recent = |at: &&String| at.parse::<Timestamp>().is_ok_and(|t| now.duration_since(t) < FLAPS_WITHIN);
        self.reopened.iter().filter(recent).count()
    }

    /// Whether nobody wants to hear of it at an instant.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snoozed_until.as_ref().and_then(|t| t.parse::<Timestamp>().ok()).is_some_and(|until| now < until)
    }

    /// Whether somebody still has to hear or do something.
    pub fn is_live(&self) -> bool {
        match self.state {
            IncidentState::Open | IncidentState::Acknowledged => true,
            IncidentState::Resolved | IncidentState::Expected => false,
        }
    }
}
