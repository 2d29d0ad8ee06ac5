//! google_secret_manager_secret_version: by the month, and accesses.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    bill.fixed("Secret version", "versions", "google/secret_manager_secret_version/active-secret-versions", 1);
    bill.usage(
        "Accesses",
        "10K requests",
        "google/secret_manager_secret_version/access-operations",
        "monthly_access_operations",
        10_000,
    );
    Ok(())
}
