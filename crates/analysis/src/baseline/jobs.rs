//! Jobs on a steady base: days with extra cost that follow no calendar. They are judged by how often they come, how many follow
//! each other, and by their amounts.

use super::amounts::Amounts;
use super::events::{Event, EventLog};
use super::patterns::Deviation;
use crate::float;

/// Days of the past that jobs are learned from.
const PAST: i32 = 180;
/// Separate episodes from which deviations of one direction are jobs, over at least three weeks.
const EPISODES: usize = 4;
/// A run of days with jobs is unusual when chance makes one of its length less often than once in this number of seasons.
const RUN_CHANCE: f64 = 0.01;
/// Deviations from which the number of jobs in four weeks is unusual.
const MORE: f64 = 5.0;

/// How jobs are recognised, in the unit of the log: days, or points within a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct JobTimes {
    /// The past that jobs are learned from.
    past: i32,
    /// The least time since the first of the episodes.
    least: i32,
    episodes: usize,
    /// The most points of an episode; `None` where runs are judged by [`is_left_on`].
    longest: Option<i32>,
}

impl JobTimes {
    pub(super) const DAYS: Self = Self { past: PAST, least: 21, episodes: EPISODES, longest: None };

    pub(super) fn within_days(points_per_day: usize) -> Self {
        let a_day = i32::try_from(points_per_day).unwrap_or(i32::MAX / 64);
        if a_day > 24 {
            return Self { past: 42 * a_day, least: a_day, episodes: EPISODES, longest: Some(a_day / 12) };
        }
        Self { past: 42 * a_day, least: 5 * a_day, episodes: 6, longest: Some(6) }
    }
}

/// Whether a deviation is one of many of its kind: times that stand out come often, and the amount is usual for them.
pub(super) fn is_a_job(log: &EventLog, now: i32, deviation: &Deviation, times: JobTimes, needed: f64) -> bool {
    let up = deviation.away > 0.0;
    let (mut episodes, mut last, mut run) = (0, None::<i32>, now);
    let mut amounts = Amounts::default();
    for event in log.since(now - times.past).filter(|e| e.is_up() == up && e.is_unexplained()) {
        if event.day == run - 1 {
            run = event.day;
            continue;
        }
        episodes += usize::from(last.is_none_or(|last| last - event.day > 1));
        last = Some(event.day);
        amounts.learn(event.money().abs().max(1e-9));
    }
    let short = times.longest.is_none_or(|longest| now - run < longest);
    if episodes < times.episodes || !short || last.is_none_or(|last| now - last < times.least) {
        return false;
    }
    let amount = deviation.money.abs().max(1e-9);
    amounts
        .score(amount)
        .is_some_and(|score| score >= -3.0 && (score / needed).min(amount / amounts.outlier_threshold()) <= 1.0)
}

/// ln 0.002: cost on some days has ended if chance makes a gap of its length in less than one of 500 cases.
const UNLIKELY: f64 = -6.2;

/// Whether cost on some days only, each of them an event, has ended: it is absent for longer than its gaps and than chance explains.
pub(super) fn have_ended(log: &EventLog, today: i32) -> bool {
    let (mut count, mut longest, mut newest, mut oldest) = (0usize, 0, None::<i32>, today);
    for event in log.since(i32::MIN) {
        if newest.is_some() {
            longest = longest.max(oldest - event.day);
        }
        newest = newest.or(Some(event.day));
        (count, oldest) = (count + 1, event.day);
    }
    let Some(newest) = newest.filter(|newest| count >= EPISODES && *newest > oldest) else { return false };
    let rate = (float(count - 1) / f64::from(newest - oldest)).min(0.9);
    let absent = today - newest;
    2 * absent > 3 * longest && f64::from(absent) * (-rate).ln_1p() < UNLIKELY
}

/// Whether jobs follow each other on more days than chance explains: one was left on.
pub(super) fn is_left_on(log: &EventLog, day: i32, up: bool) -> bool {
    let mut events = log.since(day - PAST).filter(|e| e.is_up() == up).peekable();
    let mut run = 1;
    while events.next_if(|e| e.day == day - run).is_some() {
        run += 1;
    }
    if run < 3 {
        return false;
    }
    let (mut count, mut longest, mut current, mut oldest) = (0usize, 1, 1, day);
    let (mut newer, mut runs) = (None::<&Event>, 0usize);
    for event in events {
        current = if newer.is_some_and(|n| n.day == event.day + 1) { current + 1 } else { 1 };
        runs += usize::from(current == 1);
        longest = longest.max(current);
        (count, oldest, newer) = (count + 1, event.day, Some(event));
    }
    if count < 6 {
        return false;
    }
    let days = f64::from((day - run - oldest + 1).max(28));
    let rate = (float(count) / days).min(0.98);
    // Jobs of several days: a run lasts another day with the probability with which earlier ones did.
    let goes_on = (float(count - runs) / float(count)).min(0.98);
    let chance = rate.powi(run).max(float(runs) / days * goes_on.powi(run - 1));
    run > longest + 1 && 120.0 * chance < RUN_CHANCE
}

/// Whether jobs have come much more often in the last four weeks than before.
pub(super) fn come_more_often(log: &EventLog, day: i32, up: bool) -> bool {
    let mut oldest = day;
    let (mut now, mut before, mut runs) = (1usize, 0usize, 0usize);
    for event in log.since(day - 200).filter(|e| e.is_up() == up) {
        if event.day > day - 28 {
            now += 1;
        } else {
            before += 1;
            runs += usize::from(event.day + 1 != oldest);
        }
        oldest = event.day;
    }
    let span = f64::from(day - 28 - oldest);
    if span < 84.0 || before < 8 {
        return false;
    }
    let rate = float(before) / span;
    let usual = 28.0 * rate;
    // Jobs of several days come in runs: the number of days varies more than that of single days.
    let together = (float(before) / float(runs.max(1)) * (1.0 - rate.min(0.95))).max(1.0);
    let deviation = (usual * (1.0 - rate.min(0.95)) * (1.0 + 28.0 / span) * together).sqrt();
    float(now) - usual > MORE * deviation && float(now) >= 1.8 * usual
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the day after the last of jobs that last three days each is one too many.
    fn is_left_on_after(starts: &[i32]) -> bool {
        let mut log = EventLog::default();
        let days = starts.iter().flat_map(|start| *start..*start + 3);
        days.for_each(|day| log.record(day, 1.0, 250.0, false, false));
        is_left_on(&log, starts.last().map_or(0, |start| *start + 3), true)
    }

    #[test]
    fn jobs_of_three_days_vary_more_than_single_ones() {
        let more_often = |usual: fn(i32) -> bool| {
            let mut log = EventLog::default();
            let days = (0..175).filter(|day| if *day < 148 { usual(*day) } else { day % 7 < 5 });
            days.for_each(|day| log.record(day, 1.0, 250.0, false, false));
            come_more_often(&log, 175, true)
        };
        assert!(more_often(|day| matches!(day % 9, 0 | 4)));
        assert!(!more_often(|day| day % 13 < 3));
    }

    #[test]
    fn jobs_of_three_days_that_meet_are_not_left_on() {
        let usual = [3, 18, 30, 48, 63, 90, 105, 120];
        let with = |more: &[i32]| is_left_on_after(&[usual.as_slice(), more].concat());
        assert!(!with(&[150, 153]), "two jobs");
        assert!(with(&[150, 153, 156, 159, 162, 165, 168, 171, 174, 177]), "a month");
    }

    #[test]
    fn jobs_that_are_absent_for_longer_than_their_gaps_have_ended() {
        let mut log = EventLog::default();
        (0..30).for_each(|i| log.record(10 * i + i % 3, 1.0, 50.0, false, false));
        assert!(!have_ended(&log, 340), "fifty days");
        assert!(have_ended(&log, 360), "seventy days");
        assert!(!have_ended(&EventLog::default(), 360));
    }
}
