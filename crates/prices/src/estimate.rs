//! What resources cost a month: which estimator a type has, and what came of it.

use serde::Serialize;
use tollgate_model::Amount;

use crate::bill::{Bill, Component};
use crate::number::Span;
use crate::price_book::PriceBook;
use crate::resource::{Resource, Told, Untold};
use crate::usage::{Origin, Usage};
use crate::{aws, azure, free, google};

/// What knows what a type costs.
pub(crate) type Estimator = fn(&Resource<'_>, &mut Bill<'_>) -> Told<()>;

/// What is known of what a resource costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coverage {
    /// Every component has a price.
    Priced,
    /// Some have, and of some it cannot be told.
    Partly,
    /// It costs nothing by itself.
    Free,
    /// It cannot be told.
    Untold,
}

/// What a resource costs a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// What is known of it.
    pub coverage: Coverage,
    /// The sum of the components that can be told; `None` when none can.
    pub monthly: Option<Span<Amount>>,
    /// Its components.
    pub components: Vec<Component>,
    /// Why something cannot be told.
    pub untold: Option<String>,
}

impl Estimate {
    /// Nothing is there, so nothing is paid.
    pub fn nothing() -> Self {
        Self { coverage: Coverage::Free, monthly: Some(Span::default()), components: Vec::new(), untold: None }
    }

    /// Whether all of it is known.
    pub fn is_told(&self) -> bool {
        matches!(self.coverage, Coverage::Priced | Coverage::Free)
    }

    /// Whether some quantity is only assumed.
    pub fn assumes(&self) -> bool {
        self.components.iter().any(|c| c.origin == Origin::Default)
    }
}

/// Every type that has an estimator, in order.
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

/// Estimates a resource. `region` is where it is, as its provider calls it; `None` when that is not known.
pub fn estimate(
    book: &PriceBook,
    usage: &Usage,
    resource: &Resource<'_>,
    address: &str,
    region: Option<&str>,
) -> Estimate {
    let Some(estimator) = estimator(resource.kind) else {
        if free::is_free(resource.kind) {
            return Estimate::nothing();
        }
        let why = format!("{} has no price here yet", resource.kind);
        return Estimate { coverage: Coverage::Untold, monthly: None, components: Vec::new(), untold: Some(why) };
    };
    let region = region.map(|r| r.to_lowercase().replace(' ', ""));
    let mut bill = Bill::new(book, usage, address, resource.kind, region);
    let done = estimator(resource, &mut bill);
    conclude(bill.components, done)
}

fn conclude(components: Vec<Component>, done: Told<()>) -> Estimate {
    let told: Vec<Span<Amount>> = components.iter().filter_map(|c| c.monthly).collect();
    let monthly =
        (!told.is_empty()).then(|| told.iter().fold(Span::default(), |sum: Span<Amount>, one| sum.plus(*one)));
    let why = done.err().map(|Untold(why)| why);
    let missing = why.is_some() || told.len() < components.len();
    let coverage = match (missing, told.is_empty()) {
        (true, true) => Coverage::Untold,
        (true, false) => Coverage::Partly,
        (false, true) => Coverage::Free,
        (false, false) => Coverage::Priced,
    };
    let monthly = if coverage == Coverage::Free { Some(Span::default()) } else { monthly };
    let untold = why.or_else(|| components.iter().find_map(|c| Some(format!("{}: {}", c.name, c.untold.as_ref()?))));
    Estimate { coverage, monthly, components, untold }
}
