//! `tollgate series` on the open labelled series, where this machine has them: quality is a test, not a hope.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use tollgate_model::Day;

use crate::support::binary;

fn labelled(name: &str) -> PathBuf {
    let folder = std::env::var_os("TOLLGATE_TIMESERIES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/timeseries"), PathBuf::from)
        .join(name);
    assert!(folder.is_dir(), "{} is not there; TOLLGATE_TIMESERIES names the folder of the series", folder.display());
    folder
}

/// The rows of a table by the names of its columns.
fn table<const N: usize>(path: &Path, columns: [&str; N]) -> Vec<[String; N]> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let at = columns.map(|c| names.iter().position(|n| *n == c).unwrap());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            at.map(|i| cells[i].to_owned())
        })
        .collect()
}

fn series(args: &[&str], data: &Path, out: &Path) {
    let done = Command::new(binary())
        .arg("series")
        .args(args)
        .arg(data.join("costs.csv"))
        .arg("--known")
        .arg(data.join("known_charges.csv"))
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
#[ignore = "needs the labelled series: TOLLGATE_TIMESERIES names their folder"]
fn labelled_events_are_found_and_little_else() {
    let data = labelled("open-detect");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("alerts.csv");
    series(&["detect"], &data, &out);
    let day = |text: &str| text.parse::<Day>().unwrap();
    let alerts: HashSet<(String, Day)> =
        table(&out, ["series_id", "date"]).into_iter().map(|[id, date]| (id, day(&date))).collect();
    let known: HashSet<(String, Day)> =
        table(&data.join("known_charges.csv"), ["series_id", "date"]).into_iter().map(|[s, d]| (s, day(&d))).collect();
    let days: Vec<Day> = {
        let all = table(&data.join("costs.csv"), ["series_id", "date"]);
        let one = all[0][0].clone();
        all.into_iter().take_while(|[id, _]| *id == one).map(|[_, date]| day(&date)).collect()
    };
    let scored = days[157]..days[days.len() - 3];
    let mut normal = alerts.clone();
    let (mut found, mut events) = (0, 0);
    for [id, start, by, mask] in table(&data.join("labels.csv"), ["series_id", "start", "detect_by", "mask_until"]) {
        let of = |from: &str, to: &str| (0..=day(to) - day(from)).map(|i| (id.clone(), day(from).plus(i))).collect();
        let (span, masked): (Vec<_>, Vec<_>) = (of(&start, &by), of(&start, &mask));
        events += 1;
        found += i32::from(span.iter().any(|at| alerts.contains(at)));
        masked.iter().for_each(|at| {
            normal.remove(at);
        });
    }
    normal.retain(|(id, d)| scored.contains(d) && !(-1..=1).any(|near| known.contains(&(id.clone(), d.plus(near)))));
    assert!(f64::from(found) >= 0.85 * f64::from(events), "{found} of {events} events");
    // Of 400 series over 240 days: three in ten thousand.
    assert!(normal.len() <= 29, "{} false days: {normal:?}", normal.len());
}

#[test]
#[ignore = "needs the labelled series: TOLLGATE_TIMESERIES names their folder"]
fn forecasts_of_labelled_series_are_near_what_came() {
    let data = labelled("open-forecast");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("forecast.csv");
    series(&["forecast", "--horizon", "90"], &data, &out);
    let number = |text: &str| text.parse::<f64>().unwrap();
    let made: HashMap<(String, String), [f64; 3]> = table(&out, ["series_id", "date", "mean", "lo90", "hi90"])
        .into_iter()
        .map(|[id, date, mean, low, high]| ((id, date), [&mean, &low, &high].map(|t| number(t))))
        .collect();
    let (mut errors, mut covered, mut points) = (HashMap::<String, (f64, f64)>::new(), 0, 0);
    for [id, date, cost] in table(&data.join("test.csv"), ["series_id", "date", "cost"]) {
        let ([mean, low, high], cost) = (made[&(id.clone(), date)], number(&cost));
        let error = errors.entry(id).or_default();
        *error = (error.0 + (mean - cost).abs(), error.1 + cost);
        covered += i32::from(low <= cost + 1e-4 && cost <= high + 1e-4);
        points += 1;
    }
    let cover = f64::from(covered) / f64::from(points);
    assert!((0.88..=0.93).contains(&cover), "the 90 % interval covers {cover}");
    let near = errors.values().filter(|(error, total)| *error < 0.2 * total).count();
    // Sparse series, an eighth of all, cannot be forecast by day.
    assert!(near * 100 >= errors.len() * 85, "{near} of {} series are under 20 %", errors.len());
}
