//! Formats money for people.

use tollgate_model::money::grouped;
use tollgate_model::{Amount, Currency};
use tollgate_prices::{CostComponent, Span};

/// From this amount on, cents are left out.
const WHOLE: i128 = 100 * 10i128.pow(Amount::PLACES);

/// Formats an amount: `$412`, `$3.20`, `412 EUR`, with a sign below zero.
pub fn amount(amount: Amount, currency: Option<Currency>) -> String {
    let places = if amount.units().abs() >= WHOLE { 0 } else { 2 };
    let sign =
        if amount.is_negative() && !amount.round(u32::try_from(places).unwrap_or(2)).is_zero() { "-" } else { "" };
    let text = grouped(amount.abs(), places);
    match currency {
        Some(c) if c.as_str() == "USD" => format!("{sign}${text}"),
        Some(c) => format!("{sign}{text} {c}"),
        None => format!("{sign}{text}"),
    }
}

/// Formats an amount with its bounds: `$412 to $530`.
pub fn range(span: Span<Amount>, currency: Option<Currency>) -> String {
    let (low, high) = (amount(span.low, currency), amount(span.high, currency));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Formats a change with its sign: `+$412 to +$530`.
pub fn change(span: Span<Amount>, currency: Option<Currency>) -> String {
    let signed = |a: Amount| match amount(a, currency) {
        text if a.is_negative() || a.is_zero() || text.trim_start_matches('$').starts_with("0.00") => text,
        text => format!("+{text}"),
    };
    let (low, high) = (signed(span.low), signed(span.high));
    if low == high { low } else { format!("{low} to {high}") }
}

/// Formats the quantity of a component, with its origin.
pub(super) fn quantity(component: &CostComponent) -> String {
    let Some(quantity) = component.quantity else { return "?".to_owned() };
    let rounded = |q: tollgate_model::Quantity| q.round(2).to_string();
    let (low, high) = (rounded(quantity.low), rounded(quantity.high));
    let number = if low == high { low } else { format!("{low} to {high}") };
    let from = match (component.usage_based, component.origin) {
        (false, tollgate_prices::QuantityOrigin::Plan) => String::new(),
        (_, origin) => format!(", {}", origin.label()),
    };
    format!("{number} {}{from}", plain_unit(&component.unit))
}

/// A unit behind a number: `thousand requests` for `1k requests`, which would read as a second number.
fn plain_unit(unit: &str) -> String {
    match unit.split_once(' ') {
        Some(("1k" | "1K" | "1000", of)) => format!("thousand {of}"),
        Some(("1M", of)) => format!("million {of}"),
        _ if unit.starts_with(|c: char| c.is_ascii_digit()) => format!("times {unit}"),
        _ => unit.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_no_second_number() {
        let plain = ["1k requests", "1M requests", "10k seconds", "GB", "hours"].map(plain_unit);
        assert_eq!(plain, ["thousand requests", "million requests", "times 10k seconds", "GB", "hours"]);
    }

    #[test]
    fn amounts_read_well() {
        let usd = Some("USD".parse().unwrap());
        let of = |text: &str| text.parse::<Amount>().unwrap();
        assert_eq!(amount(of("1234.56"), usd), "$1,235");
        assert_eq!(amount(of("3.2"), usd), "$3.20");
        assert_eq!(amount(of("-3.2"), usd), "-$3.20");
        assert_eq!(amount(of("412"), Some("EUR".parse().unwrap())), "412 EUR");
        let span = Span { low: of("412"), likely: of("450"), high: of("530") };
        assert_eq!(change(span, usd), "+$412 to +$530");
        assert_eq!(range(Span::exactly(of("0.001")), usd), "$0.00");
        assert_eq!(change(Span::exactly(of("-12")), usd), "-$12.00");
    }
}
