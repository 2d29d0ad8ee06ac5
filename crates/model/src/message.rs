//! A message: a fact that somebody is to hear of, written in the same transaction as the fact.

use serde::{Deserialize, Serialize};

use crate::budget::CrossedThreshold;
use crate::{Amount, BillingPeriod, BudgetStatus, Currency, Incident, Restatement, Revision, Severity, SourceId};

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
        gaps: Vec<Gap>,
        /// Gaps that are not listed.
        more: u64,
    },
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
}

impl IncidentChange {
    /// For people, and in ids.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Raised => "raised",
            Self::Reopened => "reopened",
            Self::Resolved => "resolved",
        }
    }
}

/// A sum that two accounts of one month don't agree on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
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

impl Gap {
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
            | Content::RevisionsCurrent { .. } => None,
        }
    }

    /// Whether people hear of it.
    pub fn is_for_people(&self) -> bool {
        match self.content {
            Content::RevisionsCurrent { .. } => false,
            Content::Incident { .. }
            | Content::Budget { .. }
            | Content::Restated { .. }
            | Content::NotReconciled { .. } => true,
        }
    }
}
