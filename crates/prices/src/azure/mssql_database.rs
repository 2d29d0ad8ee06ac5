//! azurerm_mssql_database: compute by its class, storage.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("sku_name").known_or("GP_S_Gen5_2".to_owned());
    if class.contains("_S_") {
        let sku = format!("azure/mssql_database/compute-serverless-{}", class.to_lowercase().replace('_', "-"));
        bill.usage(&format!("Compute, serverless, {class}"), "vCore-hours", &sku, "monthly_vcore_hours", HOURS);
    } else {
        let plain = format!("azure/mssql_database/compute-{}", class.to_lowercase().replace('_', "-"));
        let provisioned =
            format!("azure/mssql_database/compute-provisioned-{}", class.to_lowercase().replace('_', "-"));
        bill.hourly_first(&format!("Compute, {class}"), &[plain, provisioned], &class, 1);
    }
    if class.contains("Gen5") {
        let size = r.number("max_size_gb").known_or(whole(5));
        bill.fixed("Storage", "GB", "azure/mssql/storage-general-purpose", size);
    }
    Ok(())
}
