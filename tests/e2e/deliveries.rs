//! Deliveries: each message reaches each channel once, even if a process is killed; failures are retried, then fall back.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use tollgate_channels::{Channel, ChannelError, Envelope, Receipt};
use tollgate_ledger::conformance::TestClock;
use tollgate_ledger::{DeliveryState, Item, Key, Ledger, LedgerError, MemoryTable, Page, Query, Table, Write};
use tollgate_model::{Clock, Content, Message, Restatement, Revision, SourceId};
use tollgate_pipeline::{Sender, State, deliver_due, deliver_message};
use tollgate_policy::Policy;

use crate::support::NOW;

/// A process that dies at a step: before or after the step has had its effect.
#[derive(Clone)]
struct Life {
    steps: Arc<AtomicI64>,
    after: bool,
    dead: Arc<AtomicBool>,
}

impl Life {
    fn of(steps: i64, after: bool) -> Self {
        Self { steps: Arc::new(AtomicI64::new(steps)), after, dead: Arc::default() }
    }

    fn long() -> Self {
        Self::of(i64::MAX, false)
    }

    fn is_over(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Whether the step has its effect, and whether its process survives to know.
    fn step(&self) -> (bool, bool) {
        if self.is_over() {
            return (false, false);
        }
        if self.steps.fetch_sub(1, Ordering::SeqCst) > 0 {
            return (true, true);
        }
        self.dead.store(true, Ordering::SeqCst);
        (self.after, false)
    }
}

/// A table in the hands of somebody who dies.
struct Mortal {
    table: Arc<MemoryTable>,
    life: Life,
}

fn killed() -> LedgerError {
    LedgerError::Unavailable("killed".to_owned())
}

#[async_trait]
impl Table for Mortal {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        if self.life.step().1 { self.table.get(key).await } else { Err(killed()) }
    }
    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        let (done, known) = self.life.step();
        let result = if done { self.table.transact(writes).await } else { Ok(()) };
        if known { result } else { Err(killed()) }
    }
    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError> {
        let (done, known) = self.life.step();
        let result = if done { self.table.put_all(items).await } else { Ok(()) };
        if known { result } else { Err(killed()) }
    }
    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        let (done, known) = self.life.step();
        let result = if done { self.table.delete_all(keys).await } else { Ok(()) };
        if known { result } else { Err(killed()) }
    }
    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        if self.life.step().1 { self.table.query(query).await } else { Err(killed()) }
    }
    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        if self.life.step().1 { self.table.query_index(query).await } else { Err(killed()) }
    }
}

/// What a channel answers next.
#[derive(Clone)]
enum Says {
    Later(Option<u64>),
    Lost,
    No,
}

/// A channel that remembers what it got. One that `looks` finds what an attempt without an answer left, as Slack can.
#[derive(Clone)]
struct Recorded {
    got: Arc<Mutex<Vec<(String, Option<String>, Option<String>)>>>,
    says: Arc<Mutex<Vec<Says>>>,
    looks: bool,
    life: Life,
}

impl Recorded {
    fn new(looks: bool) -> Self {
        Self { got: Arc::default(), says: Arc::default(), looks, life: Life::long() }
    }

    fn ids(&self) -> Vec<String> {
        self.got.lock().unwrap().iter().map(|(id, ..)| id.clone()).collect()
    }
}

#[async_trait]
impl Channel for Recorded {
    fn kind(&self) -> &'static str {
        "recorded"
    }
    fn accepts(&self, message: &Message) -> bool {
        message.is_for_people()
    }
    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let id = envelope.message.id.to_string();
        let unavailable = |maybe_sent, retry_after: Option<u64>| ChannelError::Unavailable {
            channel: "recorded",
            message: "a test".to_owned(),
            retry_after: retry_after.map(Duration::from_secs),
            maybe_sent,
        };
        let says = { self.says.lock().unwrap().pop() };
        match says {
            Some(Says::Later(wait)) => return Err(unavailable(false, wait)),
            Some(Says::No) => {
                return Err(ChannelError::Refused { channel: "recorded", message: "channel_not_found".to_owned() });
            }
            Some(Says::Lost) | None => {}
        }
        let (done, known) = self.life.step();
        let has = self.looks && envelope.maybe_sent_since.is_some() && self.ids().contains(&id);
        if done && !has {
            let note = envelope.note.map(str::to_owned);
            self.got.lock().unwrap().push((id.clone(), envelope.thread.map(str::to_owned), note));
        }
        if !known || matches!(says, Some(Says::Lost)) {
            return Err(unavailable(true, None));
        }
        Ok(Receipt { id: format!("r-{id}"), thread: Some(envelope.message.thread().to_owned()) })
    }
}

struct Office {
    table: Arc<MemoryTable>,
    clock: Arc<TestClock>,
    policy: Arc<Policy>,
    slack: Recorded,
    mail: Recorded,
}

const POLICY: &str = r#"
channel "slack" {
  type     = "slack-webhook"
  url      = "S"
  fallback = "mail"
}
channel "mail" {
  type = "teams"
  url  = "M"
}
"#;

impl Office {
    fn new(policy: &str) -> Self {
        let clock = TestClock::at(NOW);
        Self {
            table: Arc::new(MemoryTable::new(clock.clone())),
            clock,
            policy: Arc::new(Policy::parse("t", &format!("{POLICY}{policy}")).unwrap()),
            slack: Recorded::new(true),
            mail: Recorded::new(false),
        }
    }

    fn state(&self, life: &Life) -> State {
        let table = Mortal { table: self.table.clone(), life: life.clone() };
        State {
            ledger: Ledger::new(Arc::new(table), "test"),
            policy: self.policy.clone(),
            clock: self.clock.clone(),
            run: "test".into(),
        }
    }

    fn alive(&self) -> State {
        self.state(&Life::long())
    }

    fn senders(&self, life: &Life) -> Vec<Sender> {
        let sender = |name: &str, channel: &Recorded, fallback: Option<&str>| Sender {
            name: name.to_owned(),
            fallback: fallback.map(str::to_owned),
            unconfigured: None,
            channel: Box::new(Recorded { life: life.clone(), ..channel.clone() }),
        };
        vec![sender("slack", &self.slack, Some("mail")), sender("mail", &self.mail, None)]
    }

    async fn round(&self) {
        deliver_due(&self.alive(), &self.senders(&Life::long())).await.unwrap();
    }

    fn later(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    async fn write(&self, id: &str) {
        let revision = Revision {
            source: SourceId::from_text("aws-1"),
            period: "2026-11".parse().unwrap(),
            hash: tollgate_model::hash::ContentHash(1),
        };
        let content = Content::Restated { revision, restatement: Restatement::default() };
        let at = self.clock.now();
        let message = Message { id: id.into(), at, run: "r".to_owned(), content };
        self.alive().ledger.put_message(&message).await.unwrap();
    }

    async fn delivery(&self, id: &str, channel: &str) -> tollgate_ledger::Delivery {
        self.alive().ledger.delivery(id, channel).await.unwrap().unwrap()
    }
}

/// The sender is killed before and after every single step. Afterwards every message is there; none is doubled on a channel
/// that can look; and on one that cannot, only when death came between the channel's taking it and our knowing.
#[tokio::test]
async fn killed_at_any_point_nothing_is_lost_or_sent_twice() {
    let mut points = 0;
    let mut doubled = 0;
    for after in [false, true] {
        for step in 0.. {
            let office = Office::new("");
            office.write("a#1").await;
            office.write("b#1").await;
            let life = Life::of(step, after);
            let (state, senders) = (office.state(&life), office.senders(&life));
            // As the stream does it for the first, and the schedule for the second.
            let keys: Vec<Key> = office.alive().ledger.outbox().await.unwrap().into_iter().map(|(k, _)| k).collect();
            let first = deliver_message(&state, &keys[0], &senders).await;
            let _ = deliver_due(&state, &senders).await;
            let between = office.mail.got.lock().unwrap().len();
            if !life.is_over() {
                assert!(first.is_ok());
                assert_eq!(office.slack.ids().len() + office.mail.ids().len(), 4);
                break;
            }
            points += 1;
            for _ in 0..4 {
                office.later(91);
                office.round().await;
            }
            let mut slack = office.slack.ids();
            slack.sort();
            assert_eq!(slack, ["a#1", "b#1"], "killed {} step {step}", if after { "after" } else { "before" });
            let mut mail = office.mail.ids();
            mail.sort();
            let extra = mail.len().saturating_sub(2);
            mail.dedup();
            assert_eq!(mail, ["a#1", "b#1"], "killed {} step {step}", if after { "after" } else { "before" });
            // A message comes twice only where it had come and nobody had written it down.
            assert!(extra <= 1 && extra <= between, "{extra} of {between} doubled at step {step}");
            doubled += extra;
            assert!(office.alive().ledger.waiting_deliveries().await.unwrap().is_empty());
            assert!(office.alive().ledger.outbox().await.unwrap().is_empty());
        }
    }
    assert!(points > 60, "{points} points");
    // Two messages, each when the channel's own answer or what follows it is lost.
    println!("killed at {points} points; {doubled} times a channel that cannot look got a message twice");
    assert!(doubled <= 6, "{doubled}");
}

#[tokio::test]
async fn what_a_channel_puts_off_is_sent_later_and_not_before_it_asked_for() {
    let office = Office::new("");
    *office.slack.says.lock().unwrap() = vec![Says::Later(Some(300)), Says::Later(None)];
    office.write("a#1").await;
    office.round().await;
    assert!(office.slack.ids().is_empty() && office.mail.ids() == ["a#1"]);
    let waiting = office.delivery("a#1", "slack").await;
    let due = |delivery: &tollgate_ledger::Delivery| match &delivery.state {
        DeliveryState::Waiting { due } => *due,
        other => panic!("{other:?}"),
    };
    let wait = due(&waiting).duration_since(office.clock.now());
    assert!(wait >= SignedDuration::from_secs(30) && wait < SignedDuration::from_secs(38), "{wait}");
    office.later(29);
    office.round().await;
    assert_eq!(office.delivery("a#1", "slack").await.attempts, 1, "it is not due yet");
    office.later(10);
    office.round().await;
    // Asked to wait for five minutes, it does.
    let wait = due(&office.delivery("a#1", "slack").await).duration_since(office.clock.now());
    assert_eq!(wait, SignedDuration::from_secs(300));
    office.later(300);
    office.round().await;
    let sent = office.delivery("a#1", "slack").await;
    assert_eq!((office.slack.ids().len(), sent.attempts), (1, 3));
    assert_eq!(sent.state.label(), "sent");
}

#[tokio::test]
async fn a_channel_without_its_secret_loses_no_message_and_sends_all_when_it_has_it() {
    let office = Office::new("route \"one\" {\n channels = [\"mail\"]\n}\n");
    let mut senders = office.senders(&Life::long());
    senders[1].unconfigured = Some("channel \"mail\" cannot send: M is not set".to_owned());
    office.write("a#1").await;
    for _ in 0..12 {
        let report = deliver_due(&office.alive(), &senders).await.unwrap();
        assert!(report.failed.is_empty() && report.sent.is_empty(), "{report:?}");
        office.later(1801);
    }
    let waiting = office.delivery("a#1", "mail").await;
    assert_eq!((waiting.attempts, waiting.state.label()), (0, "waiting"));
    assert!(waiting.error.unwrap().contains("M is not set"));
    office.round().await;
    assert_eq!(office.mail.ids(), ["a#1"]);

    // One with a fallback passes its messages on at once.
    let office = Office::new("route \"one\" {\n channels = [\"slack\"]\n}\n");
    let mut senders = office.senders(&Life::long());
    senders[0].unconfigured = Some("channel \"slack\" cannot send: S is not set".to_owned());
    office.write("a#1").await;
    deliver_due(&office.alive(), &senders).await.unwrap();
    assert_eq!((office.slack.ids().len(), office.mail.ids()), (0, vec!["a#1".to_owned()]));
}

#[tokio::test]
async fn a_failed_delivery_is_sent_again_on_request_unless_a_fallback_sent_it() {
    let office = Office::new("route \"one\" {\n channels = [\"mail\"]\n}\n");
    *office.mail.says.lock().unwrap() = vec![Says::No, Says::No];
    office.write("a#1").await;
    office.write("b#1").await;
    office.round().await;
    assert_eq!(office.delivery("a#1", "mail").await.state.label(), "failed");
    let state = office.alive();
    let error = tollgate_pipeline::retry_deliveries(&state, Some("c")).await.unwrap_err().to_string();
    assert!(error.contains("no delivery of a message `c` has failed or waits"), "{error}");
    assert_eq!(tollgate_pipeline::retry_deliveries(&state, Some("a#")).await.unwrap().len(), 1);
    office.round().await;
    assert_eq!(office.mail.ids(), ["a#1"]);
    assert_eq!(tollgate_pipeline::retry_deliveries(&state, None).await.unwrap().len(), 1);
    assert_eq!(tollgate_pipeline::retry_deliveries(&state, None).await.unwrap().len(), 0);
    office.round().await;
    assert_eq!(office.mail.ids(), ["a#1", "b#1"]);

    let office = Office::new("route \"one\" {\n channels = [\"slack\"]\n}\n");
    *office.slack.says.lock().unwrap() = vec![Says::No];
    office.write("a#1").await;
    office.round().await;
    assert_eq!(office.mail.ids(), ["a#1"]);
    assert!(tollgate_pipeline::retry_deliveries(&office.alive(), None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_dead_channel_falls_back_and_says_so() {
    let office = Office::new("route \"one\" {\n channels = [\"slack\"]\n}\n");
    *office.slack.says.lock().unwrap() = vec![Says::No];
    office.write("a#1").await;
    office.round().await;
    assert!(office.slack.ids().is_empty());
    let got = office.mail.got.lock().unwrap().clone();
    let note = got[0].2.as_deref().unwrap();
    assert_eq!((got.len(), got[0].0.as_str()), (1, "a#1"));
    assert!(note.starts_with("slack failed: recorded refused the message: channel_not_found"), "{note}");
    assert_eq!(office.delivery("a#1", "slack").await.state.label(), "failed");
    assert_eq!(office.delivery("a#1", "mail").await.instead_of.as_deref(), Some("slack"));

    // One that does not answer is given up after four attempts.
    *office.slack.says.lock().unwrap() = vec![Says::Later(None); 4];
    office.write("b#1").await;
    for _ in 0..4 {
        office.round().await;
        office.later(600);
    }
    assert_eq!(office.delivery("b#1", "slack").await.attempts, 4);
    assert_eq!(office.mail.ids(), ["a#1", "b#1"]);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_for_where_the_channel_can() {
    let office = Office::new("");
    *office.slack.says.lock().unwrap() = vec![Says::Lost];
    *office.mail.says.lock().unwrap() = vec![Says::Lost];
    office.write("a#1").await;
    for _ in 0..3 {
        office.round().await;
        office.later(60);
    }
    assert_eq!((office.slack.ids().len(), office.mail.ids().len()), (1, 2));
}

#[tokio::test]
async fn later_messages_keep_their_thread_and_an_older_one_is_not_sent_after_a_newer() {
    let office = Office::new("route \"one\" {\n channels = [\"slack\"]\n}\n");
    *office.slack.says.lock().unwrap() = vec![Says::Later(None)];
    office.write("a#1").await;
    office.round().await;
    office.later(5);
    office.write("a#2").await;
    office.round().await;
    office.later(60);
    office.round().await;
    office.write("a#3").await;
    office.round().await;
    let got: Vec<_> =
        office.slack.got.lock().unwrap().iter().map(|(id, thread, _)| (id.clone(), thread.clone())).collect();
    assert_eq!(got, [("a#2".to_owned(), None), ("a#3".to_owned(), Some("a".to_owned()))]);
    let held = office.delivery("a#1", "slack").await;
    assert!(matches!(&held.state, DeliveryState::Held { why, .. } if why.contains("a later message")), "{held:?}");
}

#[tokio::test]
async fn more_than_a_route_s_throttle_come_together_later() {
    let office =
        Office::new("route \"one\" {\n channels = [\"slack\"]\n throttle {\n  at_most = 2\n  per = \"1h\"\n }\n}\n");
    for i in 0..5 {
        office.write(&format!("m{i}#1")).await;
    }
    office.round().await;
    assert_eq!(office.slack.ids().len(), 2);
    office.later(3600);
    office.round().await;
    let ids = office.slack.ids();
    assert!(ids.len() == 3 && ids[2].starts_with("digest-one-"), "{ids:?}");
    assert!(office.alive().ledger.waiting_deliveries().await.unwrap().is_empty());
    for i in 2..5 {
        let sent = office.delivery(&format!("m{i}#1"), "slack").await;
        assert!(matches!(&sent.state, DeliveryState::Sent { receipt, .. } if receipt.starts_with("r-digest")));
    }
}

#[tokio::test]
async fn a_message_without_a_route_is_not_sent_and_that_is_recorded() {
    let office = Office::new("route \"one\" {\n about = [\"budget\"]\n channels = [\"slack\"]\n}\n");
    office.write("a#1").await;
    office.round().await;
    assert!(office.slack.ids().is_empty() && office.mail.ids().is_empty());
    assert_eq!(office.delivery("a#1", tollgate_pipeline::UNROUTED).await.state.label(), "held back");
}
