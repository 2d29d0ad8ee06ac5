//! Properties of detection on any series: invariance, gaps, restatements, and no panic on any input.

#![expect(clippy::unwrap_used, reason = "test helpers")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tollgate_analysis::{
    CalendarPosition, CostCube, DetectionInput, KeptBaselines, PointFeedback, PointJudgement, SamplingInterval,
    SeriesBaseline, SeriesDetector, SourceSeries, Tuning, detect_anomalies,
};
use tollgate_model::series::{DayCost, SeriesMonth};
use tollgate_model::{Amount, Anomaly, ChargeKind, Currency, Day, DayRange, Feedback, Opinion, SeriesKey, SourceId};

fn start() -> Day {
    "2026-01-05".parse().unwrap()
}

fn judge(values: &[f64]) -> Vec<PointJudgement> {
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL).with_every_score();
    let mut baseline = SeriesBaseline::default();
    let positions = SamplingInterval::daily_positions(start(), values.len());
    values
        .iter()
        .zip(positions)
        .map(|(v, position)| detector.judge_and_learn(&mut baseline, *v, position, PointFeedback::None))
        .collect()
}

fn alerts(values: &[f64]) -> Vec<usize> {
    judge(values).iter().enumerate().filter(|(_, v)| v.alert).map(|(i, _)| i).collect()
}

/// Two hundred days of weekdays, weekends and a small wobble.
fn usual(seed: usize) -> Vec<f64> {
    (0..200)
        .map(|i| {
            let wobble = 1.0 + 0.002 * f64::from(u8::try_from((i * 37 + seed * 11) % 23).unwrap());
            if i % 7 >= 5 { 60.0 * wobble } else { 100.0 * wobble }
        })
        .collect()
}

fn key(service: &str, currency: &str) -> SeriesKey {
    SeriesKey {
        provider: Some("AWS".into()),
        billing_account: Some("b".into()),
        sub_account: Some("prod".into()),
        service: Some(service.into()),
        region: Some("r".into()),
        kind: ChargeKind::Usage,
        currency: currency.parse().unwrap(),
        dimensions: BTreeMap::new(),
    }
}

fn cube(series: &[(&str, &str, Vec<f64>)]) -> CostCube {
    let months = series
        .iter()
        .map(|(service, currency, values)| {
            let days = values.iter().zip(0..).map(|(v, i)| {
                let amount = Amount::from_f64(*v).unwrap();
                (start().plus(i), DayCost { billed: amount, effective: amount })
            });
            SeriesMonth { key: key(service, currency), days: days.collect() }
        })
        .collect();
    CostCube::new(vec![SourceSeries {
        source: SourceId::from_text("aws"),
        months,
        provisional_days: 0,
        last_day: None,
    }])
}

fn judged(
    cube: &CostCube,
    kept: &KeptBaselines,
    feedback: &[Feedback],
    threads: usize,
) -> (Vec<Anomaly>, KeptBaselines, usize) {
    let found = detect_anomalies(cube, &DetectionInput { tuning: &|_| Tuning::NORMAL, feedback, kept, threads });
    (found.anomalies, found.kept, found.continued)
}

fn spiked(day: usize, by: f64) -> Vec<f64> {
    let mut values = usual(0);
    values[day] *= by;
    values
}

#[test]
fn an_increase_of_a_quarter_is_found_on_its_day_and_nothing_else() {
    for day in [100, 101, 105, 106, 199] {
        assert_eq!(alerts(&spiked(day, 1.25)), [day]);
    }
    assert_eq!(alerts(&usual(3)), [0usize; 0]);
}

#[test]
fn the_currency_changes_the_label_and_nothing_else() {
    let found = |currency: &str| -> Vec<(Day, Amount)> {
        let (found, ..) = judged(&cube(&[("EC2", currency, spiked(120, 1.5))]), &KeptBaselines::default(), &[], 1);
        assert!(found.iter().all(|a| a.currency == currency.parse::<Currency>().unwrap()));
        found.iter().map(|a| (a.start(), a.impact())).collect()
    };
    assert_eq!(found("USD"), found("JPY"));
    assert!(!found("USD").is_empty());
}

#[test]
fn the_order_of_series_and_the_number_of_threads_change_nothing() {
    let series = [("EC2", "USD", spiked(120, 1.5)), ("S3", "USD", spiked(130, 0.4)), ("RDS", "EUR", usual(2))];
    let mut turned = series.clone();
    turned.reverse();
    let one = judged(&cube(&series), &KeptBaselines::default(), &[], 1);
    for threads in [1, 2, 7] {
        let other = judged(&cube(&turned), &KeptBaselines::default(), &[], threads);
        assert_eq!((&one.0, &one.1), (&other.0, &other.1));
    }
}

#[test]
fn opposite_moves_at_one_time_are_two_anomalies() {
    let series = [("EC2", "USD", spiked(120, 1.5)), ("S3", "USD", spiked(120, 0.5))];
    let (found, ..) = judged(&cube(&series), &KeptBaselines::default(), &[], 1);
    let leaves: Vec<_> = found.iter().filter(|a| a.leaf).map(|a| a.direction).collect();
    assert_eq!(leaves.len(), 2);
    assert_ne!(leaves[0], leaves[1]);
}

#[test]
fn the_newest_day_from_kept_baselines_is_judged_as_from_the_beginning() {
    let values = spiked(199, 1.4);
    let whole = judged(&cube(&[("EC2", "USD", values.clone())]), &KeptBaselines::default(), &[], 1);
    let mut kept = KeptBaselines::default();
    for days in [50, 90, 150, 199, 200] {
        let (anomalies, next, continued) = judged(&cube(&[("EC2", "USD", values[..days].to_vec())]), &kept, &[], 1);
        assert_eq!(continued > 0, !kept.is_empty(), "{days}");
        // Written and read again, as between two runs.
        kept = KeptBaselines::default();
        next.chunks(700).iter().for_each(|chunk| kept.read(chunk));
        assert_eq!(kept, next);
        if days == 200 {
            assert_eq!((&anomalies, &kept), (&whole.0, &whole.1));
        }
    }
}

#[test]
fn a_restated_day_is_judged_as_if_it_had_always_been_so() {
    let (_, kept, _) = judged(&cube(&[("EC2", "USD", spiked(120, 2.0))]), &KeptBaselines::default(), &[], 1);
    let restated = cube(&[("EC2", "USD", usual(0))]);
    let (anomalies, again, continued) = judged(&restated, &kept, &[], 1);
    let (scratch, fresh, _) = judged(&restated, &KeptBaselines::default(), &[], 1);
    assert_eq!((continued, anomalies, again), (0, scratch, fresh));
}

#[test]
fn damaged_baselines_are_learned_again() {
    let series = [("EC2", "USD", usual(0))];
    let (_, kept, _) = judged(&cube(&series), &KeptBaselines::default(), &[], 1);
    for chunk in kept.chunks(1 << 20) {
        for cut in [0, 1, 5, 20, chunk.len() - 1] {
            let mut read = KeptBaselines::default();
            read.read(&chunk[..cut]);
            let mut flipped = chunk.clone();
            flipped[cut] ^= 0x55;
            read.read(&flipped);
            let (anomalies, again, _) = judged(&cube(&series), &read, &[], 1);
            assert_eq!((anomalies, again), (vec![], kept.clone()));
        }
    }
}

#[test]
fn what_is_expected_is_no_alert_and_teaches_nothing() {
    let mut values = usual(0);
    values[120..125].iter_mut().for_each(|v| *v *= 2.0);
    values[150] *= 2.0;
    let cube = cube(&[("EC2", "USD", values)]);
    let (found, ..) = judged(&cube, &KeptBaselines::default(), &[], 1);
    let feedback_of = |opinion, from, to| Feedback {
        scope: found[0].scope.clone(),
        days: DayRange { start: start().plus(from), end: start().plus(to) },
        opinion,
        incident: "i-1".into(),
        by: "jane".into(),
        at: "2026-06-01T00:00:00Z".parse().unwrap(),
        note: None,
    };
    let days = |feedback: &[Feedback]| -> Vec<i32> {
        let (found, ..) = judged(&cube, &KeptBaselines::default(), feedback, 1);
        found.iter().filter(|a| a.leaf).map(|a| a.start() - start()).collect()
    };
    assert_eq!(days(&[]), [120, 150]);
    assert_eq!(days(&[feedback_of(Opinion::Expected, 120, 125)]), [150]);
    // After feedback that it is no anomaly, changes of this size are usual.
    assert_eq!(days(&[feedback_of(Opinion::NotAnAnomaly, 120, 125)]), [0i32; 0]);
}

#[test]
fn a_level_that_shifts_in_noise_is_found_by_days_together() {
    let values: Vec<f64> = (0..200)
        .map(|i| {
            let wobble = 1.0 + 0.014 * f64::from(i * 7919 % 23 - 11);
            if i >= 130 { 125.0 * wobble } else { 100.0 * wobble }
        })
        .collect();
    let found = alerts(&values);
    assert!(found.first().is_some_and(|day| (130..146).contains(day)), "{found:?}");
}

#[test]
fn fees_on_the_first_are_usual_after_two_months() {
    let positions = 200;
    let values: Vec<f64> = (0..positions)
        .zip(usual(0))
        .map(|(i, v)| if start().plus(i).day_of_month() == 1 { v + 900.0 } else { v })
        .collect();
    let late: Vec<usize> = alerts(&values).into_iter().filter(|i| *i > 60).collect();
    assert_eq!(late, [0usize; 0]);
    // A fee that doubles is an anomaly.
    let mut doubled = values;
    let day = (100..200).find(|i| start().plus(*i).day_of_month() == 1).unwrap();
    let day = usize::try_from(day).unwrap();
    doubled[day] += 900.0;
    assert!(alerts(&doubled).contains(&day));
}

#[test]
fn nothing_one_day_and_gaps_are_quiet() {
    assert_eq!(alerts(&[0.0; 300]), [0usize; 0]);
    assert_eq!(alerts(&[5.0]), [0usize; 0]);
    let mut gaps = usual(0);
    gaps[100..110].fill(f64::NAN);
    gaps[150] = f64::INFINITY;
    assert_eq!(alerts(&gaps), [0usize; 0]);
}

#[test]
fn a_negative_day_stands_out_and_breaks_nothing() {
    let mut credited = usual(0);
    credited[120] = -500.0;
    assert_eq!(alerts(&credited), [120]);
    // A series that goes up and down around zero is judged by differences, not by ratios.
    let swings: Vec<f64> = (0..200).map(|i| if i % 2 == 0 { 10.0 } else { -10.0 } + f64::from(i % 5)).collect();
    assert_eq!(alerts(&swings).into_iter().filter(|i| *i > 60).count(), 0);
}

#[test]
fn a_service_that_starts_is_new_and_then_usual() {
    let mut values = vec![0.0; 100];
    values.extend(usual(0));
    let found = alerts(&values);
    assert_eq!(found, (100..114).collect::<Vec<_>>());
}

#[test]
fn hours_work_as_days_do() {
    let hourly: Vec<f64> = (0..24 * 60)
        .map(|i| {
            let wobble = 1.0 + 0.004 * f64::from(i * 7919 % 23 - 11);
            let day = if (8..20).contains(&(i % 24)) { 10.0 } else { 4.0 };
            let spike = if i == 24 * 50 + 3 { 3.0 } else { 1.0 };
            day * wobble * spike
        })
        .collect();
    let detector = SeriesDetector::new(SamplingInterval::HOURLY, Tuning::NORMAL);
    let mut baseline = SeriesBaseline::default();
    let first = i64::from(start().epoch_days()) * 1440;
    let position = |i: usize| SamplingInterval::HOURLY.position_at(first + 60 * i64::try_from(i).unwrap());
    let found: Vec<usize> = (0..hourly.len())
        .filter(|i| detector.judge_and_learn(&mut baseline, hourly[*i], position(*i), PointFeedback::None).alert)
        .collect();
    assert_eq!(found, [24 * 50 + 3]);
    let positions: Vec<CalendarPosition> = (hourly.len()..hourly.len() + 48).map(position).collect();
    for (point, position) in baseline.forecast_points(SamplingInterval::HOURLY, &positions, 0).iter().zip(0..) {
        let usual = if (8..20).contains(&(position % 24)) { 10.0 } else { 4.0 };
        assert!(point.low < usual && usual < point.high, "{position}: {point:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_series_in_a_different_unit_has_the_same_anomalies(exponent in -12i32..24, day in 60usize..200, by in 1.3f64..4.0) {
        let values = spiked(day, by);
        let scaled: Vec<f64> = values.iter().map(|v| v * 2f64.powi(exponent)).collect();
        prop_assert_eq!(alerts(&values), alerts(&scaled));
    }

    #[test]
    fn a_judgement_depends_on_no_later_day(values in proptest::collection::vec(0.0f64..1000.0, 60..160), cut in 1usize..59) {
        let whole = judge(&values);
        let part = judge(&values[..values.len() - cut]);
        for (a, b) in part.iter().zip(&whole) {
            prop_assert_eq!(a.alert, b.alert);
            prop_assert_eq!(a.score.to_bits(), b.score.to_bits());
        }
    }

    #[test]
    fn no_series_makes_the_engine_panic(
        values in proptest::collection::vec(prop_oneof![
            4 => 0.0f64..1e6, 2 => Just(0.0), 1 => proptest::num::f64::ANY, 1 => -1e6f64..0.0, 1 => Just(1e300),
        ], 0..400),
        minutes in prop_oneof![Just(5u32), Just(60), Just(1440), Just(7 * 1440)],
        offset in -30_000i64..30_000,
    ) {
        let interval = SamplingInterval::from_minutes(minutes).unwrap();
        let detector = SeriesDetector::new(interval, Tuning::HIGH).with_every_score();
        let mut baseline = SeriesBaseline::default();
        let position = |i: usize| interval.position_at((offset * 1440) + i64::from(minutes) * i64::try_from(i).unwrap());
        for (i, value) in values.iter().enumerate() {
            let judgement = detector.judge_and_learn(&mut baseline, *value, position(i), PointFeedback::None);
            prop_assert!(!judgement.score.is_nan() && judgement.score >= 0.0);
        }
        let positions: Vec<CalendarPosition> = (values.len()..values.len() + 30).map(position).collect();
        for point in baseline.forecast_points(interval, &positions, 2) {
            prop_assert!(!point.mean.is_nan() && point.low <= point.mean && point.mean <= point.high, "{point:?}");
        }
        let bytes = baseline.to_bytes().unwrap();
        prop_assert_eq!(SeriesBaseline::from_bytes(&bytes).unwrap(), baseline);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = SeriesBaseline::from_bytes(&bytes);
        KeptBaselines::default().read(&bytes);
    }
}
