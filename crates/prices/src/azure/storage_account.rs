//! azurerm_storage_account: what is kept, by redundancy.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let tier = r.text("access_tier").usually("Hot".to_owned()).to_lowercase();
    let copies = r.text("account_replication_type").needed()?.to_lowercase();
    let kind = r.text("account_tier").usually("Standard".to_owned()).to_lowercase();
    let sku = format!("azure/storage/{kind}-{tier}-{copies}");
    bill.used(&format!("Storage, {kind} {tier} {}", copies.to_uppercase()), "GB", &sku, "storage_gb", 100);
    Ok(())
}
