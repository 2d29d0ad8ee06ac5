//! google_cloudfunctions_function: invocations, and cores and memory while they run.

use crate::prelude::*;

/// Memory in MB, with the clock that comes with it in MHz (Cloud Functions pricing, 2026-08).
const CLOCKS: [(i64, i64); 7] =
    [(128, 200), (256, 400), (512, 800), (1024, 1400), (2048, 2400), (4096, 4800), (8192, 4800)];

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("google/cloudfunctions_function/{words}");
    let memory = r.number("available_memory_mb").known_or(whole(256));
    let clock = CLOCKS.iter().find(|(mb, _)| memory <= whole(*mb)).map_or(4800, |(_, mhz)| *mhz);
    let (calls, origin) = bill.usage_figure("monthly_function_invocations", 1_000_000);
    bill.usage_quantity("Invocations", "invocations", &of("invocations"), Ok(calls), origin);
    // Time is rounded up to 100 ms.
    let each = bill.known_usage("request_duration_ms").map_or_else(|| whole(100), |(n, _)| n);
    let steps = (each.units() + whole(100).units() - 1) / whole(100).units();
    let each = whole(i64::try_from(steps).unwrap_or(1).saturating_mul(100));
    let seconds = |thousandths: Quantity, per: i64| {
        calls
            .try_map(|n| product(product(n, each)?.ratio(1, 1000)?, thousandths)?.ratio(1, per))
            .ok_or_else(|| Unpriced("is out of range".to_owned()))
    };
    bill.usage_quantity("Cores", "GHz-seconds", &of("cpu"), seconds(whole(clock), 1000), origin);
    bill.usage_quantity("Memory", "GB-seconds", &of("memory"), seconds(memory, 1024), origin);
    bill.known("Data out", "GB", &of("outbound-data-transfer"), "monthly_outbound_data_gb");
    Ok(())
}
