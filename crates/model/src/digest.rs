//! Messages that summarize: digests of messages and recommendations, and the heartbeat.

use serde::{Deserialize, Serialize};

use crate::{Amount, Currency, Day, MessageId, Severity, SourceId};

/// The weekly digest of recommendations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceDigest {
    /// The day.
    pub day: Day,
    /// The number of open recommendations.
    pub open: u64,
    /// The number of open recommendations from the last seven days.
    pub new: u64,
    /// Their total monthly saving by currency, lowest and highest, without unknown savings.
    pub between: Vec<(Currency, Amount, Amount)>,
    /// The number of open recommendations with an unknown saving.
    pub unknown: u64,
    /// The best recommendations, best first.
    pub best: Vec<AdviceLine>,
    /// The measured monthly saving of executed plans, by currency.
    pub realized: Vec<(Currency, Amount)>,
}

/// One recommendation in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdviceLine {
    /// Its id.
    pub id: String,
    /// What to do.
    pub what: String,
    /// Its monthly saving.
    pub saving: String,
    /// Whether Tollgate can make a change plan of it.
    pub can_be_planned: bool,
}

/// Several messages in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// The route of the messages.
    pub route: String,
    /// One line a message, the highest severity first.
    pub lines: Vec<DigestLine>,
    /// The number of messages without a line.
    pub more: u64,
}

/// A message in a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestLine {
    /// The id of the message.
    pub message: MessageId,
    /// Its severity, where it has one.
    pub severity: Option<Severity>,
    /// Its title.
    pub title: String,
}

/// The daily health report of Tollgate. A recipient who keeps its audit hash can later prove whether the audit log was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// The day.
    pub day: Day,
    /// The number of open incidents.
    pub open_incidents: u64,
    /// The number of deliveries that wait for a retry.
    pub waiting: u64,
    /// The number of deliveries that failed for good in the last day.
    pub failed: u64,
    /// Each source with the last day that has charges.
    pub sources: Vec<(SourceId, Day)>,
    /// The number of entries in the audit log, and the hash of the last entry.
    pub audit: Option<(u64, String)>,
}
