//! Behaviours of real costs: calendars, schedules, jobs, stops and returns, leaks. Each is a year of days with noise.

#![expect(clippy::unwrap_used, reason = "test helpers")]

use tollgate_analysis::{
    CalendarPosition, CalendarRule, MonthDay, PointFeedback, PointJudgement, SamplingInterval, SeriesBaseline,
    SeriesDetector, Tuning,
};
use tollgate_model::Day;

const DAYS: i32 = 400;

/// SplitMix64: Steele, Lea and Flood, 2014.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// A factor with this deviation: the sum of twelve uniform variables is nearly normal.
    fn noise(&mut self, deviation: f64) -> f64 {
        let normal: f64 = (0..12).map(|_| self.unit()).sum::<f64>() - 6.0;
        (deviation * normal).exp()
    }
}

fn first_day() -> Day {
    "2025-01-01".parse().unwrap()
}

fn judge(values: &[f64]) -> (Vec<PointJudgement>, SeriesBaseline) {
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let positions = SamplingInterval::daily_positions(first_day(), values.len());
    let judged = values
        .iter()
        .zip(positions)
        .map(|(v, position)| detector.judge_and_learn(&mut baseline, *v, position, PointFeedback::None))
        .collect();
    (judged, baseline)
}

/// The days of alerts, up as positive and down as negative numbers, from day 60 on.
fn alerts(cost: impl Fn(i32, Day, &mut Random) -> f64) -> Vec<i32> {
    let mut random = Random(7);
    let values: Vec<f64> = (0..DAYS).map(|i| cost(i, first_day().plus(i), &mut random)).collect();
    let (judged, _) = judge(&values);
    let found = judged.iter().zip(0..).filter(|(j, i)| j.alert && *i >= 60);
    found.map(|(j, i)| if j.up { i } else { -i }).collect()
}

fn weekend(day: Day) -> bool {
    day.weekday() >= 5
}

fn business_days_before(day: Day) -> usize {
    let first = day.month().first_day();
    (0..day - first).filter(|i| !weekend(first.plus(*i))).count()
}

fn is_within(found: &[i32], from: i32, to: i32) -> bool {
    !found.is_empty() && found.iter().all(|day| (from..=to).contains(&day.abs()))
}

#[test]
fn a_schedule_is_reported_for_two_weeks_and_then_is_the_pattern() {
    let found = alerts(|i, day, random| {
        let weekend_cost = if i >= 200 { 30.0 } else { 180.0 };
        random.noise(0.03) * if weekend(day) { weekend_cost } else { 200.0 }
    });
    assert!(is_within(&found, 200, 214) && found.iter().all(|day| *day < 0), "{found:?}");
}

#[test]
fn a_weekend_without_cost_is_a_level_like_others() {
    let failed = |i: i32| (290..=296).contains(&i);
    let found = alerts(|i, day, random| {
        let on = !weekend(day) || failed(i);
        random.noise(0.03) * f64::from(u8::from(on)) * 200.0
    });
    let days: Vec<i32> = (290..=296).filter(|i| weekend(first_day().plus(*i))).collect();
    assert_eq!(found, days);
}

#[test]
fn fees_of_any_calendar_are_quiet_from_the_third_on() {
    let quiet = |name: &str, from: i32, fee: &dyn Fn(i32, Day) -> bool| {
        let found = alerts(|i, day, random| 100.0 * random.noise(0.04) + if fee(i, day) { 600.0 } else { 0.0 });
        let late: Vec<i32> = found.into_iter().filter(|day| day.abs() >= from).collect();
        assert_eq!(late, [0i32; 0], "{name}");
    };
    quiet("every second Friday", 90, &|i, _| i % 14 == 2);
    quiet("every tenth day", 90, &|i, _| i % 10 == 4);
    quiet("first business day", 150, &|_, day| !weekend(day) && business_days_before(day) == 0);
    quiet("third business day", 150, &|_, day| !weekend(day) && business_days_before(day) == 2);
    quiet("second Tuesday", 150, &|_, day| day.weekday() == 1 && (8..15).contains(&day.day_of_month()));
    quiet("last Friday", 150, &|_, day| day.weekday() == 4 && day.plus(7).month() != day.month());
    quiet("first and fifteenth", 150, &|_, day| [1, 15].contains(&day.day_of_month()));
    quiet("last day", 150, &|_, day| day.is_last_of_month());
}

#[test]
fn an_occasion_without_its_event_is_an_anomaly_once() {
    let found = alerts(|i, _, random| 100.0 * random.noise(0.04) + if i % 14 == 2 && i != 240 { 600.0 } else { 0.0 });
    assert_eq!(found.into_iter().filter(|day| day.abs() >= 90).collect::<Vec<_>>(), [-240]);
}

#[test]
fn a_baseline_names_its_rules() {
    let mut random = Random(3);
    let values: Vec<f64> = (0..DAYS)
        .map(|i| {
            let day = first_day().plus(i);
            let fee = !weekend(day) && business_days_before(day) == 2;
            100.0 * random.noise(0.04) + if fee { 600.0 } else { 0.0 }
        })
        .collect();
    let (_, baseline) = judge(&values);
    let third = MonthDay::BusinessFromStart { nth: 3, holidays: false };
    let rule = CalendarRule::Monthly { day: third, months: 1, phase: 0 };
    let learned = baseline.calendar_rules().into_iter().find(|l| l.rule == rule).unwrap();
    assert!(learned.occasions >= 10 && (550.0..650.0).contains(&learned.money), "{learned:?}");
}

#[test]
fn jobs_on_a_base_are_quiet_and_one_left_on_is_found() {
    let found = alerts(|_, _, random| {
        let job = if random.unit() < 2.0 / 7.0 { 200.0 * random.noise(0.1) } else { 0.0 };
        100.0 * random.noise(0.03) + job
    });
    assert_eq!(found.into_iter().filter(|day| day.abs() >= 100).collect::<Vec<_>>(), [0i32; 0]);
    let found = alerts(|i, _, random| {
        let on = random.unit() < 2.0 / 7.0 || (250..275).contains(&i);
        100.0 * random.noise(0.03) + if on { 200.0 * random.noise(0.1) } else { 0.0 }
    });
    let late: Vec<i32> = found.into_iter().filter(|day| day.abs() >= 100).collect();
    assert!(late.first().is_some_and(|day| (252..262).contains(day)), "{late:?}");
}

#[test]
fn queries_of_very_different_size_are_quiet() {
    let found = alerts(|i, _, random| {
        let (size, runs, quantile) = (random.noise(0.3), random.unit() < 0.7, random.unit());
        match i {
            310 => 20_000.0,
            _ if runs => size * 20.0 * (1.0 - quantile).powf(-0.5),
            _ => 0.0,
        }
    });
    assert_eq!(found.into_iter().filter(|day| *day >= 190).collect::<Vec<i32>>(), [310]);
}

#[test]
fn lasting_steps_are_no_effect_of_days_of_the_month() {
    let found = alerts(|i, _, random| {
        let level = match i {
            0..43 => 210.0,
            43..67 => 134.0,
            _ => 85.0,
        };
        level * random.noise(0.02)
    });
    assert!(is_within(&found, 67, 80), "{found:?}");
}

#[test]
fn a_stop_and_a_return_are_reported_and_the_time_between_is_quiet() {
    for off in [20, 60, 180] {
        let end = 150 + off;
        let found = alerts(|i, _, random| 200.0 * random.noise(0.03) * f64::from(u8::from(!(150..end).contains(&i))));
        let (stop, back): (Vec<i32>, Vec<i32>) = found.iter().partition(|day| **day < 0);
        assert_eq!((stop[0], stop.len(), back), (-150, 14, vec![end]), "{off}");
    }
}

#[test]
fn a_ramp_to_zero_is_reported_for_two_weeks() {
    for days in [14, 40] {
        let found = alerts(|i, _, random| {
            let left = 1.0 - f64::from((i - 200).clamp(0, days)) / f64::from(days);
            200.0 * random.noise(0.03) * left
        });
        assert!(is_within(&found, 200, 200 + days + 16) && found.iter().all(|day| *day < 0), "{days}: {found:?}");
    }
}

#[test]
fn a_lasting_change_after_an_outage_is_found() {
    let found = alerts(|i, _, random| {
        let level = if (150..180).contains(&i) { 0.0 } else { 200.0 };
        level * random.noise(0.03) * if i >= 220 { 1.6 } else { 1.0 }
    });
    let changed: Vec<i32> = found.into_iter().filter(|day| *day >= 220).collect();
    assert_eq!((changed[0], changed.len()), (220, 14));
}

#[test]
fn a_leak_that_the_level_follows_is_found() {
    let leak = |percent: f64| {
        alerts(move |i, _, random| {
            let months = f64::from((i - 200).max(0)) / 30.4;
            100.0 * random.noise(0.03) * (1.0 + percent).powf(months)
        })
    };
    let found = leak(0.12);
    assert!(found.first().is_some_and(|day| (220..300).contains(day)), "{found:?}");
    assert_eq!(leak(0.03), [0i32; 0]);
}

#[test]
fn a_small_share_of_a_large_cost_is_an_anomaly() {
    let shift = |level: f64| alerts(move |i, _, random| level * random.noise(0.01) * if i >= 250 { 1.12 } else { 1.0 });
    assert!(is_within(&shift(50_000.0), 250, 266));
    assert_eq!(shift(50.0), [0i32; 0]);
}

#[test]
fn rows_that_end_are_a_stop_and_rows_missing_at_weekends_are_no_cost() {
    let found = alerts(|i, _, random| if i >= 300 { f64::NAN } else { 200.0 * random.noise(0.03) });
    assert!(is_within(&found, 310, 325) && found.iter().all(|day| *day < 0), "{found:?}");
    let found = alerts(|i, day, random| {
        let on = !weekend(day) && i != 250;
        if on { 200.0 * random.noise(0.03) } else { f64::NAN }
    });
    assert_eq!(found, [-250]);
    let found = alerts(|_, _, random| if random.unit() < 0.05 { f64::NAN } else { 200.0 * random.noise(0.03) });
    assert_eq!(found, [0i32; 0], "rows missing at random are gaps");
}

#[test]
fn a_change_of_the_season_is_expected_a_year_later() {
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let mut random = Random(11);
    let positions = SamplingInterval::daily_positions(first_day(), 1000);
    let found: Vec<i32> = positions
        .into_iter()
        .zip(0..)
        .filter(|(position, i)| {
            let of_year = i % 365;
            let cost = 100.0 * random.noise(0.03) * if (200..260).contains(&of_year) { 1.5 } else { 1.0 };
            detector.judge_and_learn(&mut baseline, cost, *position, PointFeedback::None).alert
        })
        .map(|(_, i)| i)
        .collect();
    assert!(found.iter().any(|i| (200..214).contains(i)), "{found:?}");
    assert!(found.iter().all(|i| *i < 365), "{found:?}");
}

#[test]
fn office_hours_on_weekdays_only_are_quiet_by_the_hour() {
    let detector = SeriesDetector::new(SamplingInterval::HOURLY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let mut random = Random(5);
    let first = i64::from(first_day().epoch_days()) * 1440;
    let found: Vec<i32> = (0..24 * 90)
        .filter(|hour| {
            let office = !weekend(first_day().plus(hour / 24)) && (8..18).contains(&(hour % 24));
            let spike = if *hour == 24 * 70 + 3 { 2.5 } else { 1.0 };
            let cost = random.noise(0.05) * spike * if office { 40.0 } else { 10.0 };
            let position: CalendarPosition = SamplingInterval::HOURLY.position_at(first + 60 * i64::from(*hour));
            let alert = detector.judge_and_learn(&mut baseline, cost, position, PointFeedback::None).alert;
            alert && *hour >= 24 * 40
        })
        .collect();
    assert_eq!(found, [24 * 70 + 3]);
}

/// The forecast of the 90 days after a series, and what its cost would have been.
fn forecast(cost: impl Fn(i32, Day, &mut Random) -> f64) -> (Vec<f64>, Vec<f64>) {
    let mut random = Random(11);
    let all: Vec<f64> = (0..DAYS + 90).map(|i| cost(i, first_day().plus(i), &mut random)).collect();
    let (known, future) = all.split_at(usize::try_from(DAYS).unwrap());
    let (_, baseline) = judge(known);
    let positions = SamplingInterval::daily_positions(first_day().plus(DAYS), future.len());
    let made = baseline.forecast_points(SamplingInterval::DAILY, &positions, 0);
    (made.iter().map(|point| point.mean).collect(), future.to_vec())
}

#[test]
fn a_forecast_follows_calendar_rules() {
    let fees: [(&str, fn(i32, Day) -> bool); 4] = [
        ("every second Friday", |i, _| i % 14 == 2),
        ("every third day", |i, _| i % 3 == 1),
        ("first business day", |_, day| !weekend(day) && business_days_before(day) == 0),
        ("first of a quarter", |_, day| day.day_of_month() == 1 && day.month().month() % 3 == 1),
    ];
    for (name, fee) in fees {
        let (made, future) =
            forecast(|i, day, random| 100.0 * random.noise(0.03) + if fee(i, day) { 900.0 } else { 0.0 });
        let sum = |days: &[f64]| days.iter().sum::<f64>();
        assert!((sum(&made) - sum(&future)).abs() < 0.1 * sum(&future), "{name}: {} of {}", sum(&made), sum(&future));
        let near = made.iter().zip(&future).filter(|(made, came)| (*made - *came).abs() < 0.3 * *came).count();
        assert!(near >= 84, "{name}: {near} of 90 days");
    }
}

#[test]
fn jobs_that_ended_are_in_no_forecast() {
    let alone = |i: i32, _: Day, random: &mut Random| if random.unit() < 0.14 && i < 300 { 300.0 } else { 0.0 };
    let (made, _) = forecast(alone);
    assert!(made.iter().all(|mean| *mean == 0.0), "the last job was a hundred days ago: {made:?}");
    let (made, _) = forecast(|i, day, random| alone(i % 300, day, random));
    assert!(made.iter().sum::<f64>() > 1_000.0, "jobs came again");
}

#[test]
fn a_forecast_follows_a_fall_of_three_days_and_no_spike_of_three_days() {
    for (last, level) in [(150.0, 150.0), (480.0, 300.0)] {
        let (made, _) = forecast(|i, _, random| random.noise(0.03) * if i >= DAYS - 3 { last } else { 300.0 });
        let mean = made.iter().sum::<f64>() / 90.0;
        assert!((mean - level).abs() < 0.05 * level, "{last}: {mean} instead of {level}");
    }
}
