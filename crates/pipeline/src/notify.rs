//! Notify: what waits in the outbox is planned, and what is due goes to its channels, each once.
//!
//! Everything between two calls is in the ledger, so that whoever is killed leaves nothing undone: a message is in the outbox or
//! planned, a delivery waits or has ended, and a claim that nobody ended runs out.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_channels::{ChannelError, Envelope, Mention, Receipt, text};
use tollgate_ledger::{ChannelThread, Claim, Claimed, Delivery, DeliveryState, Key, LedgerError, ScheduledCheck};
use tollgate_model::hash::bytes_hash;
use tollgate_model::{Content, Digest, DigestLine, IncidentChange, IncidentState, Message, MessageId};

use crate::routing::{Sender, UNROUTED, plan_deliveries};
use crate::{PipelineError, State, heartbeat, plan_life};

/// How long a claim to send holds: longer than a channel's own timeouts together.
const LEASE: SignedDuration = SignedDuration::from_secs(90);
/// Attempts before a channel is given up for a message, when another stands in, and when none does.
const ATTEMPTS: (u32, u32) = (4, 10);
/// The wait after a first attempt that failed, in seconds; twice as long with each, up to half an hour.
const FIRST_WAIT: i64 = 30;
const LONGEST_WAIT: i64 = 1800;
/// Lines of a digest.
const LINES: usize = 30;
/// Rounds of one call: a delivery may make another due, as one that stands in.
const ROUNDS: usize = 5;

/// What became of deliveries in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryReport {
    /// Sent: message, channel, and what the channel calls it.
    pub sent: Vec<(String, String, String)>,
    /// To be tried again: message, channel and why.
    pub waiting: Vec<(String, String, String)>,
    /// Not sent for good: message, channel and why.
    pub failed: Vec<(String, String, String)>,
}

/// Plans one message of the outbox and sends what is due of it. Doing it twice, also at the same time, sends once.
///
/// # Errors
///
/// When the ledger fails. A channel that fails is tried again later by [`deliver_due`].
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

/// Everything that time asks for: what is to be looked at by now, the heartbeat, messages that nobody planned, and every
/// delivery that is due. Called each minute.
///
/// # Errors
///
/// When the ledger fails.
pub async fn deliver_due(state: &State, senders: &[Sender]) -> Result<DeliveryReport, PipelineError> {
    let mut sent = DeliveryReport::default();
    // One message that cannot be dealt with keeps none of the others: what failed first is told at the end.
    let mut failed = wake(state).await.err();
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
        let why = "no route takes it; `tollgate routes test` says why".to_owned();
        deliveries.push(delivery(UNROUTED, UNROUTED, DeliveryState::Held { at: now, why }));
    }
    state.ledger.plan_deliveries(key, message, &deliveries, &plan.checks).await?;
    Ok(())
}

/// Sends deliveries that are due. Returns whether anything was done.
async fn send_due(
    state: &State,
    due: Vec<Delivery>,
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<bool, PipelineError> {
    let mut any = false;
    let mut together: BTreeMap<(String, String), Vec<Delivery>> = BTreeMap::new();
    for delivery in due {
        if delivery.in_digest {
            together.entry((delivery.route.clone(), delivery.channel.clone())).or_default().push(delivery);
            continue;
        }
        if let Some(claim) = claim(state, &delivery).await? {
            any = true;
            send_one(state, &claim, senders, sent).await?;
        }
    }
    for ((route, channel), deliveries) in together {
        let mut claims = Vec::new();
        for delivery in &deliveries {
            claims.extend(claim(state, delivery).await?);
        }
        any |= !claims.is_empty();
        match claims.as_slice() {
            [] => {}
            [one] => send_one(state, one, senders, sent).await?,
            many => send_together(state, &route, &channel, many, senders, sent).await?,
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
        let why = "a later message of its thread says more".to_owned();
        let held = Delivery { state: DeliveryState::Held { at: state.now(), why }, ..delivery.clone() };
        return settle(state, claim, &held, &claim.thread).await;
    }
    let people = mentions(state, &delivery.people);
    let result = send(state, senders, delivery, &delivery.message, &people, claim.thread.reference.as_deref()).await;
    let mut thread = claim.thread.clone();
    if let Ok(receipt) = &result {
        thread.reference = receipt.thread.clone().or(thread.reference);
        thread.newest_at = Some(delivery.message.at);
    }
    end(state, claim, &thread, result.map(|r| r.id), senders, sent).await
}

/// Tells several deliveries of a route in one message.
async fn send_together(
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
        end(state, claim, &claim.thread, result.clone().map(|r| r.id), senders, sent).await?;
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
    let maybe_sent_since = delivery.maybe_sent_since;
    let envelope =
        Envelope { message, people, note: delivery.note.as_deref(), thread, maybe_sent_since, now: state.clock.now() };
    sender.channel.send(&envelope).await
}

/// Keeps how an attempt went: sent, to be tried again, or given up, with another channel standing in where there is one.
async fn end(
    state: &State,
    claim: &Claim,
    thread: &ChannelThread,
    result: Result<String, ChannelError>,
    senders: &[Sender],
    sent: &mut DeliveryReport,
) -> Result<(), PipelineError> {
    let now = state.clock.now();
    let delivery = claim.delivery.clone();
    let told = |what: &str| (delivery.message.id.to_string(), delivery.channel.clone(), what.to_owned());
    let error = match result {
        Ok(receipt) => {
            sent.sent.push(told(&receipt));
            let done = Delivery {
                state: DeliveryState::Sent { at: now, receipt },
                maybe_sent_since: None,
                error: None,
                ..delivery
            };
            return settle(state, claim, &done, thread).await;
        }
        Err(error) => error,
    };
    let why = error.to_string();
    let fallback = stand_in(state, &delivery, senders).await?;
    let most = if fallback.is_some() { ATTEMPTS.0 } else { ATTEMPTS.1 };
    if let ChannelError::Unavailable { retry_after, maybe_sent, .. } = &error
        && delivery.attempts < most
    {
        sent.waiting.push(told(&why));
        let wait = wait(&delivery).max(SignedDuration::try_from(retry_after.unwrap_or_default()).unwrap_or_default());
        let maybe_sent_since = match maybe_sent {
            true => delivery.maybe_sent_since.or(Some(now)),
            // What an earlier attempt left open stays open.
            false => delivery.maybe_sent_since,
        };
        let later = Delivery {
            state: DeliveryState::Waiting { due: now + wait },
            maybe_sent_since,
            error: Some(why),
            ..delivery
        };
        return settle(state, claim, &later, thread).await;
    }
    sent.failed.push(told(&why));
    if let Some(channel) = fallback {
        // First, so that whoever is killed here leaves both, never neither.
        let note = format!("{} did not take this: {}", delivery.channel, why.lines().next().unwrap_or_default());
        let other = Delivery {
            note: Some(delivery.note.iter().cloned().chain([note]).collect::<Vec<_>>().join(" ")),
            instead_of: Some(delivery.channel.clone()),
            channel,
            attempts: 0,
            maybe_sent_since: None,
            error: None,
            planned_at: now,
            state: DeliveryState::Waiting { due: now },
            ..delivery.clone()
        };
        state.ledger.add_delivery(&other).await?;
    }
    let failed = Delivery { state: DeliveryState::Failed { at: now, why: why.clone() }, error: Some(why), ..delivery };
    settle(state, claim, &failed, thread).await
}

/// The channel that stands in: the first of the chain that takes the message and does not have it yet.
async fn stand_in(state: &State, delivery: &Delivery, senders: &[Sender]) -> Result<Option<String>, PipelineError> {
    let mut tried = vec![delivery.channel.clone()];
    let find = |name: &str| senders.iter().find(|s| s.name == name);
    let mut next = find(&delivery.channel).and_then(|s| s.fallback.clone());
    while let Some(name) = next {
        if tried.contains(&name) {
            break;
        }
        let Some(sender) = find(&name) else { break };
        let has = state.ledger.delivery(delivery.message.id.as_str(), &name).await?;
        if has.is_none() && sender.channel.accepts(&delivery.message) {
            return Ok(Some(name));
        }
        tried.push(name);
        next = sender.fallback.clone();
    }
    Ok(None)
}

/// Twice as long with each attempt, and up to a quarter longer by the message's own name, so that many that failed together don't
/// come again together.
fn wait(delivery: &Delivery) -> SignedDuration {
    let doublings = delivery.attempts.saturating_sub(1).min(10);
    let seconds = (FIRST_WAIT << doublings).min(LONGEST_WAIT);
    let name = format!("{}#{}#{}", delivery.message.id, delivery.channel, delivery.attempts);
    let spread = i64::try_from(bytes_hash(name.as_bytes()) % 250).unwrap_or(0);
    SignedDuration::from_millis(seconds * (1000 + spread))
}

async fn settle(
    state: &State,
    claim: &Claim,
    delivery: &Delivery,
    thread: &ChannelThread,
) -> Result<(), PipelineError> {
    match state.ledger.finish_delivery(claim, delivery, thread).await {
        // The claim ran out and somebody else took over: what they find is what holds.
        Ok(()) | Err(LedgerError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// People of the policy file with where they are reached. One who is no longer in it keeps their name.
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

/// Looks at what is to be looked at by now.
async fn wake(state: &State) -> Result<(), PipelineError> {
    for (key, wake) in state.ledger.due_checks(state.clock.now()).await? {
        let message = match &wake {
            ScheduledCheck::Unanswered { incident, message } => match state.ledger.incident(incident).await? {
                Some((incident, _)) if incident.state == IncidentState::Open => {
                    let id = MessageId::new(&incident.id, &format!("unanswered-{}", message.event()));
                    let change = IncidentChange::Unanswered;
                    Some(state.message(id, Content::Incident { change, incident: Box::new(incident) }))
                }
                _ => None,
            },
            ScheduledCheck::Snoozed { incident } => match state.ledger.incident(incident).await? {
                // Snoozed for longer in between: another wake comes.
                Some((incident, _)) if incident.is_live() && !incident.is_snoozed(state.clock.now()) => {
                    let until = incident.snoozed_until.map_or(String::new(), |until| format!("-{until}"));
                    let id = format!("{}#reminded{until}", incident.id);
                    let change = IncidentChange::Reminded;
                    Some(state.message(id, Content::Incident { change, incident: Box::new(incident) }))
                }
                _ => None,
            },
            ScheduledCheck::PlanExpires { plan } => {
                plan_life::expire_plan(state, plan).await?;
                None
            }
        };
        let mut facts = state.ledger.transaction().finish_check(&key);
        if let Some(message) = &message {
            facts = facts.message(message)?;
        }
        facts.save().await?;
    }
    Ok(())
}
