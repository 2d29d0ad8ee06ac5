//! Compute Engine instances: cores and memory of a family by the hour, and disks.

use crate::prelude::*;

use crate::resource::Attributes;

/// A machine type: its family, cores in thousandths, memory in MB.
struct Shape {
    family: String,
    cores: i64,
    memory: i64,
}

/// Reads a machine type: `n1-standard-4`, `e2-medium`, `custom-6-20480`, `n2-custom-4-8192-ext`.
fn shape(kind: &str) -> Option<Shape> {
    // Shared cores (Compute Engine documentation of machine types, 2026-08).
    let shared = [
        ("e2-micro", "e2", 250, 1024),
        ("e2-small", "e2", 500, 2048),
        ("e2-medium", "e2", 1000, 4096),
        ("f1-micro", "f1", 1000, 0),
        ("g1-small", "g1", 1000, 0),
    ];
    if let Some((_, family, cores, memory)) = shared.into_iter().find(|(name, ..)| *name == kind) {
        return Some(Shape { family: family.to_owned(), cores, memory });
    }
    let parts: Vec<&str> = kind.split('-').collect();
    let (family, class, rest) = match parts.as_slice() {
        ["custom", rest @ ..] => ("n1", "custom", rest),
        [family, class, rest @ ..] => (*family, *class, rest),
        _ => return None,
    };
    let cores: i64 = rest.first()?.parse().ok().filter(|n| (1..=1024).contains(n))?;
    if class == "custom" {
        let memory = rest.get(1)?.parse().ok().filter(|n| (0..=16_000_000).contains(n))?;
        return Some(Shape { family: format!("{family}_custom"), cores: cores * 1000, memory });
    }
    // Memory per core, in MB.
    let each = match (family, class) {
        ("n1", "standard") => 3840,
        ("n1", "highmem") => 6656,
        ("n1", "highcpu") => 922,
        ("m1", "ultramem") => 24_602,
        ("m1", "megamem") => 15_292,
        ("c4", "standard") if cores == 2 => 3584,
        ("c4", "standard") => 3840,
        ("c4", "highmem") => 7936,
        ("n2" | "n2d" | "e2", "highcpu") => 1024,
        (_, "highcpu") => 2048,
        (_, "standard") => 4096,
        (_, "highmem") => 8192,
        _ => return None,
    };
    Some(Shape { family: family.to_owned(), cores: cores * 1000, memory: each * cores })
}

/// The cores of a machine type.
pub(super) fn cores(kind: &str) -> Option<Quantity> {
    let shape = shape(kind.rsplit('/').next().unwrap_or_default())?;
    whole(shape.cores).ratio(1, 1000)
}

/// The discount for sustained use of a whole month, in percent (Compute Engine documentation, 2026-08). Newer families have none.
fn sustained(family: &str) -> i64 {
    match family.trim_end_matches("_custom") {
        "n1" | "f1" | "g1" | "m1" | "m2" => 30,
        "n2" | "n2d" | "c2" => 20,
        _ => 0,
    }
}

/// The name of that discount.
const SUSTAINED: &str = "sustained use";

/// Adds an instance. `spot` instances may be reclaimed.
pub(super) fn instance(kind: Estimated<String>, spot: bool, bill: &mut Bill<'_>) {
    let kind = match kind {
        Ok(kind) => kind.rsplit('/').next().unwrap_or_default().to_owned(),
        Err(why) => return bill.unpriced("Instance", &why.0),
    };
    let Some(shape) = shape(&kind) else {
        return bill.unpriced(&format!("Instance, {kind}"), "this type of machine has no price yet");
    };
    let term = if spot { "preemptible" } else { "on-demand" };
    let word = if spot { ", preemptible" } else { "" };
    let key = |part: &str| format!("google/core/{}/{part}/{term}", shape.family);
    let less = if spot { 0 } else { sustained(&shape.family) };
    let cores = whole(shape.cores).ratio(1, 1000).unwrap_or_default();
    bill.hourly_less(&format!("Cores, {kind}{word}"), &key("cpu"), cores, less, SUSTAINED);
    if shape.memory > 0 {
        let memory = whole(shape.memory).ratio(1, 1024).unwrap_or_default();
        bill.hourly_less(&format!("Memory, {kind}{word}"), &key("ram"), memory, less, SUSTAINED);
    }
}

/// Adds accelerators: `count` of a type, for each instance.
pub(super) fn accelerators(blocks: &[Attributes], spot: bool, bill: &mut Bill<'_>) {
    for block in blocks {
        let kind = block.text("type").known_or("an accelerator".to_owned());
        let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
        let count = block.number("count").known_or(whole(1));
        if count == Quantity::ZERO {
            continue;
        }
        let term = if spot { "preemptible" } else { "on-demand" };
        // The newest types have no discount for sustained use.
        let less = if spot || kind.contains("h100") || kind.contains("h200") || kind.contains("b200") { 0 } else { 30 };
        bill.hourly_less(&format!("Accelerator, {kind}"), &format!("google/gpu/{kind}/{term}"), count, less, SUSTAINED);
    }
}

/// Adds local disks of 375 GB.
pub(super) fn local_disks(count: i64, bill: &mut Bill<'_>) {
    if count > 0 {
        bill.fixed("Local disks", "GB", "google/disk/local-ssd", count.saturating_mul(375));
    }
}

/// Adds a disk.
pub(super) fn disk(name: &str, kind: &str, size: Estimated<Quantity>, bill: &mut Bill<'_>) {
    let kind = kind.rsplit('/').next().unwrap_or(kind);
    let sku = match kind {
        "pd-standard" => "google/compute_disk/standard-provisioned-storage-pd-standard".to_owned(),
        "pd-ssd" => "google/compute_disk/ssd-provisioned-storage-pd-ssd".to_owned(),
        "pd-balanced" => "google/disk/pd-balanced".to_owned(),
        "pd-extreme" => "google/compute_disk/extreme-provisioned-storage-pd-extreme".to_owned(),
        "hyperdisk-extreme" => "google/compute_disk/hyperdisk-provisioned-storage-hyperdisk-extreme".to_owned(),
        other => format!("google/disk/{other}"),
    };
    bill.fixed(&format!("{name}Disk, {kind}"), "GB", &sku, size);
}

/// Adds the operations and the throughput that a disk is provisioned with.
pub(super) fn provisioned(name: &str, kind: &str, block: &Attributes, bill: &mut Bill<'_>) {
    let kind = kind.rsplit('/').next().unwrap_or(kind);
    let (iops, throughput) = match kind {
        "pd-extreme" | "hyperdisk-extreme" => (true, false),
        "hyperdisk-balanced" => (true, true),
        "hyperdisk-throughput" => (false, true),
        _ => return,
    };
    if iops {
        let wanted = block.number("provisioned_iops").required();
        bill.fixed(&format!("{name}Provisioned IOPS, {kind}"), "IOPS", &format!("google/disk/iops-{kind}"), wanted);
    }
    if throughput {
        let wanted = block.number("provisioned_throughput").required();
        bill.fixed(
            &format!("{name}Provisioned throughput, {kind}"),
            "MBps",
            &format!("google/disk/throughput-{kind}"),
            wanted,
        );
    }
}
