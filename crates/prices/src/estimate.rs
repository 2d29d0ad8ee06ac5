//! Estimates the monthly cost of resources with the estimator of their type.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::Amount;

use crate::bill::{Bill, CostComponent};
use crate::number::Span;
use crate::price_book::PriceBook;
use crate::resource::{EstimateInput, Estimated, Unpriced};
use crate::usage::{QuantityOrigin, Usage};
use crate::{aws, azure, free, google};

/// Adds the components of a resource of one type.
pub(crate) type Estimator = fn(&EstimateInput<'_>, &mut Bill<'_>) -> Estimated<()>;

/// How much of the cost of a resource is priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceCoverage {
    /// Every component has a price.
    Priced,
    /// Some components have a price, and some are unpriced.
    Partly,
    /// The resource is free.
    Free,
    /// No component has a price.
    Unpriced,
}

/// The estimated monthly cost of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// How much of the cost is priced.
    pub coverage: PriceCoverage,
    /// The sum of the priced components; `None` when none is priced.
    pub monthly: Option<Span<Amount>>,
    /// Its components.
    pub components: Vec<CostComponent>,
    /// Why a component is unpriced.
    pub unpriced_reason: Option<String>,
    /// The usage figures that the estimator looked for, by their names in usage files, with the default of each that has one.
    #[serde(skip)]
    pub usage_read: BTreeMap<String, Option<i64>>,
}

impl Estimate {
    /// Returns the estimate of a resource that does not exist.
    pub fn nothing() -> Self {
        Self {
            coverage: PriceCoverage::Free,
            monthly: Some(Span::default()),
            components: Vec::new(),
            unpriced_reason: None,
            usage_read: BTreeMap::new(),
        }
    }

    /// Returns whether every component is priced.
    pub fn is_fully_priced(&self) -> bool {
        matches!(self.coverage, PriceCoverage::Priced | PriceCoverage::Free)
    }

    /// Returns whether a quantity is a default.
    pub fn assumes(&self) -> bool {
        self.components.iter().any(|c| c.origin == QuantityOrigin::Default)
    }
}

/// Returns the types that have an estimator, in order.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    [aws::KINDS, azure::KINDS, google::KINDS].into_iter().flatten().map(|(kind, _)| *kind)
}

fn estimator(kind: &str) -> Option<Estimator> {
    let table = match kind.split_once('_')?.0 {
        "aws" => aws::KINDS,
        "azurerm" => azure::KINDS,
        _ => google::KINDS,
    };
    table.binary_search_by_key(&kind, |(name, _)| *name).ok().and_then(|at| table.get(at)).map(|(_, f)| *f)
}

/// Returns whether a type is priced or known to be free.
pub(crate) fn is_known(kind: &str) -> bool {
    estimator(kind).is_some() || free::is_free(kind)
}

/// Returns whether every resource of a type is free, whatever its attributes are.
pub fn is_free_type(kind: &str) -> bool {
    estimator(kind).is_none() && free::is_free(kind)
}

/// Estimates a resource. `region` is the provider's name of its region; `None` when unknown.
pub fn estimate(
    book: &PriceBook,
    usage: &Usage,
    resource: &EstimateInput<'_>,
    address: &str,
    region: Option<&str>,
) -> Estimate {
    let Some(estimator) = estimator(resource.kind) else {
        if free::is_free(resource.kind) {
            return Estimate::nothing();
        }
        let why = match free::billed_by(resource.kind) {
            Some(billed_by) => format!("{} has no price yet; it is billed by: {billed_by}", resource.kind),
            None if resource.kind.is_empty() => "the plan does not name its type".to_owned(),
            None => format!("{} has no price yet", resource.kind),
        };
        return Estimate {
            coverage: PriceCoverage::Unpriced,
            monthly: None,
            components: Vec::new(),
            unpriced_reason: Some(why),
            usage_read: BTreeMap::new(),
        };
    };
    let region = region.map(|r| r.to_lowercase().replace(' ', ""));
    let mut bill = Bill::new(book, usage, address, resource.kind, region);
    let done = estimator(resource, &mut bill);
    let done = if resource.kind.starts_with("aws_") && resource.kind != aws::DATA_TRANSFER && usage.is_measured(address)
    {
        // What a resource sends is measured for any type.
        done.and_then(|()| aws::data_transfer::estimate(resource, &mut bill))
    } else {
        done
    };
    Estimate { usage_read: bill.asked.take(), ..conclude(bill.components, done) }
}

fn conclude(components: Vec<CostComponent>, done: Estimated<()>) -> Estimate {
    let priced: Vec<Span<Amount>> = components.iter().filter_map(|c| c.monthly).collect();
    let monthly =
        (!priced.is_empty()).then(|| priced.iter().fold(Span::default(), |sum: Span<Amount>, cost| sum.plus(*cost)));
    let why = done.err().map(|Unpriced(why)| why);
    let missing = why.is_some() || priced.len() < components.len();
    let coverage = match (missing, priced.is_empty()) {
        (true, true) => PriceCoverage::Unpriced,
        (true, false) => PriceCoverage::Partly,
        (false, true) => PriceCoverage::Free,
        (false, false) => PriceCoverage::Priced,
    };
    let monthly = if coverage == PriceCoverage::Free { Some(Span::default()) } else { monthly };
    let unpriced_reason =
        why.or_else(|| components.iter().find_map(|c| Some(format!("{}: {}", c.name, c.unpriced_reason.as_ref()?))));
    Estimate { coverage, monthly, components, unpriced_reason, usage_read: BTreeMap::new() }
}
