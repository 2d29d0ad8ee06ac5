//! Scheduled checks: incidents and plans that are looked at again at a later time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tollgate_model::MessageId;

use crate::outbox::stamp;
use crate::store::{decode, encode};
use crate::{Item, Key, Ledger, LedgerError, Query};

/// A check at a later time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "check")]
pub enum ScheduledCheck {
    /// Whether an incident was acknowledged in time.
    Unanswered {
        /// The incident.
        incident: String,
        /// The message that asked for it.
        message: MessageId,
    },
    /// Whether an incident is still open after its snooze.
    Snoozed {
        /// The incident.
        incident: String,
    },
    /// Whether a plan has expired.
    PlanExpires {
        /// The plan.
        plan: String,
    },
}

impl ScheduledCheck {
    fn id(&self) -> String {
        match self {
            Self::Unanswered { message, .. } => format!("unanswered#{message}"),
            Self::Snoozed { incident } => format!("snoozed#{incident}"),
            Self::PlanExpires { plan } => format!("plan#{plan}"),
        }
    }
}

impl Ledger {
    pub(crate) fn check_item(&self, at: Timestamp, check: &ScheduledCheck) -> Result<Item, LedgerError> {
        Ok(Item::new(Key::new(self.keys().checks(), format!("{}#{}", stamp(at), check.id())), encode(check)?))
    }

    /// Checks that are due, with the key for [`LedgerTransaction::finish_check`](crate::LedgerTransaction::finish_check).
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn due_checks(&self, now: Timestamp) -> Result<Vec<(Key, ScheduledCheck)>, LedgerError> {
        let query = Query::partition(self.keys().checks()).between("0", format!("{}~", stamp(now)));
        let items = self.table().query_all(query).await?;
        items.iter().map(|item| Ok((item.key.clone(), decode(item)?))).collect()
    }
}
