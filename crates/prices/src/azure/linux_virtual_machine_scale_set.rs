//! azurerm_linux_virtual_machine_scale_set and the one of Windows: the desired number of instances, and their disks.

use crate::prelude::*;

use super::machines::{disk, instances_of, usual_disk};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let os = if r.kind.contains("windows") { "windows" } else { "linux" };
    let count = bill.known_usage("instances").map_or_else(|| r.number("instances").known_or(whole(1)), |(n, _)| n);
    let license = r.text("license_type").known_or(String::new());
    let spot = r.text("priority").known_or("Regular".to_owned()) == "Spot";
    bill.repeat("", Span::exactly(count), |bill| {
        if spot {
            bill.unpriced("Instance, spot", "spot prices vary");
        } else {
            instances_of(r.text("sku").required(), os, &license, bill);
        }
        let kind = r.text("os_disk.storage_account_type").known_or("Standard_LRS".to_owned());
        disk("System: ", &kind, Ok(r.number("os_disk.disk_size_gb").known_or(usual_disk(os))), bill);
        for block in r.known_items("data_disk") {
            let kind = block.text("storage_account_type").known_or("Standard_LRS".to_owned());
            disk("Data: ", &kind, block.number("disk_size_gb").required(), bill);
        }
        Ok(())
    })
}
