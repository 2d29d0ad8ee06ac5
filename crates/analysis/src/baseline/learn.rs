//! What a baseline learns from a judged point, and when a lasting change becomes the level.

use super::compare::Point;
use super::detector::SeriesDetector;
use super::judgement::PointJudgement;
use super::month::narrow;
use super::noise::clip;
use super::recent::PointStatus;
use super::{LearnedBaseline, LearningRates, Run};
use crate::float;
use crate::interval::CalendarPosition;
use crate::stats::median;

/// Points at an earlier level after which a change is over.
const BACK: usize = 3;
/// Points that fit, after which a run is over: of single points, and of windows, whose points are near the noise.
const OVER: (u32, u32) = (3, 8);
/// Points of a run from which on points that fit may belong to it.
const STAYS: u32 = 5;
/// Days of a series without cost from which its absence is no longer learned as a property of weekdays.
const ABSENT: u32 = 5;
/// Positions this far above the lowest one have noise of their own.
const NOISY: f64 = 0.5;

impl SeriesDetector {
    /// Learns from a judged point. Returns whether a lasting change was adopted as the new level.
    pub(super) fn learn(
        &self,
        learned: &mut LearnedBaseline,
        point: &Point,
        status: PointStatus,
        judgement: &PointJudgement,
    ) -> bool {
        let rates = &self.rates;
        learned.recent.set_status(status);
        if rates.interval.has_weekdays() {
            let (scale, deviation) = (learned.scale, learned.noise.variance.sqrt());
            learned
                .months
                .learn(point.position, point.value, point.away(), scale, deviation, || scale.value_at(point.base));
        }
        let anomalous = matches!(status, PointStatus::SinglePoint | PointStatus::Window);
        let stays = learned.update_run(status, judgement.up, !point.special, (self.tuning.share, rates.adopt));
        let back = anomalous && learned.is_back(rates);
        // A window of many points shows that the change began long ago.
        let began = judgement.points + learned.run.points as usize;
        let old = status == PointStatus::Window
            && rates.a_day == 1
            && learned.run.points as usize >= BACK
            && began >= rates.adopt as usize + BACK;
        if stays || back || old || (anomalous && learned.run.points >= rates.adopt) {
            learned.adopt(point.position, back, rates);
            return true;
        }
        if !point.special {
            learned.noise.learn_tail(point.surprise / point.variance.sqrt());
        }
        if learned.off.points as usize <= ABSENT as usize * rates.a_day {
            learned.learn_weekday_idleness(point.value, point.position, rates);
        }
        if status == PointStatus::SinglePoint {
            learned.noise.skip_point();
            return false;
        }
        if status == PointStatus::Fits && learned.run.points == 0 {
            learned.recent.clear_past_anomalies(31 * rates.a_day);
        }
        if point.special {
            learned.noise.skip_point();
            return false;
        }
        learned.learn_residual(point, status, rates);
        false
    }
}

impl LearnedBaseline {
    /// Updates the run of anomalous points. Returns whether a run has lasted long enough although its last points fit: they stay at the
    /// new level.
    fn update_run(&mut self, status: PointStatus, up: bool, plain: bool, (share, adopt): (f64, u32)) -> bool {
        let level = self.level;
        let run = &mut self.run;
        run.settled = run.settled.saturating_add(1);
        let direction = if up { 1 } else { -1 };
        if matches!(status, PointStatus::SinglePoint | PointStatus::Window) {
            if run.points == 0 {
                run.before = level;
            }
            run.points = if run.points == 0 || run.direction == direction { run.points + 1 } else { 1 };
            run.by_windows = (run.by_windows || run.points == 1) && status == PointStatus::Window;
            (run.direction, run.fitting_points) = (direction, 0);
            return false;
        }
        if status == PointStatus::Fits {
            run.fitting_points = run.fitting_points.saturating_add(1);
        }
        let over = if run.by_windows { OVER.1 } else { OVER.0 };
        if run.points == 0 {
            return false;
        }
        if run.fitting_points < over || self.stays_away(plain, share, over) {
            self.run.points += 1;
            return self.run.fitting_points >= over && self.run.points >= adopt;
        }
        self.run.points = 0;
        false
    }

    /// Whether the points that fit since the last anomalous one are still at the level of those: they only fit by the noise.
    fn stays_away(&self, plain: bool, share: f64, over: u32) -> bool {
        let (run, over) = (&self.run, over as usize);
        if !plain || run.points < STAYS || run.fitting_points >= 2 * OVER.1 {
            return false;
        }
        let mut fitting = self.recent.plain(over + 3);
        fitting.truncate(over);
        let within = (run.points as usize + 1).min(self.recent.len());
        let anomalous: Vec<f64> = (0..within)
            .filter(|back| matches!(self.recent.status(*back), PointStatus::SinglePoint | PointStatus::Window))
            .map(|back| self.recent.free(back))
            .collect();
        if fitting.is_empty() || anomalous.is_empty() {
            return false;
        }
        let (now, then) = (median(&fitting) - run.before, median(&anomalous) - run.before);
        now * then > 0.0 && now.abs() > 0.5 * then.abs() && now.abs() > 0.5 * share
    }

    /// Whether the last points are at the level before the last change: it was temporary.
    fn is_back(&self, rates: &LearningRates) -> bool {
        let Some(level) = self.previous_level else { return false };
        let needed = if rates.a_day == 1 { BACK } else { 2 * BACK };
        if (self.run.points as usize) < BACK * rates.a_day {
            return false;
        }
        let mut last = self.recent.plain(needed + 2);
        last.truncate(needed);
        let tolerance = (2.5 * self.noise.around_level() / float(needed).sqrt()).max(0.06);
        last.len() == needed && (median(&last) - level).abs() < tolerance && (level - self.level).abs() > 0.1
    }

    /// Adopts a lasting change: as the new level, as the level before the last change, or as the end of the cost.
    fn adopt(&mut self, position: CalendarPosition, back: bool, rates: &LearningRates) {
        let a_day = rates.a_day;
        let points = self.run.points;
        // Whatever led to it: without cost for some days, it has stopped.
        let stopped = self.off.points as usize >= BACK * a_day;
        if stopped && !back && self.scale.has_floor() {
            self.off.is_off = true;
            self.run = Run { settled: self.run.settled, fitting_points: u32::MAX, ..Run::default() };
            self.noise.reset();
            self.recent.set_last(self.level);
            self.recent.set_status(PointStatus::Fits);
            self.recent.clear_past_anomalies(points as usize + 3);
            return;
        }
        let half = (rates.adopt / 2) as usize;
        let before = self.run.before;
        let last = self.recent.plain(half);
        let level = match self.previous_level {
            Some(level) if back => level,
            _ if last.is_empty() => self.level,
            _ => median(&last),
        };
        self.recent.adopt_level(level, level - before, points as usize);
        self.growth.shift(level - before);
        let days = i32::try_from(points as usize / a_day).unwrap_or(0);
        self.months.adopt_change(position, days, level - before, self.noise.variance.sqrt());
        self.level = level;
        self.previous_level = Some(before);
        if let Ok(points) = i32::try_from(points) {
            if a_day == 1 {
                self.steps.record(position.day - points + 1, level - before);
            }
            self.events.forget_after(position.day - points);
            self.patterns.forget_after(position.day - points);
        }
        self.run = Run { settled: rates.adopt / 2, fitting_points: u32::MAX, ..Run::default() };
        self.noise.reset();
        self.months.forget_today();
    }

    fn learn_residual(&mut self, point: &Point, status: PointStatus, rates: &LearningRates) {
        let deviation = self.noise.variance.sqrt();
        let limit = 2.5 * point.around;
        // A weekend without cost has no noise; it must not hide that of the other days.
        if point.base > point.lowest + NOISY {
            self.noise.learn(point.surprise, point.residual, rates.noise);
        }
        if point.is_usual_absence() && !self.hours.is_empty() {
            // Hours without cost say nothing about the level and the other hours.
            self.week_hours.learn(point.position, clip(point.residual, 1.0), rates);
            self.noise.skip_point();
            return;
        }
        let residual = clip(point.residual, limit);
        // During a possible change of the level it moves half as fast.
        let rate = if status == PointStatus::Window { 0.5 } else { 1.0 } * rates.level;
        self.level += rate * residual;
        if rates.interval.has_weekdays() {
            self.learn_season(point.position, clip(point.residual, 2.5 * deviation), rates);
        }
        self.noise.record_residual(residual);
    }

    fn learn_weekday_idleness(&mut self, value: f64, position: CalendarPosition, rates: &LearningRates) {
        let rate = 1.0 / (16.0 * float(rates.a_day));
        let weekday = &mut self.weekdays[position.weekday()];
        weekday.idle += rate * (f64::from(u8::from(value == 0.0)) - weekday.idle);
    }

    fn learn_season(&mut self, position: CalendarPosition, residual: f64, rates: &LearningRates) {
        let a_day = float(rates.a_day);
        let weekday = &mut self.weekdays[position.weekday()];
        weekday.seen = (weekday.seen + 1.0).min(rates.weekday);
        let step = 0.8 * residual / weekday.seen.max(4.0 * a_day);
        weekday.effect += step;
        // Effects of weekdays sum to zero; their common part belongs to the level.
        for weekday in &mut self.weekdays {
            weekday.effect -= step / 7.0;
        }
        self.level += step / 7.0;
        if let Some(hour) = self.hours.get_mut(usize::from(position.slot)) {
            *hour += narrow(rates.hour * residual);
            self.week_hours.learn(position, residual, rates);
        }
    }

    pub(super) fn learn_idle(&mut self, value: f64, position: CalendarPosition, rates: &LearningRates) {
        self.learn_weekday_idleness(value, position, rates);
        self.recent.push(self.level, self.level, PointStatus::Fits);
        if value > 0.0 {
            let x = self.scale.to_scale(value, self.level + self.peak_effect()) - self.season_effect(position);
            self.level += 0.1 * clip(x - self.level, 1.0);
        }
        self.run = Run { settled: self.run.settled, fitting_points: u32::MAX, ..Run::default() };
        self.noise.reset();
    }
}
