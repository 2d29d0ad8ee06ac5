//! Notify: plans the deliveries of messages in the outbox, and sends each due delivery once.
//!
//! All state between two calls is in the ledger, so that a process that dies loses nothing: a message is in the outbox or planned, a
//! delivery waits or has ended, and an abandoned claim expires.

mod checks;
mod outcome;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_channels::{ChannelError, Envelope, Mention, Receipt, text};
use tollgate_ledger::{Claim, Claimed, Delivery, DeliveryState, Key};
use tollgate_model::hash::bytes_hash;
use tollgate_model::{Content, Digest, DigestLine, Message};

use self::checks::run_checks;
use self::outcome::{finish_claim, record_outcome};
use crate::routing::{Sender, UNROUTED, plan_deliveries};
use crate::{PipelineError, State, heartbeat};

/// How long a claim to send lasts: longer than the sum of a channel's timeouts.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// Lines of a digest.
const LINES: usize = 30;
/// Rounds of one call: a failed delivery makes its fallback due.
const ROUNDS: usize = 5;

/// The outcomes of deliveries in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Sent: message, channel, and the channel's reference.
    pub sent: Vec<(String, String, String)>,
    /// To be repeated: message, channel and reason.
    pub waiting: Vec<(String, String, String)>,
    /// Failed: message, channel and reason.
    pub failed: Vec<(String, String, String)>,
}

/// Plans one message of the outbox and sends its due deliveries. Two calls, even simultaneous ones, send once.
///
/// # Errors
///
/// When the ledger fails. A failed delivery is repeated later by [`deliver_due`].
pub async fn deliver_message(state: &State, key: &Key, senders: &[Sender]) -> Result<DeliveryReport, PipelineError> {
    let mut sent = DeliveryReport::default();
    let Some(message) = state.ledger.outbox_message(key).await? else { return Ok(sent) };
    plan_one(state, key, &message, senders).await?;
    for _ in 0..ROUNDS {
        let now = state.clock.now();
        let due =
            state.ledger.deliveries_of(message.id.as_str()).await?.into_iter().filter(|d| is_due(d, now)).collect();
        if !send_due(state, due, senders, &mut sent).await? {
            break;
        }
    }
    Ok(sent)
}

/// Runs due checks, the heartbeat, messages that are not planned yet, and every due delivery. Called each minute.
///
/// # Errors
///
/// When the ledger fails.
pub async fn deliver_due(state: &State, senders: &[Sender]) -> Result<DeliveryReport, PipelineError> {
    let mut sent = DeliveryReport::default();
    // One failure does not stop the rest: the first error is returned at the end.
    let mut failed = run_checks(state).await.err();
    failed = failed.or(heartbeat::write_heartbeat(state).await.err());
    for (key, message) in state.ledger.outbox().await? {
        failed = failed.or(plan_one(state, &key, &message, senders).await.err());
    }
    for _ in 0..ROUNDS {
        let due = state.ledger.due_deliveries(state.clock.now()).await?;
        if !send_due(state, due, senders, &mut sent).await? {
            break;
        }
    }
    failed.map_or(Ok(sent), Err)
}

fn is_due(delivery: &Delivery, now: Timestamp) -> bool {
    match &delivery.state {
        DeliveryState::Waiting { due } => *due <= now,
        DeliveryState::Sent { .. } | DeliveryState::Failed { .. } | DeliveryState::Held { .. } => false,
    }
}

async fn plan_one(state: &State, key: &Key, message: &Message, senders: &[Sender]) -> Result<(), PipelineError> {
    let plan = plan_deliveries(state, message, senders).await?;
    let now = state.now();
    let delivery = |channel: &str, route: &str, state: DeliveryState| Delivery {
        message: message.clone(),
        channel: channel.to_owned(),
        route: route.to_owned(),
        why: String::new(),
        people: Vec::new(),
        in_digest: false,
        note: None,
        instead_of: None,
        planned_at: now,
        attempts: 0,
        maybe_sent_since: None,
        error: None,
        state,
    };
    let mut deliveries: Vec<Delivery> = plan
        .deliveries
        .into_iter()
        .map(|planned| {
            let state = match planned.held {
                Some(why) => DeliveryState::Held { at: now, why },
                None => DeliveryState::Waiting { due: planned.due },
            };
            Delivery {
                why: planned.why,
                people: planned.people,
                in_digest: planned.in_digest,
                note: planned.note,
                ..delivery(&planned.channel, &planned.route, state)
            }
        })
        .collect();
    if deliveries.is_empty() && !message.is_quiet() {
        let why = "no route matches it; `tollgate routes test` explains why".to_owned();
        deliveries.push(delivery(UNROUTED, UNROUTED, DeliveryState::Held { at: now, why }));
    }
    state.ledger.plan_deliveries(key, message, &deliveries, &plan.checks).await?;
    Ok(())
}

/// Sends due deliveries. Returns whether it sent or held any.
async fn send_due(
    state: &State,
    due: Vec<Delivery>,
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<bool, PipelineError> {
    let mut any = false;
    let mut digests: BTreeMap<(String, String), Vec<Delivery>> = BTreeMap::new();
    for delivery in due {
        if delivery.in_digest {
            digests.entry((delivery.route.clone(), delivery.channel.clone())).or_default().push(delivery);
            continue;
        }
        if let Some(claim) = claim(state, &delivery).await? {
            any = true;
            send_one(state, &claim, senders, sent).await?;
        }
    }
    for ((route, channel), deliveries) in digests {
        let mut claims = Vec::new();
        for delivery in &deliveries {
            claims.extend(claim(state, delivery).await?);
        }
        any |= !claims.is_empty();
        match claims.as_slice() {
            [] => {}
            [one] => send_one(state, one, senders, sent).await?,
            many => send_digest(state, &route, &channel, many, senders, sent).await?,
        }
    }
    Ok(any)
}

async fn claim(state: &State, delivery: &Delivery) -> Result<Option<Claim>, PipelineError> {
    let (message, channel) = delivery.id();
    Ok(match state.ledger.claim_delivery(message, channel, state.clock.now(), LEASE).await? {
        Claimed::Granted(claim) => Some(*claim),
        Claimed::Busy | Claimed::Over => None,
    })
}

async fn send_one(
    state: &State,
    claim: &Claim,
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<(), PipelineError> {
    let delivery = &claim.delivery;
    if claim.thread.newest_at.is_some_and(|at| at > delivery.message.at) && delivery.instead_of.is_none() {
        let why = "a later message of its thread replaces it".to_owned();
        let held = Delivery { state: DeliveryState::Held { at: state.now(), why }, ..delivery.clone() };
        return finish_claim(state, claim, &held, &claim.thread).await;
    }
    let people = mentions(state, &delivery.people);
    let result = send(state, senders, delivery, &delivery.message, &people, claim.thread.reference.as_deref()).await;
    let mut thread = claim.thread.clone();
    if let Ok(receipt) = &result {
        thread.reference = receipt.thread.clone().or(thread.reference);
        thread.newest_at = Some(delivery.message.at);
    }
    record_outcome(state, claim, &thread, result.map(|r| r.id), senders, sent).await
}

/// Sends several deliveries of a route in one message.
async fn send_digest(
    state: &State,
    route: &str,
    channel: &str,
    claims: &[Claim],
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<(), PipelineError> {
    let mut lines: Vec<DigestLine> = claims
        .iter()
        .map(|claim| {
            let message = &claim.delivery.message;
            DigestLine { message: message.id.clone(), severity: message.severity(), title: text::title(message) }
        })
        .collect();
    lines.sort_by(|a, b| (b.severity, &a.message).cmp(&(a.severity, &b.message)));
    let ids: String = lines.iter().map(|line| format!("{}\n", line.message)).collect();
    let more = lines.len().saturating_sub(LINES) as u64;
    lines.truncate(LINES);
    let id = format!("digest-{route}-{:016x}", bytes_hash(ids.as_bytes()) >> 64);
    let message = state.message(id, Content::Digest(Digest { route: route.to_owned(), lines, more }));
    let mut people: Vec<String> = claims.iter().flat_map(|c| c.delivery.people.clone()).collect();
    people.sort();
    people.dedup();
    let maybe_sent_since = claims.iter().filter_map(|c| c.delivery.maybe_sent_since).min();
    let one = Delivery { maybe_sent_since, channel: channel.to_owned(), ..claims[0].delivery.clone() };
    let result = send(state, senders, &one, &message, &mentions(state, &people), None).await;
    for claim in claims {
        record_outcome(state, claim, &claim.thread, result.clone().map(|r| r.id), senders, sent).await?;
    }
    Ok(())
}

async fn send(
    state: &State,
    senders: &[Sender],
    delivery: &Delivery,
    message: &Message,
    people: &[Mention],
    thread: Option<&str>,
) -> Result<Receipt, ChannelError> {
    let Some(sender) = senders.iter().find(|s| s.name == delivery.channel) else {
        let message = format!("the policy in effect has no channel `{}`", delivery.channel);
        return Err(ChannelError::Refused { channel: "tollgate", message });
    };
    if let Some(missing) = &sender.unconfigured {
        return Err(ChannelError::Unconfigured(missing.clone()));
    }
    let maybe_sent_since = delivery.maybe_sent_since;
    let envelope =
        Envelope { message, people, note: delivery.note.as_deref(), thread, maybe_sent_since, now: state.clock.now() };
    sender.channel.send(&envelope).await
}

/// People of the policy file with their addresses. A person who is no longer in the file keeps the name alone.
fn mentions(state: &State, people: &[String]) -> Vec<Mention> {
    let known = |name: &String| state.policy.people.iter().find(|p| p.name == *name);
    people
        .iter()
        .map(|name| Mention {
            name: name.clone(),
            email: known(name).and_then(|p| p.email.clone()),
            slack: known(name).and_then(|p| p.slack.clone()),
        })
        .collect()
}
