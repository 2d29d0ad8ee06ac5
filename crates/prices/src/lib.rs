//! The dated price book, and what a resource costs a month by it.
//!
//! Two steps: an estimator, one file a type, turns a resource's attributes into components (a name, a unit, a quantity, the key
//! of a price), and the [`PriceBook`] says what one of each costs where. What cannot be told stays untold, with the reason: no
//! unknown price or quantity counts as zero.

mod aws;
mod azure;
pub mod bill;
pub mod book;
mod estimate;
pub mod facts;
mod free;
mod google;
mod measured;
pub mod number;
mod overlay;
mod prelude;
mod price_book;
#[cfg(feature = "refresh")]
pub mod refresh;
#[cfg(feature = "refresh")]
pub mod remote;
mod resource;
pub mod usage;

pub use bill::Component;
pub use book::{Book, BookError, BookWriter};
pub use estimate::{Coverage, Estimate, estimate, kinds};
pub use measured::{Measured, MeasuredRow, MeasuredUse};
pub use number::Span;
pub use overlay::Overlay;
pub use price_book::{How, Price, PriceBook};
pub use resource::{Alone, Related, Resource, from_json};
pub use usage::{Origin, Usage, UsageError};

/// The currency of the lists that are read.
fn usd() -> tollgate_model::Currency {
    "USD".parse().unwrap_or_else(|_| unreachable!("USD is a currency"))
}

/// The region in which prices of a service that is the same everywhere are listed.
fn home(kind: &str) -> &'static str {
    match kind.split('_').next() {
        Some("aws") => "us-east-1",
        Some("azurerm") => "eastus",
        _ => "us-central1",
    }
}
