//! Effects of days of the month: fees on the first, invoices on the fifteenth, runs on the last days.

use serde::{Deserialize, Serialize};

use super::rules::{MonthDay, place_of_day};
use super::scale::Scale;
use crate::interval::CalendarPosition;
use crate::stats::median_of_five;

/// Days of the month, and the last two of a month.
const SLOTS: usize = 34;
/// Months whose median is a day's effect.
const MEMORY: usize = 5;
/// Deviations of noise from which a day of the month stands out; it must also differ by eight percent.
const STANDS_OUT: f64 = 4.0;
/// Consecutive days that have different memories, in every month.
const DIFFERENT: i32 = 27;
/// The prior deviation of the effects of a month's first and last days.
const PRIOR: f64 = 0.15;

/// The cost of one day of the month in the last months, newest last, and its distance from an ordinary day.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Memory {
    seen: u8,
    cost: [f32; MEMORY],
    /// On the scale.
    ratio: [f32; MEMORY],
    /// Whether it stood out, up or down.
    stood_out: [i8; MEMORY],
}

/// The memory of every day of the month; the last two are counted from the end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MonthDays {
    #[serde(with = "memories")]
    days: Vec<Memory>,
    /// The current day, if days have several points: cost, usual cost, points.
    today: (f64, f64, u32),
}

/// Memories as bytes: they are most of a state.
mod memories {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    use super::{MEMORY, Memory};

    /// The count, then cost, ratio and direction of each month.
    const SIZE: usize = 1 + MEMORY * 9;

    pub(super) fn serialize<S: Serializer>(days: &[Memory], serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = vec![0; days.len() * SIZE];
        let (records, _) = bytes.as_chunks_mut::<SIZE>();
        for (record, memory) in records.iter_mut().zip(days) {
            let [seen, rest @ ..] = record;
            *seen = memory.seen;
            let (values, directions) = rest.split_at_mut(2 * MEMORY * size_of::<f32>());
            let (values, _) = values.as_chunks_mut();
            for (place, value) in values.iter_mut().zip(memory.cost.iter().chain(&memory.ratio)) {
                *place = value.to_le_bytes();
            }
            for (place, direction) in directions.iter_mut().zip(memory.stood_out) {
                [*place] = direction.to_le_bytes();
            }
        }
        serializer.serialize_bytes(&bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Memory>, D::Error> {
        deserializer.deserialize_bytes(Days)
    }

    struct Days;

    impl Visitor<'_> for Days {
        type Value = Vec<Memory>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("bytes of the days of the month")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            let (days, rest) = bytes.as_chunks::<SIZE>();
            if !rest.is_empty() || days.len() != super::SLOTS || days.iter().any(|day| usize::from(day[0]) > MEMORY) {
                return Err(E::invalid_length(bytes.len(), &self));
            }
            let float = |day: &[u8; SIZE], at: usize| {
                let at = 1 + 4 * at;
                f32::from_le_bytes([day[at], day[at + 1], day[at + 2], day[at + 3]])
            };
            let memory = |day: &[u8; SIZE]| Memory {
                seen: day[0],
                cost: std::array::from_fn(|i| float(day, i)),
                ratio: std::array::from_fn(|i| float(day, MEMORY + i)),
                stood_out: std::array::from_fn(|i| i8::from_le_bytes([day[1 + 8 * MEMORY + i]])),
            };
            Ok(days.iter().map(memory).collect())
        }
    }
}

/// The effect of a day of the month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct MonthDayEffect {
    /// As money per point.
    pub(super) money: f64,
    /// As a difference on the scale.
    pub(super) ratio: f64,
    /// The variance of the estimate, as a multiple of the noise's variance.
    pub(super) uncertainty: f64,
    /// Seen only once: it may be a pattern or an exception.
    pub(super) seen_once: bool,
    /// Whether the money amount repeats better than the ratio.
    pub(super) as_money: bool,
    /// Whether the day stood out in most months, and in how many of how many. Other effects are those of a month's first and last
    /// days.
    pub(super) repeats: Option<(i32, i32)>,
    /// How much the effect varies between months, on the scale.
    pub(super) spread: f64,
}

impl Default for MonthDays {
    fn default() -> Self {
        Self { days: vec![Memory::default(); SLOTS], today: (0.0, 0.0, 0) }
    }
}

/// Middle values on the scale that are farther apart belong to two kinds of days.
const APART: f32 = 0.25;

/// Shifts the values of a memory by one. A rotation of slices of any length takes several times as long.
fn forget_oldest<T: Copy>(values: &mut [T; MEMORY]) {
    for at in 1..MEMORY {
        values[at - 1] = values[at];
    }
}

/// Whether a distance from an ordinary day stands out: up, down, or not.
fn direction_of(ratio: f64, noise: f64) -> i8 {
    let least = (STANDS_OUT * noise).max(0.08);
    i8::from(ratio > least) - i8::from(ratio < -least)
}

/// The index of a day's memory: days count from the month's start, the last two from its end.
fn slot(position: CalendarPosition) -> usize {
    if position.days_left < 2 { usize::from(position.days_left) } else { 1 + usize::from(position.day_of_month) }
}

impl MonthDays {
    /// The day of the month that a position's memory is about.
    pub(super) fn place_of(position: CalendarPosition) -> MonthDay {
        if position.days_left < 2 {
            MonthDay::FromEnd(position.days_left)
        } else {
            MonthDay::FromStart(position.day_of_month)
        }
    }

    /// The memory that a position belongs to.
    pub(super) fn slot_of(position: CalendarPosition) -> usize {
        slot(position)
    }

    /// The effect of a position's day; `None` for an ordinary day.
    pub(super) fn effect_of(&self, position: CalendarPosition, variance: f64, scale: Scale) -> Option<MonthDayEffect> {
        let memory = &self.days[slot(position)];
        let n = usize::from(memory.seen);
        if n == 0 {
            return None;
        }
        let mostly: i32 = memory.stood_out[..n].iter().map(|s| i32::from(*s)).sum();
        let repeats = usize::try_from(mostly.abs()).is_ok_and(|k| k * 2 > n);
        let special = position.days_left < 2 || position.day_of_month == 1;
        if !repeats && !special {
            return None;
        }
        let mut money = [0.0f32; MEMORY];
        for ((money, cost), ratio) in money.iter_mut().zip(memory.cost).zip(memory.ratio) {
            *money = narrow(f64::from(cost) - scale.without_effect(f64::from(cost), f64::from(ratio)));
        }
        let (moneys, ratios) = (&money[..n], &memory.ratio[..n]);
        let (mut money, mut ratio) = (median_of_five(moneys), median_of_five(ratios));
        let count = crate::float(n);
        if repeats && (money > 0.0) == (mostly > 0) {
            // The variance of a median is π/2 times that of a mean.
            let (of_money, of_ratio) = (spread(moneys, money) / money.abs(), spread(ratios, ratio));
            let as_money = of_money <= of_ratio / ratio.abs();
            let share = if as_money { of_money * -(-ratio.abs()).exp_m1() } else { of_ratio };
            let stood_out = memory.stood_out[..n].iter().filter(|s| i32::from(**s) == mostly.signum()).count();
            return Some(MonthDayEffect {
                money,
                ratio,
                uncertainty: 1.57 / count,
                seen_once: n < 2,
                as_money,
                repeats: Some((i32::try_from(stood_out).unwrap_or(0), i32::try_from(n).unwrap_or(0))),
                spread: if n >= 3 { share } else { 0.0 },
            });
        }
        if !special {
            return None;
        }
        if n % 2 == 0 {
            (money, ratio) = (nearer_middle(moneys, ratios), nearer_middle(ratios, ratios));
        }
        let trust = count / (count + variance * 1.57 / (PRIOR * PRIOR));
        let (money, ratio) = (money * trust, ratio * trust);
        (money != 0.0).then_some(MonthDayEffect {
            money,
            ratio,
            uncertainty: 1.0 / count,
            seen_once: false,
            as_money: false,
            repeats: None,
            spread: 0.0,
        })
    }

    /// Records one point: its cost, and its distance from what level, weekday and hour predict. `usual` is that prediction as
    /// money; it is used if a day has several points.
    pub(super) fn learn(
        &mut self,
        position: CalendarPosition,
        cost: f64,
        away: f64,
        scale: Scale,
        noise: f64,
        usual: impl FnOnce() -> f64,
    ) {
        let whole_day = position.ends_day && self.today.2 == 0;
        let (cost, ratio) = if whole_day {
            (cost, away)
        } else {
            let (total, base, points) = self.today;
            self.today = (total + cost, base + usual(), points + 1);
            if !position.ends_day {
                return;
            }
            let (total, base, points) = std::mem::take(&mut self.today);
            let base = scale.to_scale(base, f64::NEG_INFINITY);
            (total / f64::from(points), scale.to_scale(total, base) - base)
        };
        let stood_out = direction_of(ratio, noise);
        let memory = &mut self.days[slot(position)];
        let mut at = usize::from(memory.seen);
        if at == MEMORY {
            forget_oldest(&mut memory.cost);
            forget_oldest(&mut memory.ratio);
            forget_oldest(&mut memory.stood_out);
            at -= 1;
        }
        (memory.cost[at], memory.ratio[at], memory.stood_out[at]) = (narrow(cost), narrow(ratio), stood_out);
        memory.seen = u8::try_from(at + 1).unwrap_or(u8::MAX);
    }

    /// A change became the level: what the days since it began differed by is no effect of their days of the month. `days` is their
    /// number up to `last`, and `moved` the change on the scale.
    pub(super) fn adopt_change(&mut self, last: CalendarPosition, days: i32, moved: f64, noise: f64) {
        for back in 0..days.min(DIFFERENT) {
            let memory = &mut self.days[slot(place_of_day(last.day - back))];
            let Some(newest) = usize::from(memory.seen).checked_sub(1) else { continue };
            let ratio = f64::from(memory.ratio[newest]) - moved;
            memory.ratio[newest] = narrow(ratio);
            memory.stood_out[newest] = direction_of(ratio, noise);
        }
    }

    /// The share of remembered days that stood out in a direction.
    pub(super) fn share_standing_out(&self, up: bool) -> f64 {
        let (mut stood_out, mut all) = (0usize, 0usize);
        for memory in &self.days {
            let seen = &memory.stood_out[..usize::from(memory.seen)];
            stood_out += seen.iter().filter(|s| **s == if up { 1 } else { -1 }).count();
            all += seen.len();
        }
        crate::float(stood_out) / crate::float(all.max(1))
    }

    /// Discards the points of the current day.
    pub(super) fn forget_today(&mut self) {
        self.today = (0.0, 0.0, 0);
    }
}

/// The median of an even number of values. If the middle ones are far apart, the one nearer to zero: an effect that was there in
/// half of the months is not known to be one.
fn nearer_middle(values: &[f32], ratios: &[f32]) -> f64 {
    let sorted = |values: &[f32]| {
        let mut sorted = [0.0f32; MEMORY];
        let n = values.len().min(MEMORY);
        sorted[..n].copy_from_slice(&values[..n]);
        sorted[..n].sort_by(f32::total_cmp);
        (sorted[(n / 2).saturating_sub(1)], sorted[n / 2])
    };
    let (low, high) = sorted(values);
    let (below, above) = sorted(ratios);
    let nearer = if low.abs() < high.abs() { low } else { high };
    if above - below > APART { f64::from(nearer) } else { f64::midpoint(f64::from(low), f64::from(high)) }
}

fn spread(values: &[f32], centre: f64) -> f64 {
    let mut distances = [0.0f32; MEMORY];
    for (distance, value) in distances.iter_mut().zip(values) {
        *distance = narrow((f64::from(*value) - centre).abs());
    }
    median_of_five(&distances[..values.len().min(MEMORY)])
}

/// Single precision: stored values need seven digits.
pub(super) fn narrow(x: f64) -> f32 {
    x as f32
}
