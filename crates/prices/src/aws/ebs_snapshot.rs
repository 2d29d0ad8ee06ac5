//! aws_ebs_snapshot: what is kept of a volume; at most its size.

use crate::prelude::*;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    let of = r.referred("volume_id", "aws_ebs_volume").and_then(|v| v.number("size").told().ok().flatten());
    let (name, sku) = ("Storage", "aws/ebs_snapshot/ebs-snapshot-storage");
    match r.number("volume_size").told().ok().flatten().or(of) {
        // The first snapshot holds what is written of the volume, the following what changed.
        Some(size) => bill.fixed(name, "GB", sku, Span { low: Quantity::ZERO, likely: size, high: size }),
        None => bill.used(name, "GB", sku, "storage_gb", 8),
    }
    Ok(())
}
