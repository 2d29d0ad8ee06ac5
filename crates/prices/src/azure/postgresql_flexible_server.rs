//! azurerm_postgresql_flexible_server and the one of MySQL: compute by its class, storage, operations, backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let mysql = r.kind.contains("mysql");
    let kind = if mysql { "mysql_flexible_server" } else { "postgresql_flexible_server" };
    let class = r.text("sku_name").required()?;
    // A standby in another zone costs what the server costs.
    let zones = if r.has("high_availability") { 2 } else { 1 };
    match series(&class) {
        Some((series, cores)) => {
            bill.hourly(
                &format!("Compute, {class}"),
                &format!("azure/{kind}/vcore-{series}"),
                cores.saturating_mul(zones),
            );
        }
        None => {
            let sku = format!("azure/{kind}/compute-{}", class.to_lowercase().replace('_', "-"));
            bill.hourly(&format!("Compute, {class}"), &sku, zones);
        }
    }
    let size = match r.number("storage_mb").optional().ok().flatten() {
        Some(mb) => mb.ratio(1, 1024).unwrap_or_default(),
        None => r.number("storage.size_gb").known_or(whole(if mysql { 20 } else { 32 })),
    };
    let all = size.ratio(zones, 1).ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.fixed("Storage", "GB", &format!("azure/{kind}/storage"), all);
    if let Some(iops) = r.number("storage.iops").optional().ok().flatten().filter(|_| mysql) {
        // 300 operations are included, and three for each GB (MySQL flexible server documentation, 2026-08).
        let free = size.ratio(3, 1).unwrap_or_default().saturating_add(whole(300));
        let beyond = iops.max(free).saturating_sub(free);
        if beyond > Quantity::ZERO {
            bill.fixed("Additional IOPS", "IOPS", &format!("azure/{kind}/additional-iops"), beyond);
        }
    }
    bill.known(
        "Backups beyond the storage",
        "GB",
        &format!("azure/{kind}/additional-backup-storage"),
        "additional_backup_storage_gb",
    );
    Ok(())
}

/// Splits a class into its series and its vCores: `GP_Standard_D4ds_v5` is `gp-d-ds-v5` with 4. A burstable class has no series.
fn series(class: &str) -> Option<(String, i64)> {
    let lower = class.to_lowercase();
    let (tier, size) = lower.split_once("_standard_")?;
    if tier == "b" {
        return None;
    }
    let letter = size.get(..1)?;
    let digits: String = size.get(1..)?.chars().take_while(char::is_ascii_digit).collect();
    let rest = size.get(1 + digits.len()..)?.replace('_', "-");
    Some((format!("{tier}-{letter}-{rest}"), digits.parse().ok().filter(|n| (1..=512).contains(n))?))
}

#[cfg(test)]
mod tests {
    use super::series;

    #[test]
    fn a_class_is_its_series_and_its_cores() {
        assert_eq!(series("GP_Standard_D4ds_v5"), Some(("gp-d-ds-v5".to_owned(), 4)));
        assert_eq!(series("MO_Standard_E16s_v3"), Some(("mo-e-s-v3".to_owned(), 16)));
        assert_eq!(series("B_Standard_B1ms"), None);
        assert_eq!(series("GP_Standard_"), None);
    }
}
