//! Spikes, outages and steps of the level, small and large.

use super::behaviours;
use super::case::Side::{Down, Up};
use super::case::daily;

behaviours! {
    /// A spike of 40 % on one day
    fn spike_of_two_fifths() { daily(400, |d| d.or(d.i == 300, 140.0, 100.0)).alert(Up, 300, 0, 2) }

    /// A retry loop: ten times the cost for one day
    fn retry_loop() { daily(400, |d| d.or(d.i == 300, 1000.0, 100.0)).alert(Up, 300, 0, 3) }

    /// A full scan of a table on three days
    fn table_scans() { daily(400, |d| d.or((300..303).contains(&d.i), 250.0, 100.0)).alert(Up, 300, 0, 4) }

    /// A load test of two weeks: +80 %
    fn load_test() { daily(400, |d| d.or((270..284).contains(&d.i), 180.0, 100.0)).alert(Up, 270, 1, 30) }

    /// Debug logging left on for a week: +35 %
    fn debug_logging_for_a_week() {
        daily(400, |d| d.or((280..287).contains(&d.i), 135.0, 100.0)).alert(Up, 280, 1, 14)
    }

    /// A lasting step of 60 %
    fn step_up() { daily(400, |d| d.or(d.i >= 250, 160.0, 100.0)).alert(Up, 250, 1, 21) }

    /// A lasting step of 25 %
    fn step_up_a_quarter() { daily(400, |d| d.or(d.i >= 250, 125.0, 100.0)).alert(Up, 250, 5, 25) }

    /// Right-sizing: half the cost
    fn rightsized() { daily(400, |d| d.or(d.i >= 250, 50.0, 100.0)).alert(Down, 250, 1, 21) }

    /// Right-sizing ten days before the end of the data
    fn rightsized_recently() { daily(400, |d| d.or(d.i >= 390, 150.0, 300.0)).alert(Down, 390, 1, 10) }

    /// +60 % since ten days
    fn step_up_recently() { daily(400, |d| d.or(d.i >= 390, 480.0, 300.0)).alert(Up, 390, 1, 10) }

    /// A new architecture: -70 % in two steps a week apart
    fn two_steps_down() {
        daily(400, |d| match d.i { 0..250 => 300.0, 250..257 => 180.0, _ => 90.0 }).alert(Down, 250, 1, 35)
    }

    /// Ten steps up of 5 % in ten months: deployments, each within the noise
    fn many_small_steps() {
        daily(400, |d| 100.0 * 1.05f64.powi(i32::try_from(d.i / 40).unwrap_or(0))).noise(0.04)
    }

    /// A step up that is undone after 20 days
    fn step_undone() {
        daily(400, |d| d.or((250..270).contains(&d.i), 170.0, 100.0)).alert(Up, 250, 1, 16).alert(Down, 270, 3, 21)
    }

    /// An outage of two days
    fn outage_of_two_days() { daily(400, |d| d.or((300..302).contains(&d.i), 0.0, 100.0)).alert(Down, 300, 0, 5) }

    /// An outage of three weeks, and two months later a lasting step of 60 %
    fn step_after_an_outage() {
        daily(400, |d| match d.i { 220..241 => 0.0, 300.. => 160.0, _ => 100.0 })
            .alert(Down, 220, 2, 18).neither(241, 262).alert(Up, 300, 5, 25)
    }

    /// An outage of two months, and a month after it a lasting step of 60 %
    fn step_after_a_long_outage() {
        daily(400, |d| match d.i { 200..260 => 0.0, 300.. => 160.0, _ => 100.0 })
            .alert(Down, 200, 2, 18).alert(Up, 260, 3, 20).alert(Up, 300, 5, 25)
    }

    /// A degraded region: -30 % for five days
    fn degraded_region() { daily(400, |d| d.or((300..305).contains(&d.i), 70.0, 100.0)).alert(Down, 300, 2, 9) }

    /// 50,000 a day with 1 % noise: +12 % for good is 180,000 a month
    fn large_money_small_share() {
        daily(400, |d| d.or(d.i >= 250, 56_000.0, 50_000.0)).noise(0.01).alert(Up, 250, 14, 30)
    }

    /// 200,000 a day with 0.5 % noise: +6 % for good is 360,000 a month
    fn very_large_money() {
        daily(400, |d| d.or(d.i >= 250, 212_000.0, 200_000.0)).noise(0.005).alert(Up, 250, 14, 30)
    }

    /// 50,000 a day with 1 % noise: -12 % for good
    fn large_money_saved() {
        daily(400, |d| d.or(d.i >= 250, 44_000.0, 50_000.0)).noise(0.01).alert(Down, 250, 14, 30)
    }

    /// 40 cents a day with 20 % noise
    fn small_money() { daily(400, |_| 0.4).noise(0.2) }

    /// Noise of 15 %
    fn noisy() { daily(400, |d| d.or(d.weekend(), 70.0, 100.0)).noise(0.15) }

    /// Autocorrelated noise of 10 %
    fn noise_with_memory() { daily(400, |_| 100.0).noise(0.1).memory(0.8) }

    /// One day in 40 is half as high again by traffic: heavy tails
    fn heavy_tails() { daily(400, |d| d.or(d.chance(0.025, 1), 150.0, 100.0)).noise(0.08).quiet_from(220) }

    /// An autoscaler that is not scaled back: +45 % after a busy day
    fn autoscaler_not_scaled_back() {
        daily(400, |d| match d.i { 0..280 => 100.0, 280 => 260.0, _ => 145.0 }).alert(Up, 280, 0, 25)
    }

    /// Spot capacity falls back to on-demand: +120 % for nine days
    fn spot_falls_back() { daily(400, |d| d.or((310..319).contains(&d.i), 220.0, 100.0)).alert(Up, 310, 0, 20) }

    /// Crypto mining: 30 times the cost from one day to the next, stopped after two days
    fn crypto_mining() { daily(400, |d| d.or((310..312).contains(&d.i), 3000.0, 100.0)).alert(Up, 310, 0, 5) }

    /// A feature doubles traffic for good; the forecast follows
    fn launch() { daily(400, |d| d.or(d.i >= 340, 200.0, 100.0)).noise(0.06).alert(Up, 340, 1, 21) }

    /// A purchase of 20,000 booked as usage, 12 days before the end
    fn purchase_as_usage() { daily(400, |d| d.or(d.i == 388, 20_300.0, 300.0)).alert(Up, 388, 0, 1) }

    /// Six spikes in a year, each of one day and at random
    fn rare_spikes() {
        daily(400, |d| d.or(matches!(d.i, 45 | 110 | 161 | 233 | 290 | 371), 400.0, 100.0))
            .alert(Up, 161, 0, 1).alert(Up, 233, 0, 1).alert(Up, 290, 0, 1).alert(Up, 371, 0, 1).neither(110, 111)
    }
}
