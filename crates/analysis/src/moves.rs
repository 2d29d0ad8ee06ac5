//! Cost that moves: it leaves one account, service or region while it appears in another. Both sides are one incident with the net.

use tollgate_model::incident::IncidentKind;
use tollgate_model::money::grouped;
use tollgate_model::series::Scope;
use tollgate_model::{Amount, Direction, Incident, IncidentState, Severity};

use crate::incidents::{incident_id, rated_change};

/// The most days between the starts of both sides: a migration takes a week or two.
const TOGETHER: i32 = 14;
/// The least days of a side; shorter changes are late bookings or chance.
const DAYS: i32 = 3;
/// The most that the net may be of the larger side, in percent.
const NET_PERCENT: i64 = 35;

/// Joins incidents of opposite directions that are the two sides of one move.
pub(crate) fn join_moves(incidents: Vec<Incident>, severity: &impl Fn(&Scope, Amount) -> Severity) -> Vec<Incident> {
    let (mut left, mut out): (Vec<Incident>, Vec<Incident>) =
        incidents.into_iter().partition(|i| i.direction == Direction::Down);
    for appeared in &mut out {
        // The largest side that fits, so that the answer depends on no order.
        let best = (0..left.len())
            .filter(|i| is_move(&left[*i], appeared))
            .max_by_key(|i| (left[*i].impact_per_day.abs(), left[*i].id.clone()));
        if let Some(best) = best {
            let gone = left.swap_remove(best);
            *appeared = joined(&gone, appeared, severity);
        }
    }
    out.append(&mut left);
    out
}

fn is_move(gone: &Incident, appeared: &Incident) -> bool {
    let lasting = |i: &Incident| i.last - i.start + 1 >= DAYS;
    let (less, more) = (gone.impact_per_day.abs(), appeared.impact_per_day.abs());
    let net = more.saturating_sub(less).abs();
    gone.currency == appeared.currency
        && (gone.start - appeared.start).abs() <= TOGETHER
        && lasting(gone)
        && lasting(appeared)
        && differ_in_one_facet(&gone.scope, &appeared.scope)
        && tollgate_model::budget::percent(net, less.max(more)).is_some_and(|percent| percent <= NET_PERCENT)
}

/// Whether two scopes are of one provider and differ in the value of exactly one facet: the same service in two accounts, two services
/// of one account, two regions.
fn differ_in_one_facet(a: &Scope, b: &Scope) -> bool {
    let common = a.common(b);
    a.0.len() == b.0.len() && common.0.len() + 1 == a.0.len() && !common.0.is_empty()
}

fn joined(gone: &Incident, appeared: &Incident, severity: &impl Fn(&Scope, Amount) -> Severity) -> Incident {
    let scope = gone.scope.common(&appeared.scope);
    let start = gone.start.min(appeared.start);
    let places = appeared.currency.minor_places();
    let side = |i: &Incident| format!("{} ({} a day)", i.scope, grouped(i.impact_per_day, places));
    let mut parts = appeared.parts.clone();
    parts.extend(gone.parts.iter().filter(|part| !appeared.parts.contains(part)).cloned());
    let live = [gone, appeared].iter().any(|i| i.state == IncidentState::Open);
    let mut out = Incident {
        id: incident_id(&scope, start, appeared.direction, appeared.currency),
        parts,
        kind: IncidentKind::Moved,
        state: if live { IncidentState::Open } else { IncidentState::Resolved },
        start,
        last: gone.last.max(appeared.last),
        impact: gone.impact.saturating_add(appeared.impact),
        impact_per_day: gone.impact_per_day.saturating_add(appeared.impact_per_day),
        expected_per_day: gone.expected_per_day.saturating_add(appeared.expected_per_day),
        actual_per_day: gone.actual_per_day.saturating_add(appeared.actual_per_day),
        score: gone.score.max(appeared.score),
        usual_per_day: None,
        notes: vec![format!("moved from {} to {}", side(gone), side(appeared))],
        scope,
        ..appeared.clone()
    };
    out.severity = severity(&out.scope, rated_change(&out));
    out
}
