//! azurerm_virtual_machine: the instance by the hour and its disks.

use crate::prelude::*;

use super::machines::{disk, instances, usual_disk};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let os = if r.has("os_profile_windows_config") { "windows" } else { "linux" };
    instances(r.text("vm_size").required(), os, Span::exactly(whole(1)), bill);
    for (name, path) in [("System: ", "storage_os_disk"), ("Data: ", "storage_data_disk")] {
        for block in r.known_items(path) {
            let kind = block.text("managed_disk_type").known_or("Standard_LRS".to_owned());
            disk(name, &kind, Ok(block.number("disk_size_gb").known_or(usual_disk(os))), bill);
        }
    }
    Ok(())
}
