//! Stages of a rollout, and the times at which changes may be made.

use jiff::{SignedDuration, Timestamp};
use tollgate_model::{Day, Rollout, Stage};

/// Divides `steps` steps into stages: the first alone, then up to 10 %, 50 % and all. `soak` is how many seconds each is watched.
pub fn plan_stages(steps: usize, soak: [u32; 4]) -> Vec<Stage> {
    let up_to = |percent: usize| (steps * percent).div_ceil(100);
    let all = [("canary", 1), ("10 %", up_to(10)), ("50 %", up_to(50)), ("100 %", steps)];
    let mut out: Vec<Stage> = Vec::new();
    for ((name, through), soak_seconds) in all.into_iter().zip(soak) {
        let through = through.min(steps);
        // A stage that adds no step is left out.
        if out.last().map_or(0, |s| s.through) < through {
            out.push(Stage { name: name.to_owned(), through, soak_seconds });
        }
    }
    out
}

/// Days ahead in which a window is searched.
const AHEAD: i32 = 60;

/// Returns the first instant, at `now` or later, at which changes may be made. `None` when the next sixty days have none.
pub fn next_start(rollout: &Rollout, now: Timestamp) -> Option<Timestamp> {
    let today = Day::of_second(now.as_second());
    let quiet = |day: Day| rollout.quiet_days.contains(&day);
    let start = |day: Day| Timestamp::from_second(day.first_second()).ok();
    if rollout.windows.is_empty() {
        return (0..AHEAD).map(|n| today.plus(n)).find(|d| !quiet(*d)).and_then(|d| Some(start(d)?.max(now)));
    }
    // A window that began yesterday may still be open.
    (-1..AHEAD)
        .flat_map(|n| rollout.windows.iter().map(move |w| (today.plus(n), w)))
        .filter(|(day, window)| {
            let name = day.weekday_name().to_lowercase();
            window.days.is_empty() || window.days.iter().any(|d| name.starts_with(d.as_str()))
        })
        .filter_map(|(day, window)| {
            let minutes = |m: u16| SignedDuration::from_mins(m.into());
            let from = start(day)? + minutes(window.from);
            let length = if window.to > window.from { window.to - window.from } else { 1440 - window.from + window.to };
            let to = from + minutes(length);
            let at = from.max(now);
            (at < to && !quiet(Day::of_second(at.as_second()))).then_some(at)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::{Rollback, Window};

    #[test]
    fn stages_begin_with_one_and_end_with_all() {
        let through = |n| plan_stages(n, [1, 2, 3, 4]).into_iter().map(|s| (s.name, s.through)).collect::<Vec<_>>();
        let named = |all: &[(&str, usize)]| all.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect::<Vec<_>>();
        assert_eq!(through(0), named(&[]));
        assert_eq!(through(1), named(&[("canary", 1)]));
        assert_eq!(through(3), named(&[("canary", 1), ("50 %", 2), ("100 %", 3)]));
        assert_eq!(through(40), named(&[("canary", 1), ("10 %", 4), ("50 %", 20), ("100 %", 40)]));
    }

    fn rollout(windows: Vec<Window>, quiet: &[&str]) -> Rollout {
        Rollout {
            stages: Vec::new(),
            health: Vec::new(),
            windows,
            quiet_days: quiet.iter().map(|d| d.parse().unwrap()).collect(),
            rollback: Rollback::Plan,
        }
    }

    #[test]
    fn changes_wait_for_a_window_and_for_quiet_days_to_end() {
        // 2026-11-22 is a Sunday.
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |r: &Rollout, now: Timestamp| next_start(r, now).map(|t| t.to_string()).unwrap_or_default();
        assert_eq!(at(&rollout(vec![], &[]), now), "2026-11-22T12:00:00Z");
        assert_eq!(at(&rollout(vec![], &["2026-11-22", "2026-11-23"]), now), "2026-11-24T00:00:00Z");
        let night = Window { days: vec!["mon".to_owned(), "tue".to_owned()], from: 22 * 60, to: 2 * 60 };
        let nights = rollout(vec![night], &[]);
        assert_eq!(at(&nights, now), "2026-11-23T22:00:00Z");
        // After midnight the window of the day before is open.
        let late: Timestamp = "2026-11-24T01:00:00Z".parse().unwrap();
        assert_eq!(at(&nights, late), "2026-11-24T01:00:00Z");
        let closed: Timestamp = "2026-11-25T02:00:00Z".parse().unwrap();
        assert_eq!(at(&nights, closed), "2026-11-30T22:00:00Z");
        let never = Window { days: vec!["someday".to_owned()], from: 0, to: 60 };
        assert_eq!(next_start(&rollout(vec![never], &[]), now), None);
    }
}
