//! Context of an incident: the daily cost of its scope in the last weeks, and the dimension values that explain it.

use std::collections::BTreeMap;

use tollgate_model::{Amount, Basis, ChargeKind, CostHistory, Day, DayRange, Incident, SeriesKey};

use crate::CostCube;

/// Days of a cost history.
const DAYS: i32 = 30;
/// Days before an incident that its dimensions are compared with.
const BASELINE: i32 = 14;
/// The share of a change, in percent, that a dimension's value must explain to be attributed to the incident.
const EXPLAINS: i64 = 50;

/// The daily cost of an incident's scope over thirty days, up to the later of the last complete day and the incident's last day.
pub fn cost_history(cube: &CostCube, incident: &Incident) -> CostHistory {
    let last = cube.watermark().unwrap_or(incident.last).max(incident.last).min(incident.last.plus(DAYS / 2));
    let first = last.plus(1 - DAYS);
    let amounts =
        DayRange { start: first, end: last.plus(1) }.days().map(|day| cost_of_days(cube, incident, day, 1, |_| true));
    CostHistory { first, amounts: amounts.collect() }
}

/// For each dimension, the value that explains at least half of an incident's change, if one does.
pub fn explaining_dimensions(cube: &CostCube, incident: &Incident) -> BTreeMap<String, String> {
    let mut values: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for key in cube.keys().filter(|key| is_counted(incident, key)) {
        for (name, value) in &key.dimensions {
            let known = values.entry(name).or_default();
            if !known.contains(&value.as_str()) {
                known.push(value);
            }
        }
    }
    let days = (incident.last - incident.start + 1).clamp(1, BASELINE);
    let change = |of: &dyn Fn(&SeriesKey) -> bool| {
        let during = cost_of_days(cube, incident, incident.last.plus(1 - days), days, of);
        let before = cost_of_days(cube, incident, incident.start.plus(-BASELINE), BASELINE, of);
        let usual = before.ratio(i64::from(days), i64::from(BASELINE)).unwrap_or_default();
        during.saturating_sub(usual)
    };
    let all = change(&|_| true);
    let mut out = BTreeMap::new();
    for (name, values) in values {
        for value in values {
            let part = change(&|key| key.dimensions.get(name).is_some_and(|v| v == value));
            let same_way = part.is_negative() == all.is_negative();
            let share = tollgate_model::budget::percent(part.abs(), all.abs());
            if same_way && share.is_some_and(|s| s >= EXPLAINS) {
                out.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    out
}

fn is_counted(incident: &Incident, key: &SeriesKey) -> bool {
    key.kind == ChargeKind::Usage && key.currency == incident.currency && incident.scope.contains(key)
}

fn cost_of_days(
    cube: &CostCube,
    incident: &Incident,
    first: Day,
    days: i32,
    of: impl Fn(&SeriesKey) -> bool,
) -> Amount {
    let range = DayRange { start: first, end: first.plus(days) };
    let sums = cube.total(range, Basis::Effective, |key| is_counted(incident, key) && of(key));
    sums.get(&incident.currency).copied().unwrap_or_default()
}
