//! What holds of every price of the embedded book.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};

use tollgate_prices::{PriceAdjustments, PriceBasis, PriceBook};

fn book() -> PriceBook {
    PriceBook::embedded(PriceAdjustments::default()).unwrap()
}

/// Families whose sizes are not in proportion: their accelerators, or their flat price.
const NOT_IN_PROPORTION: [&str; 14] =
    ["g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "gr6", "hpc7a", "hpc7g", "inf1", "inf2", "trn1", "u-6tb1", "u7i-6tb"];

fn units(size: &str) -> Option<f64> {
    Some(match size {
        "nano" => 0.25,
        "micro" => 0.5,
        "small" => 1.0,
        "medium" => 2.0,
        "large" => 4.0,
        "xlarge" => 8.0,
        _ => 8.0 * size.strip_suffix("xlarge")?.parse::<f64>().ok()?,
    })
}

fn listed(book: &PriceBook, key: &str, region: &str) -> Option<f64> {
    let price = book.price(key, "hours", Some(region))?;
    (price.how == PriceBasis::Listed).then(|| price.each().likely.to_f64())
}

const REGIONS: [&str; 7] =
    ["us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-south-1", "ap-northeast-1", "sa-east-1"];

#[test]
fn the_sizes_of_a_family_are_in_proportion() {
    let book = book();
    let keys: BTreeSet<&str> = book.keys("aws/vm/linux/").collect();
    let mut wrong = Vec::new();
    for region in REGIONS {
        let mut families: BTreeMap<&str, Vec<(f64, &str)>> = BTreeMap::new();
        for key in &keys {
            let kind = key.strip_prefix("aws/vm/linux/").unwrap();
            let Some((family, size)) = kind.split_once('.') else { continue };
            if NOT_IN_PROPORTION.contains(&family) {
                continue;
            }
            if let (Some(units), Some(price)) = (units(size), listed(&book, key, region)) {
                families.entry(family).or_default().push((price / units, kind));
            }
        }
        for sizes in families.values() {
            let least = sizes.iter().map(|(each, _)| *each).fold(f64::MAX, f64::min);
            wrong.extend(
                sizes
                    .iter()
                    .filter(|(each, _)| *each > least * 1.04)
                    .map(|(each, kind)| format!("{region} {kind}: {:.3} times the rate of its family", each / least)),
            );
        }
    }
    assert!(wrong.is_empty(), "{} prices break the proportion of their family: {wrong:#?}", wrong.len());
}

#[test]
fn shared_instances_have_shared_prices() {
    let book = book();
    for (kind, region, price) in [
        ("m5.large", "us-west-2", 0.096),
        ("r5.large", "us-east-1", 0.126),
        ("m6i.xlarge", "us-east-1", 0.192),
        ("r6i.large", "us-east-1", 0.126),
        ("t3.xlarge", "us-east-1", 0.1664),
        ("m7i.xlarge", "us-east-1", 0.2016),
        ("m5.large", "eu-west-1", 0.107),
    ] {
        assert_eq!(listed(&book, &format!("aws/vm/linux/{kind}"), region), Some(price), "{kind} in {region}");
    }
}

#[test]
fn windows_costs_more_than_linux() {
    let book = book();
    for (provider, regions) in [("aws", &REGIONS[..]), ("azure", &["eastus", "westeurope", "uksouth"][..])] {
        let mut compared = 0;
        for key in book.keys(&format!("{provider}/vm/windows/")).collect::<BTreeSet<_>>() {
            let linux = key.replace("/windows/", "/linux/");
            for region in regions {
                let (Some(windows), Some(linux)) = (listed(&book, key, region), listed(&book, &linux, region)) else {
                    continue;
                };
                compared += 1;
                // The smallest sizes of Azure cost the same with both.
                let tiny = ["/b1ls", "/a0", "/basica0"].iter().any(|end| key.ends_with(end)) && windows >= linux;
                assert!(windows > linux || tiny, "{key} in {region}: {windows} with Windows, {linux} with Linux");
            }
        }
        assert!(compared > 300, "{provider}: {compared}");
    }
}

#[test]
fn one_engine_has_one_price() {
    let book = book();
    let mixed = ["aws/db_instance/database-instance-", "aws/elastic_beanstalk_environment/database-instance-"];
    for prefix in mixed {
        assert_eq!(book.keys(prefix).next(), None, "{prefix} mixes engines");
    }
    for key in book.keys("aws/rds/") {
        let price = book.price(key, "hours", Some("us-east-1"));
        assert!(price.is_none_or(|p| p.how != PriceBasis::Several), "{key} has several prices");
    }
}

#[test]
fn every_price_has_a_source_and_a_date() {
    let book = book();
    assert!(book.sources().count() >= 5);
    for source in book.sources() {
        assert!(source.name.len() > 10, "{}", source.name);
        assert!(source.date.to_string().as_str() > "2025-01-01", "{}", source.name);
    }
}

#[test]
fn the_book_is_small() {
    let packed = include_bytes!("../data/book.tsv.gz").len();
    assert!(packed < 4 << 20, "{packed} bytes");
}
