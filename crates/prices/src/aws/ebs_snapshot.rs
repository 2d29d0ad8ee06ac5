//! aws_ebs_snapshot: stored data of a volume; at most its size.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let of = r.referred("volume_id", "aws_ebs_volume").and_then(|v| v.number("size").optional().ok().flatten());
    let (name, sku) = ("Storage", "aws/ebs_snapshot/ebs-snapshot-storage");
    match r.number("volume_size").optional().ok().flatten().or(of) {
        // The first snapshot contains the written data of the volume, later ones the changes.
        Some(size) => bill.fixed(name, "GB", sku, Span { low: Quantity::ZERO, likely: size, high: size }),
        None => bill.usage(name, "GB", sku, "storage_gb", 8),
    }
    bill.known(
        "List requests",
        "1k requests",
        "aws/ebs_snapshot/listchangedblocks-listsnapshotblocks-api-requests",
        "monthly_list_block_requests",
    );
    bill.known(
        "Get requests",
        "1k SnapshotAPIUnits",
        "aws/ebs_snapshot/getsnapshotblock-api-requests",
        "monthly_get_block_requests",
    );
    bill.known(
        "Put requests",
        "1k SnapshotAPIUnits",
        "aws/ebs_snapshot/putsnapshotblock-api-requests",
        "monthly_put_block_requests",
    );
    bill.known("Fast restores", "DSU-hours", "aws/ebs_snapshot/fast-snapshot-restore", "fast_snapshot_restore_hours");
    Ok(())
}
