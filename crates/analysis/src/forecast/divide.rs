//! A forecast divided among parts: the sum that fits best, the means that add up to it, and amounts that add up when rounded.

use super::daily::DayForecast;
use super::hierarchy::to_units;
use crate::float;

/// Passes after which what is left is divided by cost: each pass leaves out parts that would change their sign.
const PASSES: usize = 4;

/// The sum that fits best to its own forecast (mean and variance) and to the sum of the parts' forecasts: the mean weighted by the
/// inverse of the variances.
pub(super) fn reconciled_sum((own, own_variance): (f64, f64), parts: f64, parts_variance: f64) -> f64 {
    let all = own_variance + parts_variance;
    if all <= 0.0 || !all.is_finite() {
        return parts;
    }
    parts + (own - parts) * parts_variance / all
}

/// Moves means so that they add up to `sum`, in proportion to their variances. No cost becomes a credit, and no credit a cost.
pub(super) fn divide(sum: f64, means: &[f64], variances: &[f64]) -> Vec<f64> {
    let mut out = means.to_vec();
    let mut fixed = vec![false; out.len()];
    let near = 1e-9 * (1.0 + sum.abs());
    for _ in 0..PASSES {
        let left = sum - out.iter().sum::<f64>();
        let weights: f64 = variances.iter().zip(&fixed).filter(|(_, fixed)| !**fixed).map(|(v, _)| v).sum();
        if left.abs() <= near || weights <= 0.0 || !weights.is_finite() {
            break;
        }
        for ((mean, fixed), variance) in out.iter_mut().zip(&mut fixed).zip(variances) {
            if *fixed || *variance <= 0.0 {
                continue;
            }
            let moved = *mean + left * variance / weights;
            if (moved < 0.0) == (*mean < 0.0) {
                *mean = moved;
            } else {
                (*mean, *fixed) = (0.0, true);
            }
        }
    }
    let (left, all) = (sum - out.iter().sum::<f64>(), out.iter().sum::<f64>());
    if left.abs() <= near {
        return out;
    }
    if all != 0.0 && (all > 0.0) == (sum > 0.0) {
        out.iter_mut().for_each(|mean| *mean *= sum / all);
    } else if let Some(largest) = out.iter_mut().max_by(|a, b| a.abs().total_cmp(&b.abs())) {
        *largest += left;
    }
    out
}

/// The cumulative shares of costs, the last of which is one. Costs of nothing at all have equal shares.
pub(super) fn cumulative_shares(costs: &[f64]) -> Vec<f64> {
    let all: f64 = costs.iter().sum();
    let equal = 1.0 / float(costs.len().max(1));
    let mut sum = 0.0;
    let mut out: Vec<f64> = costs
        .iter()
        .map(|cost| {
            sum += if all > 0.0 { cost / all } else { equal };
            sum
        })
        .collect();
    if let Some(last) = out.last_mut() {
        *last = 1.0;
    }
    out
}

/// Rounds parts so that those of a day add up to its rounded sum: each part is the difference of two rounded partial sums, and what
/// is left belongs to the largest part.
pub(super) fn rounded_parts(sums: &[i64], parts: &[Vec<DayForecast>]) -> Vec<Vec<i64>> {
    let mut out: Vec<Vec<i64>> = parts.iter().map(|_| Vec::with_capacity(sums.len())).collect();
    for (day, whole) in sums.iter().enumerate() {
        let (mut sum, mut before) = (0.0, 0i64);
        for (out, part) in out.iter_mut().zip(parts) {
            sum += part[day].mean;
            let now = to_units(sum);
            out.push(now - before);
            before = now;
        }
        let largest = out.iter_mut().filter_map(|days| days.last_mut()).max_by_key(|units| units.abs());
        if let Some(largest) = largest {
            *largest += whole - before;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(made: &[f64], expected: &[f64]) -> bool {
        made.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn a_difference_is_divided_by_variance() {
        // Variances 1, 4, 0 and 5 of the sum: of a difference of ten the parts take one, four and nothing.
        let sum = reconciled_sum((90.0, 5.0), 80.0, 5.0);
        assert!((sum - 85.0).abs() < 1e-9);
        let made = divide(sum, &[50.0, 30.0, 0.0], &[1.0, 4.0, 0.0]);
        assert!(near(&made, &[51.0, 34.0, 0.0]), "{made:?}");
    }

    #[test]
    fn a_difference_makes_no_cost_a_credit() {
        let made = divide(5.0, &[10.0, 1.0, -2.0], &[1.0, 9.0, 0.0]);
        assert!(near(&made, &[7.0, 0.0, -2.0]), "{made:?}");
        // Without any variance the parts keep their proportions.
        assert!(near(&divide(30.0, &[10.0, 5.0], &[0.0, 0.0]), &[20.0, 10.0]));
        assert!(near(&divide(3.0, &[0.0, 0.0], &[0.0, 0.0]), &[0.0, 3.0]));
    }

    #[test]
    fn rounded_parts_add_up() {
        let day = DayForecast { mean: 0.000_04, noise: 1.0, ..DayForecast::default() };
        let parts = vec![vec![day]; 300];
        let made = rounded_parts(&[121], &parts);
        assert_eq!(made.iter().map(|days| days[0]).sum::<i64>(), 121);
        assert!(made.iter().all(|days| days[0] >= 0));
    }

    #[test]
    fn shares_of_nothing_are_equal() {
        assert!(near(&cumulative_shares(&[0.0, 0.0]), &[0.5, 1.0]));
        assert!(near(&cumulative_shares(&[1.0, 3.0]), &[0.25, 1.0]));
    }
}
