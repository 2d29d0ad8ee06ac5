//! The judgement of a point: by itself, and together with those before it.

use tollgate_model::anomaly::BrokenPattern;

use super::noise::clip;
use super::recent::Mark;
use super::{Grown, Habit, Pace, Run, Stage};
use crate::cadence::{Cadence, Place};
use crate::detect::Tuning;
use crate::float;

/// A single point may be this much nearer than points together before its share counts: one day says little about a
/// level, but much about a spike.
const ALONE: (f64, f64) = (0.82, 0.94);
/// Points together need this part of a single point's score: there are fewer ways for chance to line them up.
const TOGETHER: f64 = 0.78;
/// Amounts of idle series need this part of it: their spread is learned from few.
const AMOUNTS: f64 = 0.707;
/// No point costs more than a quadrillion, in any currency.
const MOST: f64 = 1e15;
/// On a holiday cost may fall at least this much, and down to a Sunday's.
const HOLIDAY: f64 = 0.15;

/// What people said of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing.
    Nothing,
    /// It is expected for a while: no alert, and nothing to learn from.
    Expected,
    /// It is no anomaly: no alert, and changes as large are usual from now on.
    Usual,
}

/// What a point is, compared with the habits before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether it does not fit.
    pub alert: bool,
    /// Whether there is more than expected.
    pub up: bool,
    /// How far it is on the way to an alert: above one it is one. Zero where nothing can be said yet.
    pub score: f64,
    /// The distance from expected in deviations of the series' own noise; negative below.
    pub deviations: f64,
    /// What was expected; not a number where the point fits, unless every score is asked for.
    pub expected: f64,
    /// The least and the most that would have been usual, known as `expected` is.
    pub usual: (f64, f64),
    /// Which habit was broken.
    pub habit: BrokenPattern,
    /// How many points were judged together.
    pub points: usize,
    /// Whether the level that the point has is the usual one from now on.
    pub adopted: bool,
}

impl Verdict {
    /// The verdict of a method that has a score and nothing else to say.
    pub fn of_score(score: f64) -> Self {
        Self { alert: score > 1.0, score, ..Self::nothing(f64::NAN) }
    }

    /// What would have been usual, where that is known.
    pub fn band(&self) -> Option<(f64, f64)> {
        let (low, high) = self.usual;
        (low.is_finite() && high.is_finite()).then_some(self.usual)
    }

    fn nothing(expected: f64) -> Self {
        Self {
            alert: false,
            up: true,
            score: 0.0,
            deviations: 0.0,
            expected,
            usual: (f64::NAN, f64::NAN),
            habit: BrokenPattern::Level,
            points: 1,
            adopted: false,
        }
    }
}

/// A frozen way to judge series of one cadence.
#[derive(Clone, Debug)]
pub struct Watch {
    pace: Pace,
    tuning: Tuning,
    least: f64,
    every_score: bool,
    /// The share that a change must have, as a distance on the scale: down and up, together and alone.
    shares: [[f64; 2]; 2],
}

/// A point beside what was known of it before.
struct Point {
    place: Place,
    value: f64,
    /// The level and the season.
    base: f64,
    /// Where it lies on the scale.
    x: f64,
    /// How far from what was expected, the month and holidays counted.
    residual: f64,
    /// How far from what was expected, the point before counted too.
    surprise: f64,
    /// The expected value on the scale.
    expected: f64,
    /// A day with a habit of its own: it teaches the level nothing.
    special: bool,
    /// The variance of the surprise.
    variance: f64,
}

impl Watch {
    /// A watch over series of a cadence.
    pub fn new(cadence: Cadence, tuning: Tuning) -> Self {
        let distances = |(more, less): (f64, f64)| {
            let share = tuning.share;
            [-(-(share * less).min(0.99)).ln_1p(), (share * more).ln_1p()]
        };
        Self {
            pace: Pace::of(cadence),
            tuning,
            least: tuning.min_impact.to_f64(),
            every_score: false,
            shares: [distances((1.0, 1.0)), distances(ALONE)],
        }
    }

    /// The same, with a score of every point rather than of those near an alert: slower.
    #[must_use]
    pub fn with_every_score(self) -> Self {
        Self { every_score: true, ..self }
    }

    /// The pace of its cadence.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Judges the next point of a series, and learns from it. A value that is not a number, or larger than any bill, is a gap: nothing is
    /// judged and nothing learned.
    pub fn observe(&self, habit: &mut Habit, value: f64, place: Place, told: Told) -> Verdict {
        if value.is_nan() || value.abs() > MOST {
            return Verdict::nothing(0.0);
        }
        let position = habit.seen;
        habit.seen = habit.seen.saturating_add(1);
        if habit.born.is_none() {
            if value == 0.0 {
                return Verdict::nothing(0.0);
            }
            habit.born = Some(position);
        }
        let born = habit.born.unwrap_or(position);
        match &mut habit.stage {
            Stage::Young(values) => {
                let verdict = self.young(value, born, position, told);
                if value > 0.0 {
                    habit.amounts.learn(value);
                }
                values.push((value, place));
                if values.len() >= self.pace.fit {
                    let values = std::mem::take(values);
                    habit.stage = Stage::Grown(Box::new(Grown::fit(&values, &self.pace)));
                }
                verdict
            }
            Stage::Grown(grown) if grown.is_idle() => {
                let verdict = self.idle(&habit.amounts, value, told);
                if value > 0.0 && !verdict.alert && told != Told::Expected {
                    habit.amounts.learn(value);
                }
                grown.learn_idle(value, place, &self.pace);
                verdict
            }
            Stage::Grown(grown) => {
                let verdict = self.judge(grown, value, place, told);
                if value > 0.0 && !(verdict.alert && verdict.points == 1) && told != Told::Expected {
                    habit.amounts.learn(value);
                }
                verdict
            }
        }
    }

    /// Judges a point that is not complete yet, and learns nothing: only what is already too much is told.
    pub fn glance(&self, habit: &Habit, value: f64, place: Place) -> Verdict {
        let verdict = self.observe(&mut habit.clone(), value, place, Told::Nothing);
        Verdict { alert: verdict.alert && verdict.up, adopted: false, ..verdict }
    }

    /// A series without habits yet: what starts where there was nothing for a while is new.
    fn young(&self, value: f64, born: u32, position: u32, told: Told) -> Verdict {
        let fresh = born >= self.pace.new_after && position - born < self.pace.adopt;
        let adopted = born >= self.pace.new_after && position - born + 1 == self.pace.adopt;
        if !fresh || value <= 0.0 {
            return Verdict { adopted, ..Verdict::nothing(0.0) };
        }
        Verdict {
            alert: told == Told::Nothing && value >= self.least,
            score: 9.0,
            deviations: 99.0,
            usual: (0.0, 0.0),
            habit: BrokenPattern::Silence,
            adopted,
            ..Verdict::nothing(0.0)
        }
    }

    /// A day of a series that costs something on some days only.
    fn idle(&self, amounts: &super::Amounts, value: f64, told: Told) -> Verdict {
        let usual = amounts.usual();
        let Some(deviations) = (value > 0.0).then(|| amounts.score(value)).flatten() else {
            return Verdict::nothing(usual);
        };
        let needed = self.tuning.score * AMOUNTS;
        let score = (deviations / needed).min(value / amounts.unheard_of());
        Verdict {
            alert: score > 1.0 && value - usual >= self.least && told == Told::Nothing,
            score: score.max(0.0),
            deviations,
            usual: (0.0, amounts.at(needed).max(amounts.unheard_of())),
            habit: BrokenPattern::Amount,
            ..Verdict::nothing(usual)
        }
    }

    fn judge(&self, grown: &mut Grown, value: f64, place: Place, told: Told) -> Verdict {
        let point = self.compare(grown, value, place);
        let mut verdict = self.alone(grown, &point);
        grown.recent.push(grown.level + point.residual, grown.level, Mark::Fits);
        if !point.special {
            self.together(grown, &point, &mut verdict);
        }
        if verdict.points == 1 && (verdict.score > 1.0 || self.every_score) {
            self.explain(grown, &point, &mut verdict);
        }
        verdict.alert = verdict.score > 1.0 && (value - verdict.expected).abs() >= self.least;
        if told != Told::Nothing && verdict.alert {
            verdict.alert = false;
            if told == Told::Usual {
                let allowed = &mut grown.allowed[usize::from(verdict.up)];
                *allowed = allowed.max(1.05 * point.residual.abs());
            }
        }
        let mark = match verdict.alert {
            false if told == Told::Expected => Mark::Alone,
            false => Mark::Fits,
            true if verdict.points == 1 => Mark::Alone,
            true => Mark::Together,
        };
        verdict.adopted = self.learn(grown, &point, mark, &verdict);
        verdict
    }

    /// What a point is beside the habits before it.
    fn compare(&self, grown: &Grown, value: f64, place: Place) -> Point {
        let (scale, noise) = (grown.scale, &grown.noise);
        let base = grown.level + grown.season(place);
        let x = scale.to(value, base.min(grown.level));
        let mut expected = base;
        let mut residual = x - base;
        let mut special = false;
        let mut doubt = 0.0;
        let added =
            if self.pace.cadence.knows_weekdays() { grown.months.added(place, noise.variance, scale) } else { None };
        if let Some(added) = added {
            special = true;
            let usual = scale.from(base);
            let with_money = scale.to(usual + added.money, base);
            let with_ratio = base + added.ratio;
            expected = if added.as_money { with_money } else { with_ratio };
            residual = nearer(x - with_money, x - with_ratio);
            if added.once {
                // Anything between no habit and the habit seen once fits.
                residual = outside(x, base, with_money);
            }
            let share = 1.0 - (base - with_money.max(base)).exp();
            doubt = added.doubt
                * (share * share * (noise.variance + 4e-4)
                    + noise.variance * f64::from(u8::from(added.ratio.abs() < 0.5)));
        }
        if place.holiday && residual < 0.0 {
            let sunday = grown.weekdays[place.weekday()].effect - grown.weekdays[6].effect;
            residual = (residual + sunday.max(HOLIDAY)).min(0.0);
            special = true;
        }
        let weekday = grown.weekdays[place.weekday()].seen / float(self.pace.cadence.points_a_day());
        let unlearned = if weekday < 1.0 && self.pace.cadence.knows_weekdays() { 0.06 } else { 0.0 };
        let variance = noise.variance * (1.0 + self.pace.level + 1.0 / grown.weekdays[place.weekday()].seen.max(1.0))
            + doubt
            + unlearned;
        let surprise = residual - if special && residual == 0.0 { 0.0 } else { noise.carried() };
        Point { place, value, base, x, residual, surprise, expected, special, variance }
    }

    /// A point by itself: against what was expected, and against the level too, so that the day after a spike is no drop.
    fn alone(&self, grown: &Grown, point: &Point) -> Verdict {
        let deviation = point.variance.sqrt();
        let deviations = point.surprise / deviation;
        let needed = grown.noise.threshold(self.tuning.score);
        let up = point.surprise > 0.0;
        let share = self.share(up, true).max(grown.allowed[usize::from(up)]);
        let same_side = up == (point.residual > 0.0);
        let least = point.surprise.abs().min(if same_side { point.residual.abs() } else { 0.0 });
        let score = (deviations.abs() / needed).min(least / share);
        Verdict { up, score, deviations, ..Verdict::nothing(f64::NAN) }
    }

    /// What was expected of a point by itself, what would have been usual, and which habit it broke.
    fn explain(&self, grown: &Grown, point: &Point, verdict: &mut Verdict) {
        let reach = grown.noise.threshold(self.tuning.score) * point.variance.sqrt();
        let reach = |up: bool| reach.max(self.share(up, true)).max(grown.allowed[usize::from(up)]);
        let scale = grown.scale;
        verdict.expected = scale.from(point.expected);
        verdict.usual = (scale.from(point.expected - reach(false)), scale.from(point.expected + reach(true)));
        verdict.habit = if (point.expected - point.base).abs() > self.share(verdict.up, true) {
            BrokenPattern::Month
        } else if self.fits_another_weekday(grown, point) {
            BrokenPattern::Weekday
        } else {
            BrokenPattern::Level
        };
    }

    /// Whether a point that does not fit its weekday would fit another.
    fn fits_another_weekday(&self, grown: &Grown, point: &Point) -> bool {
        let own = grown.weekdays[point.place.weekday()].effect;
        let near = 2.0 * grown.noise.around_level();
        let far = self.share(true, true).max(near);
        grown
            .weekdays
            .iter()
            .any(|w| (w.effect - own).abs() > far && (point.x - point.base + own - w.effect).abs() < near)
    }

    fn share(&self, up: bool, alone: bool) -> f64 {
        self.shares[usize::from(alone)][usize::from(up)]
    }

    /// The last points together, against the level before them: changes too small for a day to show. The estimate is the
    /// generalised least squares one for noise with a memory of one point (Cochrane and Orcutt, 1949).
    fn together(&self, grown: &Grown, point: &Point, verdict: &mut Verdict) {
        let noise = &grown.noise;
        let memory = noise.memory();
        let fresh = 1.0 - memory;
        let widest = (3.0 * noise.around_level()).max(1.15 * self.tuning.share);
        let uncertain = noise.variance / fresh * self.pace.level;
        let settled = grown.run.settled as usize;
        let last = grown.recent.free(0);
        let shares = [self.share(false, false).max(grown.allowed[0]), self.share(true, false).max(grown.allowed[1])];
        for (points, factor) in &self.pace.windows {
            let points = *points;
            if points > settled + 1 || points > grown.recent.len() {
                break;
            }
            let level = grown.recent.level(points - 1);
            let up = last > level;
            let share = shares[usize::from(up)];
            let sign = if up { 1.0 } else { -1.0 };
            // The last point must be at least half way: what is over is over.
            let bound = (last - level).abs() / (0.5 * share);
            if bound <= verdict.score || (bound <= 1.0 && !self.every_score) {
                continue;
            }
            let (mut weighted, mut sum, mut before) = (0.0, 0.0, None::<f64>);
            for back in (0..points).rev() {
                let away = clip(grown.recent.free(back) - level, widest);
                weighted += before.map_or(away, |before| fresh * (away - memory * before));
                sum += away;
                before = Some(away);
            }
            let weight = 1.0 + float(points - 1) * fresh * fresh;
            let estimate = weighted / weight * sign;
            let deviations = estimate / (noise.variance / weight + uncertain).sqrt();
            let mean = sum / float(points) * sign;
            let needed = self.tuning.score * TOGETHER * factor;
            let score = (deviations / needed).min(estimate / share).min(mean / (0.9 * share)).min(bound);
            if score > verdict.score {
                let scale = grown.scale;
                let expected = level + point.base - grown.level;
                verdict.score = score;
                if score > 1.0 {
                    let reach = |up: bool| {
                        share.max(needed * (noise.variance / weight + uncertain).sqrt()).max(shares[usize::from(up)])
                    };
                    *verdict = Verdict {
                        alert: false,
                        up,
                        score,
                        deviations: deviations * sign,
                        expected: scale.from(expected),
                        usual: (scale.from(expected - reach(false)), scale.from(expected + reach(true))),
                        habit: BrokenPattern::Sustained,
                        points,
                        adopted: false,
                    };
                    break;
                }
            }
        }
    }

    /// Learns from a judged point. Returns whether a change that lasted is the level from now on.
    fn learn(&self, grown: &mut Grown, point: &Point, mark: Mark, verdict: &Verdict) -> bool {
        let pace = &self.pace;
        let deviation = grown.noise.variance.sqrt();
        grown.recent.set_mark(mark);
        if pace.cadence.knows_weekdays() {
            let (scale, away) = (grown.scale, point.x - point.base);
            grown.months.learn(point.place, point.value, away, scale, deviation, || scale.from(point.base));
        }
        grown.run.count(mark != Mark::Fits, verdict.up, grown.level);
        if mark != Mark::Fits && grown.run.points >= pace.adopt {
            let half = (pace.adopt / 2) as usize;
            let last: Vec<f64> = (0..half.min(grown.recent.len())).map(|back| grown.recent.free(back)).collect();
            let level = crate::stats::median(&last);
            grown.recent.adopt(level, level - grown.run.before, grown.run.points as usize);
            grown.level = level;
            grown.run = Run { settled: pace.adopt / 2, quiet: u32::MAX, ..Run::default() };
            grown.noise.forget();
            grown.months.forget_today();
            return true;
        }
        if !point.special {
            grown.noise.learn_tail(point.surprise / point.variance.sqrt());
        }
        grown.learn_weekday_idleness(point.value, point.place, pace);
        if mark == Mark::Alone {
            grown.noise.skip();
            return false;
        }
        if mark == Mark::Fits && grown.run.points == 0 {
            grown.recent.forgive(31 * pace.cadence.points_a_day());
        }
        if point.special {
            grown.noise.skip();
            return false;
        }
        let limit = 2.5 * grown.noise.around_level();
        grown.noise.learn(point.surprise, point.residual, pace.noise);
        let residual = clip(point.residual, limit);
        // A level that is under suspicion moves half as fast.
        let rate = if mark == Mark::Together { 0.5 } else { 1.0 } * pace.level;
        grown.level += rate * residual;
        if pace.cadence.knows_weekdays() {
            grown.learn_season(point.place, clip(point.residual, 2.5 * deviation), pace);
        }
        grown.noise.remember(residual);
        false
    }
}

impl Run {
    fn count(&mut self, broken: bool, up: bool, level: f64) {
        self.settled = self.settled.saturating_add(1);
        let direction = if up { 1 } else { -1 };
        if broken {
            if self.points == 0 {
                self.before = level;
            }
            self.points = if self.points == 0 || self.direction == direction { self.points + 1 } else { 1 };
            self.direction = direction;
            self.quiet = 0;
            return;
        }
        self.quiet = self.quiet.saturating_add(1);
        self.points = if self.quiet >= 3 || self.points == 0 { 0 } else { self.points + 1 };
    }
}

impl Grown {
    fn learn_weekday_idleness(&mut self, value: f64, place: Place, pace: &Pace) {
        let rate = 1.0 / (16.0 * float(pace.cadence.points_a_day()));
        let weekday = &mut self.weekdays[place.weekday()];
        weekday.idle += rate * (f64::from(u8::from(value == 0.0)) - weekday.idle);
    }

    fn learn_season(&mut self, place: Place, residual: f64, pace: &Pace) {
        let a_day = float(pace.cadence.points_a_day());
        let weekday = &mut self.weekdays[place.weekday()];
        weekday.seen = (weekday.seen + 1.0).min(pace.weekday);
        let step = 0.8 * residual / weekday.seen.max(4.0 * a_day);
        weekday.effect += step;
        // Effects of weekdays sum to nothing; what they share is level.
        for weekday in &mut self.weekdays {
            weekday.effect -= step / 7.0;
        }
        self.level += step / 7.0;
        if let Some(hour) = self.hours.get_mut(usize::from(place.slot)) {
            *hour += super::month::narrow(pace.hour * residual);
        }
    }

    fn learn_idle(&mut self, value: f64, place: Place, pace: &Pace) {
        self.learn_weekday_idleness(value, place, pace);
        self.recent.push(self.level, self.level, Mark::Fits);
        if value > 0.0 {
            let x = self.scale.to(value, self.level) - self.season(place);
            self.level += 0.1 * clip(x - self.level, 1.0);
        }
        self.run = Run { quiet: u32::MAX, ..Run::default() };
        self.noise.forget();
    }
}

/// The smaller of two distances; none where they lie on two sides.
fn nearer(a: f64, b: f64) -> f64 {
    if (a > 0.0) != (b > 0.0) {
        0.0
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// How far a point lies outside the span of two others.
fn outside(x: f64, a: f64, b: f64) -> f64 {
    if x < a.min(b) {
        x - a.min(b)
    } else if x > a.max(b) {
        x - a.max(b)
    } else {
        0.0
    }
}
