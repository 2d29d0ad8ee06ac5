//! Growth, leaks, ramps and drifts.

use super::behaviours;
use super::case::Side::{Down, Up};
use super::case::{At, daily};

/// A cost that grows by a share a month from a day on.
fn grown(d: At, from: usize, a_month: f64) -> f64 {
    (1.0 + a_month).powf(crate::labelled::float(d.i.saturating_sub(from)) / 30.44)
}

/// A ramp from 0 to 1 over some days.
fn ramp(d: At, from: usize, days: usize) -> f64 {
    (crate::labelled::float((d.i + 1).saturating_sub(from)) / crate::labelled::float(days)).min(1.0)
}

behaviours! {
    /// Steady growth of 3 % a month
    fn growth_of_three() { daily(400, |d| 100.0 * grown(d, 0, 0.03)) }

    /// Steady growth of 6 % a month for the whole time
    fn growth_of_six() { daily(400, |d| 100.0 * grown(d, 0, 0.06)) }

    /// Steady growth of 8 % a month with low weekends
    fn growth_and_weekends() { daily(400, |d| d.or(d.weekend(), 40.0, 100.0) * grown(d, 0, 0.08)) }

    /// Steady growth of 15 % a month: a startup
    fn growth_of_fifteen() { daily(400, |d| 50.0 * grown(d, 0, 0.15)).neither(90, 400) }

    /// A steady decline of 4 % a month
    fn decline_of_four() { daily(400, |d| 100.0 * grown(d, 0, -0.04)) }

    /// Storage that grows by the same money each day
    fn storage_grows_linearly() { daily(400, |d| 100.0 + 0.4 * crate::labelled::float(d.i)).noise(0.005) }

    /// Storage doubles every 12 months, with noise of 0.5 %
    fn storage_grows() { daily(400, |d| 100.0 * grown(d, 0, 0.0595)).noise(0.005) }

    /// A leak of 12 % a month: doubles in six months
    fn leak_of_twelve() {
        daily(400, |d| 100.0 * grown(d, 200, 0.12)).alert(Up, 200, 120, 200).unpredictable()
    }

    /// A leak of 15 % a month
    fn leak_of_fifteen() {
        daily(400, |d| 100.0 * grown(d, 200, 0.15)).alert(Up, 200, 90, 200).unpredictable()
    }

    /// A leak of 20 % a month
    fn leak_of_twenty() {
        daily(400, |d| 100.0 * grown(d, 200, 0.20)).alert(Up, 200, 60, 200).unpredictable()
    }

    /// Snapshots that are never deleted: 1.5 more every day from day 200 on
    fn snapshots_pile_up() {
        daily(400, |d| 100.0 + 1.5 * crate::labelled::float(d.i.saturating_sub(200))).noise(0.02)
            .alert(Up, 200, 45, 200).unpredictable()
    }

    /// Log ingestion grows by 70 % over three weeks and stays
    fn log_ingestion_drifts() { daily(400, |d| 100.0 + 70.0 * ramp(d, 240, 21)).alert(Up, 240, 14, 60) }

    /// A drift of 40 % over five weeks
    fn slow_drift() { daily(400, |d| 100.0 + 40.0 * ramp(d, 240, 35)).alert(Up, 240, 32, 80) }

    /// Model tokens: the cost doubles over two months
    fn tokens_double() {
        daily(400, |d| 200.0 * (1.0 + ramp(d, 250, 60))).noise(0.06).alert(Up, 250, 45, 110)
    }

    /// A drift downward of 40 % over four weeks: traffic moves away
    fn drift_down() { daily(400, |d| 100.0 - 40.0 * ramp(d, 240, 28)).alert(Down, 240, 26, 70) }

    /// A gradual rollout: +100 % over ten days, then flat for months
    fn rollout() { daily(400, |d| 100.0 + 100.0 * ramp(d, 200, 10)).alert(Up, 200, 6, 40) }

    /// Growth of 10 % a month that stopped two months ago
    fn growth_that_stopped() { daily(400, |d| 100.0 * grown(At { i: d.i.min(340), ..d }, 0, 0.10)).neither(90, 400) }

    /// Ramped down over 60 days to zero, 20 days ago
    fn ramped_down_to_zero() { daily(400, |d| 300.0 * (1.0 - ramp(d, 320, 60))).alert(Down, 320, 40, 90) }

    /// A ramp down over 60 days that is still on its way: two thirds are gone
    fn ramp_down_on_its_way() {
        daily(400, |d| 300.0 * (1.0 - ramp(d, 360, 60)).max(0.0)).alert(Down, 360, 25, 60).unpredictable()
    }

    /// A seasonal wave over the year of 20 %
    fn yearly_wave() {
        daily(800, |d| 100.0 * (1.0 + 0.1 * (crate::labelled::float(d.i) * std::f64::consts::TAU / 365.25).sin()))
    }

    /// A new product: from nothing to 300 over a year, linearly
    fn product_grows_linearly() { daily(400, |d| 20.0 + 0.7 * crate::labelled::float(d.i)).neither(90, 200) }
}
