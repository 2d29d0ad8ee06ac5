//! Tollgate's own method on one series, as `tollgate series` runs it.

use tollgate_analysis::{CalendarPosition, PointFeedback, SamplingInterval, SeriesBaseline, SeriesDetector, Tuning};
use tollgate_model::Day;

use crate::PROVISIONAL;

pub(crate) fn positions(start: Day, interval: SamplingInterval, count: usize) -> Vec<CalendarPosition> {
    let first = i64::from(start.epoch_days()) * 1440;
    let step = i64::from(interval.minutes());
    (0..count).map(|i| interval.position_at(first + step * i64::try_from(i).unwrap_or(0))).collect()
}

/// The alerts of a series, with their direction: the last days are provisional.
pub(crate) fn alerts(values: &[f64], start: Day, interval: SamplingInterval) -> Vec<(usize, bool)> {
    let detector = SeriesDetector::new(interval, Tuning::NORMAL);
    let positions = positions(start, interval, values.len());
    let complete = values.len() - PROVISIONAL * interval.points_per_day();
    let mut baseline = SeriesBaseline::default();
    let points = values.iter().zip(&positions).enumerate();
    let judged = points.map(|(i, (value, position))| {
        let judgement = if i < complete {
            detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None)
        } else {
            detector.judge_incomplete(&baseline, *value, *position)
        };
        (i, judgement)
    });
    judged.filter(|(_, judgement)| judgement.alert).map(|(i, judgement)| (i, judgement.up)).collect()
}

/// The forecast of the points after a series, of which the last days are provisional: mean, low, high.
pub(crate) fn forecast(
    values: &[f64],
    start: Day,
    interval: SamplingInterval,
    provisional: usize,
    ahead: usize,
) -> Vec<[f64; 3]> {
    let detector = SeriesDetector::new(interval, Tuning::NORMAL);
    let positions = positions(start, interval, values.len() + ahead);
    let skipped = provisional * interval.points_per_day();
    let complete = values.len() - skipped;
    let mut baseline = SeriesBaseline::default();
    for (value, position) in values[..complete].iter().zip(&positions) {
        detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None);
    }
    let points = baseline.forecast_points(interval, &positions[values.len()..], skipped);
    if points.is_empty() { vec![[0.0; 3]; ahead] } else { points.iter().map(|o| [o.mean, o.low, o.high]).collect() }
}
