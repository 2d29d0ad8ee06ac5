//! azurerm_kubernetes_cluster_node_pool: instances and their disks, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{disk, instances};
use crate::resource::Attributes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    pool(r.attributes(), bill);
    Ok(())
}

/// The default size of a node's disk, in GB (AKS documentation, 2026-08).
const DISK: i64 = 128;

/// Adds a pool.
pub(super) fn pool(pool: &Attributes, bill: &mut Bill<'_>) {
    let least = pool.number("min_count").optional().ok().flatten();
    let count = pool.number("node_count").optional().ok().flatten().or(least).unwrap_or_else(|| whole(1));
    let most = pool.number("max_count").known_or(count);
    let os = pool.text("os_type").known_or("Linux".to_owned()).to_lowercase();
    let size = pool.text("vm_size").required();
    let times = Span::between(least.unwrap_or(count), count, most);
    let filled = bill.repeat("", times, |bill| {
        instances(size, &os, Span::exactly(whole(1)), bill);
        if pool.text("os_disk_type").known_or("Managed".to_owned()) == "Managed" {
            disk("System: ", "Premium_LRS", Ok(pool.number("os_disk_size_gb").known_or(whole(DISK))), bill);
        }
        Ok(())
    });
    if let Err(why) = filled {
        bill.unpriced("Pool", &why.0);
    }
}
