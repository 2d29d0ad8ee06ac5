//! Exact division: a whole into parts by weights, to the last digit.
//!
//! Each part is rounded down; the units that are left go to the largest remainders, of equal ones to the first (largest remainder
//! method, Hamilton 1792). So the parts sum to the whole, and none is a unit or more away from its exact share.

const LOW: u128 = u64::MAX as u128;

/// Weights of parts in a fixed order, reduced, with their sum above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    parts: Vec<u128>,
    whole: u128,
}

impl Weights {
    /// Weights without their common divisor; `None` when all are zero or the sum is out of range.
    pub fn new(parts: impl IntoIterator<Item = u128>) -> Option<Self> {
        let mut parts: Vec<u128> = parts.into_iter().collect();
        let divisor = parts.iter().copied().fold(0, greatest_common_divisor);
        if divisor == 0 {
            return None;
        }
        parts.iter_mut().for_each(|part| *part /= divisor);
        let whole = parts.iter().try_fold(0u128, |sum, part| sum.checked_add(*part))?;
        Some(Self { parts, whole })
    }

    /// The weight of each part.
    pub fn parts(&self) -> &[u128] {
        &self.parts
    }

    /// The sum of all weights.
    pub fn whole(&self) -> u128 {
        self.whole
    }

    /// Divides a whole. A negative one is divided like its size. The parts sum to it exactly.
    pub fn split(&self, units: i128) -> Vec<i128> {
        let size = units.unsigned_abs();
        let mut remainders: Vec<(u128, usize)> = Vec::with_capacity(self.parts.len());
        let mut left = size;
        let mut out: Vec<u128> = Vec::with_capacity(self.parts.len());
        for (at, part) in self.parts.iter().enumerate() {
            let (quotient, remainder) = multiply_divide(size, *part, self.whole);
            left -= quotient;
            remainders.push((remainder, at));
            out.push(quotient);
        }
        if left > 0 {
            remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            // Fewer units are left than there are parts.
            for (_, at) in remainders.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
                out[*at] += 1;
            }
        }
        let signed = |part: u128| if units < 0 { part.wrapping_neg().cast_signed() } else { part.cast_signed() };
        out.into_iter().map(signed).collect()
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `a * b / c` and the remainder, where `b` is at most `c` and `c` is above zero.
fn multiply_divide(a: u128, b: u128, c: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / c, product % c);
    }
    let (high, low) = wide_product(a, b);
    wide_divide(high, low, c)
}

/// The product as its high and low 128 bits.
fn wide_product(a: u128, b: u128) -> (u128, u128) {
    let ((a1, a0), (b1, b0)) = ((a >> 64, a & LOW), (b >> 64, b & LOW));
    let (low, cross, other, high) = (a0 * b0, a0 * b1, a1 * b0, a1 * b1);
    let middle = (low >> 64) + (cross & LOW) + (other & LOW);
    (high + (cross >> 64) + (other >> 64) + (middle >> 64), (middle << 64) | (low & LOW))
}

/// Divides 256 bits, of which the high half is below the divisor. Source: Knuth, The Art of Computer Programming, 4.3.1, algorithm D.
fn wide_divide(high: u128, low: u128, divisor: u128) -> (u128, u128) {
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

    #[test]
    fn thirds_of_a_cent_go_to_the_first() {
        let thirds = Weights::new([1, 1, 1]).unwrap();
        assert_eq!(thirds.split(100), [34, 33, 33]);
        assert_eq!(thirds.split(-100), [-34, -33, -33]);
        assert_eq!(thirds.split(0), [0, 0, 0]);
        assert_eq!(Weights::new([20, 30, 50]).unwrap().split(7), [1, 2, 4]);
    }

    #[test]
    fn weights_without_a_sum_are_none() {
        assert_eq!(Weights::new([0, 0]), None);
        assert_eq!(Weights::new([]), None);
        assert_eq!(Weights::new([u128::MAX, u128::MAX - 1]), None);
        let reduced = Weights::new([10, 0, 30]).unwrap();
        assert_eq!((reduced.parts(), reduced.whole()), (&[1, 0, 3][..], 4));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole_and_are_within_a_unit(
            units in any::<i64>(), scale in 0u32..20, parts in proptest::collection::vec(0u64..1_000_000, 1..12)
        ) {
            let units = i128::from(units).saturating_mul(10i128.pow(scale)).clamp(1 - 10i128.pow(38), 10i128.pow(38) - 1);
            if let Some(weights) = Weights::new(parts.iter().map(|p| u128::from(*p))) {
                let split = weights.split(units);
                prop_assert_eq!(split.iter().sum::<i128>(), units);
                for (part, weight) in split.iter().zip(weights.parts()) {
                    prop_assert!(*weight > 0 || *part == 0);
                    let (floor, _) = multiply_divide(units.unsigned_abs(), *weight, weights.whole());
                    prop_assert!(part.unsigned_abs() - floor <= 1);
                }
            }
        }

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
