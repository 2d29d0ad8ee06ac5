//! What a company pays instead of the list price.

use serde::Serialize;

use crate::{Amount, Currency, Day};

/// A share taken off, of some things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Discount {
    /// Its name.
    pub name: String,
    /// Hundredths of a per cent that are taken off what it covers: 1250 are 12.5 %.
    pub basis_points: u32,
    /// Per cent of the usage that it covers, 0 to 100: a savings plan rarely covers all of it.
    pub covers: u32,
    /// Keys of the price book, with `*` for anything: `aws/vm/*`.
    pub skus: Vec<String>,
    /// Keys that it leaves out.
    pub except: Vec<String>,
}

/// A price of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnPrice {
    /// Its name.
    pub name: String,
    /// A key of the price book.
    pub sku: String,
    /// Where it holds; everywhere when it does not say.
    pub region: Option<String>,
    /// The unit, as the book has it: `hours`.
    pub unit: String,
    /// What one costs, above zero.
    pub each: Amount,
    /// In what.
    pub currency: Currency,
    /// Since when it holds.
    pub since: Day,
}
