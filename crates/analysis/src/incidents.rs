//! From anomalies to incidents: what moved together, once, under the name that fits it best.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::anomaly::BrokenPattern;
use tollgate_model::hash::bytes_hash;
use tollgate_model::incident::{IncidentKind, Trend};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Anomaly, Day, Direction, Incident, IncidentState, Severity};

/// Anomalies whose first days are this close may be one.
const TOGETHER: i32 = 2;
/// A part must explain this share of a wider anomaly's change, in percent, to be its cause.
const PART_PERCENT: i64 = 25;
/// From so many days on, a change is a level.
const LEVEL_DAYS: usize = 7;

/// Groups anomalies of all levels. `judged` is the last day that was judged in each scope's sources: an anomaly that
/// reaches it is open.
pub fn group(anomalies: &[Anomaly], severity: impl Fn(&Scope, Amount) -> Severity) -> Vec<Incident> {
    let mut parent: Vec<usize> = (0..anomalies.len()).collect();
    let mut by_scope: BTreeMap<&Scope, Vec<usize>> = BTreeMap::new();
    for (i, anomaly) in anomalies.iter().enumerate() {
        by_scope.entry(&anomaly.scope).or_default().push(i);
    }
    let shapes: BTreeSet<Vec<Facet>> = by_scope.keys().map(|scope| scope.0.keys().copied().collect()).collect();
    for (i, narrow) in anomalies.iter().enumerate() {
        let around = shapes.iter().filter_map(|facets| narrow.scope.only(facets)).filter_map(|s| by_scope.get(&s));
        for j in around.flatten() {
            if belongs(narrow, &anomalies[*j]) {
                let (a, b) = (root(&parent, i), root(&parent, *j));
                parent[a] = b;
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Anomaly>> = BTreeMap::new();
    for (i, anomaly) in anomalies.iter().enumerate() {
        groups.entry(root(&parent, i)).or_default().push(anomaly);
    }
    let mut groups: Vec<Vec<&Anomaly>> = groups.into_values().collect();
    absorb_whole_providers(&mut groups);
    let mut incidents: Vec<Incident> = groups.iter().map(|members| incident(members, &severity)).collect();
    incidents.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    incidents
}

fn root(parent: &[usize], mut i: usize) -> usize {
    while parent[i] != i {
        i = parent[i];
    }
    i
}

/// Whether the narrow anomaly is a part of the wide one that explains enough of it. Two causes in one provider are two
/// incidents: a whole provider joins nothing.
fn belongs(narrow: &Anomaly, wide: &Anomaly) -> bool {
    wide.scope.0.len() > 1
        && narrow.currency == wide.currency
        && narrow.direction == wide.direction
        && narrow.scope.0.len() > wide.scope.0.len()
        && wide.scope.covers(&narrow.scope)
        && overlap(narrow, wide)
        && explains(narrow, wide)
}

fn overlap(a: &Anomaly, b: &Anomaly) -> bool {
    (a.start() - b.start()).abs() <= TOGETHER || (a.start() <= b.last() && b.start() <= a.last())
}

fn explains(narrow: &Anomaly, wide: &Anomaly) -> bool {
    let (mut part, mut whole) = (Amount::ZERO, Amount::ZERO);
    for day in &wide.days {
        if let Some(same) = narrow.days.iter().find(|d| d.day == day.day) {
            part = part.saturating_add(same.actual.saturating_sub(same.expected).abs());
            whole = whole.saturating_add(day.actual.saturating_sub(day.expected).abs());
        }
    }
    tollgate_model::budget::percent(part, whole).is_some_and(|share| share >= PART_PERCENT)
}

/// A whole provider's anomaly is told by its parts, wherever any moved at the time; alone it stays.
fn absorb_whole_providers(groups: &mut Vec<Vec<&Anomaly>>) {
    let all = groups.clone();
    groups.retain(|members| {
        let [only] = members.as_slice() else { return true };
        let told = |other: &Vec<&Anomaly>| {
            other.iter().any(|a| {
                a.scope.0.len() > only.scope.0.len()
                    && a.direction == only.direction
                    && only.scope.covers(&a.scope)
                    && overlap(a, only)
            })
        };
        only.scope.0.len() > 1 || !all.iter().any(told)
    });
}

fn incident(members: &[&Anomaly], severity: &impl Fn(&Scope, Amount) -> Severity) -> Incident {
    let finest = members.iter().map(|a| a.scope.0.len()).max().unwrap_or(0);
    let mut parts: Vec<&&Anomaly> = members.iter().filter(|a| a.scope.0.len() == finest).collect();
    parts.sort_by_key(|a| std::cmp::Reverse(a.impact().abs()));
    let scope = parts
        .iter()
        .skip(1)
        .fold(parts.first().map(|a| a.scope.clone()).unwrap_or_default(), |s, a| s.common(&a.scope));
    // The anomaly of the very scope has the whole change, small parts included.
    let of_scope: Vec<&&Anomaly> = members.iter().filter(|a| a.scope == scope).collect();
    let counted: &[&&Anomaly] = if of_scope.is_empty() { &parts } else { &of_scope };
    let mut days: BTreeMap<Day, Seen> = BTreeMap::new();
    for day in counted.iter().flat_map(|a| &a.days) {
        let seen = days.entry(day.day).or_default();
        for (sum, part) in [
            (&mut seen.expected, day.expected),
            (&mut seen.actual, day.actual),
            (&mut seen.low, day.low),
            (&mut seen.high, day.high),
        ] {
            *sum = sum.saturating_add(part);
        }
    }
    let sum = |f: fn(&Seen) -> Amount| days.values().map(f).fold(Amount::ZERO, Amount::saturating_add);
    let (expected, actual) = (sum(|d| d.expected), sum(|d| d.actual));
    let usual = (part_of(sum(|d| d.low), days.len()), part_of(sum(|d| d.high), days.len()));
    let impact = actual.saturating_sub(expected);
    let (expected_per_day, actual_per_day, impact_per_day) =
        (part_of(expected, days.len()), part_of(actual, days.len()), part_of(impact, days.len()));
    let (start, last) = (
        members.iter().map(|a| a.start()).min().unwrap_or(Day::EPOCH),
        counted.iter().map(|a| a.last()).max().unwrap_or(Day::EPOCH),
    );
    let first = members.first();
    let direction = first.map_or(Direction::Up, |a| a.direction);
    let kind = match direction {
        Direction::Up if small(expected, actual) => IncidentKind::NewCost,
        Direction::Down if small(actual, expected) => IncidentKind::Stopped,
        _ if days.len() >= LEVEL_DAYS && crept(counted) => IncidentKind::Drift,
        _ if days.len() >= LEVEL_DAYS => IncidentKind::LevelShift,
        _ => IncidentKind::Spike,
    };
    let currency = first.map_or(tollgate_model::Currency::UNKNOWN, |a| a.currency);
    let id = format!(
        "i-{:08x}",
        (bytes_hash(format!("{scope}|{start}|{direction}|{currency}").as_bytes()) >> 96) & 0xffff_ffff
    );
    let mut out = Incident {
        id,
        parts: distinct(parts.iter().map(|a| a.scope.clone())),
        scope,
        kind,
        direction,
        severity: Severity::Low,
        state: if members.iter().any(|a| a.ongoing) { IncidentState::Open } else { IncidentState::Resolved },
        start,
        last,
        currency,
        impact,
        impact_per_day,
        expected_per_day,
        actual_per_day,
        score: members.iter().flat_map(|a| &a.days).map(|d| d.score.abs()).fold(0.0, f64::max),
        pattern: counted
            .iter()
            .min_by_key(|a| a.start())
            .and_then(|a| a.days.first())
            .map_or_else(Default::default, |d| d.pattern),
        usual_per_day: Some(usual),
        trend: trend(&days.values().map(|d| d.actual.saturating_sub(d.expected).to_f64()).collect::<Vec<_>>()),
        causes: Vec::new(),
        related: Vec::new(),
        notes: Vec::new(),
        events: Vec::new(),
        dimensions: BTreeMap::new(),
        cost_history: None,
        assignee: None,
        snoozed_until: None,
        reopened: Vec::new(),
    };
    let weight = match out.kind {
        // A spike that is over costs what it cost.
        IncidentKind::Spike => {
            if out.state == IncidentState::Resolved {
                impact
            } else {
                out.impact_per_month()
            }
        }
        IncidentKind::LevelShift
        | IncidentKind::Drift
        | IncidentKind::NewCost
        | IncidentKind::Stopped
        | IncidentKind::CommitmentUnused
        | IncidentKind::CoverageFell
        | IncidentKind::CommitmentEnds => out.impact_per_month(),
    };
    out.severity = surprised(severity(&out.scope, weight), out.score);
    out
}

/// What was seen of a scope on one day, all parts together.
#[derive(Clone, Copy, Default)]
struct Seen {
    expected: Amount,
    actual: Amount,
    low: Amount,
    high: Amount,
}

/// A change that chance nearly explains matters less than its money says.
const NEARLY_CHANCE: f64 = 5.5;

fn surprised(severity: Severity, score: f64) -> Severity {
    match severity {
        _ if score >= NEARLY_CHANCE => severity,
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

/// Whether the first alert needed several days together, and the days went on away from the usual: no step, a slope.
fn crept(counted: &[&&Anomaly]) -> bool {
    counted.iter().all(|a| {
        let away: Vec<f64> = a.days.iter().map(|d| d.actual.saturating_sub(d.expected).to_f64().abs()).collect();
        a.days.first().is_some_and(|d| d.pattern == BrokenPattern::Sustained && d.together >= 5)
            && trend(&away) == Trend::Growing
    })
}

/// Where daily differences are going: the last third beside the first, a quarter more or less.
fn trend(away: &[f64]) -> Trend {
    let third = away.len() / 3;
    if third == 0 {
        return Trend::Steady;
    }
    let size = |days: &[f64]| days.iter().sum::<f64>().abs();
    let (first, last) = (size(&away[..third]), size(&away[away.len() - third..]));
    match () {
        () if last > 1.25 * first => Trend::Growing,
        () if first > 1.25 * last => Trend::Fading,
        () => Trend::Steady,
    }
}

fn distinct(scopes: impl Iterator<Item = Scope>) -> Vec<Scope> {
    let mut out: Vec<Scope> = Vec::new();
    for scope in scopes {
        if !out.contains(&scope) {
            out.push(scope);
        }
    }
    out
}

fn small(part: Amount, whole: Amount) -> bool {
    tollgate_model::budget::percent(part, whole).is_none_or(|share| share < 5)
}

fn part_of(amount: Amount, days: usize) -> Amount {
    let days = i128::try_from(days.max(1)).unwrap_or(1);
    Amount::from_units(amount.units() / days).unwrap_or_default().round(6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::Currency;
    use tollgate_model::anomaly::AnomalousDay;
    use tollgate_model::series::Facet;

    fn anomaly(facets: &[(Facet, &str)], start: i32, changes: &[i64]) -> Anomaly {
        let days = changes
            .iter()
            .zip(start..)
            .map(|(change, day)| AnomalousDay {
                day: Day::from_epoch_days(day),
                expected: Amount::whole(100),
                low: Amount::whole(90),
                high: Amount::whole(110),
                actual: Amount::whole(100 + change),
                score: 9.0,
                pattern: BrokenPattern::Level,
                together: 1,
            })
            .collect();
        let scope = Scope(facets.iter().map(|(f, v)| (*f, Some((*v).to_owned()))).collect());
        Anomaly {
            leaf: scope.0.len() == 4,
            scope,
            currency: Currency::USD,
            direction: Direction::Up,
            days,
            ongoing: false,
        }
    }

    const P: (Facet, &str) = (Facet::Provider, "AWS");

    #[test]
    fn all_levels_of_one_change_are_one_incident() {
        use Facet::{Region, Service, SubAccount};
        let found = group(
            &[
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2"), (Region, "r")], 10, &[50, 60]),
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2")], 10, &[52, 61]),
                anomaly(&[P, (Service, "EC2")], 10, &[51, 62]),
                anomaly(&[P], 10, &[55, 70]),
            ],
            |_, _| Severity::High,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].scope.to_string(), "AWS / a / EC2 / r");
        assert_eq!((found[0].impact, found[0].impact_per_day), (Amount::whole(110), Amount::whole(55)));
    }

    #[test]
    fn two_causes_at_one_time_are_two_incidents() {
        use Facet::{Region, Service, SubAccount};
        let found = group(
            &[
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2"), (Region, "r")], 10, &[50]),
                anomaly(&[P, (SubAccount, "b"), (Service, "S3"), (Region, "s")], 10, &[50]),
                anomaly(&[P], 10, &[100]),
            ],
            |_, _| Severity::High,
        );
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn one_change_in_two_regions_is_one_incident_of_what_they_share() {
        use Facet::{Region, Service, SubAccount};
        let found = group(
            &[
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2"), (Region, "r")], 10, &[50]),
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2"), (Region, "s")], 10, &[30]),
                anomaly(&[P, (SubAccount, "a"), (Service, "EC2")], 10, &[80]),
            ],
            |_, _| Severity::High,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].scope.to_string(), "AWS / a / EC2");
        assert_eq!(found[0].parts.len(), 2);
        assert_eq!(found[0].impact, Amount::whole(80));
    }
}
