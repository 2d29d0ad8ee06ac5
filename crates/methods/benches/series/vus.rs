//! VUS-PR: the volume under the precision-recall surface (Paparrizos and others, "Volume under the surface", VLDB 2022).
//!
//! F1 depends on one threshold and counts an alert one day late as wrong. VUS-PR averages over all thresholds and over
//! tolerances of zero to seven days around each event.

use crate::labelled::float;

/// The widest tolerance, in days: one week.
const WIDEST: usize = 7;
/// Thresholds, as in the published code.
const THRESHOLDS: usize = 250;

/// The VUS-PR of one series: scores, and the first and last day of each event. `None` without events.
pub(crate) fn vus_pr(scores: &[f64], events: &[(usize, usize)]) -> Option<f64> {
    if events.is_empty() || scores.is_empty() {
        return None;
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let thresholds: Vec<f64> = (0..THRESHOLDS).map(|i| sorted[i * (sorted.len() - 1) / (THRESHOLDS - 1)]).collect();
    let sum: f64 = (0..=WIDEST).map(|tolerance| range_auc_pr(scores, events, tolerance, &thresholds)).sum();
    Some(sum / float(WIDEST + 1))
}

fn range_auc_pr(scores: &[f64], events: &[(usize, usize)], tolerance: usize, thresholds: &[f64]) -> f64 {
    let n = scores.len();
    let half = tolerance / 2;
    let mut label = vec![0.0f64; n];
    for (from, to) in events {
        label[*from..=(*to).min(n - 1)].fill(1.0);
    }
    let certain: f64 = label.iter().sum();
    // Around an event the label falls with the distance from it.
    for (from, to) in events {
        for away in 1..=half {
            let value = (1.0 - float(away) / float(tolerance)).sqrt();
            for day in [from.checked_sub(away), Some(to + away).filter(|day| *day < n)].into_iter().flatten() {
                label[day] = (label[day] + value).min(1.0);
            }
        }
    }
    let ranges: Vec<(usize, usize)> =
        events.iter().map(|(from, to)| (from.saturating_sub(half), (to + half).min(n - 1))).collect();
    let mut area = 0.0;
    let mut before = (0.0, 1.0);
    for threshold in thresholds {
        let predicted = |day: usize| scores[day] >= *threshold;
        let (mut hits, mut weight, mut all) = (0.0, certain, 0.0);
        for (day, share) in label.iter().enumerate() {
            if predicted(day) {
                all += 1.0;
                hits += share;
                if *share < 1.0 {
                    weight += share;
                }
            }
        }
        let exist = ranges.iter().filter(|(from, to)| (*from..=*to).any(predicted)).count();
        let recall = (hits / f64::midpoint(certain, weight)).min(1.0) * float(exist) / float(ranges.len());
        let precision = if all > 0.0 { hits / all } else { 1.0 };
        area += (recall - before.0).max(0.0) * before.1;
        before = (recall, precision);
    }
    area
}
