//! The orders of the company's customers, and their revenue: the business figures of the demo.

use tollgate_model::{Amount, Day};

use super::Demo;
use super::noise::even;

/// A customer: its orders on an average weekday of the first month, and the revenue of an order in thousandths of a dollar.
struct Customer {
    name: &'static str,
    orders: i64,
    revenue: i64,
}

const fn customer(name: &'static str, orders: i64, revenue: i64) -> Customer {
    Customer { name, orders, revenue }
}

/// The customers of the checkout. The second one orders much and pays little.
const CUSTOMERS: [Customer; 12] = [
    customer("alder-market", 9_400, 96),
    customer("bramble-toys", 8_100, 21),
    customer("cobalt-shoes", 5_600, 110),
    customer("dune-furniture", 3_900, 140),
    customer("ember-books", 3_100, 84),
    customer("fjord-outdoor", 2_700, 122),
    customer("garnet-jewels", 1_900, 180),
    customer("harbor-foods", 1_700, 76),
    customer("indigo-print", 1_200, 95),
    customer("juniper-pets", 900, 102),
    customer("kestrel-bikes", 500, 160),
    customer("lumen-lamps", 300, 131),
];

/// The orders of one customer on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoOrders {
    /// The day.
    pub day: Day,
    /// The customer.
    pub customer: &'static str,
    /// The number of orders.
    pub orders: i64,
    /// Their revenue in dollars.
    pub revenue: Amount,
}

/// Orders at weekends, in percent of a weekday.
const WEEKEND: i64 = 82;
/// Monthly growth in thousandths.
const GROWTH: i64 = 15;
/// Days whose orders are restated: cancellations arrive late.
const RESTATED: i32 = 2;

/// The orders of every day up to `known`, as the shop reports them on the morning after. One day without a report is missing.
pub(super) fn orders(demo: &Demo, known: Day) -> Vec<DemoOrders> {
    let last = demo.range().end.plus(-1).min(known);
    let days = (0..demo.days).map(|i| demo.start.plus(i)).take_while(|day| *day <= last);
    let missing = demo.start.plus(demo.days - 20);
    let mut out = Vec::new();
    for day in days.filter(|day| *day != missing) {
        let months = i64::from(day - demo.start) / 30;
        let weekday = if day.weekday() >= 5 { WEEKEND } else { 100 };
        // Before the last report of the demo, the newest days still have the orders that are cancelled later.
        let early = known < demo.range().end.plus(-1) && day > last.plus(-RESTATED);
        for (number, of) in (0u64..).zip(&CUSTOMERS) {
            let noise = (even(demo.seed, &[9, number, u64::from(day.epoch_days().unsigned_abs())]) * 80.0) as i64 - 40;
            let orders = of.orders * weekday * (1000 + GROWTH * months) / 100_000 * (1000 + noise) / 1000;
            let orders = if early { orders * 103 / 100 } else { orders };
            let revenue = Amount::whole(orders * of.revenue).ratio(1, 1000).unwrap_or_default();
            out.push(DemoOrders { day, customer: of.name, orders, revenue });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_cancellations_restate_the_last_days_and_one_day_is_missing() {
        let demo = Demo { seed: 7, start: "2025-11-16".parse().unwrap(), days: 365, size: 1 };
        let end = demo.range().end.plus(-1);
        let total = |known: Day, day: Day| -> i64 {
            orders(&demo, known).iter().filter(|o| o.day == day).map(|o| o.orders).sum()
        };
        let early = end.plus(-4);
        assert!(total(early, early) > total(end, early));
        assert_eq!(total(early, early.plus(-10)), total(end, early.plus(-10)));
        assert_eq!(total(early, early.plus(1)), 0);
        let days: std::collections::BTreeSet<Day> = orders(&demo, end).iter().map(|o| o.day).collect();
        assert_eq!(days.len(), 364);
        assert!(!days.contains(&end.plus(-19)));
    }
}
