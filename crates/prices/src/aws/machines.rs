//! EC2 instances and their volumes, in instances, templates and configurations.

use crate::prelude::*;

use super::volumes::Volume;
use crate::resource::Attributes;

/// The attributes of a volume in a block of an instance.
pub(super) const OF_INSTANCE: [&str; 4] = ["volume_type", "volume_size", "iops", "throughput"];

/// Adds an instance of a type.
pub(super) fn instance(kind: Estimated<String>, written: &Attributes, bill: &mut Bill<'_>) {
    let kind = match kind {
        Ok(kind) => kind,
        Err(why) => return bill.unpriced("Instance", &why.0),
    };
    let tenancy = ["tenancy", "placement_tenancy", "placement.tenancy"];
    let tenancy = tenancy.into_iter().find_map(|path| written.text(path).optional().ok().flatten());
    let spot = ["instance_market_options.market_type", "spot_price"].into_iter().any(|path| written.has(path));
    match tenancy.as_deref() {
        // The host is paid for.
        Some("host") => {}
        _ if spot => bill.unpriced(&format!("Instance, spot, {kind}"), "spot prices vary"),
        Some("dedicated") => {
            bill.unpriced(&format!("Instance, dedicated, {kind}"), "dedicated tenancy has no price yet")
        }
        _ => {
            bill.hourly_class(&format!("Instance, Linux, {kind}"), &format!("aws/vm/linux/{kind}"), &kind, 1);
        }
    }
    let monitored = ["monitoring", "enable_monitoring", "monitoring.enabled"];
    if monitored.into_iter().any(|path| written.flag(path).known_or(false)) {
        // Seven metrics of an instance (CloudWatch User Guide, 2026-08).
        bill.fixed("Detailed monitoring", "metrics", "aws/instance/ec2-detailed-monitoring", 7);
    }
}

/// Adds the root volume and the other volumes of an instance.
pub(super) fn volumes(written: &Attributes, bill: &mut Bill<'_>) {
    let root = written.known_items("root_block_device").into_iter().next();
    let root = root.unwrap_or(Attributes::new(tollgate_expression::Value::Null));
    Volume::of(&root, OF_INSTANCE).bill("Root volume: ", bill);
    for (n, block) in written.known_items("ebs_block_device").iter().enumerate() {
        Volume::of(block, OF_INSTANCE).bill(&format!("Volume {}: ", n + 1), bill);
    }
}

/// Adds the volumes of a launch template. A template without volumes has the root volume of its image.
pub(super) fn template_volumes(template: &Attributes, bill: &mut Bill<'_>) {
    let mappings = template.known_items("block_device_mappings");
    let blocks: Vec<Attributes> = mappings.iter().flat_map(|m| m.known_items("ebs")).collect();
    if blocks.is_empty() {
        Volume::of(template, ["", "", "", ""]).bill("Root volume: ", bill);
    }
    for (n, block) in blocks.iter().enumerate() {
        let name = if n == 0 { "Root volume: ".to_owned() } else { format!("Volume {n}: ") };
        Volume::of(block, OF_INSTANCE).bill(&name, bill);
    }
}
