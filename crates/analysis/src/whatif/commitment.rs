//! Commitments that are ended or bought.

use std::collections::BTreeMap;

use tollgate_model::{Amount, Currency, Day};

use super::WhatIfRow;
use super::line::{ChargeLine, CostRange, Estimate, LineUse};

/// A commitment that is bought: an amount an hour that is paid whether it is used or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtCommitment {
    /// The currency.
    pub currency: Currency,
    /// The amount an hour.
    pub hourly: Amount,
    /// What it saves of on-demand prices, in tenths of a percent.
    pub saving: i64,
    /// The number of days of the question.
    pub days: i32,
}

/// Hours of a day.
const HOURS: i64 = 24;

/// Ends commitments: the use that they covered is paid at the price of the contract, at list price at most; their unused part is not paid.
pub(super) fn end(estimate: &mut Estimate, ids: &[String]) {
    estimate.assume("use that an ended commitment covered stays, at the price of the contract; at list prices at most");
    estimate.assume("what was paid for an ended commitment in advance is not paid back, and is not in effective cost");
    for at in 0..estimate.lines.len() {
        let line = &mut estimate.lines[at];
        match &line.charge.used {
            LineUse::Covered(id) if ids.contains(id) => {
                let (list, contracted) = (line.charge.list, line.charge.contracted);
                let Some(likely) = contracted.or(list) else {
                    estimate.keep(at, "the on-demand price of covered use is unknown");
                    continue;
                };
                let high = list.unwrap_or(likely).max(likely);
                line.then = CostRange { low: likely.min(high), likely, high };
                // From now on it is on-demand use: further changes apply to it.
                line.charge.used = LineUse::OnDemand;
            }
            LineUse::Unused(id) if ids.contains(id) => line.then = CostRange::default(),
            _ => {}
        }
    }
}

/// Buys a commitment for the on-demand use of the lines. Its cost less what it covers is a row of its own.
///
/// The least assumes that the use of a day is even over its hours, the most that all of it falls into half of them.
pub(super) fn buy(estimate: &mut Estimate, bought: &BoughtCommitment) -> WhatIfRow {
    estimate.assume(
        "a bought commitment covers the selected on-demand use of its currency; select what it can cover with --filter",
    );
    estimate.assume("the use of a day is even over its hours (least cost), or falls into half of them (most cost)");
    let mut by_day: BTreeMap<Day, Amount> = BTreeMap::new();
    for line in &estimate.lines {
        if line.charge.used != LineUse::OnDemand || line.charge.currency != bought.currency {
            continue;
        }
        let scale = line.then.likely.to_f64() / line.charge.effective.to_f64();
        for (day, amount) in &line.charge.days {
            let scaled = if scale == 1.0 || !scale.is_finite() {
                Some(*amount)
            } else {
                Amount::from_f64(amount.to_f64() * scale)
            };
            let sum = by_day.entry(*day).or_default();
            *sum = sum.saturating_add(scaled.unwrap_or(*amount));
        }
    }
    let fee = bought.hourly.ratio(HOURS, 1).unwrap_or(bought.hourly);
    // On-demand cost that an hour of the commitment covers.
    let hourly = bought.hourly.ratio(1000, 1000 - bought.saving).unwrap_or(bought.hourly);
    let covered = |hours: i64| {
        let most = hourly.ratio(hours, 1).unwrap_or(hourly);
        by_day
            .values()
            .map(|use_of_day| most.min((*use_of_day).max(Amount::ZERO)))
            .fold(Amount::ZERO, Amount::saturating_add)
    };
    let paid = fee.ratio(i64::from(bought.days), 1).unwrap_or(fee);
    let low = paid.saturating_sub(covered(HOURS));
    let high = paid.saturating_sub(covered(HOURS / 2));
    let likely = low.saturating_add(high).ratio(1, 2).unwrap_or(high);
    WhatIfRow {
        provider: None,
        service: None,
        currency: bought.currency,
        now: Amount::ZERO,
        then: CostRange { low, likely, high },
    }
}

/// What the commitments of some lines save of the prices of the contract, in tenths of a percent: the saving that a further commitment of
/// their kind can be expected to have. `None` where nothing is covered, or prices are unknown.
pub fn covered_saving(lines: &[ChargeLine]) -> Option<i64> {
    let covered = lines.iter().filter(|line| matches!(line.used, LineUse::Covered(_)));
    let (mut paid, mut price) = (Amount::ZERO, Amount::ZERO);
    for line in covered {
        if let Some(of_line) = line.contracted.or(line.list) {
            (paid, price) = (paid.saturating_add(line.effective), price.saturating_add(of_line));
        }
    }
    if price <= Amount::ZERO {
        return None;
    }
    let tenths = (1.0 - paid.to_f64() / price.to_f64()) * 1000.0;
    (0.0..1000.0).contains(&tenths).then_some(tenths.round() as i64)
}
