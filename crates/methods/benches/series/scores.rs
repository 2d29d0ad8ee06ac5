//! Scores: events found, false alarms, and errors of forecasts. They count events, not days.

use crate::labelled::{Labelled, float};
use crate::vus;

/// The first scored day.
const WARM: usize = 157;
const PROVISIONAL: usize = 3;

#[derive(Default)]
pub(crate) struct Detected {
    found: usize,
    events: usize,
    false_events: usize,
    pub(crate) false_percent: f64,
    /// Spikes of a quarter in quiet series: found, and all.
    pub(crate) quarter: (usize, usize),
    /// Days from a drift's start to its first alert.
    pub(crate) drift_delay: f64,
}

impl Detected {
    pub(crate) fn precision(&self) -> f64 {
        float(self.found) / float((self.found + self.false_events).max(1))
    }

    pub(crate) fn recall(&self) -> f64 {
        float(self.found) / float(self.events.max(1))
    }

    pub(crate) fn f1(&self) -> f64 {
        let (p, r) = (self.precision(), self.recall());
        if p + r > 0.0 { 2.0 * p * r / (p + r) } else { 0.0 }
    }
}

pub(crate) fn detected(set: &Labelled, alerts: &[Vec<bool>]) -> Detected {
    let days = set.days();
    let scored = WARM..days - PROVISIONAL;
    let mut ignored: Vec<Vec<bool>> = vec![vec![false; days]; set.values.len()];
    for event in &set.events {
        ignored[event.series][event.start..=event.mask.min(days - 1)].fill(true);
    }
    for (series, known) in set.known.iter().enumerate() {
        for day in known {
            ignored[series][day.saturating_sub(1)..(day + 2).min(days)].fill(true);
        }
    }
    let mut out = Detected { events: set.events.len(), ..Detected::default() };
    let (mut drifts, mut delay) = (0, 0);
    for event in &set.events {
        let span = event.start.max(scored.start)..=event.by.min(scored.end - 1);
        let found = span.clone().find(|day| alerts[event.series][*day]);
        out.found += usize::from(found.is_some());
        if event.quarter {
            out.quarter = (out.quarter.0 + usize::from(found.is_some()), out.quarter.1 + 1);
        }
        if let (true, Some(day)) = (event.drift, found) {
            (drifts, delay) = (drifts + 1, delay + day - event.start);
        }
    }
    out.drift_delay = float(delay) / float(drifts.max(1));
    let (mut false_days, mut normal) = (0, 0);
    for (series, ignored) in ignored.iter().enumerate() {
        let mut last: Option<usize> = None;
        for day in scored.clone().filter(|day| !ignored[*day]) {
            normal += 1;
            if alerts[series][day] {
                false_days += 1;
                // Days within three of each other are one false event.
                out.false_events += usize::from(last.is_none_or(|last| day - last > 3));
                last = Some(day);
            }
        }
    }
    out.false_percent = 100.0 * float(false_days) / float(normal.max(1));
    out
}

/// The mean VUS-PR over series with an event: an event lasts from its start to the last day on which finding it counts.
pub(crate) fn mean_vus_pr(set: &Labelled, scores: &[Vec<f64>]) -> f64 {
    let end = set.days() - PROVISIONAL;
    let mut events: Vec<Vec<(usize, usize)>> = vec![Vec::new(); set.values.len()];
    for event in set.events.iter().filter(|e| e.start < end && e.by >= WARM) {
        events[event.series].push((event.start.max(WARM) - WARM, event.by.min(end - 1) - WARM));
    }
    let all: Vec<f64> = scores
        .iter()
        .zip(&events)
        .zip(&set.known)
        .filter_map(|((scores, events), known)| {
            let mut scored = scores[WARM..end].to_vec();
            for day in known.iter().filter(|day| (WARM..end).contains(*day)) {
                scored[day - WARM] = 0.0;
            }
            vus::vus_pr(&scored, events)
        })
        .collect();
    all.iter().sum::<f64>() / float(all.len().max(1))
}

#[derive(Default)]
pub(crate) struct Predicted {
    /// WAPE of series with cost on every day, with equal weights, at 30, 60 and 90 days.
    pub(crate) wape: [f64; 3],
    /// The share of those series with less than 20 % at 90 days.
    pub(crate) under_fifth: f64,
    pub(crate) mase: f64,
    pub(crate) cover: f64,
    pub(crate) msis: f64,
}

pub(crate) fn predicted(set: &Labelled, made: &[Vec<[f64; 3]>]) -> Predicted {
    let mut out = Predicted::default();
    let (mut dense, mut scaled, mut points) = (0.0, 0.0, 0.0);
    for ((values, future), ahead) in set.values.iter().zip(&set.future).zip(made) {
        let known = &values[..values.len() - PROVISIONAL];
        let error = |days: usize| future[..days].iter().zip(ahead).map(|(y, a)| (y - a[0].max(0.0)).abs()).sum::<f64>();
        let idle = known.iter().rev().take(117).filter(|v| **v < 1e-9).count() > 58;
        let total: f64 = future.iter().sum();
        if !idle && total > 0.0 {
            dense += 1.0;
            for (wape, days) in out.wape.iter_mut().zip([30, 60, 90]) {
                let days = days.min(future.len());
                *wape += (error(days) / future[..days].iter().sum::<f64>().max(1e-9)).min(2.0);
            }
            out.under_fifth += f64::from(u8::from(error(future.len()) / total < 0.2));
        }
        let naive = known[7..].iter().zip(known).map(|(a, b)| (a - b).abs()).sum::<f64>() / float(known.len() - 7);
        let mut interval = 0.0;
        for (y, [_, low, high]) in future.iter().zip(ahead) {
            let (low, high) = (low.max(0.0), high.max(0.0));
            points += 1.0;
            out.cover += f64::from(u8::from(*y >= low - 1e-9 && *y <= high + 1e-9));
            interval += (high - low) + 20.0 * (low - y).max(0.0) + 20.0 * (y - high).max(0.0);
        }
        if naive > 1e-9 {
            scaled += 1.0;
            out.mase += (error(future.len()) / float(future.len()) / naive).min(20.0);
            out.msis += (interval / float(future.len()) / naive).min(100.0);
        }
    }
    out.wape.iter_mut().for_each(|w| *w /= dense);
    out.under_fifth /= dense;
    out.mase /= scaled;
    out.msis /= scaled;
    out.cover /= points;
    out
}
