//! Products of two amounts or quantities before a division: they need 256 bits.

/// `a × b ÷ c`, rounded to the nearest whole, halves away from zero. `None` when `c` is zero or the result leaves the range.
pub(super) fn multiply_divide(a: i128, b: i128, c: i128) -> Option<i128> {
    let is_negative = (a < 0) ^ (b < 0) ^ (c < 0);
    let divisor = c.unsigned_abs();
    let (quotient, rest) = divide(multiply(a.unsigned_abs(), b.unsigned_abs()), divisor)?;
    let rounds_up = rest >= divisor - rest;
    let size = i128::try_from(quotient.checked_add(u128::from(rounds_up))?).ok()?;
    Some(if is_negative { -size } else { size })
}

/// The upper and the lower half of a product.
fn multiply(a: u128, b: u128) -> (u128, u128) {
    const HALF: u128 = (1 << 64) - 1;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & HALF, b >> 64, b & HALF);
    let low = a_low * b_low;
    let middle = a_high * b_low + (low >> 64);
    let other = a_low * b_high + (middle & HALF);
    (a_high * b_high + (middle >> 64) + (other >> 64), (other << 64) | (low & HALF))
}

/// Quotient and rest; `None` when the quotient has more than 128 bits.
fn divide((high, low): (u128, u128), divisor: u128) -> Option<(u128, u128)> {
    if high >= divisor {
        return None;
    }
    if high == 0 {
        return Some((low / divisor, low % divisor));
    }
    let (mut rest, mut quotient) = (high, 0u128);
    for bit in (0..128).rev() {
        let carry = rest >> 127;
        rest = (rest << 1) | ((low >> bit) & 1);
        quotient <<= 1;
        if carry == 1 || rest >= divisor {
            rest = rest.wrapping_sub(divisor);
            quotient |= 1;
        }
    }
    Some((quotient, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn products_beyond_128_bits_are_exact() {
        let big = 10i128.pow(37);
        assert_eq!(multiply_divide(big, big, big), Some(big));
        assert_eq!(multiply_divide(-big, big / 3, big), Some(-(big / 3)));
        assert_eq!(multiply_divide(big, big, 1), None);
        assert_eq!(multiply_divide(1, 1, 0), None);
        assert_eq!(
            (multiply_divide(5, 1, 2), multiply_divide(-5, 1, 2), multiply_divide(4, 1, 3)),
            (Some(3), Some(-3), Some(1))
        );
    }

    proptest! {
        #[test]
        fn small_products_are_those_of_128_bits(a in -10i128.pow(17)..10i128.pow(17), b in -10i128.pow(17)..10i128.pow(17), c in 1i128..10i128.pow(17)) {
            let product = a * b;
            let half = if product < 0 { -(c / 2) } else { c / 2 };
            // Halves of an odd divisor do not exist.
            let expected = (product + half) / c;
            prop_assert_eq!(multiply_divide(a, b, c), Some(expected));
        }

        #[test]
        fn a_ratio_of_one_changes_nothing(a in any::<i64>(), b in 1..i128::MAX) {
            prop_assert_eq!(multiply_divide(a.into(), b, b), Some(i128::from(a)));
        }
    }
}
