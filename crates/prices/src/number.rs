//! Exact products of prices and quantities, and figures with bounds.

use serde::Serialize;
use tollgate_model::{Amount, Quantity};

/// Decimal places of a quantity that count: a billionth of a unit is below the last digit of every price.
const PLACES: u32 = 9;

/// Returns the cost of a quantity, exact to a billionth of a unit. `None` when it is out of range.
pub fn times(each: Amount, quantity: Quantity) -> Option<Amount> {
    let unit = 10i128.pow(Quantity::PLACES);
    let whole = i64::try_from(quantity.units() / unit).ok()?;
    let rest = i64::try_from(quantity.units() % unit / 10i128.pow(Quantity::PLACES - PLACES)).ok()?;
    each.ratio(whole, 1)?.checked_add(each.ratio(rest, 10i64.pow(PLACES))?)
}

/// Converts a whole number to a quantity.
pub fn whole(n: i64) -> Quantity {
    Quantity::from_units(i128::from(n) * 10i128.pow(Quantity::PLACES)).unwrap_or_default()
}

/// Returns the product of two quantities; `None` when it is out of range.
pub fn product(a: Quantity, b: Quantity) -> Option<Quantity> {
    let unit = 10i128.pow(Quantity::PLACES);
    let count = i64::try_from(b.units() / unit).ok()?;
    let rest = i64::try_from(b.units() % unit / 10i128.pow(Quantity::PLACES - PLACES)).ok()?;
    a.ratio(count, 1)?.checked_add(a.ratio(rest, 10i64.pow(PLACES))?)
}

/// A figure with its bounds: the lowest, the likely and the highest value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span<T> {
    /// The lowest value.
    pub low: T,
    /// The likely value, which sums use.
    pub likely: T,
    /// The highest value.
    pub high: T,
}

impl<T: Copy + Ord> Span<T> {
    /// Creates an exact figure.
    pub const fn exactly(x: T) -> Self {
        Self { low: x, likely: x, high: x }
    }

    /// Creates a figure with bounds.
    pub fn between(low: T, likely: T, high: T) -> Self {
        Self { low: low.min(likely), likely, high: high.max(likely) }
    }

    /// Returns whether the figure is exact.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// Applies a function to each bound; `None` when it returns `None` for one.
    pub fn try_map<U: Copy + Ord>(self, mut f: impl FnMut(T) -> Option<U>) -> Option<Span<U>> {
        Some(Span { low: f(self.low)?, likely: f(self.likely)?, high: f(self.high)? })
    }
}

impl Span<Amount> {
    /// Returns the sum of each bound, saturating.
    pub fn plus(self, other: Self) -> Self {
        Self {
            low: self.low.saturating_add(other.low),
            likely: self.likely.saturating_add(other.likely),
            high: self.high.saturating_add(other.high),
        }
    }

    /// Returns the difference from the value before a change. The uncertainty of both is the same: a volume with an uncertain
    /// price costs the same before and after.
    pub fn minus(self, before: Self) -> Self {
        let [low, likely, high] = [
            self.low.saturating_sub(before.low),
            self.likely.saturating_sub(before.likely),
            self.high.saturating_sub(before.high),
        ];
        Self { low: low.min(likely).min(high), likely, high: high.max(likely).max(low) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_month_of_hours_is_exact() {
        let each: Amount = "0.0416".parse().unwrap();
        assert_eq!(times(each, whole(730)).unwrap().to_string(), "30.368");
        let half: Quantity = "0.5".parse().unwrap();
        assert_eq!(times(each, half).unwrap().to_string(), "0.0208");
        assert_eq!(times("1".parse().unwrap(), whole(i64::MAX)), None);
    }

    proptest! {
        #[test]
        fn a_product_never_wraps(price in 0i64..1_000_000_000, n in 0i64..1_000_000) {
            let each = Amount::from_units(i128::from(price) * 10i128.pow(15)).unwrap();
            let sum = times(each, whole(n)).unwrap();
            prop_assert_eq!(sum.units(), each.units() * i128::from(n));
        }
    }
}
