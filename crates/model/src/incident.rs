//! An incident: related anomalies that are reported and handled as one.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use serde::{Deserialize, Serialize};

pub use crate::incident_kind::IncidentKind;

use crate::anomaly::BrokenPattern;
use crate::series::{Facet, Scope};
use crate::{Amount, Currency, Day, Direction};

/// The severity of an incident, by its monthly cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a line in a digest.
    Low,
    /// Worth attention this week.
    Medium,
    /// Worth attention today.
    High,
    /// Worth waking a person.
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

/// The state of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentState {
    /// New: nobody has reacted.
    Open,
    /// A person works on it.
    Acknowledged,
    /// The cost is back, or the new level has become the baseline.
    Resolved,
    /// A person marked the cost as expected.
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

/// The trend of an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Each day deviates about as much as the day before.
    #[default]
    Steady,
    /// The last days deviate more than the first.
    Growing,
    /// The last days deviate less than the first.
    Fading,
}

impl Trend {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Growing => "growing",
            Self::Fading => "falling",
        }
    }
}

/// An earlier incident of the same scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    /// Its id.
    pub id: String,
    /// Its first day.
    pub start: Day,
    /// Its kind and outcome, for people.
    pub what: String,
}

/// A cost driver: one part of the change, and how much of the change it explains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// The dimension: `account`, `service`, `region`, `usage type`, `resource`, `tag team`.
    pub dimension: String,
    /// Its value; `None` when the charges name none.
    pub value: Option<String>,
    /// Its daily cost before the incident.
    pub before: Amount,
    /// Its daily cost during the incident.
    pub during: Amount,
    /// The share of the change that it explains, in percent. Above 100 when other parts moved in the other direction.
    pub share_percent: i64,
}

/// The daily cost of a scope up to the last known day, for small charts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostHistory {
    /// The day of the first amount.
    pub first: Day,
    /// One amount a calendar day.
    pub amounts: Vec<Amount>,
}

/// One event in the life of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentEvent {
    /// When Tollgate recorded it.
    pub at: Timestamp,
    /// What happened, for people.
    pub what: String,
}

/// The number of times in a week that an incident opens again before it counts as flapping. Flapping is not reported each time.
pub const FLAPPING: usize = 3;
/// The time in which reopenings are counted.
const FLAPS_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Related anomalies with one cause, reported in one thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Its short id, the same in every run: `i-3f9a2c10`.
    pub id: String,
    /// The scope of the change.
    pub scope: Scope,
    /// The narrower scopes that changed together, the largest change first.
    pub parts: Vec<Scope>,
    /// The kind of incident.
    pub kind: IncidentKind,
    /// The direction of the change.
    pub direction: Direction,
    /// Its severity.
    pub severity: Severity,
    /// Its state.
    pub state: IncidentState,
    /// The first anomalous day.
    pub start: Day,
    /// The last anomalous day.
    pub last: Day,
    /// The currency of every amount.
    pub currency: Currency,
    /// Actual minus expected cost of all its days so far.
    pub impact: Amount,
    /// Actual minus expected cost of its average day.
    pub impact_per_day: Amount,
    /// The expected cost of its average day.
    pub expected_per_day: Amount,
    /// The actual cost of its average day.
    pub actual_per_day: Amount,
    /// The largest deviation of a day, in units of the noise of the series.
    pub score: f64,
    /// The part of the baseline from which its first day deviates.
    #[serde(default)]
    pub pattern: BrokenPattern,
    /// The expected range of its average day: from, to.
    #[serde(default)]
    pub usual_per_day: Option<(Amount, Amount)>,
    /// Its trend.
    #[serde(default)]
    pub trend: Trend,
    /// The cost drivers, the best explanation first.
    pub causes: Vec<Cause>,
    /// Dimensions without a place among the causes: they have more values than the limit `cause-values`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unranked_dimensions: Vec<String>,
    /// Earlier incidents of the same scope or parts of it, newest first.
    #[serde(default)]
    pub related: Vec<Related>,
    /// Notes and feedback, oldest first.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Its events, oldest first.
    pub events: Vec<IncidentEvent>,
    /// For each dimension of the policy file, the value that changed most, where it explains at least half of the change.
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    /// The cost of its scope in the weeks before and since.
    #[serde(default)]
    pub cost_history: Option<CostHistory>,
    /// The person who is responsible for it.
    #[serde(default)]
    pub assignee: Option<String>,
    /// The end of its snooze.
    #[serde(default)]
    pub snoozed_until: Option<Timestamp>,
    /// When it opened again, oldest first; and when other incidents of its scope did shortly before it.
    #[serde(default)]
    pub reopened: Vec<Timestamp>,
    /// The names of the accounts in its scope, parts and causes, by id.
    #[serde(default)]
    pub account_names: BTreeMap<String, String>,
}

/// What is known of a finding that is no anomaly of a cost series: of a commitment, or of a unit cost.
#[derive(Clone, Debug)]
pub struct FindingFacts {
    /// What the id of its incident is made of: the same in every run.
    pub name: String,
    /// The scope.
    pub scope: Scope,
    /// The kind of incident.
    pub kind: IncidentKind,
    /// The direction of the change.
    pub direction: Direction,
    /// The first day.
    pub start: Day,
    /// The last day.
    pub last: Day,
    /// The currency of every amount.
    pub currency: Currency,
    /// The cost of the change so far.
    pub impact: Amount,
    /// The cost of the change a day.
    pub impact_per_day: Amount,
    /// The expected cost a day.
    pub expected_per_day: Amount,
    /// The actual cost a day.
    pub actual_per_day: Amount,
    /// What causes it, where that is known.
    pub cause: Option<Cause>,
    /// What happened, in a sentence.
    pub what: String,
}

/// The dimension of causes that are accounts.
const ACCOUNT: &str = "account";

impl Incident {
    /// The open incident of a finding, with the severity of its monthly cost.
    pub fn of_finding(facts: FindingFacts, severity: impl Fn(Amount) -> Severity) -> Self {
        let mut out = Self {
            id: crate::hash::short_id("i", &facts.name),
            scope: facts.scope,
            parts: Vec::new(),
            kind: facts.kind,
            direction: facts.direction,
            severity: Severity::Low,
            state: IncidentState::Open,
            start: facts.start,
            last: facts.last,
            currency: facts.currency,
            impact: facts.impact,
            impact_per_day: facts.impact_per_day,
            expected_per_day: facts.expected_per_day,
            actual_per_day: facts.actual_per_day,
            score: 0.0,
            pattern: Default::default(),
            usual_per_day: None,
            trend: Trend::Steady,
            causes: facts.cause.into_iter().collect(),
            unranked_dimensions: Vec::new(),
            related: Vec::new(),
            notes: vec![facts.what],
            events: Vec::new(),
            dimensions: BTreeMap::new(),
            cost_history: None,
            assignee: None,
            snoozed_until: None,
            reopened: Vec::new(),
            account_names: BTreeMap::new(),
        };
        out.severity = severity(out.impact_per_month());
        out
    }

    /// Why it is an incident, in a sentence: expected cost, expected range, actual cost, the broken pattern, its first day, its
    /// monthly cost, and notes.
    pub fn explanation(&self) -> String {
        use crate::money::grouped;
        let places = self.currency.minor_places();
        let usual = self.usual_per_day.map_or(String::new(), |(low, high)| {
            format!(", usually {} to {}", grouped(low, places), grouped(high, places))
        });
        let (expected, actual) = (grouped(self.expected_per_day, places), grouped(self.actual_per_day, places));
        let finding = match self.kind.is_of_commitment() || self.kind.is_of_unit() {
            true => format!("{actual} a day instead of {expected} since {}", self.start),
            false => {
                format!(
                    "expected {expected} a day{usual}, was {actual}; deviates from {} on {}",
                    self.pattern.label(),
                    self.start
                )
            }
        };
        let month = self.impact_per_month();
        let adds = if month.is_negative() { "saves" } else { "adds" };
        let mut out =
            format!("{finding}; {adds} {} {} a month if it continues", grouped(month.abs(), 0), self.currency);
        for note in &self.notes {
            out += "; ";
            out += note;
        }
        out
    }

    /// The name of an account, for people; its id where it has no name.
    pub fn account_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.account_names.get(id).map_or(id, String::as_str)
    }

    /// A scope with the names of its accounts, for people.
    pub fn with_account_names(&self, scope: &Scope) -> Scope {
        let named = scope.0.iter().map(|(facet, value)| match (facet, value) {
            (Facet::SubAccount, Some(id)) => (*facet, Some(self.account_name(id).to_owned())),
            _ => (*facet, value.clone()),
        });
        Scope(named.collect())
    }

    /// The ids of the accounts in its scope, parts and causes.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        let scopes = std::iter::once(&self.scope).chain(&self.parts);
        let of_scopes = scopes.filter_map(|scope| scope.0.get(&Facet::SubAccount)?.as_deref());
        let of_causes = self.causes.iter().filter(|c| c.dimension == ACCOUNT).filter_map(|c| c.value.as_deref());
        of_scopes.chain(of_causes)
    }

    /// The value of a cause for people: accounts by name.
    pub fn cause_value<'a>(&'a self, cause: &'a Cause) -> Option<&'a str> {
        let value = cause.value.as_deref()?;
        Some(if cause.dimension == ACCOUNT { self.account_name(value) } else { value })
    }

    /// What it adds to a month of thirty days if it continues.
    pub fn impact_per_month(&self) -> Amount {
        (0..30).fold(Amount::ZERO, |sum, _| sum.saturating_add(self.impact_per_day))
    }

    /// The number of times that it opened again in the week before an instant.
    pub fn flaps(&self, now: Timestamp) -> usize {
        self.reopened.iter().filter(|at| now.duration_since(**at) < FLAPS_WITHIN).count()
    }

    /// Whether it is snoozed at an instant.
    pub fn is_snoozed(&self, now: Timestamp) -> bool {
        self.snoozed_until.is_some_and(|until| now < until)
    }

    /// Whether it is open or acknowledged.
    pub fn is_live(&self) -> bool {
        match self.state {
            IncidentState::Open | IncidentState::Acknowledged => true,
            IncidentState::Resolved | IncidentState::Expected => false,
        }
    }
}
