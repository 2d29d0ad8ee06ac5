//! A message: one fact to report, written in the same transaction as the fact.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::budget::CrossedThreshold;
use crate::{
    AdviceDigest, Amount, BillingPeriod, BudgetStatus, Currency, Digest, Heartbeat, Incident, MessageId, PlanRecord,
    Restatement, Revision, Severity, SourceId,
};

/// One fact to report, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The same for the same fact, however often it is detected: `i-3f9a2c10#opened`.
    pub id: MessageId,
    /// When it was written.
    pub at: Timestamp,
    /// The run that wrote it. Every log line between the charges and the alert has the same run id.
    pub run: String,
    /// What it reports.
    pub content: Content,
}

/// What a message reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Content {
    /// For other functions, not for people: these revisions became current.
    RevisionsCurrent {
        /// The revisions.
        revisions: Vec<Revision>,
    },
    /// An incident changed.
    Incident {
        /// The kind of change.
        change: IncidentChange,
        /// The incident as it is now.
        incident: Box<Incident>,
    },
    /// A budget crossed thresholds.
    Budget {
        /// Thresholds that were not reported before in this period, lowest first.
        crossed: Vec<CrossedThreshold>,
        /// The status of the budget.
        status: Box<BudgetStatus>,
    },
    /// A provider restated days that were imported before.
    Restated {
        /// The revision that restated them.
        revision: Revision,
        /// The difference.
        restatement: Restatement,
    },
    /// The lake and another source disagree about a month by more than the tolerance.
    NotReconciled {
        /// The source in the lake.
        source: SourceId,
        /// The month.
        period: BillingPeriod,
        /// The other source: `Cost Explorer`.
        against: String,
        /// The largest gaps, largest first.
        gaps: Vec<ReconciliationGap>,
        /// The number of gaps that are not listed.
        more: u64,
    },
    /// A change plan changed its state.
    Plan {
        /// The kind of change.
        change: PlanChange,
        /// The plan and its decisions.
        plan: Box<PlanRecord>,
    },
    /// The weekly digest of recommendations.
    Advice(AdviceDigest),
    /// For other functions, not for people: a plan is due.
    PlanDue {
        /// The id of the plan.
        plan: String,
    },
    /// The daily health report of Tollgate.
    Heartbeat(Heartbeat),
    /// Several messages of one route in one.
    Digest(Digest),
}

/// The subject of a message, as routes name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageSubject {
    /// An incident.
    Incident,
    /// A budget.
    Budget,
    /// Days that a provider restated.
    Restated,
    /// A month on which two sources disagree.
    Reconciliation,
    /// A change plan.
    Plan,
    /// Recommendations.
    Advice,
    /// Tollgate itself.
    Heartbeat,
    /// Several messages in one. Routes cannot name it.
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

/// The kind of change of a change plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanChange {
    /// It waits for approval.
    Proposed,
    /// One person approved it, and it needs more approvals.
    Endorsed,
    /// It has all approvals.
    Approved,
    /// One person declined it.
    Declined,
    /// It expired without a decision.
    Expired,
    /// One of its stages is complete.
    Advanced,
    /// It is complete.
    Done,
    /// It was rolled back.
    RolledBack,
    /// It is halted.
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

/// The kind of change of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentChange {
    /// It is new.
    Opened,
    /// Its severity rose.
    Raised,
    /// It was resolved and is open again.
    Reopened,
    /// It is resolved.
    Resolved,
    /// Its cost or its dates changed; its severity did not.
    Grew,
    /// A person acknowledged it.
    Acknowledged,
    /// A person marked it as expected.
    Expected,
    /// A person snoozed it.
    Snoozed,
    /// It was assigned to a person.
    Assigned,
    /// It is still open, and nobody acknowledged it in time.
    Unanswered,
    /// Its snooze ended and it is still open.
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

    /// Whether it is an alert. Every other change only updates an earlier message and notifies nobody.
    pub const fn alerts(self) -> bool {
        match self {
            Self::Opened | Self::Raised | Self::Reopened | Self::Resolved | Self::Unanswered | Self::Reminded => true,
            Self::Grew | Self::Acknowledged | Self::Expected | Self::Snoozed | Self::Assigned => false,
        }
    }
}

/// A sum on which the lake and another source disagree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationGap {
    /// The account (`SubAccountId`).
    pub account: Option<String>,
    /// The service, by its name in the lake.
    pub service: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// BilledCost in the lake.
    pub lake: Amount,
    /// The sum of the other source.
    pub other: Amount,
}

impl ReconciliationGap {
    /// The lake minus the other source.
    pub fn difference(&self) -> Amount {
        self.lake.saturating_sub(self.other)
    }
}

impl Message {
    /// What the messages of one thread have in common: an incident, a budget with its period, a restated month.
    pub fn thread(&self) -> &str {
        self.id.thread()
    }

    /// Its severity; `None` where it has none.
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

    /// Its subject; `None` when it is not for people.
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

    /// Whether it is for people.
    pub fn is_for_people(&self) -> bool {
        self.subject().is_some()
    }

    /// Whether it only updates an earlier message of its thread.
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
