//! What if: the charges of some days as they would have been with other prices, other use, another region or instance family, or with
//! a commitment bought or ended.
//!
//! The answer is a range over real charges, and says what it assumes. Charges whose other price is unknown keep their cost and are named.
//! Changes apply in a fixed order, whatever the order in which they are asked: commitments that end, use, prices, moves, commitments
//! that are bought.

mod commitment;
mod line;
mod moves;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tollgate_model::{Amount, Currency};

pub use commitment::{BoughtCommitment, covered_saving};
use line::Estimate;
pub use line::{ChargeLine, CostRange, LineUse, PriceRatio};
pub use moves::{Move, PriceOf, instance_type};

/// The changes of a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WhatIfChanges {
    /// Commitments that are ended, by id.
    pub ended: Vec<String>,
    /// Use in percent more or less, in tenths of a percent: 200 is 20 % more.
    pub usage: Option<i64>,
    /// Prices in percent more or less, in tenths of a percent.
    pub price: Option<i64>,
    /// Moves to another region or instance family.
    pub moves: Vec<Move>,
    /// A commitment that is bought.
    pub bought: Option<BoughtCommitment>,
}

impl WhatIfChanges {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The cost of one service, as it was and as it would have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIfRow {
    /// The provider.
    pub provider: Option<String>,
    /// The service; null for a commitment that is bought.
    pub service: Option<String>,
    /// The currency of every amount.
    pub currency: Currency,
    /// The cost as it was.
    pub now: Amount,
    /// The cost as it would have been.
    pub then: CostRange,
}

/// Charges that keep their cost because their other price is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotEstimated {
    /// The service and meter.
    pub what: String,
    /// The currency.
    pub currency: Currency,
    /// Their cost as it was.
    pub cost: Amount,
    /// Why.
    pub reason: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIfAnswer {
    /// The services whose cost would change, the largest change first.
    pub rows: Vec<WhatIfRow>,
    /// The total of each currency, over all selected charges.
    pub totals: Vec<WhatIfRow>,
    /// What the answer assumes.
    pub assumptions: Vec<String>,
    /// Charges that keep their cost because their other price is unknown, the largest first.
    pub not_estimated: Vec<NotEstimated>,
}

/// Answers a question about the charges of some days. `price_of` knows the prices of moved use.
pub fn what_if(lines: Vec<ChargeLine>, changes: &WhatIfChanges, price_of: &dyn PriceOf) -> WhatIfAnswer {
    let mut estimate = Estimate::new(lines);
    if !changes.ended.is_empty() {
        commitment::end(&mut estimate, &changes.ended);
    }
    if let Some(tenths) = changes.usage {
        usage::change_usage(&mut estimate, tenths);
    }
    if let Some(tenths) = changes.price {
        change_price(&mut estimate, tenths);
    }
    for wanted in &changes.moves {
        moves::move_use(&mut estimate, wanted, price_of);
    }
    let bought = changes.bought.as_ref().map(|bought| commitment::buy(&mut estimate, bought));
    answer(estimate, bought)
}

/// Changes the prices of everything that is not committed.
fn change_price(estimate: &mut Estimate, tenths: i64) {
    estimate.assume("prices of commitments stay as they are until they end");
    for line in &mut estimate.lines {
        if matches!(line.charge.used, LineUse::OnDemand) {
            line.then = line.then.ratio(1000 + tenths, 1000);
        }
    }
}

fn answer(estimate: Estimate, bought: Option<WhatIfRow>) -> WhatIfAnswer {
    let mut rows: BTreeMap<(Option<String>, Option<String>, Currency), WhatIfRow> = BTreeMap::new();
    let mut totals: BTreeMap<Currency, WhatIfRow> = BTreeMap::new();
    let mut add = |provider: Option<&String>, service: Option<&String>, currency, now: Amount, then: &CostRange| {
        let key = (provider.cloned(), service.cloned(), currency);
        let row = |provider: Option<String>, service: Option<String>| WhatIfRow {
            provider,
            service,
            currency,
            now: Amount::ZERO,
            then: CostRange::default(),
        };
        let of_service = rows.entry(key.clone()).or_insert_with(|| row(key.0, key.1));
        let of_currency = totals.entry(currency).or_insert_with(|| row(None, None));
        for sum in [of_service, of_currency] {
            sum.now = sum.now.saturating_add(now);
            sum.then = sum.then.plus(then);
        }
    };
    for line in &estimate.lines {
        let c = &line.charge;
        add(c.provider.as_ref(), c.service.as_ref(), c.currency, c.effective, &line.then);
    }
    if let Some(row) = &bought {
        add(None, None, row.currency, row.now, &row.then);
    }
    let change = |row: &WhatIfRow| row.then.likely.saturating_sub(row.now).abs();
    let mut rows: Vec<WhatIfRow> = rows.into_values().filter(|r| r.then != CostRange::exact(r.now)).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(change(row)));
    let mut not_estimated: Vec<NotEstimated> = estimate.unknown.into_values().collect();
    not_estimated.sort_by_key(|n| std::cmp::Reverse(n.cost));
    let assumptions: BTreeSet<String> = estimate.assumptions;
    WhatIfAnswer {
        rows,
        totals: totals.into_values().collect(),
        assumptions: assumptions.into_iter().collect(),
        not_estimated,
    }
}

#[cfg(test)]
mod tests;
