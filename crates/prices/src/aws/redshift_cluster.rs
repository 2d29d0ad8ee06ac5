//! aws_redshift_cluster: nodes by the hour, managed storage, backups.

use crate::prelude::*;

pub(super) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("node_type").required()?;
    let nodes = r.number("number_of_nodes").known_or(whole(1));
    let key = format!("aws/redshift_cluster/cluster-usage-on-demand-{class}");
    bill.hourly_class(&format!("Node, {class}"), &key, &class, nodes);
    if class.starts_with("ra3") {
        let sku = format!("aws/redshift_cluster/managed-storage-{class}");
        bill.usage("Managed storage", "GB", &sku, "managed_storage_gb", 100);
    }
    if let Some((gigabytes, origin)) = bill.known_usage("backup_storage_gb") {
        bill.usage_quantity(
            "Backups",
            "GB",
            "aws/redshift_cluster/backup-storage",
            Ok(Span::exactly(gigabytes)),
            origin,
        );
    }
    bill.known("Spectrum", "TB", "aws/redshift_cluster/spectrum", "spectrum_data_scanned_tb");
    let sku = format!("aws/redshift_cluster/concurrency-scaling-{class}");
    bill.known("Concurrency scaling", "node-seconds", &sku, "excess_concurrency_scaling_secs");
    Ok(())
}
