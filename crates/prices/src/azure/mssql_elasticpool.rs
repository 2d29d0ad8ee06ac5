//! azurerm_mssql_elasticpool and azurerm_sql_elasticpool: compute by vCores or DTUs, storage, license.

use crate::prelude::*;

use super::sql::license;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let old = r.kind == "azurerm_sql_elasticpool";
    let (name, capacity) = if old {
        (format!("{}Pool", r.text("edition").required()?), r.number("dtu").required()?)
    } else {
        (r.text("sku.name").required()?, r.number("sku.capacity").required()?)
    };
    let size = r.number("max_size_gb").optional().ok().flatten();
    let size = size.or_else(|| r.number("pool_size").optional().ok().flatten()?.ratio(1, 1024));
    match name.split_once('_') {
        Some((tier, family)) => {
            let (tier, family) = (tier.to_lowercase(), family.to_lowercase());
            let cores = i64::try_from(capacity.units() / 10i128.pow(Quantity::PLACES)).unwrap_or(0);
            bill.hourly(
                &format!("Compute, {tier}, {family}, {cores} vCores"),
                &format!("azure/mssql_elasticpool/vcore-{tier}-{family}"),
                cores,
            );
            let zone = tier == "gp" && r.flag("zone_redundant").known_or(false);
            if zone {
                bill.hourly(
                    "Zone redundancy",
                    &format!("azure/mssql_elasticpool/zone-redundancy-{tier}-{family}"),
                    cores,
                );
            }
            license(r, &tier, cores, bill);
            let suffix = if zone { "-zone" } else { "" };
            let sku = format!("azure/mssql_elasticpool/storage-{tier}{suffix}");
            match size {
                Some(size) => bill.fixed("Storage", "GB", &sku, size),
                None => bill.unpriced("Storage", "`max_size_gb` is not set"),
            }
        }
        None => {
            let tier = name.trim_end_matches("Pool").to_lowercase();
            let sku = format!("azure/mssql_elasticpool/compute-{tier}-{capacity}-dtus");
            bill.hourly(&format!("Compute, {tier}, {capacity} DTUs"), &sku, 1);
            if let Some((gigabytes, origin)) = bill.known_usage("extra_data_storage_gb") {
                let sku = format!("azure/mssql_elasticpool/extra-storage-{tier}");
                bill.usage_quantity(
                    "Storage beyond what is included",
                    "GB",
                    &sku,
                    Ok(Span::exactly(gigabytes)),
                    origin,
                );
            } else if let Some(beyond) =
                included(&tier, capacity).and_then(|free| Some(size?.max(free).saturating_sub(free)))
                && beyond > Quantity::ZERO
            {
                bill.fixed(
                    "Storage beyond what is included",
                    "GB",
                    &format!("azure/mssql_elasticpool/extra-storage-{tier}"),
                    beyond,
                );
            }
        }
    }
    Ok(())
}

/// Returns the storage that a pool of DTUs includes, in GB (Azure SQL documentation, DTU limits of elastic pools, 2026-08).
fn included(tier: &str, dtus: Quantity) -> Option<Quantity> {
    let table: &[(i64, i64)] = match tier {
        "standard" => &[
            (50, 50),
            (100, 100),
            (200, 200),
            (300, 300),
            (400, 400),
            (800, 800),
            (1200, 1200),
            (1600, 1600),
            (2000, 2000),
            (2500, 2500),
            (3000, 3000),
        ],
        "premium" => &[
            (125, 250),
            (250, 500),
            (500, 750),
            (1000, 1024),
            (1500, 1536),
            (2000, 2048),
            (2500, 2560),
            (3000, 3072),
            (3500, 3584),
            (4000, 4096),
        ],
        _ => return None,
    };
    table.iter().find(|(n, _)| whole(*n) == dtus).map(|(_, gb)| whole(*gb))
}
