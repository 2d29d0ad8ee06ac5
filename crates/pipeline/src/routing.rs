//! Routing: plans to whom, where and when a message is delivered, and why. Nothing is sent.

use std::collections::BTreeMap;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tollgate_channels::Channel;
use tollgate_ledger::ScheduledCheck;
use tollgate_model::budget::ThresholdOn;
use tollgate_model::incident::FLAPPING;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Content, Incident, IncidentChange, Message};
use tollgate_policy::{DigestSchedule, On, Policy, QuietHours, Route, ScopeCondition, Throttle};

use crate::scope::read_account_names;
use crate::{PipelineError, State};

/// A channel with its name in the policy file.
pub struct Sender {
    /// Its name.
    pub name: String,
    /// The channel that gets a message when this one fails.
    pub fallback: Option<String>,
    /// The channel.
    pub channel: Box<dyn Channel>,
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
    let mut taken = false;
    for route in routes {
        let verdict = if taken {
            Err("an earlier route matched".to_owned())
        } else {
            matches(route, message, &state.policy, &names)
        };
        plan.routes.push((route.name.clone(), verdict.clone().unwrap_or_else(|no| format!("no: {no}"))));
        let Ok(why) = verdict else { continue };
        taken = !route.continues;
        add_route(state, &mut plan, route, message, senders, &why, now).await?;
        if let (Some(escalation), Content::Incident { change, incident }) = (&route.escalate, &message.content)
            && matches!(change, IncidentChange::Opened | IncidentChange::Raised | IncidentChange::Reopened)
            && plan.checks.is_empty()
        {
            let check = ScheduledCheck::Unanswered { incident: incident.id.clone(), message: message.id.clone() };
            plan.checks.push((now + SignedDuration::from_secs(i64::from(escalation.after)), check));
        }
    }
    if let Some(held) = held(message, now) {
        for delivery in &mut plan.deliveries {
            delivery.held = Some(held.clone());
        }
        // Nobody was notified, so nobody needs to answer.
        plan.checks.clear();
    }
    if let Some(note) = note(message, now) {
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

/// Whether a route is about a message, and why or why not.
fn matches(
    route: &Route,
    message: &Message,
    policy: &Policy,
    names: &BTreeMap<String, String>,
) -> Result<String, String> {
    let Some(subject) = message.subject() else { return Err("it is not for people".to_owned()) };
    if !route.about.is_empty() && !route.about.contains(&subject) {
        return Err(format!("it is not about messages of kind {}", subject.as_str()));
    }
    let asks = route.severity > tollgate_model::Severity::Low || !route.kinds.is_empty();
    let incident = match &message.content {
        Content::Incident { incident, .. } => Some(incident),
        _ => None,
    };
    let mut because = vec![subject.as_str().to_owned()];
    match incident {
        Some(incident) => {
            if incident.severity < route.severity {
                return Err(format!("the incident is {}, below {}", incident.severity, route.severity));
            }
            if !route.kinds.is_empty() && !route.kinds.contains(&incident.kind) {
                return Err(format!("the incident is a {}", incident.kind.label()));
            }
            because.push(incident.severity.to_string());
            because.push(incident.kind.label().to_owned());
        }
        None if asks && route.about.is_empty() => {
            return Err("its severity and kind require an incident".to_owned());
        }
        None => {}
    }
    for condition in &route.scope {
        let met = match (&message.content, incident) {
            (_, Some(incident)) => incident_value(condition, incident, names),
            (Content::Budget { status, .. }, None) => budget_value(condition, policy, &status.name),
            _ => None,
        };
        match met {
            Some(value) => because.push(format!("{} {value}", condition.on)),
            None => return Err(format!("its {} is none of {}", condition.on, condition.values.join(", "))),
        }
    }
    Ok(because.join(", "))
}

/// The value of an incident that meets a condition.
fn incident_value(condition: &ScopeCondition, incident: &Incident, names: &BTreeMap<String, String>) -> Option<String> {
    let facet = match &condition.on {
        On::Facet(facet) => *facet,
        On::Dimension(name) => return incident.dimensions.get(name).filter(|v| condition.has_value(v)).cloned(),
    };
    let value = held_value(&incident.scope, facet)
        // A wide scope whose change is mostly of one account or service counts as that.
        .or_else(|| {
            let cause = incident.causes.iter().find(|c| c.dimension == facet.label() && c.share_percent >= 50)?;
            cause.value.clone()
        })?;
    let name = names.get(&value).filter(|_| facet == Facet::SubAccount);
    (condition.has_value(&value) || name.is_some_and(|name| condition.has_value(name))).then_some(value)
}

fn held_value(scope: &Scope, facet: Facet) -> Option<String> {
    scope.0.get(&facet).cloned().flatten()
}

/// The values of a budget's scope, where all of them meet a condition.
fn budget_value(condition: &ScopeCondition, policy: &Policy, budget: &str) -> Option<String> {
    let own = policy.budgets.iter().find(|b| b.name == budget)?.scope.iter().find(|m| m.on == condition.on)?;
    own.values.iter().all(|value| condition.has_value(value)).then(|| own.values.join(", "))
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

/// When a route delivers a message: at once, after its quiet hours, with its digest, or after its throttle.
async fn due_time(
    state: &State,
    route: &Route,
    message: &Message,
    now: Timestamp,
) -> Result<(Timestamp, bool, String), PipelineError> {
    if let Some(daily) = &route.digest {
        return Ok((next(daily, now), true, format!("with the digest of {}", clock_time(daily.at))));
    }
    if let Some(quiet) = &route.quiet
        && message.severity().is_none_or(|s| s < quiet.except)
        && let Some(end) = quiet_until(quiet, now)
    {
        return Ok((end, false, format!("after the quiet hours, at {}", clock_time(quiet.to))));
    }
    if let Some(Throttle { at_most, per }) = route.throttle {
        let per = i64::from(per);
        let heard = state.ledger.count_routed(&route.name, now - SignedDuration::from_secs(per), now).await?;
        if heard >= at_most {
            // Messages above the limit are due at one instant, in one message.
            let due = (now.as_second() / per + 1) * per;
            let due = Timestamp::from_second(due).unwrap_or(now);
            return Ok((
                due,
                true,
                format!("later, in one message: {heard} messages used this route in {} minutes", per / 60),
            ));
        }
    }
    Ok((now, false, "at once".to_owned()))
}

fn clock_time(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn time_of(minute: u16) -> Time {
    let part = |n: u16| i8::try_from(n).unwrap_or(0);
    Time::new(part(minute / 60), part(minute % 60), 0, 0).unwrap_or_default()
}

/// The next instant of a daily time in its zone. A time that clocks skip is the instant after.
fn next(daily: &DigestSchedule, now: Timestamp) -> Timestamp {
    at(&daily.zone, daily.at, now)
}

fn at(zone: &str, minute: u16, now: Timestamp) -> Timestamp {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let today = now.to_zoned(zone.clone()).date();
    let candidates = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let instants = candidates.filter_map(|date| date.to_datetime(time_of(minute)).to_zoned(zone.clone()).ok());
    instants.map(|z| z.timestamp()).find(|t| *t > now).unwrap_or(now)
}

/// The end of the quiet hours around an instant.
fn quiet_until(quiet: &QuietHours, now: Timestamp) -> Option<Timestamp> {
    let zone = TimeZone::get(&quiet.zone).unwrap_or(TimeZone::UTC);
    let local = now.to_zoned(zone).time();
    let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0);
    let inside = if quiet.from <= quiet.to {
        (quiet.from..quiet.to).contains(&minute)
    } else {
        minute >= quiet.from || minute < quiet.to
    };
    inside.then(|| at(&quiet.zone, quiet.to, now))
}

/// Why a message is held back: its incident is snoozed or flapping.
fn held(message: &Message, now: Timestamp) -> Option<String> {
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
fn note(message: &Message, now: Timestamp) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_end_in_their_own_zone_also_when_clocks_change() {
        let quiet = |from: u16, to: u16| QuietHours {
            from: from * 60,
            to: to * 60,
            zone: "Europe/Berlin".to_owned(),
            except: tollgate_model::Severity::Critical,
        };
        let until = |q: &QuietHours, now: &str| quiet_until(q, instant(now)).map(|t| t.to_string());
        let night = quiet(22, 7);
        assert_eq!(until(&night, "2026-11-20T22:30:00Z").as_deref(), Some("2026-11-21T06:00:00Z"));
        assert_eq!(until(&night, "2026-11-21T05:59:00Z").as_deref(), Some("2026-11-21T06:00:00Z"));
        assert_eq!(until(&night, "2026-11-21T06:00:00Z"), None);
        // The night in which clocks go back is an hour longer.
        assert_eq!(until(&night, "2026-10-24T20:30:00Z").as_deref(), Some("2026-10-25T06:00:00Z"));
        assert_eq!(until(&quiet(12, 13), "2026-11-21T11:30:00Z").as_deref(), Some("2026-11-21T12:00:00Z"));
        assert_eq!(until(&quiet(12, 13), "2026-11-21T12:30:00Z"), None);
    }

    #[test]
    fn a_digest_comes_at_the_next_time_of_its_clock() {
        let daily = DigestSchedule { at: 9 * 60, zone: "America/New_York".to_owned() };
        assert_eq!(next(&daily, instant("2026-11-21T13:59:00Z")).to_string(), "2026-11-21T14:00:00Z");
        assert_eq!(next(&daily, instant("2026-11-21T14:00:00Z")).to_string(), "2026-11-22T14:00:00Z");
    }
}
