//! azurerm_storage_account: storage by redundancy.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let tier = r.text("access_tier").known_or("Hot".to_owned()).to_lowercase();
    let copies = r.text("account_replication_type").required()?.to_lowercase();
    let kind = r.text("account_tier").known_or("Standard".to_owned()).to_lowercase();
    let sku = format!("azure/storage/{kind}-{tier}-{copies}");
    bill.usage(&format!("Storage, {kind} {tier} {}", copies.to_uppercase()), "GB", &sku, "storage_gb", 100);
    Ok(())
}
