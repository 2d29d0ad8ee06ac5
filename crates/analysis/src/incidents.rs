//! From anomalies to incidents: anomalies of one change become one incident, under the scope that describes it best.

use std::collections::{BTreeMap, BTreeSet};

use crate::moves::join_moves;
use tollgate_model::anomaly::BrokenPattern;
use tollgate_model::hash::short_id;
use tollgate_model::incident::{IncidentKind, Trend};
use tollgate_model::series::{Facet, Scope};
use tollgate_model::{Amount, Anomaly, Day, Direction, Incident, IncidentState, Severity};

/// Anomalies whose first days are at most this far apart may be one incident.
const TOGETHER: i32 = 2;
/// A part must explain this share of a wider anomaly's change, in percent, to be its cause.
const PART_PERCENT: i64 = 25;
/// Days from which a change is a level shift.
const LEVEL_DAYS: usize = 7;

/// Groups the anomalies of all levels into incidents, oldest first. `severity` rates a monthly change of a scope.
pub fn group_anomalies(anomalies: &[Anomaly], severity: impl Fn(&Scope, Amount) -> Severity) -> Vec<Incident> {
    let mut parent: Vec<usize> = (0..anomalies.len()).collect();
    let mut by_scope: BTreeMap<&Scope, Vec<usize>> = BTreeMap::new();
    for (i, anomaly) in anomalies.iter().enumerate() {
        by_scope.entry(&anomaly.scope).or_default().push(i);
    }
    let shapes: BTreeSet<Vec<Facet>> = by_scope.keys().map(|scope| scope.0.keys().copied().collect()).collect();
    for (i, narrow) in anomalies.iter().enumerate() {
        let around = shapes.iter().filter_map(|facets| narrow.scope.only(facets)).filter_map(|s| by_scope.get(&s));
        for j in around.flatten() {
            if belongs_to(narrow, &anomalies[*j]) {
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
    let incidents: Vec<Incident> = groups.iter().map(|members| incident(members, &severity)).collect();
    let mut incidents = join_moves(incidents, &severity);
    incidents.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    incidents
}

fn root(parent: &[usize], mut i: usize) -> usize {
    while parent[i] != i {
        i = parent[i];
    }
    i
}

/// Whether the narrow anomaly is a part of the wide one and explains enough of it. Two causes in one provider are two
/// incidents, so an anomaly of a whole provider joins no others.
fn belongs_to(narrow: &Anomaly, wide: &Anomaly) -> bool {
    wide.scope.0.len() > 1
        && narrow.currency == wide.currency
        && narrow.direction == wide.direction
        && narrow.scope.0.len() > wide.scope.0.len()
        && wide.scope.covers(&narrow.scope)
        && overlaps(narrow, wide)
        && explains_enough(narrow, wide)
}

fn overlaps(a: &Anomaly, b: &Anomaly) -> bool {
    (a.start() - b.start()).abs() <= TOGETHER || (a.start() <= b.last() && b.start() <= a.last())
}

fn explains_enough(narrow: &Anomaly, wide: &Anomaly) -> bool {
    let (mut part, mut whole) = (Amount::ZERO, Amount::ZERO);
    for day in &wide.days {
        if let Some(same) = narrow.days.iter().find(|d| d.day == day.day) {
            part = part.saturating_add(same.actual.saturating_sub(same.expected).abs());
            whole = whole.saturating_add(day.actual.saturating_sub(day.expected).abs());
        }
    }
    tollgate_model::budget::percent(part, whole).is_some_and(|share| share >= PART_PERCENT)
}

/// Removes anomalies of whole providers if any part of the provider moved at the time: the parts report them.
fn absorb_whole_providers(groups: &mut Vec<Vec<&Anomaly>>) {
    let all = groups.clone();
    groups.retain(|members| {
        let [only] = members.as_slice() else { return true };
        let reports_it = |group: &Vec<&Anomaly>| {
            group.iter().any(|a| {
                a.scope.0.len() > only.scope.0.len()
                    && a.direction == only.direction
                    && only.scope.covers(&a.scope)
                    && overlaps(a, only)
            })
        };
        only.scope.0.len() > 1 || !all.iter().any(reports_it)
    });
}

/// The incident of a group of anomalies.
fn incident(members: &[&Anomaly], severity: &impl Fn(&Scope, Amount) -> Severity) -> Incident {
    let finest = finest_anomalies(members);
    let scope = common_scope(&finest);
    // The anomaly of this scope has the whole change, including parts too small for an anomaly of their own.
    let of_scope: Vec<&Anomaly> = members.iter().copied().filter(|a| a.scope == scope).collect();
    let counted = if of_scope.is_empty() { &finest } else { &of_scope };
    let days = daily_sums(counted);
    let totals = CostSums::of(&days);
    let start = members.iter().map(|a| a.start()).min().unwrap_or(Day::EPOCH);
    let last = counted.iter().map(|a| a.last()).max().unwrap_or(Day::EPOCH);
    let first = members.first();
    let direction = first.map_or(Direction::Up, |a| a.direction);
    let currency = first.map_or(tollgate_model::Currency::UNKNOWN, |a| a.currency);
    let earliest = counted.iter().min_by_key(|a| a.start()).and_then(|a| a.days.first());
    let differences: Vec<f64> = days.values().map(|d| d.actual.saturating_sub(d.expected).to_f64()).collect();
    let mut out = Incident {
        id: incident_id(&scope, start, direction, currency),
        parts: distinct(finest.iter().map(|a| a.scope.clone())),
        scope,
        kind: incident_kind(direction, &totals, days.len(), counted),
        direction,
        severity: Severity::Low,
        state: if members.iter().any(|a| a.ongoing) { IncidentState::Open } else { IncidentState::Resolved },
        start,
        last,
        currency,
        impact: totals.impact(),
        impact_per_day: daily_mean(totals.impact(), days.len()),
        expected_per_day: daily_mean(totals.expected, days.len()),
        actual_per_day: daily_mean(totals.actual, days.len()),
        score: members.iter().flat_map(|a| &a.days).map(|d| d.score.abs()).fold(0.0, f64::max),
        pattern: earliest.map_or_else(Default::default, |d| d.pattern),
        usual_per_day: Some((daily_mean(totals.low, days.len()), daily_mean(totals.high, days.len()))),
        trend: trend(&differences),
        causes: Vec::new(),
        unranked_dimensions: Vec::new(),
        related: Vec::new(),
        notes: Vec::new(),
        events: Vec::new(),
        dimensions: BTreeMap::new(),
        cost_history: None,
        assignee: None,
        snoozed_until: None,
        reopened: Vec::new(),
        account_names: BTreeMap::new(),
    };
    let rated = severity(&out.scope, rated_change(&out));
    out.severity = lower_if_near_chance(rated, out.score);
    out
}

/// The anomalies of the finest level among the members, largest impact first.
fn finest_anomalies<'a>(members: &[&'a Anomaly]) -> Vec<&'a Anomaly> {
    let finest = members.iter().map(|a| a.scope.0.len()).max().unwrap_or(0);
    let mut out: Vec<&Anomaly> = members.iter().copied().filter(|a| a.scope.0.len() == finest).collect();
    out.sort_by_key(|a| std::cmp::Reverse(a.impact().abs()));
    out
}

/// The scope that all anomalies share.
fn common_scope(anomalies: &[&Anomaly]) -> Scope {
    let first = anomalies.first().map(|a| a.scope.clone()).unwrap_or_default();
    anomalies.iter().skip(1).fold(first, |scope, a| scope.common(&a.scope))
}

/// Costs of a scope on one day or on several, summed over its anomalies.
#[derive(Clone, Copy, Default)]
struct CostSums {
    expected: Amount,
    actual: Amount,
    low: Amount,
    high: Amount,
}

impl CostSums {
    fn of(days: &BTreeMap<Day, Self>) -> Self {
        days.values().fold(Self::default(), |sum, day| sum.plus(*day))
    }

    fn plus(self, other: Self) -> Self {
        Self {
            expected: self.expected.saturating_add(other.expected),
            actual: self.actual.saturating_add(other.actual),
            low: self.low.saturating_add(other.low),
            high: self.high.saturating_add(other.high),
        }
    }

    fn impact(&self) -> Amount {
        self.actual.saturating_sub(self.expected)
    }
}

/// The costs of each day, summed over the anomalies.
fn daily_sums(anomalies: &[&Anomaly]) -> BTreeMap<Day, CostSums> {
    let mut out: BTreeMap<Day, CostSums> = BTreeMap::new();
    for day in anomalies.iter().flat_map(|a| &a.days) {
        let costs = CostSums { expected: day.expected, actual: day.actual, low: day.low, high: day.high };
        let sum = out.entry(day.day).or_default();
        *sum = sum.plus(costs);
    }
    out
}

fn incident_kind(direction: Direction, totals: &CostSums, days: usize, counted: &[&Anomaly]) -> IncidentKind {
    match direction {
        Direction::Up if is_small(totals.expected, totals.actual) => IncidentKind::NewCost,
        Direction::Down if is_small(totals.actual, totals.expected) => IncidentKind::Stopped,
        _ if days >= LEVEL_DAYS && crept_in(counted) => IncidentKind::Drift,
        _ if days >= LEVEL_DAYS => IncidentKind::LevelShift,
        Direction::Up => IncidentKind::Spike,
        Direction::Down => IncidentKind::Drop,
    }
}

/// The id of an incident: equal for equal scope, start, direction and currency.
pub(crate) fn incident_id(
    scope: &Scope,
    start: Day,
    direction: Direction,
    currency: tollgate_model::Currency,
) -> String {
    let name = format!("{scope}|{start}|{direction}|{currency}");
    short_id("i", &name)
}

/// The change that an incident's severity is rated by: a month of it, or the impact of a spike that is over.
pub(crate) fn rated_change(incident: &Incident) -> Amount {
    match incident.kind {
        IncidentKind::Spike | IncidentKind::Drop if incident.state == IncidentState::Resolved => incident.impact,
        IncidentKind::Spike
        | IncidentKind::Drop
        | IncidentKind::Moved
        | IncidentKind::LevelShift
        | IncidentKind::Drift
        | IncidentKind::NewCost
        | IncidentKind::Stopped
        | IncidentKind::CommitmentUnused
        | IncidentKind::CoverageFell
        | IncidentKind::CommitmentEnds
        | IncidentKind::UnitCost => incident.impact_per_month(),
    }
}

/// Below this score chance nearly explains a change; its severity is lowered by one.
const NEARLY_CHANCE: f64 = 5.5;

fn lower_if_near_chance(severity: Severity, score: f64) -> Severity {
    match severity {
        _ if score >= NEARLY_CHANCE => severity,
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

/// Whether the change crept in: the first alert needed a window of several days, and the distance from the expected cost grew.
fn crept_in(counted: &[&Anomaly]) -> bool {
    counted.iter().all(|a| {
        let away: Vec<f64> = a.days.iter().map(|d| d.actual.saturating_sub(d.expected).to_f64().abs()).collect();
        a.days.first().is_some_and(|d| d.pattern == BrokenPattern::Sustained && d.together >= 5)
            && trend(&away) == Trend::Growing
    })
}

/// The trend of daily differences: the last third compared with the first, a quarter more or less.
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

/// Whether a part is less than 5 % of the whole.
fn is_small(part: Amount, whole: Amount) -> bool {
    tollgate_model::budget::percent(part, whole).is_none_or(|share| share < 5)
}

fn daily_mean(amount: Amount, days: usize) -> Amount {
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
        let found = group_anomalies(
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
    fn cost_that_moves_between_accounts_is_one_incident_with_the_net() {
        use Facet::{Service, SubAccount};
        let side = |account, change: i64| anomaly(&[P, (SubAccount, account), (Service, "EC2")], 10, &[change; 7]);
        let gone = Anomaly { direction: Direction::Down, ..side("old", -90) };
        let found = group_anomalies(&[gone.clone(), side("new", 100)], |_, _| Severity::High);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].kind, found[0].impact_per_day), (IncidentKind::Moved, Amount::whole(10)));
        assert_eq!((found[0].parts.len(), found[0].scope.to_string()), (2, "AWS / EC2".to_owned()));
        // A much larger increase is a change of its own.
        assert_eq!(group_anomalies(&[gone, side("new", 400)], |_, _| Severity::High).len(), 2);
    }

    #[test]
    fn days_of_lower_cost_are_a_drop_and_no_spike() {
        let lower = Anomaly { direction: Direction::Down, ..anomaly(&[P, (Facet::Service, "EC2")], 10, &[-50, -40]) };
        let found = group_anomalies(&[lower], |_, _| Severity::High);
        assert_eq!(found[0].kind, IncidentKind::Drop);
    }

    #[test]
    fn two_causes_at_one_time_are_two_incidents() {
        use Facet::{Region, Service, SubAccount};
        let found = group_anomalies(
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
        let found = group_anomalies(
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
