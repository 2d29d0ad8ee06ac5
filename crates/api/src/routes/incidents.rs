//! Incidents: list, show, and what people do with them. Each change is one audited transaction, as in a chat.

use axum::http::StatusCode;
use jiff::SignedDuration;
use serde::Deserialize;
use tollgate_identity::Permission;
use tollgate_model::{Day, Incident, IncidentState, Opinion};
use tollgate_pipeline::{acknowledge, assign, find_incident, record_opinion, snooze};

use crate::answer::Answer;
use crate::call::{Call, ListOrder};
use crate::parameter::{Kind, Parameter};
use crate::problem::Problem;
use crate::route::Route;

/// Hours of a snooze without a number, and at most.
const SNOOZE_HOURS: u32 = 24;
const MOST_HOURS: u32 = 720;

const NOTE: Parameter = Parameter::new("note", Kind::Text, "a comment, kept with the incident");

pub(super) const ROUTES: &[Route] = &[
    Route::get("/v1/incidents", "listIncidents", "Incidents, the newest first", Permission::ReadIncidents, |call| {
        Box::pin(list(call))
    })
    .taking(&[
        Parameter::new("state", Kind::Choice(&["open", "acknowledged", "resolved", "expected"]), "the state")
            .repeated(),
        Parameter::new("severity", Kind::Choice(&["low", "medium", "high", "critical"]), "the least severity"),
    ])
    .answering("incidents")
    .in_pages(),
    Route::get(
        "/v1/incidents/{id}",
        "getIncident",
        "One incident: impact, cost drivers and history",
        Permission::ReadIncidents,
        |call| Box::pin(show(call)),
    )
    .answering("incident"),
    Route::post(
        "/v1/incidents/{id}/acknowledge",
        "acknowledgeIncident",
        "Acknowledge an incident",
        Permission::HandleIncidents,
        |call| Box::pin(acknowledge_incident(call)),
    )
    .reading(&[], "{}")
    .answering("incident"),
    Route::post(
        "/v1/incidents/{id}/expect",
        "expectIncident",
        "Mark an incident as planned: no alerts until a day, and no effect on the baseline",
        Permission::HandleIncidents,
        |call| Box::pin(expect(call)),
    )
    .reading(
        &[Parameter::new("until", Kind::Day, "the last day on which the cost is expected").required(), NOTE],
        r#"{"until": "2026-12-01", "note": "load test"}"#,
    )
    .answering("incident"),
    Route::post(
        "/v1/incidents/{id}/dismiss",
        "dismissIncident",
        "Dismiss an incident as a false positive; changes of this size count as normal from now on",
        Permission::HandleIncidents,
        |call| Box::pin(dismiss(call)),
    )
    .reading(&[NOTE], r#"{"note": "new product line"}"#)
    .answering("incident"),
    Route::post(
        "/v1/incidents/{id}/snooze",
        "snoozeIncident",
        "Mute the alerts of an incident",
        Permission::HandleIncidents,
        |call| Box::pin(snooze_incident(call)),
    )
    .reading(
        &[Parameter::new("hours", Kind::Number(1, MOST_HOURS as u64), "for how long; 24 without it")],
        r#"{"hours": 4}"#,
    )
    .answering("incident"),
    Route::post(
        "/v1/incidents/{id}/assign",
        "assignIncident",
        "Assign an incident to a person",
        Permission::HandleIncidents,
        |call| Box::pin(assign_incident(call)),
    )
    .reading(&[Parameter::new("person", Kind::Text, "the person who works on it").required()], r#"{"person": "ann"}"#)
    .answering("incident"),
];

async fn list(call: Call) -> Result<Answer, Problem> {
    let states: Vec<IncidentState> = call.query.values("state")?;
    let states = if states.is_empty() { IncidentState::ALL.to_vec() } else { states };
    let least = call.query.text("severity");
    let found = call.state().ledger.incidents(&states).await?.into_iter().map(|(incident, _)| incident);
    // Severities are compared by their order, which their words have too.
    let severe = |incident: &Incident| {
        let of = |word: &str| tollgate_model::Severity::ALL.iter().position(|known| known.as_str() == word);
        least.is_none_or(|least| of(incident.severity.as_str()) >= of(least))
    };
    let found: Vec<Incident> = found.filter(severe).collect();
    call.page(found, ListOrder::Descending, |incident| format!("{}#{}", incident.start, incident.id))
}

async fn show(call: Call) -> Result<Answer, Problem> {
    let (incident, _) = find_incident(call.state(), call.part("id")).await?;
    Answer::of(&incident)
}

/// The answer to a change that only live incidents have.
fn changed(incident: &Incident) -> Result<Answer, Problem> {
    if incident.is_live() {
        return Answer::of(incident);
    }
    let text =
        format!("{} is {}, so nothing was changed\nhint: list those with state=open", incident.id, incident.state);
    Err(Problem::new(StatusCode::CONFLICT, "not_live", text))
}

async fn acknowledge_incident(call: Call) -> Result<Answer, Problem> {
    let _: Nothing = call.json()?;
    changed(&acknowledge(call.state(), call.part("id"), &call.actor()).await?)
}

/// A body without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    until: Day,
    note: Option<String>,
}

async fn expect(call: Call) -> Result<Answer, Problem> {
    let Expected { until, note } = call.json()?;
    let today = call.today();
    if until < today {
        return Err(Problem::bad_request(format!("{until} is in the past\nhint: name today, {today}, or a later day")));
    }
    let opinion = Opinion::Expected;
    Answer::of(&record_opinion(call.state(), call.part("id"), opinion, Some(until), &call.actor(), note).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dismissed {
    note: Option<String>,
}

async fn dismiss(call: Call) -> Result<Answer, Problem> {
    let Dismissed { note } = call.json()?;
    let opinion = Opinion::NotAnAnomaly;
    Answer::of(&record_opinion(call.state(), call.part("id"), opinion, None, &call.actor(), note).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Snoozed {
    hours: Option<u32>,
}

async fn snooze_incident(call: Call) -> Result<Answer, Problem> {
    let hours = call.json::<Snoozed>()?.hours.unwrap_or(SNOOZE_HOURS);
    if !(1..=MOST_HOURS).contains(&hours) {
        return Err(Problem::bad_request(format!(
            "`hours` is {hours}\nhint: write a whole number from 1 to {MOST_HOURS}"
        )));
    }
    let until = call.now() + SignedDuration::from_hours(i64::from(hours));
    changed(&snooze(call.state(), call.part("id"), until, &call.actor()).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assigned {
    person: String,
}

async fn assign_incident(call: Call) -> Result<Answer, Problem> {
    let Assigned { person } = call.json()?;
    if person.trim().is_empty() {
        return Err(Problem::bad_request("`person` is empty\nhint: name the person who works on the incident"));
    }
    changed(&assign(call.state(), call.part("id"), person.trim(), &call.actor()).await?)
}
