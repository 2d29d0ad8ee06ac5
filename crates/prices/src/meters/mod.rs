//! Types whose cost is a list of meters: each a name, a unit, the key of a price, and how its quantity is known.
//!
//! A type with a rule of its own has a file of its own.

mod aws;
mod azure;
mod google;

use crate::prelude::*;

use Quantified::{Count, Given, Hours, Used};

/// How the quantity of a meter is known.
#[derive(Clone, Copy, Debug)]
enum Quantified {
    /// A number of units each month.
    Count(i64),
    /// Every hour of the month.
    Hours,
    /// A figure of a usage file, or a default as the upper bound.
    Used(&'static str, i64),
    /// A figure of a usage file; without it, there is no such use.
    Given(&'static str),
}

/// A meter: its name, the unit, the end of the key after the provider, the quantity.
type Meter = (&'static str, &'static str, &'static str, Quantified);

/// Adds the meters of a type.
pub(crate) fn estimate(r: &EstimateInput<'_>, bill: &mut Bill<'_>) -> Estimated<()> {
    let provider = match r.kind.split('_').next() {
        Some("azurerm") => "azure",
        Some(other) => other,
        None => "",
    };
    let meters = all().find(|(kinds, _)| kinds.contains(&r.kind)).map(|(_, meters)| *meters);
    for (name, unit, words, quantity) in meters.unwrap_or_default() {
        let sku = format!("{provider}/{words}");
        match quantity {
            Count(n) => bill.fixed(name, unit, &sku, *n),
            Hours => bill.hourly(name, &sku, 1),
            Used(figure, usual) => bill.usage(name, unit, &sku, figure, *usual),
            Given(figure) => bill.known(name, unit, &sku, figure),
        }
    }
    Ok(())
}

/// Returns the types, each with its meters.
fn all() -> impl Iterator<Item = &'static (&'static [&'static str], &'static [Meter])> {
    [aws::METERS, azure::METERS, google::METERS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_meters_belongs_to_one_type() {
        let mut seen = std::collections::BTreeSet::new();
        for kind in all().flat_map(|(kinds, _)| kinds.iter().copied()) {
            assert!(seen.insert(kind), "{kind} is written twice");
            assert!(crate::kinds().any(|known| known == kind), "{kind} has meters and no estimator");
        }
        for (kinds, meters) in all() {
            assert!(!meters.is_empty(), "{kinds:?} has no meter");
        }
    }
}
