//! Cost on some days only, and jobs on a steady base.

use super::behaviours;
use super::case::Side::Up;
use super::case::daily;

behaviours! {
    /// A steady 100 and training jobs of 200 on two random days a week
    fn base_and_jobs() { daily(400, |d| 100.0 + d.or(d.chance(2.0 / 7.0, 1), 200.0, 0.0)) }

    /// A steady 100 and jobs of 50 to 400 on one random day in five
    fn base_and_varied_jobs() {
        daily(400, |d| 100.0 + d.or(d.chance(0.2, 1), 50.0 + 350.0 * d.random(2), 0.0)).quiet_from(120)
    }

    /// A steady 100 and a job of 300 on one random day in 14
    fn base_and_rare_jobs() { daily(400, |d| 100.0 + d.or(d.chance(1.0 / 14.0, 1), 300.0, 0.0)).quiet_from(150) }

    /// Jobs on two days a week at random, nothing else
    fn jobs_alone() { daily(400, |d| d.or(d.chance(2.0 / 7.0, 1), 250.0, 0.0)).noise(0.2) }

    /// A snowball device: one day in twenty
    fn rare_jobs_alone() { daily(400, |d| d.or(d.chance(0.05, 1), 300.0, 0.0)).noise(0.3).quiet_from(150).tolerance(0.6) }

    /// Batch jobs on weekdays only, on half of them
    fn weekday_jobs() {
        daily(400, |d| 50.0 + d.or(!d.weekend() && d.chance(0.5, 1), 150.0, 0.0))
    }

    /// Jobs that last three days, about twice a month
    fn jobs_of_three_days() {
        let on = |d: super::case::At| super::case::At { i: d.i / 3, ..d }.chance(0.2, 1);
        daily(400, move |d| 100.0 + d.or(on(d), 250.0, 0.0)).quiet_from(150).tolerance(0.3)
    }

    /// Left on: two days a week become 25 in a row
    fn jobs_left_on() {
        daily(400, |d| 100.0 + d.or(d.chance(2.0 / 7.0, 1) || (300..325).contains(&d.i), 200.0, 0.0))
            .alert(Up, 303, 17, 45).unpredictable()
    }

    /// A training cluster left on: rare days become 20 in a row
    fn cluster_left_on() {
        daily(400, |d| d.or(d.chance(0.15, 1) || (300..320).contains(&d.i), 250.0, 0.0)).noise(0.1)
            .alert(Up, 303, 12, 40).unpredictable()
    }

    /// A job five times its usual size
    fn job_five_times_its_size() {
        daily(400, |d| if d.i == 310 { 1100.0 } else { 100.0 + d.or(d.chance(2.0 / 7.0, 1), 200.0, 0.0) })
            .alert(Up, 310, 0, 2)
    }

    /// A lone job ten times its usual size
    fn lone_job_ten_times_its_size() {
        daily(400, |d| if d.i == 310 { 2500.0 } else { d.or(d.chance(0.25, 1), 250.0, 0.0) }).noise(0.2)
            .alert(Up, 310, 0, 2).tolerance(0.4)
    }

    /// The base under the jobs rises by 60 %
    fn base_under_jobs_rises() {
        daily(400, |d| d.or(d.i >= 260, 160.0, 100.0) + d.or(d.chance(2.0 / 7.0, 1), 200.0, 0.0))
            .alert(Up, 260, 21, 60)
    }

    /// Jobs become daily: a nightly pipeline
    fn jobs_become_daily() {
        daily(400, |d| 100.0 + d.or(d.chance(2.0 / 7.0, 1) || d.i >= 280, 200.0, 0.0)).alert(Up, 283, 18, 60)
    }

    /// Jobs stop, the base stays
    fn jobs_stop() {
        daily(400, |d| 100.0 + d.or(d.chance(2.0 / 7.0, 1) && d.i < 280, 200.0, 0.0)).neither(280, 330)
    }

    /// A GPU is left on over a weekend, in an account that never uses it
    fn gpu_over_a_weekend() {
        daily(400, |d| d.or((304..307).contains(&d.i), 1500.0, 20.0)).alert(Up, 304, 0, 5)
    }

    /// Ad-hoc queries: cost on most days, of very different size
    fn ad_hoc_queries() {
        daily(400, |d| d.or(d.chance(0.7, 1), 20.0 * (1.0 - d.random(2)).powf(-0.5), 0.0)).noise(0.3).quiet_from(200)
            .unpredictable()
    }

    /// Tests on a random third of weekdays that are first missing for six weeks and then come back
    fn tests_pause() {
        daily(400, |d| d.or(!d.weekend() && d.chance(0.35, 1) && !(220..262).contains(&d.i), 120.0, 0.0)).noise(0.1)
            .neither(220, 283).tolerance(0.5)
    }

    /// A quarterly disaster exercise of two days on a random date
    fn exercises() {
        daily(800, |d| d.or(matches!(d.i, 70 | 71 | 168 | 169 | 251 | 252 | 349 | 350 | 446 | 447 | 530 | 531), 260.0, 100.0))
            .neither(168, 170).neither(349, 351).neither(251, 253).neither(446, 448).neither(530, 532).unpredictable()
    }
}
