//! azurerm_linux_virtual_machine and azurerm_windows_virtual_machine: the instance by the hour and its disk.

use crate::prelude::*;

use super::machines::{disk, instances_of, usual_disk};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let os = if r.kind.contains("windows") { "windows" } else { "linux" };
    if r.text("priority").known_or("Regular".to_owned()) == "Spot" {
        bill.unpriced("Instance, spot", "spot prices vary");
    } else {
        let license = r.text("license_type").known_or(String::new());
        instances_of(r.text("size").required(), os, &license, bill);
    }
    let kind = r.text("os_disk.storage_account_type").known_or("Standard_LRS".to_owned());
    disk("System: ", &kind, Ok(r.number("os_disk.disk_size_gb").known_or(usual_disk(os))), bill);
    Ok(())
}
