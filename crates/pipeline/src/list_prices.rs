//! List prices for advice, from the price book: a resource is described as in Terraform.

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
        let prices = &policy.prices;
        let overlay = PriceAdjustments::new(prices.discounts.clone(), &prices.own, &policy.rates)
            .map_err(|e| PipelineError::Refused(e.to_string()))?;
        let book = PriceBook::embedded(overlay).map_err(|e| PipelineError::Refused(e.to_string()))?;
        Ok(Self { book })
    }

    pub(crate) fn currency(&self) -> Currency {
        self.book.currency()
    }

    /// The price of an hour of a key in a region, after discounts; `None` when it is unknown.
    pub(crate) fn hourly(&self, key: &str, region: &str) -> Option<Amount> {
        let price = self.book.price(key, "hours", Some(region))?;
        Some(price.each().likely).filter(|price| *price > Amount::ZERO)
    }
}

impl ListPrices for BookPrices {
    /// Numeric attributes are also usage figures: without them the price book would assume usage, and advice assumes none.
    fn monthly(&self, kind: &str, attributes: Value, region: &str) -> Option<(Amount, Amount)> {
        let numbers = attributes.as_object()?.iter().filter(|(_, value)| value.is_number());
        let figures = numbers.filter_map(|(name, value)| Some((name.clone(), value.to_string().parse().ok()?)));
        let usage = Usage::of_kind(kind, figures);
        let resource = EstimateInput::new(kind, from_json(&attributes), &NoRelatedResources);
        let estimate = estimate(&self.book, &usage, &resource, kind, Some(region));
        // A partly priced estimate is a lower bound, not a price.
        let total = estimate.monthly.filter(|_| estimate.coverage == PriceCoverage::Priced)?;
        Some((total.low, total.high))
    }
}
