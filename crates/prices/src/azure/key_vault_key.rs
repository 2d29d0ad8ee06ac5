//! azurerm_key_vault_key: operations by kind and size; keys in hardware also pay by the month.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = |words: &str| format!("azure/key_vault_key/{words}");
    let kind = r.text("key_type").known_or("RSA".to_owned());
    let size = r.number("key_size").known_or(whole(2048));
    // Advanced keys are those beyond RSA of 2,048 bits.
    let advanced = !kind.starts_with("RSA") || size > whole(2048);
    bill.usage(
        "Secrets operations",
        "10K transactions",
        &of("secrets-operations"),
        "monthly_secrets_operations",
        10_000,
    );
    bill.known("Key rotations", "renewals", &of("storage-key-rotations"), "monthly_key_rotation_renewals");
    let figure = "monthly_protected_keys_operations";
    if kind.contains("HSM") {
        if advanced {
            bill.usage("Hardware keys", "months", &of("hsm-protected-keys"), "hsm_protected_keys", 1);
        } else {
            bill.fixed("Hardware key", "months", &of("hsm-protected-key-2048"), 1);
        }
        let sku = if advanced { "hsm-operations-advanced" } else { "secrets-operations" };
        bill.usage("Operations, hardware key", "10K transactions", &of(sku), figure, 10_000);
    } else {
        let sku = if advanced { "software-operations-advanced" } else { "secrets-operations" };
        bill.usage("Operations", "10K transactions", &of(sku), figure, 10_000);
    }
    Ok(())
}
