//! Whether a route matches a message.

use std::collections::BTreeMap;

use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Content, Incident, Message};
use tollgate_policy::{On, Policy, Route, ScopeCondition};

/// Whether a route is about a message, and why or why not.
pub(super) fn match_route(
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
