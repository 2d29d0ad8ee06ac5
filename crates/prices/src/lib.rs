//! The price book, and the monthly cost of a resource by its prices.
//!
//! Estimates have two steps. An estimator, one file per type, turns the attributes of a resource into components: a name, a unit,
//! a quantity and the key of a price. The [`PriceBook`] has the unit price of each key by region. A component without a price or a
//! quantity is unpriced, with the reason: nothing unknown counts as zero.

mod aws;
mod azure;
pub mod bill;
pub mod book;
mod estimate;
mod free;
mod google;
mod measured;
mod meters;
pub mod number;
pub mod observations;
mod overlay;
mod prelude;
mod price_book;
pub mod proportion;
#[cfg(feature = "refresh")]
pub mod refresh;
pub mod regions;
#[cfg(feature = "refresh")]
pub mod remote;
mod resource;
pub mod usage;

pub use bill::CostComponent;
pub use book::{Book, BookError, BookWriter};
pub use estimate::{Estimate, PriceCoverage, estimate, is_free_type, kinds};
pub use measured::{Measured, MeasuredRow, MeasuredUse};
pub use number::Span;
pub use overlay::{PriceAdjustments, UnconvertedPrice};
pub use price_book::{Price, PriceBasis, PriceBook};
pub use resource::{EstimateInput, NoRelatedResources, RelatedResources, from_json};
pub use usage::{FigureForm, KnownFigure, QuantityOrigin, Usage, UsageError, known_figures};

/// Returns the currency of the price lists.
fn usd() -> tollgate_model::Currency {
    "USD".parse().unwrap_or_else(|_| unreachable!("USD is a currency"))
}

/// Returns the region under which a global service is listed.
fn global_region(kind: &str) -> &'static str {
    match kind.split('_').next() {
        Some("aws") => "us-east-1",
        Some("azurerm") => "eastus",
        _ => "us-central1",
    }
}
