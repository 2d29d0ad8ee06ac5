//! The Google Cloud Billing Catalog: cores and memory of Compute Engine by family, term and region.
//!
//! Source: Google Cloud documentation, "Cloud Billing API: services.skus.list". Read 2026-11-22.

use serde::Deserialize;
use tollgate_model::{Amount, Day};

use crate::book::BookWriter;

/// The id of Compute Engine.
pub(super) const COMPUTE: &str = "6F81-5844-456A";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    skus: Vec<Sku>,
    #[serde(default)]
    next_page_token: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sku {
    description: String,
    category: Category,
    #[serde(default)]
    service_regions: Vec<String>,
    #[serde(default)]
    pricing_info: Vec<Info>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Category {
    #[serde(default)]
    usage_type: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    pricing_expression: Expression,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expression {
    usage_unit: String,
    #[serde(default)]
    tiered_rates: Vec<Rate>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    unit_price: Money,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Money {
    currency_code: String,
    #[serde(default)]
    units: String,
    #[serde(default)]
    nanos: i64,
}

impl Money {
    fn amount(&self) -> Option<Amount> {
        let whole: i64 = if self.units.is_empty() { 0 } else { self.units.parse().ok()? };
        format!("{whole}.{:09}", self.nanos).parse().ok().filter(|_| self.nanos >= 0 && self.currency_code == "USD")
    }
}

/// Adds the prices of a page; returns their number and the token of the next page.
pub(super) fn page(bytes: &[u8], today: Day, book: &mut BookWriter) -> Result<(usize, Option<String>), String> {
    let page: Page = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let source = book.source(today, "Google Cloud Billing Catalog");
    for sku in &page.skus {
        let Some(expression) = sku.pricing_info.first().map(|i| &i.pricing_expression) else { continue };
        // Hours of a core, of a GiB or of an accelerator; GiB of a disk by the month.
        let (key, unit) = match expression.usage_unit.as_str() {
            "h" | "GiBy.h" => (key_of(sku).or_else(|| accelerator(sku)), "hours"),
            "GiBy.mo" => (disk(sku), "GB"),
            _ => continue,
        };
        let Some(key) = key else { continue };
        let Some(each) = expression.tiered_rates.last().and_then(|r| r.unit_price.amount()) else { continue };
        for region in &sku.service_regions {
            book.price(&key, unit, source, region, &each.to_string());
        }
    }
    Ok((page.skus.len(), Some(page.next_page_token).filter(|token| !token.is_empty())))
}

/// `E2 Instance Core running in Americas`, `N1 Predefined Instance Ram running in Frankfurt`.
fn key_of(sku: &Sku) -> Option<String> {
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
    let term = match sku.category.usage_type.as_str() {
        "OnDemand" => "on-demand",
        "Preemptible" => "preemptible",
        _ => return None,
    };
    let known =
        !family.is_empty() && family.len() <= 12 && family.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    known.then(|| format!("google/core/{family}/{part}/{term}"))
}

fn term(sku: &Sku) -> Option<&'static str> {
    match sku.category.usage_type.as_str() {
        "OnDemand" => Some("on-demand"),
        "Preemptible" => Some("preemptible"),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accelerators_disks_and_newer_families_are_read() {
        let sku = |description: &str, usage: &str| Sku {
            description: description.to_owned(),
            category: Category { usage_type: usage.to_owned() },
            service_regions: Vec::new(),
            pricing_info: Vec::new(),
        };
        for (description, key) in [
            ("C3 Instance Core running in Americas", "google/core/c3/cpu/on-demand"),
            ("N4 Instance Ram running in Frankfurt", "google/core/n4/ram/on-demand"),
            ("C4A Arm Instance Core running in Americas", "google/core/c4a/cpu/on-demand"),
            ("Compute optimized Core running in Americas", "google/core/c2/cpu/on-demand"),
        ] {
            assert_eq!(key_of(&sku(description, "OnDemand")).as_deref(), Some(key), "{description}");
        }
        let t4 = sku("Nvidia Tesla T4 GPU running in Americas", "OnDemand");
        assert_eq!(accelerator(&t4).as_deref(), Some("google/gpu/nvidia-tesla-t4/on-demand"));
        let spot = sku("Nvidia L4 GPU attached to Spot Preemptible VMs running in Americas", "Preemptible");
        assert_eq!(accelerator(&spot).as_deref(), Some("google/gpu/nvidia-l4/preemptible"));
        assert_eq!(
            disk(&sku("SSD backed PD Capacity in Frankfurt", "OnDemand")).as_deref(),
            Some("google/compute_disk/ssd-provisioned-storage-pd-ssd")
        );
        assert_eq!(disk(&sku("Regional SSD backed PD Capacity", "OnDemand")), None);
    }

    #[test]
    fn cores_and_memory_are_read_to_the_nano() {
        let sample = include_bytes!("samples/google-page.json");
        let mut book = BookWriter::new(crate::usd());
        let (count, next) = page(sample, "2026-11-22".parse().unwrap(), &mut book).unwrap();
        assert_eq!((count, next.as_deref()), (4, Some("token-2")));
        let lines: Vec<String> = book.text().lines().skip(2).map(str::to_owned).collect();
        assert_eq!(
            lines,
            [
                "price\tgoogle/core/e2/cpu/on-demand\thours\t0\tus-central1=0.02181159\tus-east1=0.02181159",
                "price\tgoogle/core/n1/ram/on-demand\thours\t0\teurope-west3=0.005458",
                "price\tgoogle/core/n2_custom/cpu/preemptible\thours\t0\tus-central1=0.008",
            ]
        );
    }
}
