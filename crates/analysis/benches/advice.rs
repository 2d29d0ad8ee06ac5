//! Advice on large inventories: seconds of our own processor, and memory. `cargo bench -p tollgate-analysis --bench advice`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    dead_code,
    reason = "a benchmark that prints, and shares the inventory with the tests"
)]

#[path = "../tests/advice/inventory.rs"]
mod inventory;

use inventory::{Labelled, Prices, TODAY};
use tollgate_analysis::advice::{AdviceInput, find_recommendations, merge_recommendations};
use tollgate_model::Currency;
use tollgate_model::recommendation::Thresholds;

/// A figure of this process, in KiB, as reported by Linux.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap_or_default().to_owned();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

fn main() {
    println!("resources  metrics  advice  seconds  inventory MiB  peak MiB");
    for size in [1_000, 10_000, 50_000] {
        let each = size / Labelled::new(7, 1).resources.len() + 1;
        let of = Labelled::new(7, each);
        let metrics: usize = of.metrics.values().map(std::collections::BTreeMap::len).sum();
        let before = status("VmRSS");
        let start = std::time::Instant::now();
        let input = AdviceInput {
            resources: &of.resources,
            metrics: &of.metrics,
            spend: &of.spend,
            list_prices: &Prices,
            commitments: &of.commitments,
            on_demand_use: &of.on_demand_use,
            thresholds: &Thresholds::default(),
            currency: Currency::USD,
            today: TODAY.parse().unwrap(),
            track_record: &Labelled::track_record(),
        };
        let found = merge_recommendations(find_recommendations(&input), Vec::new());
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{:>9}  {metrics:>7}  {:>6}  {seconds:>7.2}  {:>13}  {:>8}",
            of.resources.len(),
            found.len(),
            before / 1024,
            status("VmHWM") / 1024
        );
    }
}
