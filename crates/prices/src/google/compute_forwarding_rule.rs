//! google_compute_forwarding_rule and the global one: by the hour, and ingested data.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.kind.trim_start_matches("google_");
    bill.hourly("Forwarding rule", &format!("google/{kind}/forwarding-rules"), 1);
    bill.usage("Data in", "GB", &format!("google/{kind}/ingress-data"), "monthly_ingress_data_gb", 100);
    Ok(())
}
