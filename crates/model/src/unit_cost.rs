//! The division of a cost by a number of units, exact where the quotient has at most 24 decimal places.

use serde::{Deserialize, Serialize};

use crate::{Amount, Quantity};

/// A quotient of an amount and a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitCost {
    /// The amount for one unit, or for as many as `per` says; rounded to the nearest 24th decimal place, halves away from zero.
    pub amount: Amount,
    /// Whether the amount is the exact quotient.
    pub exact: bool,
}

impl UnitCost {
    /// `cost × factor ÷ units`. `None` where there are no units, or fewer than none, or the result leaves the range.
    pub fn of(cost: Amount, factor: u64, units: Quantity) -> Option<Self> {
        let divisor = u128::try_from(units.units()).ok().filter(|d| *d > 0)?;
        let factor = 10u128.pow(Quantity::PLACES).checked_mul(u128::from(factor))?;
        let (quotient, rest) = multiply_divide(cost.units().unsigned_abs(), factor, divisor)?;
        // The divisor is below 10^38, so that twice the rest stays in range.
        let rounded = if rest * 2 >= divisor { quotient.checked_add(1)? } else { quotient };
        let size = i128::try_from(rounded).ok()?;
        let amount = Amount::from_units(if cost.is_negative() { -size } else { size })?;
        Some(Self { amount, exact: rest == 0 })
    }
}

/// An amount in parts by weights: the parts add up to it to the last digit. What division leaves over goes to the parts with the largest
/// remainders, and of equal ones to the first. `None` where the weights have no sum above zero, or one of them is negative.
pub fn split_amount(amount: Amount, weights: &[Quantity]) -> Option<Vec<Amount>> {
    let weights: Vec<u128> = weights.iter().map(|w| u128::try_from(w.units()).ok()).collect::<Option<_>>()?;
    let whole = weights.iter().try_fold(0u128, |sum, w| sum.checked_add(*w)).filter(|w| (1..1 << 127).contains(w))?;
    let size = amount.units().unsigned_abs();
    let mut parts: Vec<(u128, u128)> =
        weights.iter().map(|weight| multiply_divide(size, *weight, whole)).collect::<Option<_>>()?;
    let mut left = size - parts.iter().map(|(part, _)| part).sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(parts[*at].1));
    for at in order {
        if left == 0 {
            break;
        }
        parts[at].0 += 1;
        left -= 1;
    }
    let signed = |part: u128| {
        let part = i128::try_from(part).ok()?;
        Amount::from_units(if amount.is_negative() { -part } else { part })
    };
    parts.into_iter().map(|(part, _)| signed(part)).collect()
}

/// `a × b ÷ d` and its remainder, over 256 bits. `None` where the quotient needs more than 128. The divisor is below 2^127.
fn multiply_divide(a: u128, b: u128, d: u128) -> Option<(u128, u128)> {
    let (high, low) = multiply(a, b);
    let (mut quotient, mut rest) = (0u128, 0u128);
    for bit in (0..256).rev() {
        let word = if bit >= 128 { high >> (bit - 128) } else { low >> bit };
        rest = (rest << 1) | (word & 1);
        if rest >= d {
            rest -= d;
            if bit >= 128 {
                return None;
            }
            quotient |= 1 << bit;
        }
    }
    Some((quotient, rest))
}

/// The product as its high and its low 128 bits.
fn multiply(a: u128, b: u128) -> (u128, u128) {
    const LOW: u128 = (1 << 64) - 1;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let (low, middle, other) = (a0 * b0, a1 * b0, a0 * b1);
    let carry = (low >> 64) + (middle & LOW) + (other & LOW);
    (a1 * b1 + (middle >> 64) + (other >> 64) + (carry >> 64), (carry << 64) | (low & LOW))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unit_cost(cost: &str, factor: u64, units: &str) -> Option<(String, bool)> {
        let found = UnitCost::of(cost.parse().unwrap(), factor, units.parse().unwrap())?;
        Some((found.amount.to_string(), found.exact))
    }

    #[test]
    fn a_quotient_is_exact_or_says_that_it_is_not() {
        assert_eq!(unit_cost("10", 1, "4"), Some(("2.5".to_owned(), true)));
        assert_eq!(unit_cost("1", 1, "3"), Some(("0.333333333333333333333333".to_owned(), false)));
        assert_eq!(unit_cost("-2", 1, "3"), Some(("-0.666666666666666666666667".to_owned(), false)));
        assert_eq!(unit_cost("12.5", 1_000_000, "5000000000"), Some(("0.0025".to_owned(), true)));
        assert_eq!(unit_cost("99999999999999", 1, "0.000000000000000001"), None);
    }

    #[test]
    fn no_units_give_no_unit_cost() {
        assert_eq!(unit_cost("10", 1, "0"), None);
        assert_eq!(unit_cost("10", 1, "-1"), None);
        assert_eq!(unit_cost("0", 1, "7"), Some(("0".to_owned(), true)));
    }

    #[test]
    fn parts_by_weight_add_up_to_the_amount() {
        let parts = split_amount(Amount::whole(10), &[1, 1, 1].map(Quantity::whole)).unwrap();
        assert_eq!(parts[0].to_string(), "3.333333333333333333333334");
        assert_eq!(parts[2].to_string(), "3.333333333333333333333333");
        assert_eq!(split_amount(Amount::whole(10), &[Quantity::ZERO]), None);
        assert_eq!(split_amount(Amount::whole(10), &[]), None);
        assert_eq!(split_amount(Amount::whole(10), &[Quantity::whole(2), Quantity::whole(-1)]), None);
    }

    proptest! {
        #[test]
        fn parts_always_add_up(units in -1_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000,
                               weights in proptest::collection::vec(0i64..1_000_000, 1..20)) {
            let amount = Amount::from_units(units).unwrap();
            let weights: Vec<Quantity> = weights.into_iter().map(Quantity::whole).collect();
            match split_amount(amount, &weights) {
                Some(parts) => {
                    let sum = parts.iter().try_fold(Amount::ZERO, |sum, part| sum.checked_add(*part)).unwrap();
                    prop_assert_eq!(sum, amount);
                    for (part, weight) in parts.iter().zip(&weights) {
                        prop_assert!(!weight.is_zero() || part.is_zero());
                    }
                }
                None => prop_assert!(weights.iter().all(|w| w.is_zero())),
            }
        }

        #[test]
        fn a_quotient_times_its_units_is_the_cost(cost in 0i64..1_000_000_000, units in 1i64..1_000_000) {
            let found = UnitCost::of(Amount::whole(cost), 1, Quantity::whole(units)).unwrap();
            let product = found.amount.units() * i128::from(units);
            let difference = (product - Amount::whole(cost).units()).abs();
            prop_assert!(difference <= i128::from(units));
            prop_assert_eq!(found.exact, difference == 0);
        }
    }
}
