//! azurerm_mssql_managed_instance and azurerm_sql_managed_instance: compute by the vCore, license, storage beyond 32 GB, backups.

use crate::prelude::*;

use super::sql::license;

/// The storage that an instance includes, in GB (Azure SQL Managed Instance pricing, 2026-08).
const INCLUDED: i64 = 32;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("sku_name").required()?;
    let cores = r.number("vcores").required()?;
    let (tier, family) = class.split_once('_').ok_or_else(|| Unpriced(format!("{class} is not a known class")))?;
    let (tier, family) = (tier.to_lowercase(), family.to_lowercase());
    let of = |words: &str| format!("azure/mssql_managed_instance/{words}");
    bill.hourly(&format!("Compute, {class}, {cores} vCores"), &of(&format!("vcore-{tier}-{family}")), cores);
    let size = r.number("storage_size_in_gb").known_or(whole(INCLUDED));
    let beyond = size.max(whole(INCLUDED)).saturating_sub(whole(INCLUDED));
    if beyond > Quantity::ZERO {
        bill.fixed("Storage beyond 32 GB", "GB", &of("additional-storage"), beyond);
    }
    let cores = i64::try_from(cores.units() / 10i128.pow(Quantity::PLACES)).unwrap_or(0);
    license(r, &tier, cores, bill);
    let copies = match r.text("storage_account_type").known_or("LRS".to_owned()).to_uppercase().as_str() {
        "ZRS" => "zrs",
        "GRS" => "ra-grs",
        _ => "lrs",
    };
    bill.known("Backups", "GB", &of(&format!("pitr-backup-storage-{copies}")), "backup_storage_gb");
    bill.known(
        "Long-term backups",
        "GB",
        &of(&format!("ltr-backup-storage-{copies}")),
        "long_term_retention_storage_gb",
    );
    Ok(())
}
