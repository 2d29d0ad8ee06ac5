//! Calendar rules that repeat and break no rule: nothing is to be reported once they are known.

use super::behaviours;
use super::case::daily;

behaviours! {
    /// A steady service with a slightly lower weekend
    fn steady() { daily(400, |d| d.or(d.weekend(), 95.0, 100.0)) }

    /// Development: 200 on weekdays, 60 at weekends
    fn weekends_lower() { daily(400, |d| d.or(d.weekend(), 60.0, 200.0)) }

    /// Development switched off at weekends: exactly zero
    fn weekends_at_zero() { daily(400, |d| d.or(d.weekend(), 0.0, 200.0)) }

    /// Weekends cost half a percent of a weekday: storage only
    fn weekends_storage_only() { daily(400, |d| d.or(d.weekend(), 1.0, 200.0)) }

    /// No rows at weekends at all
    fn weekends_without_rows() {
        daily(400, |d| d.or(d.weekend(), 0.0, 200.0)).absent(super::case::At::weekend)
    }

    /// Friday is half a day and the weekend is storage only
    fn short_fridays() {
        daily(400, |d| match d.weekday() { 4 => 60.0, 5 | 6 => 2.0, _ => 200.0 })
    }

    /// A team in the Gulf: Friday and Saturday are the weekend
    fn weekend_on_friday_and_saturday() {
        daily(400, |d| d.or(matches!(d.weekday(), 4 | 5), 40.0, 200.0))
    }

    /// A shop: weekends cost twice as much as weekdays
    fn weekends_higher() { daily(400, |d| d.or(d.weekend(), 200.0, 100.0)).noise(0.05) }

    /// A batch of 800 every Saturday on a base of 50
    fn saturday_batch() { daily(400, |d| d.or(d.weekday() == 5, 850.0, 50.0)) }

    /// A batch every second Friday: payroll
    fn biweekly_payroll() {
        daily(400, |d| d.or(d.weekday() == 4 && d.i / 7 % 2 == 0, 600.0, 100.0)).quiet_from(120)
    }

    /// A backup every fourth Sunday
    fn backup_every_fourth_sunday() {
        daily(800, |d| d.or(d.weekday() == 6 && d.i / 7 % 4 == 1, 500.0, 100.0)).quiet_from(200)
    }

    /// A job every third day
    fn job_every_third_day() { daily(400, |d| d.or(d.i % 3 == 0, 300.0, 100.0)) }

    /// A job every tenth day
    fn job_every_tenth_day() { daily(400, |d| d.or(d.i % 10 == 4, 400.0, 100.0)).quiet_from(120) }

    /// A fee of 900 on the first of each month
    fn fee_on_the_first() { daily(400, |d| d.or(d.date() == 1, 1000.0, 100.0)).quiet_from(150) }

    /// A fee on the fifteenth
    fn fee_on_the_fifteenth() { daily(400, |d| d.or(d.date() == 15, 1000.0, 100.0)).quiet_from(150) }

    /// Fees on the first and on the fifteenth
    fn fees_twice_a_month() {
        daily(400, |d| d.or(matches!(d.date(), 1 | 15), 700.0, 100.0)).quiet_from(150)
    }

    /// A run on the last day of each month
    fn run_on_the_last_day() { daily(400, |d| d.or(d.left() == 0, 500.0, 100.0)).quiet_from(150) }

    /// The closing of the books: three times the cost on the last three days
    fn closing_of_the_books() { daily(400, |d| d.or(d.left() < 3, 300.0, 100.0)).quiet_from(150) }

    /// A fee on the third day before the end of each month
    fn fee_three_days_before_the_end() {
        daily(400, |d| d.or(d.left() == 3, 600.0, 100.0)).quiet_from(150)
    }

    /// A fee on the first business day
    fn fee_on_the_first_business_day() {
        daily(400, |d| d.or(d.business_day() == Some(1), 1000.0, 100.0)).quiet_from(150)
    }

    /// Payroll on the last business day
    fn payroll_on_the_last_business_day() {
        daily(400, |d| d.or(d.business_days_left() == Some(0), 900.0, 100.0)).quiet_from(150)
    }

    /// Reports on the fifth business day
    fn reports_on_the_fifth_business_day() {
        daily(400, |d| d.or(d.business_day() == Some(5), 500.0, 100.0)).quiet_from(150)
    }

    /// Patching on every second Tuesday of the month
    fn patch_tuesday() { daily(400, |d| d.or(d.nth(2, 1), 350.0, 100.0)).quiet_from(150) }

    /// A restore test on the first Sunday of each month
    fn restore_test_on_the_first_sunday() {
        daily(400, |d| d.or(d.nth(1, 6), 300.0, 100.0)).quiet_from(150)
    }

    /// A run on the last Friday of each month
    fn run_on_the_last_friday() {
        daily(400, |d| d.or(d.weekday() == 4 && d.left() < 7, 450.0, 100.0)).quiet_from(150)
    }

    /// A reporting cluster on the first to the fifth of each month, nothing else
    fn month_start_cluster() { daily(400, |d| d.or(d.date() <= 5, 500.0, 0.0)).quiet_from(150) }

    /// Volume tiers: the first ten days of a month at full price, then 30 % less
    fn tiers_by_month() { daily(400, |d| d.or(d.date() <= 10, 100.0, 70.0)).quiet_from(150) }

    /// A free tier that is used up on the eighth of each month
    fn free_tier_used_up() { daily(400, |d| d.or(d.date() <= 7, 0.0, 120.0)).quiet_from(150) }

    /// 3,000 on the first of each quarter
    fn quarterly_fee() {
        daily(800, |d| d.or(d.date() == 1 && d.month() % 3 == 1, 3100.0, 100.0)).quiet_from(300)
    }

    /// The closing of a quarter: the last five days of March, June, September and December
    fn quarter_close() {
        daily(800, |d| d.or(d.left() < 5 && d.month() % 3 == 0, 250.0, 100.0)).quiet_from(300).neither(360, 366)
    }

    /// A yearly licence on 12 May, three times seen
    fn yearly_licence() {
        daily(1100, |d| d.or(d.date() == 12 && d.month() == 5, 9000.0, 100.0)).quiet_from(510)
    }

    /// A freeze from 20 December to 2 January, a year after the first one
    fn year_end_freeze() {
        let freeze = |month, date| (month == 12 && date >= 20) || (month == 1 && date <= 2);
        daily(800, move |d| d.or(freeze(d.month(), d.date()), 40.0, 100.0)).quiet_from(90).neither(350, 375)
    }

    /// A monthly credit of 400 on the third
    fn monthly_credit() { daily(400, |d| d.or(d.date() == 3, -300.0, 100.0)).quiet_from(150) }

    /// A fee on the first of each month and low weekends together
    fn fee_and_weekends() {
        daily(400, |d| d.or(d.weekend(), 40.0, 160.0) + d.or(d.date() == 1, 800.0, 0.0)).quiet_from(150)
    }

    /// US holidays at a Sunday's cost
    fn holidays_like_sundays() {
        let holiday = |month, date| matches!((month, date), (1 | 5, 1) | (12, 24..=26 | 31) | (7, 4));
        daily(800, move |d| d.or(d.weekend() || holiday(d.month(), d.date()), 60.0, 200.0))
    }

    /// Only storage in summer: July and August at 70 %, two years
    fn summer_break() {
        daily(800, |d| d.or(matches!(d.month(), 7 | 8), 70.0, 100.0)).noise(0.04)
            .neither(182, 260).neither(547, 625).unpredictable()
    }
}
