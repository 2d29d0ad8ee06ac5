//! EC2 instances and their volumes, in instances, templates and configurations.

use crate::prelude::*;

use super::volumes::Volume;
use crate::resource::Attributes;

/// The attributes of a volume in a block of an instance.
pub(super) const OF_INSTANCE: [&str; 4] = ["volume_type", "volume_size", "iops", "throughput"];

/// How an instance is bought and what runs on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms {
    /// Whether its price is that of spot capacity.
    pub(super) spot: bool,
}

/// Adds an instance of a type.
pub(super) fn instance(kind: Estimated<String>, written: &Attributes, bill: &mut Bill<'_>) {
    instance_on(kind, written, Terms::default(), bill);
}

/// Adds an instance of a type, bought on the given terms.
pub(super) fn instance_on(kind: Estimated<String>, written: &Attributes, terms: Terms, bill: &mut Bill<'_>) {
    let kind = match kind {
        Ok(kind) => kind,
        Err(why) => return bill.unpriced("Instance", &why.0),
    };
    let tenancy = ["tenancy", "placement_tenancy", "placement.tenancy"];
    let tenancy = tenancy.into_iter().find_map(|path| written.text(path).optional().ok().flatten());
    let market = ["instance_market_options.market_type", "spot_price"].into_iter().any(|path| written.has(path));
    match tenancy.as_deref() {
        // The host is paid for.
        Some("host") => {}
        _ if terms.spot || market => bill.unpriced(&format!("Instance, spot, {kind}"), "spot prices vary"),
        Some("dedicated") => {
            bill.unpriced(&format!("Instance, dedicated, {kind}"), "dedicated tenancy has no price yet")
        }
        _ => {
            running(&kind, written, bill);
        }
    }
    let monitored = ["monitoring", "enable_monitoring", "monitoring.enabled"];
    if monitored.into_iter().any(|path| written.flag(path).known_or(false)) {
        // Seven metrics of an instance (CloudWatch User Guide, 2026-08).
        bill.fixed("Detailed monitoring", "metrics", "aws/instance/ec2-detailed-monitoring", 7);
    }
    optimized(&kind, written, bill);
    cpu_credits(&kind, bill);
}

/// Adds a shared instance for the hours that it runs, on demand or under a reservation.
fn running(kind: &str, written: &Attributes, bill: &mut Bill<'_>) {
    // The hours of the month that it runs, by a usage file.
    let part = bill.known_usage("monthly_hrs").and_then(|(hours, _)| hours.ratio(1, HOURS));
    let part = part.unwrap_or_else(|| whole(1));
    // Only Windows has a password that AWS can decrypt.
    let decrypts = written.flag("get_password_data").known_or(false);
    let os = bill.known_text("operating_system").map(str::to_owned);
    let os = os.unwrap_or_else(|| if decrypts { "windows" } else { "linux" }.to_owned());
    let shown = match os.as_str() {
        "linux" => "Linux",
        "windows" => "Windows",
        other => return bill.unpriced(&format!("Instance, {other}, {kind}"), "this operating system has no price yet"),
    };
    let name = format!("Instance, {shown}, {kind}");
    if let Some((terms, upfront)) = super::databases::reservation(bill) {
        let class = bill.known_text("reserved_instance_type").unwrap_or("standard").to_owned();
        let terms = (format!("{class}-{terms}"), upfront);
        return super::databases::reserved(&name, &format!("aws/reserved/vm/{os}/{kind}"), &terms, 1, bill);
    }
    bill.hourly_class(&name, &format!("aws/vm/{os}/{kind}"), kind, part);
}

/// The families with a fee for EBS optimization; with others it is included (EC2 User Guide, 2026-08).
const FEE_FOR_OPTIMIZATION: [&str; 8] = ["c1", "c3", "g2", "i2", "m1", "m2", "m3", "r3"];

/// Adds the fee for EBS optimization of old families. It grows with the size.
fn optimized(kind: &str, written: &Attributes, bill: &mut Bill<'_>) {
    let family = kind.split('.').next().unwrap_or_default();
    if FEE_FOR_OPTIMIZATION.contains(&family) && written.flag("ebs_optimized").known_or(false) {
        bill.hourly_first(
            "EBS optimization",
            &[format!("aws/ebs_optimized/{kind}"), "aws/instance/ebs-optimized-usage".to_owned()],
            kind,
            1,
        );
    }
}

/// Adds the CPU credits of burstable instances that a usage file has. Their baseline is part of the price.
fn cpu_credits(kind: &str, bill: &mut Bill<'_>) {
    let burstable = ["t2.", "t3.", "t3a.", "t4g."].iter().any(|family| kind.starts_with(family));
    let Some((hours, origin)) = bill.known_usage("monthly_cpu_credit_hrs").filter(|_| burstable) else { return };
    let cores = match bill.known_usage("vcpu_count") {
        Some((cores, _)) => Some(cores),
        None => super::databases::vcpus(kind).map(whole),
    };
    let used = cores.and_then(|n| product(hours, n)).map(Span::exactly);
    let used = used.ok_or_else(|| Unpriced(format!("the vCPUs of {kind} are not known")));
    bill.usage_quantity("CPU credits", "vCPU-hours", "aws/instance/cpu-credits", used, origin);
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

/// Returns the weighted capacities of the types that a mixed policy or a fleet prefers, in order.
pub(super) fn overrides(block: &[Attributes]) -> Vec<(String, Option<Quantity>)> {
    let read = |item: &Attributes| {
        let kind = item.text("instance_type").optional().ok().flatten()?;
        Some((kind, item.number("weighted_capacity").optional().ok().flatten().filter(|n| *n > Quantity::ZERO)))
    };
    block.iter().filter_map(read).collect()
}
