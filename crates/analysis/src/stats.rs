//! Robust statistics: medians and normal quantiles.

/// Values that are sorted by insertion: weeks and months of a day are shorter.
const FEW: usize = 8;

/// Sorts few values; most medians are of a week.
fn sort_few(values: &mut [f64]) {
    for sorted in 1..values.len() {
        let mut at = sorted;
        while at > 0 && values[at - 1].total_cmp(&values[at]).is_gt() {
            values.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// The middle value, or the mean of the two middle values. Zero for an empty slice.
pub(crate) fn median(values: &[f64]) -> f64 {
    median_in_place(&mut values.to_vec())
}

/// Like [`median`], but may reorder the values.
pub(crate) fn median_in_place(values: &mut [f64]) -> f64 {
    let n = values.len();
    if n == 0 {
        return 0.0;
    }
    if n <= FEW {
        sort_few(values);
        return if n % 2 == 1 { values[n / 2] } else { f64::midpoint(values[n / 2 - 1], values[n / 2]) };
    }
    let (below, middle, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    let middle = *middle;
    if n % 2 == 1 {
        return middle;
    }
    f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), middle)
}

/// Like [`median`], for at most five values.
pub(crate) fn median_of_five(values: &[f32]) -> f64 {
    let mut sorted = [0.0f64; 5];
    let n = values.len().min(5);
    for (slot, value) in sorted.iter_mut().zip(values) {
        *slot = f64::from(*value);
    }
    median_in_place(&mut sorted[..n])
}

/// The value below which a normal variable lies with a probability: Acklam's rational approximation, relative error below
/// 1.2e-9.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    const CENTRE: ([f64; 6], [f64; 6]) = (
        [
            -39.696_830_286_653_76,
            220.946_098_424_520_5,
            -275.928_510_446_968_7,
            138.357_751_867_269,
            -30.664_798_066_147_16,
            2.506_628_277_459_239,
        ],
        [
            -54.476_098_798_224_06,
            161.585_836_858_040_9,
            -155.698_979_859_886_6,
            66.801_311_887_719_72,
            -13.280_681_552_885_72,
            1.0,
        ],
    );
    const TAIL: ([f64; 6], [f64; 5]) = (
        [
            -0.007_784_894_002_430_293,
            -0.322_396_458_041_136_5,
            -2.400_758_277_161_838,
            -2.549_732_539_343_734,
            4.374_664_141_464_968,
            2.938_163_982_698_783,
        ],
        [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416, 1.0],
    );
    let polynomial = |coefficients: &[f64], x: f64| coefficients.iter().fold(0.0, |sum, c| sum * x + c);
    let p = probability.clamp(1e-12, 1.0 - 1e-12);
    if p > 0.5 {
        return -normal_quantile(1.0 - p);
    }
    if p < 0.024_25 {
        let q = (-2.0 * p.ln()).sqrt();
        return polynomial(&TAIL.0, q) / polynomial(&TAIL.1, q);
    }
    let (q, r) = (p - 0.5, (p - 0.5) * (p - 0.5));
    q * polynomial(&CENTRE.0, r) / polynomial(&CENTRE.1, r)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_does_not_move_the_median() {
        assert!((median(&[1.0, 2.0, 1e9]) - 2.0).abs() < 1e-12);
        assert!((median(&[4.0, 1.0, 3.0, 2.0]) - 2.5).abs() < 1e-12);
        assert!(median(&[]).abs() < 1e-12);
        assert!((median_of_five(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_of_the_normal_distribution() {
        for (p, x) in [(0.5, 0.0), (0.95, 1.644_853_627), (0.001, -3.090_232_306), (0.975, 1.959_963_985)] {
            assert!((normal_quantile(p) - x).abs() < 1e-6, "{p}");
        }
    }
}
