//! The card of an incident.

use tollgate_model::budget::percent;
use tollgate_model::incident::FLAPPING;
use tollgate_model::money::grouped;
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{DayRange, Incident, IncidentChange, IncidentState, Severity};

use super::{Button, Card, Chart, Tone, instant_text, scope_text, signed};

pub(super) fn of_incident(change: IncidentChange, incident: &Incident) -> Card {
    let what = match change {
        IncidentChange::Opened
        | IncidentChange::Grew
        | IncidentChange::Acknowledged
        | IncidentChange::Assigned
        | IncidentChange::Snoozed => "",
        IncidentChange::Raised => "raised: ",
        IncidentChange::Reopened => "reopened: ",
        IncidentChange::Resolved => "resolved: ",
        IncidentChange::Expected => "expected: ",
        IncidentChange::Unanswered => "not acknowledged: ",
        IncidentChange::Reminded => "still open: ",
    };
    let title = format!(
        "[{}] {what}{}, {} of {} a day since {}",
        incident.severity,
        scope_text(&incident.with_account_names(&incident.scope)),
        incident.kind.label(),
        signed(incident.impact_per_day, incident.currency),
        incident.start
    );
    let tone = match (incident.state, incident.severity) {
        (IncidentState::Resolved | IncidentState::Expected, _) => Tone::Good,
        (_, Severity::Critical | Severity::High) => Tone::Alarm,
        (_, Severity::Medium | Severity::Low) => Tone::Warning,
    };
    let mut card = Card::new(title, tone);
    card.lead = incident.explanation();
    let share =
        percent(incident.impact_per_day, incident.expected_per_day).map_or(String::new(), |p| format!(" ({p:+} %)"));
    card.facts = vec![
        ("A day", format!("{}{share}", signed(incident.impact_per_day, incident.currency))),
        ("A month, if it continues", signed(incident.impact_per_month(), incident.currency)),
        ("So far", signed(incident.impact, incident.currency)),
        ("Since", format!("{}, {}", incident.start, incident.trend.label())),
        ("State", state(incident)),
    ];
    if !incident.dimensions.is_empty() {
        let owners: Vec<String> = incident.dimensions.iter().map(|(name, value)| format!("{name} {value}")).collect();
        card.facts.push(("Owner", owners.join(", ")));
    }
    card.list_title = "Causes";
    card.list = incident
        .causes
        .iter()
        .map(|cause| {
            format!(
                "{} % {} {}: {} -> {} a day",
                cause.share_percent,
                cause.dimension,
                incident.cause_value(cause).unwrap_or("(not set)"),
                grouped(cause.before, 2),
                grouped(cause.during, 2)
            )
        })
        .collect();
    if !incident.unranked_dimensions.is_empty() {
        card.notes.push(format!("too many values to rank: {}", incident.unranked_dimensions.join(", ")));
    }
    if let Some(last) = incident.events.last() {
        card.notes.push(last.what.clone());
    }
    if incident.reopened.len() >= FLAPPING {
        card.notes.push(format!("reopened {} times", incident.reopened.len()));
    }
    card.notes.push(format!("tollgate incidents show {}", incident.id));
    card.chart = incident.cost_history.clone().filter(|t| t.amounts.len() > 1).map(|cost_history| Chart {
        cost_history,
        marked: DayRange { start: incident.start, end: incident.last.plus(1) },
        currency: incident.currency,
    });
    card.links.extend(console(&incident.scope));
    card.value.clone_from(&incident.id);
    card.buttons = match incident.state {
        IncidentState::Open => {
            vec![Button::Acknowledge, Button::Expected, Button::Snooze, Button::Assign, Button::Propose]
        }
        IncidentState::Acknowledged => vec![Button::Expected, Button::Snooze, Button::Assign, Button::Propose],
        IncidentState::Resolved | IncidentState::Expected => Vec::new(),
    };
    card
}

fn state(incident: &Incident) -> String {
    let mut out = incident.state.to_string();
    if let Some(who) = &incident.assignee {
        out += &format!(", assigned to {who}");
    }
    if let Some(until) = incident.snoozed_until.filter(|_| incident.is_live()) {
        out += &format!(", snoozed until {}", instant_text(until));
    }
    out
}

/// The page on which a provider shows its costs.
fn console(scope: &Scope) -> Option<(&'static str, String)> {
    let provider = scope.0.get(&Facet::Provider)?.as_deref()?.to_lowercase();
    let address = match provider.as_str() {
        p if p.contains("amazon") || p.contains("aws") => {
            "https://console.aws.amazon.com/costmanagement/home#/cost-explorer"
        }
        p if p.contains("azure") || p.contains("microsoft") => {
            "https://portal.azure.com/#view/Microsoft_Azure_CostManagement/Menu/~/costanalysis"
        }
        p if p.contains("google") || p.contains("gcp") => "https://console.cloud.google.com/billing/linkedaccount",
        _ => return None,
    };
    Some(("Costs in the provider's console", address.to_owned()))
}
