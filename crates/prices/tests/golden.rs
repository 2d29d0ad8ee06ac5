//! Every type with an estimator has a case: its attributes, and the reviewed table of its cost.
//!
//! `TOLLGATE_WRITE_DOCS=1 cargo test -p tollgate-prices` rewrites the tables and docs/reference/prices.md.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that can rewrite its files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tollgate_expression::Value;
use tollgate_prices::observations::ObservedPrice;
use tollgate_prices::{
    Estimate, EstimateInput, PriceAdjustments, PriceBasis, PriceBook, PriceCoverage, QuantityOrigin, RelatedResources,
    Usage, estimate, from_json, kinds,
};

#[derive(serde::Deserialize)]
struct Case {
    region: String,
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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn cases() -> BTreeMap<&'static str, Estimate> {
    let book = PriceBook::embedded(PriceAdjustments::default()).unwrap();
    let read = |kind| {
        let path = folder().join(format!("{kind}.json"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let case: Case = serde_json::from_str(&text).unwrap();
        let related = Others(&case.refers_to);
        let resource = EstimateInput::new(kind, from_json(&case.attributes), &related);
        (kind, estimate(&book, &Usage::default().recording(), &resource, &format!("{kind}.case"), Some(&case.region)))
    };
    kinds().map(read).collect()
}

fn how(how: &PriceBasis) -> String {
    match how {
        PriceBasis::Listed => String::new(),
        PriceBasis::Several => ", several".to_owned(),
        PriceBasis::Elsewhere(region) => format!(", by {region}"),
        PriceBasis::AnyRegion => ", any region".to_owned(),
        PriceBasis::Scaled(from) => format!(", by {from}"),
        PriceBasis::Own(name) => format!(", own {name}"),
    }
}

fn table(estimate: &Estimate) -> String {
    let mut out = String::new();
    for c in &estimate.components {
        let span =
            |low: String, likely: String, high: String| if low == high { likely } else { format!("{low} to {high}") };
        let quantity =
            c.quantity.map_or("?".to_owned(), |q| span(q.low.to_string(), q.likely.to_string(), q.high.to_string()));
        let price = c.price.as_ref().map_or("?".to_owned(), |p| {
            let each = p.each();
            let steps =
                if p.steps.len() > 1 { format!(" and {} more steps", p.steps.len() - 1) } else { String::new() };
            format!(
                "{}{steps} ({}{})",
                span(each.low.to_string(), each.likely.to_string(), each.high.to_string()),
                p.date,
                how(&p.how)
            )
        });
        let monthly = c.monthly.map_or_else(
            || format!("? {}", c.unpriced_reason.clone().unwrap_or_default()),
            |m| span(m.low.round(2).to_string(), m.likely.round(2).to_string(), m.high.round(2).to_string()),
        );
        let used = match (c.usage_based, c.origin) {
            (true, origin) => format!(" [used, {}]", origin.label()),
            (false, QuantityOrigin::Default) => " [assumed]".to_owned(),
            _ => String::new(),
        };
        out += &format!("{}{used}: {quantity} {} × {price} = {monthly}\n", c.name, c.unit);
    }
    let total = estimate.monthly.map_or("?".to_owned(), |m| format!("{} to {}", m.low.round(2), m.high.round(2)));
    out + &format!("= {total} a month, {:?}\n", estimate.coverage)
}

fn held(path: &Path, text: &str) {
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(path, text).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, text, "{}: rewrite it with TOLLGATE_WRITE_DOCS=1 and review it", path.display());
}

#[test]
fn every_type_costs_what_was_reviewed() {
    for (kind, estimate) in cases() {
        held(&folder().join(format!("{kind}.txt")), &table(&estimate));
    }
    let known: Vec<String> = kinds().map(str::to_owned).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let kind = name.split('.').next().unwrap().to_owned();
        assert!(known.contains(&kind), "{name} is the case of no type");
    }
}

#[test]
fn there_are_as_many_types_as_are_promised() {
    let of = |prefix: &str| kinds().filter(|k| k.starts_with(prefix)).count();
    assert!(of("aws_") >= 60 && of("azurerm_") >= 20 && of("google_") >= 20);
    let sorted: Vec<&str> = kinds().collect();
    for provider in ["aws_", "azurerm_", "google_"] {
        let own: Vec<&&str> = sorted.iter().filter(|k| k.starts_with(provider)).collect();
        assert!(own.is_sorted());
    }
}

#[test]
fn nothing_unpriced_is_counted_as_zero() {
    for (kind, estimate) in cases() {
        for c in &estimate.components {
            assert_eq!(c.monthly.is_none(), c.unpriced_reason.is_some(), "{kind}: {}", c.name);
            if let (Some(price), Some(quantity), Some(monthly)) = (&c.price, c.quantity, c.monthly) {
                assert!(price.each().low > tollgate_model::Amount::ZERO, "{kind}: {}", c.name);
                if quantity.likely > tollgate_model::Quantity::ZERO {
                    assert!(monthly.likely > tollgate_model::Amount::ZERO, "{kind}: {}", c.name);
                }
            }
        }
        if estimate.components.iter().any(|c| c.monthly.is_none()) {
            assert!(!estimate.is_fully_priced(), "{kind}");
        }
    }
}

/// The reference of prices, with how far the cases agree with what was observed.
#[test]
#[ignore = "needs the observed prices: a table of public unit prices, which this repository does not have"]
fn prices_agree_with_what_was_observed() {
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/unit-prices-observed.tsv");
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(&facts).unwrap();
    let rows: Vec<ObservedPrice> = reader.deserialize().collect::<Result<_, _>>().unwrap();
    let mut out = String::from(
        "# Priced resource types\n\n<!-- Written by `TOLLGATE_WRITE_DOCS=1 cargo test -p tollgate-prices`. -->\n\nEvery type with an estimator, the components of its test case, and how many of their unit prices match prices that were observed for\nthe provider (2026-08-21; within 2 %). The rest are hourly prices of machines of 2025-03-02, or unpriced. Quantities that are billed by\nusage come from measured charges, from a usage file, or from the default in the last column.\n\n| Type | Components | Observed | Default usage |\n|---|---|---|---|\n",
    );
    let (mut agreed, mut all) = (0, 0);
    for (kind, estimate) in cases() {
        let provider = match kind.split('_').next().unwrap() {
            "azurerm" => "azure",
            other => other,
        };
        let priced: Vec<_> = estimate.components.iter().filter(|c| c.price.is_some()).collect();
        let seen = |c: &&&tollgate_prices::CostComponent| {
            let each = c.price.as_ref().unwrap().each().likely.to_f64();
            rows.iter().filter(|r| r.provider == provider).any(|r| {
                let price = r.unit_price.parse::<f64>().unwrap_or_default();
                (price - each).abs() <= each * 0.02
            })
        };
        let same = priced.iter().filter(seen).count();
        (agreed, all) = (agreed + same, all + priced.len());
        let assumed: Vec<String> = estimate
            .components
            .iter()
            .filter(|c| c.usage_based && c.origin == QuantityOrigin::Default)
            .filter_map(|c| Some(format!("{}: up to {} {}", c.name, c.quantity?.high, c.unit)))
            .collect();
        let names: Vec<&str> = estimate.components.iter().map(|c| c.name.as_str()).collect();
        out += &format!("| `{kind}` | {} | {same} of {} | {} |\n", names.join("; "), priced.len(), assumed.join("; "));
    }
    out += &format!("\n{agreed} of {all} unit prices match observed prices.\n");
    println!("{out}");
    assert!(agreed * 10 >= all * 8, "{agreed} of {all}");
    held(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/prices.md"), &out);
    let unpriced: Vec<_> =
        cases().into_iter().filter(|(_, e)| e.coverage == PriceCoverage::Unpriced).map(|(k, _)| k).collect();
    println!("the embedded book has no price for any component of these: {unpriced:?}");
}

/// A figure that is missing in the table would be an error in a usage file.
#[test]
fn every_figure_that_an_estimator_reads_is_in_the_table() {
    // Measured for any type, and not written in usage files but for `aws_data_transfer`.
    let transfer = tollgate_prices::known_figures("aws_data_transfer").unwrap();
    let mut missing = Vec::new();
    for (kind, estimate) in cases() {
        let known = tollgate_prices::known_figures(kind).unwrap_or_default();
        let is_known = |key: &str| known.iter().chain(transfer).any(|f| f.is(key) || f.read_as == key);
        missing.extend(estimate.usage_read.keys().filter(|key| !is_known(key)).map(|key| format!("{kind}\t{key}")));
    }
    assert!(missing.is_empty(), "add to data/usage_figures.tsv:\n{}", missing.join("\n"));
}
