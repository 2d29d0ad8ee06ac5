//! The M4 competition's series (Makridakis, Spiliotis and Assimakopoulos, 2020), where their files are given:
//! `Hourly-train.csv`, `Hourly-test.csv`, and the same for `Daily` and `Weekly`.

use std::path::Path;
use std::time::Instant;

use tollgate_analysis::{SamplingInterval, parallel};
use tollgate_methods::{Combination, Ets, Forecaster, Mstl, SeasonalNaive, Theta};
use tollgate_model::Day;

use crate::THREADS;
use crate::labelled::float;

/// The sets: name, interval, the season of MASE and of the naive method, points ahead.
const SETS: [(&str, SamplingInterval, usize, usize); 3] = [
    ("Hourly", SamplingInterval::HOURLY, 24, 48),
    ("Daily", SamplingInterval::DAILY, 1, 14),
    ("Weekly", SamplingInterval::WEEKLY, 1, 13),
];

/// Prints MASE and sMAPE of every method on the sets whose files are in a folder.
pub(crate) fn print_m4(folder: &Path) {
    println!("\nM4: MASE and sMAPE as in the competition, mean over series");
    println!("{:<8} {:<16} {:>7} {:>8} {:>10} {:>10}", "set", "method", "MASE", "sMAPE %", "series", "series/s");
    for (name, interval, season, ahead) in SETS {
        let (train, test) =
            (read(&folder.join(format!("{name}-train.csv"))), read(&folder.join(format!("{name}-test.csv"))));
        if train.is_empty() || train.len() != test.len() {
            println!("{name:<8} the files {name}-train.csv and {name}-test.csv are not in {}", folder.display());
            continue;
        }
        let pairs: Vec<(&Vec<f64>, &Vec<f64>)> = train.iter().zip(&test).collect();
        let methods: [(&str, &dyn Forecaster); 5] = [
            ("tollgate", &Combination),
            ("seasonal naive", &SeasonalNaive),
            ("theta", &Theta),
            ("augurs MSTL", &Mstl),
            ("augurs AutoETS", &Ets),
        ];
        for (method_name, method) in methods {
            let begun = Instant::now();
            let start = i64::from("2016-01-04".parse::<Day>().unwrap().epoch_days()) * 1440;
            let scores = parallel::map(&pairs, THREADS, |(known, future)| {
                let made = method.forecast(known, interval, start, ahead);
                let made = made.or_else(|| SeasonalNaive.forecast(known, interval, start, ahead)).unwrap_or_default();
                let points: Vec<f64> = made.iter().map(|p| p.mean).collect();
                score(known, future, &points, season)
            });
            let n = float(scores.len());
            println!(
                "{name:<8} {method_name:<16} {:>7.3} {:>8.2} {:>10} {:>10.0}",
                scores.iter().map(|s| s.0).sum::<f64>() / n,
                scores.iter().map(|s| s.1).sum::<f64>() / n,
                scores.len(),
                n / begun.elapsed().as_secs_f64()
            );
        }
    }
}

/// MASE and sMAPE in percent.
fn score(known: &[f64], future: &[f64], made: &[f64], season: usize) -> (f64, f64) {
    let steps = known.len().saturating_sub(season).max(1);
    let scale = known.iter().skip(season).zip(known).map(|(a, b)| (a - b).abs()).sum::<f64>() / float(steps);
    let pairs: Vec<(f64, f64)> = future.iter().copied().zip(made.iter().copied()).collect();
    let n = float(pairs.len().max(1));
    let error = pairs.iter().map(|(y, f)| (y - f).abs()).sum::<f64>() / n;
    let relative = pairs.iter().map(|(y, f)| 200.0 * (y - f).abs() / (y.abs() + f.abs()).max(1e-12)).sum::<f64>() / n;
    (error / scale.max(1e-12), relative)
}

/// The rows of a file: an id, and values until the first empty cell.
fn read(path: &Path) -> Vec<Vec<f64>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let value = |cell: &str| cell.trim().trim_matches('"').parse::<f64>().ok();
    text.lines().skip(1).map(|line| line.split(',').skip(1).map_while(value).collect()).collect()
}
