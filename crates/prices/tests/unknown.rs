//! Nothing that is unknown counts as zero: over every type, with attributes, regions and books of which parts are missing.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::OnceLock;

use proptest::prelude::*;
use tollgate_expression::{Object, UnknownReason, Value};
use tollgate_model::{Amount, Quantity};
use tollgate_prices::{
    Book, Estimate, EstimateInput, NoRelatedResources, PriceAdjustments, PriceBook, PriceCoverage, Usage, estimate,
    kinds,
};

/// The text of the embedded book.
fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = String::new();
        let bytes: &[u8] = include_bytes!("../data/book.tsv.gz");
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
        text
    })
}

/// A book without every `n`th price.
fn torn(n: usize) -> PriceBook {
    let kept = text().lines().enumerate().filter(|(at, line)| !line.starts_with("price") || at % n != 0);
    let text: String = kept.map(|(_, line)| format!("{line}\n")).collect();
    PriceBook::new(vec![Book::read(text).unwrap()], PriceAdjustments::default())
}

fn attribute() -> impl Strategy<Value = Value> {
    let words = [
        "t3.medium",
        "m5.large",
        "db.t3.large",
        "gp3",
        "io1",
        "Standard_LRS",
        "Standard_D2s_v3",
        "n1-standard-4",
        "Premium",
        "",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Unknown(UnknownReason::new("var.x"))),
        any::<bool>().prop_map(Value::Bool),
        (0u64..100_000).prop_map(|n| Value::Number(n.into())),
        proptest::sample::select(words.to_vec()).prop_map(Value::text),
        Just(Value::Sensitive(Box::new(Value::text("t3.medium")))),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::List),
            proptest::collection::btree_map(name(), inner, 0..4)
                .prop_map(|entries| Value::List(vec![Value::Object(Object { entries, open: None })])),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let names = [
        "instance_type",
        "instance_class",
        "type",
        "size",
        "iops",
        "throughput",
        "root_block_device",
        "ebs_block_device",
        "volume_type",
        "volume_size",
        "min_size",
        "max_size",
        "desired_capacity",
        "engine",
        "allocated_storage",
        "multi_az",
        "storage_type",
        "node_type",
        "sku",
        "sku_name",
        "sku_tier",
        "vm_size",
        "os_disk",
        "storage_account_type",
        "disk_size_gb",
        "default_node_pool",
        "node_count",
        "machine_type",
        "boot_disk",
        "initialize_params",
        "settings",
        "tier",
        "scaling_config",
        "memory_size",
        "billing_mode",
        "read_capacity",
        "write_capacity",
        "replica",
        "cluster_config",
        "instance_count",
        "broker_node_group_info",
        "number_of_broker_nodes",
        "subnet_ids",
        "account_replication_type",
        "capacity",
        "family",
        "storage_mb",
    ];
    proptest::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn check(kind: &str, found: &Estimate) -> Result<(), TestCaseError> {
    let mut sum = Amount::ZERO;
    for c in &found.components {
        prop_assert_eq!(c.monthly.is_none(), c.unpriced_reason.is_some(), "{}: {}", kind, &c.name);
        if c.price.is_none() || c.quantity.is_none() {
            prop_assert!(c.monthly.is_none(), "{kind}: {} has a cost without a price or a quantity", c.name);
        }
        if let (Some(price), Some(quantity), Some(monthly)) = (&c.price, c.quantity, c.monthly) {
            prop_assert!(price.each().low > Amount::ZERO);
            prop_assert!(monthly.low <= monthly.likely && monthly.likely <= monthly.high);
            if quantity.likely > Quantity::ZERO {
                prop_assert!(monthly.likely > Amount::ZERO, "{kind}: {} costs nothing", c.name);
            }
            sum = sum.saturating_add(monthly.likely);
        }
    }
    if found.components.iter().any(|c| c.monthly.is_none()) {
        prop_assert!(matches!(found.coverage, PriceCoverage::Partly | PriceCoverage::Unpriced), "{kind}");
    }
    if found.coverage == PriceCoverage::Unpriced {
        prop_assert!(found.monthly.is_none() && found.unpriced_reason.is_some(), "{kind}");
    }
    if let Some(monthly) = found.monthly {
        prop_assert_eq!(monthly.likely, sum);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_unknown_counts_as_zero(
        n in 2usize..9,
        entries in proptest::collection::btree_map(name(), attribute(), 0..12),
        region in proptest::option::of(proptest::sample::select(vec!["us-east-1", "eu-central-1", "eastus", "us-central1", "nowhere-9", ""])),
    ) {
        let book = torn(n);
        for kind in kinds() {
            let values = Value::Object(Object { entries: entries.clone(), open: None });
            let resource = EstimateInput::new(kind, values, &NoRelatedResources);
            check(kind, &estimate(&book, &Usage::default(), &resource, "a.b", region))?;
        }
    }
}
