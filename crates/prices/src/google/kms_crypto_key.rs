//! google_kms_crypto_key: versions by the month, operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("version_template.protection_level").known_or("SOFTWARE".to_owned()) == "SOFTWARE" {
        bill.fixed("Key version", "months", "google/kms/key-version-software", 1);
        bill.usage("Operations", "10k operations", "google/kms/operations-software", "monthly_key_operations", 10_000);
    } else {
        bill.unpriced("Key version in hardware", "keys in hardware have no price yet");
    }
    Ok(())
}
