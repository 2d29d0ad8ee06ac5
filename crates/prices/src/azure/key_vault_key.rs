//! azurerm_key_vault_key: operations.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    if r.text("key_type").usually("RSA".to_owned()).contains("HSM") {
        bill.untold("Key in hardware", "keys in hardware have steps that have no price here yet");
    } else {
        bill.used(
            "Operations",
            "10K transactions",
            "azure/key_vault_key/secrets-operations",
            "monthly_protected_keys_operations",
            10_000,
        );
    }
    Ok(())
}
