//! Journal lines for a general ledger: one line a team, section and currency in whole minor units, and one that balances them.

use std::collections::BTreeMap;

use serde::Serialize;
use tollgate_model::{Amount, BillingPeriod, Currency, Day};

use super::{StatementSection, StatementSet};
use crate::PipelineError;

/// The accounts of the general ledger.
#[derive(Clone, Debug, Default)]
pub struct JournalAccounts {
    /// The account of a section; the section's word without one.
    pub sections: BTreeMap<StatementSection, String>,
    /// The account that balances the lines, such as the provider's payables.
    pub balance: Option<String>,
}

/// A line of a journal. The lines of a currency sum to zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JournalLine {
    /// The last day of the month.
    pub date: Day,
    /// The month.
    pub period: BillingPeriod,
    /// The cost centre; the value where the entity has none.
    pub cost_center: String,
    /// The value of the dimension.
    pub value: String,
    /// The account.
    pub account: String,
    /// What is charged.
    pub text: String,
    /// The currency.
    pub currency: Currency,
    /// The amount in whole minor units: above zero is debit, below is credit.
    pub amount: Amount,
}

/// The account that balances the lines when none is named.
const BALANCE: &str = "cloud-invoices";

/// Writes the journal of a month. BilledCost is rounded to minor units so that the lines sum to the rounded total: the units that
/// are left go to the lines with the largest remainders.
///
/// # Errors
///
/// When an amount is out of range.
pub fn journal(set: &StatementSet, accounts: &JournalAccounts) -> Result<Vec<JournalLine>, PipelineError> {
    let mut out = Vec::new();
    let date = set.period.days().end.plus(-1);
    for total in &set.totals {
        let currency = total.currency;
        let mut lines: Vec<(JournalLine, Amount)> = Vec::new();
        for statement in &set.statements {
            let sections = statement.sections.iter().filter(|s| s.currency == currency && !s.billed.is_zero());
            lines.extend(sections.map(|section| {
                let account = accounts.sections.get(&section.section).cloned();
                let line = JournalLine {
                    date,
                    period: set.period,
                    cost_center: statement.cost_center.clone().unwrap_or_else(|| statement.value.clone()),
                    value: statement.value.clone(),
                    account: account.unwrap_or_else(|| section.section.as_str().to_owned()),
                    text: format!("cloud cost {}, {}", set.period, section.section),
                    currency,
                    amount: Amount::ZERO,
                };
                (line, section.billed)
            }));
        }
        let amounts: Vec<Amount> = lines.iter().map(|(_, amount)| *amount).collect();
        let places = u32::try_from(currency.minor_places()).unwrap_or(2);
        let (rounded, sum) = rounded(&amounts, total.billed, places)?;
        out.extend(lines.into_iter().zip(rounded).map(|((line, _), amount)| JournalLine { amount, ..line }));
        if !sum.is_zero() {
            out.push(JournalLine {
                date,
                period: set.period,
                cost_center: String::new(),
                value: String::new(),
                account: accounts.balance.clone().unwrap_or_else(|| BALANCE.to_owned()),
                text: format!("cloud cost {}, invoices", set.period),
                currency,
                amount: Amount::ZERO.saturating_sub(sum),
            });
        }
    }
    out.retain(|line| !line.amount.is_zero());
    Ok(out)
}

/// Amounts in whole minor units that sum to the rounded total, and that total.
fn rounded(amounts: &[Amount], total: Amount, places: u32) -> Result<(Vec<Amount>, Amount), PipelineError> {
    let step = 10i128.pow(Amount::PLACES.saturating_sub(places));
    let sum = total.round(places);
    let mut units: Vec<i128> = amounts.iter().map(|amount| amount.units().div_euclid(step)).collect();
    let missing = sum.units() / step - units.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(amounts[*at].units().rem_euclid(step)));
    for at in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        units[at] += 1;
    }
    let range = || tollgate_model::MoneyError::TooLarge("an amount of the journal".to_owned());
    let amounts = units.into_iter().map(|n| n.checked_mul(step).and_then(Amount::from_units).ok_or_else(range));
    Ok((amounts.collect::<Result<Vec<_>, _>>()?, sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_lines_sum_to_the_rounded_total() {
        for (amounts, total, expected) in [
            (vec!["0.333", "0.333", "0.334"], "1", vec!["0.33", "0.33", "0.34"]),
            (vec!["0.005", "0.005"], "0.01", vec!["0.01", "0"]),
            (vec!["-0.005", "1.009"], "1.004", vec!["-0.01", "1.01"]),
            (vec!["-1.234", "-1.233"], "-2.467", vec!["-1.24", "-1.23"]),
            (vec![], "0", vec![]),
        ] {
            let parse = |texts: &[&str]| texts.iter().map(|t| t.parse::<Amount>().unwrap()).collect::<Vec<_>>();
            let (found, sum) = rounded(&parse(&amounts), total.parse().unwrap(), 2).unwrap();
            assert_eq!(found.iter().fold(Amount::ZERO, |s, a| s.checked_add(*a).unwrap()), sum, "{amounts:?}");
            assert_eq!(found, parse(&expected), "{amounts:?}");
        }
    }
}
