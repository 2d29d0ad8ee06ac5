//! A point compared with the prediction for it: level, season, day of the month, holiday.

use super::month::MonthDayEffect;
use super::patterns::{Deviation, rate_beside};
use super::{LearnedBaseline, LearningRates, MonthDays};
use crate::civil::weekday_of;
use crate::interval::CalendarPosition;

/// On a holiday cost may fall by this distance on the scale, or to a Sunday's cost if that is lower.
const HOLIDAY: f64 = 0.15;
/// A point is an event if it deviates by this number of deviations around the level, and by this distance on the scale.
const EVENT: (f64, f64) = (4.0, 0.1);
/// Chance may explain that a day of the month stood out in most months with this probability.
const CHANCE: f64 = 0.0005;
/// From this share of days with unexplained events on, medians of a month's first and last days say nothing.
const BUSY: f64 = 0.05;
/// Times whose usual position is below this distance from the lowest one usually have no cost.
const ABSENT: f64 = 1.5;
/// Effects of days of the month vary; of this multiple of their spread, at most this distance, is usual.
const VARIES: (f64, f64) = (2.5, 0.3);

/// A point and the prediction for it.
pub(super) struct Point {
    pub(super) position: CalendarPosition,
    pub(super) value: f64,
    /// The level plus the seasonal effect.
    pub(super) base: f64,
    /// The lowest position of the scale.
    pub(super) lowest: f64,
    /// The position of the highest usual value of the season.
    pub(super) peak: f64,
    /// The deviation of noise around the level.
    pub(super) around: f64,
    /// The value on the scale.
    pub(super) x: f64,
    /// The distance from the prediction, including effects of the day of the month and of holidays.
    pub(super) residual: f64,
    /// The residual minus the part predicted by the previous point's residual.
    pub(super) surprise: f64,
    /// The expected value on the scale.
    pub(super) expected: f64,
    /// A day of the month with its own effect, a holiday, or a deviation that a pattern explains: the level does not learn from it.
    pub(super) special: bool,
    /// A pattern explains the deviation.
    pub(super) set_aside: bool,
    /// A day of the month that stands out in most months.
    pub(super) of_month: bool,
    /// Whether it stands out from level and weekday.
    pub(super) event: bool,
    /// The variance of the surprise.
    pub(super) variance: f64,
}

impl Point {
    /// The distance from level and season alone, on the scale.
    pub(super) fn away(&self) -> f64 {
        self.x - self.base
    }

    /// Whether there is no cost at a time that usually has none.
    pub(super) fn is_usual_absence(&self) -> bool {
        self.base < self.lowest + ABSENT && self.x < self.lowest + 0.01
    }
}

impl LearnedBaseline {
    /// Compares a point with the baseline before it.
    pub(super) fn compare(&self, value: f64, position: CalendarPosition, rates: &LearningRates) -> Point {
        let (scale, noise) = (self.scale, &self.noise);
        let base = self.level + self.season_effect(position);
        let peak = self.level + self.peak_effect();
        let x = scale.to_scale(value, peak);
        let around = noise.around_level();
        let mut point = Point {
            position,
            value,
            base,
            lowest: scale.lowest(peak),
            peak,
            around,
            x,
            residual: x - base,
            surprise: 0.0,
            expected: base,
            special: false,
            set_aside: false,
            of_month: false,
            event: (x - base).abs() > (EVENT.0 * around).max(EVENT.1),
            variance: 0.0,
        };
        let mut uncertainty = 0.0;
        if let Some(effect) = self.month_effect(&point, rates) {
            let usual = scale.value_at(base);
            let with_money = scale.to_scale(usual + effect.money, peak);
            let with_ratio = base + effect.ratio;
            (point.special, point.of_month) = (true, effect.repeats.is_some());
            point.expected = if effect.as_money { with_money } else { with_ratio };
            point.residual = smaller_distance(x - with_money, x - with_ratio);
            if effect.seen_once {
                // An effect seen once may be an exception: any value between no effect and the full effect fits.
                point.residual = distance_outside(x, base, with_money);
            } else {
                let usual = (VARIES.0 * effect.spread).min(VARIES.1);
                point.residual -= point.residual.clamp(-usual, usual);
            }
            let share = 1.0 - (base - with_money.max(base)).exp();
            uncertainty = effect.uncertainty
                * (share * share * (noise.variance + 4e-4)
                    + noise.variance * f64::from(u8::from(effect.ratio.abs() < 0.5)));
        }
        if position.holiday && point.residual < 0.0 {
            let sunday = self.weekdays[position.weekday()].effect - self.weekdays[6].effect;
            point.residual = (point.residual + sunday.max(HOLIDAY)).min(0.0);
            point.special = true;
        }
        let seen = self.weekdays[position.weekday()].seen;
        let a_day = crate::float(rates.a_day);
        let unlearned = if seen / a_day < 1.0 && rates.interval.has_weekdays() { 0.06 } else { 0.0 };
        point.variance = noise.variance * (1.0 + rates.level + 1.0 / seen.max(1.0)) + uncertainty + unlearned;
        let fits = point.special && point.residual == 0.0;
        point.surprise = point.residual - if fits { 0.0 } else { noise.carried_residual() };
        point
    }

    /// The effect of the point's day of the month, if the evidence for it is more than chance.
    fn month_effect(&self, point: &Point, rates: &LearningRates) -> Option<MonthDayEffect> {
        if !rates.interval.has_weekdays() {
            return None;
        }
        let effect = self.months.effect_of(point.position, self.noise.variance, self.scale)?;
        let (position, up) = (point.position, effect.ratio > 0.0);
        if rates.a_day > 1 {
            // The log has points, not days. Medians of one or two months are not known well enough for single hours.
            return match effect.repeats {
                Some((_, 1)) => Some(effect),
                Some((stood_out, months)) => {
                    let rate = self.months.share_standing_out(up);
                    (combinations(months, stood_out) * rate.powi(stood_out) <= CHANCE).then_some(effect)
                }
                None => (effect.uncertainty < 0.4).then_some(effect),
            };
        }
        let Some((stood_out, months)) = effect.repeats else {
            return (self.share_of_events(position, up) <= BUSY).then_some(effect);
        };
        if months > 1 && !self.events.is_empty() {
            // Jobs on many days fall on a day of the month by chance, too.
            let rate = rate_beside(&self.events, position, up, f64::from(self.points));
            if combinations(months, stood_out) * rate.powi(stood_out) > CHANCE {
                return None;
            }
        }
        let came = point.event && (point.away() > 0.0) == up;
        (came || !self.is_due_on_another_day(position, &effect)).then_some(effect)
    }

    /// The share of recent days with an event in a direction that no day of the month explains.
    fn share_of_events(&self, position: CalendarPosition, up: bool) -> f64 {
        let count = self.events.since(position.day - 120).filter(|e| !e.is_of_month() && e.is_up() == up).count();
        crate::float(count) / f64::from(self.points).min(120.0)
    }

    /// Whether the effect of this day of the month belongs to another day now: a calendar rule explains it better and has no
    /// occasion (fees on the first business day are often on the first), it came on business days alone and this is none, or a
    /// similar event came some days ago.
    fn is_due_on_another_day(&self, position: CalendarPosition, effect: &MonthDayEffect) -> bool {
        let place = MonthDays::place_of(position);
        let before = (1..=5).filter_map(|back| place.in_month(position.month - back));
        let days: Vec<i32> = before.filter(|day| self.events.on(*day).is_some()).collect();
        if days.len() >= 2 && self.patterns.explains_otherwise(None, &days, position) {
            return true;
        }
        let business = |day: i32| weekday_of(day) < 5;
        let today = business(position.day) && !position.holiday;
        if !today && !days.is_empty() && days.iter().all(|day| business(*day)) {
            return true;
        }
        self.events
            .since(position.day - 4)
            .any(|e| e.is_up() == (effect.ratio > 0.0) && (e.money() - effect.money).abs() < 0.3 * effect.money.abs())
    }

    /// The point's distance from level and season as patterns see it.
    pub(super) fn deviation_of(&self, point: &Point, score: f64) -> Deviation {
        Deviation {
            position: point.position,
            away: point.away(),
            money: point.value - self.scale.value_at(point.base),
            tolerance: (0.8 * score * point.variance.sqrt()).max(0.2),
        }
    }
}

/// The number of ways to choose `k` of at most five.
fn combinations(n: i32, k: i32) -> f64 {
    (0..k.min(n)).fold(1.0, |product, i| product * f64::from(n - i) / f64::from(i + 1))
}

/// The smaller of two distances; zero if they have different signs.
fn smaller_distance(a: f64, b: f64) -> f64 {
    if (a > 0.0) != (b > 0.0) {
        0.0
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// The distance of a value from the range between two other values.
fn distance_outside(x: f64, a: f64, b: f64) -> f64 {
    if x < a.min(b) {
        x - a.min(b)
    } else if x > a.max(b) {
        x - a.max(b)
    } else {
        0.0
    }
}
