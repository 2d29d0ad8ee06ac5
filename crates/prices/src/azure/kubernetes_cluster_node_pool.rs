//! azurerm_kubernetes_cluster_node_pool: instances and their disks, between the minimum and the maximum.

use crate::prelude::*;

use super::machines::{disk, instances};
use crate::resource::Attributes;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    pool(r.attributes(), "", bill);
    Ok(())
}

/// The default size of a node's disk, in GB (AKS documentation, 2026-08).
const DISK: i64 = 128;

/// Adds a pool. `figures` is the prefix of its figures in usage files.
pub(super) fn pool(pool: &Attributes, figures: &str, bill: &mut Bill<'_>) {
    let least = pool.number("min_count").optional().ok().flatten();
    let count = pool.number("node_count").optional().ok().flatten().or(least).unwrap_or_else(|| whole(1));
    let most = pool.number("max_count").known_or(count);
    let windows = pool.text("os_sku").known_or(String::new()).to_lowercase().starts_with("windows");
    let os =
        if windows { "windows".to_owned() } else { pool.text("os_type").known_or("Linux".to_owned()).to_lowercase() };
    let size = pool.text("vm_size").required();
    let times = match bill.known_usage(&format!("{figures}nodes")) {
        Some((nodes, _)) => Span::exactly(nodes),
        None => Span::between(least.unwrap_or(count), count, most),
    };
    let filled = bill.repeat("", times, |bill| {
        let part = bill.known_usage(&format!("{figures}monthly_hrs")).and_then(|(hours, _)| hours.ratio(1, HOURS));
        instances(size, &os, Span::exactly(part.unwrap_or_else(|| whole(1))), bill);
        if pool.text("os_disk_type").known_or("Managed".to_owned()) == "Managed" {
            disk("System: ", "Premium_LRS", Ok(pool.number("os_disk_size_gb").known_or(whole(DISK))), bill);
        }
        Ok(())
    });
    if let Err(why) = filled {
        bill.unpriced("Pool", &why.0);
    }
}
