//! Every type that has an estimator is refreshed: the case of each type is priced by what the recorded lists of the providers have.
//!
//! The samples have invented prices in the documented shape of each list. A type that they do not price in full is named below, with
//! the reason, and has a price in the embedded book. The names can only become fewer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tollgate_expression::Value;

use super::{AWS_SERVICES, aws, azure, google, google_services};
use crate::book::{Book, BookWriter};
use crate::{
    CostComponent, Estimate, EstimateInput, PriceAdjustments, PriceBook, PriceCoverage, RelatedResources, Usage,
    estimate, from_json, kinds,
};

/// Types that `prices refresh` does not price in full: they keep the prices of the embedded book.
const NOT_REFRESHED: &str = include_str!("not_refreshed.txt");

/// The most types that may be named there: a new type is refreshed.
const MOST: usize = 99;

#[derive(serde::Deserialize)]
struct Case {
    attributes: serde_json::Value,
    #[serde(default)]
    refers_to: BTreeMap<String, serde_json::Value>,
}

struct Others<'c>(&'c BTreeMap<String, serde_json::Value>);

impl RelatedResources for Others<'_> {
    fn referred(&self, _: &str, kind: &str) -> Option<Value> {
        self.0.get(kind).map(from_json)
    }
}

fn aws_book(book: &mut BookWriter) {
    for sample in
        [include_str!("samples/aws-services-us-east-1.csv"), include_str!("samples/aws-more-services-us-east-1.csv")]
    {
        for service in AWS_SERVICES {
            let head = sample.lines().take(6);
            let own = sample.lines().skip(6).filter(|line| line.contains(&format!("\"{service}\"")));
            let text: String = head.chain(own).map(|line| format!("{line}\n")).collect();
            let mut list = aws::List::new(service, "us-east-1");
            list.feed(text.as_bytes());
            list.finish(book).unwrap();
        }
    }
}

/// The book that a refresh makes of the samples.
fn refreshed() -> String {
    let today = "2026-11-28".parse().unwrap();
    let mut book = BookWriter::new(crate::usd());
    aws_book(&mut book);
    for sample in [
        &include_bytes!("samples/azure-page.json")[..],
        include_bytes!("samples/azure-services-page.json"),
        include_bytes!("samples/azure-more-services-page.json"),
    ] {
        azure::page(sample, "eastus", today, &mut book).unwrap();
    }
    let services: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(include_bytes!("samples/google-services.json")).unwrap();
    for (service, page) in services {
        assert!(google_services().any(|known| known == service), "the list of {service} is not read");
        let mut list = google::List::new(&service);
        list.page(page.to_string().as_bytes()).unwrap();
        list.finish(today, &mut book);
    }
    book.text()
}

fn cases(book: &PriceBook) -> BTreeMap<&'static str, Estimate> {
    let read = |kind: &'static str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(format!("{kind}.json"));
        let case: Case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let related = Others(&case.refers_to);
        let resource = EstimateInput::new(kind, from_json(&case.attributes), &related);
        // The samples are lists of one region.
        let region = crate::global_region(kind);
        (kind, estimate(book, &Usage::default(), &resource, &format!("{kind}.case"), Some(region)))
    };
    kinds().map(read).collect()
}

fn named() -> Vec<(&'static str, &'static str)> {
    NOT_REFRESHED
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once('\t').unwrap_or_else(|| panic!("{line}: no reason")))
        .collect()
}

fn is_priced(estimate: &Estimate) -> bool {
    estimate.components.iter().all(|c| c.price.is_some())
}

/// The keys of a case that a book does not have. A part without a key has no price in any list.
fn missing(estimate: &Estimate, text: &str) -> Vec<String> {
    let lacks = |c: &&CostComponent| !c.sku.is_empty() && !text.contains(&format!("\nprice\t{}\t{}\t", c.sku, c.unit));
    let mut out: Vec<String> =
        estimate.components.iter().filter(lacks).map(|c| format!("{} ({})", c.sku, c.unit)).collect();
    if !estimate.components.is_empty() && estimate.components.iter().all(|c| c.sku.is_empty()) {
        out.push("no part with a price".to_owned());
    }
    out
}

#[test]
fn every_type_is_refreshed_or_named_with_its_reason() {
    let text = refreshed();
    let book = PriceBook::new(vec![Book::read(text.clone()).unwrap()], PriceAdjustments::default());
    let names = named();
    let (mut not_named, mut used) = (Vec::new(), BTreeSet::new());
    for (kind, estimate) in cases(&book) {
        let missing = missing(&estimate, &text);
        let name = names.iter().find(|(name, _)| *name == kind);
        match (missing.is_empty(), name) {
            (true, None) => {}
            (false, Some((name, _))) => {
                used.insert(*name);
            }
            (false, None) => not_named.push(format!("{kind}\t{}", missing.join(", "))),
            (true, Some(_)) => not_named.push(format!("{kind} is refreshed: remove it from not_refreshed.txt")),
        }
    }
    assert!(not_named.is_empty(), "{} types:\n{}", not_named.len(), not_named.join("\n"));
    let unknown: Vec<&str> = names.iter().map(|(name, _)| *name).filter(|name| !used.contains(name)).collect();
    assert!(unknown.is_empty(), "not_refreshed.txt names what is no type: {unknown:?}");
    assert!(names.iter().all(|(_, reason)| reason.len() > 10));
    assert!(names.len() <= MOST, "{} types are not refreshed, and {MOST} were", names.len());
}

#[test]
fn what_is_not_refreshed_has_a_price_in_the_embedded_book() {
    let embedded = cases(&PriceBook::embedded(PriceAdjustments::default()).unwrap());
    let without: Vec<&str> = named()
        .into_iter()
        .filter(|(name, reason)| !is_priced(&embedded[name]) && !reason.starts_with("unpriced: "))
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "neither refreshed nor priced: {without:?}");
    // What is said to be unpriced is.
    let priced: Vec<&str> = named()
        .into_iter()
        .filter(|(name, reason)| reason.starts_with("unpriced: ") && embedded[name].coverage == PriceCoverage::Priced)
        .map(|(name, _)| name)
        .collect();
    assert!(priced.is_empty(), "{priced:?}");
}

/// A rule whose key no estimator uses reads a list for nothing, and is most often a misspelled key.
#[test]
fn every_service_of_a_rule_is_read() {
    for service in super::aws_meters::services() {
        assert!(AWS_SERVICES.contains(&service), "the list of {service} is not read");
    }
    for meter in super::google_meters::METERS {
        assert!(google_services().any(|known| known == meter.service), "the list of {} is not read", meter.service);
    }
}
