//! Conversion of cells by the exchange rate of each day.
//!
//! The whole of a currency is converted once for each rate, exactly, and its parts are rounded so that they add up to it: by largest
//! remainder. The total therefore does not depend on the groupings, and the rows of an answer add up to it to the last digit.

use std::collections::{BTreeMap, BTreeSet};

use tollgate_model::query::{Conversion, CurrencyChoice};
use tollgate_model::{Currency, Day, MoneyError};

use super::cells::{Cells, Group, WindowName};
use super::plan::CostPlan;
use crate::PipelineError;

/// A cell of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) currency: Currency,
    pub(super) group: Group,
    pub(super) window: WindowName,
    pub(super) bucket: i64,
    pub(super) rates_since: Day,
    pub(super) units: i128,
}

impl CostPlan {
    /// The cells in the currency of the answer. A currency is converted as a whole or not at all: half of it in each currency would be
    /// no figure of anything.
    pub(super) fn convert(&self, cells: &Cells) -> Result<(Vec<Part>, Option<Conversion>), PipelineError> {
        let part = |(currency, group, place, units): (Currency, &Group, super::cells::Place, i128)| Part {
            currency,
            group: group.clone(),
            window: place.window,
            bucket: place.bucket,
            rates_since: place.rates_since,
            units,
        };
        let mut parts: Vec<Part> = cells.sorted().into_iter().map(part).collect();
        let Some(into) = self.target(&parts) else { return Ok((parts, None)) };
        let found: BTreeSet<Currency> = parts.iter().map(|part| part.currency).filter(|c| *c != into).collect();
        let mut conversion = Conversion { into, converted: Vec::new(), without_rate: Vec::new() };
        for currency in found {
            let mut by_rate: BTreeMap<(WindowName, Day), Vec<&mut Part>> = BTreeMap::new();
            for part in parts.iter_mut().filter(|part| part.currency == currency) {
                by_rate.entry((part.window, part.rates_since)).or_default().push(part);
            }
            let rate = |day: Day| self.rates.fraction(currency, into, day);
            if by_rate.keys().any(|(_, day)| rate(*day).is_none()) {
                conversion.without_rate.push(currency);
                continue;
            }
            for ((_, day), parts) in by_rate {
                let Some((numerator, denominator)) = rate(day) else { continue };
                convert_parts(parts, into, i128::from(numerator), i128::from(denominator))?;
            }
            conversion.converted.push(currency);
        }
        Ok((parts, Some(conversion)))
    }

    /// The currency into which others are converted; `None` where each is kept.
    fn target(&self, parts: &[Part]) -> Option<Currency> {
        let mut sums: BTreeMap<Currency, i128> = BTreeMap::new();
        for part in parts {
            let sum = sums.entry(part.currency).or_default();
            *sum = sum.saturating_add(part.units);
        }
        let largest = || sums.iter().max_by_key(|(_, sum)| **sum).map(|(currency, _)| *currency);
        match self.query.currency {
            CurrencyChoice::Keep => None,
            CurrencyChoice::Into(currency) => Some(currency),
            CurrencyChoice::Policy if self.rates.iter().next().is_none() => None,
            CurrencyChoice::Policy => self.default_currency.or_else(largest),
        }
    }
}

/// Multiplies parts by a fraction, so that they add up to the product of their sum.
fn convert_parts(
    parts: Vec<&mut Part>,
    into: Currency,
    numerator: i128,
    denominator: i128,
) -> Result<(), PipelineError> {
    let too_large = || MoneyError::TooLarge("a converted amount".to_owned());
    // Whole and rest apart, so that the product stays in range wherever the result does.
    let product = |units: i128| -> Option<(i128, i128)> {
        let (whole, rest) = (units.div_euclid(denominator), units.rem_euclid(denominator));
        let rest = rest.checked_mul(numerator)?;
        let whole = whole.checked_mul(numerator)?.checked_add(rest.div_euclid(denominator))?;
        Some((whole, rest.rem_euclid(denominator)))
    };
    let sum = parts.iter().try_fold(0i128, |sum, part| sum.checked_add(part.units)).ok_or_else(too_large)?;
    let (floor, rest) = product(sum).ok_or_else(too_large)?;
    let mut missing = floor.checked_add(i128::from(rest * 2 >= denominator)).ok_or_else(too_large)?;
    let mut rounded: Vec<(i128, &mut Part)> = Vec::with_capacity(parts.len());
    for part in parts {
        let (floor, rest) = product(part.units).ok_or_else(too_large)?;
        missing = missing.checked_sub(floor).ok_or_else(too_large)?;
        part.units = floor;
        part.currency = into;
        rounded.push((rest, part));
    }
    // The sort is stable: of equal remainders, the first part in the fixed order of the cells.
    rounded.sort_by_key(|(rest, _)| std::cmp::Reverse(*rest));
    // Each part lacks less than one unit, so the missing units are at most as many as the parts.
    for (_, part) in rounded.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        part.units += 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(units: i128) -> Part {
        let group = vec![Some(units.to_string())];
        Part { currency: Currency::USD, group, window: WindowName::Now, bucket: 0, rates_since: Day::EPOCH, units }
    }

    fn converted(units: &[i128], numerator: i64, denominator: i64) -> Vec<i128> {
        let mut parts: Vec<Part> = units.iter().map(|units| part(*units)).collect();
        convert_parts(parts.iter_mut().collect(), Currency::USD, numerator.into(), denominator.into()).unwrap();
        parts.iter().map(|part| part.units).collect()
    }

    #[test]
    fn thirds_add_up_to_the_whole() {
        assert_eq!(converted(&[10, 10, 10], 1, 3), [4, 3, 3]);
        assert_eq!(converted(&[10, -10, 10], 1, 3), [3, -3, 3]);
        assert_eq!(converted(&[], 1, 3), [0i128; 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_converted_sum(
            units in prop::collection::vec(-10i128.pow(27)..10i128.pow(27), 1..20),
            numerator in 1i64..2_000_000_000,
            denominator in 1i64..2_000_000_000,
        ) {
            let after = converted(&units, numerator, denominator);
            let whole = converted(&[units.iter().sum()], numerator, denominator);
            prop_assert_eq!(after.iter().sum::<i128>(), whole[0]);
            for (before, after) in units.iter().zip(after) {
                let exact = *before as f64 * numerator as f64 / denominator as f64;
                prop_assert!((after as f64 - exact).abs() <= 2.0 + exact.abs() * 1e-9);
            }
        }
    }
}
