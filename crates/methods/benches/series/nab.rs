//! The Numenta Anomaly Benchmark (Lavin and Ahmad, 2015), where its folders `data` and `labels` are given, by its own rules:
//! standard profile, one threshold for all files, 15 % of each file as probation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tollgate_analysis::{PointFeedback, SamplingInterval, SeriesBaseline, SeriesDetector, Tuning, parallel};
use tollgate_model::Day;

use crate::THREADS;
use crate::labelled::float;

/// The weight of a false alert in the standard profile; found and missed windows weigh one.
const FALSE_WEIGHT: f64 = 0.11;
/// The share of a file, or of 5,000 rows of it, that is not scored.
const PROBATION: f64 = 0.15;

struct File {
    name: String,
    minutes: Vec<i64>,
    values: Vec<f64>,
    /// First and last row of each window with an anomaly.
    windows: Vec<(usize, usize)>,
}

impl File {
    fn probation(&self) -> usize {
        (PROBATION * float(self.values.len().min(5000))) as usize
    }
}

/// Prints the score of all files and of the cloud's.
pub(crate) fn print_nab(folder: &Path) {
    let files = read(folder);
    if files.is_empty() {
        println!("\nNAB: data/*/*.csv and labels/combined_windows.json are not in {}", folder.display());
        return;
    }
    let scores = parallel::map(&files, THREADS, scores_of);
    println!(
        "\nNAB: standard profile, 100 is perfect and 0 reports nothing; at our own threshold, and at the best one for all files"
    );
    println!("{:<8} {:>6} {:>14} {:>16}", "files", "count", "own threshold", "best threshold");
    for (name, part) in [("all", ""), ("cloud", "realAWSCloudwatch")] {
        let chosen: Vec<usize> = (0..files.len()).filter(|i| files[*i].name.contains(part)).collect();
        if chosen.is_empty() {
            println!("{name:<8} {:>6} no file of {part} is in {}", 0, folder.display());
            continue;
        }
        let at = |threshold: f64| normalized(&chosen, &files, &scores, threshold);
        let best = (0..120).map(|i| 0.3 * 1.04f64.powi(i)).map(at).fold(f64::NEG_INFINITY, f64::max);
        println!("{name:<8} {:>6} {:>14.1} {:>16.1}", chosen.len(), at(1.0), best);
    }
}

fn scores_of(file: &File) -> Vec<f64> {
    let mut steps: BTreeMap<i64, usize> = BTreeMap::new();
    file.minutes.windows(2).for_each(|pair| *steps.entry(pair[1] - pair[0]).or_default() += 1);
    let step = steps.into_iter().max_by_key(|(_, count)| *count).map_or(5, |(step, _)| step);
    let interval = u32::try_from(step).ok().and_then(SamplingInterval::from_minutes);
    let interval = interval.unwrap_or(SamplingInterval::HOURLY);
    let detector = SeriesDetector::new(interval, Tuning::NORMAL).with_every_score();
    let mut baseline = SeriesBaseline::default();
    let points = file.minutes.iter().zip(&file.values);
    let score = |(minutes, value): (&i64, &f64)| {
        detector.judge_and_learn(&mut baseline, *value, interval.position_at(*minutes), PointFeedback::None).score
    };
    points.map(score).collect()
}

fn normalized(chosen: &[usize], files: &[File], scores: &[Vec<f64>], threshold: f64) -> f64 {
    let (mut raw, mut windows) = (0.0, 0.0);
    for i in chosen {
        raw += file_score(&files[*i], &scores[*i], threshold);
        windows += float(files[*i].windows.iter().filter(|(_, to)| *to >= files[*i].probation()).count());
    }
    // Nothing reported misses every window; everything found at once earns one for each.
    100.0 * (raw + windows) / (2.0 * windows)
}

fn file_score(file: &File, scores: &[f64], threshold: f64) -> f64 {
    let probation = file.probation();
    let mut found: Vec<Option<f64>> = vec![None; file.windows.len()];
    let mut score = 0.0;
    for (row, _) in scores.iter().enumerate().skip(probation).filter(|(_, score)| **score > threshold) {
        if let Some(at) = file.windows.iter().position(|(from, to)| (*from..=*to).contains(&row)) {
            let (from, to) = file.windows[at];
            let early = sigmoid(-float(to - row + 1) / float(to - from + 1)) / sigmoid(-1.0);
            found[at] = Some(found[at].map_or(early, |best: f64| best.max(early)));
            continue;
        }
        let before = file.windows.iter().rfind(|(_, to)| *to < row);
        let penalty = before.map_or(-1.0, |(from, to)| sigmoid(float(row - to) / float((to - from).max(1))));
        score += FALSE_WEIGHT * penalty;
    }
    let windows = file.windows.iter().zip(&found).filter(|((_, to), _)| *to >= probation);
    score + windows.map(|(_, found)| found.unwrap_or(-1.0)).sum::<f64>()
}

/// The score of a row by its distance from the end of a window, in windows.
fn sigmoid(distance: f64) -> f64 {
    if distance > 3.0 { -1.0 } else { 2.0 / (1.0 + (5.0 * distance).exp()) - 1.0 }
}

fn read(folder: &Path) -> Vec<File> {
    let text = std::fs::read_to_string(folder.join("labels/combined_windows.json")).unwrap_or_default();
    let labels: BTreeMap<String, Vec<[String; 2]>> = serde_json::from_str(&text).unwrap_or_default();
    let file = |(name, windows): (String, Vec<[String; 2]>)| {
        let path: PathBuf = folder.join("data").join(&name);
        let text = std::fs::read_to_string(path).ok()?;
        let rows: Vec<(i64, f64)> = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(',').and_then(|(at, value)| Some((minutes(at)?, value.parse().ok()?))))
            .collect();
        let row = |at: &str, last: bool| {
            let at = minutes(at)?;
            if last { rows.iter().rposition(|(m, _)| *m <= at) } else { rows.iter().position(|(m, _)| *m >= at) }
        };
        let windows = windows.iter().filter_map(|[from, to]| Some((row(from, false)?, row(to, true)?))).collect();
        let (minutes, values) = rows.into_iter().unzip();
        Some(File { name, minutes, values, windows })
    };
    labels.into_iter().filter_map(file).collect()
}

/// `2014-04-03 00:05:00`, in minutes from 1970-01-01.
fn minutes(text: &str) -> Option<i64> {
    let day: Day = text.get(..10)?.parse().ok()?;
    let (hour, minute): (i64, i64) = (text.get(11..13)?.parse().ok()?, text.get(14..16)?.parse().ok()?);
    Some(i64::from(day.epoch_days()) * 1440 + hour * 60 + minute)
}
