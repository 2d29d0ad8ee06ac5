//! Calendar rules that begin, change, break or stop: reported once, and then the rule.

use super::behaviours;
use super::case::Side::{Down, Either, Up};
use super::case::daily;

behaviours! {
    /// An off-hours schedule is introduced: weekends fall from 180 to 30
    fn schedule_introduced() {
        daily(400, |d| match d.weekend() { true if d.i >= 200 => 30.0, true => 180.0, _ => 200.0 })
            .alert(Down, 200, 8, 56)
    }

    /// An off-hours schedule is removed: weekends rise from 30 to 200
    fn schedule_removed() {
        daily(400, |d| d.or(d.weekend() && d.i < 200, 30.0, 200.0)).alert(Up, 200, 8, 56)
    }

    /// A batch moves from Saturday to Sunday
    fn batch_moves_to_sunday() {
        daily(400, |d| d.or(d.weekday() == 5 + usize::from(d.i >= 200), 850.0, 50.0)).alert(Either, 200, 8, 56)
    }

    /// A weekly batch ends for good
    fn weekly_batch_ends() {
        daily(400, |d| d.or(d.weekday() == 5 && d.i < 250, 850.0, 50.0)).alert(Down, 250, 14, 56)
    }

    /// A weekly batch begins
    fn weekly_batch_begins() {
        daily(400, |d| d.or(d.weekday() == 2 && d.i >= 250, 400.0, 100.0)).alert(Up, 250, 8, 56)
    }

    /// A Saturday without its batch
    fn batch_missed_once() {
        daily(400, |d| d.or(d.weekday() == 5 && d.i / 7 != 43, 850.0, 50.0)).alert(Down, 301, 6, 8)
    }

    /// An extra batch on a Monday
    fn batch_run_twice() {
        daily(400, |d| d.or(d.weekday() == 5 || d.i == 320, 850.0, 50.0)).alert(Up, 320, 0, 3)
    }

    /// The switch-off fails for one weekend
    fn switch_off_fails_once() {
        daily(400, |d| d.or(d.weekend() && !(290..=293).contains(&d.i), 0.0, 200.0)).alert(Up, 290, 3, 5)
    }

    /// The switch-off fails from now on
    fn switch_off_fails_for_good() {
        daily(400, |d| d.or(d.weekend() && d.i < 288, 0.0, 200.0)).alert(Up, 288, 8, 56)
    }

    /// All is down on a Wednesday, in a service that is off at weekends
    fn down_on_a_weekday() {
        daily(400, |d| d.or(d.weekend() || d.i == 336, 0.0, 200.0)).alert(Down, 336, 0, 3)
    }

    /// In the first four weeks two Mondays are doubled by chance
    fn two_bad_mondays_at_start() {
        daily(400, |d| d.or(matches!(d.i, 5 | 19), 200.0, 100.0)).quiet_from(60)
    }

    /// A monthly fee does not come once
    fn fee_missing() {
        daily(400, |d| d.or(d.date() == 1 && d.month() != 10, 1000.0, 100.0)).alert(Down, 273, 1, 1).quiet_from(150)
    }

    /// A monthly fee is tripled once
    fn fee_tripled() {
        daily(400, |d| match (d.date(), d.month()) { (1, 10) => 2800.0, (1, _) => 1000.0, _ => 100.0 })
            .alert(Up, 273, 0, 1).neither(304, 304).neither(334, 334).quiet_from(150)
    }

    /// A monthly fee is charged twice in one month: on the first and on the fourth
    fn fee_charged_twice() {
        daily(400, |d| d.or(d.date() == 1 || d.i == 276, 1000.0, 100.0)).alert(Up, 276, 0, 2).quiet_from(150)
            .neither(306, 308).neither(337, 337)
    }

    /// A monthly fee rises by 60 % for good
    fn fee_raised_for_good() {
        daily(400, |d| d.or(d.date() == 1, d.or(d.i >= 243, 1540.0, 1000.0), 100.0))
            .alert(Up, 243, 0, 1).neither(273, 273).neither(304, 304).neither(334, 334).quiet_from(150)
    }

    /// A subscription is cancelled: its monthly fee ends
    fn subscription_cancelled() {
        daily(400, |d| d.or(d.date() == 1 && d.i < 240, 1000.0, 100.0))
            .alert(Down, 243, 1, 1).neither(273, 274).neither(304, 305).quiet_from(150)
    }

    /// A subscription begins: a monthly fee from now on
    fn subscription_begins() {
        daily(400, |d| d.or(d.date() == 9 && d.i >= 190, 1000.0, 100.0))
            .alert(Up, 190, 31, 32).neither(220, 221).neither(251, 252).neither(281, 282)
    }

    /// A fee moves from the first to the tenth of the month
    fn fee_moves_in_the_month() {
        daily(400, |d| d.or(d.date() == if d.i < 240 { 1 } else { 10 }, 1000.0, 100.0)).quiet_from(150)
            .alert(Either, 243, 10, 10).neither(273, 283).neither(304, 314)
    }

    /// A Black Friday week: twice the cost from 24 to 30 November, once
    fn black_friday_week() {
        daily(400, |d| d.or(d.month() == 11 && d.date() >= 24, 400.0, 200.0)).alert(Up, 327, 1, 8)
    }

    /// A migration weekend: four times the cost on one Saturday
    fn migration_weekend() {
        daily(400, |d| d.or(d.i == 304, 400.0, 100.0)).alert(Up, 304, 0, 2)
    }

    /// The four-day week: Fridays fall to a weekend's cost
    fn four_day_week() {
        daily(400, |d| d.or(d.weekend() || (d.weekday() == 4 && d.i >= 210), 50.0, 200.0)).alert(Down, 210, 8, 56)
    }

    /// Wednesdays twice as expensive from now on
    fn wednesdays_double() {
        daily(400, |d| d.or(d.weekday() == 2 && d.i >= 210, 200.0, 100.0)).alert(Up, 210, 8, 56)
    }

    /// A quarterly fee that fails once
    fn quarterly_fee_missing() {
        daily(800, |d| d.or(d.date() == 1 && d.month() % 3 == 1 && d.i < 700, 3100.0, 100.0))
            .alert(Down, 731, 1, 2).quiet_from(300).unpredictable()
    }
}
