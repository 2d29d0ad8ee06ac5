//! The outbox: messages that wait to be routed. A message is written in the transaction of its fact; routing replaces it by one
//! delivery a channel.

use jiff::{SignedDuration, Timestamp};
use tollgate_model::Message;

use crate::store::{decode, encode};
use crate::{Item, Key, Ledger, LedgerError, Query};

/// The number of partitions of the outbox.
const SHARDS: u32 = 4;
/// A message that is not routed in this time is dropped. Alarms report it long before.
const KEPT: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An instant in a key: always the same width, so that keys sort by time.
pub(crate) fn stamp(at: Timestamp) -> String {
    format!("{at:.3}")
}

impl Ledger {
    /// A message as an item of the outbox. The shard depends on the id, so that a message has one place.
    pub(crate) fn outbox_item(&self, message: &Message) -> Result<Item, LedgerError> {
        let shard = (tollgate_model::hash::bytes_hash(message.id.as_str().as_bytes()) % u128::from(SHARDS)) as u32;
        let key = Key::new(self.keys().outbox(shard), format!("{}#{}", stamp(message.at), message.id));
        let expires = (message.at + KEPT).as_second();
        Ok(Item::new(key, encode(message)?).expiring(expires))
    }

    /// A waiting message; `None` when it is routed, or dropped after its time.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn outbox_message(&self, key: &Key) -> Result<Option<Message>, LedgerError> {
        self.table().get(key).await?.map(|item| decode(&item)).transpose()
    }

    /// Whether a partition belongs to the outbox.
    pub fn is_outbox(&self, pk: &str) -> bool {
        (0..SHARDS).any(|shard| self.keys().outbox(shard) == pk)
    }

    /// Every waiting message with its key, oldest first.
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
        out.sort_by(|(a, _), (b, _)| a.sk.cmp(&b.sk));
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::ledger_at;
    use tollgate_model::hash::ContentHash;
    use tollgate_model::{Content, Revision, SourceId};

    #[tokio::test]
    async fn a_message_waits_once_however_often_it_is_written() {
        let (ledger, now) = ledger_at("2026-11-21T00:00:00Z");
        let revision =
            Revision { source: SourceId::from_text("s"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let content = Content::RevisionsCurrent { revisions: vec![revision] };
        let message = Message { id: "a".into(), at: now, run: "r".to_owned(), content };
        ledger.put_message(&message).await.unwrap();
        ledger.put_message(&message).await.unwrap();
        let waiting = ledger.outbox().await.unwrap();
        assert_eq!(waiting.len(), 1);
        let (key, _) = &waiting[0];
        assert!(ledger.is_outbox(&key.pk) && !ledger.is_outbox("other#OUTBOX#0"));
        let item = ledger.table().get(key).await.unwrap().unwrap();
        assert_eq!(item.expires, Some((now + KEPT).as_second()));
    }

    #[test]
    fn stamps_are_in_order_of_time() {
        let at = |text: &str| stamp(text.parse().unwrap());
        assert!(at("2026-11-21T00:00:00Z") < at("2026-11-21T00:00:00.5Z"));
        assert!(at("2026-11-21T00:00:00.5Z") < at("2026-11-21T00:00:01Z"));
    }
}
