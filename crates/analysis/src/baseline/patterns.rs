//! Patterns in the event log: calendar rules, with the evidence for each.
//!
//! A rule is believed when its last occasions all had an event of one direction and of similar size. A deviation that repeats
//! what a rule's last occasions showed is no anomaly; an occasion without its event is one, if chance does not explain the
//! events before. A rule that misses twice is forgotten.

use serde::{Deserialize, Serialize};

use super::events::{Event, EventLog};
use super::month::MonthDays;
use super::rules::{CalendarRule, MonthDay, place_of_day};
use crate::float;
use crate::interval::CalendarPosition;
use crate::stats::median;

/// Rules believed at a time.
const MOST: usize = 12;
/// Occasions looked back on.
const OCCASIONS: i32 = 5;
/// The longest distance of a rule that counts days, and of one whose occasions may be demanded.
const LONGEST: (i32, i32) = (92, 45);
/// Relative spreads that differ by less than this repeat equally well.
const EQUAL_SPREAD: f64 = 0.03;
/// Events in four months from which on distances between them are no rules.
const BUSY: usize = 20;
/// The probability with which chance may explain the events of a rule whose occasion is demanded, for all rules together.
const CHANCE: f64 = 1e-5;

/// A rule and its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Believed {
    pub(super) rule: CalendarRule,
    /// Occasions with an event; halved by an occasion without.
    pub(super) hits: u16,
    /// Occasions without an event since the last one with.
    misses: u8,
    up: bool,
    /// The day of the last event.
    last: i32,
}

/// The rules that are believed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Patterns {
    pub(super) believed: Vec<Believed>,
}

/// A calendar rule that a baseline has learned, and what its last occasions added to the level and the weekday.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LearnedRule {
    /// The rule.
    pub rule: CalendarRule,
    /// Occasions that followed it.
    pub occasions: u32,
    /// The median of the last occasions, as money.
    pub money: f64,
    /// The same as a distance on the scale of the baseline.
    pub ratio: f64,
}

/// A day's distance from level and weekday.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deviation {
    pub(super) position: CalendarPosition,
    /// On the scale.
    pub(super) away: f64,
    pub(super) money: f64,
    /// Distances on the scale below this one are equal.
    pub(super) tolerance: f64,
}

impl Deviation {
    fn is_up(&self) -> bool {
        self.away > 0.0
    }

    /// Whether an event resembles the deviation, in money or in ratio.
    pub(super) fn resembles(&self, event: &Event, tolerance: f64) -> bool {
        (self.money - event.money()).abs() <= 1.25 * tolerance * event.money().abs()
            || (self.away - event.away()).abs() <= tolerance
    }
}

impl Patterns {
    /// Records a judged day: updates the evidence of believed rules and finds new ones. `event` is the day's distance from level
    /// and weekday, on the scale and as money, if it stood out.
    pub(super) fn record(
        &mut self,
        log: &mut EventLog,
        position: CalendarPosition,
        event: Option<(f64, f64)>,
        of_month: bool,
    ) {
        let up = event.map(|(away, _)| away > 0.0);
        let of_rule = event.is_some()
            && self.believed.iter().any(|b| !b.rule.counts_days() && b.hits >= 3 && b.rule.is_occasion(position));
        self.believed.retain_mut(|b| {
            if !b.rule.is_occasion(position) {
                return true;
            }
            if up == Some(b.up) {
                (b.hits, b.misses, b.last) = (b.hits.saturating_add(1), 0, position.day);
                return true;
            }
            (b.hits, b.misses) = (b.hits / 2, b.misses + 1);
            b.misses < 2 && b.hits > 0
        });
        let Some((away, money)) = event else { return };
        log.record(position.day, away, money, of_month, of_rule);
        self.find_rules(log, position, away, money);
    }

    fn find_rules(&mut self, log: &EventLog, position: CalendarPosition, away: f64, money: f64) {
        let up = away > 0.0;
        // Where many days stand out, distances between them are chance; days of the month may still explain most of them.
        let busy = log.since(position.day - 119).count() > BUSY;
        let mut consider = |rule: CalendarRule| {
            if !has_hits(2, log, rule, position, up) || self.believed.iter().any(|b| b.rule == rule) {
                return;
            }
            let hits: Vec<&Event> = hits(log, rule, position, up).collect();
            if is_dense(log, rule, &hits, position) {
                return;
            }
            let all = |value: fn(&Event) -> f64, now: f64| -> Vec<f64> {
                hits.iter().map(|e| value(e)).chain(std::iter::once(now)).collect()
            };
            if relative_spread(&all(Event::money, money)) < 0.3 || relative_spread(&all(Event::away, away)) < 0.3 {
                let hits = u16::try_from(hits.len() + 1).unwrap_or(u16::MAX);
                self.believed.push(Believed { rule, hits, misses: 0, up, last: position.day });
            }
        };
        if busy {
            MonthDay::plain_rules(position).into_iter().for_each(&mut consider);
        } else {
            candidates(log, position).for_each(&mut consider);
        }
        if self.believed.len() > MOST {
            self.believed.sort_by_key(|b| std::cmp::Reverse(b.hits));
            self.believed.truncate(MOST);
        }
    }

    /// Discards rules that were found after a day: their events became part of the level.
    pub(super) fn forget_after(&mut self, day: i32) {
        self.believed.retain(|b| b.last <= day);
    }

    /// Whether a rule other than `than` explains an effect on `days` and has no occasion at `position`.
    pub(super) fn explains_otherwise(
        &self,
        than: Option<CalendarRule>,
        days: &[i32],
        position: CalendarPosition,
    ) -> bool {
        !days.is_empty()
            && self.believed.iter().any(|b| {
                Some(b.rule) != than
                    && b.misses == 0
                    && usize::from(b.hits) >= days.len()
                    && !b.rule.is_occasion(position)
                    && days.iter().all(|d| b.rule.is_occasion(place_of_day(*d)))
            })
    }

    /// The event that a believed rule expects at a position that had none.
    pub(super) fn missing_event<'l>(&self, log: &'l EventLog, position: CalendarPosition) -> Option<&'l Event> {
        self.believed.iter().filter(|b| b.misses == 0).find_map(|b| {
            let demanded = match b.rule {
                CalendarRule::Every { days, .. } => i32::from(days) <= LONGEST.1 && days != 7,
                CalendarRule::Monthly { .. } => !b.rule.is_plain_month_day() && !position.holiday,
            };
            let needed = match b.rule {
                CalendarRule::Every { .. } | CalendarRule::Monthly { months: 2 | 6, .. } => 5,
                CalendarRule::Monthly { months: 1, .. } => 3,
                CalendarRule::Monthly { .. } => 4,
            };
            if !demanded || b.hits < needed || !b.rule.is_occasion(position) {
                return None;
            }
            let hits: Vec<&Event> = hits(log, b.rule, position, b.up).collect();
            let days: Vec<i32> = hits.iter().map(|e| e.day).collect();
            let event = *hits.first()?;
            let here = is_beyond_chance(log, b, &days, position)
                && !self.explains_otherwise(Some(b.rule), &days, position)
                && self.is_own(b, &hits)
                && !came_early(log, event, position);
            here.then_some(event)
        })
    }

    /// Whether a rule's last events are not those of another pattern.
    fn is_own(&self, believed: &Believed, hits: &[&Event]) -> bool {
        let last = &hits[..hits.len().min(3)];
        let monthly = |event: &Event| {
            let position = place_of_day(event.day);
            self.believed.iter().any(|b| !b.rule.counts_days() && b.hits >= 3 && b.rule.is_occasion(position))
        };
        match believed.rule {
            CalendarRule::Every { .. } => !last.iter().any(|e| e.is_of_month() || monthly(e)),
            CalendarRule::Monthly { day: MonthDay::BusinessFromStart { .. }, .. } => {
                !last.iter().all(|e| e.is_of_month())
            }
            CalendarRule::Monthly { .. } => !last.iter().any(|e| e.is_of_month()),
        }
    }
}

/// Whether a deviation repeats what the last occasions of a calendar rule showed.
pub(super) fn repeats(log: &EventLog, deviation: &Deviation) -> bool {
    let (position, up) = (deviation.position, deviation.is_up());
    candidates(log, position).any(|rule| {
        let needed = match rule {
            CalendarRule::Monthly { months: 12, .. } => 1,
            CalendarRule::Monthly { .. } => 2,
            CalendarRule::Every { days, .. } if days < 7 => 3,
            CalendarRule::Every { days, .. } if days % 7 == 0 => 2,
            CalendarRule::Every { days, .. } if i32::from(days) <= LONGEST.1 => 3,
            CalendarRule::Every { .. } => return false,
        };
        if !has_hits(needed, log, rule, position, up) {
            return false;
        }
        let hits: Vec<&Event> = hits(log, rule, position, up).collect();
        !is_dense(log, rule, &hits, position) && is_usual(deviation, &hits)
    }) || repeats_a_year(log, deviation)
        || repeats_about_monthly(log, deviation)
}

/// Whether a deviation fits the median of earlier events or both of the last two: as money or as a ratio, whichever repeats better.
fn is_usual(deviation: &Deviation, hits: &[&Event]) -> bool {
    let tolerance = deviation.tolerance;
    let money: Vec<f64> = hits.iter().map(|e| e.money()).collect();
    let ratio: Vec<f64> = hits.iter().map(|e| e.away()).collect();
    let (of_money, of_ratio) = (relative_scatter(&money), relative_scatter(&ratio));
    let (by_money, by_ratio) = (of_money <= of_ratio + EQUAL_SPREAD, of_ratio <= of_money + EQUAL_SPREAD);
    let (usual_money, usual_ratio) = (median(&money), median(&ratio));
    let allowed_money = (1.25 * tolerance * usual_money.abs()).max((3.0 * spread(&money)).min(0.5 * usual_money.abs()));
    let allowed_ratio = tolerance.max((3.0 * spread(&ratio)).min(0.35));
    let near = |e: &&Event| {
        (by_money && (deviation.money - e.money()).abs() <= 1.25 * tolerance * e.money().abs())
            || (by_ratio && (deviation.away - e.away()).abs() <= tolerance)
    };
    (by_money && (deviation.money - usual_money).abs() <= allowed_money)
        || (by_ratio && (deviation.away - usual_ratio).abs() <= allowed_ratio)
        || hits.iter().take(2).all(near)
}

/// A similar event a year ago, on the same date give or take two days.
fn repeats_a_year(log: &EventLog, deviation: &Deviation) -> bool {
    let day = deviation.position.day;
    log.all().take_while(|e| e.day <= day - 363).any(|e| {
        day - e.day <= 368
            && e.is_up() == deviation.is_up()
            && ((deviation.money - e.money()).abs() <= 0.4 * e.money().abs()
                || (deviation.away - e.away()).abs() <= 0.3)
    })
}

/// Two similar events, each about a month before the next: a fee that is booked on no fixed day.
fn repeats_about_monthly(log: &EventLog, deviation: &Deviation) -> bool {
    let month = 26..=36;
    let similar =
        |e: &&Event| e.is_up() == deviation.is_up() && (deviation.money - e.money()).abs() <= 0.2 * e.money().abs();
    let last = log
        .since(deviation.position.day - 36)
        .filter(similar)
        .find(|e| month.contains(&(deviation.position.day - e.day)));
    last.is_some_and(|last| log.since(last.day - 36).filter(similar).any(|e| month.contains(&(last.day - e.day))))
}

/// The rules with an occasion at a position.
fn candidates(log: &EventLog, position: CalendarPosition) -> impl Iterator<Item = CalendarRule> {
    let monthly = MonthDay::all_at(position).flat_map(move |day| {
        [1u8, 2, 3, 6, 12].into_iter().map(move |months| CalendarRule::Monthly {
            day,
            months,
            phase: u8::try_from(position.month.rem_euclid(i32::from(months))).unwrap_or(0),
        })
    });
    let every = log.since(position.day - LONGEST.0).filter_map(move |e| {
        let days = u16::try_from(position.day - e.day).ok().filter(|d| *d >= 2)?;
        let phase = u16::try_from(position.day.rem_euclid(i32::from(days))).ok()?;
        Some(CalendarRule::Every { days, phase })
    });
    monthly.chain(every)
}

/// The events of a rule's last occasions before a position, newest first, up to the first occasion without one.
fn hits(log: &EventLog, rule: CalendarRule, position: CalendarPosition, up: bool) -> impl Iterator<Item = &Event> {
    // A month without the 31st is no occasion without an event.
    let days = (1..=2 * OCCASIONS).filter_map(move |n| rule.earlier(position, n));
    days.map_while(move |day| log.on(day).filter(|e| e.is_up() == up)).take(OCCASIONS as usize)
}

/// Whether the last `needed` occasions of a rule had an event: most rules have no two of them, and many rules are asked.
fn has_hits(needed: usize, log: &EventLog, rule: CalendarRule, position: CalendarPosition, up: bool) -> bool {
    let mut found = 0;
    for n in 1..=2 * OCCASIONS {
        let Some(day) = rule.earlier(position, n) else { continue };
        if log.on(day).is_none_or(|e| e.is_up() != up) {
            return false;
        }
        found += 1;
        if found == needed {
            return true;
        }
    }
    false
}

/// Whether a rule's events lie within a run of events, so that every rule would explain them.
fn is_dense(log: &EventLog, rule: CalendarRule, hits: &[&Event], position: CalendarPosition) -> bool {
    let (Some(newest), Some(oldest)) = (hits.first(), hits.last()) else { return false };
    if rule.counts_days() {
        let others = log.since(oldest.day).filter(|e| e.is_up() == newest.is_up()).count() - hits.len();
        let days = float(usize::try_from(position.day - oldest.day).unwrap_or(0)) - float(hits.len());
        return float(others) > 0.34 * days;
    }
    log.all().filter(|e| (e.day - newest.day).abs() <= 7).count() > 6
}

/// Whether the events of a rule are too regular for chance, given the other events.
fn is_beyond_chance(log: &EventLog, believed: &Believed, days: &[i32], position: CalendarPosition) -> bool {
    let Some(first) = days.last() else { return false };
    let period = believed.rule.period().max(1);
    let (span, hits) = (f64::from(position.day - first).max(1.0), float(days.len()));
    let since = float(log.since(*first).filter(|e| e.is_up() == believed.up).count());
    let in_span = (since - hits) / (span - hits).max(1.0);
    let lately = (float(log.since(position.day - 119).count()) - hits.min(f64::from(120 / period))) / 120.0;
    if believed.rule.counts_days() && lately > 0.06 {
        return false;
    }
    let rate = in_span.max(lately).max(1.0 / 365.0);
    rate < 0.6 && f64::from(believed.hits) >= CHANCE.ln() / rate.ln()
}

/// Whether a similar event came some days before its occasion.
fn came_early(log: &EventLog, event: &Event, position: CalendarPosition) -> bool {
    log.since(position.day - 4)
        .any(|e| e.is_up() == event.is_up() && (e.money() - event.money()).abs() < 0.3 * event.money().abs())
}

/// The believed rules, each with the effect of its last occasions.
pub(super) fn learned_rules(patterns: &Patterns, log: &EventLog) -> Vec<LearnedRule> {
    let believed = patterns.believed.iter().filter(|b| b.misses == 0 && b.hits >= 3);
    let rules = believed.map(|b| (b, last_events(log, b))).filter(|(_, last)| !last.is_empty());
    rules.map(|(b, last)| learned_rule(b, &last)).collect()
}

/// The rules that a forecast follows: one for each pattern. Of rules with the same last events the one with the most occasions is
/// taken, and rules whose events are those of a plain day of the month are left to the memory of months.
pub(super) fn forecast_rules(patterns: &Patterns, log: &EventLog) -> Vec<LearnedRule> {
    let kind = |rule: CalendarRule| match rule {
        CalendarRule::Monthly { day: MonthDay::FromStart(_) | MonthDay::FromEnd(_), .. } => 0,
        CalendarRule::Monthly { .. } => 1,
        CalendarRule::Every { .. } => 2,
    };
    let mut believed: Vec<&Believed> = patterns.believed.iter().filter(|b| b.misses == 0 && b.hits >= 3).collect();
    believed.sort_by_key(|b| (std::cmp::Reverse(b.hits), kind(b.rule)));
    let mut out: Vec<LearnedRule> = Vec::new();
    for b in believed {
        let last = last_events(log, b);
        let is_covered = |rule: &LearnedRule| last.iter().all(|e| rule.rule.is_occasion(place_of_day(e.day)));
        if !last.is_empty() && !last.iter().any(|e| e.is_of_month()) && !out.iter().any(is_covered) {
            out.push(learned_rule(b, &last));
        }
    }
    out
}

/// The events on the last occasions of a rule.
fn last_events<'l>(log: &'l EventLog, believed: &Believed) -> Vec<&'l Event> {
    let of_rule = |e: &&Event| e.is_up() == believed.up && believed.rule.is_occasion(place_of_day(e.day));
    log.since(i32::MIN).filter(of_rule).take(OCCASIONS as usize).collect()
}

fn learned_rule(believed: &Believed, last: &[&Event]) -> LearnedRule {
    let money: Vec<f64> = last.iter().map(|e| e.money()).collect();
    let ratio: Vec<f64> = last.iter().map(|e| e.away()).collect();
    LearnedRule {
        rule: believed.rule,
        occasions: u32::from(believed.hits),
        money: median(&money),
        ratio: median(&ratio),
    }
}

/// The share of days with an event that no pattern explains and that is not on this position's day of the month.
pub(super) fn rate_beside(log: &EventLog, position: CalendarPosition, up: bool, known_days: f64) -> f64 {
    let others = log.since(position.day - 120).filter(|e| {
        e.is_unexplained() && e.is_up() == up && MonthDays::slot_of(place_of_day(e.day)) != MonthDays::slot_of(position)
    });
    (float(others.count()) / known_days.min(120.0)).max(1.0 / 120.0)
}

fn spread(values: &[f64]) -> f64 {
    let centre = median(values);
    let away: Vec<f64> = values.iter().map(|v| (v - centre).abs()).collect();
    median(&away)
}

/// Like [`relative_spread`], by the mean: of three values, one that differs counts.
fn relative_scatter(values: &[f64]) -> f64 {
    let centre = median(values);
    let away: f64 = values.iter().map(|v| (v - centre).abs()).sum();
    away / float(values.len().max(1)) / centre.abs().max(1e-12)
}

fn relative_spread(values: &[f64]) -> f64 {
    spread(values) / median(values).abs().max(1e-12)
}
