//! Incidents of unit costs: anomalies that last until the newest day with a figure.

use std::collections::BTreeMap;

use tollgate_analysis::units::{UnitAnomaly, find_unit_anomalies};
use tollgate_model::incident::{FindingFacts, IncidentKind};
use tollgate_model::series::Scope;
use tollgate_model::{Amount, Incident, IncidentChange, IncidentState, Severity};
use tollgate_policy::{On, UnitDefinition};

use super::report::{UnitInputs, UnitParts};
use crate::detect::{DetectReport, tuning_of};
use crate::incident_life::{incident_change, incident_event, incident_message};
use crate::{PipelineError, State};

/// Days after the last anomalous day on which an anomaly still lasts: its figures may lack a day.
const LASTS: i32 = 2;

/// Updates the incidents of unit costs. `stored` are the known ones.
pub(crate) async fn detect_unit_costs(
    state: &State,
    stored: Vec<(Incident, u64)>,
    report: &mut DetectReport,
) -> Result<(), PipelineError> {
    let units: Vec<&UnitDefinition> = state.policy.units.iter().collect();
    if units.is_empty() && stored.is_empty() {
        return Ok(());
    }
    let inputs = UnitInputs::read(state, &units).await?;
    let mut left: BTreeMap<String, (Incident, u64)> = stored.into_iter().map(|s| (s.0.id.clone(), s)).collect();
    let all = state.ledger.incidents(&IncidentState::ALL).await?;
    let of_cost: Vec<&Incident> = all.iter().map(|(i, _)| i).filter(|i| !i.kind.is_of_unit() && i.is_live()).collect();
    for unit in units {
        for mut incident in found(state, &inputs, unit) {
            if !left.contains_key(&incident.id) && of_cost.iter().any(|of_cost| explains(of_cost, &incident)) {
                continue;
            }
            match left.remove(&incident.id) {
                Some((known, version)) => {
                    if known.last != incident.last && known.is_live() {
                        incident.state = known.state;
                        (incident.notes, incident.events) = (known.notes.clone(), known.events.clone());
                        let message = incident_change(&known, &incident).map(|c| incident_message(state, c, &incident));
                        state.ledger.put_incident(&incident, Some(version), message.as_ref()).await?;
                        report.changed.push(incident);
                    }
                }
                None => {
                    let what = incident.notes.first().cloned().unwrap_or_default();
                    incident.events.push(incident_event(state, format!("found: {what}")));
                    let message = incident_message(state, IncidentChange::Opened, &incident);
                    state.ledger.put_incident(&incident, None, Some(&message)).await?;
                    report.new.push(incident);
                }
            }
        }
    }
    for (mut gone, version) in left.into_values().filter(|(incident, _)| incident.is_live()) {
        gone.state = IncidentState::Resolved;
        gone.events.push(incident_event(state, "resolved: back to normal, or the new normal".to_owned()));
        let message = incident_message(state, IncidentChange::Resolved, &gone);
        state.ledger.put_incident(&gone, Some(version), Some(&message)).await?;
        report.changed.push(gone);
    }
    Ok(())
}

/// Days by which an incident of cost may start earlier or later than that of a unit which it explains.
const NEAR: i32 = 3;

/// Whether an incident of cost is most of what a unit costs more or less: it is reported already.
fn explains(of_cost: &Incident, of_unit: &Incident) -> bool {
    let half = of_unit.impact_per_day.abs().ratio(1, 2).unwrap_or_default();
    of_cost.currency == of_unit.currency
        && of_cost.direction == of_unit.direction
        && (of_cost.start - of_unit.start).abs() <= NEAR
        && of_cost.impact_per_day.abs() >= half
}

/// The anomalies of a unit that last, as incidents.
fn found(state: &State, inputs: &UnitInputs, unit: &UnitDefinition) -> Vec<Incident> {
    let Some(parts) = UnitParts::of(state, inputs, unit) else { return Vec::new() };
    let detection = &state.policy.detection;
    let tuning = tuning_of(detection.sensitivity, detection.min_impact);
    let Some(newest) = parts.all.iter().rev().find(|d| d.unit_cost.is_some()).map(|d| d.day) else { return Vec::new() };
    let lasting = |anomaly: &UnitAnomaly| newest - anomaly.last_day <= LASTS;
    let anomalies = find_unit_anomalies(&parts.all, unit.per, tuning).into_iter().filter(lasting);
    anomalies
        .map(|anomaly| {
            let cost = parts.cost.get(&anomaly.last_day).copied().unwrap_or_default();
            incident(unit, &parts.metric.unit, &anomaly, cost, |change| detection.severity.of(change))
        })
        .collect()
}

/// An anomaly as an incident. Amounts a day are those of its last day: its cost, and that less what the anomaly cost a day.
fn incident(
    unit: &UnitDefinition,
    noun: &str,
    anomaly: &UnitAnomaly,
    cost: Amount,
    severity: impl Fn(Amount) -> Severity,
) -> Incident {
    let days = i64::try_from(anomaly.days.max(1)).unwrap_or(1);
    let impact_per_day = anomaly.impact.ratio(1, days).unwrap_or(anomaly.impact).round(2);
    let noun = if unit.per == 1 { noun.to_owned() } else { format!("{} {noun}", unit.per) };
    let what = format!(
        "{}: {} {} per {noun} instead of {}",
        unit.name,
        anomaly.actual.round(6),
        unit.currency,
        anomaly.expected.round(6)
    );
    let facts = FindingFacts {
        name: format!("unit_cost|{}|{}", unit.name, anomaly.first_day),
        scope: scope_of(unit),
        kind: IncidentKind::UnitCost,
        direction: anomaly.direction,
        start: anomaly.first_day,
        last: anomaly.last_day,
        currency: unit.currency,
        impact: anomaly.impact,
        impact_per_day,
        expected_per_day: cost.saturating_sub(impact_per_day),
        actual_per_day: cost,
        cause: None,
        what,
    };
    Incident::of_finding(facts, severity)
}

/// The facets that a unit fixes to one value.
fn scope_of(unit: &UnitDefinition) -> Scope {
    let facet = |condition: &tollgate_policy::ScopeCondition| match (&condition.on, condition.values.as_slice()) {
        (On::Facet(facet), [value]) => Some((*facet, Some(value.clone()))),
        _ => None,
    };
    Scope(unit.scope.iter().filter_map(facet).collect())
}

#[cfg(test)]
mod tests {
    use tollgate_model::{Day, Direction};
    use tollgate_policy::Policy;

    use super::*;

    #[test]
    fn an_incident_of_a_unit_says_what_the_unit_costs_and_adds_up_in_money() {
        let text = "metric \"orders\" {\n unit = \"order\"\n}\nunit \"per-order\" {\n metric = \"orders\"\n currency = \"USD\"\n scope = { provider = \"AWS\" }\n}\n";
        let policy = Policy::parse("t", text).unwrap();
        let first: Day = "2026-10-01".parse().unwrap();
        let anomaly = UnitAnomaly {
            direction: Direction::Up,
            first_day: first,
            last_day: first.plus(1),
            days: 2,
            actual: "0.08".parse().unwrap(),
            expected: "0.05".parse().unwrap(),
            low: "0.04".parse().unwrap(),
            high: "0.06".parse().unwrap(),
            impact: Amount::whole(60),
        };
        let found = incident(&policy.units[0], "order", &anomaly, Amount::whole(80), |_| Severity::Medium);
        assert_eq!(found.notes, ["per-order: 0.08 USD per order instead of 0.05"]);
        assert_eq!((found.expected_per_day, found.impact_per_day), (Amount::whole(50), Amount::whole(30)));
        assert_eq!((found.scope.to_string().as_str(), found.severity), ("AWS", Severity::Medium));
        let of_cost = Incident { kind: IncidentKind::Spike, impact_per_day: Amount::whole(20), ..found.clone() };
        assert!(explains(&of_cost, &found));
        assert!(!explains(&Incident { impact_per_day: Amount::whole(10), ..of_cost.clone() }, &found));
        assert!(!explains(&Incident { start: first.plus(9), ..of_cost }, &found));
        assert!(found.explanation().contains("80.00 a day instead of 50.00"), "{}", found.explanation());
    }
}
