//! What bills do: credits, commitments, prices, currencies, late and corrected bookings.

use super::behaviours;
use super::case::Side::{Down, Either, Up};
use super::case::daily;

behaviours! {
    /// A savings plan ends: the same use at on-demand price, +38 %
    fn commitment_expires() { daily(400, |d| d.or(d.i >= 250, 138.0, 100.0)).noise(0.04).alert(Up, 250, 2, 21) }

    /// A reservation begins to apply: -38 %
    fn commitment_begins() { daily(400, |d| d.or(d.i >= 250, 62.0, 100.0)).noise(0.04).alert(Down, 250, 2, 21) }

    /// Credits pay 60 % until day 260
    fn credits_run_out() { daily(400, |d| d.or(d.i >= 260, 100.0, 40.0)).alert(Up, 260, 1, 21) }

    /// Credits pay everything until day 220
    fn full_credits_run_out() { daily(400, |d| d.or(d.i >= 220, 100.0, 0.0)).alert(Up, 220, 1, 21) }

    /// Credits pay half from day 250 on
    fn credits_begin() { daily(400, |d| d.or(d.i >= 250, 50.0, 100.0)).alert(Down, 250, 1, 21) }

    /// A price is 25 % higher for one calendar month
    fn price_month() {
        daily(400, |d| d.or(d.month() == 9, 125.0, 100.0)).alert(Up, 243, 3, 17).alert(Down, 273, 3, 17)
    }

    /// A price list changes on the first: +20 % for good
    fn price_raised() { daily(400, |d| d.or(d.i >= 243, 120.0, 100.0)).noise(0.02).alert(Up, 243, 7, 25) }

    /// A price cut of 10 % within the noise
    fn price_cut_within_noise() { daily(400, |d| d.or(d.i >= 243, 90.0, 100.0)).noise(0.04).neither(243, 275) }

    /// Billed in another currency: a rate that walks half a percent a day
    fn exchange_rate_walks() { daily(400, |_| 100.0).noise(0.01).walk(0.005).unpredictable() }

    /// The exchange rate is set once a month and moves by up to 3 %
    fn exchange_rate_by_month() {
        daily(400, |d| 100.0 * (1.0 + 0.03 * (crate::labelled::float(d.month() * d.month()) * 1.7).sin())).noise(0.015)
    }

    /// Half of one day's cost is booked on the next day
    fn late_booked() {
        daily(400, |d| match d.i { 299 => 50.0, 300 => 150.0, _ => 100.0 }).neither(299, 300)
    }

    /// Ten times in a year half of a day's cost is booked on the next day
    fn often_late_booked() {
        daily(400, |d| match d.i % 37 { 11 => 50.0, 12 => 150.0, _ => 100.0 }).neither(0, 400)
    }

    /// A refund of 4,000 booked as usage on one day
    fn refund() { daily(400, |d| d.or(d.i == 300, -3900.0, 100.0)).alert(Down, 300, 0, 2) }

    /// A series of credits: always negative
    fn credits_alone() { daily(400, |d| -d.or(d.weekend(), 40.0, 60.0)) }

    /// Credits that end
    fn credits_alone_end() { daily(400, |d| d.or(d.i < 300, -60.0, 0.0)).alert(Up, 300, 3, 21) }

    /// Tax of a fifth of the month, on its last day
    fn tax_at_the_end_of_the_month() {
        daily(400, |d| 100.0 + d.or(d.left() == 0, 600.0, 0.0)).quiet_from(150)
    }

    /// Support: a share of the month's cost on the first, while the cost grows by 5 % a month
    fn support_as_a_share() {
        daily(400, |d| {
            let grown = 1.05f64.powf(crate::labelled::float(d.i) / 30.44);
            100.0 * grown + d.or(d.date() == 1, 300.0 * grown, 0.0)
        }).quiet_from(150)
    }

    /// A marketplace subscription renews at twice the price
    fn marketplace_renewal() {
        daily(400, |d| d.or(d.date() == 20, d.or(d.i >= 250, 2100.0, 1100.0), 100.0)).quiet_from(150)
            .alert(Up, 250, 14, 15).neither(292, 293).neither(323, 324).neither(353, 354)
    }

    /// Usage is billed by the week: everything on Mondays
    fn billed_by_the_week() { daily(400, |d| d.or(d.weekday() == 0, 700.0, 0.0)) }

    /// Usage is billed once a month: everything on the third
    fn billed_by_the_month() { daily(400, |d| d.or(d.date() == 3, 3000.0, 0.0)).quiet_from(150) }

    /// Usage billed once a month is suddenly twice as much
    fn monthly_bill_doubles() {
        daily(400, |d| d.or(d.date() == 3, d.or(d.i == 275, 6500.0, 3000.0), 0.0)).quiet_from(150)
            .alert(Up, 275, 0, 1).neither(306, 306).neither(336, 336)
    }

    /// A trial ends: 0 for 60 days, then 80 a day
    fn trial_ends() { daily(400, |d| d.or(d.i >= 60, 80.0, 0.0)).alert(Up, 60, 0, 20) }

    /// The minimum charge of a contract: always exactly the same
    fn minimum_charge() { daily(400, |_| 41.67).noise(0.0) }

    /// A constant charge that changes by one percent once
    fn constant_charge_changes_a_little() { daily(400, |d| d.or(d.i >= 250, 42.09, 41.67)).noise(0.0).neither(250, 270) }

    /// A constant charge that doubles for one day
    fn constant_charge_doubles_once() { daily(400, |d| d.or(d.i == 250, 83.34, 41.67)).noise(0.0).alert(Up, 250, 0, 1) }

    /// A price difference between regions: half of the use moves to a region that costs 15 % more
    fn moves_to_an_expensive_region() { daily(400, |d| d.or(d.i >= 250, 107.5, 100.0)).noise(0.02).neither(250, 280) }

    /// The bill has no rows on nine random days
    fn rows_missing() { daily(400, |_| 100.0).absent(|d| matches!(d.i, 41 | 77 | 120 | 121 | 190 | 233 | 301 | 302 | 360)) }

    /// Corrections at the end of each month: -20 % of one day
    fn corrections() { daily(400, |d| d.or(d.left() == 1, 80.0, 100.0)).noise(0.02).quiet_from(150) }

    /// Two bills in one: 60 a day, and 300 every Tuesday and Thursday
    fn two_bills_in_one() { daily(400, |d| 60.0 + d.or(matches!(d.weekday(), 1 | 3), 300.0, 0.0)) }

    /// Leaves one commitment for another on a month's change: two changes of ±12 % a week apart
    fn commitment_exchanged() {
        daily(400, |d| d.or((243..250).contains(&d.i), 140.0, 100.0)).noise(0.02).alert(Either, 243, 2, 14)
    }
}
