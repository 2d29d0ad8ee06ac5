//! Whole tenants of 200 series, of which 20 have an event, scored by alerts a week and by missed money; and tenants in which
//! nothing is wrong.

use tollgate_analysis::parallel;

use super::case::{Case, Expected};
use super::{Behaviour, GROUPS, judge};
use crate::THREADS;
use crate::labelled::{Random, float};

const SERIES: usize = 200;
const EVENTS: usize = 20;
/// The days that are scored: half a year, after the patterns are learned.
const SCORED: std::ops::Range<usize> = 215..397;

#[derive(Default)]
struct Tenant {
    alerts: usize,
    found: usize,
    events: usize,
    missed_money: f64,
    money: f64,
}

/// Prints the score of three tenants of each kind.
pub(crate) fn print_tenants() {
    let daily = |behaviour: &&Behaviour| {
        let case = (behaviour.case)();
        case.days == 400 && case.interval.points_per_day() == 1
    };
    let all: Vec<&Behaviour> = GROUPS.iter().flat_map(|(_, list)| list.iter()).filter(daily).collect();
    let quiet: Vec<&Behaviour> = all.iter().copied().filter(|b| is_quiet(&(b.case)())).collect();
    let eventful: Vec<&Behaviour> = all.iter().copied().filter(|b| has_event(&(b.case)())).collect();
    println!(
        "\nTenants: {SERIES} series each, half a year scored; an alert is a run of days with at most two days between them"
    );
    println!(
        "{:<24} {:>13} {:>17} {:>14} {:>13} {:>14}",
        "tenant", "alerts a week", "alerts in 4 weeks", "events found", "money missed", "of money"
    );
    let weeks = float(SCORED.len()) / 7.0;
    for (name, events) in [("nothing wrong", 0), ("20 events", EVENTS)] {
        for seed in 1..=3 {
            let t = tenant(seed, events, &quiet, &eventful);
            println!(
                "{:<24} {:>13.2} {:>17.2} {:>14} {:>13.0} {:>13.1}%",
                format!("{name}, {seed}"),
                float(t.alerts) / weeks,
                float(t.alerts) / weeks * 4.0,
                format!("{} of {}", t.found, t.events),
                t.missed_money,
                100.0 * t.missed_money / t.money.max(1.0)
            );
        }
    }
}

fn is_quiet(case: &Case) -> bool {
    case.alerts.is_empty() && case.neither.is_empty() && case.quiet_from < SCORED.start
}

fn has_event(case: &Case) -> bool {
    !case.alerts.is_empty() && case.alerts.iter().all(|event| SCORED.contains(&event.from))
}

fn tenant(seed: u64, events: usize, quiet: &[&Behaviour], eventful: &[&Behaviour]) -> Tenant {
    let mut random = Random::new(seed.wrapping_mul(77_003));
    let series: Vec<(u64, f64, &Behaviour)> = (0..SERIES)
        .map(|i| {
            let from = if i < events { eventful } else { quiet };
            let level = (1.3 * random.normal()).exp();
            (seed * 1000 + i as u64, level, from[random.below(from.len())])
        })
        .collect();
    let parts = parallel::map(&series, THREADS, |(draw, level, behaviour)| {
        let case = (behaviour.case)();
        let values: Vec<f64> = case.values(*draw).iter().map(|v| v * level).collect();
        let runs = judge::runs(&case, &values);
        let mut out = Tenant { events: case.alerts.len(), ..Tenant::default() };
        out.alerts = runs.iter().filter(|(day, _)| SCORED.contains(day)).count();
        for event in &case.alerts {
            let money = change(event, &values);
            out.money += money;
            if runs.iter().any(|run| judge::belongs(event, *run)) {
                out.found += 1;
            } else {
                out.missed_money += money;
            }
        }
        out
    });
    parts.into_iter().fold(Tenant::default(), |mut sum, part| {
        sum.alerts += part.alerts;
        sum.found += part.found;
        sum.events += part.events;
        sum.missed_money += part.missed_money;
        sum.money += part.money;
        sum
    })
}

/// The money of an event: what the four weeks from its start on cost more or less than the four weeks before it.
fn change(event: &Expected, values: &[f64]) -> f64 {
    let sum = |from: usize, to: usize| -> f64 {
        values[from.min(values.len())..to.min(values.len())].iter().filter(|v| v.is_finite()).sum()
    };
    (sum(event.from, event.from + 28) - sum(event.from.saturating_sub(28), event.from)).abs()
}
