//! azurerm_managed_disk: the next larger size, and operations. An Ultra disk pays for what is provisioned.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("storage_account_type").known_or("Standard_LRS".to_owned());
    let size = r.number("disk_size_gb").required();
    if kind.starts_with("UltraSSD") {
        // The next larger size, from a terabyte on in steps of one.
        let sizes = [4, 8, 16, 32, 64, 128, 256, 512];
        let rounded = size.map(|size| {
            let step = sizes.into_iter().map(whole).find(|step| *step >= size);
            step.unwrap_or_else(|| {
                let terabytes = (size.units() + whole(1024).units() - 1) / whole(1024).units();
                whole(i64::try_from(terabytes).unwrap_or(1).saturating_mul(1024))
            })
        });
        bill.fixed("Storage, ultra", "GiB", "azure/managed_disk/storage-ultra-2048-gib", rounded);
        bill.fixed(
            "Provisioned IOPS",
            "IOPS",
            "azure/managed_disk/provisioned-iops",
            r.number("disk_iops_read_write").required(),
        );
        bill.fixed("Throughput", "MB/s", "azure/managed_disk/throughput", r.number("disk_mbps_read_write").required());
        return Ok(());
    }
    super::machines::disk("", &kind, size, bill);
    let sku = if kind.starts_with("StandardSSD") {
        "azure/managed_disk/disk-operations-ssd"
    } else {
        "azure/managed_disk/disk-operations"
    };
    if kind.starts_with("Standard") {
        bill.known("Disk operations", "10k operations", sku, "monthly_disk_operations");
    }
    Ok(())
}
