//! The outbox: messages that wait, and the record of what was sent where.
//!
//! A message is written in the transaction of the fact that it tells. Whoever sends it claims it for a while first, so that
//! two who were started by the same event don't both send; a claim that ran out may be taken over.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tollgate_model::Message;

use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, Write};

/// Partitions that messages are spread over.
const SHARDS: u32 = 4;
/// A message that nobody could send in this time is dropped; alarms told of it long before.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long what was sent is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What became of a message on one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message.
    pub message: String,
    /// The channel.
    pub channel: String,
    /// When it was claimed or sent, as an RFC 3339 instant.
    pub at: String,
    /// What the channel calls it; `None` while it is being sent.
    pub receipt: Option<String>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Whether a message may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Yes; the version goes back with [`Ledger::delivered`].
    Granted {
        /// The record as it is now.
        delivery: Delivery,
        /// Its version.
        version: u64,
    },
    /// It was sent already.
    Sent(Delivery),
    /// Somebody else is sending it.
    Busy,
}

impl Ledger {
    /// A message as an item of the outbox. Shards are told by the id, so that a message is found in one place.
    pub(crate) fn outbox_item(&self, message: &Message) -> Result<Item, LedgerError> {
        let shard = (tollgate_model::hash::bytes_hash(message.id.as_bytes()) % u128::from(SHARDS)) as u32;
        let key = Key::new(self.keys().outbox(shard), format!("{}#{}", message.at, message.id));
        let at: Timestamp = message.at.parse().map_err(|e: jiff::Error| LedgerError::Failed(e.to_string()))?;
        Ok(Item { expires: Some((at + KEPT).as_second()), ..Item::new(key, encode(message)?) })
    }

    /// A waiting message, or `None` when it is gone: sent, or dropped after its time.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn waiting(&self, key: &Key) -> Result<Option<Message>, LedgerError> {
        self.table().get(key).await?.map(|item| decode(&item)).transpose()
    }

    /// Whether a partition is one of the outbox.
    pub fn is_outbox(&self, pk: &str) -> bool {
        (0..SHARDS).any(|shard| self.keys().outbox(shard) == pk)
    }

    /// Every waiting message with its key, oldest first in each shard.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn outbox(&self) -> Result<Vec<(Key, Message)>, LedgerError> {
        let mut out = Vec::new();
        for shard in 0..SHARDS {
            for item in self.table().query_all(Query::partition(self.keys().outbox(shard))).await? {
                let message = decode(&item)?;
                out.push((item.key, message));
            }
        }
        Ok(out)
    }

    /// Removes a message that was sent everywhere.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn done(&self, key: &Key) -> Result<(), LedgerError> {
        self.table().delete_all(vec![key.clone()]).await
    }

    /// Asks to send a message on a channel. A claim holds for `lease`; whoever comes later may then try anew.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn claim(
        &self,
        message: &str,
        channel: &str,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Claim, LedgerError> {
        let key = self.keys().delivery(message, channel);
        let known = self.table().get(&key).await?;
        let (attempts, condition) = match &known {
            None => (0, Condition::Absent),
            Some(item) => {
                let delivery: Delivery = decode(item)?;
                if delivery.receipt.is_some() {
                    return Ok(Claim::Sent(delivery));
                }
                let claimed: Timestamp =
                    delivery.at.parse().map_err(|e: jiff::Error| LedgerError::Failed(e.to_string()))?;
                if claimed + lease > now {
                    return Ok(Claim::Busy);
                }
                (delivery.attempts, Condition::Version(item.version))
            }
        };
        let delivery = Delivery {
            message: message.to_owned(),
            channel: channel.to_owned(),
            at: now.to_string(),
            receipt: None,
            attempts: attempts + 1,
        };
        let item = Item { expires: Some((now + REMEMBERED).as_second()), ..Item::new(key.clone(), encode(&delivery)?) };
        match self.table().transact(vec![Write::Put(item, condition)]).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Ok(Claim::Busy),
            Err(error) => return Err(error),
        }
        let version = self.table().get(&key).await?.map_or(0, |item| item.version);
        Ok(Claim::Granted { delivery, version })
    }

    /// Keeps that a claimed message was sent (`receipt`), or gives the claim back so that it can be tried at once (`None`).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when somebody took the claim over.
    pub async fn delivered(
        &self,
        delivery: &Delivery,
        version: u64,
        receipt: Option<String>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let at = if receipt.is_some() { now } else { Timestamp::UNIX_EPOCH };
        let record = Delivery { receipt, at: at.to_string(), ..delivery.clone() };
        let key = self.keys().delivery(&record.message, &record.channel);
        let item = Item { expires: Some((now + REMEMBERED).as_second()), ..Item::new(key, encode(&record)?) };
        self.table().transact(vec![Write::Put(item, Condition::Version(version))]).await
    }

    /// What became of a message on a channel.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn delivery(&self, message: &str, channel: &str) -> Result<Option<Delivery>, LedgerError> {
        self.table().get(&self.keys().delivery(message, channel)).await?.map(|item| decode(&item)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tollgate_model::hash::ContentHash;
    use tollgate_model::{Content, Revision, SourceId};

    use super::*;
    use crate::MemoryTable;
    use crate::conformance::TestClock;

    const LEASE: SignedDuration = SignedDuration::from_secs(120);

    fn ledger() -> (Ledger, Timestamp) {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        (Ledger::new(Arc::new(MemoryTable::new(TestClock::at(now.as_second()))), "t"), now)
    }

    fn message(id: &str) -> Message {
        let revision =
            Revision { source: SourceId::from_text("s"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let content = Content::RevisionsCurrent { revisions: vec![revision] };
        Message { id: id.to_owned(), at: "2026-11-21T00:00:00Z".to_owned(), run: "r".to_owned(), content }
    }

    #[tokio::test]
    async fn a_message_waits_until_it_is_done_and_is_dropped_after_its_time() {
        let (ledger, now) = ledger();
        ledger.put_message(&message("a")).await.unwrap();
        ledger.put_message(&message("a")).await.unwrap();
        let waiting = ledger.outbox().await.unwrap();
        assert_eq!(waiting.len(), 1);
        let (key, _) = &waiting[0];
        assert!(ledger.is_outbox(&key.pk) && !ledger.is_outbox("other#OUTBOX#0"));
        let item = ledger.table().get(key).await.unwrap().unwrap();
        assert_eq!(item.expires, Some((now + KEPT).as_second()));
        ledger.done(key).await.unwrap();
        assert_eq!(ledger.waiting(key).await.unwrap(), None);
    }

    #[tokio::test]
    async fn one_claim_is_granted_until_it_runs_out_and_none_after_it_was_sent() {
        let (ledger, now) = ledger();
        let Claim::Granted { delivery, version } = ledger.claim("a", "sns", now, LEASE).await.unwrap() else {
            panic!("the first claim")
        };
        assert_eq!(ledger.claim("a", "sns", now + SignedDuration::from_secs(119), LEASE).await.unwrap(), Claim::Busy);
        assert!(matches!(ledger.claim("a", "mail", now, LEASE).await.unwrap(), Claim::Granted { .. }));
        // Whoever held it died; another takes over, and the first can no longer say that it was sent.
        let later = now + SignedDuration::from_secs(120);
        let Claim::Granted { delivery: second, version: newer } = ledger.claim("a", "sns", later, LEASE).await.unwrap()
        else {
            panic!("the second claim")
        };
        assert_eq!(second.attempts, 2);
        let late = ledger.delivered(&delivery, version, Some("1".to_owned()), later).await.unwrap_err();
        assert!(matches!(late, LedgerError::Conflict { .. }));
        ledger.delivered(&second, newer, Some("2".to_owned()), later).await.unwrap();
        let Claim::Sent(sent) = ledger.claim("a", "sns", later + LEASE + LEASE, LEASE).await.unwrap() else {
            panic!("it was sent")
        };
        assert_eq!(sent.receipt.as_deref(), Some("2"));
    }

    #[tokio::test]
    async fn a_claim_that_is_given_back_may_be_taken_at_once() {
        let (ledger, now) = ledger();
        let Claim::Granted { delivery, version } = ledger.claim("a", "sns", now, LEASE).await.unwrap() else {
            panic!("the first claim")
        };
        ledger.delivered(&delivery, version, None, now).await.unwrap();
        assert!(matches!(ledger.claim("a", "sns", now, LEASE).await.unwrap(), Claim::Granted { .. }));
    }
}
