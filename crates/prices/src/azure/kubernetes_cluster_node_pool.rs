//! azurerm_kubernetes_cluster_node_pool: machines and their disks, between the least and the most.

use crate::prelude::*;

use super::machines::{disk, instances};
use crate::resource::Block;

pub(super) fn estimate(r: &Resource<'_>, bill: &mut Bill<'_>) -> Told<()> {
    pool(r, bill);
    Ok(())
}

/// The size of a node's disk where nobody says, in GB (AKS documentation, 2026-08).
const DISK: i64 = 128;

/// Adds a pool.
pub(super) fn pool(pool: &Block, bill: &mut Bill<'_>) {
    let least = pool.number("min_count").told().ok().flatten();
    let count = pool.number("node_count").told().ok().flatten().or(least).unwrap_or_else(one);
    let most = pool.number("max_count").usually(count);
    let os = pool.text("os_type").usually("Linux".to_owned()).to_lowercase();
    let size = pool.text("vm_size").needed();
    let times = Span::between(least.unwrap_or(count), count, most);
    let filled = bill.each("", times, |bill| {
        instances(size, &os, Span::exactly(one()), bill);
        if pool.text("os_disk_type").usually("Managed".to_owned()) == "Managed" {
            disk("System: ", "Premium_LRS", Ok(pool.number("os_disk_size_gb").usually(whole(DISK))), bill);
        }
        Ok(())
    });
    if let Err(why) = filled {
        bill.untold("Pool", &why.0);
    }
}
