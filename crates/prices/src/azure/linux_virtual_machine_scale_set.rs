//! azurerm_linux_virtual_machine_scale_set and the one of Windows: the desired number of instances, and their disks.

use crate::prelude::*;

use super::machines::{disk, instances, usual_disk};

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let os = if r.kind.contains("windows") { "windows" } else { "linux" };
    let count = r.number("instances").known_or(whole(1));
    bill.repeat("", Span::exactly(count), |bill| {
        instances(r.text("sku").required(), os, Span::exactly(whole(1)), bill);
        let kind = r.text("os_disk.storage_account_type").known_or("Standard_LRS".to_owned());
        disk("System: ", &kind, Ok(r.number("os_disk.disk_size_gb").known_or(usual_disk(os))), bill);
        Ok(())
    })
}
