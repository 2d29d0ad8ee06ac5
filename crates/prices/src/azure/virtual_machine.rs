//! azurerm_virtual_machine and azurerm_virtual_machine_scale_set: instances by the hour and their disks.

use crate::prelude::*;

use super::machines::{disk, instances_of, usual_disk};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let set = r.kind.ends_with("_scale_set");
    let (system, data) = if set {
        ("storage_profile_os_disk", "storage_profile_data_disk")
    } else {
        ("storage_os_disk", "storage_data_disk")
    };
    let named = r.text(&format!("{system}.os_type")).known_or(String::new()).eq_ignore_ascii_case("windows");
    let image = ["storage_image_reference", "storage_profile_image_reference"]
        .into_iter()
        .any(|path| r.text(&format!("{path}.offer")).known_or(String::new()).to_lowercase().contains("windows"));
    let os = if r.has("os_profile_windows_config") || named || image { "windows" } else { "linux" };
    let size = if set { r.text("sku.name") } else { r.text("vm_size") }.required();
    let count = if set { r.number("sku.capacity").known_or(whole(1)) } else { whole(1) };
    let count = bill.known_usage("instances").map_or(count, |(n, _)| n);
    let spot = r.text("priority").known_or("Regular".to_owned()) != "Regular";
    let license = r.text("license_type").known_or(String::new());
    bill.repeat("", Span::exactly(count), |bill| {
        if spot {
            bill.unpriced("Instance, spot", "spot prices vary");
        } else {
            instances_of(size, os, &license, bill);
        }
        if r.known_items(system).is_empty() {
            disk("System: ", "Standard_LRS", Ok(usual_disk(os)), bill);
        }
        for (name, path) in [("System: ", system), ("Data: ", data)] {
            for block in r.known_items(path) {
                let kind = block.text("managed_disk_type").known_or("Standard_LRS".to_owned());
                disk(name, &kind, Ok(block.number("disk_size_gb").known_or(usual_disk(os))), bill);
            }
        }
        Ok(())
    })
}
