//! Discounts and negotiated prices of a company.

use serde::Serialize;

use crate::{Amount, Currency, Day};

/// A discount on some keys of the price book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discount {
    /// Its name.
    pub name: String,
    /// The discount in hundredths of a percent: 1250 is 12.5 %.
    pub basis_points: u32,
    /// Percent of the usage that it covers, 0 to 100: a savings plan rarely covers all usage.
    pub covers: u32,
    /// Keys of the price book, with `*` for anything: `aws/vm/*`.
    pub skus: Vec<String>,
    /// Keys that it excludes.
    pub except: Vec<String>,
}

/// A negotiated price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnPrice {
    /// Its name.
    pub name: String,
    /// A key of the price book.
    pub sku: String,
    /// The region where it applies; `None`: everywhere.
    pub region: Option<String>,
    /// The unit, as in the price book: `hours`.
    pub unit: String,
    /// The price of one unit, above zero.
    pub each: Amount,
    /// The currency of the price.
    pub currency: Currency,
    /// The first day on which it applies.
    pub since: Day,
}
