//! Budgets: what was spent, what will have been spent, and what that says.

use tollgate_model::budget::{CrossedThreshold, ForecastEnd, ThresholdOn, percent};
use tollgate_model::{
    Amount, Basis, BudgetPeriod, BudgetState, BudgetStatus, Currency, Day, DayRange, Money, SeriesKey, Totals,
};

use crate::{CostCube, project};

/// A budget, with its scope as a question that can be asked of a series.
pub struct BudgetRule<'a> {
    /// Its name.
    pub name: &'a str,
    /// How much for one period.
    pub amount: Amount,
    /// Of what.
    pub currency: Currency,
    /// How often it starts anew.
    pub period: BudgetPeriod,
    /// Which cost it counts.
    pub basis: Basis,
    /// Percentages on what was spent.
    pub actual: &'a [u32],
    /// Percentages on the forecast.
    pub forecast: &'a [u32],
    /// Whether a series counts.
    pub counts: &'a (dyn Fn(&SeriesKey) -> bool + Sync),
}

/// How a budget stands in the period around a day, up to which charges are complete. Every charge of the period that is
/// known counts as spent, whatever its kind, also on days that are not complete yet: what is spent is spent.
pub fn judge(cube: &CostCube, rule: &BudgetRule<'_>, as_of: Day) -> BudgetStatus {
    let period = rule.period.around(as_of);
    let mut spent = cube.total(period, rule.basis, rule.counts);
    let known = spent.contains_key(&rule.currency);
    let actual = spent.remove(&rule.currency).unwrap_or_default();
    let complete = DayRange { start: period.start, end: as_of.plus(1) };
    let complete = cube.total(complete, rule.basis, rule.counts).get(&rule.currency).copied().unwrap_or_default();
    let mut not_counted = Totals::default();
    for (currency, amount) in spent {
        // A sum that leaves the range is left out of what is shown beside the budget, never of the budget.
        let _ = not_counted.add(Money::new(amount, currency));
    }
    let rest = DayRange { start: as_of.plus(1), end: period.end };
    let forecast = if rest.is_empty() {
        Some(ForecastEnd { mean: actual, low: actual, high: actual })
    } else {
        project(cube, rest, rule.basis, rule.currency, rule.counts).map(|h| ForecastEnd {
            mean: complete.saturating_add(h.mean).max(actual),
            low: complete.saturating_add(h.low).max(actual),
            high: complete.saturating_add(h.high).max(actual),
        })
    };
    let at_least = |amount: Amount, share: u32| percent(amount, rule.amount).is_some_and(|p| p >= i64::from(share));
    let mut crossed: Vec<CrossedThreshold> = Vec::new();
    crossed.extend(
        rule.actual
            .iter()
            .filter(|p| at_least(actual, **p))
            .map(|p| CrossedThreshold { percent: *p, on: ThresholdOn::Actual }),
    );
    if let Some(end) = forecast {
        let over = rule.forecast.iter().filter(|p| at_least(end.mean, **p));
        crossed.extend(over.map(|p| CrossedThreshold { percent: *p, on: ThresholdOn::Forecast }));
    }
    let state = match () {
        () if !known => BudgetState::Unknown,
        () if actual > rule.amount => BudgetState::Over,
        () if forecast.is_some_and(|end| end.mean > rule.amount) => BudgetState::ForecastOver,
        () if crossed.iter().any(|c| c.on == ThresholdOn::Actual) => BudgetState::Warning,
        () => BudgetState::OnTrack,
    };
    BudgetStatus {
        name: rule.name.to_owned(),
        state,
        period,
        as_of,
        currency: rule.currency,
        amount: rule.amount,
        basis: rule.basis,
        actual,
        forecast,
        crossed,
        not_counted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceSeries;
    use std::collections::BTreeMap;
    use tollgate_model::series::{DayCost, SeriesMonth};
    use tollgate_model::{ChargeKind, SourceId};

    fn cube() -> CostCube {
        let start: Day = "2026-01-01".parse().unwrap();
        let key = |currency: &str| SeriesKey {
            provider: Some("AWS".into()),
            billing_account: None,
            sub_account: None,
            service: None,
            region: None,
            kind: ChargeKind::Usage,
            currency: currency.parse().unwrap(),
            dimensions: BTreeMap::new(),
        };
        // To the 10th of April: 100 a day.
        let day = |i| (start.plus(i), DayCost { billed: Amount::whole(90), effective: Amount::whole(100) });
        let months = vec![
            SeriesMonth { key: key("USD"), days: (0..100).map(day).collect() },
            SeriesMonth { key: key("EUR"), days: (95..100).map(day).collect() },
        ];
        CostCube::new(vec![SourceSeries { source: SourceId::from_text("a"), months, provisional_days: 0 }])
    }

    fn status(amount: i64, currency: &str, basis: Basis) -> BudgetStatus {
        let cube = cube();
        let rule = BudgetRule {
            name: "b",
            amount: Amount::whole(amount),
            currency: currency.parse().unwrap(),
            period: BudgetPeriod::Monthly,
            basis,
            actual: &[50, 100],
            forecast: &[100],
            counts: &|_| true,
        };
        judge(&cube, &rule, cube.watermark().unwrap())
    }

    #[test]
    fn spent_and_forecast_are_told_apart() {
        let on_track = status(5_000, "USD", Basis::Effective);
        assert_eq!((on_track.state, on_track.actual), (BudgetState::OnTrack, Amount::whole(1_000)));
        let end = on_track.forecast.unwrap();
        assert!((2_900..3_100).contains(&end.mean.to_f64().round().to_string().parse::<i64>().unwrap()), "{end:?}");
        assert!(end.low < end.mean && end.mean < end.high);
        assert_eq!(status(2_000, "USD", Basis::Effective).state, BudgetState::ForecastOver);
        assert_eq!(status(900, "USD", Basis::Effective).state, BudgetState::Over);
        assert_eq!(status(900, "USD", Basis::Billed).actual, Amount::whole(900));
        assert_eq!(status(900, "USD", Basis::Billed).state, BudgetState::ForecastOver);
    }

    #[test]
    fn other_currencies_are_told_and_not_counted() {
        let status = status(5_000, "USD", Basis::Effective);
        assert_eq!(status.not_counted.get("EUR".parse().unwrap()), Amount::whole(500));
        assert_eq!(self::status(1, "GBP", Basis::Effective).state, BudgetState::Unknown);
    }
}
