//! Robust statistics: medians and what is made of them.

/// The middle value; of an even count, the mean of the two in the middle. Zero of nothing.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut v = values.to_vec();
    if v.is_empty() {
        return 0.0;
    }
    v.sort_by(f64::total_cmp);
    let mid = v.len() / 2;
    if v.len() % 2 == 1 { v[mid] } else { f64::midpoint(v[mid - 1], v[mid]) }
}

/// The standard deviation that a normal distribution with this median absolute deviation has.
/// 1.4826 = 1 / Φ⁻¹(3/4): Hampel, "The influence curve and its role in robust estimation", 1974.
pub(crate) fn robust_deviation(residuals: &[f64]) -> f64 {
    let centre = median(residuals);
    let distances: Vec<f64> = residuals.iter().map(|r| (r - centre).abs()).collect();
    1.4826 * median(&distances)
}

/// The median of the slopes of all pairs of points, by their x: Sen, "Estimates of the regression coefficient based on
/// Kendall's tau", 1968. Zero of fewer than two points.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (i, (x1, y1)) in points.iter().enumerate() {
        slopes.extend(points[i + 1..].iter().filter(|(x2, _)| x2 > x1).map(|(x2, y2)| (y2 - y1) / (x2 - x1)));
    }
    median(&slopes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wild_value_moves_nothing() {
        assert!((median(&[1.0, 2.0, 1e9]) - 2.0).abs() < 1e-12);
        assert!((slope(&[(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, 1e6), (4.0, 4.0)]) - 1.0).abs() < 1e-9);
        assert!(robust_deviation(&[0.0; 9]).abs() < 1e-12);
        assert!(median(&[]).abs() < 1e-12);
    }
}
