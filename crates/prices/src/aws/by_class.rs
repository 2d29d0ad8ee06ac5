//! Types whose cost is a class by the hour and little else, one function each.

use crate::prelude::*;

/// aws_memorydb_cluster: nodes of its shards and replicas.
pub(super) fn memorydb_cluster(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let class = r.text("node_type").required()?;
    let replicas = r.number("num_replicas_per_shard").known_or(whole(1)).saturating_add(whole(1));
    let nodes = product(r.number("num_shards").known_or(whole(1)), replicas)
        .ok_or_else(|| Unpriced("is out of range".to_owned()));
    bill.hourly_class(&format!("Nodes, {class}"), &format!("aws/memorydb/{class}"), &class, nodes);
    bill.usage("Data written", "GB", "aws/memorydb/data-written", "monthly_data_written_gb", 10);
    Ok(())
}

/// aws_db_proxy: by the vCPU of the database behind it, which the plan does not name.
pub(super) fn db_proxy(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let _ = r;
    match bill.known_usage("vcpu_count") {
        Some((cores, _)) => bill.hourly("Proxy, by the vCPU of its database", "aws/db_proxy/vcpu", cores),
        None => bill.unpriced("Proxy", "it is paid by the vCPUs of its database, which this resource does not name"),
    }
    Ok(())
}

/// aws_fsx_lustre_file_system: capacity by its deployment and throughput.
pub(super) fn fsx_lustre(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("deployment_type").known_or("SCRATCH_1".to_owned()).to_lowercase().replace('_', "-");
    let disk = r.text("storage_type").known_or("SSD".to_owned()).to_lowercase();
    let speed =
        r.text("per_unit_storage_throughput").optional().ok().flatten().map_or(String::new(), |n| format!("-{n}"));
    bill.fixed(
        &format!("Storage, {kind}"),
        "GB",
        &format!("aws/fsx_lustre/{disk}-{kind}{speed}"),
        r.number("storage_capacity").required(),
    );
    if r.text("drive_cache_type").known_or(String::new()) == "READ" {
        bill.unpriced("Read cache", "the price of the cache of a file system on disks is not known");
    }
    if r.text("metadata_configuration.mode").known_or(String::new()) == "USER_PROVISIONED" {
        bill.unpriced("Metadata IOPS", "the price of provisioned operations on metadata is not known");
    }
    bill.known("Backups", "GB", "aws/fsx_lustre/backup", "backup_storage_gb");
    Ok(())
}

/// Adds the operations beyond the three of each GB that FSx includes (FSx User Guide, 2026-08).
pub(super) fn provisioned_iops(r: &EstimateInput<'_>, size: Estimated<Quantity>, sku: &str, bill: &mut Bill<'_>) {
    if r.text("disk_iops_configuration.mode").known_or(String::new()) != "USER_PROVISIONED" {
        return;
    }
    let beyond = size.and_then(|size| {
        let free = size.ratio(3, 1).ok_or_else(|| Unpriced("is out of range".to_owned()))?;
        Ok(r.number("disk_iops_configuration.iops").required()?.max(free).saturating_sub(free))
    });
    if beyond.as_ref().is_ok_and(|iops| *iops == Quantity::ZERO) {
        return;
    }
    bill.fixed("Provisioned IOPS", "IOPS", sku, beyond);
}

/// aws_fsx_ontap_file_system: capacity, throughput and operations by its deployment.
pub(super) fn fsx_ontap(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let kind = r.text("deployment_type").required()?.to_lowercase().replace('_', "-");
    let size = r.number("storage_capacity").required();
    bill.fixed(&format!("Storage, {kind}"), "GB", &format!("aws/fsx_ontap/ssd-{kind}"), size.clone());
    // The provider computes the one that is not set, so that a plan often has only one of them.
    let pairs = r.number("ha_pairs").known_or(whole(1));
    let of_pairs = || product(r.number("throughput_capacity_per_ha_pair").optional().ok().flatten()?, pairs);
    let throughput = r.number("throughput_capacity").optional().ok().flatten().or_else(of_pairs);
    let throughput = throughput.ok_or_else(|| Unpriced("`throughput_capacity` is not set".to_owned()));
    bill.fixed("Throughput", "MBps", &format!("aws/fsx_ontap/throughput-{kind}"), throughput);
    provisioned_iops(r, size, &format!("aws/fsx_ontap/iops-{kind}"), bill);
    bill.known("Backups", "GB", "aws/fsx_ontap/backup", "backup_storage_gb");
    Ok(())
}

/// aws_emr_cluster: a fee for each instance; the instances themselves are paid as EC2.
pub(super) fn emr_cluster(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    for (block, name) in [("master_instance_group", "Primary"), ("core_instance_group", "Core")] {
        for group in r.known_items(block) {
            let class = group.text("instance_type").required()?;
            let count = group.number("instance_count").known_or(whole(1));
            bill.hourly_class(&format!("{name}: fee, {class}"), &format!("aws/emr/{class}"), &class, count);
            bill.hourly_class(
                &format!("{name}: Instance, Linux, {class}"),
                &format!("aws/vm/linux/{class}"),
                &class,
                count,
            );
        }
    }
    if bill.components.is_empty() {
        return Err(Unpriced("its instance fleets have no price yet".to_owned()));
    }
    Ok(())
}

/// aws_lightsail_instance: a bundle by the month.
pub(super) fn lightsail_instance(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let bundle = r.text("bundle_id").required()?;
    let windows = r.text("blueprint_id").known_or(String::new()).starts_with("windows") || bundle.contains("_win_");
    let os = if windows { "windows" } else { "linux" };
    let size = bundle.split('_').next().unwrap_or_default();
    bill.hourly(&format!("Virtual server, {os}, {bundle}"), &format!("aws/lightsail/{os}-{size}"), 1);
    Ok(())
}
