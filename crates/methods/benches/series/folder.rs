//! A folder of labelled series: `costs.csv`, `known_charges.csv`, and `labels.csv` or `test.csv`.

use std::collections::HashMap;
use std::path::Path;

use tollgate_model::Day;

use crate::labelled::{Event, Labelled};

pub(crate) fn read(path: &str) -> Labelled {
    let path = Path::new(path);
    let table = |name: &str| -> Vec<Vec<String>> {
        let text = std::fs::read_to_string(path.join(name)).unwrap_or_default();
        text.lines().skip(1).map(|l| l.split(',').map(str::to_owned).collect()).collect()
    };
    let day = |text: &str| text.parse::<Day>().unwrap();
    let mut out =
        Labelled { start: Day::EPOCH, values: Vec::new(), future: Vec::new(), events: Vec::new(), known: Vec::new() };
    let mut number: HashMap<String, usize> = HashMap::new();
    for row in table("costs.csv") {
        let next = number.len();
        let i = *number.entry(row[0].clone()).or_insert(next);
        if i == out.values.len() {
            out.values.push(Vec::new());
            out.future.push(Vec::new());
            out.known.push(Vec::new());
            if i == 0 {
                out.start = day(&row[1]);
            }
        }
        out.values[i].push(row[2].parse().unwrap());
    }
    let at = |start: Day, text: &str| usize::try_from(day(text) - start).unwrap_or(0);
    for row in table("known_charges.csv") {
        if let Some(i) = number.get(&row[0]) {
            let j = at(out.start, &row[1]);
            out.values[*i][j] -= row[2].parse::<f64>().unwrap();
            out.known[*i].push(j);
        }
    }
    for row in table("test.csv") {
        out.future[number[&row[0]]].push(row[2].parse().unwrap());
    }
    for row in table("labels.csv") {
        let (start, by, mask) = (at(out.start, &row[3]), at(out.start, &row[5]), at(out.start, &row[6]));
        out.events.push(Event {
            series: number[&row[1]],
            drift: row[2] == "drift",
            quarter: row[2] == "spike25" && row[8].parse::<f64>().is_ok_and(|noise| noise <= 0.02),
            start,
            by,
            mask,
        });
    }
    out
}
