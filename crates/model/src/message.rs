//! A message: a fact that somebody is to hear of, written in the same transaction as the fact.

use serde::{Deserialize, Serialize};

use crate::budget::CrossedThreshold;
use crate::{
    Amount, BillingPeriod, BudgetStatus, Currency, Day, Incident, PlanRecord, Restatement, Revision, Severity, SourceId,
};

/// What is to be told, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The same for the same fact, however often it is found: `i-3f9a2c10#opened`.
    pub id: String,
    /// When it was written, as an RFC 3339 instant.
    pub at: String,
    /// The run that found it; the same id is in every log line on the way from the charges to the alert.
    pub run: String,
    /// What it says.
    pub content: Content,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Content {
    /// For the functions that come next, not for people: these revisions became current.
    RevisionsCurrent {
        /// Which.
        revisions: Vec<Revision>,
    },
    /// An incident changed in a way that people hear of.
    Incident {
        /// How.
        change: IncidentChange,
        /// The incident as it is now.
        incident: Box<Incident>,
    },
    /// A budget crossed thresholds.
    Budget {
        /// Those that were not told before in this period, lowest first.
        crossed: Vec<CrossedThreshold>,
        /// How the budget stands.
        status: Box<BudgetStatus>,
    },
    /// A provider changed days that had been told.
    Restated {
        /// The revision that changed them.
        revision: Revision,
        /// What it changed.
        restatement: Restatement,
    },
    /// Two accounts of one month are farther apart than they may be.
    NotReconciled {
        /// The feed in the lake.
        source: SourceId,
        /// The month.
        period: BillingPeriod,
        /// What the lake is compared with: `Cost Explorer`.
        against: String,
        /// The widest gaps, widest first.
        gaps: Vec<ReconciliationGap>,
        /// Gaps that are not listed.
        more: u64,
    },
    /// A change plan waits for a decision, or has one.
    Plan {
        /// How it changed.
        change: PlanChange,
        /// The plan, and what was said of it.
        plan: Box<PlanRecord>,
    },
    /// What could be saved, once a week.
    Advice(AdviceDigest),
    /// For the functions that come next, not for people: a plan may go on.
    PlanDue {
        /// Which.
        plan: String,
    },
    /// Once a day: Tollgate is alive, and how it is doing.
    Heartbeat(Heartbeat),
    /// Several messages of one route, told together.
    Digest(Digest),
}

/// What could be saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceDigest {
    /// The day.
    pub day: Day,
    /// Recommendations that are open.
    pub open: u64,
    /// Those that were found in the last seven days.
    pub new: u64,
    /// What they save a month together, least and most, by currency; those without a known saving are not in it.
    pub between: Vec<(Currency, Amount, Amount)>,
    /// How many have no known saving.
    pub unknown: u64,
    /// The best, best first.
    pub best: Vec<AdviceLine>,
    /// What plans of the last days have really saved a month, by currency.
    pub realized: Vec<(Currency, Amount)>,
}

/// One recommendation in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceLine {
    /// Its id.
    pub id: String,
    /// What to do.
    pub what: String,
    /// What it saves a month.
    pub saving: String,
    /// Whether Tollgate can do it.
    pub can_be_planned: bool,
}

/// Several messages in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The route that keeps them together.
    pub route: String,
    /// A line a message, the gravest first.
    pub lines: Vec<DigestLine>,
    /// Messages that have no line.
    pub more: u64,
}

/// A message in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// Its id.
    pub message: String,
    /// How much it matters.
    pub severity: Option<Severity>,
    /// Its title.
    pub title: String,
}

/// What a message is about, as routes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageSubject {
    /// An incident.
    Incident,
    /// A budget.
    Budget,
    /// Days that a provider changed.
    Restated,
    /// Two accounts of one month.
    Reconciliation,
    /// A change plan.
    Plan,
    /// Advice.
    Advice,
    /// Tollgate itself.
    Heartbeat,
    /// Several messages in one: no route names it.
    Digest,
}

impl MessageSubject {
    /// Every subject that a route may name.
    pub const ALL: [Self; 7] =
        [Self::Incident, Self::Budget, Self::Restated, Self::Reconciliation, Self::Plan, Self::Advice, Self::Heartbeat];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Budget => "budget",
            Self::Restated => "restated",
            Self::Reconciliation => "reconciliation",
            Self::Plan => "plan",
            Self::Advice => "advice",
            Self::Heartbeat => "heartbeat",
            Self::Digest => "digest",
        }
    }
}

/// How a change plan changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChange {
    /// It waits for a decision.
    Proposed,
    /// Somebody approved it, and it needs more who do.
    Endorsed,
    /// It is approved.
    Approved,
    /// It is declined.
    Declined,
    /// Nobody decided in time.
    Expired,
    /// A stage of it is done.
    Advanced,
    /// It is done.
    Done,
    /// It was taken back.
    RolledBack,
    /// It stands still.
    Halted,
}

impl PlanChange {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled back",
            other => other.as_str(),
        }
    }

    /// The spelling in ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Endorsed => "endorsed",
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Advanced => "advanced",
            Self::Done => "done",
            Self::RolledBack => "rolled-back",
            Self::Halted => "halted",
        }
    }
}

/// How Tollgate is doing, once a day. Whoever keeps it can tell later whether the audit log was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The day.
    pub day: Day,
    /// Incidents that nobody has closed.
    pub open_incidents: u64,
    /// Deliveries that wait to be tried again.
    pub waiting: u64,
    /// Deliveries that failed for good in the last day.
    pub failed: u64,
    /// Each source with the last day that has charges.
    pub sources: Vec<(SourceId, Day)>,
    /// Entries of the audit log, and the hash of the last.
    pub audit: Option<(u64, String)>,
}

/// How an incident changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentChange {
    /// It was not known before.
    Opened,
    /// It matters more than was told.
    Raised,
    /// It was over and is not.
    Reopened,
    /// It is over.
    Resolved,
    /// Its money or its days are others; it matters as much.
    Grew,
    /// Somebody looks at it.
    Acknowledged,
    /// Somebody said that it is as it should be.
    Expected,
    /// Nobody wants to hear of it for a while.
    Snoozed,
    /// Somebody is to look at it.
    Assigned,
    /// It goes on, and nobody has said that they look at it.
    Unanswered,
    /// The while that nobody wanted to hear of it is over, and it goes on.
    Reminded,
}

impl IncidentChange {
    /// For people, and in ids.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Raised => "raised",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
            Self::Grew => "grew",
            Self::Acknowledged => "acknowledged",
            Self::Expected => "expected",
            Self::Snoozed => "snoozed",
            Self::Assigned => "assigned",
            Self::Unanswered => "unanswered",
            Self::Reminded => "reminded",
        }
    }

    /// Whether it is an alert. Others change what an earlier message shows, and disturb nobody.
    pub const fn alerts(self) -> bool {
        match self {
            Self::Opened | Self::Raised | Self::Reopened | Self::Resolved | Self::Unanswered | Self::Reminded => true,
            Self::Grew | Self::Acknowledged | Self::Expected | Self::Snoozed | Self::Assigned => false,
        }
    }
}

/// A sum that two accounts of one month don't agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationGap {
    /// The account that used it.
    pub account: Option<String>,
    /// The service, as the lake calls it.
    pub service: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// BilledCost in the lake.
    pub lake: Amount,
    /// What the other says.
    pub other: Amount,
}

impl ReconciliationGap {
    /// Lake minus other.
    pub fn difference(&self) -> Amount {
        self.lake.saturating_sub(self.other)
    }
}

impl Message {
    /// What messages of one thread share: an incident, a budget and its period, a restated month.
    pub fn thread(&self) -> &str {
        self.id.split('#').next().unwrap_or_default()
    }

    /// How much it matters, where that can be said.
    pub fn severity(&self) -> Option<Severity> {
        match &self.content {
            Content::Incident { incident, .. } => Some(incident.severity),
            Content::Budget { .. }
            | Content::Restated { .. }
            | Content::NotReconciled { .. }
            | Content::Plan { .. }
            | Content::Advice(_)
            | Content::PlanDue { .. }
            | Content::Heartbeat(_)
            | Content::RevisionsCurrent { .. } => None,
            Content::Digest(digest) => digest.lines.iter().filter_map(|l| l.severity).max(),
        }
    }

    /// What it is about; `None` when it is not for people.
    pub fn subject(&self) -> Option<MessageSubject> {
        match self.content {
            Content::RevisionsCurrent { .. } | Content::PlanDue { .. } => None,
            Content::Incident { .. } => Some(MessageSubject::Incident),
            Content::Budget { .. } => Some(MessageSubject::Budget),
            Content::Restated { .. } => Some(MessageSubject::Restated),
            Content::NotReconciled { .. } => Some(MessageSubject::Reconciliation),
            Content::Plan { .. } => Some(MessageSubject::Plan),
            Content::Advice(_) => Some(MessageSubject::Advice),
            Content::Heartbeat(_) => Some(MessageSubject::Heartbeat),
            Content::Digest(_) => Some(MessageSubject::Digest),
        }
    }

    /// Whether people hear of it.
    pub fn is_for_people(&self) -> bool {
        self.subject().is_some()
    }

    /// Whether it only changes what an earlier message of its thread shows.
    pub fn is_quiet(&self) -> bool {
        match &self.content {
            Content::Incident { change, .. } => !change.alerts(),
            Content::Plan { change, .. } => matches!(change, PlanChange::Endorsed | PlanChange::Advanced),
            Content::RevisionsCurrent { .. }
            | Content::Budget { .. }
            | Content::Restated { .. }
            | Content::NotReconciled { .. }
            | Content::Advice(_)
            | Content::PlanDue { .. }
            | Content::Heartbeat(_)
            | Content::Digest(_) => false,
        }
    }
}
