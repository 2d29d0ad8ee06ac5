//! google_cloudfunctions_function: invocations, and cores and memory while they run.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("google/cloudfunctions_function/{words}");
    bill.usage("Invocations", "invocations", &of("invocations"), "monthly_function_invocations", 1_000_000);
    bill.usage("Cores", "GHz-seconds", &of("cpu"), "monthly_ghz_seconds", 20_000);
    bill.usage("Memory", "GB-seconds", &of("memory"), "monthly_gb_seconds", 12_500);
    Ok(())
}
