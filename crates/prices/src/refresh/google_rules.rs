//! Which products of the Google Cloud Billing Catalog are the prices of the book, and under which keys.
//!
//! A product has no attributes but its service, its group and its description: `NAT Gateway: Uptime charge in Frankfurt`. Rules name the
//! description as a pattern, and the unit, so that a product of a similar name but a different unit is none.
//!
//! Source: Google Cloud documentation, "Cloud Billing API: services.skus.list", and the SKU groups of each service. Read 2026-11-28.

use super::google::Sku;
use super::google_meters::METERS;

/// What a product is in the book: its key and unit, and the units of the list in one unit of the book.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: String,
    pub(super) unit: &'static str,
    pub(super) times: i64,
}

impl Listed {
    fn of(key: String, unit: &'static str, times: i64) -> Self {
        Self { key, unit, times }
    }
}

/// Returns what a product is, for every estimator that uses it.
pub(super) fn price_of(service: &str, sku: &Sku, unit: &str) -> Vec<Listed> {
    let machine = if service == "Compute Engine" { machine(sku, unit) } else { None };
    // Commitments, reservations and spot use are other prices of the same product.
    let on_demand = sku.category.usage_type == "OnDemand" || sku.category.usage_type.is_empty();
    // What is deleted before its time, and operations on tags, have prices of their own under the same words.
    let is_special = ["(Early Delete)", "Tagging"].iter().any(|words| sku.description.contains(words));
    if !on_demand || is_special {
        return machine.into_iter().collect();
    }
    let metered = METERS.iter().filter(|meter| {
        (meter.service == service || (meter.service == "Compute Engine" && service == "Networking"))
            && (meter.group.is_empty() || meter.group == sku.category.resource_group)
            && (meter.measure == "*" || meter.measure == unit)
            && matches(meter.words, &sku.description)
    });
    let metered = metered
        .flat_map(|meter| meter.keys.iter().map(|key| Listed::of(format!("google/{key}"), meter.unit, meter.times)));
    machine.into_iter().chain(metered).chain(databases(service, sku, unit)).collect()
}

/// Hours of a core, of a GiB or of an accelerator; GiB of a disk by the month.
fn machine(sku: &Sku, unit: &str) -> Option<Listed> {
    match unit {
        "h" | "GiBy.h" => core(sku).or_else(|| accelerator(sku)).map(|key| Listed::of(key, "hours", 1)),
        "GiBy.mo" => disk(sku).map(|key| Listed::of(key, "GB", 1)),
        _ => None,
    }
}

/// Returns whether a description has the words of a pattern; `*` stands for any.
pub(super) fn matches(pattern: &str, description: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| description.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

fn term(sku: &Sku) -> Option<&'static str> {
    match sku.category.usage_type.as_str() {
        "OnDemand" => Some("on-demand"),
        "Preemptible" => Some("preemptible"),
        _ => None,
    }
}

/// `E2 Instance Core running in Americas`, `N1 Predefined Instance Ram running in Frankfurt`.
fn core(sku: &Sku) -> Option<String> {
    let words = sku.description.split(" running in ").next()?.trim_start_matches("Spot Preemptible ");
    let words: Vec<&str> =
        words.split(' ').filter(|w| !matches!(*w, "Predefined" | "AMD" | "Arm" | "Memory-optimized")).collect();
    let (family, part) = match words.as_slice() {
        ["Compute", "optimized", part] => ("c2".to_owned(), part),
        [family, "Instance", part] => (family.to_lowercase(), part),
        [family, "Custom", "Instance", part] => (format!("{}_custom", family.to_lowercase()), part),
        _ => return None,
    };
    let part = match *part {
        "Core" => "cpu",
        "Ram" => "ram",
        _ => return None,
    };
    let known =
        !family.is_empty() && family.len() <= 12 && family.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    Some(format!("google/core/{family}/{part}/{}", term(sku)?)).filter(|_| known)
}

/// `Nvidia Tesla T4 GPU running in Americas`, `Nvidia L4 GPU attached to Spot Preemptible VMs running in Americas`.
fn accelerator(sku: &Sku) -> Option<String> {
    let name = sku.description.strip_prefix("Nvidia ")?.split(" GPU").next()?;
    let plain = name.len() <= 24 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    plain.then_some(())?;
    Some(format!("google/gpu/nvidia-{}/{}", name.to_lowercase().replace(' ', "-"), term(sku)?))
}

/// `Storage PD Capacity`, `SSD backed PD Capacity in Frankfurt`. A disk of a region, which costs twice as much, is another product.
fn disk(sku: &Sku) -> Option<String> {
    let name = sku.description.split(" in ").next()?;
    term(sku)?;
    Some(
        match name {
            "Storage PD Capacity" => "google/compute_disk/standard-provisioned-storage-pd-standard",
            "SSD backed PD Capacity" => "google/compute_disk/ssd-provisioned-storage-pd-ssd",
            "Balanced PD Capacity" => "google/disk/pd-balanced",
            "Extreme PD Capacity" => "google/compute_disk/extreme-provisioned-storage-pd-extreme",
            "SSD backed Local Storage" => "google/disk/local-ssd",
            "Hyperdisk Balanced Capacity" => "google/disk/hyperdisk-balanced",
            _ => return None,
        }
        .to_owned(),
    )
}

/// Services whose products differ by words in any order: `Regional Enterprise Edition Replica`, `SSD storage Belgium`.
fn databases(service: &str, sku: &Sku, unit: &str) -> Option<Listed> {
    let description = sku.description.to_lowercase();
    let has = |word: &str| description.contains(word);
    let hours = unit == "h";
    let key = match (service, unit) {
        ("Cloud Bigtable", "h") if has("node") && !has("plus") && !has("boost") => "google/bigtable/node".to_owned(),
        ("Cloud Bigtable", "GiBy.mo") if has("backup") => "google/bigtable/backup".to_owned(),
        ("Cloud Bigtable", "GiBy.mo") if has("ssd") => "google/bigtable/storage-ssd".to_owned(),
        ("Cloud Bigtable", "GiBy.mo") if has("hdd") => "google/bigtable/storage-hdd".to_owned(),
        // The price of a node with all its replicas is another one: only that of a replica is counted by replicas.
        ("Cloud Spanner", "h") if has("regional") && has("replica") && !has("multi") && !has("read-only") => {
            let edition = ["enterprise plus", "enterprise", "standard"].into_iter().find(|edition| has(edition))?;
            format!("google/spanner/replica-{}", edition.replace(' ', "-"))
        }
        ("Cloud Spanner", "GiBy.mo") if has("regional") && has("backup") && !has("multi") => {
            "google/spanner/backup".to_owned()
        }
        ("Cloud Spanner", "GiBy.mo") if has("regional") && has("storage") && has("ssd") && !has("multi") => {
            "google/spanner/storage".to_owned()
        }
        ("AlloyDB", "h") if has("vcpu") && is_first_series(&description) => "google/alloydb/vcpu".to_owned(),
        ("AlloyDB", "GiBy.h") if (has("ram") || has("memory")) && is_first_series(&description) => {
            "google/alloydb/memory".to_owned()
        }
        ("AlloyDB", "GiBy.mo") if has("backup") => "google/alloydb/backup".to_owned(),
        ("AlloyDB", "GiBy.mo") if has("storage") => "google/alloydb/storage".to_owned(),
        ("Cloud Memorystore for Redis", "GiBy.h") => return redis(&description),
        ("Cloud Memorystore for Redis", "h") => {
            let name = description.strip_prefix("redis cluster node ")?;
            let kinds = ["shared core nano", "standard small", "highmem medium", "highmem xlarge"];
            let kind = kinds.into_iter().find(|kind| name.starts_with(kind))?;
            format!("google/redis_cluster/cluster-node-{}", kind.replace(' ', "-"))
        }
        _ => return None,
    };
    Some(Listed::of(key, if hours || unit == "GiBy.h" { "hours" } else { "GB" }, 1))
}

/// Returns whether an AlloyDB product names no later series of machines, which have prices of their own.
fn is_first_series(description: &str) -> bool {
    !["c4a", "c4", "z3", "omni"].iter().any(|series| description.split([' ', ':', '-']).any(|word| word == *series))
}

/// `Redis Capacity Standard M2 Frankfurt`: memory by the hour, which the book has by the month.
fn redis(description: &str) -> Option<Listed> {
    let rest = description.strip_prefix("redis capacity ")?;
    let mut words = rest.split(' ');
    let (tier, step) = (words.next()?, words.next()?);
    let known = matches!(tier, "basic" | "standard") && matches!(step, "m1" | "m2" | "m3" | "m4" | "m5");
    known.then(|| Listed::of(format!("google/redis_instance/redis-instance-{tier}-{step}"), "GB", crate::bill::HOURS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refresh::google::Category;

    fn keys(service: &str, description: &str, usage: &str, unit: &str) -> Vec<String> {
        let sku: Sku = serde_json::from_value(serde_json::json!({
            "description": description, "category": {"usageType": usage, "resourceGroup": ""},
        }))
        .unwrap();
        let Category { resource_group, .. } = &sku.category;
        assert!(resource_group.is_empty());
        price_of(service, &sku, unit).into_iter().map(|listed| listed.key).collect()
    }

    #[test]
    fn accelerators_disks_and_newer_families_are_read() {
        for (description, usage, unit, key) in [
            ("C3 Instance Core running in Americas", "OnDemand", "h", "google/core/c3/cpu/on-demand"),
            ("N4 Instance Ram running in Frankfurt", "OnDemand", "GiBy.h", "google/core/n4/ram/on-demand"),
            ("C4A Arm Instance Core running in Americas", "OnDemand", "h", "google/core/c4a/cpu/on-demand"),
            ("Compute optimized Core running in Americas", "OnDemand", "h", "google/core/c2/cpu/on-demand"),
            ("Nvidia Tesla T4 GPU running in Americas", "OnDemand", "h", "google/gpu/nvidia-tesla-t4/on-demand"),
            (
                "Nvidia L4 GPU attached to Spot Preemptible VMs running in Americas",
                "Preemptible",
                "h",
                "google/gpu/nvidia-l4/preemptible",
            ),
            (
                "SSD backed PD Capacity in Frankfurt",
                "OnDemand",
                "GiBy.mo",
                "google/compute_disk/ssd-provisioned-storage-pd-ssd",
            ),
        ] {
            assert_eq!(keys("Compute Engine", description, usage, unit), [key], "{description}");
        }
        assert!(keys("Compute Engine", "Regional SSD backed PD Capacity", "OnDemand", "GiBy.mo").is_empty());
    }

    #[test]
    fn a_node_with_its_replicas_is_no_replica_and_a_commitment_no_price() {
        let spanner = |words: &str| keys("Cloud Spanner", words, "OnDemand", "h");
        assert_eq!(
            spanner("Regional Enterprise Plus Edition Replica us-central1"),
            ["google/spanner/replica-enterprise-plus"]
        );
        assert_eq!(spanner("Regional Enterprise Edition Replica"), ["google/spanner/replica-enterprise"]);
        assert!(spanner("Regional Enterprise Edition Node").is_empty());
        assert!(spanner("Multi-Regional Enterprise Edition Replica").is_empty());
        assert!(keys("Cloud SQL", "Cloud SQL for PostgreSQL: Zonal - vCPU in Americas", "Commit1Yr", "h").is_empty());
        let plus = "Cloud SQL for PostgreSQL: Zonal - Enterprise Plus N vCPU in Americas";
        assert!(keys("Cloud SQL", plus, "OnDemand", "h").is_empty());
        assert_eq!(keys("AlloyDB", "AlloyDB: vCPU in Iowa", "OnDemand", "h"), ["google/alloydb/vcpu"]);
        assert!(keys("AlloyDB", "AlloyDB: C4A vCPU in Iowa", "OnDemand", "h").is_empty());
    }

    #[test]
    fn a_pattern_has_its_words_in_order() {
        assert!(matches("Log Volume", "Log Volume") && !matches("Log Volume", "Log Volume in Iowa"));
        assert!(matches("*NAT Gateway: Uptime charge*", "Networking Cloud NAT Gateway: Uptime charge in Iowa"));
        assert!(matches("Vpn * to China", "Vpn Internet Egress from Iowa to China"));
        assert!(!matches("Vpn * to China", "Vpn Internet Egress from China to Iowa"));
        assert!(!matches("a*b*a", "ab") && matches("a*b*a", "abba"));
    }
}
