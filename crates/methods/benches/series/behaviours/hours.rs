//! Hourly series: hours of the day and of the week.

use super::behaviours;
use super::case::Side::{Down, Up};
use super::case::{At, hourly};

fn office(d: At) -> bool {
    (8..18).contains(&d.hour)
}

behaviours! {
    /// A steady hourly cost
    fn steady_by_the_hour() { hourly(110, |_| 10.0) }

    /// Office hours on every day
    fn office_hours_daily() { hourly(110, |d| d.or(office(d), 40.0, 10.0)) }

    /// Office hours on weekdays only: hour and weekday interact
    fn office_hours_on_weekdays() { hourly(110, |d| d.or(office(d) && !d.weekend(), 40.0, 10.0)) }

    /// Nights and weekends at zero
    fn nights_at_zero() { hourly(110, |d| d.or(office(d) && !d.weekend(), 40.0, 0.0)) }

    /// A backup at two o'clock each night
    fn nightly_backup() { hourly(110, |d| d.or(d.hour == 2, 60.0, 10.0)) }

    /// A backup on Sundays at two o'clock
    fn sunday_backup() { hourly(110, |d| d.or(d.hour == 2 && d.weekday() == 6, 60.0, 10.0)) }

    /// Traffic: a wave over the day, lower at weekends
    fn traffic_by_the_hour() {
        hourly(110, |d| {
            let wave = 1.0 - 0.5 * (crate::labelled::float(d.hour) * std::f64::consts::TAU / 24.0).cos();
            20.0 * wave * d.or(d.weekend(), 0.7, 1.0)
        }).noise(0.06)
    }

    /// A spike of 80 % for three hours
    fn spike_of_three_hours() {
        hourly(110, |d| d.or(d.i == 100 && d.hour < 3, 18.0, 10.0)).alert(Up, 100, 0, 1)
    }

    /// An outage of six hours at daytime
    fn outage_of_six_hours() {
        hourly(110, |d| d.or(d.i == 90 && (9..15).contains(&d.hour), 0.0, 10.0)).alert(Down, 90, 0, 1)
    }

    /// A lasting step of 50 %
    fn step_by_the_hour() { hourly(110, |d| d.or(d.i >= 80, 15.0, 10.0)).alert(Up, 80, 1, 8) }

    /// Office hours are left on over a night
    fn left_on_over_night() {
        hourly(110, |d| d.or((office(d) && !d.weekend()) || d.i == 94, 40.0, 5.0)).alert(Up, 94, 1, 2)
    }

    /// One row in twenty is missing
    fn gaps_by_the_hour() { hourly(110, |_| 10.0).absent(|d| d.chance(0.05, 10 + d.hour as u64)) }
}
