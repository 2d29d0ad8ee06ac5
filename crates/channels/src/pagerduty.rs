//! PagerDuty, Events API v2: one alert a thread, identified by its `dedup_key`; acknowledged and resolved with the incident.
//!
//! Limits: a key of 255 characters, a summary of 1,024, 512 KiB an event, 120 events a minute and integration. 202 means accepted, 400
//! invalid, 429 wait. Source: PagerDuty developer documentation, "Send an alert event". Read 2026-11-21.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tollgate_model::{Content, IncidentChange, Message, MessageSubject, PlanChange, Severity};

use crate::card::{Card, Tone};
use crate::connect::{ChannelSettings, ConnectError, ConnectParts};
use crate::text::shortened;
use crate::{Channel, ChannelError, Envelope, Receipt, http};

const KIND: &str = "pagerduty";
const EVENTS: &str = "https://events.pagerduty.com";

/// The fields of its block.
#[derive(Deserialize)]
struct ChannelFields {
    routing_key: String,
}

pub(crate) fn connect(settings: &ChannelSettings, parts: &ConnectParts<'_>) -> Result<Box<dyn Channel>, ConnectError> {
    let ChannelFields { routing_key } = settings.read()?;
    let base = parts.endpoints.get(KIND).map(str::to_owned);
    Ok(Box::new(PagerDuty::new(parts.http.clone(), routing_key, base)))
}

/// A service.
pub struct PagerDuty {
    http: reqwest::Client,
    base: String,
    routing_key: String,
}

impl PagerDuty {
    /// The service of a routing key. `base` is another address than PagerDuty's own, for tests.
    pub fn new(http: reqwest::Client, routing_key: impl Into<String>, base: Option<String>) -> Self {
        Self { http, base: base.unwrap_or_else(|| EVENTS.to_owned()), routing_key: routing_key.into() }
    }
}

#[async_trait]
impl Channel for PagerDuty {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn accepts(&self, message: &Message) -> bool {
        // A heartbeat, a restatement or a digest wakes nobody.
        matches!(
            message.subject(),
            Some(
                MessageSubject::Incident
                    | MessageSubject::Budget
                    | MessageSubject::Reconciliation
                    | MessageSubject::Plan
            )
        )
    }

    async fn send(&self, envelope: &Envelope<'_>) -> Result<Receipt, ChannelError> {
        let mut event = event(envelope);
        event["routing_key"] = self.routing_key.as_str().into();
        let answer = http::send(KIND, self.http.post(format!("{}/v2/enqueue", self.base)).json(&event)).await?;
        let body = answer.json();
        if !answer.status.is_success() {
            let errors = body["errors"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let errors: Vec<&str> = errors.chain(body["message"].as_str()).collect();
            return Err(answer.error(KIND, (!errors.is_empty()).then(|| errors.join(", "))));
        }
        let key = body["dedup_key"].as_str().unwrap_or_default().to_owned();
        Ok(Receipt { id: key.clone(), thread: Some(key) })
    }
}

/// The event, without its routing key.
pub(crate) fn event(envelope: &Envelope<'_>) -> Value {
    let message = envelope.message;
    let card = Card::of(message);
    let action = match &message.content {
        Content::Incident { change: IncidentChange::Resolved | IncidentChange::Expected, .. } => "resolve",
        Content::Incident { change: IncidentChange::Acknowledged | IncidentChange::Assigned, .. } => "acknowledge",
        Content::Plan {
            change: PlanChange::Approved | PlanChange::Declined | PlanChange::Expired | PlanChange::Done,
            ..
        } => "resolve",
        _ => "trigger",
    };
    let severity = match (message.severity(), card.tone) {
        (Some(Severity::Critical), _) => "critical",
        (Some(Severity::High), _) | (None, Tone::Alarm) => "error",
        (Some(Severity::Medium), _) | (None, Tone::Warning) => "warning",
        (Some(Severity::Low), _) | (None, _) => "info",
    };
    let mut details: Map<String, Value> =
        card.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    details.insert("why".to_owned(), card.lead.into());
    details.insert(card.list_title.to_lowercase(), card.list.into());
    details.insert("notes".to_owned(), card.notes.into());
    if let Some(note) = envelope.note {
        details.insert("note".to_owned(), note.into());
    }
    json!({
        "event_action": action,
        "dedup_key": message.thread().chars().take(255).collect::<String>(),
        "client": "Tollgate",
        "payload": {
            "summary": shortened(&card.title, 1024),
            "source": "tollgate",
            "severity": severity,
            "timestamp": message.at,
            "class": message.subject().map(MessageSubject::as_str),
            "custom_details": details,
        },
        "links": card.links.iter().map(|(text, href)| json!({ "href": href, "text": text })).collect::<Vec<_>>(),
    })
}
