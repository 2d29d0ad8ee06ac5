//! azurerm_linux_virtual_machine_scale_set and the one of Windows: as many machines as are wanted, and their disks.

use crate::prelude::*;

use super::machines::{disk, instances, usual_disk};

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let os = if r.kind.contains("windows") { "windows" } else { "linux" };
    let count = r.number("instances").usually(whole(1));
    bill.each("", Span::exactly(count), |bill| {
        instances(r.text("sku").needed(), os, Span::exactly(one()), bill);
        let kind = r.text("os_disk.storage_account_type").usually("Standard_LRS".to_owned());
        disk("System: ", &kind, Ok(r.number("os_disk.disk_size_gb").usually(usual_disk(os))), bill);
        Ok(())
    })
}
