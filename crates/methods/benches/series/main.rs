//! Quality and speed of every method on labelled series, in one run: `cargo xtask bench series`.
//!
//! The series are generated ([`labelled`]) from seeds that no parameter was tuned on, or read from a folder (`--data DIR`) with
//! `costs.csv`, `known_charges.csv` and `labels.csv` or `test.csv`.

#![allow(clippy::print_stdout, clippy::disallowed_methods, clippy::unwrap_used, reason = "a benchmark that prints")]

mod behaviours;
mod folder;
mod labelled;
mod m4;
mod nab;
mod ours;
mod scores;
mod vus;

use std::path::Path;
use std::time::Instant;

use tollgate_analysis::{
    CalendarPosition, PointFeedback, PointJudgement, SamplingInterval, SeriesBaseline, SeriesDetector, Tuning, parallel,
};
use tollgate_methods::{
    AutoArima, Baseline, ByForecast, Combination, DampedTrend, Detector, Ets, Forecaster, IsolationForest, Mstl,
    Prophet, SeasonalAr, SeasonalNaive, Theta,
};

use labelled::{Labelled, Mix};
use scores::{Detected, Predicted};

const PROVISIONAL: usize = 3;
const THREADS: usize = 2;
/// General methods are slow: they are scored on this number of series.
const FEW: usize = 60;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let folder = |name: &str| args.iter().position(|a| a == name).and_then(|i| args.get(i + 1));
    if let Some(path) = folder("--focus") {
        behaviours::focus::write(Path::new(path)).unwrap();
        return;
    }
    let data = folder("--data");
    let quick = args.iter().any(|a| a == "--quick");
    if data.is_none() {
        behaviours::print_behaviours();
        behaviours::tenants::print_tenants();
    }
    if args.iter().any(|a| a == "--behaviours") {
        return;
    }
    let sets: Vec<(String, Labelled)> = match data {
        Some(path) => vec![(path.clone(), folder::read(path))],
        None => {
            let make = |name: &str, seed, mix| (name.to_owned(), labelled::make(seed, 400, 400, 90, mix));
            vec![
                make("usual", 101, Mix::USUAL),
                make("noisy", 102, Mix::NOISY),
                make("quiet", 103, Mix::QUIET),
                make("no events", 104, Mix { events: 0.0, ..Mix::USUAL }),
            ]
        }
    };
    detection(&sets, quick);
    forecasts(&sets, quick);
    if let Some(path) = folder("--m4") {
        m4::print_m4(Path::new(path));
    }
    if let Some(path) = folder("--nab") {
        nab::print_nab(Path::new(path));
    }
    if data.is_none() {
        speed();
    }
}

fn detection(sets: &[(String, Labelled)], quick: bool) {
    println!(
        "\nDetection: each day judged by the days before it; general methods on the first {FEW} series of a set, with thresholds fitted on another"
    );
    println!(
        "{:<12} {:<18} {:>6} {:>7} {:>10} {:>7} {:>14} {:>7} {:>9} {:>12}",
        "set", "method", "F1", "VUS-PR", "precision", "recall", "false, % days", "25 %", "drift, d", "series/s"
    );
    let methods = if quick { Vec::new() } else { calibrated() };
    for (name, set) in sets {
        let positions = SamplingInterval::daily_positions(set.start, set.days());
        let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
        let begun = Instant::now();
        let alerts = parallel::map(&set.values, THREADS, |values| tollgate(&detector, values, &positions, |j| j.alert));
        let seconds = begun.elapsed().as_secs_f64();
        let every = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL).with_every_score();
        let scores = parallel::map(&set.values, THREADS, |values| tollgate(&every, values, &positions, |j| j.score));
        let vus = scores::mean_vus_pr(set, &scores);
        print_detected(
            name,
            "tollgate",
            &scores::detected(set, &alerts),
            vus,
            labelled::float(set.values.len()) / seconds,
        );
        let few = set.first(FEW);
        for (method_name, method, needed) in &methods {
            let begun = Instant::now();
            let scores = scores_of(&**method, &few);
            let rate = labelled::float(few.values.len()) / begun.elapsed().as_secs_f64();
            let found = scores::detected(&few, &above(&scores, *needed));
            print_detected(name, method_name, &found, scores::mean_vus_pr(&few, &scores), rate);
        }
    }
}

/// The general methods, each with the threshold that has the best F1 score on a separate set.
fn calibrated() -> Vec<(&'static str, Box<dyn Detector>, f64)> {
    let methods: [(&str, Box<dyn Detector>); 4] = [
        ("isolation forest", Box::new(IsolationForest)),
        ("augurs MSTL", Box::new(ByForecast { method: Mstl, every: 7 })),
        ("augurs Prophet", Box::new(ByForecast { method: Prophet, every: 28 })),
        ("seasonal naive", Box::new(ByForecast { method: SeasonalNaive, every: 1 })),
    ];
    let set = labelled::make(100, FEW, 400, 0, Mix::USUAL);
    let fit = methods.into_iter().map(|(name, method)| {
        let scores = scores_of(&*method, &set);
        let f1 = |needed: f64| scores::detected(&set, &above(&scores, needed)).f1();
        let needed = (0..60).map(|step| 0.6 * 1.06f64.powi(step)).max_by(|a, b| f1(*a).total_cmp(&f1(*b)));
        (name, method, needed.unwrap_or(1.0))
    });
    fit.collect()
}

fn scores_of(method: &dyn Detector, set: &Labelled) -> Vec<Vec<f64>> {
    parallel::map(&set.values, THREADS, |values| {
        method.scores(values, SamplingInterval::DAILY, set.start_minutes()).unwrap_or_else(|| vec![0.0; values.len()])
    })
}

fn above(scores: &[Vec<f64>], needed: f64) -> Vec<Vec<bool>> {
    scores.iter().map(|series| series.iter().map(|score| *score > needed).collect()).collect()
}

fn tollgate<T>(
    detector: &SeriesDetector,
    values: &[f64],
    positions: &[CalendarPosition],
    of: impl Fn(&PointJudgement) -> T,
) -> Vec<T> {
    let mut baseline = SeriesBaseline::default();
    let complete = values.len() - PROVISIONAL;
    let points = values.iter().zip(positions).enumerate();
    points
        .map(|(i, (value, position))| {
            of(&if i < complete {
                detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None)
            } else {
                detector.judge_incomplete(&baseline, *value, *position)
            })
        })
        .collect()
}

fn print_detected(set: &str, method: &str, d: &Detected, vus: f64, rate: f64) {
    println!(
        "{set:<12} {method:<18} {:>6.3} {vus:>7.3} {:>10.3} {:>7.3} {:>14.3} {:>7} {:>9.1} {rate:>12.0}",
        d.f1(),
        d.precision(),
        d.recall(),
        d.false_percent,
        format!("{}/{}", d.quarter.0, d.quarter.1),
        d.drift_delay
    );
}

fn forecasts(sets: &[(String, Labelled)], quick: bool) {
    println!(
        "\nForecasts: 90 days ahead, series with a cost every day; general methods on the first {FEW} series of a set"
    );
    println!(
        "{:<12} {:<18} {:>7} {:>7} {:>7} {:>9} {:>7} {:>8} {:>7} {:>12}",
        "set", "method", "WAPE30", "WAPE60", "WAPE90", "<20 %", "MASE", "cover90", "MSIS", "series/s"
    );
    for (name, set) in sets {
        if set.ahead() == 0 {
            continue;
        }
        let score = |method_name: &str, method: &dyn Forecaster, set: &Labelled| {
            let begun = Instant::now();
            let predicted = scores::predicted(set, &made(method, set));
            print_predicted(name, method_name, &predicted, set.values.len(), begun);
            predicted.wape[2]
        };
        score("tollgate", &Combination, set);
        score("its baseline", &Baseline, set);
        if quick {
            continue;
        }
        let few = set.first(FEW);
        let methods: [(&str, &dyn Forecaster); 9] = [
            ("its baseline, few", &Baseline),
            ("augurs MSTL", &Mstl),
            ("augurs AutoETS", &Ets),
            ("augurs Prophet", &Prophet),
            ("AutoARIMA", &AutoArima),
            ("theta", &Theta),
            ("damped trend", &DampedTrend),
            ("seasonal AR", &SeasonalAr),
            ("seasonal naive", &SeasonalNaive),
        ];
        let default = score("tollgate, few", &Combination, &few);
        let single = methods.map(|(method_name, method)| score(method_name, method, &few));
        let best = single.into_iter().fold(f64::INFINITY, f64::min);
        println!(
            "{name:<12} the default's WAPE is {:.3} times that of the best single method{}",
            default / best,
            if default > 1.05 * best { ": MORE THAN 5 % WORSE" } else { "" }
        );
    }
}

/// The forecasts of a method on a set; seasonal naive where the method cannot fit a series.
fn made(method: &dyn Forecaster, set: &Labelled) -> Vec<Vec<[f64; 3]>> {
    parallel::map(&set.values, THREADS, |values| {
        let known = &values[..values.len() - PROVISIONAL];
        let ahead = PROVISIONAL + set.ahead();
        let all = method.forecast(known, SamplingInterval::DAILY, set.start_minutes(), ahead);
        let all = all.or_else(|| SeasonalNaive.forecast(known, SamplingInterval::DAILY, 0, ahead)).unwrap_or_default();
        all.into_iter().skip(PROVISIONAL).map(|a| [a.mean, a.low, a.high]).collect()
    })
}

fn print_predicted(set: &str, method: &str, p: &Predicted, series: usize, begun: Instant) {
    let rate = labelled::float(series) / begun.elapsed().as_secs_f64();
    println!(
        "{set:<12} {method:<18} {:>7.3} {:>7.3} {:>7.3} {:>7.0} % {:>7.2} {:>6.1} % {:>7.2} {rate:>12.0}",
        p.wape[0],
        p.wape[1],
        p.wape[2],
        p.under_fifth * 100.0,
        p.mase,
        p.cover * 100.0,
        p.msis
    );
}

/// The speed of the steps of a scheduled run, for series of 400 days on two threads.
fn speed() {
    let set = labelled::make(105, 4000, 400, 90, Mix::USUAL);
    let positions = SamplingInterval::daily_positions(set.start, 490);
    let detector = SeriesDetector::new(SamplingInterval::DAILY, Tuning::NORMAL);
    let learn = |values: &[f64]| {
        let mut baseline = SeriesBaseline::default();
        for (value, position) in values.iter().zip(&positions) {
            detector.judge_and_learn(&mut baseline, *value, *position, PointFeedback::None);
        }
        baseline
    };
    println!("\nSpeed: series of 400 days, {THREADS} threads, the fastest of five runs");
    let fastest = |name: &str, count: usize, work: &dyn Fn()| {
        let best = (0..5)
            .map(|_| {
                let begun = Instant::now();
                work();
                begun.elapsed().as_secs_f64()
            })
            .fold(f64::INFINITY, f64::min);
        println!("{name:<66} {:>10.0} a second", labelled::float(count) / best);
    };
    let n = set.values.len();
    fastest("whole histories of 400 days judged", n, &|| {
        std::hint::black_box(parallel::map(&set.values, THREADS, |v| learn(v).seen()));
    });
    let bytes: Vec<Vec<u8>> = set.values.iter().map(|v| learn(&v[..399]).to_bytes().unwrap()).collect();
    let newest: Vec<(Vec<u8>, f64)> = bytes.into_iter().zip(&set.values).map(|(b, v)| (b, v[399])).collect();
    fastest("newest days judged from kept state (read, judge, write again)", n, &|| {
        std::hint::black_box(parallel::map(&newest, THREADS, |(bytes, value)| {
            let mut baseline = SeriesBaseline::from_bytes(bytes).unwrap();
            let alert = detector.judge_and_learn(&mut baseline, *value, positions[399], PointFeedback::None).alert;
            (alert, baseline.to_bytes().unwrap().len())
        }));
    });
    fastest("forecasts of 90 days with intervals, from kept state", n, &|| {
        std::hint::black_box(parallel::map(&newest, THREADS, |(bytes, _)| {
            SeriesBaseline::from_bytes(bytes)
                .unwrap()
                .forecast_points(SamplingInterval::DAILY, &positions[400..], 0)
                .len()
        }));
    });
    fastest("forecasts of 90 days with intervals, from the whole history", n, &|| {
        std::hint::black_box(parallel::map(&set.values, THREADS, |v| {
            learn(v).forecast_points(SamplingInterval::DAILY, &positions[400..], 0).len()
        }));
    });
    let size: usize = newest.iter().map(|(bytes, _)| bytes.len()).sum();
    println!("a kept baseline takes {} bytes on average", size / n);
}
