//! The seasonal profile of a series, and the series without it: classical decomposition around a centred moving average, with
//! lower weights for older seasons.

use crate::float;

/// The weight of each season is this share of the weight of the season after it.
const OLDER: f64 = 0.8;
/// The quantile of a normal distribution for the test of a season: 90 %, as in the M4 competition's own benchmarks.
const TEST: f64 = 1.645;

/// A seasonal profile.
pub(crate) struct Profile {
    /// The effect of each point of a season; empty without a season.
    effects: Vec<f64>,
    /// Whether effects are factors instead of amounts.
    multiplies: bool,
}

impl Profile {
    /// The profile of a season, if the series has it.
    pub(crate) fn of(values: &[f64], season: usize) -> Self {
        let none = Self { effects: Vec::new(), multiplies: false };
        if season < 2 || values.len() < 2 * season + 1 || !is_seasonal(values, season) {
            return none;
        }
        let multiplies = values.iter().all(|v| *v > 0.0);
        let trend = moving_average(values, season);
        let mut sums = vec![(0.0, 0.0); season];
        let half = season / 2;
        for (i, centre) in trend.iter().enumerate() {
            let at = i + half;
            let away = if multiplies { values[at] / centre.max(f64::MIN_POSITIVE) } else { values[at] - centre };
            let seasons_ago = (trend.len() - 1 - i) / season;
            let weight = OLDER.powi(i32::try_from(seasons_ago).unwrap_or(i32::MAX));
            let sum = &mut sums[at % season];
            (sum.0, sum.1) = (sum.0 + weight * away, sum.1 + weight);
        }
        if sums.iter().any(|(_, weight)| *weight == 0.0) {
            return none;
        }
        let mut effects: Vec<f64> = sums.iter().map(|(sum, weight)| sum / weight).collect();
        let mean = effects.iter().sum::<f64>() / float(season);
        if multiplies && !(mean > 0.0 && effects.iter().all(|e| *e > 0.0)) {
            return none;
        }
        effects.iter_mut().for_each(|e| *e = if multiplies { *e / mean } else { *e - mean });
        Self { effects, multiplies }
    }

    /// The value of the point with a number, without its season.
    pub(crate) fn without(&self, i: usize, value: f64) -> f64 {
        match self.effects.get(i % self.effects.len().max(1)) {
            Some(effect) if self.multiplies => value / effect,
            Some(effect) => value - effect,
            None => value,
        }
    }

    /// The value of the point with a number, with its season.
    pub(crate) fn with(&self, i: usize, value: f64) -> f64 {
        match self.effects.get(i % self.effects.len().max(1)) {
            Some(effect) if self.multiplies => value * effect,
            Some(effect) => value + effect,
            None => value,
        }
    }

    /// The factor on a distance at the point with a number.
    pub(crate) fn scale(&self, i: usize) -> f64 {
        match self.effects.get(i % self.effects.len().max(1)) {
            Some(effect) if self.multiplies => *effect,
            _ => 1.0,
        }
    }
}

/// Whether the autocorrelation at the lag of a season differs from zero: the test of the M4 competition's benchmarks.
fn is_seasonal(values: &[f64], season: usize) -> bool {
    let n = values.len();
    let mean = values.iter().sum::<f64>() / float(n);
    let variance: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    if variance <= 1e-12 * mean * mean * float(n) || variance == 0.0 {
        return false;
    }
    let correlation =
        |lag: usize| values.iter().zip(&values[lag..]).map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / variance;
    // The limit of Bartlett, from a sample of shorter lags: all of them would take too long for a season of a week of hours.
    let step = (season / 24).max(1);
    let squares: f64 = (1..season).step_by(step).map(|lag| correlation(lag).powi(2)).sum::<f64>() * float(step);
    correlation(season) > TEST * ((1.0 + 2.0 * squares) / float(n)).sqrt().min(0.3)
}

/// The centred moving average over a season; the first value belongs to the point `season / 2`.
fn moving_average(values: &[f64], season: usize) -> Vec<f64> {
    let mut sum: f64 = values[..season].iter().sum();
    let mut means = vec![sum / float(season)];
    for i in season..values.len() {
        sum += values[i] - values[i - season];
        means.push(sum / float(season));
    }
    if season % 2 == 1 {
        return means;
    }
    // An even season has no middle point: the mean of two neighbours is centred.
    means.windows(2).map(|pair| f64::midpoint(pair[0], pair[1])).collect()
}
