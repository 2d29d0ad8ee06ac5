//! azurerm_recovery_services_vault and azurerm_backup_protected_vm: protected instances by their size, and stored data.

use crate::prelude::*;

/// Adds what a protected machine pays. The vault itself costs nothing without one.
pub(super) fn protected_vm(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let vault = r.referred("recovery_vault_name", "azurerm_recovery_services_vault");
    let copies = vault
        .as_ref()
        .map_or_else(|| "GeoRedundant".to_owned(), |v| v.text("storage_mode_type").known_or("GeoRedundant".to_owned()));
    let cross = vault.is_some_and(|v| v.flag("cross_region_restore_enabled").known_or(false));
    let of = |words: &str| format!("azure/recovery_services_vault/{words}");
    let size = match bill.known_usage("disk_size_gb") {
        Some((size, _)) => Some(size),
        None => size_of_machine(r),
    };
    let Some(size) = size else {
        bill.unpriced("Protected instance", "the size of the machine's disks is not known");
        return Ok(());
    };
    let (words, count) = if size <= whole(50) {
        ("instance-backup-under-50-gb", whole(1))
    } else if size <= whole(500) {
        ("instance-backup-under-500-gb", whole(1))
    } else {
        // One step for each 500 GB.
        let steps = (size.units() + whole(500).units() - 1) / whole(500).units();
        ("instance-backup-under-500-gb", whole(i64::try_from(steps).unwrap_or(1)))
    };
    bill.fixed("Protected instance", "month", &of(words), count);
    let stored = match (copies.as_str(), cross) {
        ("LocallyRedundant", _) => "lrs",
        ("ZoneRedundant", _) => "zrs",
        (_, true) => "ra-grs",
        _ => "grs",
    };
    let average = bill.known_usage("average_disk_size_gb").map_or(size, |(n, _)| n);
    bill.usage_quantity(
        &format!("Stored data, {}", stored.to_uppercase()),
        "GB",
        &of(&format!("{stored}-data-stored")),
        Ok(Span { low: Quantity::ZERO, likely: average, high: average.saturating_add(average) }),
        crate::usage::QuantityOrigin::Default,
    );
    Ok(())
}

/// Returns the size of the disks of the machine in GB.
fn size_of_machine(r: &EstimateInput<'_>) -> Option<Quantity> {
    let kinds = ["azurerm_virtual_machine", "azurerm_linux_virtual_machine", "azurerm_windows_virtual_machine"];
    let machine = kinds.into_iter().find_map(|kind| r.referred("source_vm_id", kind))?;
    let mut sum = Quantity::ZERO;
    for path in ["os_disk", "storage_os_disk", "storage_data_disk"] {
        for block in machine.known_items(path) {
            sum = sum.saturating_add(block.number("disk_size_gb").known_or(whole(30)));
        }
    }
    (sum > Quantity::ZERO).then_some(sum)
}

/// Adds nothing: a vault is paid by what it protects, which are other resources, or by a usage file.
pub(super) fn vault(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    let of = |words: &str| format!("azure/recovery_services_vault/{words}");
    bill.usage("Protected instances", "month", &of("instance-backup-under-500-gb"), "protected_instances", 0);
    bill.known("Stored data", "GB", &of("grs-data-stored"), "stored_data_gb");
    Ok(())
}
