//! Machines of EC2, wherever they are written: the instance and its volumes.

use crate::prelude::*;

use super::volumes::Volume;
use crate::resource::Block;

/// The names of a volume's figures in a block of an instance.
pub(super) const OF_INSTANCE: [&str; 4] = ["volume_type", "volume_size", "iops", "throughput"];

/// Adds an instance of a type, by what is written of it.
pub(super) fn instance(kind: Told<String>, written: &Block, bill: &mut Bill<'_>) {
    let kind = match kind {
        Ok(kind) => kind,
        Err(why) => return bill.untold("Instance", &why.0),
    };
    let tenancy = ["tenancy", "placement_tenancy", "placement.tenancy"];
    let tenancy = tenancy.into_iter().find_map(|path| written.text(path).told().ok().flatten());
    let spot = ["instance_market_options.market_type", "spot_price"].into_iter().any(|path| written.has(path));
    match tenancy.as_deref() {
        // The host is what is paid for.
        Some("host") => {}
        _ if spot => bill.untold(&format!("Instance, spot, {kind}"), "the price of spot capacity moves"),
        Some("dedicated") => {
            bill.untold(&format!("Instance, dedicated, {kind}"), "dedicated tenancy has no price here yet")
        }
        _ => {
            bill.hourly_class(&format!("Instance, Linux, {kind}"), &format!("aws/vm/linux/{kind}"), &kind, 1);
        }
    }
    let monitored = ["monitoring", "enable_monitoring", "monitoring.enabled"];
    if monitored.into_iter().any(|path| written.flag(path).usually(false)) {
        // Seven metrics of an instance (CloudWatch User Guide, 2026-08).
        bill.fixed("Detailed monitoring", "metrics", "aws/instance/ec2-detailed-monitoring", 7);
    }
}

/// Adds the volumes of an instance: its root and those beside it.
pub(super) fn volumes(written: &Block, bill: &mut Bill<'_>) {
    let root = written.written("root_block_device").into_iter().next();
    let root = root.unwrap_or(Block::new(tollgate_expression::Value::Null));
    Volume::of(&root, OF_INSTANCE).bill("Root volume: ", bill);
    for (n, block) in written.written("ebs_block_device").iter().enumerate() {
        Volume::of(block, OF_INSTANCE).bill(&format!("Volume {}: ", n + 1), bill);
    }
}

/// Adds the volumes of a launch template. One that names none has the image's root.
pub(super) fn template_volumes(template: &Block, bill: &mut Bill<'_>) {
    let mappings = template.written("block_device_mappings");
    let blocks: Vec<Block> = mappings.iter().flat_map(|m| m.written("ebs")).collect();
    if blocks.is_empty() {
        Volume::of(template, ["", "", "", ""]).bill("Root volume: ", bill);
    }
    for (n, block) in blocks.iter().enumerate() {
        let name = if n == 0 { "Root volume: ".to_owned() } else { format!("Volume {n}: ") };
        Volume::of(block, OF_INSTANCE).bill(&name, bill);
    }
}
