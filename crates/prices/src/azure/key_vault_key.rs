//! azurerm_key_vault_key: operations.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    if r.text("key_type").known_or("RSA".to_owned()).contains("HSM") {
        bill.unpriced("Key in hardware", "tiers of hardware keys have no price yet");
    } else {
        bill.usage(
            "Operations",
            "10K transactions",
            "azure/key_vault_key/secrets-operations",
            "monthly_protected_keys_operations",
            10_000,
        );
    }
    Ok(())
}
