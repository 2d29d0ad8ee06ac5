//! The margin: revenue less cost, over the days that have both.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, Day};

/// The margin of some days.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnitMargin {
    /// The revenue of the days that are counted.
    pub revenue: Amount,
    /// The cost of the same days.
    pub cost: Amount,
    /// Revenue less cost.
    pub margin: Amount,
    /// The margin in percent of the revenue, to one decimal place; null without revenue.
    pub percent: Option<f64>,
    /// The days with revenue and cost.
    pub known_days: usize,
    /// Days with a cost and without a revenue: they are not counted.
    pub days_without_revenue: usize,
}

/// The margin of the days whose cost and revenue are known; `None` where there is no such day.
pub fn margin_of(cost: &BTreeMap<Day, Amount>, revenue: &BTreeMap<Day, Amount>) -> Option<UnitMargin> {
    let known = cost.iter().filter_map(|(day, cost)| Some((*cost, *revenue.get(day)?)));
    let (mut cost_sum, mut revenue_sum, mut known_days) = (Amount::ZERO, Amount::ZERO, 0);
    for (cost, revenue) in known {
        (cost_sum, revenue_sum) = (cost_sum.saturating_add(cost), revenue_sum.saturating_add(revenue));
        known_days += 1;
    }
    let margin = revenue_sum.saturating_sub(cost_sum);
    (known_days > 0).then(|| UnitMargin {
        revenue: revenue_sum,
        cost: cost_sum,
        margin,
        percent: percent_of(margin, revenue_sum),
        known_days,
        days_without_revenue: cost.len() - known_days,
    })
}

/// A share in percent, to one decimal place; `None` where the whole is zero or below.
pub(super) fn percent_of(part: Amount, whole: Amount) -> Option<f64> {
    (whole > Amount::ZERO).then(|| (part.to_f64() / whole.to_f64() * 1000.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_without_revenue_is_no_loss() {
        let day = |i| Day::EPOCH.plus(i);
        let cost = [(day(0), Amount::whole(40)), (day(1), Amount::whole(40)), (day(2), Amount::whole(40))].into();
        let revenue = [(day(0), Amount::whole(100)), (day(1), Amount::whole(60)), (day(9), Amount::whole(5))].into();
        let found = margin_of(&cost, &revenue).unwrap();
        assert_eq!((found.margin, found.percent), (Amount::whole(80), Some(50.0)));
        assert_eq!((found.known_days, found.days_without_revenue), (2, 1));
        assert_eq!(margin_of(&cost, &BTreeMap::new()), None);
    }
}
