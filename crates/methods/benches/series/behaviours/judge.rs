//! The verdict on each behaviour: events missed, false alerts, and the error of the next quarter's sum.

use tollgate_analysis::{SamplingInterval, parallel};

use super::case::{AHEAD, Case, Expected, Side};
use super::{Behaviour, GROUPS};
use crate::labelled::float;
use crate::{PROVISIONAL, THREADS, ours};

/// Draws of each behaviour: the same events in other noise.
const DRAWS: u64 = 10;

/// What a draw gave: false alerts, missed events, and the forecast of the next quarter.
struct Draw {
    missed: usize,
    false_alerts: usize,
    forecast_fits: bool,
    /// The forecast sum, if it is scored.
    sum: f64,
}

/// What all draws of a behaviour gave.
pub(crate) struct Verdict {
    missed: usize,
    events: usize,
    false_alerts: usize,
    years: f64,
    /// Draws whose forecast is off; `None` if it is not scored.
    off: Option<usize>,
    /// The sum that was forecast in the first draw, and the right one.
    sums: (f64, f64),
}

impl Verdict {
    /// Every event found in every draw, and at most one false alert in ten years.
    fn detected(&self) -> bool {
        self.missed == 0 && float(self.false_alerts) <= (self.years / 10.0).max(1.0)
    }

    /// At most one draw in ten is off: chance moves the level at the end of a noisy draw.
    fn forecast(&self) -> bool {
        self.off.is_none_or(|off| off <= 1)
    }
}

/// Judges every behaviour and prints one line for each group and one for each behaviour that fails.
pub(crate) fn print_behaviours() {
    let all: Vec<(&str, &Behaviour)> =
        GROUPS.iter().flat_map(|(group, behaviours)| behaviours.iter().map(move |b| (*group, b))).collect();
    let verdicts = parallel::map(&all, THREADS, |(_, behaviour)| judge(&(behaviour.case)()));
    println!("\nBehaviours: {} of them, {DRAWS} draws each", all.len());
    println!("{:<18} {:>10} {:>16} {:>16}", "group", "behaviours", "detection right", "forecast right");
    let line = |name: &str, verdicts: &[&Verdict]| {
        let detected = verdicts.iter().filter(|v| v.detected()).count();
        let forecast: Vec<bool> = verdicts.iter().filter(|v| v.off.is_some()).map(|v| v.forecast()).collect();
        let right = forecast.iter().filter(|right| **right).count();
        println!("{name:<18} {:>10} {:>16} {:>16}", verdicts.len(), detected, format!("{right} of {}", forecast.len()));
    };
    for (name, _) in GROUPS {
        let of_group: Vec<&Verdict> =
            all.iter().zip(&verdicts).filter(|((group, _), _)| group == name).map(|(_, v)| v).collect();
        line(name, &of_group);
    }
    line("all", &verdicts.iter().collect::<Vec<_>>());
    for ((group, behaviour), verdict) in all.iter().zip(&verdicts) {
        if !verdict.detected() {
            println!(
                "  detection {group}/{}: missed {} of {}, false {} in {:.1} years: {}",
                behaviour.name,
                verdict.missed,
                verdict.events,
                verdict.false_alerts,
                verdict.years,
                behaviour.what.trim()
            );
        }
        if !verdict.forecast() {
            let off = verdict.off.unwrap_or(0);
            let (sum, truth) = verdict.sums;
            println!(
                "  forecast  {group}/{}: off in {off} of {DRAWS}, {sum:.0} instead of {truth:.0}: {}",
                behaviour.name,
                behaviour.what.trim()
            );
        }
    }
}

fn judge(case: &Case) -> Verdict {
    let truth = case.truth();
    let draws: Vec<Draw> = (0..DRAWS).map(|draw| judge_draw(case, draw, truth)).collect();
    let sum = |of: fn(&Draw) -> usize| draws.iter().map(of).sum();
    Verdict {
        missed: sum(|d| d.missed),
        events: case.alerts.len() * draws.len(),
        false_alerts: sum(|d| d.false_alerts),
        years: float(draws.len() * case.days.saturating_sub(case.quiet_from)) / 365.0,
        off: case.predictable.then(|| sum(|d| usize::from(!d.forecast_fits))),
        sums: (draws.first().map_or(0.0, |d| d.sum), truth),
    }
}

fn judge_draw(case: &Case, draw: u64, truth: f64) -> Draw {
    let values = case.values(draw);
    let a_day = case.interval.points_per_day();
    let alerts = ours::alerts(&values, case.start, case.interval);
    let found = |event: &Expected| {
        alerts.iter().any(|(point, up)| (event.from..=event.to).contains(&(point / a_day)) && fits(event.side, *up))
    };
    let missed = case.alerts.iter().filter(|event| !found(event)).count();
    let free = |day: usize| case.neither.iter().any(|(from, to)| (*from..=*to).contains(&day));
    let false_alerts =
        alerts.iter().map(|(point, _)| point / a_day).filter(|day| *day >= case.quiet_from && !free(*day)).count();
    let ahead = if case.predictable {
        ours::forecast(&values, case.start, case.interval, PROVISIONAL, AHEAD * a_day)
    } else {
        Vec::new()
    };
    let sum: f64 = ahead.iter().map(|point| point[0]).sum();
    let forecast_fits = !case.predictable || (sum - truth).abs() <= case.accepted_error(truth, &values);
    Draw { missed, false_alerts, forecast_fits, sum }
}

fn fits(side: Side, up: bool) -> bool {
    match side {
        Side::Up => up,
        Side::Down => !up,
        Side::Either => true,
    }
}

/// Runs of alerts with at most two days between them: what people are shown as one anomaly.
pub(crate) fn runs(case: &Case, values: &[f64]) -> Vec<(usize, bool)> {
    const MAX_GAP: usize = 2;
    let alerts = ours::alerts(values, case.start, SamplingInterval::DAILY);
    let mut last: Option<(usize, bool)> = None;
    let mut out = Vec::new();
    for (day, up) in alerts {
        if last.is_none_or(|(before, side)| day - before > MAX_GAP || side != up) {
            out.push((day, up));
        }
        last = Some((day, up));
    }
    out
}

/// Whether an alert of a run belongs to an event.
pub(crate) fn belongs(event: &Expected, (day, up): (usize, bool)) -> bool {
    (event.from..=event.to).contains(&day) && fits(event.side, up)
}
