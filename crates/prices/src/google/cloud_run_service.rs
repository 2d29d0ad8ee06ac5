//! google_cloud_run_service and google_cloud_run_v2_service: requests, and cores and memory while they run.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.usage("Requests", "requests", "google/cloud_run_service/number-of-requests", "monthly_requests", 1_000_000);
    bill.usage("Cores", "vCPU-seconds", "google/cloud_run/cpu", "monthly_cpu_seconds", 100_000);
    bill.usage("Memory", "GiB-seconds", "google/cloud_run/memory", "monthly_memory_gib_seconds", 50_000);
    Ok(())
}
