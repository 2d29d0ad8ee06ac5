//! Noise from a seed: a value for any key, in any order.

/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014 (SplitMix64).
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number for a key: the same in every call.
pub(super) fn number(seed: u64, key: &[u64]) -> u64 {
    key.iter().fold(mix(seed), |state, part| mix(state ^ mix(*part)))
}

/// Uniform from zero to one, excluding one.
pub(super) fn even(seed: u64, key: &[u64]) -> f64 {
    (number(seed, key) >> 11) as f64 / (1u64 << 53) as f64
}

/// Approximately normal with mean zero and deviation one: the sum of twelve uniform numbers minus six.
pub(super) fn normal(seed: u64, key: &[u64]) -> f64 {
    let mut state = number(seed, key);
    let mut sum = -6.0;
    for i in 0..12 {
        state = mix(state ^ i);
        sum += even(state, &[i]);
    }
    sum
}
