//! Exact division: a whole into parts by weights, to the last digit.
//!
//! Each part is rounded down; the units that are left go to the largest remainders, of equal ones to the first (largest remainder
//! method, Hamilton 1792). So the parts sum to the whole, and none is a unit or more away from its exact share.

use super::wide::{multiply_divide, wide_divide, wide_product};

/// Weights of parts in a fixed order, reduced, with their sum above zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    parts: Vec<u128>,
    whole: u128,
    /// `part * 2^128 / whole` of each part, rounded down: a million divisions become multiplications. Empty where a remainder of twice
    /// the whole would not fit.
    fractions: Vec<u128>,
}

/// Memory that is used again for each division.
#[derive(Clone, Debug, Default)]
pub(super) struct SplitBuffer {
    parts: Vec<i128>,
    remainders: Vec<(u128, usize)>,
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
        let fits = whole <= u128::MAX / 2;
        // A part that is the whole has no fraction of 128 bits; it gets everything.
        let fraction = |part: &u128| if *part < whole { wide_divide(*part, 0, whole).0 } else { 0 };
        let fractions = if fits { parts.iter().map(fraction).collect() } else { Vec::new() };
        Some(Self { parts, whole, fractions })
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
        let mut buffer = SplitBuffer::default();
        self.split_into(units, &mut buffer);
        buffer.parts
    }

    /// As [`Weights::split`], into memory that is used again.
    pub(super) fn split_into<'b>(&self, units: i128, buffer: &'b mut SplitBuffer) -> &'b [i128] {
        let size = units.unsigned_abs();
        let SplitBuffer { parts, remainders } = buffer;
        parts.clear();
        remainders.clear();
        let mut left = size;
        for at in 0..self.parts.len() {
            let (quotient, remainder) = self.quotient(at, size);
            left -= quotient;
            if remainder > 0 {
                remainders.push((remainder, at));
            }
            parts.push(quotient.cast_signed());
        }
        // The remainders sum to the units that are left: fewer units than remainders, and none without a remainder.
        let left = usize::try_from(left).unwrap_or(usize::MAX).min(remainders.len());
        if let Some(last) = left.checked_sub(1) {
            remainders.select_nth_unstable_by(last, |a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            for (_, at) in &remainders[..left] {
                parts[*at] = parts[*at].wrapping_add(1);
            }
        }
        if units < 0 {
            parts.iter_mut().for_each(|part| *part = part.wrapping_neg());
        }
        parts
    }

    /// `size * part / whole` of a part, and the remainder.
    fn quotient(&self, at: usize, size: u128) -> (u128, u128) {
        let part = self.parts[at];
        let Some(fraction) = self.fractions.get(at) else { return multiply_divide(size, part, self.whole) };
        if part == self.whole {
            return (size, 0);
        }
        // The fraction is less than 2^-128 too small, so that the estimate is the quotient or one less.
        let (estimate, _) = wide_product(size, *fraction);
        let remainder = size.wrapping_mul(part).wrapping_sub(estimate.wrapping_mul(self.whole));
        if remainder >= self.whole { (estimate + 1, remainder - self.whole) } else { (estimate, remainder) }
    }
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
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
        assert_eq!(Weights::new([0, 5, 0]).unwrap().split(i128::MIN), [0, i128::MIN, 0]);
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
        fn a_multiplication_divides_as_a_division_does(
            size in any::<u128>(), shift in 0u32..128, parts in proptest::collection::vec(any::<u128>(), 1..4), low in 0u32..128
        ) {
            // Weights of every size, also beyond half the range.
            let weights = Weights::new(parts.iter().map(|part| part >> low));
            if let Some(weights) = weights {
                for at in 0..parts.len() {
                    let size = size >> shift;
                    prop_assert_eq!(weights.quotient(at, size), multiply_divide(size, weights.parts()[at], weights.whole()));
                }
            }
        }
    }
}
