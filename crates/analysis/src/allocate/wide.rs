//! Products and quotients of 128 bits that need 256 on the way.

pub(super) const LOW: u128 = u64::MAX as u128;

/// `a * b / c` and the remainder, where `b` is at most `c` and `c` is above zero.
pub(super) fn multiply_divide(a: u128, b: u128, c: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / c, product % c);
    }
    let (high, low) = wide_product(a, b);
    wide_divide(high, low, c)
}

/// The product as its high and low 128 bits.
pub(super) fn wide_product(a: u128, b: u128) -> (u128, u128) {
    let ((a1, a0), (b1, b0)) = ((a >> 64, a & LOW), (b >> 64, b & LOW));
    let (low, cross, other, high) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
    let middle = (low >> 64) + (cross & LOW) + (other & LOW);
    (high + (cross >> 64) + (other >> 64) + (middle >> 64), (middle << 64) | (low & LOW))
}

/// Divides 256 bits, of which the high half is below the divisor. Source: Knuth, The Art of Computer Programming, 4.3.1, algorithm D.
pub(super) fn wide_divide(high: u128, low: u128, divisor: u128) -> (u128, u128) {
    let shift = divisor.leading_zeros();
    let divisor = divisor << shift;
    let high = if shift == 0 { high } else { (high << shift) | (low >> (128 - shift)) };
    let low = low << shift;
    let (first, rest) = quotient_digit(high, low >> 64, divisor);
    let (second, rest) = quotient_digit(rest, low & LOW, divisor);
    ((first << 64) | second, rest >> shift)
}

/// One digit of 64 bits of `(high * 2^64 + next) / divisor`, and the remainder. The top bit of the divisor is set.
fn quotient_digit(high: u128, next: u128, divisor: u128) -> (u128, u128) {
    let (d1, d0) = (divisor >> 64, divisor & LOW);
    let (mut digit, mut rest) = (high / d1, high % d1);
    while digit > LOW || digit * d0 > ((rest << 64) | next) {
        digit -= 1;
        rest += d1;
        if rest > LOW {
            break;
        }
    }
    let remainder = (high << 64).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor));
    (digit, remainder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_division_inverts_multiplication(a in any::<u128>(), c in 1u128.., part in any::<u128>()) {
            let b = part % c.saturating_add(1).max(1);
            let (quotient, remainder) = multiply_divide(a, b, c);
            prop_assert!(remainder < c);
            let (high, low) = wide_product(quotient, c);
            let (sum, carry) = low.overflowing_add(remainder);
            prop_assert_eq!((high + u128::from(carry), sum), wide_product(a, b));
        }
    }
}
