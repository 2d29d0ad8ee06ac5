use std::collections::BTreeMap;

use tollgate_model::series::{DayCost, Facet, SeriesMonth};
use tollgate_model::{Amount, Basis, ChargeKind, Currency, Day, DayRange, SeriesKey, SourceId};

use super::{forecast_cost, forecast_quality, forecast_scopes, forecast_sum};
use crate::{CostCube, SourceSeries};

fn start() -> Day {
    "2026-01-01".parse().unwrap()
}

fn key(account: &str, service: &str, team: &str) -> SeriesKey {
    SeriesKey {
        provider: Some("AWS".into()),
        billing_account: None,
        sub_account: Some(account.into()),
        service: Some(service.into()),
        region: None,
        kind: ChargeKind::Usage,
        currency: Currency::USD,
        dimensions: BTreeMap::from([("team".to_owned(), team.to_owned())]),
    }
}

fn series(key: SeriesKey, days: i32, cost: impl Fn(i32) -> f64) -> SeriesMonth {
    let days = (0..days).map(|i| {
        let wobble = 1.0 + 0.02 * f64::from((i * 37 % 11) - 5) / 5.0;
        let effective = Amount::from_f64(cost(i) * wobble).unwrap();
        (start().plus(i), DayCost { billed: effective, effective })
    });
    SeriesMonth { key, days: days.collect() }
}

fn source(name: &str, months: Vec<SeriesMonth>) -> SourceSeries {
    SourceSeries { source: SourceId::from_text(name), months, provisional_days: 0, last_day: None }
}

/// A steady service that two teams share, one that ended twenty days ago, one that grows, a small one, one that began a week ago, and
/// a tax.
fn aws() -> SourceSeries {
    let tax = SeriesKey { kind: ChargeKind::Tax, ..key("prod", "EC2", "none") };
    let months = vec![
        series(key("prod", "EC2", "search"), 200, |_| 500.0),
        series(key("prod", "EC2", "checkout"), 200, |i| if i % 7 < 5 { 80.0 } else { 20.0 }),
        series(key("prod", "Redshift", "search"), 200, |i| if i < 180 { 300.0 } else { 0.0 }),
        series(key("dev", "EC2", "search"), 200, |i| 100.0 * 1.002f64.powi(i)),
        series(key("dev", "S3", "checkout"), 200, |_| 0.07),
        series(key("dev", "Lambda", "checkout"), 200, |i| if i < 193 { 0.0 } else { 40.0 }),
        series(tax, 200, |i| if (start().plus(i)).day_of_month() == 3 { 1_000.0 } else { 0.0 }),
    ];
    source("aws", months)
}

fn total(parts: &[tollgate_model::forecast::Forecast], day: usize) -> Amount {
    parts.iter().fold(Amount::ZERO, |sum, part| sum.saturating_add(part.days[day].mean))
}

#[test]
fn parts_add_up_to_their_provider_to_the_last_digit() {
    let cube = CostCube::new(vec![aws()]);
    let whole = forecast_scopes(&cube, &[Facet::Provider], 90).remove(0);
    for facets in [&[Facet::SubAccount][..], &[Facet::Service], &[Facet::Region, Facet::SubAccount, Facet::Service]] {
        let parts = forecast_scopes(&cube, facets, 90);
        for day in 0..90 {
            assert_eq!(total(&parts, day), whole.days[day].mean, "{facets:?}, day {day}");
        }
        for number in 0..whole.totals.len() {
            let sum = parts.iter().fold(Amount::ZERO, |sum, part| sum.saturating_add(part.totals[number].mean));
            assert_eq!(sum, whole.totals[number].mean, "{facets:?}, {}", whole.totals[number].label);
        }
    }
    assert_eq!(forecast_scopes(&cube, &[], 90).remove(0).totals, whole.totals);
}

#[test]
fn teams_and_budgets_add_up_to_the_same_sum() {
    let cube = CostCube::new(vec![aws()]);
    let until = start().plus(290);
    let of = |counts: &(dyn Fn(&SeriesKey) -> bool + Sync)| {
        let ahead = forecast_cost(&cube, Basis::Effective, Currency::USD, until, counts).unwrap();
        ahead.days().map(|day| day.mean).collect::<Vec<Amount>>()
    };
    let team = |name: &'static str| of(&move |key: &SeriesKey| key.dimensions["team"] == name);
    let (search, checkout, none, all) = (team("search"), team("checkout"), team("none"), of(&|_| true));
    for day in 0..90 {
        let sum = search[day].saturating_add(checkout[day]).saturating_add(none[day]);
        assert_eq!(sum, all[day], "day {day}");
    }
    // A budget of a later month counts the same days.
    let month = DayRange { start: start().plus(230), end: start().plus(260) };
    let budget = forecast_sum(&cube, month, Basis::Effective, Currency::USD, &|_| true).unwrap();
    let sum = all[30..60].iter().fold(Amount::ZERO, |sum, amount| sum.saturating_add(*amount));
    assert_eq!(budget.mean, sum);
    assert!(budget.low < budget.mean && budget.mean < budget.high);
}

#[test]
fn a_service_that_ended_costs_nothing_and_every_sum_knows_it() {
    let cube = CostCube::new(vec![aws()]);
    let services = forecast_scopes(&cube, &[Facet::Service], 90);
    let of = |name: &str| services.iter().find(|f| f.scope.to_string() == name).unwrap();
    assert_eq!(of("Redshift").totals.last().unwrap().mean, Amount::ZERO);
    let month = DayRange { start: start().plus(202), end: start().plus(232) };
    let budget = forecast_sum(&cube, month, Basis::Effective, Currency::USD, &|_| true).unwrap();
    // 500, 62.9 in the mean of a week, the growing one, 40 since a week ago, and the tax of August; without the 300 that ended.
    let expected = 30.0 * (500.0 + 440.0 / 7.0 + 100.0 * 1.002f64.powi(217) + 40.0) + 1_000.0;
    let mean = budget.mean.to_f64();
    assert!((mean - expected).abs() < 0.03 * expected, "{mean} instead of {expected}");
}

#[test]
fn a_provider_that_delivers_later_is_forecast_from_its_own_last_day() {
    let azure = SeriesKey { provider: Some("Azure".into()), ..key("sub", "VM", "search") };
    let cube = CostCube::new(vec![aws(), source("azure", vec![series(azure, 190, |_| 200.0)])]);
    let providers = forecast_scopes(&cube, &[Facet::Provider], 40);
    let all = forecast_scopes(&cube, &[], 40).remove(0);
    assert_eq!(all.as_of, start().plus(189));
    let of = |name: &str| providers.iter().find(|f| f.scope.to_string() == name).unwrap();
    assert_eq!((of("AWS").as_of, of("Azure").as_of), (start().plus(199), start().plus(189)));
    // The days that AWS knows count as they are.
    let known = cube.total(DayRange { start: start().plus(190), end: start().plus(191) }, Basis::Effective, |_| true);
    assert_eq!(all.days[0].mean, known[&Currency::USD].saturating_add(of("Azure").days[0].mean));
    assert_eq!(all.days[10].mean, of("AWS").days[0].mean.saturating_add(of("Azure").days[10].mean));
}

#[test]
fn many_series_are_divided_by_their_recent_cost_and_add_up() {
    let shared = |team: usize| {
        let key = key("prod", "EC2", &format!("team-{team}"));
        series(key, 40, move |_| 0.01 + 0.001 * crate::float(team))
    };
    let cube = CostCube::new(vec![source("aws", (0..8_100).map(shared).collect())]);
    let until = start().plus(70);
    let of = |counts: &(dyn Fn(&SeriesKey) -> bool + Sync)| {
        forecast_sum(&cube, DayRange { start: start().plus(40), end: until }, Basis::Effective, Currency::USD, counts)
            .unwrap()
            .mean
    };
    let half = |odd: usize| of(&move |key: &SeriesKey| key.dimensions["team"].len() % 2 == odd);
    assert_eq!(half(0).saturating_add(half(1)), of(&|_| true));
    assert!(half(0) > Amount::ZERO && half(1) > Amount::ZERO);
}

#[test]
fn two_weeks_of_a_provider_are_needed() {
    let young = CostCube::new(vec![source("aws", vec![series(key("prod", "EC2", "a"), 13, |_| 5.0)])]);
    assert!(forecast_scopes(&young, &[Facet::Provider], 30).is_empty());
    let known = CostCube::new(vec![source("aws", vec![series(key("prod", "EC2", "a"), 14, |_| 5.0)])]);
    assert_eq!(forecast_scopes(&known, &[Facet::Provider], 30).len(), 1);
}

#[test]
fn quality_is_measured_on_earlier_days() {
    let cube = CostCube::new(vec![aws()]);
    let of = |service: &'static str| {
        let counts = move |key: &SeriesKey| key.service.as_deref() == Some(service) && key.kind == ChargeKind::Usage;
        forecast_quality(&cube, Basis::Effective, Currency::USD, &counts)
    };
    let quality = of("EC2").unwrap();
    assert_eq!(quality.tests, 3);
    assert!(quality.accuracy >= 97 && quality.skill.unwrap() > 10, "{quality:?}");
    assert_eq!(of("Lambda"), None, "a week is no history");
}
