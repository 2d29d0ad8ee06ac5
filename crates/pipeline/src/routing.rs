//! Routing: plans to whom, where and when a message is delivered, and why. Nothing is sent.

mod matching;
mod schedule;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_channels::Channel;
use tollgate_ledger::ScheduledCheck;
use tollgate_model::budget::ThresholdOn;
use tollgate_model::incident::FLAPPING;
use tollgate_model::{Content, IncidentChange, Message};
use tollgate_policy::{Policy, Route};

use self::matching::match_route;
use self::schedule::due_time;
use crate::scope::read_account_names;
use crate::{PipelineError, State};

/// A channel with its name in the policy file.
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The channel that gets a message when this one fails.
    pub fallback: Option<String>,
    /// What it needs and does not have, with what to do. Its messages wait until then, or go to its fallback.
    pub unconfigured: Option<String>,
    /// The channel.
    pub channel: Box<dyn Channel>,
}

impl Sender {
    /// The fallback of a channel, the fallback of that one, and so on, each once.
    pub fn fallbacks<'s>(senders: &'s [Self], channel: &str) -> impl Iterator<Item = &'s Self> {
        let find = |name: &str| senders.iter().find(|s| s.name == name);
        let next = move |sender: &&'s Self| sender.fallback.as_deref().and_then(find);
        // A chain longer than the list of channels is a circle.
        std::iter::successors(find(channel), next).skip(1).take(senders.len().saturating_sub(1))
    }
}

/// A planned delivery of a message on one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlannedDelivery {
    /// The channel.
    pub channel: String,
    /// The route that names the channel.
    pub route: String,
    /// The people whom it mentions, by their names in the policy file.
    pub people: Vec<String>,
    /// When it is due.
    pub due: Timestamp,
    /// Whether it is sent in one message with others of its route.
    pub in_digest: bool,
    /// Why this channel and this time.
    pub why: String,
    /// A note above the message.
    pub note: Option<String>,
    /// Why it is held back instead of sent.
    pub held: Option<String>,
}

/// The deliveries of a message, and the checks that it schedules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryPlan {
    /// The deliveries. Empty when no route matches.
    pub deliveries: Vec<PlannedDelivery>,
    /// The checks.
    #[serde(skip)]
    pub checks: Vec<(Timestamp, ScheduledCheck)>,
    /// Each route of the file, with whether and why it matches.
    pub routes: Vec<(String, String)>,
}

/// The channel and route that are recorded for a message without a route.
pub const UNROUTED: &str = "unrouted";

/// Plans the deliveries of a message.
///
/// # Errors
///
/// When the ledger fails.
pub async fn plan_deliveries(
    state: &State,
    message: &Message,
    senders: &[Sender],
) -> Result<DeliveryPlan, PipelineError> {
    let now = state.clock.now();
    if !message.is_for_people() {
        let internal = senders.iter().filter(|s| s.channel.accepts(message));
        let deliveries = internal.map(|s| PlannedDelivery {
            channel: s.name.clone(),
            route: "functions".to_owned(),
            people: Vec::new(),
            due: now,
            in_digest: false,
            why: "it starts the next functions".to_owned(),
            note: None,
            held: None,
        });
        return Ok(DeliveryPlan { deliveries: deliveries.collect(), ..DeliveryPlan::default() });
    }
    let names = read_account_names(state).await?;
    let defaults = default_routes(&state.policy, senders);
    let routes: &[Route] = if state.policy.routes.is_empty() { &defaults } else { &state.policy.routes };
    let mut plan = DeliveryPlan::default();
    let mut finished = false;
    for route in routes {
        let matched = if finished {
            Err("an earlier route matched".to_owned())
        } else {
            match_route(route, message, &state.policy, &names)
        };
        plan.routes.push((route.name.clone(), matched.clone().unwrap_or_else(|no| format!("no: {no}"))));
        let Ok(why) = matched else { continue };
        finished = !route.continues;
        add_route(state, &mut plan, route, message, senders, &why, now).await?;
        if let (Some(escalation), Content::Incident { change, incident }) = (&route.escalate, &message.content)
            && matches!(change, IncidentChange::Opened | IncidentChange::Raised | IncidentChange::Reopened)
            && plan.checks.is_empty()
        {
            let check = ScheduledCheck::Unanswered { incident: incident.id.clone(), message: message.id.clone() };
            plan.checks.push((now + SignedDuration::from_secs(i64::from(escalation.after)), check));
        }
    }
    if let Some(held) = hold_reason(message, now) {
        for delivery in &mut plan.deliveries {
            delivery.held = Some(held.clone());
        }
        // Nobody was notified, so nobody needs to answer.
        plan.checks.clear();
    }
    if let Some(note) = flapping_note(message, now) {
        for delivery in &mut plan.deliveries {
            delivery.note = Some(note.clone());
        }
    }
    Ok(plan)
}

/// The routes of a file without routes. Without a channel in it, every message goes to the deployment's own topic.
fn default_routes(policy: &Policy, senders: &[Sender]) -> Vec<Route> {
    let own = !policy.channels.is_empty();
    let others = if own { Vec::new() } else { senders.iter().map(|s| s.name.clone()).collect() };
    Route::defaults(&policy.channels, others)
}

/// Adds the deliveries of one route.
async fn add_route(
    state: &State,
    plan: &mut DeliveryPlan,
    route: &Route,
    message: &Message,
    senders: &[Sender],
    why: &str,
    now: Timestamp,
) -> Result<(), PipelineError> {
    let (channels, people, by) = targets(route, message, &state.policy);
    let (due, in_digest, when) = if message.is_quiet() {
        (now, false, "at once: it only edits an earlier message".to_owned())
    } else {
        due_time(state, route, message, now).await?
    };
    for channel in channels {
        let Some(sender) = senders.iter().find(|s| s.name == channel) else { continue };
        if !sender.channel.accepts(message) {
            continue;
        }
        if let Some(known) = plan.deliveries.iter_mut().find(|h| h.channel == channel) {
            known.people.extend(people.iter().filter(|p| !known.people.contains(p)).cloned().collect::<Vec<_>>());
            continue;
        }
        plan.deliveries.push(PlannedDelivery {
            channel,
            route: route.name.clone(),
            people: people.clone(),
            due,
            in_digest,
            why: format!("{why}{by}; {when}"),
            note: None,
            held: None,
        });
    }
    Ok(())
}

/// The channels and people of a route for a message. The escalation of a budget or a route precedes the route's own.
fn targets(route: &Route, message: &Message, policy: &Policy) -> (Vec<String>, Vec<String>, String) {
    match &message.content {
        Content::Incident { change: IncidentChange::Unanswered, .. } => match &route.escalate {
            Some(escalation) => {
                (escalation.channels.clone(), escalation.people.clone(), ", not acknowledged".to_owned())
            }
            None => (Vec::new(), Vec::new(), String::new()),
        },
        Content::Budget { crossed, status } => {
            let budget = policy.budgets.iter().find(|b| b.name == status.name);
            let reached = |percent: u32| crossed.iter().any(|c| c.on == ThresholdOn::Actual && c.percent == percent);
            let steps: Vec<_> =
                budget.into_iter().flat_map(|b| &b.escalation).filter(|step| reached(step.percent)).collect();
            match steps.last() {
                Some(last) => {
                    let mut channels: Vec<String> = Vec::new();
                    let mut people: Vec<String> = Vec::new();
                    for step in &steps {
                        channels.extend(
                            step.channels.iter().filter(|c| !channels.contains(c)).cloned().collect::<Vec<_>>(),
                        );
                        people.extend(step.people.iter().filter(|p| !people.contains(p)).cloned().collect::<Vec<_>>());
                    }
                    if channels.is_empty() {
                        channels.clone_from(&route.channels);
                    }
                    (channels, people, format!(", escalation of its budget at {} %", last.percent))
                }
                None => (route.channels.clone(), route.people.clone(), String::new()),
            }
        }
        _ => (route.channels.clone(), route.people.clone(), String::new()),
    }
}

/// Why a message is held back: its incident is snoozed or flapping.
fn hold_reason(message: &Message, now: Timestamp) -> Option<String> {
    let Content::Incident { change, incident } = &message.content else { return None };
    if change.alerts()
        && !matches!(change, IncidentChange::Resolved | IncidentChange::Reminded)
        && incident.is_snoozed(now)
    {
        let until = incident.snoozed_until.map_or(String::new(), |until| format!(" until {until}"));
        return Some(format!("snoozed{until}"));
    }
    let flaps = incident.flaps(now);
    let quiets = match change {
        IncidentChange::Reopened | IncidentChange::Opened => flaps > FLAPPING,
        IncidentChange::Resolved => flaps >= FLAPPING,
        _ => false,
    };
    quiets.then(|| format!("flapping: it was reopened {flaps} times in a week"))
}

/// The note above the last message of a flapping incident before messages are held back.
fn flapping_note(message: &Message, now: Timestamp) -> Option<String> {
    let Content::Incident { change: IncidentChange::Reopened | IncidentChange::Opened, incident } = &message.content
    else {
        return None;
    };
    (incident.flaps(now) == FLAPPING).then(|| {
        format!(
            "This incident is flapping: it was reopened {FLAPPING} times in a week. Until it is stable for a week, only a \
             higher severity is reported."
        )
    })
}
