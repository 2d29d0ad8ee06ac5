//! Unit costs, units and intervals as people read them.

use tollgate_analysis::units::UnitPeriod;
use tollgate_model::money::grouped;
use tollgate_model::text::counted;
use tollgate_model::{Amount, Currency, Quantity};
use tollgate_pipeline::units::UnitReport;

/// Digits of a unit cost that people read.
const DIGITS: u32 = 4;

/// A unit cost with four digits: `0.01234 USD`; whole cents from 1,000 on.
pub(super) fn unit_money(amount: Amount, currency: Currency) -> String {
    format!("{} {currency}", unit_digits(amount, currency))
}

pub(super) fn unit_digits(amount: Amount, currency: Currency) -> String {
    let size = amount.abs();
    let least = u32::try_from(currency.minor_places()).unwrap_or(2);
    let mut places = least;
    // As many places as give four digits, at most those that an amount has.
    let enough =
        |places: u32| size.round(places).units() / 10i128.pow(Amount::PLACES - places) >= 10i128.pow(DIGITS - 1);
    while places < Amount::PLACES && !size.is_zero() && !enough(places) {
        places += 1;
    }
    let text = grouped(amount, places as usize);
    let keep = text.find('.').map_or(text.len(), |point| point + 1 + least as usize);
    // A rounded figure keeps its zeros: they are digits of it.
    if amount.round(places) != amount {
        return text;
    }
    let trimmed = text.trim_end_matches('0').len().max(keep.min(text.len()));
    text[..trimmed].trim_end_matches('.').to_owned()
}

pub(super) fn unit_text(amount: Option<Amount>, currency: Currency) -> String {
    amount.map_or("unknown".to_owned(), |amount| unit_money(amount, currency))
}

pub(super) fn count_text(count: u64) -> String {
    i64::try_from(count).map_or(count.to_string(), |count| grouped(Amount::whole(count), 0))
}

/// Units of a period: whole ones, or two places of a mean.
pub(super) fn units_text(units: Option<Quantity>) -> String {
    let Some(units) = units else { return "unknown".to_owned() };
    let rounded = units.round(2);
    match rounded.to_string().parse::<Amount>() {
        Ok(amount) => {
            let whole = rounded.units() % 10i128.pow(Quantity::PLACES) == 0;
            grouped(amount, if whole { 0 } else { 2 })
        }
        Err(_) => rounded.to_string(),
    }
}

pub(super) fn counted_days(count: usize) -> String {
    counted(u32::try_from(count).unwrap_or(u32::MAX), "day", "days")
}

/// The interval of a period, where people can see its width.
pub(super) fn interval(period: &UnitPeriod, currency: Currency) -> String {
    match (period.low, period.high) {
        (Some(low), Some(high)) => {
            let (low, high) = (unit_digits(low, currency), unit_digits(high, currency));
            if low == high { String::new() } else { format!("{low} to {high}") }
        }
        _ => String::new(),
    }
}

pub(super) fn signed(percent: Option<f64>) -> String {
    percent.map_or(String::new(), |p| format!("{p:+.1} %"))
}

/// `order`, or `1,000 orders`-like: the unit as the cost names it.
pub(super) fn unit_name(report: &UnitReport) -> String {
    if report.per == 1 { report.unit.clone() } else { format!("{} × {}", count_text(report.per), report.unit) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_cost_is_shown_with_four_digits() {
        for (amount, shown) in [
            ("0.0000123456", "0.00001235"),
            ("0.5", "0.50"),
            ("0.0123", "0.0123"),
            ("0.02120049", "0.02120"),
            ("12.34567", "12.35"),
            ("1.23456", "1.235"),
            ("12345.678", "12,345.68"),
            ("0", "0.00"),
            ("-0.00123", "-0.00123"),
        ] {
            assert_eq!(unit_digits(amount.parse().unwrap(), Currency::USD), shown, "{amount}");
        }
    }
}
