//! Services that begin, end, pause and return.

use super::behaviours;
use super::case::Side::{Down, Up};
use super::case::daily;

behaviours! {
    /// A new service: 150 a day from one day to the next
    fn new_service() { daily(400, |d| d.or(d.i >= 250, 150.0, 0.0)).alert(Up, 250, 0, 20) }

    /// New 40 days before the end
    fn new_forty_days_ago() { daily(400, |d| d.or(d.i >= 360, 300.0, 0.0)).alert(Up, 360, 0, 20) }

    /// New 20 days before the end
    fn new_twenty_days_ago() { daily(400, |d| d.or(d.i >= 380, 300.0, 0.0)).alert(Up, 380, 0, 20) }

    /// A proof of concept: 30 days and gone
    fn proof_of_concept() {
        daily(400, |d| d.or((200..230).contains(&d.i), 80.0, 0.0)).alert(Up, 200, 0, 20).neither(230, 260)
    }

    /// Stopped 10 days before the end
    fn stopped_ten_days_ago() { daily(400, |d| d.or(d.i < 390, 300.0, 0.0)).alert(Down, 390, 2, 10) }

    /// Stopped 30 days before the end
    fn stopped_thirty_days_ago() { daily(400, |d| d.or(d.i < 370, 300.0, 0.0)).alert(Down, 370, 2, 20) }

    /// Stopped 100 days before the end
    fn stopped_hundred_days_ago() { daily(400, |d| d.or(d.i < 300, 300.0, 0.0)).alert(Down, 300, 2, 20) }

    /// Lived for 50 days, stopped 350 days ago
    fn lived_fifty_days() { daily(400, |d| d.or(d.i < 50, 300.0, 0.0)) }

    /// Low weekends, stopped 25 days before the end
    fn stopped_with_weekends() {
        daily(400, |d| if d.i < 375 { d.or(d.weekend(), 30.0, 200.0) } else { 0.0 }).alert(Down, 375, 4, 25)
    }

    /// Off at weekends, stopped 30 days before the end
    fn stopped_with_zero_weekends() {
        daily(400, |d| if d.i < 370 { d.or(d.weekend(), 0.0, 200.0) } else { 0.0 }).alert(Down, 370, 5, 30)
    }

    /// Jobs at random days, none for 120 days
    fn jobs_ended() { daily(400, |d| d.or(d.chance(0.3, 1) && d.i < 280, 200.0, 0.0)).noise(0.2).neither(280, 330) }

    /// Stopped, with a cent of storage left
    fn stopped_with_a_rest() { daily(400, |d| d.or(d.i < 300, 300.0, 0.01)).alert(Down, 300, 2, 20) }

    /// The rows end on day 300
    fn rows_end() {
        daily(400, |d| d.or(d.i < 300, 150.0, 0.0)).absent(|d| d.i >= 300).neither(300, 400)
    }

    /// Off for 90 days, back at its old cost
    fn comes_back() {
        daily(400, |d| d.or((180..270).contains(&d.i), 0.0, 200.0)).alert(Down, 180, 3, 20).alert(Up, 270, 3, 20)
    }

    /// Off for 20 days, back at its old cost
    fn comes_back_soon() {
        daily(400, |d| d.or((240..260).contains(&d.i), 0.0, 200.0)).alert(Down, 240, 2, 18).alert(Up, 260, 3, 20)
    }

    /// Off for 131 days, back for 170 days
    fn back_for_half_a_year() {
        daily(400, |d| d.or((100..231).contains(&d.i), 0.0, 300.0)).alert(Down, 100, 3, 20).alert(Up, 231, 3, 20)
    }

    /// Off for 60 days, back at twice its cost
    fn comes_back_larger() {
        daily(400, |d| match d.i { 0..220 => 200.0, 220..280 => 0.0, _ => 400.0 }).alert(Down, 220, 3, 20).alert(Up, 280, 3, 20)
    }

    /// A seasonal service: on for the last quarter of the year only, two years
    fn seasonal_service() {
        daily(800, |d| d.or(d.month() >= 10, 200.0, 0.0)).alert(Up, 274, 3, 20).neither(366, 386).neither(639, 660)
            .neither(731, 752).quiet_from(30)
    }

    /// The account that is moved away from: to zero over two weeks
    fn migrated_from() {
        daily(400, |d| 500.0 * (1.0 - (crate::labelled::float(d.i.saturating_sub(249)) / 14.0).min(1.0)))
            .alert(Down, 250, 12, 35)
    }

    /// The account that is moved to: from nothing to 500 over two weeks
    fn migrated_to() {
        daily(400, |d| 500.0 * (crate::labelled::float(d.i.saturating_sub(249)) / 14.0).min(1.0)).alert(Up, 250, 3, 45)
    }

    /// An old instance type is replaced: 120 become 75 in one night, and the old row ends
    fn replaced() { daily(400, |d| d.or(d.i >= 310, 75.0, 120.0)).alert(Down, 310, 2, 21) }

    /// A test environment that is on for a week in each month at random
    fn environment_by_the_week() {
        let on = |d: super::case::At| super::case::At { i: d.i / 7, ..d }.chance(0.25, 1);
        daily(400, move |d| d.or(on(d), 90.0, 0.0)).neither(90, 400).unpredictable()
    }
}
