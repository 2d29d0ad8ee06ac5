//! Deliveries: one message on one channel, from planning to the receipt of the channel.
//!
//! A delivery waits until it is due. A sender claims it for a limited time, and it ends as sent, failed or held back. If a sender
//! dies, its claim expires; the next sender tries again and knows of the earlier attempt. Messages of one thread go to a channel
//! one after another: the claim also covers the thread.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tollgate_model::Message;

use crate::outbox::stamp;
use crate::store::{decode, encode};
use crate::{Condition, Item, Key, Ledger, LedgerError, Query, ScheduledCheck, Write};

/// How long deliveries are kept.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The state of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum DeliveryState {
    /// It waits until an instant; while a sender has claimed it, until the claim expires.
    Waiting {
        /// The instant.
        due: Timestamp,
    },
    /// The channel accepted it.
    Sent {
        /// When.
        at: Timestamp,
        /// The id of the channel for it.
        receipt: String,
    },
    /// The channel refused it for good.
    Failed {
        /// When it failed.
        at: Timestamp,
        /// The reason.
        why: String,
    },
    /// It is held back on purpose.
    Held {
        /// When it was held back.
        at: Timestamp,
        /// The reason.
        why: String,
    },
}

impl DeliveryState {
    /// For people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Waiting { .. } => "waiting",
            Self::Sent { .. } => "sent",
            Self::Failed { .. } => "failed",
            Self::Held { .. } => "held back",
        }
    }
}

/// One message on one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// The name of the channel in the policy file.
    pub channel: String,
    /// The route that selected the channel.
    pub route: String,
    /// The reason for the channel and the time, for people.
    pub why: String,
    /// People that it mentions, by their names in the policy file.
    pub people: Vec<String>,
    /// Whether it is sent in a digest with other messages of its route.
    pub in_digest: bool,
    /// A note above the message: that it replaces a failed channel, or that further messages are throttled.
    pub note: Option<String>,
    /// The failed channel that it replaces.
    pub instead_of: Option<String>,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// The number of attempts.
    pub attempts: u32,
    /// The first attempt without a known result: it has not ended, or ended without an answer. The channel may have the message.
    pub maybe_sent_since: Option<Timestamp>,
    /// The error of the last attempt.
    pub error: Option<String>,
    /// Its state.
    pub state: DeliveryState,
}

/// The state of a thread on a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelThread {
    /// The reference of the channel: the position of a message, the key of an issue.
    pub reference: Option<String>,
    /// The instant of the newest message that was sent to it.
    pub newest_at: Option<Timestamp>,
    /// Until when a sender has claimed it.
    busy_until: Option<Timestamp>,
}

/// The right to send a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The delivery as it is now.
    pub delivery: Delivery,
    /// Its thread.
    pub thread: ChannelThread,
    version: u64,
    thread_version: u64,
}

/// The answer to a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Claimed {
    /// The delivery may be sent.
    Granted(Box<Claim>),
    /// Not now: it is not due, or its thread is claimed.
    Busy,
    /// It has ended, or does not exist.
    Over,
}

impl Delivery {
    /// The ids of message and channel that identify it.
    pub fn id(&self) -> (&str, &str) {
        (self.message.id.as_str(), &self.channel)
    }
}

impl Ledger {
    fn delivery_item(&self, delivery: &Delivery) -> Result<Item, LedgerError> {
        let (message, channel) = delivery.id();
        let index = match &delivery.state {
            DeliveryState::Waiting { due } => {
                Key::new(self.keys().due(), format!("{}#{message}#{channel}", stamp(*due)))
            }
            DeliveryState::Sent { at, .. } | DeliveryState::Failed { at, .. } | DeliveryState::Held { at, .. } => {
                let at = stamp(*at);
                Key::new(self.keys().deliveries(&at[..7]), format!("{at}#{message}#{channel}"))
            }
        };
        let expires = (delivery.planned_at + REMEMBERED).as_second();
        Ok(Item::new(self.keys().delivery(message, channel), encode(delivery)?).indexed(index).expiring(expires))
    }

    /// Replaces a message of the outbox by its deliveries in one transaction, and counts it for the throttle of each route.
    /// Existing deliveries stay as they are. `false` when another process did so first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn plan_deliveries(
        &self,
        key: &Key,
        message: &Message,
        deliveries: &[Delivery],
        checks: &[(Timestamp, ScheduledCheck)],
    ) -> Result<bool, LedgerError> {
        let Some(item) = self.table().get(key).await? else { return Ok(false) };
        let mut writes = vec![Write::Delete(key.clone(), Condition::Version(item.version))];
        let mut routes: Vec<&str> = Vec::new();
        for delivery in deliveries {
            let item = self.delivery_item(delivery)?;
            if self.table().get(&item.key).await?.is_some() {
                continue;
            }
            writes.push(Write::Put(item, Condition::Absent));
            if !routes.contains(&delivery.route.as_str()) {
                routes.push(&delivery.route);
                let at = delivery.planned_at;
                let routed = Key::new(self.keys().routed(&delivery.route), format!("{}#{}", stamp(at), message.id));
                let gone = (at + SignedDuration::from_hours(91 * 24)).as_second();
                writes.push(Write::Put(Item::new(routed, encode(&message.id)?).expiring(gone), Condition::None));
            }
        }
        for (at, check) in checks {
            writes.push(Write::Put(self.check_item(*at, check)?, Condition::None));
        }
        match self.table().transact(writes).await {
            Ok(()) => Ok(true),
            Err(LedgerError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The number of messages that a route sent in a time.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn count_routed(&self, route: &str, since: Timestamp, until: Timestamp) -> Result<usize, LedgerError> {
        let query = Query::partition(self.keys().routed(route)).between(stamp(since), format!("{}~", stamp(until)));
        Ok(self.table().query_all(query).await?.len())
    }

    /// Adds a delivery of a message on a fallback channel. Adding it again changes nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn add_delivery(&self, delivery: &Delivery) -> Result<(), LedgerError> {
        let write = Write::Put(self.delivery_item(delivery)?, Condition::Absent);
        match self.table().transact(vec![write]).await {
            Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Due deliveries, longest waiting first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn due_deliveries(&self, now: Timestamp) -> Result<Vec<Delivery>, LedgerError> {
        let query = Query::partition(self.keys().due()).between("0", format!("{}~", stamp(now)));
        self.table().query_index_all(query).await?.iter().map(decode).collect()
    }

    /// Every waiting delivery, due or not.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn waiting_deliveries(&self) -> Result<Vec<Delivery>, LedgerError> {
        self.table().query_index_all(Query::partition(self.keys().due())).await?.iter().map(decode).collect()
    }

    /// At most `most` deliveries that ended in a month (`2026-11`), newest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn deliveries(&self, month: &str, most: usize) -> Result<Vec<Delivery>, LedgerError> {
        let query = Query { descending: true, limit: most, ..Query::partition(self.keys().deliveries(month)) };
        self.table().query_index(&query).await?.items.iter().map(decode).collect()
    }

    /// Every delivery that ended in a month (`2026-11`), oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn all_deliveries(&self, month: &str) -> Result<Vec<Delivery>, LedgerError> {
        let query = Query::partition(self.keys().deliveries(month));
        self.table().query_index_all(query).await?.iter().map(decode).collect()
    }

    /// Makes a failed delivery wait again, or a waiting one due, with all its attempts. `false` when it was sent, is held back, or
    /// another process changed it at the same time.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn retry_delivery(&self, message: &str, channel: &str, now: Timestamp) -> Result<bool, LedgerError> {
        let Some(item) = self.table().get(&self.keys().delivery(message, channel)).await? else { return Ok(false) };
        let delivery: Delivery = decode(&item)?;
        match delivery.state {
            DeliveryState::Failed { .. } | DeliveryState::Waiting { .. } => {}
            DeliveryState::Sent { .. } | DeliveryState::Held { .. } => return Ok(false),
        }
        let again = Delivery { state: DeliveryState::Waiting { due: now }, attempts: 0, ..delivery };
        let write = Write::Put(self.delivery_item(&again)?, Condition::Version(item.version));
        match self.table().transact(vec![write]).await {
            Ok(()) => Ok(true),
            Err(LedgerError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// One delivery.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn delivery(&self, message: &str, channel: &str) -> Result<Option<Delivery>, LedgerError> {
        self.table().get(&self.keys().delivery(message, channel)).await?.map(|item| decode(&item)).transpose()
    }

    /// Every delivery of a message.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn deliveries_of(&self, message: &str) -> Result<Vec<Delivery>, LedgerError> {
        let pk = self.keys().delivery(message, "").pk;
        self.table().query_all(Query::partition(pk)).await?.iter().map(decode).collect()
    }

    /// The state of a thread on a channel.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn thread(&self, thread: &str, channel: &str) -> Result<Option<ChannelThread>, LedgerError> {
        self.table().get(&self.keys().thread(thread, channel)).await?.map(|item| decode(&item)).transpose()
    }

    /// Claims a delivery for `lease`. After that time another sender may claim it again.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn claim_delivery(
        &self,
        message: &str,
        channel: &str,
        now: Timestamp,
        lease: SignedDuration,
    ) -> Result<Claimed, LedgerError> {
        let Some(item) = self.table().get(&self.keys().delivery(message, channel)).await? else {
            return Ok(Claimed::Over);
        };
        let mut delivery: Delivery = decode(&item)?;
        let DeliveryState::Waiting { due } = &delivery.state else { return Ok(Claimed::Over) };
        if *due > now {
            return Ok(Claimed::Busy);
        }
        let key = self.keys().thread(delivery.message.thread(), channel);
        let known = self.table().get(&key).await?;
        let (mut thread, thread_version) = match &known {
            Some(item) => (decode::<ChannelThread>(item)?, item.version),
            None => (ChannelThread::default(), 0),
        };
        if thread.busy_until.is_some_and(|until| until > now) {
            return Ok(Claimed::Busy);
        }
        let until = now + lease;
        delivery.attempts += 1;
        let before = delivery.maybe_sent_since;
        delivery.maybe_sent_since.get_or_insert(now);
        delivery.state = DeliveryState::Waiting { due: until };
        thread.busy_until = Some(until);
        let condition = if thread_version == 0 { Condition::Absent } else { Condition::Version(thread_version) };
        let writes = vec![
            Write::Put(self.delivery_item(&delivery)?, Condition::Version(item.version)),
            Write::Put(self.thread_item(&key, &thread, now)?, condition),
        ];
        match self.table().transact(writes).await {
            Ok(()) => {}
            Err(LedgerError::Conflict { .. }) => return Ok(Claimed::Busy),
            Err(error) => return Err(error),
        }
        // The sender learns of attempts before this one.
        delivery.maybe_sent_since = before;
        Ok(Claimed::Granted(Box::new(Claim {
            delivery,
            thread,
            version: item.version + 1,
            thread_version: thread_version + 1,
        })))
    }

    /// Ends a claim and saves the delivery and its thread.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another sender took over the claim.
    pub async fn finish_delivery(
        &self,
        claim: &Claim,
        delivery: &Delivery,
        thread: &ChannelThread,
    ) -> Result<(), LedgerError> {
        let key = self.keys().thread(claim.delivery.message.thread(), &claim.delivery.channel);
        let now = delivery.planned_at;
        let free = ChannelThread { busy_until: None, ..thread.clone() };
        let writes = vec![
            Write::Put(self.delivery_item(delivery)?, Condition::Version(claim.version)),
            Write::Put(self.thread_item(&key, &free, now)?, Condition::Version(claim.thread_version)),
        ];
        self.table().transact(writes).await
    }

    fn thread_item(&self, key: &Key, thread: &ChannelThread, now: Timestamp) -> Result<Item, LedgerError> {
        Ok(Item::new(key.clone(), encode(thread)?).expiring((now + REMEMBERED).as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::ledger_at;
    use tollgate_model::hash::ContentHash;
    use tollgate_model::{Content, Revision, SourceId};

    const LEASE: SignedDuration = SignedDuration::from_secs(120);

    fn delivery(id: &str, at: Timestamp) -> Delivery {
        let revision =
            Revision { source: SourceId::from_text("s"), period: "2026-11".parse().unwrap(), hash: ContentHash(1) };
        let content = Content::RevisionsCurrent { revisions: vec![revision] };
        Delivery {
            message: Message { id: id.into(), at, run: "r".to_owned(), content },
            channel: "finops".to_owned(),
            route: "default".to_owned(),
            why: String::new(),
            people: Vec::new(),
            in_digest: false,
            note: None,
            instead_of: None,
            planned_at: at,
            attempts: 0,
            maybe_sent_since: None,
            error: None,
            state: DeliveryState::Waiting { due: at },
        }
    }

    async fn planned(ids: &[&str]) -> (Ledger, Timestamp) {
        let (ledger, now) = ledger_at("2026-11-21T00:00:00Z");
        for id in ids {
            let delivery = delivery(id, now);
            ledger.put_message(&delivery.message).await.unwrap();
            let (key, message) = ledger.outbox().await.unwrap().remove(0);
            let one = std::slice::from_ref(&delivery);
            assert!(ledger.plan_deliveries(&key, &message, one, &[]).await.unwrap());
            assert!(!ledger.plan_deliveries(&key, &message, one, &[]).await.unwrap());
        }
        (ledger, now)
    }

    async fn claim(ledger: &Ledger, id: &str, now: Timestamp) -> Claimed {
        ledger.claim_delivery(id, "finops", now, LEASE).await.unwrap()
    }

    fn granted(claimed: Claimed) -> Claim {
        match claimed {
            Claimed::Granted(claim) => *claim,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn planning_removes_the_message_from_the_outbox_and_counts_it_for_its_route() {
        let (ledger, now) = planned(&["i-1#opened", "i-2#opened"]).await;
        assert!(ledger.outbox().await.unwrap().is_empty());
        assert_eq!(ledger.due_deliveries(now).await.unwrap().len(), 2);
        assert_eq!(ledger.due_deliveries(now - LEASE).await.unwrap().len(), 0);
        assert_eq!(ledger.count_routed("default", now - LEASE, now).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn one_claim_is_granted_until_it_expires_and_none_after_sending() {
        let (ledger, now) = planned(&["a"]).await;
        let first = granted(claim(&ledger, "a", now).await);
        assert_eq!(first.delivery.maybe_sent_since, None);
        assert_eq!(claim(&ledger, "a", now + SignedDuration::from_secs(119)).await, Claimed::Busy);
        // The first sender died and another takes over: the first can no longer finish the delivery.
        let later = now + LEASE;
        let second = granted(claim(&ledger, "a", later).await);
        assert_eq!((second.delivery.attempts, second.delivery.maybe_sent_since), (2, Some(now)));
        let sent = |claim: &Claim, receipt: &str| Delivery {
            state: DeliveryState::Sent { at: later, receipt: receipt.to_owned() },
            ..claim.delivery.clone()
        };
        let late = ledger.finish_delivery(&first, &sent(&first, "1"), &first.thread).await.unwrap_err();
        assert!(matches!(late, LedgerError::Conflict { .. }));
        ledger.finish_delivery(&second, &sent(&second, "2"), &second.thread).await.unwrap();
        assert_eq!(claim(&ledger, "a", later + LEASE).await, Claimed::Over);
        let listed = ledger.deliveries("2026-11", 10).await.unwrap();
        assert_eq!(listed[0].state, DeliveryState::Sent { at: later, receipt: "2".to_owned() });
        assert!(ledger.waiting_deliveries().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn messages_of_one_thread_go_one_after_another() {
        let (ledger, now) = planned(&["i-1#opened", "i-1#raised-high", "i-2#opened"]).await;
        let first = granted(claim(&ledger, "i-1#opened", now).await);
        assert_eq!(claim(&ledger, "i-1#raised-high", now).await, Claimed::Busy);
        granted(claim(&ledger, "i-2#opened", now).await);
        let thread = ChannelThread { reference: Some("C1/1.2".to_owned()), ..first.thread.clone() };
        ledger.finish_delivery(&first, &first.delivery, &thread).await.unwrap();
        let second = granted(claim(&ledger, "i-1#raised-high", now).await);
        assert_eq!(second.thread.reference.as_deref(), Some("C1/1.2"));
    }
}
