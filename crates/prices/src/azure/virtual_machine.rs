//! azurerm_virtual_machine: the machine by the hour and its disks.

use crate::prelude::*;

use super::machines::{disk, instances, usual_disk};

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let os = if r.has("os_profile_windows_config") { "windows" } else { "linux" };
    instances(r.text("vm_size").needed(), os, Span::exactly(one()), bill);
    for (name, path) in [("System: ", "storage_os_disk"), ("Data: ", "storage_data_disk")] {
        for block in r.written(path) {
            let kind = block.text("managed_disk_type").usually("Standard_LRS".to_owned());
            disk(name, &kind, Ok(block.number("disk_size_gb").usually(usual_disk(os))), bill);
        }
    }
    Ok(())
}
