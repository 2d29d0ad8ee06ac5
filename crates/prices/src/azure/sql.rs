//! Azure SQL: how compute is bought, and what every database pays.

use crate::prelude::*;

/// How compute is bought.
pub(super) enum Purchase {
    /// By the vCore, every hour.
    VCores { tier: String, family: String, cores: i64 },
    /// By the vCore, while it is used.
    Serverless { tier: String, family: String, cores: i64 },
    /// By a class of DTUs.
    Dtus(String),
}

/// Reads a class: `GP_Gen5_4`, `GP_S_Gen5_2`, `S3`.
pub(super) fn purchase(class: &str) -> Purchase {
    let parts: Vec<&str> = class.split('_').collect();
    let lower = |part: &str| part.to_lowercase();
    match parts.as_slice() {
        [tier, "S", family, cores] if cores.parse::<i64>().is_ok() => {
            Purchase::Serverless { tier: lower(tier), family: lower(family), cores: cores.parse().unwrap_or(0) }
        }
        [tier, family, cores] if cores.parse::<i64>().is_ok() => {
            Purchase::VCores { tier: lower(tier), family: lower(family), cores: cores.parse().unwrap_or(0) }
        }
        _ => Purchase::Dtus(class.to_owned()),
    }
}

/// Adds compute by the vCore, its zone redundancy, and the license unless one is brought along.
pub(super) fn vcores(r: &EstimateInput<'_>, tier: &str, family: &str, cores: i64, bill: &mut Bill<'_>) {
    bill.hourly(
        &format!("Compute, {tier}, {family}, {cores} vCores"),
        &format!("azure/mssql/vcore-{tier}-{family}"),
        cores,
    );
    // Business Critical and Hyperscale include it.
    if tier == "gp" && r.flag("zone_redundant").known_or(false) {
        bill.hourly("Zone redundancy", &format!("azure/mssql/zone-redundancy-{tier}-{family}"), cores);
    }
    license(r, tier, cores, bill);
}

/// Adds the SQL license. `BasePrice` is the hybrid benefit.
pub(super) fn license(r: &EstimateInput<'_>, tier: &str, cores: i64, bill: &mut Bill<'_>) {
    if r.text("license_type").known_or("LicenseIncluded".to_owned()) != "BasePrice" {
        let hours = whole(cores.saturating_mul(HOURS));
        bill.fixed("SQL license", "vCore-hours", &format!("azure/mssql/license-{tier}"), hours);
    }
}

/// Adds backups that a usage file has, by their redundancy.
pub(super) fn backups(r: &EstimateInput<'_>, bill: &mut Bill<'_>) {
    let kind = r.text("storage_account_type").known_or("Geo".to_owned()).to_lowercase();
    let copies = match kind.as_str() {
        "local" | "lrs" => "lrs",
        "zone" | "zrs" => "zrs",
        _ => "ra-grs",
    };
    let of = |words: &str| format!("azure/mssql_database/{words}-{copies}");
    bill.known("Backups", "GB", &of("pitr-backup-storage"), "backup_storage_gb");
    bill.known("Long-term retention", "GB", &of("long-term-retention"), "long_term_retention_storage_gb");
}
