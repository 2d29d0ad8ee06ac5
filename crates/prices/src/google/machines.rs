//! Compute Engine instances: cores and memory of a family by the hour, and disks.

use crate::prelude::*;

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
        (_, "standard") => 4096,
        (_, "highmem") => 8192,
        (_, "highcpu") => 1024,
        _ => return None,
    };
    Some(Shape { family: family.to_owned(), cores: cores * 1000, memory: each * cores })
}

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
    let cores = whole(shape.cores).ratio(1, 1000).unwrap_or_default();
    bill.hourly(&format!("Cores, {kind}{word}"), &key("cpu"), cores);
    if shape.memory > 0 {
        let memory = whole(shape.memory).ratio(1, 1024).unwrap_or_default();
        bill.hourly(&format!("Memory, {kind}{word}"), &key("ram"), memory);
    }
}

/// Adds a disk.
pub(super) fn disk(name: &str, kind: &str, size: Estimated<Quantity>, bill: &mut Bill<'_>) {
    let kind = kind.rsplit('/').next().unwrap_or(kind);
    let sku = match kind {
        "pd-standard" => "google/compute_disk/standard-provisioned-storage-pd-standard",
        "pd-ssd" => "google/compute_disk/ssd-provisioned-storage-pd-ssd",
        "pd-balanced" => "google/disk/pd-balanced",
        "pd-extreme" => "google/compute_disk/extreme-provisioned-storage-pd-extreme",
        "hyperdisk-extreme" => "google/compute_disk/hyperdisk-provisioned-storage-hyperdisk-extreme",
        other => return bill.unpriced(&format!("{name}Disk, {other}"), "this kind of disk has no price yet"),
    };
    bill.fixed(&format!("{name}Disk, {kind}"), "GB", sku, size);
}
