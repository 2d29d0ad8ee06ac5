//! List prices for advice, from the price book: a resource is described as in Terraform.

use std::fmt::Write;

use serde_json::Value;
use tollgate_analysis::advice::ListPrices;
use tollgate_model::{Amount, Currency};
use tollgate_policy::Policy;
use tollgate_prices::{
    EstimateInput, NoRelatedResources, PriceAdjustments, PriceBook, PriceCoverage, Usage, estimate, from_json,
};

use crate::PipelineError;

/// The price book, with the discounts and prices of the policy file.
pub(crate) struct BookPrices {
    book: PriceBook,
}

impl BookPrices {
    pub(crate) fn new(policy: &Policy) -> Result<Self, PipelineError> {
        let overlay = PriceAdjustments { discounts: policy.prices.discounts.clone(), own: policy.prices.own.clone() };
        let book = PriceBook::embedded(overlay).map_err(|e| PipelineError::Refused(e.to_string()))?;
        Ok(Self { book })
    }

    pub(crate) fn currency(&self) -> Currency {
        self.book.currency()
    }
}

impl ListPrices for BookPrices {
    /// Numeric attributes are also usage figures: without them the price book would assume usage, and advice assumes none.
    fn monthly(&self, kind: &str, attributes: Value, region: &str) -> Option<(Amount, Amount)> {
        let mut figures = format!("resource_type_default_usage:\n  {kind}:\n");
        for (name, value) in attributes.as_object()?.iter().filter(|(_, v)| v.is_number()) {
            let _ = writeln!(figures, "    {name}: {value}");
        }
        let usage = Usage::read(&figures).ok()?;
        let resource = EstimateInput::new(kind, from_json(&attributes), &NoRelatedResources);
        let estimate = estimate(&self.book, &usage, &resource, kind, Some(region));
        // A partly priced estimate is a lower bound, not a price.
        let total = estimate.monthly.filter(|_| estimate.coverage == PriceCoverage::Priced)?;
        Some((total.low, total.high))
    }
}
