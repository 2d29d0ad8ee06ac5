//! google_kms_crypto_key: versions by the month, operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("version_template.protection_level").known_or("SOFTWARE".to_owned()) == "SOFTWARE" {
        let versions = bill.known_usage("key_versions").map_or_else(|| whole(1), |(n, _)| n);
        bill.fixed("Key versions", "months", "google/kms/key-version-software", versions);
        bill.usage("Operations", "10k operations", "google/kms/operations-software", "monthly_key_operations", 10_000);
    } else {
        bill.unpriced("Key version in hardware", "keys in hardware have no price yet");
    }
    Ok(())
}
