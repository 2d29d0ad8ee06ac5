//! The log of days that stood out from the level and the weekday: what calendar rules, jobs and yearly patterns are learned from.

use serde::{Deserialize, Serialize};

use super::month::narrow;

/// Events kept; jobs on two days a week fill this in seven months, and monthly fees in five years.
const KEEP: usize = 64;

/// A day that stood out.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Event {
    /// Days from 1970-01-01; points where there are several a day.
    pub(super) day: i32,
    /// The distance from level and weekday, on the scale.
    away: f32,
    /// The same as money.
    money: f32,
    /// What explained it: [`OF_MONTH`] and [`OF_RULE`].
    explained: u8,
}

/// The memory of days of the month.
const OF_MONTH: u8 = 1;
/// A rule with occasions in some months.
const OF_RULE: u8 = 2;

impl Event {
    pub(super) fn away(&self) -> f64 {
        f64::from(self.away)
    }

    pub(super) fn money(&self) -> f64 {
        f64::from(self.money)
    }

    pub(super) fn is_up(&self) -> bool {
        self.away > 0.0
    }

    /// Whether the memory of days of the month explained it.
    pub(super) fn is_of_month(&self) -> bool {
        self.explained & OF_MONTH != 0
    }

    /// Whether no pattern explained it.
    pub(super) fn is_unexplained(&self) -> bool {
        self.explained == 0
    }
}

/// The events of a series, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct EventLog {
    events: Vec<Event>,
}

impl EventLog {
    pub(super) fn record(&mut self, day: i32, away: f64, money: f64, of_month: bool, of_rule: bool) {
        if self.events.len() == KEEP {
            self.events.remove(0);
        }
        let explained = u8::from(of_month) * OF_MONTH + u8::from(of_rule) * OF_RULE;
        self.events.push(Event { day, away: narrow(away), money: narrow(money), explained });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The event of a day.
    pub(super) fn on(&self, day: i32) -> Option<&Event> {
        let (first, last) = (self.events.first()?, self.events.last()?);
        if day < first.day || day > last.day {
            return None;
        }
        self.events.binary_search_by_key(&day, |e| e.day).ok().and_then(|at| self.events.get(at))
    }

    /// The events from a day on, newest first.
    pub(super) fn since(&self, day: i32) -> impl Iterator<Item = &Event> {
        self.events.iter().rev().take_while(move |e| e.day >= day)
    }

    /// The events, oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }

    /// Discards the events after a day: they belong to a change that became the level.
    pub(super) fn forget_after(&mut self, day: i32) {
        self.events.retain(|e| e.day <= day);
    }

    /// Discards the events of some days: they became part of the weekly pattern.
    pub(super) fn forget(&mut self, days: &[i32]) {
        self.events.retain(|e| !days.contains(&e.day));
    }
}
