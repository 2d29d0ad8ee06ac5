//! azurerm_linux_virtual_machine and azurerm_windows_virtual_machine: the machine by the hour and its disk.

use crate::prelude::*;

use super::machines::{disk, instances, usual_disk};

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let os = if r.kind.contains("windows") { "windows" } else { "linux" };
    if r.text("priority").usually("Regular".to_owned()) == "Spot" {
        bill.untold("Instance, spot", "the price of spot capacity moves");
    } else {
        instances(r.text("size").needed(), os, Span::exactly(one()), bill);
    }
    let kind = r.text("os_disk.storage_account_type").usually("Standard_LRS".to_owned());
    disk("System: ", &kind, Ok(r.number("os_disk.disk_size_gb").usually(usual_disk(os))), bill);
    Ok(())
}
