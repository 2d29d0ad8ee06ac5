//! azurerm_mssql_database and azurerm_sql_database: compute and license by the vCore or the DTU, storage, backups.

use crate::prelude::*;

use super::sql::{Purchase, backups, purchase, vcores};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let elastic = r.has("elastic_pool_id") || r.has("elastic_pool_name");
    let class = class_of(r)?;
    if elastic || class.eq_ignore_ascii_case("ElasticPool") {
        // The pool is paid for.
        backups(r, bill);
        return Ok(());
    }
    match purchase(&class) {
        Purchase::Serverless { tier, family, cores } => {
            let sku = format!("azure/mssql/vcore-serverless-{tier}-{family}");
            bill.usage(&format!("Compute, serverless, {class}"), "vCore-hours", &sku, "monthly_vcore_hours", HOURS);
            if r.flag("zone_redundant").known_or(false) {
                let sku = format!("azure/mssql/zone-redundancy-serverless-{tier}-{family}");
                bill.usage("Zone redundancy, serverless", "vCore-hours", &sku, "monthly_vcore_hours", HOURS);
            }
            let _ = cores;
            storage(r, &tier, bill);
        }
        Purchase::VCores { tier, family, cores } => {
            vcores(r, &tier, &family, cores, bill);
            replicas(r, &tier, &family, cores, bill);
            storage(r, &tier, bill);
        }
        Purchase::Dtus(class) => {
            bill.hourly(
                &format!("Compute, {class}"),
                &format!("azure/mssql_database/compute-{}", class.to_lowercase()),
                1,
            );
            let tier = if class.starts_with('P') { "premium" } else { "standard" };
            bill.known(
                "Storage beyond what is included",
                "GB",
                &format!("azure/mssql/extra-storage-{tier}"),
                "extra_data_storage_gb",
            );
        }
    }
    backups(r, bill);
    Ok(())
}

/// Returns the class, also of the older type, which names it otherwise.
fn class_of(r: &EstimateInput<'_>) -> Estimated<String> {
    let old = r.kind == "azurerm_sql_database";
    let field = if old { "requested_service_objective_name" } else { "sku_name" };
    match r.text(field).optional()? {
        Some(class) => Ok(class),
        None if old => {
            let edition = r.text("edition").known_or(String::new()).to_lowercase();
            Ok(if edition == "basic" {
                "Basic"
            } else if edition == "premium" {
                "P1"
            } else {
                "S0"
            }
            .to_owned())
        }
        None => Ok("GP_S_Gen5_2".to_owned()),
    }
}

/// Adds the storage of a tier. Zone redundancy doubles the price of General Purpose.
fn storage(r: &EstimateInput<'_>, tier: &str, bill: &mut Bill<'_>) {
    let size = r.number("max_size_gb").optional().ok().flatten();
    let bytes = || r.number("max_size_bytes").optional().ok().flatten().and_then(|b| b.ratio(1, 1_073_741_824));
    let size = size.or_else(bytes).unwrap_or_else(|| whole(5));
    let zone = if tier == "gp" && r.flag("zone_redundant").known_or(false) { "-zone" } else { "" };
    bill.fixed("Storage", "GB", &format!("azure/mssql/storage-{tier}{zone}"), size);
}

/// Adds the read replicas of Hyperscale.
fn replicas(r: &EstimateInput<'_>, tier: &str, family: &str, cores: i64, bill: &mut Bill<'_>) {
    let count = r.number("read_replica_count").known_or(Quantity::ZERO);
    if tier == "hs" && count > Quantity::ZERO {
        let cores = count.ratio(cores, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
        bill.hourly("Read replicas", &format!("azure/mssql/vcore-{tier}-{family}"), cores);
    }
}
